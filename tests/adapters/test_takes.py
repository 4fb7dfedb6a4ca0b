"""How long modelled runs last."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.takes import Length, Models, read_takes
from duetime.engine.errors import BadTaskError
from duetime.engine.instants import MINUTE, SECOND
from tests.adapters.builders import make_run


@pytest.mark.parametrize(
    ("takes", "length"),
    [
        (None, None),
        ("40m", Length(40 * MINUTE, 40 * MINUTE)),
        (timedelta(seconds=3), Length(3 * SECOND, 3 * SECOND)),
        ("0s", Length(0, 0)),
        ("2s..1m 10s", Length(2 * SECOND, 70 * SECOND)),
        ("3s..3s", Length(3 * SECOND, 3 * SECOND)),
        ((timedelta(seconds=2), timedelta(minutes=1)), Length(2 * SECOND, MINUTE)),
        ("hold", Length(0, 0, held=True)),
        (
            ["3s", timedelta(seconds=1)],
            Length(SECOND, 3 * SECOND, sample=(3 * SECOND, SECOND)),
        ),
    ],
)
def test_a_length_is_a_span_a_range_or_until_told(takes: object, length: Length | None) -> None:
    """As a timedelta, text, or two of them."""
    assert read_takes(takes, "a") == length  # type: ignore[arg-type]  # the table is of all kinds


@pytest.mark.parametrize(
    ("takes", "words"),
    [
        ("soon", "cannot read 'soon'"),
        ("", "is empty"),
        ("2s..", "is empty"),
        ("10s..2s", "the shorter first"),
        (timedelta(seconds=-1), "must be from 0 up"),
        (5, "5 is no duration"),
        ((timedelta(0),), "is no duration"),
        ([], "must be from 0 up"),
        (["1s", "x"], "cannot read 'x'"),
        ((timedelta(0), timedelta(0), timedelta(0)), "is no duration"),
    ],
)
def test_what_is_no_length_is_refused(takes: object, words: str) -> None:
    """The message names the task and what is wrong."""
    with pytest.raises(BadTaskError) as caught:
        read_takes(takes, "a")  # type: ignore[arg-type]  # wrong on purpose
    assert str(caught.value).startswith("task 'a': takes")
    assert words in str(caught.value)


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(), st.integers(1))
def test_a_draw_lies_within_the_range(low: int, more: int, seed: int, number: int) -> None:
    """Both ends included; the same for the same seed and run."""
    length, run = Length(low, low + more), ("a", 1, number)
    assert low <= length.draw(seed, run) <= low + more
    assert length.draw(seed, run) == length.draw(seed, run)


def test_draws_differ_by_seed_task_and_run() -> None:
    """And come to both ends of the range; they are the same on every machine."""
    length = Length(1, 3)
    by_number = [length.draw(0, ("a", 1, number)) for number in range(1, 31)]
    assert set(by_number) == {1, 2, 3}
    assert by_number[:8] == [3, 1, 3, 1, 1, 3, 1, 2]
    assert by_number != [length.draw(1, ("a", 1, number)) for number in range(1, 31)]
    assert by_number != [length.draw(0, ("b", 1, number)) for number in range(1, 31)]


def test_a_length_is_that_of_the_declaration_at_the_start() -> None:
    """What is declared anew concerns later runs; None is as long as the code of the run."""
    models = Models(seed=0)
    plain, short, failed, none = (make_run(number=number) for number in range(1, 5))
    models.begin(plain)
    models.declare("a", Length(5, 5))
    models.begin(short)
    models.begin(failed)
    models.declare("a", None)
    models.begin(none)
    assert not models.go_on(plain, 10, None)
    assert models.go_on(short, 10, None)
    assert not models.go_on(failed, 10, "it broke")
    assert not models.go_on(none, 10, None)
    assert (models.first_end(), models.pop_end(), models.first_end()) == (
        15,
        (short.key, 1, None),
        None,
    )


def test_a_draw_from_a_list_is_one_of_it() -> None:
    """Each of them comes up, however far apart they are."""
    length = read_takes(["1s", "1h", "1d"], "a")
    assert length is not None
    drawn = {length.draw(7, ("a", 1, number)) for number in range(100)}
    assert drawn == set(length.sample)


@pytest.mark.parametrize(
    ("fails", "low", "high"), [(0.0, 0, 0), (0.25, 200, 300), (1.0, 1000, 1000)]
)
def test_a_share_of_the_attempts_fails(fails: float, low: int, high: int) -> None:
    """Each attempt is drawn by itself, the same for the same seed."""
    length = read_takes("1s", "a", fails)
    assert length is not None
    drawn = [length.draw_error(3, ("a", 1, 1), attempt) for attempt in range(1000)]
    assert low <= sum(error is not None for error in drawn) <= high
    assert drawn == [length.draw_error(3, ("a", 1, 1), attempt) for attempt in range(1000)]


@pytest.mark.parametrize("fails", [-0.1, 1.1, True, "0.5", None])
def test_a_share_that_is_none_is_refused(fails: object) -> None:
    """The message says what a share is."""
    with pytest.raises(BadTaskError, match="must be a share, from 0 to 1"):
        read_takes("1s", "a", fails)  # type: ignore[arg-type]  # wrong on purpose
