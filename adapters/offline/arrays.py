"""Occurrences as arrays: what a trigger yields one by one, worked out many at a time.

A calendar is a product of sets: years × months × days × times of day. So are its arrays, one
stretch of constant offset after the other. What is no product is asked one by one. Needs numpy, of
the extra `plot`.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from duetime.adapters.extras import require
from duetime.engine.instants import DAY, Instant
from duetime.engine.triggers.base import NextAfter, Trigger, as_trigger
from duetime.engine.triggers.every import Grid
from duetime.engine.triggers.picks import EveryNth, Few, Nested, Picks, Since
from duetime.engine.triggers.timetable import Timetable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Instants: TypeAlias = NDArray[np.int64]

WINDOW = 120 * DAY
"""So much is merged at once: memory stays flat."""


@runtime_checkable
class HasTimetable(Protocol):
    """A trigger of the calendar."""

    @property
    def timetable(self) -> Timetable: ...


def instant_array(trigger: NextAfter, after: Instant, until: Instant) -> "Instants":
    """Return the occurrences after `after` and not after `until`, in order, in ns.

    An `Every` without an anchor counts from `after`. Raises MissingExtraError without numpy.
    """
    require("numpy", "plot")
    bound = as_trigger(trigger).bind(after, None)
    if isinstance(bound, Grid):
        return _of_grid(bound, after, until)
    if isinstance(bound, HasTimetable):
        return _of_timetable(bound, bound.timetable, after, until)
    return _one_by_one(bound, after, until)


def merged_arrays(
    triggers: Mapping[str, NextAfter], after: Instant, until: Instant, window: int = WINDOW
) -> "Iterator[tuple[Instants, NDArray[np.int64]]]":
    """Yield the occurrences of all triggers in order of time, a window after the other.

    Each as two arrays: when, and of which trigger, its place in the mapping. What comes at one time
    is in the order of the mapping. `window`: ns.
    """
    require("numpy", "plot")
    import numpy as np

    bound = [as_trigger(each).bind(after, None) for each in triggers.values()]
    edges = [*range(after, until, window), until]
    for low, high in pairwise(edges):
        found = [instant_array(each, low, high) for each in bound]
        whose = np.repeat(np.arange(len(found)), [len(each) for each in found])
        times = np.concatenate(found) if found else np.empty(0, np.int64)
        order = np.argsort(times, kind="stable")
        yield times[order], whose[order]


def _of_grid(grid: Grid, after: Instant, until: Instant) -> "Instants":
    import numpy as np

    first = grid.next_after(after)
    return np.empty(0, np.int64) if first is None else _steps(first, until, grid.period)


def _steps(first: int, last: int, step: int) -> "Instants":
    """Return the numbers from `first` to `last`, both included, so far apart.

    numpy's own range counts its steps in floating point, which is too coarse for ns.
    """
    import numpy as np

    return np.arange(max((last - first) // step + 1, 0), dtype=np.int64) * step + first


def _of_timetable(
    trigger: Trigger | HasTimetable, timetable: Timetable, after: Instant, until: Instant
) -> "Instants":
    """Return the occurrences, stretch by stretch; the arrays of the days are made once."""
    import numpy as np

    stretches = list(timetable.stretches(after, until))
    if not stretches:
        return np.empty(0, np.int64)
    low, high = stretches[0][0] - DAY, stretches[-1][1] + DAY
    walls = _array_of(timetable.walls, low, high)
    parts = []
    for first, last, offset in stretches:
        if offset is None:
            parts.append(np.array([first], np.int64))
        else:
            begin, end = np.searchsorted(walls, (first + offset, last + offset + 1))
            parts.append(walls[begin:end] - offset)
    return np.concatenate(parts)


def _array_of(picks: Picks, low: int, high: int) -> "Instants":
    """Return the numbers of a set from `low` to `high`, both included."""
    import numpy as np

    if isinstance(picks, Nested):
        first, last = (low - picks.base) // picks.size, (high - picks.base) // picks.size
        outer = _array_of(picks.outer, first, last) * picks.size + picks.base
        inner = _array_of(picks.inner, 0, picks.size - 1)
        found = (outer[:, None] + inner).ravel()
        begin, end = np.searchsorted(found, (low, high + 1))
        return found[begin:end]
    if isinstance(picks, EveryNth):
        return _steps(picks.at_or_after(low), high, picks.step)
    if isinstance(picks, Few):
        return np.array(picks.between(low, high), np.int64)
    if isinstance(picks, Since):
        return _array_of(picks.picks, max(low, picks.first), high)
    return np.fromiter(picks.between(low, high), np.int64)


def _one_by_one(trigger: Trigger, after: Instant, until: Instant) -> "Instants":
    import numpy as np

    return np.fromiter(trigger.between(after, until), np.int64)
