"""Plays programs on a machine alone: no shell, no thread, no code, and every input on record.

What a shell records checks what this records, and the other way round: they share the virtual clock
and nothing else.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from heapq import heappop, heappush
from typing import TypeAlias

from duetime.adapters.testing.playing import PLANNED, move, whole
from duetime.adapters.testing.programs import (
    HELD,
    START,
    Act,
    Beat,
    Declare,
    Disable,
    Finish,
    Limit,
    Program,
    Reschedule,
    Restart,
    Say,
)
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import UnknownTaskError
from duetime.engine.instants import Instant, Reading, iso
from duetime.engine.journal import Journal, JournalRecord
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

AttemptKey: TypeAlias = tuple[str, int, int, int]
"""(name, generation, number, attempt)."""

SAID_INPUTS: dict[str, Callable[..., TaskInput]] = {
    "demand": Demanded,
    "run_now": RunRequested,
    "stop": StopRequested,
    "enable": Enabled,
    "enable from the pause": partial(Enabled, from_=ResumeFrom.PAUSE),
    "remove": Removed,
}
"""The input of each verb that needs a name only."""


class _StepByStep:
    """What a driver of a clock does that never glides."""

    def glide(self, until: int) -> None:
        """Do nothing: step by step is the only way here."""

    def stop_gliding(self) -> None:
        """Do nothing."""


class Bare(_StepByStep):
    """A machine that is told the time, and modelled runs; every input is recorded."""

    def __init__(self, start: Instant = START, *, engine: type[Machine] = Machine) -> None:
        """Start without tasks. `engine`: the class of the machine."""
        self.clock = VirtualClock(iso(start))
        self.engine = engine
        self.machine = engine()
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
                    self.machine = self.engine(Settings(max_running=slots))
                    self.journal.begin(self.machine.settings)
                case Declare(task):
                    self._declared[task.name], self._calls[task.name] = act, 0
                    self.submit(Added(at=self.read(), task=task))
                case Say(verb, name):
                    self.submit(SAID_INPUTS[verb](at=self.read(), name=name))
                case Disable(name, span):
                    at = self.read()
                    until = None if span is None else whole(at.wall + span)
                    self.submit(Disabled(at=at, name=name, until=until))
                case Reschedule(name, trigger):
                    self.submit(Rescheduled(at=self.read(), name=name, trigger=trigger))
                case Finish(name, ok):
                    self._finish(name, ok=ok)
                case Restart():
                    self._restart()
                case _:
                    move(self.clock, act)

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

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
