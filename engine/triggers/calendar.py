"""Triggers of the calendar: times of day on days that a rule picks, in a zone."""
