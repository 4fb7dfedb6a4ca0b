"""Sorted sets of days and of clock times that recurrence rules are put together of.

All are `Picks`: they are asked for what lies near a number, and look there. None walks from the
start of its rule, and each search ends: at the last supported year, or after one round of the
times of a day.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from duetime.engine.instants import DAY, Span
from duetime.engine.triggers.picks import EveryNth, Picks
from duetime.engine.triggers.rrule_days import FIRST_DAY, LAST_DAY, Calendar
from duetime.engine.zones import Wall


@dataclass(frozen=True, slots=True)
class CalendarDays:
    """The days that a calendar has in some of its periods."""

    periods: EveryNth
    calendar: Calendar

    def at_or_after(self, number: int) -> int | None:
        """Return the first day that is not before `number`, or None."""
        for period in periods_from(self.periods, self.calendar, number):
            first, days = self.calendar.page(period)
            index = bisect_left(days, number - first)
            if index < len(days):
                return first + days[index]
        return None

    def at_or_before(self, number: int) -> int | None:
        """Return the last day that is not after `number`, or None."""
        for period in periods_back_from(self.periods, self.calendar, number):
            first, days = self.calendar.page(period)
            index = bisect_right(days, number - first)
            if index:
                return first + days[index - 1]
        return None

    def between(self, low: int, high: int) -> Iterator[int]:
        """Yield the days from `low` to `high`, both included."""
        last = low - 1
        for period in periods_from(self.periods, self.calendar, low, high):
            first, days = self.calendar.page(period)
            for day in days:
                # A rule with SKIP may have picked it already in the period before.
                if last < first + day <= high:
                    last = first + day
                    yield last

    def count(self, low: int, high: int) -> int:
        """Return how many there are."""
        return sum(1 for _ in self.between(low, high))


@dataclass(frozen=True, slots=True)
class OnGrid:
    """Those days of a set that lie on a grid."""

    days: Picks
    grid: EveryNth

    def at_or_after(self, number: int) -> int | None:
        """Return the first that is not below `number`, or None."""
        found = self.days.at_or_after(self.grid.at_or_after(number))
        while found is not None and self.grid.at_or_after(found) != found:
            found = self.days.at_or_after(self.grid.at_or_after(found))
        return found

    def at_or_before(self, number: int) -> int | None:
        """Return the last that is not above `number`, or None."""
        found = self.days.at_or_before(self.grid.at_or_before(number))
        while found is not None and self.grid.at_or_before(found) != found:
            found = self.days.at_or_before(self.grid.at_or_before(found))
        return found

    def between(self, low: int, high: int) -> Iterator[int]:
        """Yield those from `low` to `high`, both included."""
        step, phase = self.grid.step, self.grid.phase
        return (day for day in self.days.between(low, high) if (day - phase) % step == 0)

    def count(self, low: int, high: int) -> int:
        """Return how many there are."""
        return sum(1 for _ in self.between(low, high))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockGrid:
    """Every so many hours (minutes, seconds), where they fall on some days and times of a day.

    A number is that of the hour; a day has `per_day` of them, a time of day counts them from 0.
    `times`: the times of day, by what is left of them when divided by the step of the grid. On any
    day only those of one remainder lie on the grid. None: all times of day.
    """

    grid: EveryNth
    days: Picks
    times: Mapping[int, Sequence[int]] | None
    per_day: int

    def at_or_after(self, number: int) -> int | None:
        """Return the first that is not below `number`, or None."""
        day = self._next_day(number)
        while day is not None and day <= LAST_DAY:
            times = self._on(day)
            index = bisect_left(times, number - day * self.per_day)
            if index < len(times):
                return day * self.per_day + times[index]
            day = self._next_day((day + 1) * self.per_day)
        return None

    def at_or_before(self, number: int) -> int | None:
        """Return the last that is not above `number`, or None."""
        day = self._day_before(number)
        while day is not None and day >= FIRST_DAY:
            times = self._on(day)
            index = bisect_right(times, number - day * self.per_day)
            if index:
                return day * self.per_day + times[index - 1]
            day = self._day_before(day * self.per_day - 1)
        return None

    def between(self, low: int, high: int) -> Iterator[int]:
        """Yield those from `low` to `high`, both included."""
        for start, times in self._between(low, high):
            for time in times:
                yield start + time

    def count(self, low: int, high: int) -> int:
        """Return how many there are."""
        return sum(len(times) for _, times in self._between(low, high))

    def _on(self, day: int) -> Sequence[int]:
        """Return the times of a day."""
        remainder = (self.grid.phase - day * self.per_day) % self.grid.step
        if self.times is None:
            return range(remainder, self.per_day, self.grid.step)
        return self.times.get(remainder, ())

    def _next_day(self, number: int) -> int | None:
        """Return the first day on which there may be some that are not below `number`."""
        return self.days.at_or_after(self.grid.at_or_after(number) // self.per_day)

    def _day_before(self, number: int) -> int | None:
        """Return the last day on which there may be some that are not above `number`."""
        return self.days.at_or_before(self.grid.at_or_before(number) // self.per_day)

    def _between(self, low: int, high: int) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield the start of each day and its times, as far as they lie from `low` to `high`."""
        for day in self.days.between(low // self.per_day, high // self.per_day):
            start, times = day * self.per_day, self._on(day)
            if start < low or high < start + self.per_day:
                times = times[bisect_left(times, low - start) : bisect_right(times, high - start)]
            yield start, times


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """Of all times in each period, those at some positions: BYSETPOS.

    `times`: the times of day. Positions are from 1, or from −1 at the end, and may not be there.
    """

    periods: EveryNth
    calendar: Calendar
    times: tuple[Span, ...]
    positions: tuple[int, ...]

    def at_or_after(self, number: Wall) -> Wall | None:
        """Return the first that is not below `number`, or None."""
        for walls in self._groups(periods_from(self.periods, self.calendar, number // DAY)):
            index = bisect_left(walls, number)
            if index < len(walls):
                return walls[index]
        return None

    def at_or_before(self, number: Wall) -> Wall | None:
        """Return the last that is not above `number`, or None."""
        for walls in self._groups(periods_back_from(self.periods, self.calendar, number // DAY)):
            index = bisect_right(walls, number)
            if index:
                return walls[index - 1]
        return None

    def between(self, low: Wall, high: Wall) -> Iterator[Wall]:
        """Yield those from `low` to `high`, both included."""
        periods = periods_from(self.periods, self.calendar, low // DAY, high // DAY)
        for walls in self._groups(periods):
            for wall in walls:
                if low <= wall <= high:
                    yield wall

    def count(self, low: Wall, high: Wall) -> int:
        """Return how many there are."""
        return sum(1 for _ in self.between(low, high))

    def _groups(self, periods: Iterable[int]) -> Iterator[list[Wall]]:
        """Yield the times of the periods, where two that share a day are taken together."""
        held: list[Wall] = []
        for period in periods:
            walls = self._walls(period)
            if held and walls and walls[0] <= held[-1] and held[0] <= walls[-1]:
                walls = sorted({*held, *walls})
            elif held:
                yield held
            held = walls
        yield held

    def _walls(self, period: int) -> list[Wall]:
        first, days = self.calendar.page(period)
        return [first * DAY + wall for wall in _at_positions(days, self.times, self.positions)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FromStart:
    """The start of a rule and what its set has after it, up to `last` if there is one."""

    picks: Picks
    start: Wall
    last: Wall | None

    def at_or_after(self, number: Wall) -> Wall | None:
        """Return the first that is not below `number`, or None."""
        found = self.start if number <= self.start else self.picks.at_or_after(number)
        return None if found is None or (self.last is not None and found > self.last) else found

    def at_or_before(self, number: Wall) -> Wall | None:
        """Return the last that is not above `number`, or None."""
        number = number if self.last is None else min(number, self.last)
        if number < self.start:
            return None
        found = self.picks.at_or_before(number)
        return self.start if found is None else max(found, self.start)

    def between(self, low: Wall, high: Wall) -> Iterable[Wall]:
        """Return those from `low` to `high`, both included."""
        high = high if self.last is None else min(high, self.last)
        if not low <= self.start <= high:
            return self.picks.between(max(low, self.start + 1), high)
        return chain((self.start,), self.picks.between(self.start + 1, high))

    def count(self, low: Wall, high: Wall) -> int:
        """Return how many there are."""
        high = high if self.last is None else min(high, self.last)
        later = self.picks.count(max(low, self.start + 1), high)
        return later + (low <= self.start <= high)


def at_positions(items: Sequence[int], positions: Iterable[int]) -> list[int]:
    """Return the items at some positions, from 1 or from −1 at the end, as far as there are any."""
    indexes = {at - 1 if at > 0 else len(items) + at for at in positions}
    return [items[index] for index in sorted(indexes) if 0 <= index < len(items)]


@lru_cache(maxsize=1024)
def _at_positions(
    days: tuple[int, ...], times: tuple[Span, ...], positions: tuple[int, ...]
) -> tuple[Wall, ...]:
    """Return those of days × times that are at some positions."""
    many = len(times)
    found = at_positions(range(len(days) * many), positions)
    return tuple(days[index // many] * DAY + times[index % many] for index in found)


def periods_from(periods: EveryNth, calendar: Calendar, low: int, high: int = LAST_DAY) -> range:
    """Return the periods that may have days from `low` to `high`."""
    low, high = max(low, FIRST_DAY), min(high, LAST_DAY)
    if low > high:
        return range(0)
    return periods.between(calendar.period_of(low - 1), calendar.period_of(high + 1))


def periods_back_from(periods: EveryNth, calendar: Calendar, high: int) -> Iterable[int]:
    """Return the periods that may have days up to `high`, the last one first."""
    return reversed(periods_from(periods, calendar, FIRST_DAY, high))
