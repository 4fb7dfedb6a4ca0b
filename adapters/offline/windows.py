"""What a simulated plan came to, in columns, a window of time after the other.

A run stands in the window in which it ended, one that still goes in the last; any other fate stands
in the window in which it was decided. A window is forgotten when the next one comes: memory stays
flat, however long the simulation.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from duetime.engine.catchup import Fate
from duetime.engine.history import Outcome
from duetime.engine.instants import Instant
from duetime.engine.messages import Cause

FATES = tuple(Fate)
CAUSES = tuple(Cause)
ENDINGS = (*map(str, Outcome), "going")
"""How a run ended; columns hold the place in here, as for fates and causes."""
GOING = ENDINGS.index("going")


class Column(Protocol):
    """Integers in a row: an array of numpy, of the standard library, or a range."""

    def __len__(self) -> int:
        """Return how many there are."""

    def __iter__(self) -> Iterator[int]:
        """Yield them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunColumns:
    """Attempts of the runs of one task, in the order of their ends. Times are ns, UTC.

    `ended`: for those that still go, the end of the simulation. `cause`, `ending`: places in
    `CAUSES`, `ENDINGS`. `errors`: by the place of the run.
    """

    number: Column
    attempt: Column
    cause: Column
    nominal: Column
    planned: Column
    started: Column
    ended: Column
    ending: Column
    errors: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class FateColumns:
    """Due times of one task that started no run, in the order in which that was decided.

    `first`, `last`, `count`: several that share one fate. `fate`: places in `FATES`.
    """

    first: Column
    last: Column
    count: Column
    fate: Column
    reason: Sequence[str]

    def __len__(self) -> int:
        """Return how many there are; several that share one fate count once."""
        return len(self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What ended or was decided after `begin` and not after `end`, by task.

    `settled`: all runs that started before it have ended; the next windows have none of them.
    """

    begin: Instant
    end: Instant
    settled: Instant
    runs: Mapping[str, RunColumns]
    fates: Mapping[str, FateColumns]


class Row(NamedTuple):
    """One run, or one fate of due times that started none; what does not apply is None.

    `due`: how many due times it tells of.
    """

    nominal: Instant
    task: str
    number: int | None
    attempt: int | None
    last: Instant
    due: int
    fate: str
    reason: str
    planned: Instant | None
    started: Instant | None
    ended: Instant | None
    ending: str
    error: str


def rows_of(window: Window) -> list[Row]:
    """Return the rows of a window, by nominal time, then by task and number."""
    found: list[Row] = []
    for name, runs in window.runs.items():
        found += _run_rows(name, runs)
    for name, fates in window.fates.items():
        found += _fate_rows(name, fates)
    return sorted(found, key=_order)


def _order(row: Row) -> tuple[Instant, str, int, int]:
    return row.nominal, row.task, row.number or 0, row.attempt or 0


def _run_rows(name: str, runs: RunColumns) -> Iterator[Row]:
    columns = (runs.number, runs.attempt, runs.cause, runs.nominal, runs.planned, runs.started)
    for place, (number, attempt, cause, nominal, planned, started, ended, ending) in enumerate(
        zip(*map(plain, (*columns, runs.ended, runs.ending)), strict=True)
    ):
        is_due = CAUSES[cause] is Cause.DUE
        yield Row(
            nominal=nominal,
            task=name,
            number=number,
            attempt=attempt,
            last=nominal,
            due=int(is_due and attempt == 1),
            fate=str(Fate.STARTED) if is_due else str(CAUSES[cause]),
            reason="",
            planned=planned,
            started=started,
            ended=None if ending == GOING else ended,
            ending=ENDINGS[ending],
            error=runs.errors.get(place, ""),
        )


def _fate_rows(name: str, fates: FateColumns) -> Iterator[Row]:
    columns = (fates.first, fates.last, fates.count, fates.fate)
    for first, last, count, fate, reason in zip(*map(plain, columns), fates.reason, strict=True):
        yield Row(
            nominal=first,
            task=name,
            number=None,
            attempt=None,
            last=last,
            due=count,
            fate=str(FATES[fate]),
            reason=reason,
            planned=None,
            started=None,
            ended=None,
            ending="",
            error="",
        )


def plain(column: Column) -> list[int]:
    """Return a column as a list of Python's own integers."""
    to_list: Callable[[], list[int]] | None = getattr(column, "tolist", None)
    return list(column) if to_list is None else to_list()
