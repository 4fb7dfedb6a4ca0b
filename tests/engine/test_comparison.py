"""What is different between two histories."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from duetime.engine.catchup import Fate
from duetime.engine.comparison import LINES, Difference, diff
from duetime.engine.errors import BadArgumentError
from duetime.engine.history import History
from duetime.engine.instants import MINUTE, Instant
from duetime.engine.journal import Journal, replay
from duetime.engine.messages import (
    Cause,
    Input,
    RecordFate,
    RunFailed,
    RunFinished,
    StartRun,
    Ticked,
)
from tests.engine.builders import NOON, after


@dataclass(frozen=True)
class Ran:
    """A run that was due so many minutes after noon. `ends`: "", "finished" or "failed"."""

    nominal: int
    name: str = "t"
    late: int = 0
    ends: str = "finished"
    cause: Cause = Cause.DUE
    attempt: int = 1


@dataclass(frozen=True)
class Fated:
    """A due time with another fate."""

    nominal: int
    name: str = "t"
    reason: str = "overlap"
    last: int | None = None


def history(*facts: Ran | Fated) -> History:
    """Write a history."""
    made, number = History(), 0
    for fact in facts:
        nominal = NOON + fact.nominal * MINUTE
        if isinstance(fact, Fated):
            made.note(Ticked(at=after(0)), (fated(fact, nominal),))
            continue
        number += 1 if fact.attempt == 1 else 0
        start = StartRun(
            name=fact.name,
            generation=1,
            number=number,
            nominal=nominal,
            planned=nominal,
            cause=fact.cause,
            attempt=fact.attempt,
        )
        made.note_start(start, nominal + fact.late * MINUTE)
        if fact.ends:
            made.note(end(fact, number), ())
    return made


def fated(fact: Fated, nominal: Instant) -> RecordFate:
    """Write the fate of one due time, or of all from one to another."""
    last = nominal if fact.last is None else NOON + fact.last * MINUTE
    count = 1 if fact.last is None else 2
    return RecordFate(
        name=fact.name,
        generation=1,
        fate=Fate.SKIPPED,
        reason=fact.reason,
        first=nominal,
        last=last,
        count=count,
    )


def end(fact: Ran, number: int) -> Input:
    """Write the end of a run, a minute after its start."""
    at = after((fact.nominal + fact.late + 1) * 60)
    name, attempt = fact.name, fact.attempt
    if fact.ends == "failed":
        return RunFailed(at=at, name=name, generation=1, number=number, attempt=attempt, error="no")
    return RunFinished(at=at, name=name, generation=1, number=number, attempt=attempt)


BEFORE = (Ran(0), Ran(30), Fated(60))
ASKED = Cause.DEMAND
CASES: list[tuple[tuple[Ran | Fated, ...], list[str]]] = [
    (BEFORE, []),
    ((Ran(0, late=2), Ran(30), Fated(60)), ["12:00:00Z  t  moved to 2026-01-01T12:02:00Z"]),
    ((Ran(5), Ran(30), Fated(60)), ["12:00:00Z  t  moved to 2026-01-01T12:05:00Z"]),
    ((Ran(0), Fated(60)), ["12:30:00Z  t  removed"]),
    ((*BEFORE, Ran(45)), ["12:45:00Z  t  added"]),
    ((Ran(0), Ran(30, ends="failed"), Fated(60)), ["12:30:00Z  t  finished -> failed"]),
    ((Ran(0), Ran(30, ends=""), Fated(60)), ["12:30:00Z  t  finished -> going"]),
    # A due time that now has a run is told as a run as well.
    (
        (Ran(0), Ran(30), Ran(60)),
        ["13:00:00Z  t  added", "13:00:00Z  t  skipped (overlap) -> finished"],
    ),
    ((Ran(0), Ran(30), Fated(60, reason="")), ["13:00:00Z  t  skipped (overlap) -> skipped"]),
    ((Ran(0), Ran(30)), ["13:00:00Z  t  skipped (overlap) -> not due"]),
    ((*BEFORE, Fated(70)), ["13:10:00Z  t  not due -> skipped (overlap)"]),
    (
        (Ran(0), Ran(30), Fated(60, last=70)),
        ["13:00:00Z  t  skipped (overlap) -> skipped (overlap), 2 up to 2026-01-01T13:10:00Z"],
    ),
    # A run that was retried counts once, as it ended.
    ((Ran(0, ends="failed"), Ran(0, attempt=2), Ran(30), Fated(60)), []),
    # An hour is near, a minute more is not; the order of the runs stays.
    (
        (Ran(60), Ran(90), Fated(60)),
        [
            "12:00:00Z  t  moved to 2026-01-01T13:00:00Z",
            "12:30:00Z  t  moved to 2026-01-01T13:30:00Z",
            "13:00:00Z  t  skipped (overlap) -> finished, skipped (overlap)",
        ],
    ),
    (
        (Ran(-61), Ran(30), Fated(60)),
        ["10:59:00Z  t  added", "12:00:00Z  t  removed"],
    ),
    ((Ran(0), Ran(91), Fated(60)), ["12:30:00Z  t  removed", "13:31:00Z  t  added"]),
    # What was asked for is another run than what was due.
    (
        (Ran(0), Ran(30, cause=ASKED), Fated(60)),
        ["12:30:00Z  t  added", "12:30:00Z  t  removed"],
    ),
]


@pytest.mark.parametrize(("facts", "lines"), CASES)
def test_what_is_different_is_told(facts: tuple[Ran | Fated, ...], lines: list[str]) -> None:
    """A line for each difference; what is the same in both is not told."""
    same = (Ran(200, cause=ASKED), Ran(10, "other"))
    difference = diff(history(*BEFORE, *same), history(*facts, *same))
    day = "2026-01-01T"
    assert str(difference).splitlines()[1:] == [day + line for line in lines]
    assert bool(difference) == bool(lines)


def test_a_difference_has_the_runs_themselves() -> None:
    """By task and time; a run that was moved with what it was before."""
    before = history(Ran(0), Ran(60), Ran(60, "b"))
    after_ = history(Ran(10), Ran(300), Ran(300, "b"))
    difference = diff(before, after_)
    assert [(run.name, run.nominal.hour) for run in difference.removed] == [("b", 13), ("t", 13)]
    assert [(run.name, run.nominal.hour) for run in difference.added] == [("b", 17), ("t", 17)]
    (moved,) = difference.moved
    assert (moved.before, moved.after) == (before.runs("t")[0], after_.runs("t")[0])
    assert difference.changed == ()


def test_the_tolerance_says_what_is_moved() -> None:
    """None: what is due at another time is another run."""
    one, other = history(Ran(0)), history(Ran(10))
    assert len(diff(one, other, tolerance=timedelta(minutes=10)).moved) == 1
    none = diff(one, other, tolerance=timedelta())
    assert (len(none.added), len(none.removed), len(none.moved)) == (1, 1, 0)


def test_no_difference_says_so() -> None:
    """A history is the same as itself."""
    same = diff(history(*BEFORE), history(*BEFORE))
    assert same == Difference(added=(), removed=(), moved=(), changed=())
    assert str(same) == "no difference"


def test_the_first_differences_are_shown_and_the_rest_counted() -> None:
    """The text stays short; names stand in a column."""
    text = str(diff(history(), history(*(Ran(place, "name") for place in range(30)), Ran(0))))
    first, *lines, last = text.splitlines()
    assert first == "31 added, 0 removed, 0 moved, 0 changed"
    assert lines[:2] == ["2026-01-01T12:00:00Z  name  added", "2026-01-01T12:00:00Z  t     added"]
    assert (len(lines), last) == (LINES, "and 11 more")


def test_whatever_has_a_history_can_be_compared() -> None:
    """A replay has; a journal has none before it is replayed."""
    assert not diff(replay(Journal()), History())
    with pytest.raises(BadArgumentError, match=r"diff: .* has no history; give two replays"):
        diff(History(), Journal())  # type: ignore[arg-type]  # wrong on purpose
