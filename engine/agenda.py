"""The agendas: who is due next, on either clock.

A heap of (due, priority, name) and the live entry of each name. Moving or dropping a name leaves
its old entry in the heap; it is passed over when it comes to the top, and swept out when half the
heap is stale.
"""

from heapq import heapify, heappop, heappush
from typing import TypeAlias

from duetime.engine.instants import Instant
from duetime.engine.timekeeper import Timekeeper

Entry: TypeAlias = tuple[Instant, int, str]
"""(due, priority, name): the order of equal times is the order of these tuples."""

_SWEEP_FROM = 64


class Agenda:
    """Names with a due time each; every operation costs O(log n) or less.

    `heap` and `live` are open to `stride.py`, which works on them directly.
    """

    __slots__ = ("heap", "live")

    def __init__(self) -> None:
        """Start empty."""
        self.heap: list[Entry] = []
        self.live: dict[str, Entry] = {}

    def __len__(self) -> int:
        """Return how many names have a due time."""
        return len(self.live)

    def put(self, name: str, due: Instant, priority: int) -> None:
        """Set the due time of a name, in place of the one it had."""
        entry = (due, priority, name)
        live = self.live
        if live.get(name) != entry:
            live[name] = entry
            heap = self.heap
            heappush(heap, entry)
            if len(heap) > 2 * len(live) + _SWEEP_FROM:
                self._sweep()

    def drop(self, name: str) -> None:
        """Forget a name, if it is there."""
        live = self.live
        if live.pop(name, None) is not None and len(self.heap) > 2 * len(live) + _SWEEP_FROM:
            self._sweep()

    def first(self) -> Entry | None:
        """Return the earliest entry, or None when there is none."""
        heap, live = self.heap, self.live
        while heap:
            if live.get(heap[0][2]) is heap[0]:
                return heap[0]
            heappop(heap)
        return None

    def pop_until(self, now: Instant) -> list[Entry]:
        """Take out, in order, all entries that are due by now."""
        found: list[Entry] = []
        while (entry := self.first()) is not None and entry[0] <= now:
            heappop(self.heap)
            del self.live[entry[2]]
            found.append(entry)
        return found

    def _sweep(self) -> None:
        """Throw out what is stale, once it is more than half of the heap."""
        self.heap = list(self.live.values())
        heapify(self.heap)


class Agendas:
    """One agenda for the wall clock, one for elapsed time."""

    __slots__ = ("elapsed", "wall")

    def __init__(self) -> None:
        """Start empty."""
        self.wall = Agenda()
        self.elapsed = Agenda()

    def place(
        self, name: str, priority: int, *, wall: Instant | None, elapsed: Instant | None
    ) -> None:
        """Set when a name wants to be woken, on each clock; None: not at all."""
        for agenda, due in ((self.wall, wall), (self.elapsed, elapsed)):
            if due is not None:
                agenda.put(name, due, priority)
            elif name in agenda.live:
                agenda.drop(name)

    def is_due(self, name: str, time: Timekeeper) -> bool:
        """Return whether a name is due by now, on either clock."""
        wall, elapsed = self.wall.live.get(name), self.elapsed.live.get(name)
        return (wall is not None and wall[0] <= time.now.wall) or (
            elapsed is not None and elapsed[0] <= time.elapsed
        )

    def pop_due(self, time: Timekeeper) -> list[str]:
        """Take the names that are due by now, in order of (due, priority, name)."""
        found = self.wall.pop_until(time.now.wall)
        on_elapsed = self.elapsed.pop_until(time.elapsed)
        if on_elapsed:
            shift = time.shift
            found = sorted(found + [(due + shift, rank, name) for due, rank, name in on_elapsed])
        return list(dict.fromkeys(name for _, _, name in found))
