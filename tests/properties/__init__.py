"""The numbered properties: what must always hold, over generated programs."""
