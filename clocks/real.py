"""The real clock."""

import sys
import threading
import time
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from duetime.clocks.base import Waker
from duetime.engine.errors import ClockError
from duetime.engine.instants import MICROSECOND, MILLISECOND, SECOND, Reading, Span, to_datetime

CAP = 30 * SECOND
"""A wait ends after this at the latest, so that a step of the wall clock is noticed soon."""
LAST_STRETCH = 120 * MICROSECOND
"""So much of a wait is spent awake, since that is how late a sleeping thread is woken."""
_CLOSE = MILLISECOND
_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", None)


class RealWaker:
    """A lock that is held while nobody has called `wake`: latched, and cheap to wait on."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        """Start unwoken."""
        self._lock = threading.Lock()
        self._lock.acquire()

    def wake(self) -> None:
        """End the wait that is going on, or else the next one."""
        try:
            self._lock.release()
        except RuntimeError:
            return  # woken already

    def sleep(self, timeout: float) -> bool:
        """Wait for `wake`, at most `timeout` seconds (-1: without limit); say whether it came."""
        return self._lock.acquire(timeout=timeout)


class RealClock:
    """Real time. On Linux, time during which the machine is suspended counts as elapsed.

    Elsewhere the monotonic clock decides: it counts suspended time on Windows, and not on macOS.
    """

    __slots__ = ()

    longest_wait: ClassVar[Span | None] = CAP

    def read(self) -> Reading:
        """Return both clocks, read within a millisecond of each other where the system permits."""
        for _ in range(5):
            before = _mono()
            wall = time.time_ns()
            if _mono() - before < _CLOSE:
                break
        return Reading(wall, before, _boot())

    def now(self) -> datetime:
        """Return the wall-clock time as an aware UTC datetime."""
        return to_datetime(time.time_ns())

    def new_waker(self) -> RealWaker:
        """Return a waker for one waiting thread."""
        return RealWaker()

    def wait(self, waker: Waker, until_mono: int | None) -> None:
        """Wait until `until_mono`, until woken, or 30 seconds, whichever comes first."""
        if not isinstance(waker, RealWaker):
            raise ClockError(f"{waker!r} comes from another clock; get one from new_waker()")
        span = CAP if until_mono is None else until_mono - _mono()
        if waker.sleep(max(min(span, CAP) - LAST_STRETCH, 0) / SECOND) or span > CAP:
            return
        while until_mono is not None and _mono() < until_mono:
            pass

    def give_way(self, waker: Waker) -> bool:
        """Go first: real time waits for nobody."""
        return True

    def hold(self, who: str) -> None:
        """Do nothing: real time waits for nobody."""

    def release(self, who: str) -> None:
        """Do nothing."""

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return "RealClock()"


def _mono() -> int:
    return time.monotonic_ns() if _BOOTTIME is None else time.clock_gettime_ns(_BOOTTIME)


@lru_cache(maxsize=1)
def _boot() -> str:
    """Return what tells one boot of the machine from the next."""
    if sys.platform == "linux":
        source = Path("/proc/sys/kernel/random/boot_id")
        if source.is_file():
            return source.read_text().strip()
    return f"since {(time.time_ns() - _mono()) // (10 * SECOND)}"
