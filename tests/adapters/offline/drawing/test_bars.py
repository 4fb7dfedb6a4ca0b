"""Bars and marks are thinned out to what can be seen."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.offline.drawing.bars import MOST_BARS, MOST_MARKS, thin_bars, thin_marks

PLACES = st.floats(0, 600)
EXTENTS = st.lists(st.tuples(PLACES, st.floats(0, 50)).map(lambda p: (p[0], p[0] + p[1])))
FATES = st.sampled_from(["merged", "skipped", "missed"])
LEAST = {"finished": 0.8, "failed": 1.6}


@given(extents=EXTENTS)
def test_merged_bars_cover_what_single_ones_would(extents: list[tuple[float, float]]) -> None:
    """Each bar is in one that is drawn; those that are drawn stand apart, in order."""
    drawn = thin_bars({(0, "finished"): extents}, LEAST)[0, "finished"]
    assert all(any(a <= begin and end <= b for a, b in drawn) for begin, end in extents)
    edges = [edge for bar in drawn for edge in bar]
    assert edges == sorted(edges)
    assert all(end - begin >= 0.79 for begin, end in drawn)


def test_a_failure_among_thousands_stays_a_bar_of_its_own() -> None:
    """Only bars of the same lane and kind are merged."""
    bars = {
        (0, "finished"): [(i / 50, i / 50 + 0.01) for i in range(30_000)],
        (0, "failed"): [(300, 300)],
    }
    assert thin_bars(bars, LEAST)[0, "failed"] == [(300, 301.6)]


def test_bars_and_marks_keep_their_limits() -> None:
    """However many lanes there are."""
    places = [i * 2.0 for i in range(300)]
    bars = thin_bars({(n, "finished"): [(x, x) for x in places] for n in range(120)}, LEAST)
    marks = thin_marks({n: [(x, "missed") for x in places] for n in range(120)}, 1)
    assert sum(map(len, bars.values())) <= MOST_BARS
    assert 0 < sum(map(len, marks.values())) <= MOST_MARKS


@given(marks=st.lists(st.tuples(PLACES, FATES)), size=st.floats(1, 6))
def test_marks_never_touch(marks: list[tuple[float, str]], size: float) -> None:
    """Of any that are drawn in a lane, whatever their fates."""
    drawn = [place for place, _ in thin_marks({0: marks}, size)[0]]
    assert all(right - left >= size for left, right in pairwise(drawn))
    assert bool(drawn) == bool(marks)


def test_in_a_crowd_every_fate_is_drawn() -> None:
    """Of marks that stand too close, that of the fate drawn least often stays."""
    marks = [(float(i), "skipped" if i % 50 else "missed") for i in range(200)]
    drawn = [fate for _, fate in thin_marks({0: marks}, 6)[0]]
    assert drawn.count("missed") == 4
