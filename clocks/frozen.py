"""A clock that shows the time which freezegun or time-machine pretends."""

import time
from datetime import datetime

from duetime.clocks.base import Waker
from duetime.clocks.real import RealWaker
from duetime.engine.errors import ClockError
from duetime.engine.instants import MILLISECOND, SECOND, Reading, to_datetime

POLL = 10 * MILLISECOND
"""Pretended time gives no sign when it is moved; a waiting thread looks this often (real ns)."""


class FrozenClock:
    """The pretended time, read through `time.time_ns` like everybody else does.

    Monotonic time follows the pretended wall clock and never goes back; a pretended step back is to
    this clock what it is to a real one.
    """

    def __init__(self) -> None:
        """Start monotonic time at 0."""
        self._last_wall: int | None = None
        self._mono = 0

    def read(self) -> Reading:
        """Return the pretended time."""
        wall = time.time_ns()
        if self._last_wall is not None:
            self._mono += max(wall - self._last_wall, 0)
        self._last_wall = wall
        return Reading(wall, self._mono, "frozen")

    def now(self) -> datetime:
        """Return the pretended time as an aware UTC datetime."""
        return to_datetime(time.time_ns())

    def new_waker(self) -> RealWaker:
        """Return a waker for one waiting thread."""
        return RealWaker()

    def wait(self, waker: Waker, until_mono: int | None) -> None:
        """Wait until woken, or for 10 real milliseconds; then look at the pretended time again."""
        if not isinstance(waker, RealWaker):
            raise ClockError(f"{waker!r} comes from another clock; get one from new_waker()")
        waker.sleep(POLL / SECOND)

    def hold(self, who: str) -> None:
        """Do nothing."""

    def release(self, who: str) -> None:
        """Do nothing."""

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return "FrozenClock()"
