"""What every clock does, rule by rule: it is read, it is waited on, and it can be held."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Generic, TypeVar

from duetime.adapters.testing.conformance.rules import agree, ends, hold, refused, run_together
from duetime.clocks.base import Clock, Waker
from duetime.clocks.real import RealClock
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import ClockError
from duetime.engine.instants import HOUR, MILLISECOND, SECOND, Span, to_datetime

LOOKS = 1_000
"""So often a clock is read that must not go back."""

C = TypeVar("C", bound=Clock)


class ClockConformance(Generic[C]):
    """The rules of `Clock`, as tests.

    `patience_seconds`: real time for which a test waits for what another thread is to do.
    """

    patience_seconds = 20.0

    def make(self) -> C:
        """Make a clock."""
        raise NotImplementedError(f"{type(self).__name__} needs make(), which makes a clock")

    def pass_time(self, clock: C, span: Span) -> None:
        """Let so many ns pass; on a clock that does not go by itself, move it."""
        until = clock.read().mono + span
        while clock.read().mono < until:
            clock.wait(clock.new_waker(), until)

    def test_a_reading_shows_both_clocks_at_once(self) -> None:
        """`now` is the wall clock as an aware datetime in UTC; the boot stays the same."""
        clock = self.make()
        before, now, after = clock.read(), clock.now(), clock.read()
        rule = "now() lies between the readings before and after it"
        hold(rule, to_datetime(before.wall) <= now <= to_datetime(after.wall))
        agree("now() is in UTC", now.utcoffset(), timedelta())
        agree("the boot stays the same", after.boot, before.boot)
        longest = clock.longest_wait
        hold("longest_wait is None or a span above 0", longest is None or longest > 0)

    def test_elapsed_time_never_goes_back(self) -> None:
        """Whoever reads twice sees the same time, or a later one."""
        clock = self.make()
        seen = [clock.read().mono for _ in range(LOOKS)]
        self.pass_time(clock, MILLISECOND)
        seen += [clock.read().mono for _ in range(LOOKS)]
        hold("elapsed time never goes back", seen == sorted(seen))

    def test_time_passes_on_both_clocks_alike(self) -> None:
        """What passes is seen on the wall clock and as elapsed time."""
        clock = self.make()
        before = clock.read()
        self.pass_time(clock, 3 * MILLISECOND)
        after = clock.read()
        elapsed, shown = after.mono - before.mono, after.wall - before.wall
        hold("elapsed time shows at least what has passed", elapsed >= 3 * MILLISECOND)
        hold("both clocks show the same span, give or take 1 s", abs(shown - elapsed) < SECOND)

    def test_a_wait_ends_at_its_deadline(self) -> None:
        """Who waits reads the clock again, and then has waited long enough."""
        clock = self.make()
        thread = wait_for(clock, 5 * MILLISECOND)
        self.pass_time(clock, 5 * MILLISECOND)
        hold("a wait ends at its deadline", ends(thread, self.patience_seconds))

    def test_a_deadline_that_is_past_is_not_waited_for(self) -> None:
        """The wait returns at once."""
        clock = self.make()
        self.pass_time(clock, MILLISECOND)
        for until in (mono := clock.read().mono, mono - MILLISECOND):
            thread = at_work(clock, wait_once(clock, clock.new_waker(), until))
            rule = "a deadline that is past is not waited for"
            hold(rule, ends(thread, self.patience_seconds))

    def test_a_wake_ends_the_wait_that_is_going_on(self) -> None:
        """From any thread, long before its time."""
        clock = self.make()
        for until in (None, clock.read().mono + HOUR):
            woken, waker = threading.Event(), clock.new_waker()
            thread = at_work(clock, wait_until_woken(clock, waker, until, woken))
            woken.set()
            waker.wake()
            hold("a wake ends the wait that is going on", ends(thread, self.patience_seconds))

    def test_a_wake_before_the_wait_ends_the_next_one(self) -> None:
        """No wake is lost between looking and waiting; then the waker waits as before."""
        clock = self.make()
        waker = clock.new_waker()
        waker.wake()
        waker.wake()
        thread = at_work(clock, wait_once(clock, waker, None))
        rule = "a wake that comes before the wait ends it"
        hold(rule, ends(thread, self.patience_seconds))
        thread = wait_for(clock, 2 * MILLISECOND, waker)
        self.pass_time(clock, 2 * MILLISECOND)
        hold("a waker can be waited on again", ends(thread, self.patience_seconds))

    def test_many_threads_may_wake_at_once(self) -> None:
        """None of them fails, and the last wake is not lost."""
        clock = self.make()
        waker = clock.new_waker()

        def storm() -> None:
            for _ in range(200):
                waker.wake()

        hold("many may wake at once", run_together([storm] * 8, self.patience_seconds))
        thread = at_work(clock, wait_once(clock, waker, None))
        hold("the last of many wakes is not lost", ends(thread, self.patience_seconds))

    def test_a_waker_of_another_clock_is_refused(self) -> None:
        """A clock can only wait on what it has made itself, or could have."""
        clock = self.make()
        for other in (RealClock(), VirtualClock("2026-01-01T00:00Z")):
            waker = other.new_waker()
            if type(waker) is not type(clock.new_waker()):
                with refused("a waker of another clock is refused", ClockError):
                    clock.wait(waker, clock.read().mono)

    def test_whoever_is_alone_need_not_give_way(self) -> None:
        """Nobody else is at work, so what is due can be done at once; a wake comes first."""
        clock = self.make()
        waker = clock.new_waker()
        answers: list[bool] = []

        def give_way() -> None:
            answers.append(clock.give_way(waker))
            waker.wake()
            clock.give_way(waker)
            answers.append(clock.give_way(waker))

        thread = at_work(clock, give_way)
        hold("whoever is alone does not wait", ends(thread, self.patience_seconds))
        agree("whoever is alone goes first", answers, [True, True])

    def test_a_clock_can_be_held(self) -> None:
        """Whoever is at work says so; time passes again after all have said that they are done."""
        clock = self.make()
        clock.hold("me")
        clock.hold("me")
        clock.release("me")
        clock.release("me")
        before = clock.read().mono
        self.pass_time(clock, MILLISECOND)
        hold("time passes after a release", clock.read().mono > before)


def at_work(clock: Clock, work: Callable[[], None]) -> threading.Thread:
    """Start a thread that is at work on the clock."""

    def hold_and_work() -> None:
        try:
            work()
        finally:
            clock.release("a thread")

    clock.hold("a thread")
    thread = threading.Thread(target=hold_and_work, daemon=True)
    thread.start()
    return thread


def wait_once(clock: Clock, waker: Waker, until: int | None) -> Callable[[], None]:
    """Make what waits once."""
    return lambda: clock.wait(waker, until)


def wait_until_woken(
    clock: Clock, waker: Waker, until: int | None, woken: threading.Event
) -> Callable[[], None]:
    """Make what waits on and on, until somebody has been heard."""

    def wait() -> None:
        while not woken.is_set():
            clock.wait(waker, until)

    return wait


def wait_for(clock: Clock, span: Span, waker: Waker | None = None) -> threading.Thread:
    """Start a thread that waits until a span has passed."""
    until = clock.read().mono + span
    own = waker or clock.new_waker()

    def wait() -> None:
        while clock.read().mono < until:
            clock.wait(own, until)

    return at_work(clock, wait)
