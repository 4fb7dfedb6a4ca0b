"""Threads on virtual time: while one is at work, time stands still."""

import threading
from collections.abc import Iterator

import pytest

from duetime.clocks import waiters
from duetime.clocks.real import RealClock
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import ClockError, UnsettledError
from duetime.engine.instants import SECOND
from tests.clocks.builders import PATIENCE_SECONDS, START, ends, start_working


@pytest.fixture
def clock() -> VirtualClock:
    """Make a clock that shows noon."""
    return VirtualClock(START)


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Give what threads wait for outside of virtual time; it opens when the test is over."""
    gate = threading.Event()
    yield gate
    gate.set()


def test_a_thread_waits_until_time_is_moved_so_far(clock: VirtualClock) -> None:
    """It goes on at its deadline and sees that time, whatever the length of the move."""
    seen: list[int] = []

    def work() -> None:
        for until in (3, 5, 5, 1000):
            clock.wait(clock.new_waker(), until * SECOND)
            seen.append(clock.read().mono // SECOND)

    thread = start_working(clock, "worker", work)
    clock.advance(seconds=60)
    assert seen == [3, 5, 5]
    clock.advance(seconds=1000)
    assert ends(thread)
    assert seen == [3, 5, 5, 1000]


def test_time_stands_still_while_a_thread_is_at_work(
    clock: VirtualClock, gate: threading.Event
) -> None:
    """A move waits for it; only when it is done does time go on."""
    seen: list[int] = []

    def work() -> None:
        clock.wait(clock.new_waker(), SECOND)
        gate.wait(PATIENCE_SECONDS)
        seen.append(clock.read().mono)

    start_working(clock, "worker", work)
    threading.Thread(target=gate.set).start()
    clock.advance(seconds=10)
    assert seen == [SECOND]
    assert clock.read().mono == 10 * SECOND


def test_a_thread_that_does_not_settle_is_named(
    clock: VirtualClock, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After 30 real seconds the move gives up; the time is as before, and can be moved later."""
    assert waiters.PATIENCE_SECONDS == 30
    monkeypatch.setattr(waiters, "PATIENCE_SECONDS", 0.01)
    thread = start_working(clock, "the accountant", lambda: bool(gate.wait()))
    with pytest.raises(UnsettledError, match=r"still at work.*the accountant"):
        clock.advance(seconds=1)
    assert clock.read().mono == 0
    gate.set()
    assert ends(thread)
    clock.advance(seconds=1)
    assert clock.read().mono == SECOND


def test_threads_that_wake_each_other_keep_time_still(clock: VirtualClock) -> None:
    """Between the wake and the work there is no gap in which time could slip away."""
    seen: list[tuple[str, int]] = []
    here, there = clock.new_waker(), clock.new_waker()

    def serve() -> None:
        clock.wait(clock.new_waker(), SECOND)
        for _ in range(100):
            there.wake()
            clock.wait(here, None)
            seen.append(("ping", clock.read().mono))

    def answer() -> None:
        for _ in range(100):
            clock.wait(there, None)
            seen.append(("pong", clock.read().mono))
            here.wake()

    threads = [start_working(clock, "serve", serve), start_working(clock, "answer", answer)]
    clock.advance(seconds=10)
    assert all(ends(thread) for thread in threads)
    assert seen == [("pong", SECOND), ("ping", SECOND)] * 100


def test_who_gives_way_goes_on_when_all_others_wait(
    clock: VirtualClock, gate: threading.Event
) -> None:
    """At the same time: what is due comes after everything that is at work."""
    story: list[str] = []

    def work() -> None:
        clock.wait(clock.new_waker(), SECOND)
        gate.wait(PATIENCE_SECONDS)
        story.append("work")

    def tidy_up(name: str) -> None:
        waker = clock.new_waker()
        clock.wait(waker, SECOND)
        assert clock.give_way(waker)
        story.append(f"{name} at {clock.read().mono // SECOND}")

    threads = [start_working(clock, "work", work)]
    threads += [start_working(clock, name, lambda name=name: tidy_up(name)) for name in "ab"]
    threading.Thread(target=gate.set).start()
    clock.advance(seconds=10)
    assert all(ends(thread) for thread in threads)
    assert story[0] == "work"
    assert sorted(story[1:]) == ["a at 1", "b at 1"]


def test_who_gives_way_can_be_woken(clock: VirtualClock, gate: threading.Event) -> None:
    """Then it has not been its turn, and it looks what it was woken for."""
    answers: list[bool] = []
    waker = clock.new_waker()
    busy = start_working(clock, "busy", lambda: bool(gate.wait(PATIENCE_SECONDS)))
    thread = start_working(clock, "polite", lambda: answers.append(clock.give_way(waker)))
    waker.wake()
    assert ends(thread)
    gate.set()
    assert ends(busy)
    assert answers == [False]
    with pytest.raises(ClockError, match="comes from another clock"):
        clock.give_way(RealClock().new_waker())


def test_a_set_wall_clock_ends_all_waits(clock: VirtualClock) -> None:
    """Every thread looks again, as it does after a capped real wait."""
    looks: list[int] = []

    def work() -> None:
        for _ in range(3):
            clock.wait(clock.new_waker(), 1000 * SECOND)
            looks.append(clock.read().wall // SECOND)

    thread = start_working(clock, "worker", work)
    clock.settle()
    noon = clock.read().wall // SECOND
    for disturb in (lambda: clock.step_wall("5s"), lambda: clock.slew(0, "1s")):
        disturb()
        clock.settle()
    assert looks == [noon + 5, noon + 5]
    clock.advance(seconds=1000)
    assert ends(thread)


def test_who_is_done_holds_nothing(clock: VirtualClock) -> None:
    """Several may hold the clock under one name; each release counts once."""
    clock.hold("worker")
    clock.hold("worker")
    clock.release("worker")
    thread = threading.Thread(target=lambda: clock.advance(seconds=1))
    thread.start()
    clock.release("worker")
    assert ends(thread)
    assert clock.read().mono == SECOND
