"""Virtual time: every way to move it, every fault of a clock, and who is called when."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.calls import RunHandle
from duetime.adapters.simulate import Simulation
from duetime.adapters.threads import Scheduler
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import (
    BadTimeError,
    ClockError,
    NaiveDatetimeError,
    NothingToWaitForError,
)
from duetime.engine.instants import HOUR, MINUTE, SECOND, Reading, span_text
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.clocks.builders import NOON, START, Alarms, NaiveClock


@pytest.fixture
def clock() -> VirtualClock:
    """Make a clock that shows noon."""
    return VirtualClock(START)


def passed(clock: VirtualClock) -> tuple[float, float]:
    """Return the seconds that have passed since noon, on the wall clock and as elapsed time."""
    at = clock.read()
    return (at.wall - NOON) / SECOND, at.mono / SECOND


# Where it starts


@pytest.mark.parametrize(
    "start",
    [
        START,
        "2026-01-01T13:00+01:00",
        datetime(2026, 1, 1, 12, tzinfo=UTC),
        datetime(2026, 1, 1, 13, tzinfo=ZoneInfo("Europe/Berlin")),
    ],
)
def test_it_starts_where_it_is_told(start: datetime | str) -> None:
    """At a stated instant, never "now"; elapsed time starts at 0."""
    clock = VirtualClock(start)
    assert clock.read() == Reading(NOON, 0, "virtual")
    assert clock.now() == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert repr(clock) == "VirtualClock('2026-01-01T12:00:00Z')"


@pytest.mark.parametrize("start", [datetime(2026, 1, 1), "2026-01-01T12:00"])
def test_it_must_be_told_the_zone(start: datetime | str) -> None:
    """A naive start names no instant."""
    with pytest.raises(NaiveDatetimeError):
        VirtualClock(start)


# Moving


@pytest.mark.parametrize(
    ("move", "seconds"),
    [
        (lambda clock: clock.advance(timedelta(minutes=1)), 60),
        (lambda clock: clock.advance("1m 30s"), 90),
        (lambda clock: clock.advance(hours=1, minutes=1), 3660),
        (lambda clock: clock.advance(weeks=1, days=1, milliseconds=1), 691_200.001),
        (lambda clock: clock.advance(), 0),
        (lambda clock: clock.run_until("2026-01-01T12:01Z"), 60),
        (lambda clock: clock.run_until(datetime(2026, 1, 1, 12, 2, tzinfo=UTC)), 120),
        (lambda clock: clock.run_until(START), 0),
        (lambda clock: clock.stall(seconds=5), 5),
        (lambda clock: clock.suspend("2h"), 7200),
    ],
)
def test_every_move_takes_a_span_or_a_moment(
    clock: VirtualClock, move: Callable[[VirtualClock], None], seconds: float
) -> None:
    """A timedelta, text or units by keyword; both clocks move alike."""
    move(clock)
    assert passed(clock) == (seconds, seconds)


@pytest.mark.parametrize(
    ("error", "words", "call"),
    [
        (ClockError, "-1s: a virtual clock never goes back", lambda c: c.advance(seconds=-1)),
        (ClockError, "never goes back", lambda c: c.advance("-1s")),
        (ClockError, "use step_wall", lambda c: c.stall(timedelta(seconds=-1))),
        (ClockError, "never goes back", lambda c: c.suspend("-1s")),
        (ClockError, "12:00:59Z is past, it is", lambda c: c.run_until("2026-01-01T12:00:59Z")),
        (NaiveDatetimeError, "no time zone", lambda c: c.run_until("2026-01-01T12:02")),
        (ClockError, "not both", lambda c: c.advance("1s", minutes=1)),
        (BadTimeError, "cannot read 'soon'", lambda c: c.advance("soon")),
        (BadTimeError, "no duration", lambda c: c.stall(5)),
        (ClockError, "at most 500,000", lambda c: c.slew(500_001, "1h")),
        (ClockError, "at most 500,000", lambda c: c.slew(-500_001, "1h")),
        (ClockError, "never goes back", lambda c: c.slew(100, "-1h")),
        (ClockError, "1970 to 2261", lambda c: c.step_wall(weeks=-3000)),
        (ClockError, "1970 to 2261", lambda c: c.step_wall(weeks=13000)),
        (ClockError, "ends with the year 2261", lambda c: c.advance(weeks=13000)),
        (ClockError, "ends with the year 2261", lambda c: c.stall(weeks=13000)),
    ],
)
def test_what_time_does_not_do_is_refused(
    clock: VirtualClock, error: type[Exception], words: str, call: Callable[[VirtualClock], None]
) -> None:
    """The message says what to do instead, and the time stays."""
    clock.advance(minutes=1)
    clock.slew(1000, "1s")
    with pytest.raises(error) as caught:
        call(clock)
    assert words in str(caught.value)
    assert passed(clock) == (60, 60)
    clock.advance(seconds=2)
    assert passed(clock) == (62.001, 62)


def test_whoever_is_due_on_the_way_sees_the_due_time(clock: VirtualClock) -> None:
    """A move goes event by event, on both clocks; nobody is jumped over."""
    alarms = Alarms(clock, wall=[NOON + 5, NOON + 9], mono=[5, 7, 20])
    clock.attach(alarms)
    clock.advance(span_text(15))
    assert [(at.wall - NOON, at.mono) for at in alarms.seen] == [(5, 5), (7, 7), (9, 9)]
    assert clock.read().mono == 15


def test_a_step_goes_to_the_next_event(clock: VirtualClock) -> None:
    """To that of whoever is due first, on whichever clock."""
    alarms = Alarms(clock, wall=[NOON + HOUR], mono=[MINUTE])
    clock.attach(alarms)
    clock.step()
    assert passed(clock) == (60, 60)
    clock.step()
    assert passed(clock) == (3600, 3600)


def test_settling_does_what_is_due_and_time_stands_still(clock: VirtualClock) -> None:
    """What a verb has made due, and what was due already."""
    alarms = Alarms(clock, mono=[0])
    clock.attach(alarms)
    clock.settle()
    alarms.wall = [NOON - 1]
    clock.settle()
    clock.settle()
    assert alarms.seen == [Reading(NOON, 0, "virtual")] * 2


def test_a_driver_can_be_let_go_of(clock: VirtualClock) -> None:
    """It is not called any more."""
    alarms = Alarms(clock, mono=[1])
    clock.attach(alarms)
    clock.detach(alarms)
    clock.advance(seconds=1)
    assert alarms.seen == []


def test_a_clock_that_is_being_moved_cannot_be_moved(clock: VirtualClock) -> None:
    """Code that runs in virtual time cannot move it; the first move goes on."""
    errors: list[ClockError] = []
    moves: list[Callable[[], None]] = [
        lambda: clock.advance(seconds=1),
        lambda: clock.run_until("2027-01-01T00:00Z"),
        clock.step,
        clock.settle,
        lambda: clock.stall(seconds=1),
    ]

    def move_all() -> None:
        for move in moves:
            with pytest.raises(ClockError, match="being moved already") as caught:
                move()
            errors.append(caught.value)

    with Simulation(clock) as sim:
        sim.add("a", Every(seconds=10), move_all)
        clock.advance(seconds=15)
    assert len(errors) == len(moves)
    assert passed(clock) == (15, 15)


# Nothing to wait for


def test_a_step_of_an_empty_clock_is_an_error(clock: VirtualClock) -> None:
    """Nothing left to wait for is an error, never a hang."""
    with pytest.raises(NothingToWaitForError, match="it is empty"):
        clock.step()


def test_nothing_to_wait_for_names_who_waits(clock: VirtualClock) -> None:
    """Each driver, each held run and each thread says what it waits for."""
    clock.attach(Alarms(clock))
    first, second = Simulation(clock), Simulation(clock)
    first.add("a", OnDemand(), takes="hold")
    first.run_now("a")
    with Scheduler(clock), pytest.raises(NothingToWaitForError) as caught:
        clock.step()
    assert str(caught.value) == (
        "nothing on this clock is due at any time: an alarm clock; "
        "a simulation in which no task of ['a'] has a due time; held until finish(): "
        "run 1 of 'a'; a simulation in which there is no task; "
        "the scheduler's thread waits to be woken"
    )
    assert second.names() == []


# Faults


def test_a_stall_wakes_nobody(clock: VirtualClock) -> None:
    """What came due meanwhile is seen afterwards, all at once; what was due before, before."""
    alarms = Alarms(clock, mono=[0, 5, 7])
    clock.attach(alarms)
    clock.stall(seconds=10)
    assert [at.mono for at in alarms.seen] == [0]
    clock.settle()
    assert [at.mono for at in alarms.seen] == [0, 10 * SECOND]


def test_setting_the_wall_clock_leaves_elapsed_time_alone(clock: VirtualClock) -> None:
    """Forward or back; who waits for the wall clock sees it when the clock is moved or settled."""
    alarms = Alarms(clock, wall=[NOON + 30 * SECOND], mono=[40 * SECOND])
    clock.attach(alarms)
    clock.step_wall(minutes=1)
    assert passed(clock) == (60, 0)
    assert alarms.seen == []
    clock.step_wall("-50s")
    clock.advance(seconds=19)
    assert alarms.seen == []
    clock.step_wall(timedelta(seconds=20))
    clock.advance(seconds=1)
    assert [at.mono // SECOND for at in alarms.seen] == [19]
    assert passed(clock) == (50, 20)


@pytest.mark.parametrize(
    ("ppm", "span", "expected"),
    [(1000, 10, 20.010), (-1000, 10, 19.990), (500_000, 20, 30), (-500_000, 60, 10), (0, 9, 20)],
)
def test_a_slewed_wall_clock_gains_or_loses(
    clock: VirtualClock, ppm: int, span: int, expected: float
) -> None:
    """So many microseconds a second for so long; then it goes on at its usual pace."""
    clock.slew(ppm, timedelta(seconds=span))
    clock.advance(seconds=20)
    assert passed(clock) == (expected, 20)


def test_a_moment_on_a_slewed_clock_is_met(clock: VirtualClock) -> None:
    """`run_until` stops when the wall clock shows the moment, during a slew and after it."""
    clock.slew(-100_000, "1h")
    clock.run_until("2026-01-01T12:45:00Z")
    assert passed(clock) == (2700, 3000)
    clock.run_until("2026-01-01T13:00:00Z")
    assert passed(clock) == (3600, 3960)


SPANS = st.integers(0, 900)
PPMS = st.sampled_from([-500_000, -333_333, -100, -1, 0, 1, 7, 4_321, 250_001, 500_000])
PROGRAMS = st.lists(st.tuples(SPANS, st.none() | st.tuples(PPMS, SPANS)), max_size=8)


@given(PROGRAMS, st.sets(st.integers(0, 4000), max_size=6))
def test_slews_are_exact_however_the_time_is_cut(
    program: list[tuple[int, tuple[int, int] | None]], alarms: set[int]
) -> None:
    """A clock that is moved nanosecond by nanosecond shows the same, and alarms ring with it."""
    clock, naive = VirtualClock(START), NaiveClock()
    driver = Alarms(clock, wall=[NOON + alarm for alarm in alarms])
    clock.attach(driver)
    waiting, expected = set(driver.wall), []
    for span, slew in program:
        if slew is not None:
            clock.slew(slew[0], span_text(slew[1]))
            naive.slew(*slew)
        clock.advance(span_text(span))
        for passes in range(span + 1):
            if passes:
                naive.pass_one()
            if due := {alarm for alarm in waiting if alarm <= naive.wall}:
                waiting -= due
                expected.append(naive.read())
        assert clock.read() == naive.read()
    assert driver.seen == expected


# Several on one clock


def test_simulations_on_one_clock_share_its_time(clock: VirtualClock) -> None:
    """Each is called at its own due times; at equal ones, in the order in which they came."""
    seen: list[tuple[str, float]] = []
    with Simulation(clock) as first, Simulation(clock) as second:
        second.add("b", Every(seconds=2), lambda: seen.append(("b", passed(clock)[1])))
        first.add("a", Every(seconds=3), lambda: seen.append(("a", passed(clock)[1])))
        clock.advance(seconds=7)
    assert seen == [("b", 2), ("a", 3), ("b", 4), ("a", 6), ("b", 6)]


def test_what_one_simulation_asks_of_another_happens_at_once(clock: VirtualClock) -> None:
    """A run of the one may use the verbs of the other, before and after it in order."""
    with Simulation(clock) as first, Simulation(clock) as second:
        first.add("asked", OnDemand(), takes="1s")
        first.add("asks", Every(seconds=5), lambda: second.demand("asked") and None)
        second.add("asked", OnDemand(), takes="1s")
        second.add("asks", Every(seconds=7), lambda: first.demand("asked") and None)
        clock.advance(seconds=9)
        assert [run.started.second for run in first.runs("asked")] == [7]
        assert [run.started.second for run in second.runs("asked")] == [5]


def test_a_simulation_and_threads_share_a_clock(clock: VirtualClock) -> None:
    """Time moves on only when neither has anything left to do."""
    seen: list[tuple[str, float]] = []

    def work(run: RunHandle) -> None:
        seen.append((run.name, passed(clock)[1]))
        run.sleep("1s")
        seen.append((run.name, passed(clock)[1]))

    with Simulation(clock) as sim, Scheduler(clock) as scheduler:
        scheduler.add("threads", Every(seconds=10), work)
        sim.add("virtual", Every(seconds=4), work)
        clock.advance(seconds=13)
    times = {"virtual": [4, 5, 8, 9, 12, 13], "threads": [10, 11]}
    assert seen == sorted(
        ((name, at) for name, all_of in times.items() for at in all_of), key=lambda each: each[1]
    )


def test_a_schedule_does_not_depend_on_who_else_is_there(clock: VirtualClock) -> None:
    """A simulation that is alone may take larger strides; it tells the same."""
    stories = []
    for company in (0, 1, 2):
        clock = VirtualClock(START)
        others = [Simulation(clock) for _ in range(company)]
        sim = Simulation(clock)
        sim.add("a", Every(seconds=7), lambda: None)
        sim.add("b", Every(seconds=10), takes="12s")
        sim.add("c", Every(seconds=35), lambda sim=sim: sim.run_now("b") and None)
        clock.advance(minutes=10)
        stories.append(sim.timeline())
        assert [other.timeline() for other in others] == [""] * company
    assert stories[0] == stories[1] == stories[2]
    assert stories[0].count("started") > 100
