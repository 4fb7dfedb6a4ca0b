"""A life: a stretch of time in which one trigger is in force for a task, read from a journal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from duetime.engine.catchup import Due
from duetime.engine.instants import FIRST_INSTANT, Instant, Span
from duetime.engine.messages import Cause, Effect, Input, RecordEvent, RecordFate, StartRun
from duetime.engine.states import Broken, Entry, Leaving, Paused, State
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Noted:
    """A record of a journal. `index`: its place there, from 0."""

    index: int
    input: Input
    effects: tuple[Effect, ...]

    def events(self, name: str, event: str) -> list[str]:
        """Return the texts of these events of a task; a clock is set for all, with the name ""."""
        return [
            each.text
            for each in self.effects
            if isinstance(each, RecordEvent) and (each.name, each.event) == (name, event)
        ]

    def has_run_or_fate(self, name: str) -> bool:
        """Return whether a run of a task starts, or an occurrence of it meets its fate."""
        return any(
            isinstance(each, StartRun | RecordFate) and each.name == name for each in self.effects
        )

    def has_fate(self, name: str) -> bool:
        """Return whether an occurrence of a task meets its fate; an attempt more is none."""
        return any(
            isinstance(each, RecordFate)
            or (isinstance(each, StartRun) and each.cause is Cause.DUE and each.attempt == 1)
            for each in self.effects
            if each.name == name
        )


@dataclass(slots=True, kw_only=True, eq=False)
class Life:
    """A stretch of time in which one trigger is in force.

    `declared`, `begun`, `ended`: the inputs that did so, where the journal has them; `step`: that
    of the wall clock, if that is why it has begun; `live`: False once it is over; `broken`: the
    error that ended it.
    `first`: the first occurrence; `due`: the next one, where the trigger follows runs; `seen`: up
    to when due times have been looked at; `since`: the first that came due, or will, since the wall
    clock was set. All are on the clock of the trigger.
    """

    generation: int
    task: Task
    trigger: Trigger
    declared: Noted | None
    begun: Noted | None
    first: Instant | None
    due: Instant | None = None
    seen: Instant | None = None
    since: Instant = FIRST_INSTANT
    step: Span = 0
    ended: Noted | None = None
    live: bool = True
    broken: str = ""

    def end(self, noted: Noted, broken: str = "") -> None:
        """Let it be over."""
        self.live, self.ended, self.broken = False, noted, broken

    def goes_on_as(self, other: "Life") -> bool:
        """Return whether another one is this one, at most declared again with an equal trigger."""
        return self.begun is other.begun and self.generation == other.generation

    def occurrence(self, low: Instant, high: Instant) -> Instant | None:
        """Return the first occurrence from `low` on and before `high`, if there is one."""
        found = self.due if self.trigger.follows_runs else self.first
        if found is not None and found < low and not self.trigger.follows_runs:
            found = self.after(low - 1)
        return found if found is not None and low <= found < high else None

    def after(self, instant: Instant) -> Instant | None:
        """Ask the trigger for the next occurrence."""
        return answer(lambda: self.trigger.next_after(instant))

    def before(self, instant: Instant) -> Instant | None:
        """Ask the trigger for the last occurrence, which may lie before the first of this life."""
        return answer(lambda: self.trigger.previous_before(instant))

    def last_before(self, instant: Instant) -> Instant | None:
        """Return the last occurrence of this life before an instant."""
        first = self.due if self.trigger.follows_runs else self.first
        if first is None or first >= instant or self.trigger.follows_runs:
            return first if first is not None and first < instant else None
        return max(first, self.before(instant) or first)

    def planned(self, nominal: Instant) -> Instant:
        """Ask the trigger when an occurrence is to start."""
        planned = answer(lambda: self.trigger.planned(nominal, self.task.name))
        return nominal if planned is None else planned

    def next_due(self) -> Instant | None:
        """Return the first occurrence that has not been looked at."""
        if self.trigger.follows_runs:
            return self.due
        if self.first is None or self.seen is None:
            return self.first
        last = self.before(self.seen + 1)
        if last is None or last < self.first:
            return self.first
        return last if self.planned(last) > self.seen else self.after(last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A pause. `noted`: the record that began it, if the journal has it; `until`: wall-clock ns.

    `first`: the first occurrence that it holds up, on the clock of the trigger.
    """

    noted: Noted | None
    until: Instant | None
    first: Instant | None

    def is_over(self, wall: Instant) -> bool:
        """Return whether it has run out."""
        return self.until is not None and self.until <= wall


def life_of(entry: Entry) -> Life:
    """Return the life that a task has in a snapshot."""
    state, due = entry.state, getattr(entry.state, "due", None)
    first = due.nominal if isinstance(due, Due) else None
    return Life(
        generation=entry.generation,
        task=entry.task,
        trigger=entry.trigger,
        declared=None,
        begun=None,
        first=first,
        due=first if entry.trigger.follows_runs else None,
        live=not isinstance(state, Broken | Leaving),
        broken=state.error if isinstance(state, Broken) else "",
    )


def hold_of(state: State) -> Hold | None:
    """Return the pause that a task has in a snapshot, if it is disabled."""
    pause = state.pause if isinstance(state, Paused | Broken) else None
    if pause is None:
        return None
    first = None if pause.first is None else pause.first.nominal
    return Hold(noted=None, until=pause.until, first=first)


def bound(trigger: Trigger, elapsed: Instant, before: Trigger | None) -> Trigger:
    """Return a trigger as it is in force from now on; see `Trigger.bind`."""
    return answer(lambda: trigger.bind(elapsed, before)) or trigger


def answer(ask: Callable[[], T]) -> T | None:
    """Ask a trigger. One that raises has no answer here; its task is in the error state for it."""
    try:
        return ask()
    except Exception:
        return None
