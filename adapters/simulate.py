"""The shell in virtual time.

A `Simulation` lives on a `VirtualClock` and has no thread of its own: whoever moves the clock lets
it do what is due. A callable without a parameter runs at once, inside the move. One that takes the
run may sleep; it runs on a strand. With `takes=` a run lasts as long as it is told.

At one instant the order is: ends of runs, sleepers that wake, then what has come due; each by name
and number.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping
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
from duetime.adapters.expecting import Expecting
from duetime.adapters.ledger import ShutdownReport
from duetime.adapters.listeners import Notice
from duetime.adapters.logs import log_effect
from duetime.adapters.shell import GRACE, OnConflict
from duetime.adapters.stores.base import Store
from duetime.adapters.strands import Ended, Strands
from duetime.adapters.takes import Models, Takes, read_takes
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadTaskError
from duetime.engine.instants import Reading
from duetime.engine.journal import Journal
from duetime.engine.machine import Machine, Settings, Wakeup
from duetime.engine.messages import AskToStop, Effect, StartRun, Ticked
from duetime.engine.triggers.base import Json, Trigger

EVENT_LIMIT = 1_000_000
"""So many inputs at one instant are a mistake: somebody starts runs without end."""


class Simulation(Expecting):
    """Runs tasks in virtual time, in the order and at the times that the real thing would.

    It begins at once; used as a context manager it lets go of its clock at the end.
    """

    def __init__(
        self,
        clock: VirtualClock | datetime | str = "2026-01-01T00:00Z",
        *,
        seed: int = 0,
        journal: Journal | str | Path | None = None,
        store: Store | str | Path | None = None,
        settings: Settings | None = None,
    ) -> None:
        """`clock`: a VirtualClock, or where a new one starts; `seed`: for ranges of `takes`."""
        own = clock if isinstance(clock, VirtualClock) else VirtualClock(clock)
        self.marks = Counter()
        self._seed = seed
        self._models = Models(seed)
        self._strands = Strands()
        self._unkept: deque[Ended] = deque()
        super().__init__(own, journal=journal, store=store, settings=settings)
        own.attach(self)

    # Verbs of its own

    def add(
        self,
        name: str,
        trigger: Trigger,
        function: Callable[..., object] | str | None = None,
        *,
        args: Mapping[str, Json] | None = None,
        on_conflict: OnConflict = "replace",
        may_never_fire: bool = False,
        takes: Takes = None,
        fails: float = 0.0,
        **policies: Unpack[Policies],
    ) -> None:
        """Declare a task; `function` may be left out, and `takes` says how long its runs last.

        `takes`: a span, a range such as "2s..10s" or a list of spans (drawn by the seed), or
        "hold": until `finish`. Asking such a run to stop does not shorten it. `fails`: the share of
        its attempts that fail at their end, drawn by the seed. Raises as `Shell.add` does.
        """
        task = read_task(name, trigger, args=args, **policies)
        call = None if function is None else read_callable(function, name, task.args)
        lasts = read_takes(takes, name, fails)
        if self._declare(task, call, on_conflict=on_conflict, may_never_fire=may_never_fire):
            self._models.declare(name, lasts)
            self._plain.pop(name, None)
            if lasts is None and not (call and call.takes_run):
                self._plain[name] = _plain_call(call, task.args)

    def finish(self, name: str, *, ok: bool = True, error: str = "failed") -> None:
        """End the oldest run of a task that is held (`takes="hold"`), well or with an error.

        Raises BadTaskError when none is held.
        """
        run = self._models.pop_held(name)
        try:
            super()._end_run(run, None if ok else error)
        except Exception:
            self._models.hold(run)
            raise

    def crash(self) -> None:
        """Stop dead, as a process that is killed: nothing more is decided, kept or done.

        A run that sleeps is not woken: only what stands in its `finally` is still executed.
        """
        self._refuse_if_closed()
        self.clock.detach(self)
        self._closed = True
        self._live.clear()
        self._pending.clear()
        self._strands.abandon()
        self._let_go()

    def restart(self) -> "Simulation":
        """Crash, unless that has happened, and return a new process: a simulation on what is kept.

        It has the same clock, store, settings, seed and marks. Tasks declared by an import path go
        on; others wait until they are declared again, as the code of a program does.
        Raises BadTaskError without a store.
        """
        if self._store is None:
            raise BadTaskError(
                "restart: without a store nothing outlives a process; make the simulation with one,"
                " such as store='memory:'"
            )
        if not self._closed:
            self.crash()
        again = Simulation(
            self.clock, seed=self._seed, store=self._store, settings=self._machine.settings
        )
        again.marks = self.marks
        return again

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
                self._try_end(ended.run, ended.error)
        report = self._report()
        if self._store is not None:
            self._store.close()
        return report

    # What the clock asks

    def next_wakeup(self) -> Wakeup:
        """Return when `come_due` wants to be called."""
        at, wakeup = self.clock.read(), self._machine.next_wakeup()
        if self._machine.needs_tick(at) or (self._recovery and not self._caught_up):
            return Wakeup(at.wall, at.mono)
        own = self._next_own()
        if own is None or (wakeup.mono is not None and wakeup.mono <= own):
            return wakeup
        return Wakeup(wakeup.wall, own)

    def come_due(self) -> None:
        """Do all that is due now: ends of runs, sleepers, then the machine.

        Raises UnsettledError when that does not end.
        """
        self._catch_up(_tick)
        while self._unkept:
            super()._end_run(self._unkept[0].run, self._unkept[0].error)
            self._unkept.popleft()
        self._after(())
        for _ in range(EVENT_LIMIT):
            at = self.clock.read()
            sleeper, end = self._strands.first_wake(), self._models.first_end()
            if end is not None and end <= at.mono:
                self._end_modelled(*self._models.pop_end())
            elif sleeper is not None and sleeper[0] <= at.mono:
                self._code_ended(self._strands.resume(sleeper[1]))
            elif self._machine.needs_tick(at):
                self._after(self._intake.decide(_tick))
            else:
                return
        raise self._no_end(EVENT_LIMIT)

    def waits_for(self) -> str:
        """Say who is next on each clock; or what would have to happen for anything to be due."""
        runs = self._strands.first_wake(), self._models.next_end()
        firsts = _firsts(self._machine, [run for run in runs if run is not None])
        if firsts:
            return f"a simulation in which {' and '.join(firsts)}"
        names = self._machine.names()
        held = self._models.held()
        tasks = f"no task of {names} has a due time" if names else "there is no task"
        return f"a simulation in which {tasks}" + (f"; held until finish(): {held}" if held else "")

    # Private parts

    def _publish(self, notices: list[Notice]) -> None:
        self._pending.extend(notices)

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
                    raise self._no_end(EVENT_LIMIT)
                self._perform(self._pending.popleft())
        finally:
            self._performing = False

    def _perform(self, effect: Effect | Notice) -> None:
        if isinstance(effect, Notice):
            self._listeners.deliver(effect)
        elif isinstance(effect, StartRun):
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
        self._find_call(run)
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

    def _end_run(self, run: RunHandle, error: str | None) -> None:
        try:
            super()._end_run(run, error)
        except Exception:
            if self._live.get(run.key) is not run:
                raise
            self._unkept.append(Ended(run, error))  # it is tried again before time moves on

    def _end_modelled(self, key: RunKey, attempt: int, error: str | None) -> None:
        """End a modelled run, unless `end_run` was quicker."""
        run = self._live.get(key)
        if run is not None and run.attempt == attempt:
            self._end_run(run, error)

    def _code_ended(self, ended: Ended | None) -> None:
        """End a run whose code has ended, now or when it is told to; None: it sleeps."""
        if ended is None or self._live.get(ended.run.key) is not ended.run:
            return
        if not self._models.go_on(ended.run, self.clock.read().mono, ended.error):
            self._end_run(ended.run, ended.error)

    def sleep_run(self, run: RunHandle, span: timedelta | str | float) -> None:
        """Let a run sleep in virtual time; called by `run.sleep` on the run's strand."""
        self._strands.sleep(run, self.clock.read().mono + max(read_span(span), 0))

    def _next_own(self) -> int | None:
        """Return the next end of a run or of a sleep, in monotonic time; now, if work was left."""
        if (self._pending or self._unkept) and not self._performing:
            return self.clock.read().mono  # an interrupt, or an error of the store, came between
        sleeper = self._strands.first_wake()
        end = self._models.first_end()
        if sleeper is None or end is None:
            return end if sleeper is None else sleeper[0]
        return min(end, sleeper[0])


def _tick(at: Reading) -> Ticked:
    return Ticked(at=at)


def _firsts(machine: Machine, runs: list[tuple[int, RunKey]]) -> list[str]:
    """Say who comes first on each clock; `runs`: that wake or end, and when in monotonic time."""
    agendas, lead = machine.roster.agendas, machine.roster.time.lead
    wall, elapsed = agendas.wall.first(), agendas.elapsed.first()
    timed = [(until, f"run {key[2]} of {key[0]!r}") for until, key in runs]
    timed += [(elapsed[0] - lead, f"task {elapsed[2]!r}")] if elapsed else []
    firsts = [f"task {wall[2]!r} is next by the wall clock"] if wall else []
    return [*firsts, f"{min(timed)[1]} is next by elapsed time"] if timed else firsts


def _plain_call(call: Call | None, args: Mapping[str, Json]) -> Callable[[], object]:
    if call is None:
        return _nothing
    return partial(call.function, **args) if args else call.function


def _nothing() -> None:
    return None
