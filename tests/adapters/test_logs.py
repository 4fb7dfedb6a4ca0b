"""What is logged, and at which level."""

import logging
from datetime import timedelta

import pytest

from duetime.adapters.simulate import Simulation
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import START, Failing, sleeper


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return level and text of what was logged by the verbs and decisions."""
    return [
        (each.levelname, each.getMessage())
        for each in caplog.records
        if each.name == "duetime.adapters.logs"
    ]


def test_verbs_and_decisions_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """What a person should look at as a warning, the rest as information."""
    caplog.set_level(logging.INFO)
    with Simulation(START) as sim:
        sim.add("a", Every(seconds=10), sleeper("1m"), time_limit="15s")
        sim.clock.advance(seconds=25)
        sim.disable("a", reason="repairs")
        sim.demand("a")
        sim.clock.step_wall(hours=1)
        sim.enable("a")
        sim.remove("a")
    assert logged(caplog) == [
        ("INFO", "task 'a': added Every('10s')"),
        ("INFO", "task 'a': 1 occurrence(s) skipped overlap"),
        ("WARNING", "task 'a': overrunning 1/1"),
        ("INFO", "task 'a': disabled repairs"),
        ("INFO", "task 'a': refused disabled"),
        ("INFO", "task 'a': enabled"),
        ("WARNING", "all tasks: clock_stepped 1h"),
        ("INFO", "task 'a': removed"),
    ]


def test_what_went_wrong_stands_out(caplog: pytest.LogCaptureFixture) -> None:
    """A broken trigger is an error; missed and dropped occurrences are warnings."""
    with Simulation(START) as sim:
        sim.add("torn", Failing(last=2), None)
        sim.add("late", Every(seconds=10), window=timedelta(0))
        sim.clock.advance(seconds=5)
        sim.clock.stall(seconds=6)
        sim.clock.settle()
    (error, text), missed = logged(caplog)
    assert error == "ERROR"
    assert text.startswith("task 'torn': broken trigger Foreign")
    assert missed == ("WARNING", "task 'late': 1 occurrence(s) missed")


def test_who_logs_nothing_pays_for_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Below the level that is asked for, no text is made."""
    caplog.set_level(logging.CRITICAL)
    with Simulation(START) as sim:
        sim.add("a", OnDemand())
        sim.remove("a")
    assert logged(caplog) == []
