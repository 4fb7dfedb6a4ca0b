"""A scheduling engine whose whole behaviour can be simulated.

>>> from duetime import Daily, Simulation, VirtualClock
>>> clock = VirtualClock("2026-03-28T00:00+01:00")
>>> with Simulation(clock) as sim:
...     sim.add("report", Daily("02:30", tz="Europe/Berlin"), takes="40m")
...     clock.advance(days=2)
...     [run.started.isoformat() for run in sim.runs("report")]
['2026-03-28T01:30:00+00:00', '2026-03-29T01:00:00+00:00']
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

# In a checkout, three links lead to the folders beside this one. Where links cannot be made
# (Windows), the folders are found there directly.
if not os.path.isdir(os.path.join(os.path.dirname(__file__), "engine")):
    __path__.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

if TYPE_CHECKING:
    from duetime.adapters.journals import replay
    from duetime.adapters.product import VERSION
    from duetime.adapters.simulate import Simulation
    from duetime.adapters.threads import Scheduler
    from duetime.clocks.frozen import FrozenClock
    from duetime.clocks.real import RealClock
    from duetime.clocks.virtual import VirtualClock
    from duetime.engine.accounts import Account
    from duetime.engine.comparison import diff
    from duetime.engine.errors import (
        BadArgumentError,
        BadTaskError,
        BadTimeError,
        BadTriggerError,
        ClockError,
        CronSyntaxError,
        DuetimeError,
        IllegalInputError,
        JournalError,
        JournalVersionError,
        NaiveDatetimeError,
        NeverFiresError,
        NothingToWaitForError,
        ReplayError,
        SearchLimitError,
        ShutdownError,
        StoreBusyError,
        StoreDamagedError,
        StoreError,
        StoreVersionError,
        TaskExistsError,
        TriggerFailedError,
        UnknownTaskError,
        UnknownZoneError,
        UnsettledError,
    )
    from duetime.engine.events import Event, EventKind
    from duetime.engine.history import Occurrence, Run
    from duetime.engine.policies import CatchUp, Fold, Gap, Overlap, Retry
    from duetime.engine.preview import explain, upcoming
    from duetime.engine.tasks import Task
    from duetime.engine.triggers.calendar import Daily, Monthly, Weekly, Yearly
    from duetime.engine.triggers.calendar_text import Calendar
    from duetime.engine.triggers.combine import AllOf, AnyOf, Jitter, Limit
    from duetime.engine.triggers.cron import Cron
    from duetime.engine.triggers.every import AfterFinish, Every
    from duetime.engine.triggers.exclude import Except
    from duetime.engine.triggers.once import Once, OnDemand
    from duetime.engine.triggers.rrule import RRule
    from duetime.engine.triggers.within import Within

    __version__ = VERSION

_PLACES = {
    "Account": "duetime.engine.accounts",
    "AfterFinish": "duetime.engine.triggers.every",
    "AllOf": "duetime.engine.triggers.combine",
    "AnyOf": "duetime.engine.triggers.combine",
    "BadArgumentError": "duetime.engine.errors",
    "BadTaskError": "duetime.engine.errors",
    "BadTimeError": "duetime.engine.errors",
    "BadTriggerError": "duetime.engine.errors",
    "Calendar": "duetime.engine.triggers.calendar_text",
    "CatchUp": "duetime.engine.policies",
    "ClockError": "duetime.engine.errors",
    "Cron": "duetime.engine.triggers.cron",
    "CronSyntaxError": "duetime.engine.errors",
    "Daily": "duetime.engine.triggers.calendar",
    "DuetimeError": "duetime.engine.errors",
    "Event": "duetime.engine.events",
    "EventKind": "duetime.engine.events",
    "Every": "duetime.engine.triggers.every",
    "Except": "duetime.engine.triggers.exclude",
    "Fold": "duetime.engine.policies",
    "FrozenClock": "duetime.clocks.frozen",
    "Gap": "duetime.engine.policies",
    "IllegalInputError": "duetime.engine.errors",
    "Jitter": "duetime.engine.triggers.combine",
    "JournalError": "duetime.engine.errors",
    "JournalVersionError": "duetime.engine.errors",
    "Limit": "duetime.engine.triggers.combine",
    "Monthly": "duetime.engine.triggers.calendar",
    "NaiveDatetimeError": "duetime.engine.errors",
    "NeverFiresError": "duetime.engine.errors",
    "NothingToWaitForError": "duetime.engine.errors",
    "Occurrence": "duetime.engine.history",
    "OnDemand": "duetime.engine.triggers.once",
    "Once": "duetime.engine.triggers.once",
    "Overlap": "duetime.engine.policies",
    "RRule": "duetime.engine.triggers.rrule",
    "RealClock": "duetime.clocks.real",
    "ReplayError": "duetime.engine.errors",
    "Retry": "duetime.engine.policies",
    "Run": "duetime.engine.history",
    "Scheduler": "duetime.adapters.threads",
    "SearchLimitError": "duetime.engine.errors",
    "ShutdownError": "duetime.engine.errors",
    "Simulation": "duetime.adapters.simulate",
    "StoreBusyError": "duetime.engine.errors",
    "StoreDamagedError": "duetime.engine.errors",
    "StoreError": "duetime.engine.errors",
    "StoreVersionError": "duetime.engine.errors",
    "Task": "duetime.engine.tasks",
    "TaskExistsError": "duetime.engine.errors",
    "TriggerFailedError": "duetime.engine.errors",
    "UnknownTaskError": "duetime.engine.errors",
    "UnknownZoneError": "duetime.engine.errors",
    "UnsettledError": "duetime.engine.errors",
    "VirtualClock": "duetime.clocks.virtual",
    "Weekly": "duetime.engine.triggers.calendar",
    "Within": "duetime.engine.triggers.within",
    "Yearly": "duetime.engine.triggers.calendar",
    "diff": "duetime.engine.comparison",
    "explain": "duetime.engine.preview",
    "replay": "duetime.adapters.journals",
    "upcoming": "duetime.engine.preview",
}
"""In which module each name stands; it is loaded when it is first asked for."""

__all__ = [
    "Account",
    "AfterFinish",
    "AllOf",
    "AnyOf",
    "BadArgumentError",
    "BadTaskError",
    "BadTimeError",
    "BadTriggerError",
    "Calendar",
    "CatchUp",
    "ClockError",
    "Cron",
    "CronSyntaxError",
    "Daily",
    "DuetimeError",
    "Event",
    "EventKind",
    "Every",
    "Except",
    "Fold",
    "FrozenClock",
    "Gap",
    "IllegalInputError",
    "Jitter",
    "JournalError",
    "JournalVersionError",
    "Limit",
    "Monthly",
    "NaiveDatetimeError",
    "NeverFiresError",
    "NothingToWaitForError",
    "Occurrence",
    "OnDemand",
    "Once",
    "Overlap",
    "RRule",
    "RealClock",
    "ReplayError",
    "Retry",
    "Run",
    "Scheduler",
    "SearchLimitError",
    "ShutdownError",
    "Simulation",
    "StoreBusyError",
    "StoreDamagedError",
    "StoreError",
    "StoreVersionError",
    "Task",
    "TaskExistsError",
    "TriggerFailedError",
    "UnknownTaskError",
    "UnknownZoneError",
    "UnsettledError",
    "VirtualClock",
    "Weekly",
    "Within",
    "Yearly",
    "__version__",
    "diff",
    "explain",
    "replay",
    "upcoming",
]


def __getattr__(name: str) -> object:
    """Load a name."""
    if name == "__version__":
        return import_module("duetime.adapters.product").VERSION
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_PLACES[name]), name)
    return found


def __dir__() -> list[str]:
    """List the names, loaded or not."""
    return sorted({*globals(), *__all__})
