"""The days of a cron expression, as a set of integers."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetime.engine.triggers.cron_days import CronDays, cron_days
from duetime.engine.triggers.cron_text import parse_cron
from tests.engine.triggers.cron_oracle import Expression, expressions

FIRST = date(1970, 1, 1)
NUMBERS = st.integers((date(1805, 1, 1) - FIRST).days, (date(2259, 1, 1) - FIRST).days)


def days_of(expression: str) -> CronDays:
    """Return the days that an expression picks, with nothing worked out yet."""
    return CronDays(parse_cron(expression).dates)


@settings(max_examples=120)
@given(expressions(), NUMBERS, st.integers(0, 500))
def test_all_questions_agree_with_the_calendar(expr: Expression, low: int, width: int) -> None:
    """Between, count, the first and the last, held against each date of a stretch."""
    days = days_of(expr.text)
    high = low + width
    expected = [each for each in range(low, high + 1) if expr.day(FIRST + timedelta(days=each))]
    assert list(days.between(low, high)) == expected
    assert days.count(low, high) == len(expected)
    if expected:
        assert days.at_or_after(low) == expected[0]
        assert days.at_or_before(high) == expected[-1]
    else:
        later, earlier = days.at_or_after(low), days.at_or_before(high)
        assert later is None or later > high
        assert earlier is None or earlier < low


def test_an_empty_stretch_has_no_days() -> None:
    """Where the end lies before the beginning."""
    every = days_of("0 0 * * *")
    assert list(every.between(10, 9)) == []
    assert every.count(10, 9) == 0


@pytest.mark.parametrize("expression", ["0 0 30 2 *", "0 0 0 * * * 1990", "0 0 0 29 2 * 2001"])
def test_a_search_ends(expression: str) -> None:
    """After 40 years without a day, or with the last year of the expression."""
    days = days_of(expression)
    assert days.at_or_after((date(2000, 1, 1) - FIRST).days) is None
    assert days.at_or_before((date(1980, 1, 1) - FIRST).days) is None


@pytest.mark.parametrize(
    ("field", "month", "expected"),
    [
        # 2022-01-01 and 2022-10-01 were Saturdays, 2022-05-01 and 2022-07-31 Sundays.
        ("1W", "2022-01", 3),
        ("1W", "2022-05", 2),
        ("2W", "2022-01", 3),
        ("15W", "2022-01", 14),
        ("31W", "2022-07", 29),
        ("30W", "2022-07", 29),
        ("31W", "2022-02", None),
        ("LW", "2022-07", 29),
        ("LW", "2022-04", 29),
        ("L-1W", "2022-07", 29),
        ("L-30W", "2022-05", 2),
        ("L-30W", "2022-04", None),
        ("L", "2024-02", 29),
        ("L", "2100-02", 28),
        ("L-28", "2024-02", 1),
        ("L-28", "2023-02", None),
    ],
)
def test_days_from_the_end_and_nearest_days(field: str, month: str, expected: int | None) -> None:
    """W never leaves its month; a month that lacks the day has none."""
    first = date.fromisoformat(f"{month}-01")
    start = (first - FIRST).days
    length = ((first + timedelta(days=32)).replace(day=1) - first).days
    found = [
        each - start + 1 for each in days_of(f"0 0 {field} * *").between(start, start + length - 1)
    ]
    assert found == ([] if expected is None else [expected])


def test_triggers_of_one_rule_share_what_is_worked_out() -> None:
    """However the rule is written."""
    one, other = parse_cron("0 9 * * 1-5"), parse_cron("30 17 * * MON-FRI")
    assert cron_days(one.dates) is cron_days(other.dates)
