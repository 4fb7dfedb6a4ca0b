"""How many runs go at once, over time, from windows of runs."""

from bisect import bisect_left

from duetime.adapters.offline.figures import Busy
from duetime.adapters.offline.windows import Window, plain
from duetime.engine.instants import Instant

BINS = 400
"""Into so many spans the time is cut, at most."""


class Crowd:
    """The runs that go at once, as far as the windows so far say.

    At one instant, ends come before starts: a run without any length is never there.
    """

    def __init__(self, begin: Instant, end: Instant) -> None:
        """Cut the time into equal spans."""
        self._begin = begin
        self._size = max(-(-(end - begin) // BINS), 1)
        count = -(-(end - begin) // self._size)
        self._most = [0] * count
        self._total = [0] * count
        self._starts: list[Instant] = []
        self._ends: list[Instant] = []
        self._now = begin
        self._level = 0
        self.first_most = begin
        """When there were most of all, for the first time."""

    @property
    def most(self) -> int:
        """Return how many there were at most."""
        return max(self._most)

    def take(self, window: Window) -> None:
        """Take in the runs of a window; count up to where nothing more can change."""
        for runs in window.runs.values():
            self._starts += plain(runs.started)
            self._ends += plain(runs.ended)
        self._starts.sort()
        self._ends.sort()
        self._count_until(window.settled)

    def busy(self) -> Busy:
        """Return how many there were in each span, once all windows are in."""
        self._count_until(self._begin + len(self._most) * self._size)
        mean = [total / self._size for total in self._total]
        return Busy(begin=self._begin, size=self._size, most=self._most, mean=mean)

    def _count_until(self, until: Instant) -> None:
        """Walk through starts and ends in order of time, up to before `until`."""
        starts, ends = self._starts, self._ends
        last_start, last_end = bisect_left(starts, until), bisect_left(ends, until)
        start = end = 0
        while start < last_start or end < last_end:
            is_end = start == last_start or (end < last_end and ends[end] <= starts[start])
            if is_end:
                self._pass_to(ends[end])
                self._level -= 1
                end += 1
            else:
                self._pass_to(starts[start])
                self._level += 1
                start += 1
                self._note()
        del starts[:last_start], ends[:last_end]
        self._pass_to(until)

    def _note(self) -> None:
        place = min((self._now - self._begin) // self._size, len(self._most) - 1)
        if self._level > self._most[place]:
            if self._level > self.most:
                self.first_most = self._now
            self._most[place] = self._level

    def _pass_to(self, moment: Instant) -> None:
        """Let time pass at the present level."""
        size, begin = self._size, self._begin
        while self._now < moment:
            place = min((self._now - begin) // size, len(self._most) - 1)
            upto = min(moment, begin + (place + 1) * size)
            self._total[place] += (upto - self._now) * self._level
            self._most[place] = max(self._most[place], self._level)
            self._now = upto if upto > self._now else moment
