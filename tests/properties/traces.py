"""Traces: what a player has recorded, looked at moment by moment.

The checks of the properties count and compare; none decides anything the way the engine does.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeAlias

from duetime.engine.instants import Instant, to_instant
from duetime.engine.journal import Journal, JournalRecord
from duetime.engine.machine import Machine, Settings, Snapshot
from duetime.engine.messages import (
    Cause,
    Effect,
    Input,
    RecordEvent,
    RecordFate,
    RunInput,
    StartRun,
    Ticked,
)
from duetime.engine.states import Entry, Leaving, Running
from duetime.engine.triggers.base import Trigger

Life: TypeAlias = tuple[str, int]
"""(name, generation): what the occurrences of a task belong to until it is edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One input with its effects, and what was known before and after it.

    `wall`: the latest time that the wall clock has shown; `elapsed`: now, as elapsed time.
    """

    input: Input
    effects: tuple[Effect, ...]
    before: dict[str, Entry]
    after: dict[str, Entry]
    snapshot: Snapshot
    wall: Instant
    elapsed: Instant

    @property
    def starts(self) -> list[StartRun]:
        """The runs that start here."""
        return [effect for effect in self.effects if isinstance(effect, StartRun)]

    @property
    def first_starts(self) -> list[StartRun]:
        """The runs that start here for the first time."""
        return [start for start in self.starts if start.attempt == 1]

    @property
    def due_starts(self) -> list[StartRun]:
        """Of these, the ones whose trigger says so, or said so."""
        return [start for start in self.first_starts if start.cause is Cause.DUE]

    def now(self, name: str) -> Instant:
        """Return the time on the clock of a task's trigger; of the wall clock, the latest."""
        return self.elapsed if self.after[name].trigger.elapsed else self.wall


def moments(trace: Journal | Iterable[JournalRecord]) -> Iterator[Moment]:
    """Feed the inputs of a trace to a machine, and look at it after each.

    Records without a journal are those of a machine with the usual settings.
    """
    settings = trace.settings if isinstance(trace, Journal) else Settings()
    machine, before, wall = Machine(settings), dict[str, Entry](), 0
    for record in trace:
        effects = machine.handle(record.input)
        assert effects == record.effects
        snapshot = machine.snapshot()
        after = {entry.task.name: entry for entry in snapshot.entries}
        wall = max(wall, record.input.at.wall)
        yield Moment(
            input=record.input,
            effects=effects,
            before=before,
            after=after,
            snapshot=snapshot,
            wall=wall,
            elapsed=record.input.at.mono + snapshot.lead,
        )
        before = after


class Accounts:
    """The occurrences of each life: each has one fate, waits, or is the one that lies ahead."""

    def __init__(self) -> None:
        """Start without any."""
        self.triggers: dict[Life, Trigger] = {}
        self.first: dict[Life, Instant | None] = {}
        self.fated: dict[Life, list[Instant]] = defaultdict(list)
        self.ended: dict[Life, Instant] = {}

    def enter(self, moment: Moment) -> None:
        """Book the fates of one moment."""
        for name, entry in moment.after.items():
            if (name, entry.generation) not in self.triggers:
                ahead = getattr(entry.state, "due", None)
                self._open((name, entry.generation), entry.trigger, ahead and ahead.nominal)
        for effect in moment.effects:
            if isinstance(effect, RecordFate):
                life = (effect.name, effect.generation)
                if life not in self.triggers:  # a far jump of the clock, and an edit at once
                    self._open(life, moment.before[effect.name].trigger, effect.first)
                self.fated[life] += self.nominals(effect)
        for start in moment.due_starts:
            self.fated[start.name, start.generation].append(start.nominal)
        self._forget_traceless(moment)
        for name, entry in moment.before.items():
            after, life = moment.after.get(name), (name, entry.generation)
            if after is None or isinstance(after.state, Leaving) or after.generation != life[1]:
                now = moment.elapsed if entry.trigger.elapsed else moment.input.at.wall
                self.ended.setdefault(life, now)

    def check(self, last: Moment) -> None:
        """Assert that the fates of each life are its occurrences, from the first on, each once."""
        for life, first in self.first.items():
            (name, generation), fated = life, list(self.fated[life])
            entry, trigger = last.after.get(name), self.triggers[life]
            if entry is not None and entry.generation == generation:
                fated += _still_open(entry)
            expected = sorted(set(fated))
            if first is not None and not trigger.follows_runs and fated:
                expected = [first, *islice(trigger.between(first, max(fated)), len(fated))]
            assert sorted(fated) == expected
            if first is not None and not trigger.follows_runs and life in self.ended:
                assert len(fated) >= self._came_due(life, first)

    def _came_due(self, life: Life, first: Instant) -> int:
        """Count what had come due when a life was over."""
        trigger, end = self.triggers[life], self.ended[life]
        nominals = trigger.between(first - 1, end)
        return sum(trigger.planned(nominal, life[0]) <= end for nominal in nominals)

    def _open(self, life: Life, trigger: Trigger, first: Instant | None) -> None:
        self.triggers[life], self.first[life] = trigger, first

    def nominals(self, effect: RecordFate) -> list[Instant]:
        """Return the occurrences that share a fate; the record names the first and the last."""
        trigger = self.triggers[effect.name, effect.generation]
        others = () if trigger.follows_runs else trigger.between(effect.first, effect.last)
        found = [effect.first, *others]
        assert (len(found), found[-1]) == (effect.count, effect.last)
        return found

    def _forget_traceless(self, moment: Moment) -> None:
        """A task that was removed before anything came of it has never been there."""
        for name, generation in list(self.triggers):
            retired = moment.snapshot.retired.get(name)
            past = retired.generation if retired is not None else 0
            if name not in moment.after and generation > past:
                del self.triggers[name, generation], self.first[name, generation]


def _still_open(entry: Entry) -> list[Instant]:
    state = entry.state
    waiting = state.ready + state.waiting if isinstance(state, Running) else ()
    nominals = [each.nominal for each in waiting if each.cause is Cause.DUE]
    ahead = getattr(state, "due", None)
    return nominals + ([ahead.nominal] if ahead is not None else [])


def journal_of(records: Iterable[JournalRecord]) -> Journal:
    """Put records into a journal."""
    journal = Journal()
    for record in records:
        journal.append(record.input, record.effects)
    return journal


def effects_of(records: Iterable[JournalRecord]) -> list[Effect]:
    """Return all effects in order."""
    return [effect for record in records for effect in record.effects]


def shape(records: Iterable[JournalRecord], origin: Instant = 0) -> list[tuple[object, ...]]:
    """Return what has come of a trace and when, with `origin` as the zero of all times.

    Inputs that led to nothing are left out, so that a spurious `Ticked` does not show.
    """
    return [
        (record.input.at.wall - origin, record.input.at.mono, _moved(effect, origin))
        for record in records
        for effect in record.effects
    ]


def shape_of(name: str, records: Iterable[JournalRecord]) -> list[tuple[object, ...]]:
    """Return what has come of one task, and when: its effects and the ends of its runs."""
    found: list[tuple[object, ...]] = []
    for record in records:
        if isinstance(record.input, RunInput) and record.input.name == name:
            found.append((record.input,))
        found += [
            (record.input.at, isinstance(record.input, Ticked), effect)
            for effect in record.effects
            if effect.name == name
        ]
    return found


def _moved(effect: Effect, origin: Instant) -> Effect:
    match effect:
        case StartRun():
            nominal, planned = effect.nominal - origin, effect.planned - origin
            return replace(effect, nominal=nominal, planned=planned)
        case RecordFate():
            return replace(effect, first=effect.first - origin, last=effect.last - origin)
        case RecordEvent(event="retry", text=text):
            what, _, at = text.partition(" at ")
            return replace(effect, text=f"{what} at {to_instant(at) - origin}")
        case _:
            return effect
