"""Health: what it takes for a shell to be well."""

from datetime import timedelta

import pytest

from duetime.adapters.health import is_stuck, overdue_by, time_left
from duetime.adapters.threads import Scheduler
from duetime.clocks.frozen import FrozenClock
from duetime.clocks.real import CAP, RealClock
from duetime.clocks.virtual import VirtualClock
from duetime.engine.instants import SECOND, Reading
from duetime.engine.machine import Wakeup
from duetime.engine.overlap import Waiting
from duetime.engine.states import Idle, Running
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import START, comes_true, nothing

NOW = Reading(1_000 * SECOND, 100 * SECOND, "virtual")


class CappedClock(VirtualClock):
    """A virtual clock that promises to end every wait after half a minute."""

    longest_wait = 30 * SECOND


@pytest.mark.parametrize(
    ("wall", "mono", "left"),
    [(None, None, None), (1_003, None, 3), (None, 95, -5), (1_003, 95, -5), (990, 101, -10)],
)
def test_the_earlier_of_two_times_counts(
    wall: int | None, mono: int | None, left: int | None
) -> None:
    """Each on its own clock; none at all is for ever."""
    wakeup = Wakeup(wall and wall * SECOND, mono and mono * SECOND)
    assert time_left(wakeup, NOW) == (None if left is None else left * SECOND)


def test_what_waits_longest_is_overdue() -> None:
    """A due time that nobody has looked at, or a start that waits for a slot."""
    ahead, past = Wakeup(1_003 * SECOND, None), Wakeup(993 * SECOND, None)
    waits = [
        Waiting(nominal=at * SECOND, planned=at * SECOND, shift=shift * SECOND)
        for at, shift in [(600, 390), (995, 0)]
    ]
    queued = Running(number=0, due=None, runs=(), ready=tuple(waits))
    idle = Idle(number=0, due=None)
    assert overdue_by([], ahead, NOW) == overdue_by([idle], Wakeup(None, None), NOW) == 0
    assert overdue_by([idle], past, NOW) == 7 * SECOND
    assert overdue_by([queued], past, NOW) == 10 * SECOND


@pytest.mark.parametrize(
    ("looked", "longest", "stuck"),
    [(66, 30, False), (65, 30, False), (64, 30, True), (0, None, False), (None, 30, False)],
)
def test_a_thread_that_ought_to_have_looked_is_stuck(
    looked: int | None, longest: int | None, *, stuck: bool
) -> None:
    """After the longest wait and five seconds; a clock that waits for ever shows nothing."""
    beat = None if looked is None else Reading(0, looked * SECOND, "virtual")
    assert is_stuck(beat, NOW, longest and longest * SECOND, 5 * SECOND) is stuck


def test_a_scheduler_whose_thread_does_not_look_is_not_well() -> None:
    """Even where nothing is due: nobody would see the wall clock being set."""
    clock = CappedClock(START)
    with Scheduler(clock) as scheduler:
        scheduler.add("a", OnDemand(), nothing)
        clock.stall(seconds=35)
        assert scheduler.health().ok
        clock.stall(seconds=1)
        assert not scheduler.health().ok
        assert scheduler.health(late=timedelta(seconds=6)).ok


def test_a_scheduler_whose_thread_is_dead_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither before its start nor after an end that nobody asked for."""
    scheduler = Scheduler(VirtualClock(START))
    assert (scheduler.health().ok, scheduler.health().beat) == (False, None)
    monkeypatch.setattr(scheduler, "_guarded_round", lambda: False)
    scheduler.start()
    assert comes_true(lambda: not scheduler.health().started)
    assert not scheduler.health().ok
    scheduler.shutdown()


def test_every_clock_says_how_long_it_waits() -> None:
    """The real one wakes up to look; pretended and virtual time may pass in one leap."""
    assert RealClock().longest_wait == CAP
    assert FrozenClock().longest_wait is VirtualClock(START).longest_wait is None
