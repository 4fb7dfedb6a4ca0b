"""A timetable that leaps over the changes of a clock where nothing of its set lies near them.

Most times of a rule are calm: no change of the offset is near. Between two calm times there is
nothing to be looked up, however many changes lie between them.
"""

from bisect import bisect_right
from collections.abc import Iterator

from duetime.engine.instants import DAY, LAST_INSTANT, Instant
from duetime.engine.triggers.timetable import EARLIEST, Timetable
from duetime.engine.zones import zone


class LeapingTimetable(Timetable):
    """A timetable for sets that may be sparse; it gives what a `Timetable` gives."""

    __slots__ = ()

    def next_after(self, after: Instant) -> Instant | None:
        """Return the first instant strictly later than `after`."""
        calm = zone(self.tz).calm
        offset = calm.offsets[bisect_right(calm.edges, after)]
        if offset is None or after < EARLIEST:
            return super().next_after(after)
        wall = self.walls.at_or_after(after + offset + 1)
        if wall is None:
            return None
        offset = calm.offsets[bisect_right(calm.walls, wall)]
        return super().next_after(after) if offset is None else wall - offset

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
            # Whatever is calm before this time has been given.
            found = self.next_after(calm.edges[index - 1] - 1)
