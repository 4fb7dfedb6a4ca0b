"""Tests of the clocks: one file for each module, of the same name."""
