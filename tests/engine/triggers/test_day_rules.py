"""Days of a month: the table of the 28 kinds of month against the dates one by one."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.triggers.calendar_fields import read_month_days
from duetime.engine.triggers.day_rules import (
    LAST_MONTH,
    MonthDays,
    Overflow,
    day_number,
    month_kinds,
    month_of,
    month_start,
    month_table,
)
from duetime.engine.triggers.picks import EveryNth
from tests.engine.triggers.oracle import month_days
from tests.engine.triggers.strategies import monthly_days, overflows

A_MONTH_OF_EACH_KIND = {
    ((after - first).days, first.weekday()): first
    for first, after in (
        (date(2000 + n // 12, n % 12 + 1, 1), date(2000 + (n + 1) // 12, (n + 1) % 12 + 1, 1))
        for n in range(28 * 12)
    )
}


@given(st.lists(monthly_days, min_size=1, max_size=4), overflows)
def test_a_table_has_what_the_dates_of_each_kind_of_month_say(
    days: list[int | str], overflow: str
) -> None:
    """28 to 31 days, beginning on Monday to Sunday."""
    table = month_table(read_month_days("Monthly", days), Overflow(overflow))
    for kind, row in zip(month_kinds(), table, strict=True):
        first = A_MONTH_OF_EACH_KIND[kind]
        found = {
            each for day in days for each in month_days(first.year, first.month, day, overflow)
        }
        assert [first + timedelta(days=day) for day in row] == sorted(found)


@given(st.lists(monthly_days, min_size=1, max_size=3), overflows, st.integers(0, 60_000))
def test_days_are_found_in_both_directions(days: list[int | str], overflow: str, day: int) -> None:
    """What is found forwards, backwards and at once are the same days, each once."""
    table = month_table(read_month_days("Monthly", days), Overflow(overflow))
    picks = MonthDays(EveryNth(1), table)
    stretch = list(picks.between(day, day + 400))
    assert (
        stretch
        == sorted(set(stretch))
        == [each for each in range(day, day + 401) if picks.at_or_after(each) == each]
    )
    assert stretch == [each for each in range(day, day + 401) if picks.at_or_before(each) == each]
    assert picks.count(day, day + 400) == len(stretch)


def test_a_month_begins_where_its_first_day_is() -> None:
    """Months are counted from January of year 0, days from 1970-01-01."""
    assert month_start(1970 * 12) == 0
    assert month_of(day_number(date(2024, 2, 29))) == 2024 * 12 + 1
    assert all(month_of(month_start(month)) == month for month in range(1900 * 12, 2200 * 12))


@pytest.mark.parametrize("day", [0, 60_000])
def test_a_search_through_empty_months_ends(day: int) -> None:
    """A table without any day gives None, not an endless loop."""
    picks = MonthDays(EveryNth(1), ((),) * 28)
    assert (picks.at_or_after(day), picks.at_or_before(day)) == (None, None)
    assert picks.at_or_after(month_start(LAST_MONTH + 1)) is None
