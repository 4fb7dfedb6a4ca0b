"""What the tests of the engine are made of: triggers of their own, readings, tasks, a machine."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from hypothesis import strategies as st

from duetime.engine.instants import MINUTE, SECOND, Instant, Reading, Span, to_instant
from duetime.engine.machine import Machine
from duetime.engine.messages import Added, Effect, RecordEvent, RunFinished, StartRun, Ticked
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import Every

NOON = to_instant("2026-01-01T12:00Z")
TEN_MINUTES = Every(minutes=10, anchor="2026-01-01T00:00Z")
ON_WALL = Task(name="wall", trigger=TEN_MINUTES)
ON_ELAPSED = Task(name="elapsed", trigger=Every(minutes=10))


@dataclass(frozen=True, slots=True)
class Times(Trigger):
    """A list of instants, in order; each is planned `late` after its nominal time."""

    at: tuple[Instant, ...]
    late: Span = 0

    def next_after(self, after: Instant) -> Instant | None:
        """Return the first of them after an instant."""
        index = bisect_right(self.at, after)
        return self.at[index] if index < len(self.at) else None

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the last of them before an instant."""
        index = bisect_left(self.at, before)
        return self.at[index - 1] if index else None

    def planned(self, nominal: Instant, task_name: str) -> Instant:
        """Return the nominal time and so much more."""
        return nominal + self.late


@dataclass(frozen=True, slots=True)
class Fragile(Trigger):
    """Every minute, until it is asked for a time after `last`; then it raises."""

    last: Instant

    def next_after(self, after: Instant) -> Instant | None:
        """Raise once the time has come."""
        if after >= self.last:
            raise RuntimeError("the calendar is torn")
        return after + MINUTE - after % MINUTE


@dataclass(frozen=True, slots=True)
class Counting(Trigger):
    """Another trigger, and the list of the questions that it was asked."""

    wrapped: Trigger
    asked: list[str] = field(default_factory=list, compare=False)

    def next_after(self, after: Instant) -> Instant | None:
        """Ask the other one."""
        self.asked.append("next_after")
        return self.wrapped.next_after(after)

    def previous_before(self, before: Instant) -> Instant | None:
        """Ask the other one."""
        self.asked.append("previous_before")
        return self.wrapped.previous_before(before)

    def count(self, after: Instant, until: Instant) -> int:
        """Ask the other one."""
        self.asked.append("count")
        return self.wrapped.count(after, until)


def reading(wall: Instant = NOON, *, shift: Span = 0, boot: str = "virtual") -> Reading:
    """Look at both clocks; `shift`: how far the wall clock was set since the start."""
    return Reading(wall, wall - shift - NOON, boot)


def after(seconds: float) -> Reading:
    """Look at both clocks so many seconds after noon."""
    return reading(NOON + int(seconds * SECOND))


def machine_with(*tasks: Task, at: Reading | None = None) -> tuple[Machine, list[Effect]]:
    """Add tasks to a new machine, at noon if nothing else is said."""
    machine, effects = Machine(), []
    for task in tasks:
        effects.extend(machine.handle(Added(at=at or reading(), task=task)))
    return machine, effects


def tick(machine: Machine, seconds: float) -> tuple[Effect, ...]:
    """Let time pass up to so many seconds after noon."""
    return machine.handle(Ticked(at=after(seconds)))


def end(machine: Machine, start: Effect, seconds: float) -> tuple[Effect, ...]:
    """End a run that was started."""
    assert isinstance(start, StartRun)
    return machine.handle(
        RunFinished(
            at=after(seconds), name=start.name, generation=start.generation, number=start.number
        )
    )


def started(effects: tuple[Effect, ...]) -> list[tuple[str, int]]:
    """Return who started, with the number of the run."""
    return [(each.name, each.number) for each in effects if isinstance(each, StartRun)]


def event(name: str, what: str, text: str) -> RecordEvent:
    """Make an event."""
    return RecordEvent(name=name, event=what, text=text)


def strictly_rising(least: int, most: int, *, size: int = 8) -> st.SearchStrategy[tuple[int, ...]]:
    """Draw some different instants, in order; at least one."""
    return st.sets(st.integers(least, most), min_size=1, max_size=size).map(
        lambda found: tuple(sorted(found))
    )
