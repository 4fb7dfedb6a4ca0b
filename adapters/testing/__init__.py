"""The testing kit: for the tests of those who use duetime."""

from duetime.adapters.testing.crashes import (
    CrashError,
    Tried,
    crash_everywhere,
    survives_crashes,
)

__all__ = ["CrashError", "Tried", "crash_everywhere", "survives_crashes"]
