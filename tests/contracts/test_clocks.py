"""What every clock does: it is read, it is waited on, and it can be held."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import freezegun
import pytest
import time_machine

from duetime.clocks.base import Clock
from duetime.clocks.frozen import FrozenClock
from duetime.clocks.real import RealClock
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import ClockError
from duetime.engine.instants import MILLISECOND, SECOND, Span, to_datetime, to_timedelta
from tests.contracts.stage import PATIENCE_SECONDS, START

HOUR = 3600 * SECOND


@dataclass
class Rig:
    """A clock, and what lets time pass on it."""

    clock: Clock
    pass_time: Callable[[Span], None]

    def start(self, work: Callable[[], None]) -> threading.Thread:
        """Start a thread that is at work on the clock."""

        def hold_and_work() -> None:
            try:
                work()
            finally:
                self.clock.release("a thread")

        self.clock.hold("a thread")
        thread = threading.Thread(target=hold_and_work, daemon=True)
        thread.start()
        return thread


def real(stack: ExitStack) -> Rig:
    """Give the real clock: time passes by waiting."""
    clock = RealClock()
    return Rig(clock, lambda span: clock.wait(clock.new_waker(), clock.read().mono + span))


def virtual(stack: ExitStack) -> Rig:
    """Give a virtual clock: time passes by moving it."""
    clock = VirtualClock(START)
    return Rig(clock, lambda span: clock.advance(to_timedelta(span)))


def frozen_by_freezegun(stack: ExitStack) -> Rig:
    """Give a clock that follows freezegun."""
    frozen = stack.enter_context(freezegun.freeze_time(START))
    return Rig(FrozenClock(), lambda span: frozen.tick(to_timedelta(span)))


def frozen_by_time_machine(stack: ExitStack) -> Rig:
    """Give a clock that follows time-machine."""
    traveller = stack.enter_context(time_machine.travel(START, tick=False))
    return Rig(FrozenClock(), lambda span: traveller.shift(to_timedelta(span)))


@pytest.fixture(
    params=[real, virtual, frozen_by_freezegun, frozen_by_time_machine],
    ids=lambda make: make.__name__,
)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Give each clock."""
    with ExitStack() as stack:
        yield request.param(stack)


def ends(thread: threading.Thread) -> bool:
    """Say whether a thread ends within the limit."""
    thread.join(PATIENCE_SECONDS)
    return not thread.is_alive()


def test_a_reading_shows_both_clocks_at_once(rig: Rig) -> None:
    """`now` is the wall clock as an aware datetime; the boot stays the same."""
    before, now, after = rig.clock.read(), rig.clock.now(), rig.clock.read()
    assert to_datetime(before.wall) <= now <= to_datetime(after.wall)
    assert now.utcoffset() == timedelta()
    assert before.mono <= after.mono
    assert before.boot == after.boot


def test_time_passes_on_both_clocks_alike(rig: Rig) -> None:
    """What passes is seen on the wall clock and as elapsed time."""
    before = rig.clock.read()
    rig.pass_time(3 * MILLISECOND)
    after = rig.clock.read()
    assert after.mono - before.mono >= 3 * MILLISECOND
    assert abs((after.wall - before.wall) - (after.mono - before.mono)) < SECOND


def test_a_wait_ends_at_its_deadline(rig: Rig) -> None:
    """Who waits reads the clock again, and then has waited long enough."""
    until = rig.clock.read().mono + 5 * MILLISECOND
    waker = rig.clock.new_waker()

    def wait() -> None:
        while rig.clock.read().mono < until:
            rig.clock.wait(waker, until)

    thread = rig.start(wait)
    rig.pass_time(5 * MILLISECOND)
    assert ends(thread)


def test_a_deadline_that_is_past_is_not_waited_for(rig: Rig) -> None:
    """The wait returns at once, on any thread."""
    rig.pass_time(MILLISECOND)
    mono = rig.clock.read().mono
    rig.clock.wait(rig.clock.new_waker(), mono)
    rig.clock.wait(rig.clock.new_waker(), mono - MILLISECOND)


@pytest.mark.parametrize("span", [None, HOUR], ids=["for ever", "an hour"])
def test_a_wake_ends_the_wait_that_is_going_on(rig: Rig, span: Span | None) -> None:
    """From any thread, long before its time."""
    woken = threading.Event()
    waker = rig.clock.new_waker()
    until = None if span is None else rig.clock.read().mono + span

    def wait() -> None:
        while not woken.is_set():
            rig.clock.wait(waker, until)

    thread = rig.start(wait)
    woken.set()
    waker.wake()
    assert ends(thread)


def test_a_wake_before_the_wait_ends_the_next_one(rig: Rig) -> None:
    """No wake is lost between looking and waiting; however many there were, they count as one."""
    waker = rig.clock.new_waker()
    waker.wake()
    waker.wake()
    rig.clock.wait(waker, None)
    until = rig.clock.read().mono + 2 * MILLISECOND

    def wait_again() -> None:
        while rig.clock.read().mono < until:
            rig.clock.wait(waker, until)

    thread = rig.start(wait_again)
    rig.pass_time(2 * MILLISECOND)
    assert ends(thread)


def test_many_threads_may_wake_at_once(rig: Rig) -> None:
    """None of them fails, and the last wake is not lost."""
    waker = rig.clock.new_waker()
    failed: list[BaseException] = []

    def storm() -> None:
        try:
            for _ in range(200):
                waker.wake()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=storm) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert all(ends(thread) for thread in threads)
    assert failed == []
    rig.clock.wait(waker, None)


def test_a_waker_of_another_clock_is_refused(rig: Rig) -> None:
    """A clock can only wait on what it has made itself."""
    others = [RealClock().new_waker(), VirtualClock(START).new_waker(), "me"]
    for other in others:
        if type(other) is not type(rig.clock.new_waker()):
            with pytest.raises(ClockError, match="comes from another clock"):
                rig.clock.wait(other, None)


def test_whoever_is_alone_need_not_give_way(rig: Rig) -> None:
    """Nobody else is at work, so what is due can be done at once; a wake comes first."""
    waker = rig.clock.new_waker()
    rig.clock.hold("me")
    assert rig.clock.give_way(waker)
    waker.wake()
    rig.clock.give_way(waker)
    assert rig.clock.give_way(waker)
    rig.clock.release("me")


def test_a_clock_can_be_held(rig: Rig) -> None:
    """Whoever is at work says so; it means something to a virtual clock only."""
    rig.clock.hold("me")
    rig.clock.release("me")
    rig.pass_time(MILLISECOND)


def test_a_clock_is_written_as_the_call_that_makes_it(rig: Rig) -> None:
    """A virtual clock shows its time."""
    assert repr(rig.clock) in (
        "RealClock()",
        "FrozenClock()",
        "VirtualClock('2026-01-01T12:00:00Z')",
    )
