"""Tests of the triggers: one file for each module, of the same name."""
