"""Runs that can sleep in virtual time: threads of which exactly one runs at a time.

A strand is a thread that moves only between `resume` and the return of that call, while the caller
stands still. So the order of everything is fixed, and code that was written to sleep in real time
runs unchanged.
"""

import threading
from collections.abc import Callable

from duetime.engine.errors import UnsettledError

PATIENCE_SECONDS = 30.0
"""Real seconds that a strand may take to sleep or end."""


class Abandoned(BaseException):
    """Raised inside a strand that sleeps when its simulation is over."""


class Strand:
    """A thread that works in turns with whoever resumes it; used again for call after call."""

    __slots__ = ("_back", "_call", "_go", "_thread", "ended")

    def __init__(self) -> None:
        """Start the thread; it waits for its first call."""
        self._go = threading.Semaphore(0)
        self._back = threading.Semaphore(0)
        self._call: Callable[[], None] | None = None
        self.ended = True
        self._thread = threading.Thread(target=self._work, name="duetime-strand", daemon=True)
        self._thread.start()

    def begin(self, call: Callable[[], None], who: str) -> None:
        """Run a call until it pauses or ends; `ended` says which."""
        self._call = call
        self.ended = False
        self.resume(who)

    def resume(self, who: str) -> None:
        """Let the call go on until it pauses again or ends.

        Raises UnsettledError, naming `who`, if it does neither for 30 real seconds.
        """
        self._go.release()
        if not self._back.acquire(timeout=PATIENCE_SECONDS):
            raise UnsettledError(
                f"{who} has neither ended nor slept for {PATIENCE_SECONDS:.0f} real seconds; in "
                "virtual time a run must sleep by run.sleep and ask run.proceed"
            )

    def pause(self) -> None:
        """Give the turn back; called on the strand's own thread."""
        self._back.release()
        self._go.acquire()

    def is_here(self) -> bool:
        """Return whether the present thread is this strand's."""
        return threading.current_thread() is self._thread

    def close(self) -> None:
        """Let the thread end; it must not be in a call."""
        self._call = None
        self._go.release()

    def _work(self) -> None:
        while True:
            self._go.acquire()
            if self._call is None:
                return
            self._call()
            self.ended = True
            self._back.release()
