"""Tests of the adapters: one file for each module, of the same name."""
