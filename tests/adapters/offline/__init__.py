"""Tests of simulation offline."""
