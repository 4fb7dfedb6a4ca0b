"""How pictures of a simulated plan are drawn: themes, time axes, a module for each picture."""
