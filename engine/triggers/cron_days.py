"""The days of a cron expression: which dates its four date fields pick.

A day is the number of days since 1970-01-01. What a rule picks of a month depends on two things
only: how long the month is, and on which weekday it begins. So a rule has at most 28 kinds of
month, each worked out once, and a search goes from month to month. Days that were asked for are
kept in rows of 64, each with the next day of the rule on or after it.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from duetime.engine.triggers.base import HORIZON_YEARS

FIRST_YEAR, LAST_YEAR = 1800, 2262
"""No day outside of these is looked for; 2262 only for clocks that are ahead of UTC."""
FIRST_RULE_YEAR = 1970
"""What the year field of an expression begins with."""
ROW_BITS = 6
ROW = 1 << ROW_BITS
NO_DAY = 1 << 40
"""Stands in a row where no day follows."""

_FIRST_DATE = date(1970, 1, 1).toordinal()
_THURSDAY = 4
_LENGTHS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WEEKEND = (0, 6)


class DateRule(NamedTuple):
    """The four date fields, as sets of bits; weekdays count from Sunday = 0.

    A tuple, because many triggers look up by it the days that they share.

    `days`: bit d for day d. `days_before_last`: bit n for n days before the last day.
    `near`: bit d for the Monday-to-Friday day that is nearest to day d, in the same month.
    `near_before_last`: bit n for the one nearest to n days before the last day.
    `weekdays`: bit w. `nth_weekdays`: bit 7 × (n - 1) + w for the n-th of the month.
    `last_weekdays`: bit w for the last of the month.
    `either`: a day of the month or a weekday is enough; otherwise it must be both.
    `months`: bit m for January = 1. `years`: bit y for 1970 + y, or None for every year.
    """

    days: int
    days_before_last: int
    near: int
    near_before_last: int
    weekdays: int
    nth_weekdays: int
    last_weekdays: int
    either: bool
    months: int
    years: int | None


def month_mask(rule: DateRule, first_weekday: int, length: int) -> int:
    """Return what a rule picks of a month of this length that begins on this weekday: bit d."""
    by_date = rule.days
    for back in range(length):
        if rule.days_before_last >> back & 1:
            by_date |= 1 << (length - back)
    for day in range(1, length + 1):
        if rule.near >> day & 1 or rule.near_before_last >> (length - day) & 1:
            by_date |= 1 << _nearest_weekday(day, first_weekday, length)
    by_weekday = 0
    for day in range(1, length + 1):
        weekday = (first_weekday + day - 1) % 7
        picked = rule.weekdays >> weekday | rule.nth_weekdays >> ((day - 1) // 7 * 7 + weekday)
        if day + 7 > length:
            picked |= rule.last_weekdays >> weekday
        by_weekday |= (picked & 1) << day
    mask = by_date | by_weekday if rule.either else by_date & by_weekday
    return mask & ((2 << length) - 2)


def _nearest_weekday(day: int, first_weekday: int, length: int) -> int:
    """Return the day from Monday to Friday nearest to a day, without leaving its month."""
    weekday = (first_weekday + day - 1) % 7
    if weekday not in _WEEKEND:
        return day
    step = -1 if weekday == 6 else 1
    return day + step if 1 <= day + step <= length else day - 2 * step


class CronDays:
    """The days of a rule, as a set that a timetable can ask; get it by `cron_days(rule)`.

    What it keeps is worked out of the rule alone, and bounded by the years that it looks at.
    """

    __slots__ = ("_kinds", "rows", "rule")

    def __init__(self, rule: DateRule) -> None:
        """Keep the rule; nothing is worked out yet."""
        self.rule = rule
        self.rows: dict[int, list[int]] = {}
        self._kinds: dict[tuple[int, int], int] = {}

    def row(self, number: int) -> list[int]:
        """Return for each day of a row, and for the day after it, the first pick from it on."""
        start = number << ROW_BITS
        following = self._search(start + ROW)
        row = [NO_DAY if following is None else following] * (ROW + 1)
        found = self._search(start)
        filled = 0
        while found is not None and found < start + ROW:
            row[filled : found - start + 1] = [found] * (found - start + 1 - filled)
            filled = found - start + 1
            found = self._search(found + 1)
        self.rows[number] = row
        return row

    def at_or_after(self, number: int) -> int | None:
        """Return the first day that is not before `number`, or None."""
        row = self.rows.get(number >> ROW_BITS) or self.row(number >> ROW_BITS)
        found = row[number & (ROW - 1)]
        return None if found == NO_DAY else found

    def at_or_before(self, number: int) -> int | None:
        """Return the last day that is not after `number`, or None."""
        year, month, day = _date_of(number)
        mask = self._mask(year, month) & ((2 << day) - 1)
        years = self.rule.years
        oldest = max(year - HORIZON_YEARS, FIRST_YEAR) if years is None else FIRST_RULE_YEAR
        while not mask:
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
            if year < oldest:
                return None
            mask = self._mask(year, month)
        return _first_of(year, month) + mask.bit_length() - 2

    def between(self, low: int, high: int) -> Iterator[int]:
        """Yield the days from `low` to `high`, both included."""
        rows = self.rows
        number = low
        while number <= high:
            row = rows.get(number >> ROW_BITS) or self.row(number >> ROW_BITS)
            found = row[number & (ROW - 1)]
            if found > high:
                return
            yield found
            number = found + 1

    def count(self, low: int, high: int) -> int:
        """Return how many there are, month by month."""
        if high < low:
            return 0
        (year, month, day), (last_year, last_month, last_day) = _date_of(low), _date_of(high)
        total = -(self._mask(year, month) & ((1 << day) - 1)).bit_count()
        total -= (self._mask(last_year, last_month) >> (last_day + 1)).bit_count()
        for months in range(year * 12 + month - 1, last_year * 12 + last_month):
            total += self._mask(months // 12, months % 12 + 1).bit_count()
        return total

    def _search(self, number: int) -> int | None:
        """Return the first day that is not before `number`, from month to month, or None."""
        year, month, day = _date_of(number)
        mask = self._mask(year, month) >> day << day
        years = self.rule.years
        newest = min(year + HORIZON_YEARS, LAST_YEAR)
        if years is not None:
            newest = FIRST_RULE_YEAR + years.bit_length() - 1
        while not mask:
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
            if year > newest:
                return None
            mask = self._mask(year, month)
        return _first_of(year, month) + (mask & -mask).bit_length() - 2

    def _mask(self, year: int, month: int) -> int:
        """Return what the rule picks of a month: bit d for day d."""
        rule = self.rule
        if not rule.months >> month & 1:
            return 0
        if rule.years is not None and not (
            year >= FIRST_RULE_YEAR and rule.years >> (year - FIRST_RULE_YEAR) & 1
        ):
            return 0
        leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        kind = (_first_of(year, month) + _THURSDAY) % 7, _LENGTHS[month] + leap
        found = self._kinds.get(kind)
        if found is None:
            found = self._kinds[kind] = month_mask(rule, *kind)
        return found


@lru_cache(maxsize=512)
def cron_days(rule: DateRule) -> CronDays:
    """Return the days of a rule; triggers of one rule share them."""
    return CronDays(rule)


def _date_of(number: int) -> tuple[int, int, int]:
    found = date.fromordinal(number + _FIRST_DATE)
    return found.year, found.month, found.day


def _first_of(year: int, month: int) -> int:
    return date(year, month, 1).toordinal() - _FIRST_DATE
