"""The testing kit: for the tests of those who use duetime.

Its names are loaded when they are first asked for: what needs pytest or Hypothesis is no burden to
those who have neither.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duetime.adapters.testing.crashes import (
        CrashError,
        Tried,
        crash_everywhere,
        survives_crashes,
    )

_PLACES = {
    "CrashError": "crashes",
    "Tried": "crashes",
    "crash_everywhere": "crashes",
    "survives_crashes": "crashes",
}
"""In which module of this folder each name stands."""

__all__ = [
    "CrashError",
    "Tried",
    "crash_everywhere",
    "survives_crashes",
]


def __getattr__(name: str) -> object:
    """Load a name of the kit."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
