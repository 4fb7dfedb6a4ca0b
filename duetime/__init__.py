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

# In a checkout, three links lead to the folders beside this one. Where links cannot be made
# (Windows), the folders are found there directly.
if not os.path.isdir(os.path.join(os.path.dirname(__file__), "engine")):
    __path__.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

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
