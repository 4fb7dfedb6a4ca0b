"""The sets that rules are made of: four ways to ask must agree, wherever one asks."""

from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.instants import DAY, HOUR, LAST_INSTANT
from duetime.engine.triggers.picks import EveryNth, Few, Picks
from duetime.engine.triggers.rrule_days import FIRST_DAY, LAST_DAY, DayParts, Months
from duetime.engine.triggers.rrule_sets import (
    CalendarDays,
    ClockGrid,
    FromStart,
    OnGrid,
    Positions,
    at_positions,
)
from duetime.engine.triggers.rrule_text import Skip, read_rule
from duetime.engine.triggers.rrule_walls import rule_walls, wall_of
from tests.engine.triggers.rrule_oracle import RuleCase
from tests.engine.triggers.rrule_strategies import rules, skipping_rules

ENDS = Months(DayParts(by_month_day=(1, 31), skip=Skip.FORWARD))
MONTHS = EveryNth(1, 0)


@given(rules() | skipping_rules(), st.integers(-400, 400), st.integers(0, DAY))
def test_all_ways_to_ask_agree(drawn: tuple[str, RuleCase], days: int, part: int) -> None:
    """Next, previous, between and count, from a time before, at or after the start."""
    case = drawn[1]
    walls = rule_walls(read_rule(case.text()), case.start)
    low = wall_of(case.start) + days * DAY + part
    found: list[int] = []
    wall = walls.at_or_after(low)
    while wall is not None and len(found) < 12 and wall < LAST_INSTANT:
        found.append(wall)
        wall = walls.at_or_after(wall + 1)
    assert list(islice(walls.between(low, LAST_INSTANT), len(found))) == found
    back = [walls.at_or_before(wall) for wall in found]
    assert back == found
    assert [walls.at_or_before(wall - 1) for wall in found[1:]] == found[:-1]
    if found:
        assert walls.count(low, found[-1]) == len(found)
        assert walls.count(found[-1], low - 1) == 0


@pytest.mark.parametrize(
    "days",
    [
        CalendarDays(MONTHS, ENDS),
        OnGrid(CalendarDays(MONTHS, ENDS), EveryNth(3)),
        ClockGrid(grid=EveryNth(5), days=CalendarDays(MONTHS, ENDS), times=None, per_day=24),
        Positions(periods=MONTHS, calendar=ENDS, times=(HOUR,), positions=(1,)),
    ],
)
def test_searches_end_with_the_calendar(days: Picks) -> None:
    """Nothing after 2262 and nothing before 1799, however far one asks."""
    for far in (DAY * LAST_DAY * 2, 10**30):
        assert days.at_or_after(far) is None
        assert days.at_or_before(-far) is None
        assert list(days.between(far, far + 1)) == []
        assert list(days.between(-far - 1, -far)) == []
        assert days.at_or_before(far) is not None
        assert days.at_or_after(-far) is not None
    assert FIRST_DAY < -62_000


def test_neighbours_that_share_a_day_share_it_in_order() -> None:
    """The 31st of April is the first of May: late that day by April, early by May."""
    picks = Positions(
        periods=MONTHS,
        calendar=ENDS,
        times=(8 * HOUR, 9 * HOUR),
        positions=(1, -1),
    )
    first_of_may = 120
    both = [first_of_may * DAY + 8 * HOUR, first_of_may * DAY + 9 * HOUR]
    assert list(picks.between(both[0], both[1])) == both
    assert picks.at_or_after(both[0] + 1) == both[1]
    assert picks.at_or_before(both[1] - 1) == both[0]
    assert picks.count(both[0], both[1]) == 2


def test_a_set_from_a_start_to_a_last_has_neither_less_nor_more() -> None:
    """The start is in it, whether it is in the set or not; what is before it or too late is not."""
    picks = FromStart(picks=EveryNth(10), start=15, last=40)
    assert list(picks.between(-100, 100)) == [15, 20, 30, 40]
    assert list(picks.between(16, 39)) == [20, 30]
    assert [picks.count(low, 100) for low in (0, 15, 16, 40, 41)] == [4, 4, 3, 1, 0]
    assert [picks.at_or_after(number) for number in (0, 16, 41)] == [15, 20, None]
    assert [picks.at_or_before(number) for number in (14, 15, 19, 99)] == [None, 15, 15, 40]
    never = FromStart(picks=Few(()), start=15, last=14)
    assert (never.at_or_after(0), never.at_or_before(99), never.count(0, 99)) == (None, None, 0)


def test_positions_are_counted_from_both_ends_and_may_not_be_there() -> None:
    """In the order of the items, each once."""
    assert at_positions(range(10, 15), (-1, 5, 1, 6, -6, 2)) == [10, 11, 14]


def test_times_of_a_day_are_met_on_the_days_they_fit() -> None:
    """Every 25 minutes, on the hour only: each time a different one, with days between."""
    grid = EveryNth(25)
    times = {hour * 60 % 25: [hour * 60] for hour in (0, 1, 2, 3, 4)}
    picks = ClockGrid(grid=grid, days=EveryNth(1), times=times, per_day=24 * 60)
    scanned = [
        minute
        for minute in range(0, 24 * 60 * 40, 25)
        if minute % (24 * 60) in (0, 60, 120, 180, 240)
    ]
    assert list(picks.between(0, 24 * 60 * 40 - 1)) == scanned
    assert picks.count(0, 24 * 60 * 40 - 1) == len(scanned)
    for early, late in pairwise(scanned):
        assert picks.at_or_after(early + 1) == late
        assert picks.at_or_before(late - 1) == early


def test_days_on_a_grid_are_found_from_both_sides() -> None:
    """What is in the set and not on the grid is stepped over, more than once if need be."""
    picks = OnGrid(Few((1, 2, 4, 5, 6, 8, 10, 11, 12)), EveryNth(6))
    assert list(picks.between(0, 20)) == [6, 12]
    assert [picks.at_or_after(number) for number in (0, 6, 7, 13)] == [6, 6, 12, None]
    assert [picks.at_or_before(number) for number in (5, 6, 11, 20)] == [None, 6, 6, 12]
    assert picks.count(0, 20) == 2
    sparse = OnGrid(Few((1, 14, 30)), EveryNth(6))
    assert (sparse.at_or_after(0), sparse.at_or_before(29), sparse.at_or_before(30)) == (
        30,
        None,
        30,
    )
