"""How busy a plan is, with fewer spans."""

from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.offline.drawing.busy import coarser
from duetime.adapters.offline.figures import Busy


@given(most=st.lists(st.integers(0, 9), max_size=100), limit=st.integers(1, 30))
def test_fewer_spans_keep_the_most_and_the_time(most: list[int], limit: int) -> None:
    """A peak is never lost, however short it is."""
    found = coarser(Busy(begin=0, size=10, most=most, mean=[m / 2 for m in most]), limit)
    assert len(found.most) == len(found.mean) <= limit
    assert max(found.most, default=0) == max(most, default=0)
    assert found.size * len(found.most) >= 10 * len(most)
    assert all(mean <= peak for mean, peak in zip(found.mean, found.most, strict=True))


def test_the_mean_of_spans_is_their_mean() -> None:
    """The last may be of fewer."""
    found = coarser(Busy(begin=5, size=10, most=[1, 4, 2], mean=[0.5, 1.5, 2]), 2)
    assert found == Busy(begin=5, size=20, most=[4, 2], mean=[1, 2])
