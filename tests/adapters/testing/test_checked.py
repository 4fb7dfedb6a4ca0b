"""Simulations that see what a test leaves over."""

import re
from textwrap import dedent

import pytest

from duetime.adapters.testing import CheckedSimulation, LeftoverError
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import Once, OnDemand


def test_a_tidy_block_passes() -> None:
    """Periodic tasks that wait for their next time are not left over."""
    with CheckedSimulation() as sim:
        sim.add("a", Every("1m"))
        sim.add("b", Once("2026-01-01T00:01Z"))
        sim.clock.advance(minutes=3)


def untidy(sim: CheckedSimulation) -> None:
    """Leave several things over."""
    sim.task(Every("1m"), name="fails", retry="retry(3, 1h)")(fail)
    sim.add("asked", OnDemand(), takes="hold", overlap="buffer_one")
    sim.demand("asked")
    sim.demand("asked")
    sim.clock.advance(minutes=1)


def fail() -> None:
    """Fail."""
    raise ValueError("own")


def test_all_that_is_left_over_is_listed() -> None:
    """One failure tells everything, where it was declared, and the words that would permit it."""
    with pytest.raises(LeftoverError) as caught, CheckedSimulation() as sim:
        untidy(sim)
    assert re.sub(r"\d+\)", "N)", str(caught.value).replace(__file__, "FILE")) == dedent("""\
        left over at the end:
          holds: run 1 of 'asked' (declared at FILE:N) was not finished
          runs: run 1 of 'fails' (declared at FILE:N) waits for its next attempt
          one_shots: 'asked' (declared at FILE:N) waits for another start
          to permit it: allow={'holds', 'runs', 'one_shots'}""")


def failing(sim: CheckedSimulation) -> None:
    """Let a run fail."""
    sim.add("a", Every("1m"), fail)
    sim.clock.advance(minutes=1)


def seen_once(sim: CheckedSimulation) -> None:
    """Let a run fail, look at it, and let another one fail."""
    failing(sim)
    assert sim.runs("a")[0].error
    sim.clock.advance(minutes=1)


def test_a_failure_that_was_seen_or_expected_is_none() -> None:
    """Whoever asks for the runs has seen how they ended."""
    with CheckedSimulation() as sim:
        seen_once(sim)
        sim.runs("a")
    with CheckedSimulation() as sim:
        sim.expect_failures("a")
        failing(sim)


def test_a_failure_after_the_last_look_is_unseen() -> None:
    """What was not there yet cannot have been seen."""
    with pytest.raises(LeftoverError, match=r"errors: run 2 of .* failed: ValueError: own"):  # noqa: SIM117
        with CheckedSimulation() as sim:
            seen_once(sim)


def failing_then_raising(sim: CheckedSimulation) -> None:
    """Leave things over, and raise."""
    untidy(sim)
    raise ValueError("own")


def test_an_error_of_the_block_comes_out_as_it_is() -> None:
    """What is left over is most likely due to it."""
    with pytest.raises(ValueError, match="own"), CheckedSimulation() as sim:
        failing_then_raising(sim)


def test_what_the_test_ended_itself_is_not_left_over() -> None:
    """After a crash or a shutdown, runs that went on are meant."""
    with CheckedSimulation() as sim:
        sim.add("a", Every("1m"), takes="hold")
        sim.clock.advance(minutes=1)
        sim.crash()
