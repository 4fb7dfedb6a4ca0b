"""A clock that shows the time which freezegun or time-machine pretends."""

import threading
from datetime import UTC, datetime
from typing import ClassVar

from duetime.clocks.base import Waker
from duetime.clocks.real import RealWaker
from duetime.engine.errors import ClockError
from duetime.engine.instants import (
    MILLISECOND,
    SECOND,
    Instant,
    Reading,
    Span,
    to_datetime,
    to_instant,
)

POLL = 10 * MILLISECOND
"""Pretended time gives no sign when it is moved; a waiting thread looks this often (real ns)."""


class FrozenClock:
    """The pretended time, as `datetime.now` tells it.

    Monotonic time follows the pretended wall clock and never goes back; a pretended step back is to
    this clock what it is to a real one.
    """

    longest_wait: ClassVar[Span | None] = None
    """Pretended time may move by any span within one wait."""

    def __init__(self) -> None:
        """Start monotonic time at 0."""
        self._last_wall: int | None = None
        self._mono = 0
        self._lock = threading.Lock()

    def read(self) -> Reading:
        """Return the pretended time."""
        with self._lock:
            wall = _pretended()
            if self._last_wall is not None:
                self._mono += max(wall - self._last_wall, 0)
            self._last_wall = wall
            return Reading(wall, self._mono, "frozen")

    def now(self) -> datetime:
        """Return the pretended time as an aware UTC datetime."""
        return to_datetime(_pretended())

    def new_waker(self) -> RealWaker:
        """Return a waker for one waiting thread."""
        return RealWaker()

    def wait(self, waker: Waker, until_mono: int | None) -> None:
        """Wait until woken, or for 10 real milliseconds; then look at the pretended time again."""
        if not isinstance(waker, RealWaker):
            raise ClockError(f"{waker!r} comes from another clock; get one from new_waker()")
        waker.sleep(POLL / SECOND)

    def give_way(self, waker: Waker) -> bool:
        """Go first: real time waits for nobody."""
        return True

    def hold(self, who: str) -> None:
        """Do nothing."""

    def release(self, who: str) -> None:
        """Do nothing."""

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return "FrozenClock()"


def _pretended() -> Instant:
    """Return the pretended time.

    Not by the module `time`: on threads, freezegun shows real time there (freezegun#307), and it
    rounds to floats.
    """
    return to_instant(datetime.now(UTC))
