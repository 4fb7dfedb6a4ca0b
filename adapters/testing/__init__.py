"""The testing kit: for the tests of those who use duetime.

Its names are loaded when they are first asked for: what needs pytest or Hypothesis is no burden to
those who have neither.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duetime.adapters.testing.checked import CheckedSimulation, Leftover, LeftoverError
    from duetime.adapters.testing.crashes import (
        CrashError,
        Tried,
        crash_everywhere,
        survives_crashes,
    )
    from duetime.adapters.testing.exploring import (
        Explored,
        ExploreError,
        explore,
        explore_all,
        explore_once,
    )
    from duetime.adapters.testing.real_time import RealTimeError, RealTimeRead, no_real_time
    from duetime.adapters.testing.replayed import replay_test
    from duetime.adapters.testing.strategies import moments, triggers, zones
    from duetime.adapters.testing.tape import Tape, TapeError
    from duetime.adapters.testing.tape_strategies import tapes
    from duetime.adapters.testing.twice import NotDeterministicError
    from duetime.adapters.testing.walking import Walked, WalkError, walk

_PLACES = {
    "CheckedSimulation": "checked",
    "CrashError": "crashes",
    "ExploreError": "exploring",
    "Explored": "exploring",
    "Leftover": "checked",
    "LeftoverError": "checked",
    "NotDeterministicError": "twice",
    "RealTimeError": "real_time",
    "RealTimeRead": "real_time",
    "Tape": "tape",
    "TapeError": "tape",
    "Tried": "crashes",
    "WalkError": "walking",
    "Walked": "walking",
    "crash_everywhere": "crashes",
    "explore": "exploring",
    "explore_all": "exploring",
    "explore_once": "exploring",
    "moments": "strategies",
    "no_real_time": "real_time",
    "replay_test": "replayed",
    "survives_crashes": "crashes",
    "tapes": "tape_strategies",
    "triggers": "strategies",
    "walk": "walking",
    "zones": "strategies",
}
"""In which module of this folder each name stands."""

__all__ = [
    "CheckedSimulation",
    "CrashError",
    "ExploreError",
    "Explored",
    "Leftover",
    "LeftoverError",
    "NotDeterministicError",
    "RealTimeError",
    "RealTimeRead",
    "Tape",
    "TapeError",
    "Tried",
    "WalkError",
    "Walked",
    "crash_everywhere",
    "explore",
    "explore_all",
    "explore_once",
    "moments",
    "no_real_time",
    "replay_test",
    "survives_crashes",
    "tapes",
    "triggers",
    "walk",
    "zones",
]


def __getattr__(name: str) -> object:
    """Load a name of the kit."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
