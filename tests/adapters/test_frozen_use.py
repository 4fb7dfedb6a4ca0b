"""freezegun and time-machine with duetime, as test suites that have them use them."""

import threading
from datetime import UTC, datetime, timedelta

import time_machine
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from duetime.adapters.simulate import Simulation
from duetime.adapters.threads import Scheduler
from duetime.clocks.frozen import FrozenClock
from duetime.clocks.virtual import VirtualClock
from duetime.engine.instants import HOUR, SECOND
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.every import Every
from tests.clocks.builders import PATIENCE_SECONDS, START

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def code_under_test(scheduler: Scheduler, sent: list[datetime], done: threading.Event) -> None:
    """Declare a task that notes when it runs, by the clock that users read."""

    def send() -> None:
        sent.append(datetime.now(UTC))
        done.set()

    scheduler.add("report", Daily("18:00", tz="UTC"), send)


@freeze_time(START)
def test_a_decorated_test_moves_time_to_what_is_due() -> None:
    """The run sees the pretended time at which it was due."""
    sent: list[datetime] = []
    done = threading.Event()
    with Scheduler(FrozenClock()) as scheduler:
        code_under_test(scheduler, sent, done)
        with freeze_time("2026-01-01T18:00:00Z"):
            assert done.wait(PATIENCE_SECONDS)
    assert sent == [NOON + timedelta(hours=6)]


def test_a_traveller_moves_time_to_what_is_due() -> None:
    """The same by time-machine."""
    sent: list[datetime] = []
    done = threading.Event()
    with (
        time_machine.travel(NOON, tick=False) as traveller,
        Scheduler(FrozenClock()) as scheduler,
    ):
        code_under_test(scheduler, sent, done)
        traveller.shift(timedelta(hours=6))
        assert done.wait(PATIENCE_SECONDS)
    assert sent == [NOON + timedelta(hours=6)]


def test_time_that_goes_on_by_itself_brings_runs() -> None:
    """With `tick=True` of time-machine, pretended time passes and tasks run."""
    done = threading.Event()
    with time_machine.travel(NOON, tick=True), Scheduler(FrozenClock()) as scheduler:
        scheduler.add("soon", Every(seconds=0.05), done.set)
        assert done.wait(PATIENCE_SECONDS)


@freeze_time(START)
def test_a_simulation_does_not_notice_freezegun() -> None:
    """It has its own clock; what it starts is the same."""
    assert starts_of_a_day() == EXPECTED


@time_machine.travel(NOON, tick=False)
def test_a_simulation_does_not_notice_time_machine() -> None:
    """It has its own clock; what it starts is the same."""
    assert starts_of_a_day() == EXPECTED


EXPECTED = [datetime(2030, 1, 1, hour, tzinfo=UTC) for hour in (6, 12, 18)]


def starts_of_a_day() -> list[datetime]:
    """Let a simulation run for less than a day."""
    clock = VirtualClock("2030-01-01T00:00Z")
    with Simulation(clock) as sim:
        seen: list[datetime] = []
        sim.add("a", Every(hours=6), lambda: seen.append(clock.now()))
        sim.clock.advance(hours=23)
    return seen


@settings(deadline=None)
@given(st.lists(st.integers(min_value=-48, max_value=48), max_size=20))
def test_elapsed_time_is_the_sum_of_the_moves_forward(moves: list[int]) -> None:
    """However pretended time is moved, the wall clock follows and elapsed time never goes back."""
    with time_machine.travel(NOON, tick=False) as traveller:
        clock = FrozenClock()
        first = clock.read()
        for hours in moves:
            traveller.shift(timedelta(hours=hours))
            clock.read()
        last = clock.read()
    assert first.wall == NOON.timestamp() * SECOND
    assert last.wall - first.wall == sum(moves) * HOUR
    assert last.mono == sum(hours for hours in moves if hours > 0) * HOUR
