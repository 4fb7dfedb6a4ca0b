"""Sorted sets of integers that may have no end: days, months, times of day, times of a clock.

A calendar is put together of them: "every second year" × "March and June" is a set of months.
"""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol


class Picks(Protocol):
    """A sorted set of integers."""

    def at_or_after(self, number: int) -> int | None:
        """Return the first that is not below `number`, or None."""

    def at_or_before(self, number: int) -> int | None:
        """Return the last that is not above `number`, or None."""

    def between(self, low: int, high: int) -> Iterable[int]:
        """Return those from `low` to `high`, both included, in order."""

    def count(self, low: int, high: int) -> int:
        """Return how many `between` gives."""


@dataclass(frozen=True, slots=True)
class EveryNth:
    """Every `step`-th integer, so that `phase` is one of them."""

    step: int
    phase: int = 0

    def at_or_after(self, number: int) -> int:
        """Return the first that is not below `number`."""
        return number + (self.phase - number) % self.step

    def at_or_before(self, number: int) -> int:
        """Return the last that is not above `number`."""
        return number - (number - self.phase) % self.step

    def between(self, low: int, high: int) -> range:
        """Return those from `low` to `high`, both included."""
        return range(self.at_or_after(low), high + 1, self.step)

    def count(self, low: int, high: int) -> int:
        """Return how many there are."""
        return len(self.between(low, high))


@dataclass(frozen=True, slots=True)
class Few:
    """A few integers, sorted, written out."""

    numbers: tuple[int, ...]

    def at_or_after(self, number: int) -> int | None:
        """Return the first that is not below `number`, or None."""
        index = bisect_left(self.numbers, number)
        return self.numbers[index] if index < len(self.numbers) else None

    def at_or_before(self, number: int) -> int | None:
        """Return the last that is not above `number`, or None."""
        index = bisect_right(self.numbers, number)
        return self.numbers[index - 1] if index else None

    def between(self, low: int, high: int) -> tuple[int, ...]:
        """Return those from `low` to `high`, both included."""
        return self.numbers[bisect_left(self.numbers, low) : bisect_right(self.numbers, high)]

    def count(self, low: int, high: int) -> int:
        """Return how many there are."""
        return max(bisect_right(self.numbers, high) - bisect_left(self.numbers, low), 0)


@dataclass(frozen=True, slots=True)
class Ranges:
    """What lies in any of some ranges, each with a step above 0; they may be long, and overlap."""

    ranges: tuple[range, ...]

    def at_or_after(self, number: int) -> int | None:
        """Return the first that is not below `number`, or None."""
        found = (self._cut(each, number, each.stop)[:1] for each in self.ranges)
        return min((part[0] for part in found if part), default=None)

    def at_or_before(self, number: int) -> int | None:
        """Return the last that is not above `number`, or None."""
        found = (self._cut(each, each.start, number)[-1:] for each in self.ranges)
        return max((part[0] for part in found if part), default=None)

    def between(self, low: int, high: int) -> Iterable[int]:
        """Return those from `low` to `high`, both included, each once."""
        found = [self._cut(each, low, high) for each in self.ranges]
        return found[0] if len(found) == 1 else _merged(found)

    def count(self, low: int, high: int) -> int:
        """Return how many there are."""
        found = self.between(low, high)
        return len(found) if isinstance(found, range) else sum(1 for _ in found)

    def _cut(self, whole: range, low: int, high: int) -> range:
        """Return the part of a range from `low` to `high`, both included."""
        start = max(low + (whole.start - low) % whole.step, whole.start)
        return range(start, min(high + 1, whole.stop), whole.step)


def _merged(ranges: Iterable[range]) -> Iterator[int]:
    """Yield what is in any of the ranges, in order, each once."""
    last: int | None = None
    for number in heapq.merge(*ranges):
        if number != last:
            last = number
            yield number


@dataclass(frozen=True, slots=True)
class Since:
    """Those of a set that are not below `first`."""

    picks: Picks
    first: int

    def at_or_after(self, number: int) -> int | None:
        """Return the first that is not below `number`, or None."""
        return self.picks.at_or_after(max(number, self.first))

    def at_or_before(self, number: int) -> int | None:
        """Return the last that is not above `number`, or None."""
        found = self.picks.at_or_before(number) if number >= self.first else None
        return found if found is not None and found >= self.first else None

    def between(self, low: int, high: int) -> Iterable[int]:
        """Return those from `low` to `high`, both included."""
        return self.picks.between(max(low, self.first), high)

    def count(self, low: int, high: int) -> int:
        """Return how many there are."""
        return self.picks.count(max(low, self.first), high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    """outer × `size` + inner + `base`: times of day on days, weekdays of weeks, months of years.

    `inner` lies within 0 to `size` − 1, and is not empty.
    """

    outer: Picks
    inner: Picks
    size: int
    base: int = 0

    def at_or_after(self, number: int) -> int | None:
        """Return the first that is not below `number`, or None."""
        whole, part = divmod(number - self.base, self.size)
        outer = self.outer.at_or_after(whole)
        if outer == whole:
            inner = self.inner.at_or_after(part)
            if inner is not None:
                return number - part + inner
            outer = self.outer.at_or_after(whole + 1)
        inner = self.inner.at_or_after(0)
        return None if outer is None or inner is None else outer * self.size + inner + self.base

    def at_or_before(self, number: int) -> int | None:
        """Return the last that is not above `number`, or None."""
        whole, part = divmod(number - self.base, self.size)
        outer = self.outer.at_or_before(whole)
        if outer == whole:
            inner = self.inner.at_or_before(part)
            if inner is not None:
                return number - part + inner
            outer = self.outer.at_or_before(whole - 1)
        inner = self.inner.at_or_before(self.size - 1)
        return None if outer is None or inner is None else outer * self.size + inner + self.base

    def between(self, low: int, high: int) -> Iterator[int]:
        """Yield those from `low` to `high`, both included."""
        size, base = self.size, self.base
        first, part = divmod(low - base, size)
        last, end = divmod(high - base, size)
        whole: Iterable[int] | None = None
        for outer in self.outer.between(first, last):
            start = outer * size + base
            if first < outer < last:
                # Many in a row have the same.
                if whole is None:
                    whole = tuple(self.inner.between(0, size - 1))
                found = whole
            else:
                low_inner = part if outer == first else 0
                found = self.inner.between(low_inner, end if outer == last else size - 1)
            for inner in found:
                yield start + inner

    def count(self, low: int, high: int) -> int:
        """Return how many there are, without walking them."""
        if high < low:
            return 0
        first, part = divmod(low - self.base, self.size)
        last, end = divmod(high - self.base, self.size)
        total = self.outer.count(first, last) * self.inner.count(0, self.size - 1)
        total -= self.outer.count(first, first) * self.inner.count(0, part - 1)
        return total - self.outer.count(last, last) * self.inner.count(end + 1, self.size - 1)
