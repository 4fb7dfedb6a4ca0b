"""Days of weeks, months and years, against the standard library's dates."""

from datetime import date, timedelta

import pytest

from duetime.engine.triggers.rrule_days import (
    FIRST_DAY,
    LAST_DAY,
    Calendar,
    DayParts,
    Months,
    Weeks,
    WeekYears,
    Years,
)
from duetime.engine.triggers.rrule_text import ByDay, Skip

EPOCH = date(1970, 1, 1)
MONDAY, SUNDAY = 0, 6


def number(day: date) -> int:
    """Count the days since 1970-01-01."""
    return (day - EPOCH).days


def dates(calendar: Calendar, period: int) -> list[str]:
    """Return the dates of one period."""
    first, days = calendar.page(period)
    return [str(EPOCH + timedelta(days=first + day)) for day in days]


@pytest.mark.parametrize("wkst", range(7))
@pytest.mark.parametrize(
    "kind",
    [Weeks, Months, Years, WeekYears],
)
def test_periods_follow_each_other_without_a_gap(kind: type, wkst: int) -> None:
    """Every day lies in one period, and that of the next day is the same or the next."""
    calendar = kind(DayParts(by_day=tuple(map(ByDay, range(7))), wkst=wkst))
    if kind is WeekYears:
        calendar = kind(DayParts(by_week_no=tuple(range(1, 54)), wkst=wkst))
    low = calendar.period_of(FIRST_DAY)
    day = calendar.page(low)[0]
    for period in range(low, calendar.period_of(LAST_DAY), 7 if kind is Weeks else 1):
        first, days = calendar.page(period)
        assert days == tuple(range(len(days)))
        assert first == day or kind is Weeks
        assert {calendar.period_of(first), calendar.period_of(first + days[-1])} == {period}
        day = first + len(days)


def test_weeks_of_a_year_are_those_of_iso_8601_if_they_begin_on_monday() -> None:
    """All weeks from 1799 to 2262, by number and from the end."""
    for year in range(1799, 2263):
        last = date(year, 12, 28).isocalendar().week
        for week in (1, 2, 20, 52, 53, -1, -53):
            calendar = WeekYears(DayParts(by_week_no=(week,), by_day=(ByDay(MONDAY),)))
            wanted = week if week > 0 else last + 1 + week
            expected = [str(date.fromisocalendar(year, wanted, 1))] if 1 <= wanted <= last else []
            assert dates(calendar, year) == expected


@pytest.mark.parametrize(
    ("calendar", "period", "expected"),
    [
        (
            Weeks(DayParts(by_day=(ByDay(MONDAY), ByDay(SUNDAY)), wkst=SUNDAY)),
            Weeks(DayParts(wkst=SUNDAY)).period_of(number(date(2026, 1, 1))),
            ["2025-12-28", "2025-12-29"],
        ),
        (
            Weeks(DayParts(by_day=(ByDay(MONDAY), ByDay(SUNDAY)), by_month=(1,))),
            Weeks(DayParts()).period_of(number(date(2026, 1, 1))),
            ["2026-01-04"],
        ),
        (
            Months(DayParts(by_month_day=(30, -31, 1), skip=Skip.BACKWARD)),
            2026 * 12 + 1,
            ["2026-01-31", "2026-02-01", "2026-02-28"],
        ),
        (
            Months(DayParts(by_month_day=(30, -31), skip=Skip.FORWARD)),
            2026 * 12 + 1,
            ["2026-02-01", "2026-03-01"],
        ),
        (
            Months(DayParts(by_month_day=(31,), by_day=(ByDay(4),), skip=Skip.FORWARD)),
            2026 * 12 + 3,
            ["2026-05-01"],
        ),
        (
            Months(DayParts(by_month_day=(31,), by_day=(ByDay(4, 1),), skip=Skip.FORWARD)),
            2026 * 12 + 3,
            [],
        ),
        (
            Years(DayParts(by_year_day=(366, -366), skip=Skip.BACKWARD)),
            2026,
            ["2025-12-31", "2026-12-31"],
        ),
        (
            Years(DayParts(by_month=(2,), by_month_day=(30,), by_day=(ByDay(SUNDAY),))),
            2026,
            [],
        ),
        (
            Years(DayParts(by_day=(ByDay(MONDAY, 53), ByDay(3, 53)))),
            2026,
            ["2026-12-31"],
        ),
        (
            Years(DayParts(by_month=(1, 12), by_day=(ByDay(MONDAY, 1), ByDay(MONDAY, -1)))),
            2026,
            ["2026-01-05", "2026-01-26", "2026-12-07", "2026-12-28"],
        ),
        (
            WeekYears(DayParts(by_week_no=(1, 53), by_month=(12,), by_month_day=(29, 31))),
            2026,
            ["2025-12-29", "2025-12-31", "2026-12-29", "2026-12-31"],
        ),
    ],
)
def test_a_period_has_the_dates_of_its_parts(
    calendar: Calendar, period: int, expected: list[str]
) -> None:
    """Months limit weeks; what does not exist moves a day out; numbers count in their period."""
    assert dates(calendar, period) == expected
