"""What happened: runs and fates, told from inputs and effects.

`History` folds what went into the machine and what came out of it, live or in a replay, into
records that people read. It decides nothing.
"""

from array import array
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from duetime.engine.catchup import Fate
from duetime.engine.instants import Instant, to_datetime
from duetime.engine.messages import (
    Added,
    Cause,
    Effect,
    Input,
    RecordFate,
    Removed,
    Restarted,
    RunFailed,
    RunInput,
    RunLost,
    StartRun,
)
from duetime.engine.triggers.base import Json

R = TypeVar("R", "Ended | PlainRuns", RecordFate)


class Outcome(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    FAILED = "failed"
    LOST = "lost"
    """The process ended before the run did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run, or one of several attempts of it. All times are aware UTC datetimes.

    `nominal`: the due time, or when the run was asked for; `planned`: with jitter; `started`: when
    it was handed over to run; `ended` and `outcome`: None while it is going; `error`: the text of
    the error.
    """

    name: str
    generation: int
    number: int
    attempt: int = 1
    cause: Cause
    nominal: datetime
    planned: datetime
    started: datetime
    ended: datetime | None = None
    outcome: Outcome | None = None
    error: str = ""
    args: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """What became of a due time, or of several that share one fate.

    `nominal`: the due time, the first one of several; `last`: the last one; `count`: how many;
    `reason`: for skipped and missed ones; `number`: that of the run, for started ones.
    """

    name: str
    generation: int
    nominal: datetime
    last: datetime
    count: int = 1
    fate: Fate
    reason: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class PlainRuns:
    """Runs that started on time and ended at once, numbered from `first`; the shift was 0."""

    name: str
    generation: int
    first: int
    nominals: "array[int]"
    args: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt that has ended, as it came: turned into a `Run` only when somebody looks."""

    start: StartRun
    started: Instant
    ended: Instant
    outcome: Outcome
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """What has been taken out of a history, and the runs in progress, with when they started."""

    ended: Sequence[Ended | PlainRuns]
    fates: Sequence[RecordFate]
    going: Sequence[tuple[StartRun, Instant]]


class Runs(list[Run]):
    """Runs, in the order of their numbers."""

    def starts(self) -> list[datetime]:
        """Return when each started."""
        return [run.started for run in self]


class History:
    """The runs and fates of all tasks, in order.

    `keep`: how many of each a task keeps, and how many removed tasks are remembered; None: all.
    `forgotten`: generation and last due time of the records that are gone, for each task that has
    lost any; on the clock of its trigger.
    """

    def __init__(self, keep: int | None = None) -> None:
        """Start empty."""
        self._keep = keep
        self._ended: dict[str, deque[Ended | PlainRuns]] = {}
        self._fates: dict[str, deque[RecordFate]] = {}
        self.forgotten: dict[str, tuple[int, Instant]] = {}
        self._removed: dict[str, None] = {}
        self._going: dict[str, dict[tuple[int, int], tuple[StartRun, Instant]]] = {}

    def note(self, input_: Input, effects: tuple[Effect, ...]) -> None:
        """Take in an input and what the machine made of it."""
        if isinstance(input_, RunInput):
            self._end(input_)
        elif isinstance(input_, Restarted):
            self._lose_all(input_.at.wall)
        elif isinstance(input_, Added):
            self._removed.pop(input_.task.name, None)
        elif isinstance(input_, Removed):
            self._removed[input_.name] = None
            self._forget_some()
        for effect in effects:
            if isinstance(effect, StartRun):
                self.note_start(effect, input_.at.wall)
            elif isinstance(effect, RecordFate):
                self._keep_record(self._fates, effect.name, effect)

    def note_start(self, start: StartRun, at: Instant) -> None:
        """Take in the start of a run."""
        self._going.setdefault(start.name, {})[start.generation, start.number] = (start, at)

    def note_plain(self, plain: PlainRuns) -> None:
        """Take in runs that went by without anybody looking."""
        self._keep_record(self._ended, plain.name, plain)

    def names(self) -> list[str]:
        """Return the names that anything is known of, sorted."""
        return sorted({*self._ended, *self._fates, *self._going})

    def going(self, name: str) -> list[Run]:
        """Return the runs of a task that are in progress."""
        return [run_of(start, started) for start, started in self._going.get(name, {}).values()]

    def find(self, name: str, generation: int, number: int) -> Run | None:
        """Return a run: the attempt that is going, or else the last one that is remembered."""
        going = self._going.get(name, {}).get((generation, number))
        if going is not None:
            return run_of(*going)
        found = (run for run in reversed(self.runs(name)) if run.number == number)
        return next((run for run in found if run.generation == generation), None)

    def runs(self, name: str) -> Runs:
        """Return the runs of a task, those in progress included, in the order of their numbers."""
        found: list[Run] = []
        for record in self._ended.get(name, ()):
            found.extend(_plain_runs(record) if isinstance(record, PlainRuns) else [_past(record)])
        found.extend(self.going(name))
        return Runs(sorted(found, key=in_order))

    def fates(self, name: str) -> list[Occurrence]:
        """Return what became of each due time of a task, in order."""
        found = [occurrence_of(effect) for effect in self._fates.get(name, ())]
        return fates_in_order(found, self.runs(name))

    def started(self, name: str, generation: int) -> Iterator[Instant]:
        """Yield the due times that started a run, on the clock of the trigger."""
        for record in self._ended.get(name, ()):
            if isinstance(record, PlainRuns):
                yield from record.nominals if record.generation == generation else ()
            elif _began(record.start, generation):
                yield record.start.nominal
        for start, _ in self._going.get(name, {}).values():
            if _began(start, generation):
                yield start.nominal

    def others(self, name: str, generation: int) -> list[RecordFate]:
        """Return the fates other than that, as they were recorded."""
        return [each for each in self._fates.get(name, ()) if each.generation == generation]

    def _forget_some(self) -> None:
        """Drop what is known of names that were removed long ago."""
        while self._keep is not None and len(self._removed) > self._keep:
            name = next(iter(self._removed))
            del self._removed[name]
            self._ended.pop(name, None)
            self._fates.pop(name, None)
            self.forgotten.pop(name, None)
            if not self._going.get(name):
                self._going.pop(name, None)

    def _end(self, ended: RunInput) -> None:
        key = (ended.generation, ended.number)
        going = self._going.get(ended.name, {})
        start, started = going.get(key, (None, 0))
        if start is None or start.attempt != ended.attempt:
            return
        del going[key]
        outcome, error = Outcome.FINISHED, ""
        if isinstance(ended, RunFailed):
            outcome, error = Outcome.FAILED, ended.error
        elif isinstance(ended, RunLost):
            outcome = Outcome.LOST
        record = Ended(start, started, ended.at.wall, outcome, error)
        self._keep_record(self._ended, ended.name, record)

    def _lose_all(self, at: Instant) -> None:
        for name, going in self._going.items():
            for start, started in going.values():
                lost = Ended(start, started, at, Outcome.LOST, "")
                self._keep_record(self._ended, name, lost)
        self._going.clear()

    def _keep_record(self, logs: dict[str, deque[R]], name: str, record: R) -> None:
        """Add a record of a task; when there are too many, forget the oldest."""
        log = logs.get(name)
        if log is None:
            log = logs[name] = deque(maxlen=self._keep)
        if len(log) == self._keep:
            oldest = _latest(log[0] if log else record)
            self.forgotten[name] = max(self.forgotten.get(name, oldest), oldest)
        log.append(record)


def in_order(run: Run) -> tuple[int, int, int]:
    """Return what the runs of a task are sorted by."""
    return run.generation, run.number, run.attempt


def fates_in_order(others: list[Occurrence], runs: list[Run]) -> list[Occurrence]:
    """Return what became of each due time of a task; `others`: of those that started no run."""
    started = [
        Occurrence(
            name=run.name,
            generation=run.generation,
            nominal=run.nominal,
            last=run.nominal,
            fate=Fate.STARTED,
            number=run.number,
        )
        for run in runs
        if run.cause is Cause.DUE and run.attempt == 1
    ]
    return sorted(others + started, key=lambda each: (each.generation, each.nominal))


def timeline(history: History) -> str:
    """Write a history as text, a line for each start, end and other fate, in order of time.

    Lines of one time stand in the order: ends, fates, starts; each by name.
    """
    lines: list[tuple[datetime, int, str, int, str]] = []
    for name in history.names():
        for run in history.runs(name):
            what = f"{name} #{run.number}"
            again = f", attempt {run.attempt}" if run.attempt > 1 else ""
            started = f"{what} started ({run.cause}{again})"
            lines.append((run.started, 2, name, run.number, started))
            if run.ended is not None:
                order = 0 if run.ended > run.started else 3
                lines.append((run.ended, order, name, run.number, f"{what} {_end_text(run)}"))
        lines += [
            (each.nominal, 1, name, 0, f"{name} {fate_text(each)}")
            for each in history.fates(name)
            if each.fate is not Fate.STARTED
        ]
    return "\n".join(f"{time_text(at)} {text}" for at, _, _, _, text in sorted(lines))


def tail(history: History, count: int) -> History:
    """Return a history of the last records of each task, and of the runs in progress."""
    part = History()
    part._ended = {name: deque(log, count) for name, log in history._ended.items()}
    part._fates = {name: deque(log, count) for name, log in history._fates.items()}
    part._going = history._going
    return part


def drain(history: History) -> Drained:
    """Take out all that has ended, and all other fates; for those who simulate for long.

    Runs in progress stay.
    """
    drained = Drained(
        ended=[each for log in history._ended.values() for each in log],
        fates=[each for log in history._fates.values() for each in log],
        going=[each for runs in history._going.values() for each in runs.values()],
    )
    history._ended, history._fates = {}, {}
    return drained


def last_lines(history: History, count: int) -> list[str]:
    """Return the last lines of a timeline."""
    return timeline(tail(history, count)).splitlines()[-count:]


def time_text(moment: datetime) -> str:
    """Write an aware UTC datetime as ISO 8601 text."""
    return moment.isoformat().replace("+00:00", "Z")


def _end_text(run: Run) -> str:
    return f"{run.outcome}: {run.error}" if run.error else str(run.outcome)


def fate_text(each: Occurrence) -> str:
    """Say what became of a due time, or of several."""
    reason = f" ({each.reason})" if each.reason else ""
    until = f", {each.count} up to {time_text(each.last)}" if each.count > 1 else ""
    return f"{each.fate}{reason}{until}"


def run_of(start: StartRun, started: Instant) -> Run:
    """Return the record of a run that has just been started."""
    return Run(
        name=start.name,
        generation=start.generation,
        number=start.number,
        attempt=start.attempt,
        cause=start.cause,
        nominal=to_datetime(start.nominal + start.shift),
        planned=to_datetime(start.planned + start.shift),
        started=to_datetime(started),
        args=start.args,
    )


def _began(start: StartRun, generation: int) -> bool:
    return start.generation == generation and start.cause is Cause.DUE and start.attempt == 1


def _latest(record: "Ended | PlainRuns | RecordFate") -> tuple[int, Instant]:
    """Return generation and last due time of a record."""
    if isinstance(record, Ended):
        return record.start.generation, record.start.nominal
    last = record.last if isinstance(record, RecordFate) else record.nominals[-1]
    return record.generation, last


def _past(record: Ended) -> Run:
    run = run_of(record.start, record.started)
    ended = to_datetime(record.ended)
    return replace(run, ended=ended, outcome=record.outcome, error=record.error)


def _plain_runs(plain: PlainRuns) -> list[Run]:
    runs = []
    for number, nominal in enumerate(plain.nominals, plain.first):
        at = to_datetime(nominal)
        runs.append(
            Run(
                name=plain.name,
                generation=plain.generation,
                number=number,
                cause=Cause.DUE,
                nominal=at,
                planned=at,
                started=at,
                ended=at,
                outcome=Outcome.FINISHED,
                args=plain.args,
            )
        )
    return runs


def occurrence_of(effect: RecordFate) -> Occurrence:
    """Return the record of what met a fate."""
    return Occurrence(
        name=effect.name,
        generation=effect.generation,
        nominal=to_datetime(effect.first + effect.shift),
        last=to_datetime(effect.last + effect.shift),
        count=effect.count,
        fate=effect.fate,
        reason=effect.reason,
    )
