"""Which days of a month: numbers, weekdays and working days, and months too short for them.

There are 28 kinds of month (28 to 31 days, first day Monday to Sunday), so a rule is worked out
once as a table of 28 rows, and a month is looked up in it.
A day is the number of days since 1970-01-01; a month the number of months since January of year 0.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import TypeAlias

from duetime.engine.triggers.picks import Picks

FIRST_MONTH, LAST_MONTH = 1799 * 12, 2262 * 12 + 11
"""Searches through months end here."""

MonthTable: TypeAlias = tuple[tuple[int, ...], ...]
"""For each kind of month the days picked, counted from 0; the length of the month is the day after.
"""

MONDAY_BASE = -3
"""A Monday: day 0 was a Thursday. Weeks are counted from here."""

_UNIX_EPOCH = date(1970, 1, 1).toordinal()


class Overflow(StrEnum):
    """What becomes of a day that a month does not have."""

    SKIP = "skip"
    """None in that month. Source: RFC 5545, section 3.3.10."""
    CLIP = "clip"
    """The last day of the month; for a day counted from the end, the first."""
    NEXT = "next"
    """The first day of the next month; for a day counted from the end, the first of the month."""


@dataclass(frozen=True, slots=True)
class DayNumber:
    """A day of the month: 1 to 31, or −1 to −31 counted from the end.

    `nearest_weekday`: the Monday to Friday nearest to it, in the same month; none without the day.
    """

    number: int
    nearest_weekday: bool = False

    def days(self, length: int, first_weekday: int, overflow: Overflow) -> Iterable[int]:
        """Return the days, counted from 0, of a month of this kind: at most one."""
        day = self.number - 1 if self.number > 0 else length + self.number
        if not 0 <= day < length:
            if overflow is Overflow.SKIP or self.nearest_weekday:
                return ()
            day = 0 if day < 0 else length - 1 if overflow is Overflow.CLIP else length
        return (_nearest_weekday(day, length, first_weekday) if self.nearest_weekday else day,)


@dataclass(frozen=True, slots=True)
class NthWeekday:
    """The `nth` of the days on one of `weekdays` (0 is Monday); −1 is the last."""

    nth: int
    weekdays: tuple[int, ...]

    def days(self, length: int, first_weekday: int, overflow: Overflow) -> Iterable[int]:
        """Return the days, counted from 0, of a month of this kind: one, or none without an nth."""
        found = [day for day in range(length) if (first_weekday + day) % 7 in self.weekdays]
        index = self.nth - 1 if self.nth > 0 else len(found) + self.nth
        return found[index : index + 1] if index >= 0 else ()


DayRule: TypeAlias = DayNumber | NthWeekday


@dataclass(frozen=True, slots=True)
class MonthDays:
    """The days that a table picks in some months."""

    months: Picks
    table: MonthTable

    def at_or_after(self, number: int) -> int | None:
        """Return the first day that is not before `number`, or None."""
        # The month before may have a day that flowed over into this one.
        month = self.months.at_or_after(month_of(number) - 1)
        while month is not None and month <= LAST_MONTH:
            first, days = self._days(month)
            index = bisect_left(days, number - first)
            if index < len(days):
                return first + days[index]
            month = self.months.at_or_after(month + 1)
        return None

    def at_or_before(self, number: int) -> int | None:
        """Return the last day that is not after `number`, or None."""
        month = self.months.at_or_before(month_of(number))
        while month is not None and month >= FIRST_MONTH:
            first, days = self._days(month)
            index = bisect_right(days, number - first)
            if index:
                return first + days[index - 1]
            month = self.months.at_or_before(month - 1)
        return None

    def between(self, low: int, high: int) -> Iterator[int]:
        """Yield the days from `low` to `high`, both included."""
        last = low - 1
        for month in self.months.between(month_of(low) - 1, month_of(high)):
            first, days = self._days(month)
            for day in days:
                if last < first + day <= high:
                    last = first + day
                    yield last

    def count(self, low: int, high: int) -> int:
        """Return how many there are."""
        return sum(1 for _ in self.between(low, high))

    def _days(self, month: int) -> tuple[int, tuple[int, ...]]:
        """Return the first day of a month, and the days picked in it, counted from 0."""
        first = month_start(month)
        length = month_start(month + 1) - first
        return first, self.table[(length - 28) * 7 + (first - MONDAY_BASE) % 7]


def month_kinds() -> Iterator[tuple[int, int]]:
    """Yield (number of days, weekday of the first) of each row of a table."""
    return product(range(28, 32), range(7))


@lru_cache(maxsize=1024)
def month_table(rules: tuple[DayRule, ...], overflow: Overflow) -> MonthTable:
    """Work out which days a set of rules picks in each kind of month."""
    return tuple(
        tuple(sorted({day for rule in rules for day in rule.days(*kind, overflow)}))
        for kind in month_kinds()
    )


@lru_cache(maxsize=8192)
def month_start(month: int) -> int:
    """Return the first day of a month."""
    return day_number(date(month // 12, month % 12 + 1, 1))


def month_of(day: int) -> int:
    """Return the month of a day."""
    found = date.fromordinal(day + _UNIX_EPOCH)
    return found.year * 12 + found.month - 1


def day_number(day: date) -> int:
    """Return the days from 1970-01-01 to a date."""
    return day.toordinal() - _UNIX_EPOCH


def _nearest_weekday(day: int, length: int, first_weekday: int) -> int:
    """Return the day from Monday to Friday nearest to a day, in the same month."""
    weekday = (first_weekday + day) % 7
    if weekday == 5:
        return day - 1 if day > 0 else day + 2
    if weekday == 6:
        return day + 1 if day + 1 < length else day - 2
    return day
