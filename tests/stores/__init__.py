"""Stores and what happens to their processes, for real."""
