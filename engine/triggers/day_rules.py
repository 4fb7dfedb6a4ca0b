"""Which days and which times of day: the sets that a timetable is made of.

A day is the number of days since 1970-01-01, a time the nanoseconds since midnight.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, time

from duetime.engine.instants import MICROSECOND, SECOND, Span

_FIRST_DATE = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class EveryNthDay:
    """Every `step` days, counted from day `start`, and none before it; from day 0 without one."""

    step: int
    start: int | None

    def at_or_after(self, number: int) -> int:
        """Return the first such day that is not before `number`."""
        if self.start is None:
            return number + -number % self.step
        return number + (self.start - number) % self.step if number > self.start else self.start

    def at_or_before(self, number: int) -> int | None:
        """Return the last such day that is not after `number`."""
        if self.start is None:
            return number - number % self.step
        return number - (number - self.start) % self.step if number >= self.start else None

    def between(self, low: int, high: int) -> range:
        """Return the days from `low` to `high`, both included."""
        return range(self.at_or_after(low), high + 1, self.step)

    def count(self, low: int, high: int) -> int:
        """Return how many there are."""
        return len(self.between(low, high))


@dataclass(frozen=True, slots=True)
class TimesOfDay:
    """A few times of day, sorted, in nanoseconds since midnight."""

    times: tuple[Span, ...]

    def at_or_after(self, number: int) -> int | None:
        """Return the first that is not before `number`."""
        index = bisect_left(self.times, number)
        return self.times[index] if index < len(self.times) else None

    def at_or_before(self, number: int) -> int | None:
        """Return the last that is not after `number`."""
        index = bisect_right(self.times, number)
        return self.times[index - 1] if index else None

    def between(self, low: int, high: int) -> tuple[Span, ...]:
        """Return those from `low` to `high`, both included."""
        return self.times[bisect_left(self.times, low) : bisect_right(self.times, high)]

    def count(self, low: int, high: int) -> int:
        """Return how many there are."""
        return max(bisect_right(self.times, high) - bisect_left(self.times, low), 0)


def day_number(day: date) -> int:
    """Return the days from 1970-01-01 to a date."""
    return day.toordinal() - _FIRST_DATE


def start_day(anchor: date | None) -> int | None:
    """Return the day number of an anchor, if there is one."""
    return None if anchor is None else day_number(anchor)


def times_of_day(at: tuple[time, ...]) -> TimesOfDay:
    """Return times as nanoseconds since midnight."""
    return TimesOfDay(
        tuple(
            (moment.hour * 3600 + moment.minute * 60 + moment.second) * SECOND
            + moment.microsecond * MICROSECOND
            for moment in at
        )
    )
