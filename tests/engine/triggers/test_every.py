"""Intervals: a grid without drift, and a delay after each run."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.errors import BadTriggerError, NaiveDatetimeError
from duetime.engine.instants import DAY, HOUR, LAST_INSTANT, MICROSECOND, MINUTE, SECOND, iso
from duetime.engine.triggers import trigger_from_json
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import AfterFinish, ElapsedGrid, Every, Grid
from tests.engine.builders import NOON

PERIODS = st.integers(1, 100 * DAY // MICROSECOND).map(lambda us: us * MICROSECOND)
ANCHORS = st.integers(0, 50_000 * DAY // MICROSECOND).map(lambda us: us * MICROSECOND)
GRIDS = st.one_of(
    st.builds(
        lambda p, a: Every(timedelta(microseconds=p // 1000), anchor=iso(a)), PERIODS, ANCHORS
    ),
    st.builds(ElapsedGrid, PERIODS, ANCHORS),
)


def start_of(grid: Every | ElapsedGrid) -> int:
    """Return the first point: the anchor itself, or a period after the task was added."""
    anchor = grid.anchor or 0
    return anchor + grid.period if isinstance(grid, ElapsedGrid) else anchor


@given(GRIDS, st.integers(-10, 10_000_000), st.integers(-1, 1))
def test_the_next_point_is_the_first_one_later(
    grid: Every | ElapsedGrid, steps: int, off: int
) -> None:
    """All points are start + k × period; `next_after` and `previous_before` step over them."""
    after = start_of(grid) + steps * grid.period + off
    found = grid.next_after(after)
    assert found is None or (found > after and (found - start_of(grid)) % grid.period == 0)
    assert found is None or found - grid.period <= after or found == start_of(grid)
    if found is not None and found != start_of(grid):
        assert grid.previous_before(found) == found - grid.period
        assert grid.next_after(found - 1) == found
    assert grid.previous_before(start_of(grid)) is None


@given(GRIDS, st.integers(-3, 50), st.integers(0, 50), st.integers(-1, 1))
def test_counting_is_iterating(grid: Every | ElapsedGrid, steps: int, more: int, off: int) -> None:
    """`count` divides, `between` is a range; both are what stepping from point to point gives."""
    after = start_of(grid) + steps * grid.period + off
    until = after + more * grid.period + off
    stepped = list(Trigger.between(grid, after, until))
    assert list(grid.between(after, until)) == stepped
    assert grid.count(after, until) == len(stepped)


def test_there_is_no_drift_in_ten_years() -> None:
    """The millionth point is where multiplication puts it, to the nanosecond."""
    grid = Every(seconds=7, anchor="2026-01-01T12:00:00.000001Z")
    ten_years = NOON + 3653 * DAY
    last = grid.previous_before(ten_years)
    assert last is not None
    assert (last - NOON - MICROSECOND) % (7 * SECOND) == 0
    assert grid.count(0, ten_years) == (ten_years - NOON - MICROSECOND) // (7 * SECOND) + 1


def test_a_grid_ends_with_the_supported_years() -> None:
    """There is nothing after 2261."""
    grid = Every(hours=1, anchor="2026-01-01T00:00Z")
    assert grid.next_after(LAST_INSTANT - HOUR) is None
    assert list(grid.between(LAST_INSTANT - HOUR, LAST_INSTANT)) == []


@pytest.mark.parametrize(
    ("before", "bound"),
    [
        (None, ElapsedGrid(5 * MINUTE, NOON)),
        (ElapsedGrid(MINUTE, 7), ElapsedGrid(5 * MINUTE, 7)),
        (Every(minutes=1, anchor="2026-01-01T00:00:30Z"), None),
        (AfterFinish(minutes=1), ElapsedGrid(5 * MINUTE, NOON)),
        (Every(minutes=1), ElapsedGrid(5 * MINUTE, NOON)),
    ],
)
def test_an_anchor_that_is_left_open_is_fixed(
    before: Trigger | None, bound: Trigger | None
) -> None:
    """It is the one in force, else the time of adding; the first point lies a period later."""
    found = Every(minutes=5).bind(NOON, before)
    assert found == (bound or Every(minutes=5, anchor="2026-01-01T00:00:30Z"))


def test_a_given_anchor_stays() -> None:
    """With an anchor, the grid lies on the wall clock, wherever the task is added."""
    grid = Every(minutes=5, anchor="2026-01-01T00:00Z")
    assert grid.bind(NOON, ElapsedGrid(MINUTE, 7)) is grid
    assert (grid.elapsed, ElapsedGrid(MINUTE, 7).elapsed) == (False, True)


def test_a_grid_must_say_where_it_starts() -> None:
    """What the two grids share is no trigger by itself."""
    with pytest.raises(NotImplementedError):
        Grid().next_after(0)


def test_there_is_nothing_to_count_before_the_anchor() -> None:
    """A grid starts at its anchor."""
    grid = Every(hours=1, anchor="2026-01-01T12:00Z")
    assert (grid.count(0, NOON - 1), grid.count(0, NOON), grid.count(NOON, NOON)) == (0, 1, 0)
    assert list(grid.between(0, NOON)) == [NOON]


def test_an_unbound_grid_counts_from_the_epoch() -> None:
    """Asked alone, a trigger without an anchor has to begin somewhere."""
    assert list(Every(hours=1).between(-1, 2 * HOUR)) == [0, HOUR, 2 * HOUR]


def test_a_delay_follows_the_end_of_a_run() -> None:
    """Fixed delay: counted from whenever it is asked, which is the end of a run."""
    delay = AfterFinish(seconds=30)
    assert delay.next_after(NOON) == NOON + 30 * SECOND
    assert delay.next_after(LAST_INSTANT - SECOND) is None
    assert (delay.elapsed, delay.follows_runs) == (True, True)
    ends = list(delay.between(NOON, NOON + 2 * MINUTE))
    assert {later - earlier for earlier, later in pairwise(ends)} == {30 * SECOND}


@pytest.mark.parametrize(
    "written",
    [
        Every("90s"),
        Every(timedelta(seconds=90)),
        Every(minutes=1.5),
        Every(minutes=1, seconds=30),
    ],
)
def test_a_period_may_be_written_in_many_ways(written: Every) -> None:
    """A timedelta, text, or units by keyword."""
    assert written == Every(seconds=90)
    assert repr(written) == "Every('1m 30s')"


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        (Every("2 weeks, 1 day"), "every 2 weeks, 1 day"),
        (Every("1 week, 1 day"), "every 1 week, 1 day"),
        (Every(hours=1), "every hour"),
        (Every(seconds=1.5), "every 1.5 seconds"),
        (Every("1h", anchor=iso(NOON)), f"every hour, counted from {iso(NOON)}"),
        (AfterFinish("1 hour and 1 min"), "1 hour, 1 minute after each run"),
    ],
)
def test_an_interval_is_written_and_said_in_words(trigger: Every | AfterFinish, words: str) -> None:
    """The period is said in the words that may also be given; one alone is left out."""
    assert trigger.describe() == words


@pytest.mark.parametrize("kind", [Every, AfterFinish])
@pytest.mark.parametrize(
    ("args", "units", "complaint"),
    [
        ((), {}, r"\(0s\): must be longer than zero"),
        (("0s",), {}, "must be longer than zero"),
        ((timedelta(seconds=-5),), {}, r"\(-5s\): must be longer than zero"),
        ((), {"seconds": 1e-9}, "must be longer than zero, at least a microsecond"),
        (("5m",), {"minutes": 5}, "give a duration or units such as minutes=5, not both"),
        (("often",), {}, "cannot read 'often' at column 1"),
        ((300,), {}, "300 is no duration"),
        ((), {"hours": "5"}, "unsupported type"),
        ((), {"weeks": 1e300}, ": "),
        ((), {"days": float("nan")}, ": "),
    ],
)
def test_a_span_that_makes_no_sense_is_refused(
    kind: type, args: tuple[object, ...], units: dict[str, object], complaint: str
) -> None:
    """The message names the trigger, what was given and what is allowed."""
    with pytest.raises(BadTriggerError, match=f"^{kind.__name__}.*{complaint}"):
        kind(*args, **units)


def test_an_anchor_needs_a_zone() -> None:
    """A naive anchor names no instant."""
    with pytest.raises(NaiveDatetimeError):
        Every(minutes=5, anchor="2026-01-01T00:00")


@given(GRIDS | PERIODS.map(lambda p: AfterFinish(timedelta(microseconds=p // 1000))))
def test_intervals_survive_as_json_and_as_text(trigger: Trigger) -> None:
    """JSON and `repr` say the same, exactly."""
    assert trigger_from_json(trigger.to_json()) == trigger
    assert eval(repr(trigger)) == trigger
