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

    __slots__ = ("_waiters", "gives_way", "until", "waiting", "woken")

    def __init__(self, waiters: "Waiters") -> None:
        """Start unwoken."""
        self._waiters = waiters
        self.woken = False
        self.waiting = False
        self.gives_way = False
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
            self._whoever_gave_way()
            self._changed.notify_all()

    def wait(self, waker: Waker, until: int | None, mono: int) -> None:
        """Block a holder's thread until its waker wakes or time is moved to `until`."""
        own = _own_waker(waker)
        with self._changed:
            own.until = until
            if not own.woken and (until is None or until > mono):
                self._block(own)
            own.woken = False

    def give_way(self, waker: Waker) -> bool:
        """Block a holder's thread until all others wait; False if its waker wakes before that."""
        own = _own_waker(waker)
        with self._changed:
            own.until = None
            if not own.woken and len(self.holders) > len(self._wakers) + 1:
                own.gives_way = True
                self._block(own)
                own.gives_way = False
            woken, own.woken = own.woken, False
        return not woken

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

    def _block(self, waker: VirtualWaker) -> None:
        """Let the present thread wait; the caller has the lock, which is free meanwhile."""
        waker.waiting = True
        self._wakers.append(waker)
        self._whoever_gave_way()
        self._changed.notify_all()
        self._changed.wait_for(lambda: not waker.waiting)

    def _whoever_gave_way(self) -> None:
        """Let the first who gave way go on, where all others wait; the caller has the lock."""
        if len(self.holders) <= len(self._wakers):
            self._let_go([waker for waker in self._wakers if waker.gives_way][:1])

    def _let_go(self, wakers: list[VirtualWaker]) -> None:
        """End waits; the caller has the lock. From now on the threads count as at work."""
        for waker in wakers:
            if waker.waiting:
                waker.waiting = False
                self._wakers.remove(waker)
        self._changed.notify_all()


def _own_waker(waker: Waker) -> VirtualWaker:
    if not isinstance(waker, VirtualWaker):
        raise ClockError(f"{waker!r} comes from another clock; get one from new_waker()")
    return waker
