"""How many runs go at once, over time, from windows of runs."""

from bisect import bisect_left, bisect_right

from duetime.adapters.offline.figures import Busy
from duetime.adapters.offline.windows import Window, plain
from duetime.engine.instants import Instant

BINS = 400
"""Into so many spans the time is cut, at most."""


class Crowd:
    """The runs that go at once, as far as the windows so far say.

    At one instant, ends come before starts: a run without any length is never there.
    `most`: how many there were at most; `first_most`: when that was, for the first time.
    """

    def __init__(self, begin: Instant, end: Instant) -> None:
        """Cut the time into equal spans."""
        self.most = 0
        self.first_most = begin
        self._begin, self._end = begin, end
        self._size = max(-(-(end - begin) // BINS), 1)
        self._bins = -(-(end - begin) // self._size)
        self._most: list[int] = []
        self._mean: list[float] = []
        self._starts: list[Instant] = []
        self._ends: list[Instant] = []
        self._level = 0

    def take(self, window: Window) -> None:
        """Take in the runs of a window, and close the spans in which nothing more can change."""
        for runs in window.runs.values():
            self._starts += plain(runs.started)
            self._ends += plain(runs.ended)
        self._starts.sort()
        self._ends.sort()
        is_over = window.settled >= self._end
        self._close(self._bins if is_over else (window.settled - self._begin) // self._size)

    def busy(self) -> Busy:
        """Return how many there were in each span, once all windows are in."""
        return Busy(begin=self._begin, size=self._size, most=self._most, mean=self._mean)

    def _close(self, bins: int) -> None:
        """Count up to the end of so many spans."""
        first_start = first_end = 0
        for place in range(len(self._most), min(bins, self._bins)):
            end = self._begin + (place + 1) * self._size
            last_start = bisect_left(self._starts, end, first_start)
            last_end = bisect_right(self._ends, end, first_end)
            starts = self._starts[first_start:last_start]
            ends = self._ends[first_end:last_end]
            self._count(starts, ends, end)
            first_start, first_end = last_start, last_end
        del self._starts[:first_start], self._ends[:first_end]

    def _count(self, starts: list[Instant], ends: list[Instant], until: Instant) -> None:
        """Count in one span, from the starts and ends in it."""
        level, gone, most, most_at = self._level, 0, self._level, until - self._size
        ahead = iter([*ends, until])
        next_end = next(ahead)
        for come, start in enumerate(starts, level + 1):
            while next_end <= start:
                gone += 1
                next_end = next(ahead)
            if come - gone > most:
                most, most_at = come - gone, start
        there = level * self._size + len(starts) * until - sum(starts)
        self._mean.append((there - len(ends) * until + sum(ends)) / self._size)
        self._most.append(most)
        self._level += len(starts) - len(ends)
        if most > self.most:
            self.most, self.first_most = most, most_at
