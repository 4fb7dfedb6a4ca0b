"""Tests of how pictures are drawn: one file for each module that has rules of its own."""
