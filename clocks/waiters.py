"""Threads that wait on virtual time.

A thread that holds the clock is at work, except while it waits. Time may move only while every
holder waits.
"""

import threading

from duetime.clocks.base import Waker
from duetime.engine.errors import ClockError, UnsettledError

PATIENCE_SECONDS = 30.0
"""Real seconds for which time waits for threads at work before it says who does not settle."""


class VirtualWaker:
    """The waker of a virtual clock."""

    __slots__ = ("_waiters", "until", "waiting", "woken")

    def __init__(self, waiters: "Waiters") -> None:
        """Start unwoken."""
        self._waiters = waiters
        self.woken = False
        self.waiting = False
        self.until: int | None = None

    def wake(self) -> None:
        """End the wait that is going on, or else the next one."""
        self._waiters.wake(self)


class Waiters:
    """Who holds the clock, and who of them waits until when."""

    def __init__(self) -> None:
        """Start without any."""
        self.holders: list[str] = []
        self._wakers: list[VirtualWaker] = []
        self._changed = threading.Condition()

    def hold(self, who: str) -> None:
        """Count somebody as at work."""
        with self._changed:
            self.holders.append(who)

    def release(self, who: str) -> None:
        """Count somebody no more."""
        with self._changed:
            self.holders.remove(who)
            self._changed.notify_all()

    def wait(self, waker: Waker, until: int | None, mono: int) -> None:
        """Block a holder's thread until its waker wakes or time is moved to `until`."""
        if not isinstance(waker, VirtualWaker):
            raise ClockError(f"{waker!r} comes from another clock; get one from new_waker()")
        with self._changed:
            waker.until = until
            if not waker.woken and (until is None or until > mono):
                waker.waiting = True
                self._wakers.append(waker)
                self._changed.notify_all()
                self._changed.wait_for(lambda: not waker.waiting)
            waker.woken = False

    def wake(self, waker: VirtualWaker) -> None:
        """End the wait of a waker, or else its next one."""
        with self._changed:
            waker.woken = True
            self._let_go([waker])

    def wake_due(self, mono: int) -> bool:
        """End all waits that are due; say whether there were any."""
        with self._changed:
            due = [each for each in self._wakers if each.until is not None and each.until <= mono]
            self._let_go(due)
        return bool(due)

    def disturb(self) -> None:
        """End all waits: every thread looks at the clock again, as a capped real wait does."""
        with self._changed:
            self._let_go(list(self._wakers))

    def first_until(self) -> int | None:
        """Return when the first wait is due, in monotonic time."""
        with self._changed:
            return min((w.until for w in self._wakers if w.until is not None), default=None)

    def settle(self) -> None:
        """Return when every holder waits.

        Raises UnsettledError, naming the holders, if that takes more than 30 real seconds.
        """
        with self._changed:
            quiet = self._changed.wait_for(
                lambda: len(self.holders) <= len(self._wakers), timeout=PATIENCE_SECONDS
            )
        if not quiet:
            raise UnsettledError(
                f"after {PATIENCE_SECONDS:.0f} real seconds these are still at work, so virtual "
                f"time cannot move: {', '.join(self.holders)}"
            )

    def _let_go(self, wakers: list[VirtualWaker]) -> None:
        """End waits; the caller has the lock. From now on the threads count as at work."""
        for waker in wakers:
            if waker.waiting:
                waker.waiting = False
                self._wakers.remove(waker)
        self._changed.notify_all()
