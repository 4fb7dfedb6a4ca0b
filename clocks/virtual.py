"""Virtual time: a clock that moves when it is told to, event by event.

Whoever uses the clock is either a driver, which is asked when it wants to be called and is called
then on the thread that moves the clock (a `Simulation`), or a thread that waits on the clock (a
`Scheduler` on real threads). Time moves only when all drivers have nothing left to do and all
threads that hold the clock wait on it.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar, Protocol, Unpack

from duetime.clocks.base import Waker
from duetime.clocks.passing import Passing, Units, read_forward, read_move
from duetime.clocks.waiters import VirtualWaker, Waiters
from duetime.engine.errors import ClockError, NothingToWaitForError
from duetime.engine.instants import Instant, Reading, Span, iso, span_text, to_datetime, to_instant
from duetime.engine.machine import Wakeup


class Driver(Protocol):
    """Somebody who lives on a virtual clock and has no thread of their own."""

    def next_wakeup(self) -> Wakeup:
        """Return when `come_due` wants to be called, on either clock."""

    def come_due(self) -> None:
        """Do all that is due at the time that the clock now shows."""

    def glide(self, until: int) -> None:
        """Do plain things up to this monotonic time in one go; the clock may follow."""

    def stop_gliding(self) -> None:
        """Take the clock back into one's own hands: something else is about to happen."""

    def waits_for(self) -> str:
        """Say in words who is next; or what would have to happen for anything to become due."""


class Leader(Protocol):
    """Somebody who knows the time while a driver glides."""

    due: Instant


class VirtualClock(Passing):
    """A clock that stands still until it is moved.

    `start`: an aware datetime or ISO text with an offset. Monotonic time starts at 0.
    """

    longest_wait: ClassVar[Span | None] = None

    def __init__(self, start: datetime | str) -> None:
        """Raises NaiveDatetimeError for a start without a zone."""
        super().__init__(to_instant(start))
        self._drivers: list[Driver] = []
        self._waiters = Waiters()
        self._leader: Leader | None = None
        self._mover: int | None = None

    # Reading and waiting: what every clock does

    def read(self) -> Reading:
        """Return both clocks."""
        self._catch_up()
        return Reading(self._wall, self._mono, "virtual")

    def now(self) -> datetime:
        """Return the wall-clock time as an aware UTC datetime."""
        self._catch_up()
        return to_datetime(self._wall)

    def new_waker(self) -> VirtualWaker:
        """Return a waker for one waiting thread."""
        return VirtualWaker(self._waiters)

    def wait(self, waker: Waker, until_mono: int | None) -> None:
        """Wait, as a thread that holds the clock, until time is moved so far or woken."""
        self._waiters.wait(waker, until_mono, self._mono)

    def give_way(self, waker: Waker) -> bool:
        """Wait until all others who hold the clock wait; False if woken before that."""
        return self._waiters.give_way(waker)

    def hold(self, who: str) -> None:
        """Say that `who` is at work: time stands still until `release`, but for waits."""
        self._stop_gliding()
        self._waiters.hold(who)

    def release(self, who: str) -> None:
        """Say that `who` is done."""
        self._waiters.release(who)

    # Moving

    def attach(self, driver: Driver) -> None:
        """Let this clock drive somebody."""
        self._stop_gliding()
        self._drivers.append(driver)

    def detach(self, driver: Driver) -> None:
        """Let go of somebody who was driven."""
        self._drivers.remove(driver)

    def advance(self, span: timedelta | str | None = None, **units: Unpack[Units]) -> None:
        """Move on by a span, event by event; whoever is due on the way sees their own due time.

        The span is a timedelta, text such as "1h 30m", or units by keyword, as for all moves.
        Raises ClockError for a negative span.
        """
        self._move_to(self._mono + read_forward(span, units))

    def advance_exactly(self, span: timedelta | str | None = None, **units: Unpack[Units]) -> None:
        """Move on by a span in which nothing is due; what is due at either end of it is done.

        Raises ClockError, saying when and who, if anything is due inside; time stands then.
        """
        target = self._mono + read_forward(span, units)
        self.settle()
        following = self._next_mono()
        if following is not None and following < target:
            raise _something_is_due(self, following, target)
        self._move_to(target)

    def run_until(self, moment: datetime | str, *, inclusive: bool = True) -> None:
        """Move on, event by event, until the wall clock shows `moment`.

        `inclusive`: whether what is due at that moment is done; else the next move does it.
        Raises ClockError for a moment that is past.
        """
        mono = self._mono_at(moment)
        if inclusive:
            self._move_to(mono)
        elif mono > self._mono:
            self._move_to(mono - 1)
            self._pass_time(1)

    def run_until_idle(self, limit: timedelta | str) -> bool:
        """Move on, event by event, until nothing more is due at any time, at most by a span.

        Say whether that came to pass; if not, the clock has moved by `limit`.
        """
        target = self._mono + read_forward(limit, {})
        self.settle()
        while (following := self._next_mono()) is not None and following <= target:
            self._move_to(following)
        if following is not None:
            self._move_to(target)
        return following is None

    def walk_while(self, fact: Callable[[], object], span: timedelta | str) -> bool:
        """Move on by a span as `advance` does, but stop where a fact is not so; say if it was.

        It is asked now, whenever all that was due at one time is done, and at the end.
        """
        target = self._mono + read_forward(span, {})
        self.settle()
        while fact():
            if self._mono >= target:
                return True
            following = self._first_due()
            self._move_to(target if following is None else min(following, target))
        return False

    def peek(self) -> datetime | None:
        """Return when something is due next, as the wall clock will show it; nothing moves.

        Now, if anything is due now; None, if nothing is due at any time.
        """
        following = self._first_due()
        return None if following is None else to_datetime(self._wall_at_mono(following))

    def step(self) -> None:
        """Move on to the next due time of anybody on this clock and do what is due then.

        Raises NothingToWaitForError, naming who waits for what, when there is none.
        """
        with _Moving(self):
            self._settle()
            following = self._next_mono()
            if following is None:
                raise _nothing_is_due(self)
            self._pass_time(following - self._mono)
            self._settle()

    def settle(self) -> None:
        """Do all that is due at the time that the clock shows; time does not move."""
        with _Moving(self):
            self._settle()

    def follow(self, leader: Leader | None) -> None:
        """Show the time of a leader, for the driver that glides; None: go on from there alone."""
        self._catch_up()
        self._leader = leader

    # Faults: what clocks do in the field

    def stall(self, span: timedelta | str | None = None, **units: Unpack[Units]) -> None:
        """Let time pass without anybody being woken; what came due meanwhile is seen afterwards."""
        with _Moving(self):
            self._settle()
            self._pass_time(read_forward(span, units))

    def suspend(self, span: timedelta | str | None = None, **units: Unpack[Units]) -> None:
        """Let the machine sleep: to a clock that counts suspended time, the same as `stall`."""
        self.stall(span, **units)

    def step_wall(self, span: timedelta | str | None = None, **units: Unpack[Units]) -> None:
        """Set the wall clock by a span: forward, or back by a negative one, such as "-1h"."""
        change = read_move(span, units)
        self._stop_gliding()
        self._set_wall(change)
        self._waiters.disturb()

    def leap_second(self) -> None:
        """Insert a leap second: the wall clock is set back by one, so that it shows one twice.

        Source: POSIX.1-2017, section 4.16.
        """
        self.step_wall("-1s")

    def slew(self, ppm: int, for_: timedelta | str) -> None:
        """Let the wall clock gain `ppm` microseconds a second (lose, if negative) for a span."""
        span = read_forward(for_, {})
        self._stop_gliding()
        self._begin_slew(ppm, span)
        self._waiters.disturb()

    # Private parts

    def _move_to(self, target: int) -> None:
        with _Moving(self):
            self._settle()
            while True:
                if self._is_alone():
                    self._drivers[0].glide(target)
                following = self._next_mono()
                if following is None or following > target:
                    break
                self._pass_time(following - self._mono)
                self._settle()
            self._pass_time(target - self._mono)
            self._settle()

    def _stop_gliding(self) -> None:
        if self._leader is not None:
            self._drivers[0].stop_gliding()

    def _catch_up(self) -> None:
        if self._leader is not None:
            self._mono += self._leader.due - self._wall
            self._wall = self._leader.due

    def _is_alone(self) -> bool:
        """Return whether one driver is all that this clock has to think of."""
        return (
            len(self._drivers) == 1 and not self._waiters.holders and self._slew_until <= self._mono
        )

    def _first_due(self) -> int | None:
        self._stop_gliding()
        self._waiters.settle()
        return self._next_mono()

    def _next_mono(self) -> int | None:
        """Return the earliest monotonic time at which somebody wants to be called."""
        times: list[int] = []
        for driver in self._drivers:
            wakeup = driver.next_wakeup()
            if wakeup.mono is not None:
                times.append(wakeup.mono)
            if wakeup.wall is not None:
                times.append(self._mono_at_wall(wakeup.wall))
        waits_until = self._waiters.first_until()
        if waits_until is not None:
            times.append(waits_until)
        return max(min(times), self._mono) if times else None

    def _settle(self) -> None:
        """Call all who are due until nobody is, and wait for threads at work."""
        while True:
            self._waiters.settle()
            due = [driver for driver in self._drivers if self._has_come(driver.next_wakeup())]
            woken = self._waiters.wake_due(self._mono)
            if not due and not woken:
                return
            for driver in due:
                driver.come_due()

    def __repr__(self) -> str:
        """Show the time."""
        return f"VirtualClock({iso(self._wall)!r})"


def _nothing_is_due(clock: VirtualClock) -> NothingToWaitForError:
    return NothingToWaitForError(f"nothing on this clock is due at any time: {_who_is_here(clock)}")


def _something_is_due(clock: VirtualClock, mono: int, target: int) -> ClockError:
    when, early = iso(clock._wall_at_mono(mono)), span_text(target - mono)
    return ClockError(
        f"something is due at {when}, {early} before the end of the span: {_who_is_here(clock)}"
    )


def _who_is_here(clock: VirtualClock) -> str:
    who = [driver.waits_for() for driver in clock._drivers]
    who += [f"{name} waits to be woken" for name in clock._waiters.holders]
    return "; ".join(who) or "it is empty"


class _Moving:
    """Keeps a second mover out while one moves the clock."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def __enter__(self) -> None:
        if self._clock._mover is not None:
            raise ClockError(
                "the clock is being moved already; code that runs in virtual time cannot move it "
                "(inside a run, use run.sleep)"
            )
        self._clock._mover = threading.get_ident()

    def __exit__(self, *_: object) -> None:
        self._clock._mover = None
