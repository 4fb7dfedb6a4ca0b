"""How calendar triggers read days and times; the refusals stand in test_calendar.py."""

from datetime import time

import pytest

from duetime.engine.instants import HOUR, MICROSECOND, MINUTE, SECOND
from duetime.engine.triggers.calendar_fields import (
    MONTHS,
    WEEKDAYS,
    day_rule_text,
    day_spans,
    read_month_days,
    read_months,
    read_times,
    read_weekdays,
    short_names,
)
from duetime.engine.triggers.day_rules import DayNumber, NthWeekday


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2:30", time(2, 30)),
        (" 02:30 ", time(2, 30)),
        ("02:30:15", time(2, 30, 15)),
        ("02:30:15.5", time(2, 30, 15, 500_000)),
        ("23:59:59,999999", time(23, 59, 59, 999_999)),
        (time(2, 30, fold=1), time(2, 30)),
    ],
)
def test_a_time_of_day_is_read(given: str | time, expected: time) -> None:
    """Hours with one digit or two, seconds and their fractions if wanted."""
    assert read_times("Daily", given) == (expected,)
    assert expected.fold == read_times("Daily", given)[0].fold


def test_a_time_of_day_is_so_long_after_midnight() -> None:
    """In nanoseconds, to the microsecond."""
    at = (time(0), time(23, 59, 59, 999_999))
    assert day_spans(at) == (0, 23 * HOUR + 59 * MINUTE + 59 * SECOND + 999_999 * MICROSECOND)


def test_names_and_numbers_are_the_same_days() -> None:
    """Names spelt out or cut to three letters, in any case."""
    assert read_weekdays("Weekly", ["MON", "sunday", 2]) == (0, 2, 6)
    assert read_months("Yearly", ["January", 12, "sep"]) == (1, 9, 12)
    assert short_names((0, 6), WEEKDAYS, 0) == ("mon", "sun")
    assert short_names((1, 12), MONTHS, 1) == ("jan", "dec")


@pytest.mark.parametrize(
    ("given", "text", "rule"),
    [
        (31, 31, DayNumber(31)),
        (-1, -1, DayNumber(-1)),
        ("2nd TUE", "2nd tue", NthWeekday(2, (1,))),
        ("third wednesday", "3rd wed", NthWeekday(3, (2,))),
        ("fifth fri", "5th fri", NthWeekday(5, (4,))),
        ("last fri", "last fri", NthWeekday(-1, (4,))),
        ("2nd last sun", "2nd last sun", NthWeekday(-2, (6,))),
        ("last weekday", "last weekday", NthWeekday(-1, (0, 1, 2, 3, 4))),
        ("1st weekday", "1st weekday", NthWeekday(1, (0, 1, 2, 3, 4))),
        ("11th weekday", "11th weekday", NthWeekday(11, (0, 1, 2, 3, 4))),
        ("21st weekday", "21st weekday", NthWeekday(21, (0, 1, 2, 3, 4))),
        ("Weekday  nearest 15", "weekday nearest 15", DayNumber(15, nearest_weekday=True)),
        ("weekday nearest -1", "weekday nearest -1", DayNumber(-1, nearest_weekday=True)),
    ],
)
def test_a_day_of_the_month_is_read_and_written(
    given: int | str, text: int | str, rule: DayNumber | NthWeekday
) -> None:
    """What is written can be read again."""
    assert read_month_days("Monthly", given) == (rule,)
    assert day_rule_text(rule) == text
    assert read_month_days("Monthly", text) == (rule,)
