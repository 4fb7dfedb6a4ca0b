"""Two players of programs: `Bare` on a machine without any shell, `Stage` on a Simulation.

They share the virtual clock and nothing else, so that what one records checks the other.
"""

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from heapq import heappop, heappush
from typing import TypeAlias

from duetime.adapters.declare import Policies
from duetime.adapters.shell import Shell
from duetime.adapters.simulate import Simulation
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadTaskError, UnknownTaskError
from duetime.engine.instants import MICROSECOND, Instant, Reading, iso, span_text
from duetime.engine.journal import Journal, JournalRecord, record_line
from duetime.engine.machine import Machine, Settings, Wakeup
from duetime.engine.messages import (
    Added,
    Demanded,
    Disabled,
    Effect,
    Enabled,
    Input,
    Removed,
    Rescheduled,
    Restarted,
    ResumeFrom,
    RunFailed,
    RunFinished,
    RunRequested,
    StartRun,
    StopRequested,
    TaskInput,
    Ticked,
)
from duetime.engine.tasks import Task
from tests.properties.acts import (
    HELD,
    START,
    Act,
    Beat,
    Declare,
    Disable,
    Finish,
    Limit,
    Pass,
    Program,
    Reschedule,
    Restart,
    Say,
    Slew,
    Stall,
    StepWall,
    Suspend,
)

AttemptKey: TypeAlias = tuple[str, int, int, int]
"""(name, generation, number, attempt)."""
PLANNED = "RuntimeError: planned"
"""What code says that fails as its beats have it."""

SAID: dict[str, Callable[..., TaskInput]] = {
    "demand": Demanded,
    "run_now": RunRequested,
    "stop": StopRequested,
    "enable": Enabled,
    "enable from the pause": partial(Enabled, from_=ResumeFrom.PAUSE),
    "remove": Removed,
}


def say(shell: Shell, verb: str, name: str) -> None:
    """Say a verb to a shell."""
    if verb == "enable from the pause":
        shell.enable(name, from_="pause")
    else:
        getattr(shell, verb)(name)


def move(clock: VirtualClock, act: Act) -> None:
    """Let time pass as an act says."""
    match act:
        case Pass(span):
            clock.advance(span_text(span))
        case Stall(span):
            clock.stall(span_text(span))
        case Suspend(span):
            clock.suspend(span_text(span))
        case StepWall(span):
            clock.step_wall(span_text(span))
        case Slew(ppm, span):
            clock.slew(ppm, span_text(span))


class Bare:
    """A machine that is told the time, and modelled runs; every input is recorded."""

    def __init__(self, start: Instant = START) -> None:
        """Start without tasks."""
        self.clock = VirtualClock(iso(start))
        self.machine = Machine()
        self.journal = Journal()
        self._declared: dict[str, Declare] = {}
        self._calls: dict[str, int] = {}
        self._held: list[AttemptKey] = []
        self._ends: list[tuple[int, AttemptKey]] = []
        self._pending: deque[Effect] = deque()
        self._boots = self._began = 0
        self.clock.attach(self)

    @property
    def records(self) -> list[JournalRecord]:
        """All inputs so far, with their effects."""
        return self.journal.records

    def play(self, program: Program) -> "Bare":
        """Do one act after the other."""
        for act in program:
            self.do(act)
        return self

    def do(self, act: Act) -> None:
        """Do one act; a verb on an absent name changes nothing."""
        with suppress(UnknownTaskError):
            match act:
                case Limit(slots):
                    self.machine = Machine(Settings(max_running=slots))
                    self.journal.begin(self.machine.settings)
                case Declare(task):
                    self._declared[task.name], self._calls[task.name] = act, 0
                    self.submit(Added(at=self.read(), task=task))
                case Say(verb, name):
                    self.submit(SAID[verb](at=self.read(), name=name))
                case Disable(name, span):
                    at = self.read()
                    until = None if span is None else _whole(at.wall + span)
                    self.submit(Disabled(at=at, name=name, until=until))
                case Reschedule(name, trigger):
                    self.submit(Rescheduled(at=self.read(), name=name, trigger=trigger))
                case Finish(name, ok):
                    self._finish(name, ok=ok)
                case Restart():
                    self._restart()
                case _:
                    move(self.clock, act)

    def read(self) -> Reading:
        """Look at the clock; each boot counts from 0."""
        at = self.clock.read()
        boot = f"boot {self._boots}" if self._boots else at.boot
        return Reading(at.wall, at.mono - self._began, boot)

    def submit(self, input_: Input) -> tuple[Effect, ...]:
        """Hand one input to the machine, and do what it says, one thing after another."""
        effects = self.machine.handle(input_)
        self.journal.append(input_, effects)
        idle = not self._pending
        self._pending.extend(effects)
        while idle and self._pending:
            if isinstance(self._pending[0], StartRun):
                self._begin(self._pending[0])
            self._pending.popleft()
        return effects

    def end(self, key: AttemptKey, *, error: str | None = None) -> tuple[Effect, ...]:
        """Say that an attempt has ended, with an error or well."""
        name, generation, number, attempt = key
        kind = RunFinished if error is None else partial(RunFailed, error=error)
        return self.submit(
            kind(at=self.read(), name=name, generation=generation, number=number, attempt=attempt)
        )

    def next_wakeup(self) -> Wakeup:
        """Say when the clock is to call."""
        if self.machine.needs_tick(self.read()):
            return Wakeup(None, self.clock.read().mono)
        found = self.machine.next_wakeup()
        times = [] if found.mono is None else [found.mono + self._began]
        times += [self._ends[0][0]] if self._ends else []
        return Wakeup(found.wall, min(times, default=None))

    def come_due(self) -> None:
        """End the runs whose time has come, then tell the machine the time, until all is quiet."""
        while True:
            if self._ends and self._ends[0][0] <= self.clock.read().mono:
                self.end(heappop(self._ends)[1])
            elif self.machine.needs_tick(self.read()):
                self.submit(Ticked(at=self.read()))
            else:
                return

    def glide(self, until: int) -> None:
        """Do nothing: step by step is the only way here."""

    def stop_gliding(self) -> None:
        """Do nothing."""

    def waits_for(self) -> str:
        """Say who is here."""
        return f"machine with {self.machine.names()}"

    def _begin(self, start: StartRun) -> None:
        name, key = start.name, (start.name, start.generation, start.number, start.attempt)
        declared = self._declared[name]
        self._calls[name] += 1
        if Beat(self._calls[name], "fail") in declared.beats:
            self.end(key, error=PLANNED)
        elif declared.takes == HELD:
            self._held.append(key)
        elif declared.takes:
            heappush(self._ends, (self.clock.read().mono + declared.takes, key))
        else:
            self.end(key)

    def _finish(self, name: str, *, ok: bool) -> None:
        keys = sorted(key for key in self._held if key[0] == name)
        if keys:
            self._held.remove(keys[0])
            self.end(keys[0], error=None if ok else "failed")

    def _restart(self) -> None:
        self._held.clear()
        self._ends.clear()
        self._boots, self._began = self._boots + 1, self.clock.read().mono
        self.submit(Restarted(at=self.read()))


class Stage:
    """A Simulation, what its tasks' code saw, and its journal if it has one."""

    def __init__(
        self,
        shell: Callable[..., Simulation] = Simulation,
        *,
        start: Instant = START,
        journal: bool = True,
    ) -> None:
        """Start without tasks."""
        self.clock = VirtualClock(iso(start))
        self.journal = Journal()
        self._make = partial(shell, self.clock, journal=self.journal if journal else None)
        self.sim = self._make()
        self.seen: list[object] = []

    def play(self, program: Program) -> "Stage":
        """Do one act after the other."""
        for act in program:
            self.do(act)
        return self

    def do(self, act: Act) -> None:
        """Do one act; what a user would be told by an error changes nothing."""
        sim = self.sim
        with suppress(UnknownTaskError, BadTaskError, KeyboardInterrupt):
            match act:
                case Limit(slots):
                    sim.shutdown()
                    self.sim = self._make(settings=Settings(max_running=slots))
                case Declare():
                    self._declare(act)
                case Say(verb, name):
                    say(sim, verb, name)
                case Disable(name, span):
                    until = None if span is None else iso(_whole(self.clock.read().wall + span))
                    sim.disable(name, until=until)
                case Reschedule(name, trigger):
                    sim.reschedule(name, trigger)
                case Finish(name, ok):
                    sim.finish(name, ok=ok)
                case _:
                    move(self.clock, act)

    def look(self) -> None:
        """Note all that can be seen from outside."""
        sim = self.sim
        tasks = [
            (sim.view(name), sim.runs(name), sim.fates(name), sim.counts(name))
            for name in sim.names()
        ]
        self.seen.append((self.clock.read(), tasks, sim.timeline(), sim.health()))

    def _declare(self, act: Declare) -> None:
        task, takes = act.task, act.takes
        self.sim.add(
            task.name,
            task.trigger,
            self._code(act) if act.beats else None,
            args=task.args,
            may_never_fire=True,
            takes="hold" if takes == HELD else span_text(takes) if takes else None,
            **policies_of(task),
        )

    def _code(self, act: Declare) -> Callable[[], None]:
        calls = iter(range(1, 1_000_000))

        def code() -> None:
            nth = next(calls)
            self.seen.append((self.clock.now(), act.task.name, nth))
            for beat in act.beats:
                if beat.nth == nth:
                    self._do_beat(beat.what)

        return code

    def _do_beat(self, what: str | Act) -> None:
        if what == "fail":
            raise RuntimeError("planned")
        if what == "interrupt":
            raise KeyboardInterrupt
        if isinstance(what, str):
            self.look()
        else:
            self.do(what)


def policies_of(task: Task) -> Policies:
    """Return the policies of a task, as they are given to a shell."""
    return {
        "overlap": task.overlap,
        "catch_up": task.catch_up,
        "window": None if task.window is None else span_text(task.window),
        "priority": task.priority,
        "buffer_limit": task.buffer_limit,
        "retry": task.retry,
        "time_limit": None if task.time_limit is None else span_text(task.time_limit),
        "clock_step": task.clock_step,
        "rerun_after_crash": task.rerun_after_crash,
    }


def lines(records: Iterable[JournalRecord]) -> list[str]:
    """Write records as text, which is what byte-equal means."""
    return [record_line(record, 1) for record in records]


def _whole(instant: Instant) -> Instant:
    """Cut off what a datetime cannot say."""
    return instant // MICROSECOND * MICROSECOND
