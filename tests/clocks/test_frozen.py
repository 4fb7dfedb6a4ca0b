"""The clock that follows freezegun and time-machine, used as their users use it."""

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from freezegun import freeze_time

from duetime.adapters.calls import RunHandle
from duetime.adapters.simulate import Simulation
from duetime.adapters.threads import Scheduler
from duetime.clocks.frozen import FrozenClock
from duetime.engine.errors import BadTimeError
from duetime.engine.instants import HOUR, SECOND
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.clocks.builders import PATIENCE_SECONDS, START

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@freeze_time(START)
def test_it_shows_what_freezegun_shows() -> None:
    """The pretended time; elapsed time starts at 0 and stands still with it."""
    clock = FrozenClock()
    assert clock.now() == NOON == datetime.now(UTC)
    assert clock.read() == clock.read()
    assert clock.read().mono == 0


def test_it_follows_freezegun() -> None:
    """Both clocks move by what `tick` and `move_to` move."""
    with freeze_time(START) as frozen:
        clock = FrozenClock()
        before = clock.read()
        frozen.tick(timedelta(seconds=90))
        frozen.move_to("2026-01-01T14:00:00Z")
        after = clock.read()
    assert (after.wall - before.wall, after.mono - before.mono) == (2 * HOUR, 2 * HOUR)


def test_it_follows_time_machine() -> None:
    """Both clocks move by what `shift` and `move_to` move."""
    with time_machine.travel(NOON, tick=False) as traveller:
        clock = FrozenClock()
        before = clock.read()
        traveller.shift(timedelta(seconds=90))
        traveller.move_to(NOON + timedelta(hours=2))
        after = clock.read()
    assert before.wall == NOON.timestamp() * SECOND
    assert (after.wall - before.wall, after.mono - before.mono) == (2 * HOUR, 2 * HOUR)


def test_a_pretended_step_back_is_one_of_the_wall_clock_only() -> None:
    """Elapsed time never goes back, and goes on from there."""
    with freeze_time(START) as frozen:
        clock = FrozenClock()
        clock.read()
        readings = []
        for hour in (13, 12, 14):
            frozen.move_to(f"2026-01-01T{hour}:00:00Z")
            readings.append(clock.read())
    walls = [(reading.wall - readings[1].wall) // HOUR for reading in readings]
    assert walls == [1, 0, 2]
    assert [reading.mono // HOUR for reading in readings] == [1, 1, 3]


@pytest.fixture
def _hasty_threads() -> Iterator[None]:
    """Let threads take turns as often as can be."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("_hasty_threads")
def test_many_threads_may_read_it() -> None:
    """However the readings fall, elapsed time is what was pretended to pass."""
    done = threading.Event()
    with time_machine.travel(NOON, tick=False) as traveller:
        clock = FrozenClock()
        first = clock.read()

        def read() -> None:
            while not done.is_set():
                clock.read()

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(500):
            traveller.shift(timedelta(seconds=1))
        done.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
        last = clock.read()
    assert (last.wall - first.wall, last.mono - first.mono) == (500 * SECOND, 500 * SECOND)


class Notes:
    """Notes when it is called, and lets a test wait for so many calls."""

    def __init__(self, clock: FrozenClock) -> None:
        """`clock`: what it reads."""
        self._clock = clock
        self._calls = threading.Semaphore(0)
        self.seen: list[str] = []

    def note(self) -> None:
        """Be the callable of a task."""
        self.seen.append(f"{self._clock.now():%d. %H:%M}")
        self._calls.release()

    def wait(self) -> bool:
        """Wait for one more call; say whether it came within the limit."""
        return self._calls.acquire(timeout=PATIENCE_SECONDS)


def test_a_scheduler_reacts_to_the_time_of_freezegun() -> None:
    """Tasks run on real threads as soon as the pretended time says so."""
    with freeze_time(START) as frozen, Scheduler(clock := FrozenClock()) as scheduler:
        daily, hourly = Notes(clock), Notes(clock)
        scheduler.add("daily", Daily("02:30", tz="Europe/Berlin"), daily.note)
        scheduler.add("hourly", Every(hours=1), hourly.note)
        frozen.tick(timedelta(hours=1))
        assert hourly.wait()
        frozen.move_to("2026-01-02T01:30:00.001Z")
        assert daily.wait()
        assert hourly.wait()
    assert daily.seen == ["02. 01:30"]
    assert hourly.seen == ["01. 13:00", "02. 01:30"]


def test_a_pretended_step_back_repeats_nothing() -> None:
    """What has run is not run again; an interval counts what passes from then on."""
    with freeze_time(START) as frozen, Scheduler(clock := FrozenClock()) as scheduler:
        daily, hourly, look = Notes(clock), Notes(clock), Notes(clock)
        scheduler.add("daily", Daily("12:30", tz="UTC"), daily.note)
        scheduler.add("hourly", Every(hours=1), hourly.note)
        scheduler.add("look", OnDemand(), look.note)
        frozen.move_to("2026-01-01T12:45:00Z")
        assert daily.wait()
        frozen.move_to("2026-01-01T12:15:00Z")
        scheduler.demand("look")
        assert look.wait()
        frozen.move_to("2026-01-01T12:40:00Z")
        assert hourly.wait()
    assert daily.seen == ["01. 12:45"]
    assert hourly.seen == ["01. 12:40"]


def test_a_scheduler_reacts_to_the_time_of_time_machine() -> None:
    """Journeys of days are outages: one run makes up for them."""
    with (
        time_machine.travel(NOON, tick=False) as traveller,
        Scheduler(clock := FrozenClock()) as scheduler,
    ):
        notes = Notes(clock)
        scheduler.add("daily", Daily("02:30", tz="UTC"), notes.note)
        traveller.move_to(NOON + timedelta(hours=15))
        assert notes.wait()
        traveller.shift(timedelta(days=3))
        assert notes.wait()
        counts = scheduler.counts("daily")
    assert notes.seen == ["02. 03:00", "05. 03:00"]
    assert counts == {"started": 2, "missed": 2}


def test_a_scheduler_shuts_down_in_frozen_time() -> None:
    """Its end is waited for in real time, and its runs are asked to stop."""
    with freeze_time(START):
        scheduler = Scheduler(FrozenClock())
        started = threading.Event()

        def work(run: RunHandle) -> None:
            started.set()
            run.sleep("1h")

        scheduler.add("a", OnDemand(), work)
        scheduler.start()
        scheduler.run_now("a")
        assert started.wait(PATIENCE_SECONDS)
        assert scheduler.shutdown().ok


def test_a_simulation_lives_in_virtual_time_only() -> None:
    """It moves its own clock, which nobody can do to a frozen one."""
    with pytest.raises(BadTimeError, match=r"FrozenClock\(\) is no time"):
        Simulation(FrozenClock())  # type: ignore[arg-type]  # wrong on purpose
