"""What TaskKit knows of one registration, beside what the engine knows of its task."""

from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeAlias, TypeVar

from duetime.adapters.calls import RunHandle
from duetime.adapters.taskkit.starts import StartAt, StartIn
from duetime.engine.instants import Instant, Span
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.once import OnDemand

H = TypeVar("H")
Rhythm: TypeAlias = tuple[Span, Daily | None]


class Runnable(Protocol):
    """What can be registered: TaskKit's `Task`, or anything else that has a `run`."""

    def run(self) -> None:
        """Do the work."""


class Place(Enum):
    """Where a registration is; the original kept a dictionary for each but the last."""

    RUNNING = "running"
    SCHEDULED = "scheduled"
    ON_DEMAND = "on demand"
    ABSENT = "absent"


@dataclass(eq=False, slots=True, kw_only=True)
class Entry(Generic[H]):
    """One registration, and the handle that people hold on to.

    `start`: of the run that is going or was the last, else the next one; wall-clock ns.
    `period`: ns, 0 for once; `daily`: in place of the period.
    `takes`: how long a run lasts in virtual time, in ns.
    `moved`: `start` was set by hand, and the end of a run is to heed it.
    `planned`: the engine has been told of a start; else the entry waits for a demand.
    `in_force`: the rhythm that the engine was told of.
    `beside`: registered while a run of an older registration of the name was going.
    `rank`: rises with each registration; 0: not registered.
    `generation`: the first one of the engine's task that belongs to this registration.
    `run`: the run whose code is at work.
    """

    handle: H
    name: str
    task: Runnable
    start: Instant
    period: Span = 0
    daily: Daily | None = None
    takes: Span = 0
    on_demand: bool = False
    re_register: bool = True
    re_run: bool = False
    suspended: bool = False
    moved: bool = False
    planned: bool = False
    in_force: Rhythm = (0, None)
    beside: bool = False
    rank: int = 0
    generation: int = 0
    run: RunHandle | None = None

    def renew(
        self, task: Runnable, *, start: Instant, period: Span, daily: Daily | None, takes: Span
    ) -> None:
        """Begin anew with another task and schedule: nothing of before is inherited."""
        self.task, self.start, self.takes = task, start, takes
        self.period, self.daily = period, daily
        self.re_register, self.re_run = True, False
        self.on_demand = self.suspended = False

    @property
    def rhythm(self) -> Rhythm:
        """What makes another start follow each one: the period, the time of day, or nothing."""
        return (self.period, self.daily) if self.re_register else (0, None)

    @property
    def recurs(self) -> bool:
        """Whether another start follows each one."""
        return self.rhythm != (0, None)

    def owns(self, run: RunHandle) -> bool:
        """Return whether a run belongs to this registration, and is not a detached one."""
        return self.rank != 0 and run.generation >= self.generation

    def trigger(self, now: Instant) -> Trigger:
        """Return when the engine is to start it. `now`: wall-clock ns."""
        if not self.planned:
            return OnDemand()
        if self.recurs and self.daily is None:
            return StartIn(self.start - now, self.period)
        return StartAt(self.start, self.daily if self.recurs else None)

    def next_start(self, ended: Instant) -> Instant:
        """Return the start after that of a run which ended at `ended`: TaskKit's overrun rule.

        A run that ends more than a period after its start time puts the next start a period after
        its end. A daily task keeps its time of day.
        """
        if self.daily is not None:
            after = max(self.start, ended)
            return self.daily.next_after(after) or after
        if ended - self.start > self.period:
            return ended + self.period
        return self.start + self.period
