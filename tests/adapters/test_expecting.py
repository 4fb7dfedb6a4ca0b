"""What a test says of a simulation, and what it is told when that does not hold."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from duetime.adapters.simulate import Simulation
from duetime.adapters.testing import crash_everywhere
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadTaskError, ClockError, UnknownTaskError
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import START


@pytest.fixture
def sim() -> Simulation:
    """Make a simulation with a task that is due every ten minutes and runs for one."""
    sim = Simulation(START)
    sim.add("page", Every(minutes=10), takes="1m")
    return sim


def minutes(sim: Simulation) -> float:
    """Return how many minutes have passed."""
    return sim.clock.read().mono / 60e9


def running(sim: Simulation) -> bool:
    """Say whether a run of the page is going."""
    return sim.health().running > 0


def test_what_holds_moves_the_clock_by_the_whole_span(sim: Simulation) -> None:
    """For as long as nothing shows it to be wrong; events at the end of the span belong to it."""
    sim.expect_none("page", within="9m 59s")
    sim.always(lambda: sim.health().running <= 1, for_="35m")
    assert minutes(sim) == pytest.approx(44 + 59 / 60)
    sim.remove("page")
    sim.add("mail", OnDemand())
    sim.expect_none("mail", within="1h")
    assert minutes(sim) == pytest.approx(104 + 59 / 60)


def test_eventually_stops_at_the_event_that_brings_it(sim: Simulation) -> None:
    """The clock stands there; at once, if the fact is true already."""
    sim.eventually(lambda: running(sim), within="10m")
    assert minutes(sim) == 10
    sim.eventually(lambda: running(sim), within="10m")
    assert minutes(sim) == 10


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        (
            lambda sim: sim.expect_none("page", within="1h"),
            """\
2026-01-01T12:10:00Z: run 1 of 'page' started, and none must
the last that happened:
  2026-01-01T12:10:00Z page #1 started (due)""",
        ),
        (
            lambda sim: sim.always(lambda: not running(sim), for_="1h"),
            "2026-01-01T12:10:00Z: what must be so is not so",
        ),
        (
            lambda sim: sim.eventually(lambda: False, within="5m", what="rain"),
            "2026-01-01T12:05:00Z: rain has not come within 5m",
        ),
        (
            lambda sim: sim.reached("retry"),
            "2026-01-01T12:00:00Z: 'retry' was not reached; passed were: none",
        ),
    ],
)
def test_what_does_not_hold_is_told_with_its_time(
    sim: Simulation, expect: Callable[[Simulation], object], message: str
) -> None:
    """And with the last events, if there were any."""
    with pytest.raises(AssertionError) as failed:
        expect(sim)
    assert str(failed.value).startswith(message)


def test_a_slewed_clock_hides_nothing(sim: Simulation) -> None:
    """A span is elapsed time, however much the wall clock gains meanwhile."""
    sim.clock.slew(500_000, for_="1h")
    with pytest.raises(AssertionError, match="what must be so is not so"):
        sim.always(lambda: not running(sim), for_="12m")
    assert minutes(sim) == 10


@pytest.mark.parametrize("span", ["-1h", timedelta(hours=-1)])
def test_a_span_before_now_is_refused(sim: Simulation, span: timedelta | str) -> None:
    """Nothing happens in it, so anything could be said of it."""
    with pytest.raises(ClockError, match="cannot move by -1h"):
        sim.always(lambda: True, for_=span)


def test_a_crash_may_come_between() -> None:
    """The new process goes on with what is left of the span."""
    ended: list[float] = []

    def scenario(sim: Simulation, clock: VirtualClock) -> None:
        sim.add("page", Every(minutes=10, anchor=START), takes="1m")
        sim.expect_none("page", within="9m")
        sim.always(lambda: sim.health().running <= 1, for_="5m")
        sim.eventually(lambda: len(sim.runs("page")) == 2, within="10m")
        ended.append(minutes(sim))

    crash_everywhere(scenario, start=START)
    assert set(ended) == {20}


def test_nothing_can_be_expected_of_a_task_that_is_not_there(sim: Simulation) -> None:
    """A misspelt name would expect nothing for ever."""
    with pytest.raises(UnknownTaskError):
        sim.expect_none("pages", within="1h")


def test_marks_are_counted(sim: Simulation) -> None:
    """Whoever passes a place says so; a test says that somebody must have."""
    sim.add("mail", Every(minutes=10), lambda: sim.mark("sent"))
    sim.clock.advance(minutes=30)
    assert (sim.reached("sent"), sim.marks) == (3, {"sent": 3})


def test_the_starts_of_runs_are_datetimes(sim: Simulation) -> None:
    """Also of those of a span."""
    sim.clock.advance(minutes=30)
    starts = sim.runs("page", since="2026-01-01T12:15Z").starts()
    assert [start.isoformat() for start in starts] == [
        "2026-01-01T12:20:00+00:00",
        "2026-01-01T12:30:00+00:00",
    ]


def test_marks_outlive_a_restart() -> None:
    """They tell what a test has reached, in whichever process."""
    sim = Simulation(START, store="memory:")
    sim.mark("sent")
    again = sim.restart()
    again.mark("sent")
    assert again.reached("sent") == 2
    again.shutdown()


@pytest.mark.parametrize("crashed", [False, True])
def test_a_restart_is_a_new_process_on_the_same_store(crashed: bool) -> None:
    """Same clock, seed and settings; what went on is lost, what is declared again goes on."""
    sim = Simulation(START, seed=7, store="memory:")
    sim.add("page", Every(minutes=10, anchor=START), takes="9m..11m")
    sim.clock.advance(minutes=10)
    if crashed:
        sim.crash()
    again = sim.restart()
    again.add("page", Every(minutes=10, anchor=START), takes="1m")
    again.clock.advance(minutes=10)
    assert [(run.number, run.outcome) for run in again.runs("page")] == [(1, "lost"), (2, None)]
    assert again.clock is sim.clock
    again.shutdown()


def test_a_restart_needs_a_store(sim: Simulation) -> None:
    """It says what to do; the simulation goes on."""
    with pytest.raises(BadTaskError, match="make the simulation with one, such as store='memory:'"):
        sim.restart()
    sim.clock.advance(minutes=10)
    assert len(sim.runs("page")) == 1
