"""Crontabs: reads a user's or the system's, and runs its commands as tasks. Unix only."""

from duetime.adapters.crontab.commands import CommandError
from duetime.adapters.crontab.entries import CrontabError, Entry, Notice, Problem
from duetime.adapters.crontab.reading import load
from duetime.adapters.crontab.table import Changes, Crontab

__all__ = [
    "Changes",
    "CommandError",
    "Crontab",
    "CrontabError",
    "Entry",
    "Notice",
    "Problem",
    "load",
]
