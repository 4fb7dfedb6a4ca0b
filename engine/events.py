"""What people are told: one event for each thing worth knowing.

Events are told from an input and its effects alone, so that production, simulation and a replay
tell the same ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from duetime.engine.catchup import Fate
from duetime.engine.history import Occurrence, Outcome, Run, occurrence_of, run_of, time_text
from duetime.engine.instants import Instant, iso, to_datetime
from duetime.engine.messages import (
    Added,
    AskToStop,
    Disabled,
    Effect,
    Enabled,
    Input,
    RecordEvent,
    RecordFate,
    Redeclared,
    Removed,
    Rescheduled,
    Restarted,
    RunFailed,
    RunFinished,
    RunInput,
    RunLost,
    StartRun,
    TaskInput,
)

FindRun: TypeAlias = Callable[[str, int, int], Run | None]
"""Finds a run that is going, by name, generation and number."""


class EventKind(StrEnum):
    """What can be told."""

    STARTED = "started"
    """A run was started, or another attempt of one."""
    FINISHED = "finished"
    """A run ended well."""
    FAILED = "failed"
    """A run ended with an error, and no other attempt follows."""
    LOST = "lost"
    """Nobody will ever say how a run ended."""
    RETRYING = "retrying"
    """An attempt ended with an error, and another will follow."""
    OVERRUNNING = "overrunning"
    """A run went past its time limit, and was asked to stop."""
    STOP_ASKED = "stop_asked"
    """A run was asked to stop."""
    MERGED = "merged"
    """Occurrences met this fate, as for the next four; see `Fate`."""
    SKIPPED = "skipped"
    MISSED = "missed"
    DROPPED = "dropped"
    SUPERSEDED = "superseded"
    ADDED = "added"
    """A task was declared, for the first time or anew, or taken over from a store."""
    REMOVED = "removed"
    DISABLED = "disabled"
    """Somebody disabled a task, even if it was disabled already."""
    ENABLED = "enabled"
    """Somebody enabled a task, even if it was enabled already."""
    RESCHEDULED = "rescheduled"
    """A task was given a trigger, even if it had an equal one."""
    BROKEN = "broken"
    """The trigger of a task failed."""
    REFUSED = "refused"
    """A request led to nothing."""
    CLOCK_STEPPED = "clock_stepped"
    """The wall clock was set."""
    RESTARTED = "restarted"
    """The process started anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing worth knowing.

    `name`: the task, or "" for all; `at`: when it was decided, aware UTC; `run`: the run that it is
    about, as it was just after; `occurrence`: what met a fate; `text`: whatever else there is to
    say, for people.
    """

    kind: EventKind
    name: str
    at: datetime
    run: Run | None = None
    occurrence: Occurrence | None = None
    text: str = ""

    def __str__(self) -> str:
        """Write it in a line, for people."""
        what, parts = self.name or "all tasks", [self.text]
        if self.run is not None:
            again = f", attempt {self.run.attempt}," if self.run.attempt > 1 else ""
            what, parts = f"{what} #{self.run.number}{again}", [self.run.error, self.text]
        if self.occurrence is not None and self.occurrence.count > 1:
            parts.append(f"{self.occurrence.count} up to {time_text(self.occurrence.last)}")
        details = "; ".join(part for part in parts if part)
        return f"{time_text(self.at)} {what} {self.kind}" + (f": {details}" if details else "")


ALL = frozenset(EventKind)

_OF_VERB: dict[type[Input], EventKind] = {
    Added: EventKind.ADDED,
    Redeclared: EventKind.ADDED,
    Removed: EventKind.REMOVED,
    Disabled: EventKind.DISABLED,
    Enabled: EventKind.ENABLED,
    Rescheduled: EventKind.RESCHEDULED,
    Restarted: EventKind.RESTARTED,
}
_OF_RECORD = {
    "given_up": EventKind.FAILED,
    "lost": EventKind.LOST,
    "overrunning": EventKind.OVERRUNNING,
    "dropped": EventKind.DROPPED,
    "broken": EventKind.BROKEN,
    "refused": EventKind.REFUSED,
    "clock_stepped": EventKind.CLOCK_STEPPED,
}
_OF_FATE = {fate: EventKind(fate) for fate in Fate}
_ABOUT_A_RUN = {"given_up": "no other attempt follows", "lost": "", "overrunning": ""}
_ENDS = {
    EventKind.FINISHED: Outcome.FINISHED,
    EventKind.FAILED: Outcome.FAILED,
    EventKind.RETRYING: Outcome.FAILED,
    EventKind.LOST: Outcome.LOST,
}


def events_of(
    input_: Input,
    effects: tuple[Effect, ...],
    find: FindRun,
    wanted: frozenset[EventKind] = ALL,
) -> list[Event]:
    """Tell what an input and its effects mean to people, in order, as far as it is wanted.

    `find`: finds runs as they were before the input.
    """
    told: list[Event | None] = []
    kind = _kind_of_input(input_, effects)
    if kind is not None and kind in wanted:
        told.append(_of_input(kind, input_, effects, find))
    for effect in effects:
        kind = _kind_of_effect(effect)
        if kind is not None and kind in wanted:
            told.append(_of_effect(kind, effect, input_.at.wall, find))
    return [event for event in told if event is not None]


def run_key(event: RecordEvent) -> tuple[str, int, int]:
    """Return name, generation and number of the run that an event names in its text."""
    generation, number = event.text.partition(":")[0].split("/")
    return event.name, int(generation), int(number)


def _kind_of_input(input_: Input, effects: tuple[Effect, ...]) -> EventKind | None:
    if isinstance(input_, RunFinished):
        return EventKind.FINISHED
    if isinstance(input_, RunFailed):
        return EventKind.RETRYING if retry_of(effects) else EventKind.FAILED
    if isinstance(input_, RunLost):
        return EventKind.LOST
    return _OF_VERB.get(type(input_))


def _kind_of_effect(effect: Effect) -> EventKind | None:
    match effect:
        case StartRun():
            return EventKind.STARTED
        case RecordFate():
            return _OF_FATE[effect.fate]
        case AskToStop():
            return EventKind.STOP_ASKED
        case _:
            return _OF_RECORD.get(effect.event)


def retry_of(effects: tuple[Effect, ...]) -> str:
    """Return when another attempt follows the one that has ended, in words; else nothing."""
    for effect in effects:
        if isinstance(effect, RecordEvent) and effect.event == "retry":
            return effect.text.partition(": ")[2]
    return ""


def _of_input(
    kind: EventKind, input_: Input, effects: tuple[Effect, ...], find: FindRun
) -> Event | None:
    """Return the event of an input; None for the end of a run that is not going."""
    at = to_datetime(input_.at.wall)
    if isinstance(input_, RunInput):
        run = find(input_.name, input_.generation, input_.number)
        if run is None or run.ended is not None or run.attempt != input_.attempt:
            return None
        error = input_.error if isinstance(input_, RunFailed) else ""
        ended = replace(run, ended=at, outcome=_ENDS[kind], error=error)
        return Event(kind=kind, name=run.name, at=at, run=ended, text=retry_of(effects))
    match input_:
        case Added(task=task) | Redeclared(task=task):
            name, text = task.name, repr(task.trigger)
        case Rescheduled():
            name, text = input_.name, repr(input_.trigger)
        case Disabled():
            until = "" if input_.until is None else f"until {iso(input_.until)}"
            name, text = input_.name, f"{input_.reason} {until}".strip()
        case TaskInput():
            name, text = input_.name, ""
        case _:
            name, text = "", ""
    return Event(kind=kind, name=name, at=at, text=text)


def _of_effect(kind: EventKind, effect: Effect, now: Instant, find: FindRun) -> Event:
    """Return the event of an effect."""
    at = to_datetime(now)
    match effect:
        case StartRun():
            return Event(kind=kind, name=effect.name, at=at, run=run_of(effect, now))
        case RecordFate():
            told = occurrence_of(effect)
            return Event(kind=kind, name=told.name, at=at, occurrence=told, text=told.reason)
        case AskToStop():
            run = find(effect.name, effect.generation, effect.number)
            return Event(kind=kind, name=effect.name, at=at, run=run)
        case RecordEvent(event=what) if what in _ABOUT_A_RUN:
            run = find(*run_key(effect))
            if run is not None and kind is EventKind.LOST:
                run = replace(run, ended=at, outcome=Outcome.LOST)
            return Event(kind=kind, name=effect.name, at=at, run=run, text=_ABOUT_A_RUN[what])
        case _:
            return Event(kind=kind, name=effect.name, at=at, text=effect.text)
