"""The times of a clock as instants of its zone: what all calendar triggers share.

On its own clock a zone counts on without a break, so the times that a rule picks are a plain set of
integers there. The clock meets real time in stretches of constant offset. Within one, an occurrence
is a clock time less the offset; only next to a change of the offset do gap and fold have a say.
Stretches are walked in the order of real time, so the order of the occurrences is that of the
instants also where a gap or a fold interleaves two days, and none is found twice.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from duetime.engine.instants import DAY, LAST_INSTANT, SECOND, Instant, Span
from duetime.engine.policies import Fold, Gap
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.picks import Picks
from duetime.engine.zones import Segment, Wall, Zone, zone

EARLIEST = -5_364_662_400 * SECOND
"""1800-01-01T00:00Z: calendars begin here, before any zone changed its offset."""
EDGE = 2 * DAY
"""Further than this from a change of the offset, neither gap nor fold can be at work."""
NO_CHANGE = 1 << 63
"""Where a stretch without a change at this end is said to start (negative) or to end."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """The instants at which the clock of a zone shows one of `walls`, up to the year 2261.

    `gap_limit`: of a gap as long as this or longer nothing is made up for, whatever `gap` says. By
    default these are the dates that a zone skipped as a whole (Pacific/Apia 2011-12-30).
    """

    walls: Picks
    tz: str
    gap: Gap
    fold: Fold
    gap_limit: Span = DAY

    def next_after(self, after: Instant) -> Instant | None:
        """Return the first instant strictly later than `after`."""
        calm = zone(self.tz).calm
        offset = calm.offsets[bisect_right(calm.edges, after)]
        if offset is not None:
            wall = self.walls.at_or_after(after + offset + 1)
            if wall is None:
                return None
            offset = calm.offsets[bisect_right(calm.walls, wall)]
            if offset is not None:
                # Both are calm: whatever changes lie between them are of no account.
                return wall - offset
        return self._search(after)

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the last instant strictly earlier than `before`."""
        end = min(before, LAST_INSTANT) - 1
        clock = zone(self.tz)
        while end >= EARLIEST:
            here = clock.segment(end)
            if here.start + EDGE < end < here.end - EDGE:
                wall = self.walls.at_or_before(end + here.offset)
                if wall is None:
                    return None
                found = wall - here.offset
                if found > here.start + EDGE:
                    return found if found >= EARLIEST else None
            near = self._last_in(clock, here, end)
            if near is not None:
                return near if near >= EARLIEST else None
            if here.start == -NO_CHANGE:
                return None
            # What is earlier shows a clock time below the end of the stretch before.
            before_here = clock.segment(here.start - 1)
            behind = self.walls.at_or_before(here.start - 1 + before_here.offset)
            if behind is None:
                return None
            end = min(here.start - 1, behind + EDGE)
        return None

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield the instants strictly after `after` and not after `until`, in order."""
        found = self.next_after(after)
        while found is not None and found <= until:
            calm = zone(self.tz).calm
            index = bisect_right(calm.edges, found)
            offset = calm.offsets[index]
            if offset is None:
                yield found
                found = self.next_after(found)
                continue
            last = found + offset - 1
            for wall in self.walls.between(last + 1, min(until, LAST_INSTANT) + DAY):
                if wall > last:
                    index = bisect_right(calm.walls, wall)
                    offset = calm.offsets[index]
                    if offset is None:
                        break
                    last = min(calm.walls[index] - 1, until + offset)
                    if wall > last:
                        return
                yield wall - offset
            else:
                return
            # All that is calm before this change has been given.
            found = self.next_after(calm.edges[index - 1] - 1)

    def stretches(
        self, after: Instant, until: Instant
    ) -> Iterator[tuple[Instant, Instant, Span | None]]:
        """Yield from where to where (included) there are instants, and the offset in force there.

        Next to a change of the offset there is None instead, and a single instant.
        """
        found = self.next_after(after)
        while found is not None and found <= until:
            edges, _, offsets = zone(self.tz).calm
            index = bisect_right(edges, found)
            last = found if offsets[index] is None else min(until, edges[index] - 1)
            yield found, last, offsets[index]
            found = self.next_after(last)

    def count(self, after: Instant, until: Instant) -> int:
        """Return how many instants `between` would yield; nothing is walked but gaps."""
        clock = zone(self.tz)
        start, end = max(after + 1, EARLIEST), min(until, LAST_INSTANT - 1)
        total = 0
        while start <= end:
            here = clock.segment(start)
            total += self._count_in(clock, here, start, min(end, here.end - 1))
            start = here.end
        return total

    def _search(self, after: Instant) -> Instant | None:
        """Find the first instant strictly later than `after`, stretch by stretch."""
        start = after + 1 if after >= EARLIEST else EARLIEST
        clock = zone(self.tz)
        while start < LAST_INSTANT:
            here = clock.segment(start)
            if start - here.start > EDGE:
                wall = self.walls.at_or_after(start + here.offset)
                found = here.end if wall is None else wall - here.offset
                if found < here.end - EDGE:
                    return found if found < LAST_INSTANT else None
            near = self._first_in(clock, here, start)
            if near is not None:
                return near if near < LAST_INSTANT else None
            if here.end == NO_CHANGE:
                return None
            # What comes later is at or after `end`, so its clock time is at least this.
            offset = min(here.offset, clock.segment(here.end).offset)
            ahead = self.walls.at_or_after(here.end + offset)
            if ahead is None:
                return None
            start = max(here.end, ahead - EDGE)
        return None

    def _first_in(self, clock: Zone, here: Segment, start: Instant) -> Instant | None:
        """Return the first instant of a stretch that is not before `start`."""
        low, high = _own_walls(clock, here, self.fold)
        wall = self.walls.at_or_after(max(start + here.offset, low))
        found = wall - here.offset if wall is not None and wall < high else None
        skipped = _skipped_walls(clock, here, self.gap_limit)
        if not skipped or self.gap is Gap.SKIP:
            return found
        if self.gap is Gap.NEXT_VALID:
            wall = self.walls.at_or_after(skipped.start) if start == here.start else None
            return here.start if wall is not None and wall in skipped else found
        before = skipped.start - here.start
        wall = self.walls.at_or_after(max(start + before, skipped.start))
        if wall is None or wall not in skipped:
            return found
        return wall - before if found is None else min(found, wall - before)

    def _last_in(self, clock: Zone, here: Segment, end: Instant) -> Instant | None:
        """Return the last instant of a stretch that is not after `end`."""
        low, high = _own_walls(clock, here, self.fold)
        wall = self.walls.at_or_before(min(end + here.offset, high - 1))
        found = wall - here.offset if wall is not None and wall >= low else None
        skipped = _skipped_walls(clock, here, self.gap_limit)
        if not skipped or self.gap is Gap.SKIP:
            return found
        before = skipped.start - here.start
        shifted = self.gap is Gap.SHIFT
        last = min(end + before, skipped.stop - 1) if shifted else skipped.stop - 1
        wall = self.walls.at_or_before(last)
        if wall is None or wall not in skipped:
            return found
        at_gap = wall - before if shifted else here.start
        return at_gap if found is None else max(found, at_gap)

    def _count_in(self, clock: Zone, here: Segment, start: Instant, end: Instant) -> int:
        """Return how many instants of a stretch lie from `start` to `end`, both included."""
        low, high = _own_walls(clock, here, self.fold)
        low, high = max(start + here.offset, low), min(end + here.offset, high - 1)
        total = self.walls.count(low, high) if low <= high else 0
        skipped = _skipped_walls(clock, here, self.gap_limit)
        if not skipped or self.gap is Gap.SKIP:
            return total
        if self.gap is Gap.NEXT_VALID:
            wall = self.walls.at_or_after(skipped.start) if start == here.start else None
            made_up = {low} if wall is not None and wall in skipped else set()
        else:
            # On the clock of this stretch, what was skipped comes later by the length of the gap.
            later = len(skipped)
            last = min(end + here.offset - later, skipped.stop - 1)
            first = max(start + here.offset - later, skipped.start)
            made_up = {wall + later for wall in self.walls.between(first, last)}
        if made_up:
            made_up.difference_update(self.walls.between(min(made_up), max(made_up)))
        return total + len(made_up)


class Timetabled(Trigger):
    """A trigger that asks its timetable for everything."""

    __slots__ = ()

    _timetable: Timetable

    @property
    def timetable(self) -> Timetable:
        """Return the timetable that it goes by."""
        return self._timetable

    def next_after(self, after: Instant) -> Instant | None:
        """Return the first occurrence strictly later than `after`, or None."""
        return self._timetable.next_after(after)

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the last occurrence strictly earlier than `before`, or None."""
        return self._timetable.previous_before(before)

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield the occurrences strictly after `after` and not after `until`, in order."""
        return self._timetable.between(after, until)

    def count(self, after: Instant, until: Instant) -> int:
        """Return how many `between` would yield, without walking them."""
        return self._timetable.count(after, until)


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


def _skipped_walls(clock: Zone, here: Segment, limit: Span) -> range:
    """Return the clock times that were skipped where a stretch starts, if fewer than the limit."""
    if here.start == -NO_CHANGE:
        return range(0)
    before = clock.segment(here.start - 1).offset
    skipped = range(here.start + before, here.start + here.offset)
    return skipped if len(skipped) < limit else range(0)
