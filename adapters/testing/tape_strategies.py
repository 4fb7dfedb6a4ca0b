"""Tapes that Hypothesis draws and shrinks; it must be installed."""

from hypothesis import strategies as st

from duetime.adapters.testing.tape import Tape


def tapes(*, max_deviations: int = 3, choices: int = 100) -> st.SearchStrategy[Tape]:
    """Return a strategy for tapes, to be played by `explore_once`.

    `choices`: deviations are among so many of the first choices. One that a run does not come to,
    or that is no option there, is left aside.
    """
    numbers = st.integers(0, choices - 1)
    return st.dictionaries(numbers, st.integers(1, 3), max_size=max_deviations).map(Tape)
