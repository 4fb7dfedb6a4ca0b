"""The agenda: who is due next on one clock.

A heap of (due, priority, name) and the live entry of each name. Moving or dropping a name leaves
its old entry in the heap; it is passed over when it comes to the top, and swept out when half the
heap is stale.
"""

from heapq import heapify, heappop, heappush
from typing import TypeAlias

from duetime.engine.instants import Instant

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
        if self.live.get(name) != entry:
            self.live[name] = entry
            heappush(self.heap, entry)
            self._sweep()

    def drop(self, name: str) -> None:
        """Forget a name, if it is there."""
        if self.live.pop(name, None) is not None:
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
        if len(self.heap) > 2 * len(self.live) + _SWEEP_FROM:
            self.heap = list(self.live.values())
            heapify(self.heap)
