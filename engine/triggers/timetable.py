"""Times of day on days that a rule picks, as instants of a zone: what all calendar triggers share.

On its own clock a zone counts on without gaps, so days and times of day are plain sets of integers
there (`Picks`). The clock meets real time in stretches of constant offset. Within one, an
occurrence is a wall-clock time less the offset; only next to a change of the offset do gap and fold
have a say. Stretches are walked in order of real time, so the order of the occurrences is that of
the instants also where a fold or a gap interleaves two days, and none is found twice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from duetime.engine.instants import DAY, LAST_INSTANT, Instant, Span
from duetime.engine.policies import Fold, Gap
from duetime.engine.zones import Segment, Wall, Zone, zone

EDGE = 2 * DAY
"""Further than this from a change of the offset, neither gap nor fold can be at work."""
NO_CHANGE = 1 << 63
"""Where a stretch without a change at this end is said to start (negative) or to end."""


class Picks(Protocol):
    """A sorted set of integers: days since 1970-01-01, or nanoseconds since midnight."""

    def at_or_after(self, number: int) -> int | None:
        """Return the first that is not below `number`, or None."""

    def at_or_before(self, number: int) -> int | None:
        """Return the last that is not above `number`, or None."""

    def between(self, low: int, high: int) -> Iterable[int]:
        """Return those from `low` to `high`, both included, in order."""

    def count(self, low: int, high: int) -> int:
        """Return how many `between` gives."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """The instants at which the clock of a zone shows one of `times` on one of `days`.

    A date that the zone skipped as a whole (Pacific/Apia 2011-12-30) has none, whatever `gap` says.
    """

    days: Picks
    times: Picks
    tz: str
    gap: Gap
    fold: Fold

    def next_after(self, after: Instant) -> Instant | None:
        """Return the first instant strictly later than `after`, up to the year 2261."""
        start = after + 1
        clock = zone(self.tz)
        while start < LAST_INSTANT:
            here = clock.segment(start)
            if start - here.start > EDGE:
                wall = self._wall_from(start + here.offset)
                if wall is None:
                    return None
                if wall - here.offset < here.end - EDGE:
                    return wall - here.offset if wall - here.offset < LAST_INSTANT else None
            found = self._first_in(clock, here, start)
            if found is not None:
                return found if found < LAST_INSTANT else None
            if here.end == NO_CHANGE:
                return None
            # What comes later is at or after `end`, so its wall-clock time is at least this.
            ahead = self._wall_from(here.end + min(here.offset, clock.segment(here.end).offset))
            if ahead is None:
                return None
            start = max(here.end, ahead - EDGE)
        return None

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the last instant strictly earlier than `before`."""
        end = min(before, LAST_INSTANT) - 1
        clock = zone(self.tz)
        while True:
            here = clock.segment(end)
            found = self._last_in(clock, here, end)
            if found is not None or here.start == -NO_CHANGE:
                return found
            # What is earlier shows a wall-clock time below the end of the stretch before.
            behind = self._wall_until(here.start - 1 + clock.segment(here.start - 1).offset)
            if behind is None:
                return None
            end = min(here.start - 1, behind + EDGE)

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield the instants strictly after `after` and not after `until`, whole days at once."""
        found = self.next_after(after)
        while found is not None and found <= until:
            stop = self._calm_until(found, until)
            if stop is None:
                yield found
            else:
                yield from self._calm(found, stop)
                found = stop - 1
            found = self.next_after(found)

    def count(self, after: Instant, until: Instant) -> int:
        """Return how many instants `between` would yield; calm stretches are not walked."""
        total = 0
        found = self.next_after(after)
        while found is not None and found <= until:
            stop = self._calm_until(found, until)
            if stop is None:
                total += 1
            else:
                total += self._calm_count(found, stop)
                found = stop - 1
            found = self.next_after(found)
        return total

    def _first_in(self, clock: Zone, here: Segment, start: Instant) -> Instant | None:
        """Return the first instant of a stretch that is not before `start`."""
        low, high = _own_walls(clock, here, self.fold)
        wall = self._wall_from(max(start + here.offset, low))
        found = wall - here.offset if wall is not None and wall < high else None
        skipped = _skipped_walls(clock, here)
        if not skipped or self.gap is Gap.SKIP:
            return found
        if self.gap is Gap.NEXT_VALID:
            if start > here.start:
                return found
            wall = self._wall_from(skipped.start)
            return here.start if wall is not None and wall in skipped else found
        before = skipped.start - here.start
        wall = self._wall_from(max(start + before, skipped.start))
        if wall is None or wall not in skipped:
            return found
        return wall - before if found is None else min(found, wall - before)

    def _last_in(self, clock: Zone, here: Segment, end: Instant) -> Instant | None:
        """Return the last instant of a stretch that is not after `end`."""
        low, high = _own_walls(clock, here, self.fold)
        wall = self._wall_until(min(end + here.offset, high - 1))
        found = wall - here.offset if wall is not None and wall >= low else None
        skipped = _skipped_walls(clock, here)
        if not skipped or self.gap is Gap.SKIP:
            return found
        if self.gap is Gap.NEXT_VALID:
            wall = self._wall_until(skipped.stop - 1)
            at_start = here.start if wall is not None and wall in skipped else None
            return at_start if found is None else found
        before = skipped.start - here.start
        wall = self._wall_until(min(end + before, skipped.stop - 1))
        if wall is None or wall not in skipped:
            return found
        return wall - before if found is None else max(found, wall - before)

    def _wall_from(self, wall: Wall) -> Wall | None:
        day, time = divmod(wall, DAY)
        picked = self.days.at_or_after(day)
        if picked == day:
            found = self.times.at_or_after(time)
            if found is not None:
                return day * DAY + found
            picked = self.days.at_or_after(day + 1)
        first = self.times.at_or_after(0)
        return None if picked is None or first is None else picked * DAY + first

    def _wall_until(self, wall: Wall) -> Wall | None:
        day, time = divmod(wall, DAY)
        picked = self.days.at_or_before(day)
        if picked == day:
            found = self.times.at_or_before(time)
            if found is not None:
                return day * DAY + found
            picked = self.days.at_or_before(day - 1)
        last = self.times.at_or_before(DAY - 1)
        return None if picked is None or last is None else picked * DAY + last

    def _calm_until(self, found: Instant, until: Instant) -> Instant | None:
        """Return where calm that holds at `found` ends (not included), or None without calm."""
        here = zone(self.tz).segment(found)
        stop = min(here.end - EDGE, until + 1, LAST_INSTANT)
        return stop if found - here.start > EDGE and found < stop else None

    def _calm(self, start: Instant, stop: Instant) -> Iterator[Instant]:
        """Yield the instants from `start` to before `stop`, in a stretch without any change."""
        offset = zone(self.tz).offset(start)
        first_day, first_time = divmod(start + offset, DAY)
        last_day, last_time = divmod(stop - 1 + offset, DAY)
        for day in self.days.between(first_day, last_day):
            low = first_time if day == first_day else 0
            high = last_time if day == last_day else DAY - 1
            midnight = day * DAY - offset
            for time in self.times.between(low, high):
                yield midnight + time

    def _calm_count(self, start: Instant, stop: Instant) -> int:
        offset = zone(self.tz).offset(start)
        first_day, first_time = divmod(start + offset, DAY)
        last_day, last_time = divmod(stop - 1 + offset, DAY)
        total = self.days.count(first_day, last_day) * self.times.count(0, DAY - 1)
        if self.days.count(first_day, first_day):
            total -= self.times.count(0, first_time - 1)
        if self.days.count(last_day, last_day):
            total -= self.times.count(last_time + 1, DAY - 1)
        return total


def _own_walls(clock: Zone, here: Segment, fold: Fold) -> tuple[Wall, Wall]:
    """Return from where to where (not included) the clock times of a stretch count as its own.

    Of a time that happens twice, one of the two stretches does not have it, unless both are meant.
    """
    low, high = here.start + here.offset, here.end + here.offset
    if fold is Fold.FIRST and here.start != -NO_CHANGE:
        low = max(low, here.start + clock.segment(here.start - 1).offset)
    if fold is Fold.SECOND and here.end != NO_CHANGE:
        high = min(high, here.end + clock.segment(here.end).offset)
    return low, high


def _skipped_walls(clock: Zone, here: Segment) -> range:
    """Return the clock times that were skipped where a stretch starts, but not whole dates."""
    if here.start == -NO_CHANGE:
        return range(0)
    before: Span = clock.segment(here.start - 1).offset
    skipped = range(here.start + before, here.start + here.offset)
    return skipped if len(skipped) < DAY else range(0)
