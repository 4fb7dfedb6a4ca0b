"""The shell in virtual time.

A `Simulation` lives on a `VirtualClock` and has no thread of its own: whoever moves the clock lets
it do what is due. A callable without a parameter runs at once, inside the move. One that takes the
run may sleep; it runs on a strand. With `takes=` a run lasts as long as it is told.

At one instant the order is: ends of runs, sleepers that wake, then what has come due; each by name
and number.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Unpack

from duetime.adapters.calls import (
    Call,
    RunHandle,
    RunKey,
    call_failed,
    call_run,
    read_callable,
)
from duetime.adapters.declare import Policies, read_span, read_task
from duetime.adapters.shell import GRACE, OnConflict, Shell, ShutdownReport, log_effect
from duetime.adapters.strands import Ended, Strands
from duetime.adapters.takes import Models, Takes, read_takes
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import UnsettledError
from duetime.engine.instants import Span
from duetime.engine.journal import Journal, StrideRecords
from duetime.engine.machine import Settings, Wakeup
from duetime.engine.messages import AskToStop, Effect, StartRun, Ticked
from duetime.engine.stride import Ending, Stride
from duetime.engine.triggers.base import Json, Trigger

EVENT_LIMIT = 1_000_000
"""So many inputs at one instant are a mistake: somebody starts runs without end."""


class Simulation(Shell):
    """Runs tasks in virtual time, in the order and at the times that the real thing would.

    It begins at once; used as a context manager it lets go of its clock at the end.
    """

    clock: VirtualClock

    def __init__(
        self,
        clock: VirtualClock | datetime | str = "2026-01-01T00:00Z",
        *,
        seed: int = 0,
        journal: Journal | str | Path | None = None,
        settings: Settings | None = None,
    ) -> None:
        """`clock`: a VirtualClock, or where a new one starts; `seed`: for ranges of `takes`."""
        own = clock if isinstance(clock, VirtualClock) else VirtualClock(clock)
        super().__init__(own, _Entrance(self), journal=journal, settings=settings, keep=None)
        self._models = Models(seed)
        self._plain: dict[str, Callable[[], object]] = {}
        self._stride: Stride | None = None
        self._stride_began = own.read()
        self._strands = Strands()
        self._pending: deque[Effect] = deque()
        self._performing = False
        own.attach(self)

    # Verbs of its own

    def add(
        self,
        name: str,
        trigger: Trigger,
        function: Callable[..., object] | None = None,
        *,
        args: Mapping[str, Json] | None = None,
        on_conflict: OnConflict = "replace",
        may_never_fire: bool = False,
        takes: Takes = None,
        **policies: Unpack[Policies],
    ) -> None:
        """Declare a task; `function` may be left out, and `takes` says how long its runs last.

        `takes`: a span, a range such as "2s..10s" (drawn by the seed), or "hold": until `finish`.
        Asking such a run to stop does not shorten it. Raises as `Shell.add` does.
        """
        task = read_task(name, trigger, args=args, **policies)
        call = None if function is None else read_callable(function, name, task.args)
        lasts = read_takes(takes, name)
        if self._declare(task, call, on_conflict=on_conflict, may_never_fire=may_never_fire):
            self._models.declare(name, lasts)
            self._plain.pop(name, None)
            if lasts is None and not (call and call.takes_run):
                self._plain[name] = _plain_call(call, task.args)

    def finish(self, name: str, *, ok: bool = True, error: str = "failed") -> None:
        """End the oldest run of a task that is held (`takes="hold"`), well or with an error.

        Raises BadTaskError when none is held.
        """
        self._end_run(self._models.pop_held(name), None if ok else error)

    def shutdown(self, grace: timedelta = GRACE) -> ShutdownReport:
        """Start nothing more, ask runs to stop, let go of the clock; report runs that go on.

        `grace` is there for likeness: time does not move during a shutdown.
        """
        if not self._closed:
            with self._lock:
                effects = self._stop_all()
            self.clock.detach(self)
            for run in self._live.values():
                run.ask_to_stop()
            self._after(effects)
            for ended in self._strands.close():
                self._end_run(ended.run, ended.error)
        return self._report()

    # What the clock asks

    def next_wakeup(self) -> Wakeup:
        """Return when `come_due` wants to be called."""
        at, wakeup = self.clock.read(), self._machine.next_wakeup()
        if self._machine.needs_tick(at):
            return Wakeup(at.wall, at.mono)
        own = self._next_own()
        if own is None or (wakeup.mono is not None and wakeup.mono <= own):
            return wakeup
        return Wakeup(wakeup.wall, own)

    def come_due(self) -> None:
        """Do all that is due now: ends of runs, sleepers, then the machine.

        Raises UnsettledError when that does not end.
        """
        self._after(())
        for _ in range(EVENT_LIMIT):
            at = self.clock.read()
            sleeper, end = self._strands.first_wake(), self._models.first_end()
            if end is not None and end <= at.mono:
                self._end_modelled(self._models.pop_end())
            elif sleeper is not None and sleeper[0] <= at.mono:
                self._code_ended(self._strands.resume(sleeper[1]))
            elif self._machine.needs_tick(at):
                self._after(self._decide(Ticked(at=at)))
            else:
                return
        raise _unsettled(self.clock, self._live.values())

    def waits_for(self) -> str:
        """Say what would have to happen for anything more to become due."""
        names = self._machine.names()
        held = self._models.held()
        tasks = f"no task of {names} has a due time" if names else "there is no task"
        return f"a simulation in which {tasks}" + (f"; held until finish(): {held}" if held else "")

    def glide(self, until: Span) -> None:
        """Walk through plain occurrences up to the monotonic time `until`, as far as that goes."""
        at = self.clock.read()
        own = self._next_own()
        span = (until if own is None else min(until, own - 1)) - at.mono
        if self._stride is not None or not self._plain or span <= 0:
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
            self._glided = self._open_run(ending.going, ending.now)
            self._history.note_start(ending.going, ending.now)

    # Private parts

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
        if ending.started:
            self._take_in(Ticked(at=self.clock.read()), ending.started)
            self._pending.extend(ending.started)
        return ending

    def _after(self, effects: tuple[Effect, ...]) -> None:
        """Do effects one after another; those that come up meanwhile wait for their turn."""
        self._pending.extend(effects)
        if self._performing:
            return
        self._performing = True
        limit = len(self._pending) + EVENT_LIMIT
        try:
            while self._pending:
                limit -= 1
                if limit < 0:
                    raise _unsettled(self.clock, self._live.values())
                self._perform(self._pending.popleft())
        finally:
            self._performing = False

    def _perform(self, effect: Effect) -> None:
        if isinstance(effect, StartRun):
            self._begin(self._live[effect.name, effect.generation, effect.number])
        elif isinstance(effect, AskToStop):
            self._ask(effect)
            key = (effect.name, effect.generation, effect.number)
            if self._strands.is_asleep(key):
                self._code_ended(self._strands.resume(key))
        else:
            log_effect(effect)

    def _begin(self, run: RunHandle) -> None:
        """Start a run: on a strand if it may sleep, else here and now."""
        self._models.begin(run)
        if self._closed:
            self._lose(run)
        elif run.call is not None and run.call.takes_run:
            self._code_ended(self._strands.begin(run))
        else:
            try:
                error = call_run(run)
            except KeyboardInterrupt as interrupt:
                self._end_run(run, call_failed(interrupt, run.name))
                raise
            self._code_ended(Ended(run, error))

    def _end_modelled(self, key: RunKey) -> None:
        """End a modelled run, unless `end_run` was quicker."""
        if key in self._live:
            self._end_run(self._live[key], None)

    def _code_ended(self, ended: Ended | None) -> None:
        """End a run whose code has ended, now or when it is told to; None: it sleeps."""
        if ended is None or ended.run.key not in self._live:
            return
        if not self._models.go_on(ended.run, self.clock.read().mono, ended.error):
            self._end_run(ended.run, ended.error)

    def sleep_run(self, run: RunHandle, span: timedelta | str | float) -> None:
        """Let a run sleep in virtual time; called by `run.sleep` on the run's strand."""
        self._strands.sleep(run, self.clock.read().mono + max(read_span(span), 0))

    def _next_own(self) -> int | None:
        """Return the next end of a run or of a sleep, in monotonic time; now, if work was left."""
        if self._pending and not self._performing:
            return self.clock.read().mono  # an interrupt came between
        sleeper = self._strands.first_wake()
        end = self._models.first_end()
        if sleeper is None or end is None:
            return end if sleeper is None else sleeper[0]
        return min(end, sleeper[0])


class _Entrance:
    """Where others have a lock: whoever enters a simulation ends a stride that is going on."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def __enter__(self) -> None:
        self._simulation.stop_gliding()

    def __exit__(self, *_: object) -> None:
        return None


def _unsettled(clock: VirtualClock, going: Iterable[RunHandle]) -> UnsettledError:
    return UnsettledError(
        f"{EVENT_LIMIT:,} events at {clock.now().isoformat()} and no end; "
        f"going: {', '.join(map(repr, going))[:200]}"
    )


def _plain_call(call: Call | None, args: Mapping[str, Json]) -> Callable[[], object]:
    if call is None:
        return _nothing
    return partial(call.function, **args) if args else call.function


def _nothing() -> None:
    return None
