"""Runs that can sleep in virtual time: threads of which exactly one runs at a time.

A strand is a thread that moves only between `resume` and the return of that call, while the caller
stands still. So the order of everything is fixed, and code that was written to sleep in real time
runs unchanged.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

from duetime.adapters.calls import Abandoned, RunHandle, RunKey, call_failed, call_run
from duetime.engine.errors import ClockError, UnsettledError

PATIENCE_SECONDS = 30.0
"""Real seconds that a strand may take to sleep or end."""


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
        """Let the thread end, after its call if it is in one."""
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


@dataclass(frozen=True, slots=True)
class Ended:
    """A run whose code has ended. `error`: the text of its error, or None."""

    run: RunHandle
    error: str | None


class Strands:
    """The strands of a simulation: which run is on which, and who sleeps until when."""

    def __init__(self) -> None:
        """Start without any."""
        self._busy: dict[RunKey, tuple[Strand, RunHandle]] = {}
        self._idle: list[Strand] = []
        self._asleep: dict[RunKey, int] = {}
        self._wakes: list[tuple[int, str, int, int]] = []
        self._errors: dict[RunKey, str | None] = {}
        self._closed = False
        self._abandoned = False

    def begin(self, run: RunHandle) -> Ended | None:
        """Call the callable of a run until it ends, or sleeps (None)."""
        strand = self._idle.pop() if self._idle else Strand()
        self._busy[run.key] = strand, run
        strand.begin(lambda: self._call(run), repr(run))
        return self._after_turn(run.key)

    def resume(self, key: RunKey) -> Ended | None:
        """Wake a sleeping run and let it go on until it ends, or sleeps again (None)."""
        del self._asleep[key]
        strand, run = self._busy[key]
        strand.resume(repr(run))
        return self._after_turn(key)

    def sleep(self, run: RunHandle, until: int) -> None:
        """Put a run to sleep until this monotonic time; called on its own strand.

        Raises ClockError on any other thread, Abandoned when the simulation is over.
        """
        strand, _ = self._busy.get(run.key, (None, None))
        if strand is None or not strand.is_here():
            raise ClockError(f"{run!r} can sleep only in its own code, on its own thread")
        if self._closed:
            raise Abandoned
        self._asleep[run.key] = until
        heappush(self._wakes, (until, *run.key))
        strand.pause()
        if self._abandoned:
            raise Abandoned

    def is_asleep(self, key: RunKey) -> bool:
        """Return whether the code of a run sleeps."""
        return key in self._asleep

    def first_wake(self) -> tuple[int, RunKey] | None:
        """Return the run that wakes next, and when."""
        while self._wakes:
            until, name, generation, number = self._wakes[0]
            run = (name, generation, number)
            if self._asleep.get(run) == until:
                return until, run
            heappop(self._wakes)
        return None

    def due(self, now: int) -> list[RunKey]:
        """List the runs that wake by this monotonic time, in order."""
        sleepers = sorted((until, key) for key, until in self._asleep.items() if until <= now)
        return [key for _, key in sleepers]

    def close(self) -> list[Ended]:
        """Wake all sleepers for the last time, by name and number, and end all threads."""
        self._closed = True
        ended = [self.resume(key) for key in sorted(self._asleep)]
        for strand in (*self._idle, *(strand for strand, _ in self._busy.values())):
            strand.close()
        return [each for each in ended if each is not None]

    def abandon(self) -> None:
        """Let no sleeper go on, and end all threads."""
        self._abandoned = True
        self.close()

    def _call(self, run: RunHandle) -> None:
        try:
            error = call_run(run)
        except Abandoned:
            error = Abandoned.__name__
        except KeyboardInterrupt as interrupt:
            error = call_failed(interrupt, run.name)
        self._errors[run.key] = error

    def _after_turn(self, key: RunKey) -> Ended | None:
        strand, run = self._busy[key]
        if not strand.ended:
            return None
        del self._busy[key]
        if self._closed:
            strand.close()
        else:
            self._idle.append(strand)
        return Ended(run, self._errors.pop(key))
