"""Counters of all that happened since the start, told from inputs and effects.

A `Meter` folds what went into the machine and what came out of it, live or in a replay, into
numbers. They cover all tasks, removed ones too, and runs that no history remembers any more; what
they need of memory is bounded by the runs that are going.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from duetime.engine.catchup import Fate
from duetime.engine.errors import BadArgumentError
from duetime.engine.events import retry_of, run_key
from duetime.engine.history import Outcome, PlainRuns
from duetime.engine.instants import MICROSECOND, Reading, Span, to_timedelta
from duetime.engine.messages import (
    Cause,
    Effect,
    Input,
    RecordEvent,
    RecordFate,
    Restarted,
    RunFailed,
    RunFinished,
    RunInput,
    StartRun,
)

BOUNDS: tuple[Span, ...] = (
    0,
    *(step * 10**power * MICROSECOND for power in range(2, 12) for step in (1, 2, 5)),
)
"""The upper bounds of the buckets: nothing, 100 µs, 200 µs, 500 µs, 1 ms, … 500,000 s."""

_OUTCOMES = {RunFinished: Outcome.FINISHED, RunFailed: Outcome.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """How long something took, many times over.

    `bounds`: the upper end of each bucket; `counts`: how many were that long at most and longer
    than the bound before, and at last those beyond all bounds; `total`: all of them added up;
    `longest`: the longest.
    """

    bounds: tuple[timedelta, ...] = field(repr=False)
    counts: tuple[int, ...]
    total: timedelta
    longest: timedelta

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self.counts)

    def quantile(self, share: float) -> timedelta | None:
        """Return a time that at least this share of all, 0 to 1, did not exceed.

        It is the upper end of a bucket, or the longest time where that is less: exact to within
        its bucket, and never too low. None when there were none at all.
        Raises BadArgumentError for a share outside of 0 to 1.
        """
        if not 0 <= share <= 1:
            raise BadArgumentError(
                f"quantile {share!r}: a share is a number from 0 to 1, such as 0.99"
            )
        seen, wanted = 0, share * self.count
        for bound, count in zip(self.bounds, self.counts, strict=False):
            seen += count
            if count and seen >= wanted:
                return min(bound, self.longest)
        return self.longest if self.count else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What has happened since the start, and what is going on now.

    `occurrences`: by fate; `runs`: those that are over, by outcome; `retries`: attempts after the
    first; `refused`: requests that led to nothing; `running`, `waiting`: now;
    `lateness`: of starts behind their planned time, for runs that came due;
    `durations`: of attempts that finished or failed, in elapsed time;
    `dropped_events`, `listener_errors`: events that did not fit into the queue, and those over
    which a listener raised.
    """

    occurrences: Mapping[Fate, int]
    runs: Mapping[Outcome, int]
    retries: int
    refused: int
    running: int
    waiting: int
    lateness: Histogram
    durations: Histogram
    dropped_events: int
    listener_errors: int


class Meter:
    """Counts; `note` takes in an input and its effects, `read` gives the numbers."""

    def __init__(self) -> None:
        """Start at nothing."""
        self._fates = dict.fromkeys(Fate, 0)
        self._outcomes = dict.fromkeys(Outcome, 0)
        self._retries = 0
        self._refused = 0
        self._lateness = _Tally()
        self._durations = _Tally()
        self._going: dict[tuple[str, int, int], int] = {}
        """When the attempts that are going were started, in monotonic time."""

    def note(self, input_: Input, effects: tuple[Effect, ...]) -> None:
        """Take in an input and what the machine made of it."""
        if isinstance(input_, RunInput):
            self._end(input_, effects)
        elif isinstance(input_, Restarted):
            self._going.clear()
        for effect in effects:
            if isinstance(effect, StartRun):
                self.note_start(effect, input_.at)
            elif isinstance(effect, RecordFate):
                self._fates[effect.fate] += effect.count
            elif isinstance(effect, RecordEvent):
                self._note_event(effect, effects)

    def note_start(self, start: StartRun, at: Reading) -> None:
        """Take in the start of an attempt."""
        self._going[start.name, start.generation, start.number] = at.mono
        if start.attempt > 1:
            self._retries += 1
        elif start.cause is Cause.DUE:
            self._fates[Fate.STARTED] += 1
            self._lateness.add(at.wall - start.planned - start.shift)

    def note_plain(self, plain: PlainRuns) -> None:
        """Take in runs that started on time and ended at once."""
        count = len(plain.nominals)
        self._fates[Fate.STARTED] += count
        self._outcomes[Outcome.FINISHED] += count
        self._lateness.counts[0] += count
        self._durations.counts[0] += count

    def read(
        self, *, running: int, waiting: int, dropped_events: int, listener_errors: int
    ) -> Metrics:
        """Return the numbers so far, beside those that only the shell knows."""
        return Metrics(
            occurrences=dict(self._fates),
            runs=dict(self._outcomes),
            retries=self._retries,
            refused=self._refused,
            running=running,
            waiting=waiting,
            lateness=self._lateness.read(),
            durations=self._durations.read(),
            dropped_events=dropped_events,
            listener_errors=listener_errors,
        )

    def _end(self, ended: RunInput, effects: tuple[Effect, ...]) -> None:
        since = self._going.pop((ended.name, ended.generation, ended.number), None)
        if since is None:
            return
        outcome = _OUTCOMES.get(type(ended), Outcome.LOST)
        if outcome is not Outcome.LOST:
            self._durations.add(ended.at.mono - since)
        if not effects or not retry_of(effects):
            self._outcomes[outcome] += 1

    def _note_event(self, event: RecordEvent, effects: tuple[Effect, ...]) -> None:
        if event.event in ("refused", "dropped"):
            self._refused += 1
        elif event.event == "given_up":
            self._outcomes[Outcome.FAILED] += 1
        elif event.event == "lost" and not _starts_again(run_key(event), effects):
            self._outcomes[Outcome.LOST] += 1


class _Tally:
    """A histogram that grows."""

    __slots__ = ("counts", "longest", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total: Span = 0
        self.longest: Span = 0

    def add(self, span: Span) -> None:
        """Count a span; a clock that was set makes none shorter than nothing."""
        if span <= 0:
            self.counts[0] += 1
            return
        self.counts[bisect_left(BOUNDS, span)] += 1
        self.total += span
        if span > self.longest:
            self.longest = span

    def read(self) -> Histogram:
        return Histogram(
            bounds=tuple(to_timedelta(bound) for bound in BOUNDS),
            counts=tuple(self.counts),
            total=to_timedelta(self.total),
            longest=to_timedelta(self.longest),
        )


def _starts_again(run: tuple[str, int, int], effects: tuple[Effect, ...]) -> bool:
    return any(
        isinstance(effect, StartRun) and (effect.name, effect.generation, effect.number) == run
        for effect in effects
    )
