"""Bars and marks of the timeline, thinned out to what can be seen, so that pictures stay small.

A bar or a mark takes 60 to 110 bytes of SVG; the limits keep a picture under 2 MB.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar

MOST_BARS = 12_000
"""Bars of one picture: more are merged with their neighbours of the same lane and kind."""
MOST_MARKS = 6_000
"""Marks of one picture: of more, those close to another of the same lane are left out."""

Extent: TypeAlias = tuple[float, float]
"""Where a bar begins and ends, in points from the left."""
Mark: TypeAlias = tuple[float, str]
"""Where a mark is, in points from the left, and the fate."""
Spot: TypeAlias = tuple[int, str]
"""The number of a lane, and how the runs ended that are meant."""

_GAPS_POINTS = (0.0, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8)
_Key = TypeVar("_Key")
_T = TypeVar("_T")


def thin_bars(
    bars: Mapping[Spot, Iterable[Extent]], least: Mapping[str, float]
) -> dict[Spot, list[Extent]]:
    """Widen bars to what can be seen and merge those that touch; `least`: points, by kind."""
    wide = {
        spot: sorted((begin, max(end, begin + least[spot[1]])) for begin, end in found)
        for spot, found in bars.items()
    }
    return _thin(wide, MOST_BARS, _merge)


def thin_marks(marks: Mapping[int, Iterable[Mark]], size: float) -> dict[int, list[Mark]]:
    """Leave out the marks that would touch another of their lane; `size`: of a mark, in points.

    Of those that stand too close, the one whose fate has been drawn least often stays.
    """
    ordered = {lane: sorted(found) for lane, found in marks.items()}
    return _thin(ordered, MOST_MARKS, lambda found, gap: _apart(found, max(gap, size * 1.2)))


def _thin(
    found: Mapping[_Key, Sequence[_T]],
    most: int,
    thinner: Callable[[Sequence[_T], float], list[_T]],
) -> dict[_Key, list[_T]]:
    """Thin out with the smallest gap that leaves at most so many."""
    thinned: dict[_Key, list[_T]] = {}
    for gap in _GAPS_POINTS:
        thinned = {key: thinner(each, gap) for key, each in found.items()}
        if sum(map(len, thinned.values())) <= most:
            break
    return thinned


def _merge(bars: Sequence[Extent], gap: float) -> list[Extent]:
    merged: list[Extent] = []
    for begin, end in bars:
        if merged and begin <= merged[-1][1] + gap:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged


def _apart(marks: Sequence[Mark], gap: float) -> list[Mark]:
    kept: list[Mark] = []
    drawn: Counter[str] = Counter()
    first = 0
    while first < len(marks):
        end = bisect_left(marks, (marks[first][0] + gap, ""), first + 1)
        mark = min(marks[first:end], key=lambda each: (drawn[each[1]], each[0]))
        drawn[mark[1]] += 1
        kept.append(mark)
        first = bisect_left(marks, (mark[0] + gap, ""), end)
    return kept
