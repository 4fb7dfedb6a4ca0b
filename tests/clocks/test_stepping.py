"""Virtual time, moved with care: up to something, just before it, and not past anything."""

from datetime import datetime

import pytest

from duetime.adapters.simulate import Simulation
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import ClockError
from duetime.engine.instants import MINUTE, SECOND, iso
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.every import Every
from tests.clocks.builders import NOON, START, Alarms

ONE, FIVE = NOON + MINUTE, NOON + 5 * MINUTE


@pytest.fixture
def alarms() -> Alarms:
    """Make a driver that wants to be called one and five minutes after noon."""
    alarms = Alarms(VirtualClock(START), wall=[ONE, FIVE])
    alarms.clock.attach(alarms)
    return alarms


def called(alarms: Alarms) -> list[float]:
    """Return the minutes after noon at which it was called."""
    return [(at.wall - NOON) / MINUTE for at in alarms.seen]


def shown(clock: VirtualClock) -> float:
    """Return the minutes after noon that the clock shows."""
    return (clock.read().wall - NOON) / MINUTE


def test_peek_says_when_and_moves_nothing(alarms: Alarms) -> None:
    """The time of the next call as the wall clock will show it; None when there is none."""
    clock = alarms.clock
    assert (clock.peek(), shown(clock)) == (datetime.fromisoformat(iso(ONE)), 0)
    clock.advance(minutes=5)
    assert clock.peek() is None


def test_peek_follows_a_slewed_clock(alarms: Alarms) -> None:
    """What is due by elapsed time is due when the wall clock shows more."""
    clock = alarms.clock
    alarms.wall, alarms.mono = [], [100 * SECOND]
    clock.slew(100_000, for_="50s")
    assert clock.peek() == datetime.fromisoformat(iso(NOON + 105 * SECOND))
    clock.step()
    assert clock.read().wall == NOON + 105 * SECOND


def test_run_until_may_leave_what_is_due_then(alarms: Alarms) -> None:
    """Up to the moment, and what is due at it is done by the next move."""
    clock = alarms.clock
    clock.run_until(iso(FIVE), inclusive=False)
    assert (shown(clock), called(alarms)) == (5, [1])
    clock.run_until(iso(FIVE), inclusive=False)
    assert called(alarms) == [1]
    clock.settle()
    assert called(alarms) == [1, 5]


@pytest.mark.parametrize(
    ("limit", "idle", "minutes", "calls"),
    [("1h", True, 5, [1, 5]), ("5m", True, 5, [1, 5]), ("3m", False, 3, [1]), ("0s", False, 0, [])],
)
def test_run_until_idle_ends_with_the_last_thing_due(
    alarms: Alarms, limit: str, idle: bool, minutes: float, calls: list[float]
) -> None:
    """The clock stands where that was; or at the limit, if something is due still."""
    assert alarms.clock.run_until_idle(limit) is idle
    assert (shown(alarms.clock), called(alarms)) == (minutes, calls)


def test_advance_exactly_refuses_to_pass_anything(alarms: Alarms) -> None:
    """What is due at its end is done; what is due inside is an error, and time stands."""
    clock = alarms.clock
    message = "due at 2026-01-01T12:01:00Z, 1m before the end of the span: an alarm clock"
    with pytest.raises(ClockError, match=message):
        clock.advance_exactly(minutes=2)
    assert (shown(clock), called(alarms)) == (0, [])
    clock.advance_exactly("1m")
    assert called(alarms) == [1]
    clock.advance_exactly("3m 59s")
    assert (shown(clock), called(alarms)) == (5 - 1 / 60, [1])


def test_whoever_is_next_is_named() -> None:
    """On each clock the first: a task, or a run that ends or wakes."""
    sim = Simulation(VirtualClock(START))
    sim.add("noon", Daily("13:00", tz="UTC"))
    sim.add("poll", Every(minutes=10), takes="2m")
    noon, poll = "task 'noon' is next by the wall clock and ", "is next by elapsed time"
    with pytest.raises(ClockError, match=rf"a simulation in which {noon}task 'poll' {poll}$"):
        sim.clock.advance_exactly("1h")
    sim.clock.advance("10m")
    with pytest.raises(ClockError, match=rf"12:12:00Z, .*{noon}run 1 of 'poll' {poll}$"):
        sim.clock.advance_exactly("1h")
    sim.remove("poll")
    sim.clock.advance("2m")
    with pytest.raises(ClockError, match=r"'noon' is next by the wall clock$"):
        sim.clock.advance_exactly("1h")


@pytest.mark.parametrize(
    ("stops", "so", "minutes"), [(None, True, 7), (0, False, 0), (1, False, 1), (2, False, 5)]
)
def test_a_walk_stops_where_a_fact_is_not_so(
    alarms: Alarms, stops: int | None, so: bool, minutes: float
) -> None:
    """It looks now, after each time at which anything is due, and at the end."""
    walked = alarms.clock.walk_while(lambda: len(alarms.seen) != stops, "7m")
    assert (walked, shown(alarms.clock)) == (so, minutes)


def test_a_leap_second_shows_a_second_twice(alarms: Alarms) -> None:
    """Elapsed time goes on; the wall clock is a second behind it."""
    clock = alarms.clock
    clock.advance("1s")
    clock.leap_second()
    assert shown(clock) == 0
    clock.run_until(iso(ONE))
    assert (called(alarms), clock.read().mono) == ([1], 61 * SECOND)
