"""Which days of a week, a month or a year a recurrence rule picks.

A rule is worked out once for each kind of month (28: length and first weekday) or of year (14: leap
or not, and first weekday); after that, a period is looked up.
A day is the number of days since 1970-01-01; days inside a period are counted from 0. For a date
that does not exist, a rule with SKIP may pick the day just before or just after the period.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from duetime.engine.triggers.day_rules import day_number, month_of, month_start
from duetime.engine.triggers.rrule_text import ByDay, Skip

Days: TypeAlias = tuple[int, ...]
"""The days picked in a period, counted from its first: sorted, each once."""

FIRST_DAY, LAST_DAY = day_number(date(1799, 1, 1)), day_number(date(2262, 12, 31))
"""Searches through days end here."""

_THURSDAY = 3
"""The weekday of day 0, 1970-01-01."""
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayParts:
    """The parts of a rule that speak of days, with what it leaves open filled in."""

    by_month: tuple[int, ...] = ()
    by_week_no: tuple[int, ...] = ()
    by_year_day: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_day: tuple[ByDay, ...] = ()
    wkst: int = 0
    skip: Skip = Skip.OMIT


@dataclass(frozen=True, slots=True)
class Weeks:
    """Weeks that begin on `wkst`: the weekdays of a rule, in its months if it names some."""

    parts: DayParts

    def period_of(self, day: int) -> int:
        """Return the number of the week."""
        return (day + _THURSDAY - self.parts.wkst) // 7

    def page(self, period: int) -> tuple[int, Days]:
        """Return the weekdays."""
        first = week_start(period, self.parts.wkst)
        days = week_days(self.parts)
        months = self.parts.by_month
        if months:
            days = tuple(day for day in days if month_of(first + day) % 12 + 1 in months)
        return first, days


@dataclass(frozen=True, slots=True)
class Months:
    """Months, counted from January of year 0."""

    parts: DayParts
    _table: tuple[Days, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Work out the kinds of month."""
        object.__setattr__(self, "_table", _month_table(self.parts))

    def period_of(self, day: int) -> int:
        """Return the number of the month."""
        return month_of(day)

    def page(self, period: int) -> tuple[int, Days]:
        """Return the days of the month."""
        first = month_start(period)
        months = self.parts.by_month
        if months and period % 12 + 1 not in months:
            return first, ()
        length = month_start(period + 1) - first
        return first, self._table[length * 7 - 28 * 7 + weekday_of(first)]


@dataclass(frozen=True, slots=True)
class Years:
    """Years of the calendar."""

    parts: DayParts
    _table: tuple[Days, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Work out the kinds of year."""
        object.__setattr__(self, "_table", _year_table(self.parts))

    def period_of(self, day: int) -> int:
        """Return the year."""
        return month_of(day) // 12

    def page(self, period: int) -> tuple[int, Days]:
        """Return the days of the year."""
        first = month_start(period * 12)
        length = month_start(period * 12 + 12) - first
        return first, self._table[length * 7 - 365 * 7 + weekday_of(first)]


@dataclass(frozen=True, slots=True)
class WeekYears:
    """Years of whole weeks: week 1 is the first with at least four days in the year.

    Source: RFC 5545, section 3.3.10, BYWEEKNO; with WKST=MO they are those of ISO 8601.
    """

    parts: DayParts

    def period_of(self, day: int) -> int:
        """Return the year that the week of the day belongs to: the one of its fourth day."""
        week = (day + _THURSDAY - self.parts.wkst) // 7
        return month_of(week_start(week, self.parts.wkst) + 3) // 12

    def page(self, period: int) -> tuple[int, Days]:
        """Return the days of the weeks."""
        return _week_year_page(self.parts, period)


Calendar: TypeAlias = Weeks | Months | Years | WeekYears
"""How time is divided into numbered periods, and which days a rule picks in each."""


def weekday_of(day: int) -> int:
    """Return the weekday of a day."""
    return (day + _THURSDAY) % 7


def week_days(parts: DayParts) -> Days:
    """Return the weekdays of a rule as days of a week that begins on its `wkst`."""
    return tuple(sorted((day.weekday - parts.wkst) % 7 for day in parts.by_day))


def week_start(week: int, wkst: int) -> int:
    """Return the first day of a week."""
    return week * 7 - _THURSDAY + wkst


@lru_cache(maxsize=256)
def _month_table(parts: DayParts) -> tuple[Days, ...]:
    """Return the days of each kind of month."""
    return tuple(
        tuple(sorted(_month_days(parts, length, first_weekday)))
        for length in range(28, 32)
        for first_weekday in range(7)
    )


@lru_cache(maxsize=256)
def _year_table(parts: DayParts) -> tuple[Days, ...]:
    """Return the days of each kind of year."""
    return tuple(
        tuple(sorted(_year_days(parts, length, first_weekday)))
        for length in (365, 366)
        for first_weekday in range(7)
    )


def _month_days(parts: DayParts, length: int, first_weekday: int) -> set[int]:
    """Return the days of a month; weekdays are numbered within it."""
    days = _numbered(parts.by_month_day, length, parts.skip)
    return _on_weekdays(days, parts.by_day, length, first_weekday)


def _year_days(parts: DayParts, length: int, first_weekday: int) -> set[int]:
    """Return the days of a year; weekdays are numbered within the months that the rule names.

    Without such months they are numbered within the year.
    """
    days = _numbered(parts.by_year_day, length, parts.skip)
    if parts.by_month or parts.by_month_day:
        days.intersection_update(_days_of_months(parts, length, first_weekday))
    return days if parts.by_month else _on_weekdays(days, parts.by_day, length, first_weekday)


def _days_of_months(parts: DayParts, length: int, first_weekday: int) -> Iterable[int]:
    """Yield the days of the months of a year, counted from 1 January."""
    within = parts if parts.by_month else replace(parts, by_day=())
    first = 0
    for month, usual in enumerate(_MONTH_LENGTHS, 1):
        size = usual + (month == 2 and length == 366)
        if not parts.by_month or month in parts.by_month:
            for day in _month_days(within, size, (first_weekday + first) % 7):
                yield first + day
        first += size


@lru_cache(maxsize=4096)
def _week_year_page(parts: DayParts, year: int) -> tuple[int, Days]:
    """Return the days of the weeks of a year, as far as the parts other than BYDAY let them be."""
    first, end = _week_one(year, parts.wkst), _week_one(year + 1, parts.wkst)
    weekdays = week_days(parts) or range(7)
    weeks = _numbered(parts.by_week_no, (end - first) // 7, Skip.OMIT)
    days = sorted(week * 7 + day for week in weeks for day in weekdays)
    if parts.by_month or parts.by_month_day or parts.by_year_day:
        dates = Years(replace(parts, by_day=()))
        allowed = {
            start + day - first
            for start, found in map(dates.page, (year - 1, year, year + 1))
            for day in found
        }
        days = [day for day in days if day in allowed]
    return first, tuple(days)


def _week_one(year: int, wkst: int) -> int:
    """Return the first day of week 1: of the week that has 4 January."""
    return week_start((month_start(year * 12) + 3 + _THURSDAY - wkst) // 7, wkst)


def _numbered(numbers: Iterable[int], length: int, skip: Skip) -> set[int]:
    """Return the days of these numbers, those below zero from the end; all if there are none."""
    if not numbers:
        return set(range(length))
    found = set()
    for number in numbers:
        day = number - 1 if number > 0 else length + number
        if 0 <= day < length:
            found.add(day)
        elif skip is Skip.FORWARD:
            found.add(length if number > 0 else 0)
        elif skip is Skip.BACKWARD:
            found.add(length - 1 if number > 0 else -1)
    return found


def _on_weekdays(
    days: set[int], by_day: tuple[ByDay, ...], length: int, first_weekday: int
) -> set[int]:
    """Return those of the days that are on the weekdays, or all if none are named.

    `length`, `first_weekday`: of the period that the weekdays are numbered in.
    """
    if not by_day:
        return days
    found: set[int] = set()
    for weekday, nth in by_day:
        if nth:
            of_period = range((weekday - first_weekday) % 7, length, 7)
            index = nth - 1 if nth > 0 else len(of_period) + nth
            found.update(of_period[index : index + 1] if index >= 0 else ())
        else:
            # Also the day before and the day after, to which SKIP may have led.
            found.update(range((weekday - first_weekday + 1) % 7 - 1, length + 1, 7))
    return days & found
