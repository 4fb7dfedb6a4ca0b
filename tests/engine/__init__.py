"""Tests of the engine: one file for each module, of the same name."""
