"""The two clocks as the machine knows them: elapsed time, and the shift of the wall clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.errors import IllegalInputError
from duetime.engine.instants import HOUR, SECOND, Reading
from duetime.engine.timekeeper import SLEW_GRAIN, Timekeeper
from tests.engine.builders import NOON


def kept(*readings: Reading) -> Timekeeper:
    """Take in some readings."""
    time = Timekeeper()
    for reading in readings:
        time.take(reading)
    return time


def test_elapsed_time_starts_at_the_wall_clock() -> None:
    """At the first reading, both clocks show the same."""
    time = kept(Reading(NOON, 5, "b"))
    assert (time.now, time.elapsed, time.shift) == (Reading(NOON, 5, "b"), NOON, 0)


@given(st.lists(st.tuples(st.integers(0, HOUR), st.integers(-HOUR, HOUR)), max_size=20))
def test_elapsed_time_follows_the_monotonic_clock(moves: list[tuple[int, int]]) -> None:
    """However the wall clock is set, elapsed time goes on; the shift tells them apart."""
    time, wall, mono, noticed = kept(Reading(NOON, 0, "b")), NOON, 0, 0
    for passed, set_by in moves:
        wall, mono = wall + passed + set_by, mono + passed
        noticed += time.take(Reading(wall, mono, "b"))
    assert time.elapsed == NOON + mono
    assert time.shift == noticed
    assert abs(wall - time.elapsed - time.shift) < SLEW_GRAIN


def test_a_change_below_the_grain_is_noise() -> None:
    """Two reads that are not quite at one moment are no change of the clock."""
    time = kept(Reading(NOON, 0, "b"))
    assert time.take(Reading(NOON + SECOND + SLEW_GRAIN - 1, SECOND, "b")) == 0
    assert time.take(Reading(NOON + 2 * SECOND + SLEW_GRAIN, 2 * SECOND, "b")) == SLEW_GRAIN


def test_a_change_can_be_looked_at_before_it_is_taken() -> None:
    """`change` says what `take` will return, and changes nothing."""
    time = kept(Reading(NOON, 0, "b"))
    later = Reading(NOON + HOUR, SECOND, "b")
    assert Timekeeper().change(later) == 0
    assert time.change(Reading(NOON + HOUR, SECOND, "another boot")) == 0
    assert time.change(later) == HOUR - SECOND
    assert time.take(later) == HOUR - SECOND
    assert time.change(later) == 0


def test_time_must_not_go_back_within_a_boot() -> None:
    """Monotonic time that decreases is refused; a wall clock that does is not."""
    time = kept(Reading(NOON, SECOND, "b"))
    time.check(Reading(NOON - HOUR, SECOND, "b"))
    time.check(Reading(NOON, 0, "another boot"))
    with pytest.raises(IllegalInputError, match="monotonic time went back by 1s within one boot"):
        time.check(Reading(NOON, 0, "b"))


@pytest.mark.parametrize(("asleep", "counted"), [(HOUR, HOUR), (-HOUR, 0)])
def test_after_a_boot_elapsed_time_goes_on(asleep: int, counted: int) -> None:
    """What passed between two boots is what the wall clock says, and never less than nothing."""
    time = kept(Reading(NOON, 40 * SECOND, "one"))
    assert time.take(Reading(NOON + asleep, 3, "two")) == 0
    assert time.elapsed == NOON + counted
    assert time.shift == asleep - counted


def test_both_clocks_can_be_passed_on_together() -> None:
    """`pass_to` moves both clocks alike."""
    time = kept(Reading(NOON, 0, "b"))
    assert time.pass_to(NOON + HOUR) == Reading(NOON + HOUR, HOUR, "b")
    assert time.elapsed == NOON + HOUR


def test_without_a_reading_there_is_no_time() -> None:
    """The time is told by the first input, never guessed."""
    time = Timekeeper()
    time.check(Reading(NOON, 0, "b"))
    with pytest.raises(IllegalInputError, match="has not been told the time"):
        _ = time.now
