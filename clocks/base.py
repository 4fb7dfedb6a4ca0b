"""What a clock is: it is read, and it is waited on.

Waiting belongs to the clock, so that virtual time needs no patched sleep. There are no timers on a
clock; the engine's agenda is the only queue.
"""

from datetime import datetime
from typing import ClassVar, Protocol

from duetime.engine.instants import Reading, Span


class Waker(Protocol):
    """What ends a wait early."""

    def wake(self) -> None:
        """End the wait that is going on, or else the next one; may be called from any thread."""


class Clock(Protocol):
    """A source of time and a place to wait."""

    longest_wait: ClassVar[Span | None]
    """How long a wait lasts at most, in ns; None: as long as it is asked to."""

    def read(self) -> Reading:
        """Return one look at wall-clock and monotonic time."""

    def now(self) -> datetime:
        """Return the wall-clock time as an aware UTC datetime."""

    def new_waker(self) -> Waker:
        """Return a waker for one waiting thread."""

    def wait(self, waker: Waker, until_mono: int | None) -> None:
        """Wait until monotonic time `until_mono` (ns), or until woken; None: until woken.

        May return early; the caller reads the clock again.
        Raises ClockError for a waker of another clock.
        """

    def give_way(self, waker: Waker) -> bool:
        """Let whoever else is at work at this time go first; say whether they all have.

        Called by a thread that holds the clock, before it does what time has made due. False: it
        was woken before that, and has to look what for.
        """

    def hold(self, who: str) -> None:
        """Say that `who` is at work: virtual time stands still until `release`, but for waits."""

    def release(self, who: str) -> None:
        """Say that `who` is done."""
