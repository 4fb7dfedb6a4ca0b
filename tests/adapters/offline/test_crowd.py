"""How many runs go at once."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.offline.crowd import BINS, Crowd
from duetime.adapters.offline.windows import ENDINGS, RunColumns, Window

RUNS = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 40)), max_size=30)


def window_of(runs: list[tuple[int, int]], begin: int, end: int, settled: int) -> Window:
    """Make a window of runs, each with start and end."""
    ones = [1] * len(runs)
    columns = RunColumns(
        number=ones,
        attempt=ones,
        cause=[0] * len(runs),
        nominal=[start for start, _ in runs],
        planned=[start for start, _ in runs],
        started=[start for start, _ in runs],
        ended=[ended for _, ended in runs],
        ending=[ENDINGS.index("finished")] * len(runs),
    )
    return Window(begin=begin, end=end, settled=settled, runs={"a": columns}, fates={})


def at_once(runs: list[tuple[int, int]], moment: int) -> int:
    """Count the runs that go at a time."""
    return sum(start <= moment < ended for start, ended in runs)


@given(RUNS, st.lists(st.integers(1, 99), max_size=3, unique=True))
def test_most_and_mean_are_those_of_every_moment(
    drawn: list[tuple[int, int]], cuts: list[int]
) -> None:
    """Wherever the windows are cut; a run is told in the one in which it ended."""
    runs = [(start, min(start + span, 100)) for start, span in drawn]
    crowd, edges = Crowd(0, 100), [0, *sorted(cuts), 100]
    for begin, end in pairwise(edges):
        ended = [run for run in runs if (begin < run[1] or begin == run[1] == 0) and run[1] <= end]
        going = [start for start, last in runs if start < end < last]
        crowd.take(window_of(ended, begin, end, 100 if end == 100 else min([end, *going])))
    busy = crowd.busy()
    levels = [at_once(runs, moment) for moment in range(100)]
    assert (busy.size, list(busy.most), list(busy.mean)) == (1, levels, levels)
    assert crowd.most == max(levels)
    assert crowd.first_most == (levels.index(crowd.most) if crowd.most else 0)


@given(RUNS)
def test_spans_are_summed_up(drawn: list[tuple[int, int]]) -> None:
    """Where there is more time than spans, each tells the most and the mean of its moments."""
    scale = 2 * BINS // 100
    runs = [(start * scale, min(start + span, 100) * scale) for start, span in drawn]
    crowd = Crowd(0, 2 * BINS)
    crowd.take(window_of(runs, 0, 2 * BINS, 2 * BINS))
    busy = crowd.busy()
    levels = [at_once(runs, moment) for moment in range(2 * BINS)]
    pairs = list(zip(levels[::2], levels[1::2], strict=True))
    assert busy.size == 2
    assert list(busy.most) == [max(pair) for pair in pairs]
    assert list(busy.mean) == [sum(pair) / 2 for pair in pairs]
