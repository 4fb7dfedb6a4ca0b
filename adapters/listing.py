"""Tasks listed by what they are and by how they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from duetime.adapters.calls import RunHandle
from duetime.engine.instants import Span, to_datetime
from duetime.engine.states import Broken, Entry, Paused, Running, State, due_of, runs_of
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.combine import OfOne
from duetime.engine.triggers.every import AfterFinish, ElapsedGrid, Every
from duetime.engine.triggers.once import Once, OnDemand
from duetime.engine.triggers.within import Within


class Kind(StrEnum):
    """What kind of times a task is due at, bounds, windows and jitter apart."""

    ONCE = "once"
    """At a single time."""
    PERIODIC = "periodic"
    """Every so often, or so long after each run."""
    CALENDAR = "calendar"
    """At times of a calendar: days, cron, recurrence rules, combinations."""
    ON_DEMAND = "on_demand"
    """Never by itself."""


class Status(StrEnum):
    """How a task is."""

    IDLE = "idle"
    """It waits for its time, for somebody's demand, or for nothing any more."""
    RUNNING = "running"
    """At least one run is going."""
    READY = "ready"
    """It is to start and waits for a slot of the whole scheduler."""
    PAUSED = "paused"
    """It is disabled; a run from before may still be going."""
    BROKEN = "broken"
    """Its trigger failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSummary:
    """A task in a list.

    `trigger`: the one in force; `due`: when it is planned to start next; `runs`: how many are
    going; `age`: for how long the oldest of them has been, in elapsed time.
    """

    name: str
    kind: Kind
    status: Status
    trigger: Trigger
    due: datetime | None
    runs: int
    age: timedelta | None


def summary_of(entry: Entry, shift: Span, going: Iterable[RunHandle]) -> TaskSummary:
    """Summarize a task. `shift`: wall-clock minus elapsed time; `going`: its runs."""
    due = due_of(entry.state)
    if due is not None and entry.trigger.elapsed:
        due += shift
    return TaskSummary(
        name=entry.task.name,
        kind=kind_of(entry.trigger),
        status=status_of(entry.state),
        trigger=entry.trigger,
        due=None if due is None else to_datetime(due),
        runs=len(runs_of(entry.state)),
        age=max((run.age for run in going), default=None),
    )


def kind_of(trigger: Trigger) -> Kind:
    """Return the kind of a trigger; one around another is of the other's kind."""
    while isinstance(trigger, OfOne | Within):
        trigger = trigger.trigger
    match trigger:
        case Once():
            return Kind.ONCE
        case OnDemand():
            return Kind.ON_DEMAND
        case Every() | ElapsedGrid() | AfterFinish():
            return Kind.PERIODIC
        case _:
            return Kind.CALENDAR


def status_of(state: State) -> Status:
    """Return how a task in this state is."""
    match state:
        case Paused():
            return Status.PAUSED
        case Broken():
            return Status.BROKEN
        case Running(runs=()):
            return Status.READY
        case Running():
            return Status.RUNNING
        case _:
            return Status.IDLE
