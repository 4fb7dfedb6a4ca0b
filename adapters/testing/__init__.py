"""The testing kit: for the tests of those who use duetime.

Its names are loaded when they are first asked for: what needs pytest or Hypothesis is no burden to
those who have neither.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duetime.adapters.testing.bare import Bare
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
    from duetime.adapters.testing.machine import SchedulerMachine, check_program
    from duetime.adapters.testing.playing import Stage, play
    from duetime.adapters.testing.programs import Program, declare
    from duetime.adapters.testing.real_time import RealTimeError, RealTimeRead, no_real_time
    from duetime.adapters.testing.replayed import replay_test
    from duetime.adapters.testing.strategies import moments, triggers, zones
    from duetime.adapters.testing.tape import Tape, TapeError
    from duetime.adapters.testing.tape_strategies import tapes
    from duetime.adapters.testing.trace_checks import check_trace
    from duetime.adapters.testing.transforms import (
        insert_noops,
        permute_registrations,
        rename,
        split_advances,
        time_shift,
    )
    from duetime.adapters.testing.twice import NotDeterministicError
    from duetime.adapters.testing.walking import Walked, WalkError, walk

_PLACES = {
    "Bare": "bare",
    "CheckedSimulation": "checked",
    "CrashError": "crashes",
    "ExploreError": "exploring",
    "Explored": "exploring",
    "Leftover": "checked",
    "LeftoverError": "checked",
    "NotDeterministicError": "twice",
    "Program": "programs",
    "RealTimeError": "real_time",
    "RealTimeRead": "real_time",
    "SchedulerMachine": "machine",
    "Stage": "playing",
    "Tape": "tape",
    "TapeError": "tape",
    "Tried": "crashes",
    "WalkError": "walking",
    "Walked": "walking",
    "check_program": "machine",
    "check_trace": "trace_checks",
    "crash_everywhere": "crashes",
    "declare": "programs",
    "explore": "exploring",
    "explore_all": "exploring",
    "explore_once": "exploring",
    "insert_noops": "transforms",
    "moments": "strategies",
    "no_real_time": "real_time",
    "permute_registrations": "transforms",
    "play": "playing",
    "rename": "transforms",
    "replay_test": "replayed",
    "split_advances": "transforms",
    "survives_crashes": "crashes",
    "tapes": "tape_strategies",
    "time_shift": "transforms",
    "triggers": "strategies",
    "walk": "walking",
    "zones": "strategies",
}
"""In which module of this folder each name stands."""

__all__ = [
    "Bare",
    "CheckedSimulation",
    "CrashError",
    "ExploreError",
    "Explored",
    "Leftover",
    "LeftoverError",
    "NotDeterministicError",
    "Program",
    "RealTimeError",
    "RealTimeRead",
    "SchedulerMachine",
    "Stage",
    "Tape",
    "TapeError",
    "Tried",
    "WalkError",
    "Walked",
    "check_program",
    "check_trace",
    "crash_everywhere",
    "declare",
    "explore",
    "explore_all",
    "explore_once",
    "insert_noops",
    "moments",
    "no_real_time",
    "permute_registrations",
    "play",
    "rename",
    "replay_test",
    "split_advances",
    "survives_crashes",
    "tapes",
    "time_shift",
    "triggers",
    "walk",
    "zones",
]


def __getattr__(name: str) -> object:
    """Load a name of the kit."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
