"""Gliding: how a simulation walks through plain occurrences without a step for each.

Where nothing but plain tasks is due, the engine goes from one due time to the next in a stride, and
the callables are called on the way. Whatever enters the simulation meanwhile ends the glide first,
so that nobody can tell it from its steps.
"""

from collections import deque
from collections.abc import Callable
from pathlib import Path

from duetime.adapters.calls import RunHandle, call_failed
from duetime.adapters.listeners import Notice
from duetime.adapters.shell import Shell
from duetime.adapters.stores.base import Store
from duetime.clocks.virtual import VirtualClock
from duetime.engine.events import EventKind
from duetime.engine.instants import Span
from duetime.engine.journal import Journal, StrideRecords
from duetime.engine.machine import Settings
from duetime.engine.messages import Effect, Ticked
from duetime.engine.stride import Ending, Stride

PLAIN_EVENTS = frozenset({EventKind.STARTED, EventKind.FINISHED})
"""What happens during a glide; who listens for it wants to see it step by step."""


class Glider(Shell):
    """A shell in virtual time, as far as it glides."""

    clock: VirtualClock
    _glided: RunHandle

    def __init__(
        self,
        clock: VirtualClock,
        *,
        journal: Journal | str | Path | None,
        store: Store | str | Path | None,
        settings: Settings | None,
    ) -> None:
        """Stand still at first."""
        self._plain: dict[str, Callable[[], object]] = {}
        self._stride: Stride | None = None
        self._stride_began = clock.read()
        self._pending: deque[Effect | Notice] = deque()
        self._performing = False
        super().__init__(
            clock, _Entrance(self), journal=journal, store=store, settings=settings, keep=None
        )

    def glide(self, until: Span) -> None:
        """Walk through plain occurrences up to the monotonic time `until`, as far as that goes."""
        at = self.clock.read()
        own = self._next_own()
        span = (until if own is None else min(until, own - 1)) - at.mono
        if self._stride is not None or not self._plain or span <= 0 or self._store is not None:
            return
        if not PLAIN_EVENTS.isdisjoint(self._listeners.wanted):
            return
        record = self._journal is not None
        stride = self._machine.stride(self._plain, at, at.wall + span, record=record)
        if stride is None:
            return
        self._stride, self._stride_began, self._performing = stride, at, True
        self.clock.follow(stride)
        try:
            self._walk(stride)
        finally:
            self.stop_gliding()
            self._performing = False
        self._after(())

    def stop_gliding(self) -> None:
        """Put everything in its place in the middle of a glide, while a run is going."""
        stride = self._stride
        if stride is None:
            return
        ending = self._end_stride(stride, going=True)
        if ending.going is not None:
            at = self.clock.read()
            self._glided = self._open_run(ending.going, at)
            self._history.note_start(ending.going, at.wall)
            self._meter.note_start(ending.going, at)

    def _walk(self, stride: Stride) -> None:
        """Run what a stride comes upon, until it ends or anything else happens."""
        error: BaseException | None = None
        try:
            for walk in stride:
                walk.function()
                if self._stride is None:
                    break
            else:
                self._end_stride(stride, going=False)
                return
        except BaseException as raised:
            error = raised
        self.stop_gliding()
        run = self._glided
        self._end_run(run, None if error is None else call_failed(error, run.name))
        if isinstance(error, KeyboardInterrupt):
            raise error

    def _end_stride(self, stride: Stride, *, going: bool) -> Ending:
        """Write down what a stride came to; what came due along with it waits to be started."""
        self._stride = None
        self.clock.follow(None)
        ending = self._machine.end_stride(stride, going=going)
        if self._journal is not None and stride.order:
            began, order = self._stride_began, stride.order
            self._journal.append_stride(StrideRecords(start=began, order=order, ending=ending))
        for plain in ending.plain:
            self._history.note_plain(plain)
            self._meter.note_plain(plain)
        if ending.started:
            self._take_in(Ticked(at=self.clock.read()), ending.started)
            self._pending.extend(ending.started)
        return ending

    def _next_own(self) -> int | None:
        """Return the next end of a run or of a sleep, in monotonic time; now, if work was left."""
        raise NotImplementedError


class _Entrance:
    """Where others have a lock: whoever enters a simulation ends a stride that is going on."""

    def __init__(self, glider: Glider) -> None:
        self._glider = glider

    def __enter__(self) -> None:
        self._glider.stop_gliding()

    def __exit__(self, *_: object) -> None:
        return None
