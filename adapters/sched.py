"""The standard library's `sched`, on this engine's agenda and on any clock.

`scheduler` has the names and the rules of `sched.scheduler`. Two things are better: `cancel` does
not search, since an agenda passes over what was dropped; and with `clock=` a run can go through
virtual time. Times are told apart to the billionth of their unit.
"""

import itertools
import threading
import time as time_
from collections.abc import Callable, Mapping
from sched import Event

from duetime.clocks.base import Clock
from duetime.clocks.virtual import VirtualClock
from duetime.engine.agenda import Agenda
from duetime.engine.instants import SECOND, span_text

__all__ = ["Event", "scheduler"]


class scheduler:  # noqa: N801  # the standard library's name
    """Runs functions at set times, one after another, on the thread that calls `run`."""

    def __init__(
        self,
        timefunc: Callable[[], float] = time_.monotonic,
        delayfunc: Callable[[float], object] = time_.sleep,
        *,
        clock: Clock | None = None,
    ) -> None:
        """`timefunc`, `delayfunc`: tell the time, and let so much of it pass, in one unit.

        `clock`: in place of both; times are its monotonic seconds, and `run` moves a VirtualClock.
        """
        self.timefunc = timefunc if clock is None else lambda: clock.read().mono / SECOND
        self.delayfunc = delayfunc if clock is None else lambda delay: _pass_time(clock, delay)
        self._agenda = Agenda()
        self._events: dict[str, Event] = {}
        self._sequence = itertools.count()
        self._lock = threading.RLock()

    def enterabs(
        self,
        time: float,
        priority: int,
        action: Callable[..., object],
        argument: tuple[object, ...] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> Event:
        """Enter an event at a time; return it, so that it can be cancelled.

        Of events at one time the lower priority goes first, then the one that was entered first.
        Raises ValueError or OverflowError for a time that is NaN or infinite.
        """
        with self._lock:
            sequence = next(self._sequence)
            event = Event(time, priority, sequence, action, argument, dict(kwargs or {}))
            self._agenda.put(_name(event), _billionths(time), priority)
            self._events[_name(event)] = event
        return event

    def enter(
        self,
        delay: float,
        priority: int,
        action: Callable[..., object],
        argument: tuple[object, ...] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> Event:
        """Enter an event so long from now."""
        return self.enterabs(self.timefunc() + delay, priority, action, argument, kwargs)

    def cancel(self, event: Event) -> None:
        """Take an event out of the queue.

        Raises ValueError for one that is not in it.
        """
        with self._lock:
            if self._events.get(_name(event)) != event:
                raise ValueError(f"{event!r} is not in the queue: it was run, or cancelled")
            self._take_out(event)

    def empty(self) -> bool:
        """Return whether the queue is empty."""
        with self._lock:
            return not self._events

    @property
    def queue(self) -> list[Event]:
        """The events to come, in the order in which they will be run."""
        with self._lock:
            return [self._events[name] for _, _, name in sorted(self._agenda.live.values())]

    def run(self, blocking: bool = True) -> float | None:
        """Run events until the queue is empty.

        `blocking=False`: run what is due and return how long it is until the next event, or None.
        What an event raises goes through; the queue stays in order, and `run` may be called again.
        """
        while True:
            with self._lock:
                first = self._agenda.first()
                if first is None:
                    return None
                event, now = self._events[first[2]], self.timefunc()
                early = first[0] > _billionths(now)
                if not early:
                    self._take_out(event)
            if not early:
                event.action(*event.argument, **event.kwargs)
                self.delayfunc(0)  # let other threads run
            elif blocking:
                self.delayfunc(event.time - now)
            else:
                return float(event.time - now)

    def _take_out(self, event: Event) -> None:
        self._agenda.drop(_name(event))
        del self._events[_name(event)]


def _name(event: Event) -> str:
    return f"{event.sequence:020}"


def _billionths(time: float) -> int:
    return round(time * SECOND)


def _pass_time(clock: Clock, delay: float) -> None:
    """Let time pass on a clock: move a virtual one, wait on any other."""
    span = _billionths(delay)
    if isinstance(clock, VirtualClock):
        clock.advance(span_text(span))
        return
    waker, until = clock.new_waker(), clock.read().mono + span
    while clock.read().mono < until:
        clock.wait(waker, until)
