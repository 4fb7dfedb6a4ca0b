"""The command `duetime`."""

from duetime.adapters.cli.entry import main

__all__ = ["main"]
