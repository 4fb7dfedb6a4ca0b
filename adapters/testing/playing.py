"""Plays programs on a shell that lives on a virtual clock.

On a `Simulation` runs are modelled by `takes`; on any other shell by code that waits on the clock,
so that a `Scheduler` on real threads plays the same programs.
"""

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from duetime.adapters.calls import RunHandle
from duetime.adapters.declare import policies_of
from duetime.adapters.shell import Shell
from duetime.adapters.simulate import Simulation
from duetime.adapters.stores.base import Store
from duetime.adapters.testing.programs import (
    HELD,
    START,
    Act,
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
from duetime.clocks.base import Waker
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadTaskError, UnknownTaskError
from duetime.engine.instants import MICROSECOND, Instant, iso, span_text
from duetime.engine.journal import Journal
from duetime.engine.machine import Settings

PLANNED = "RuntimeError: planned"
"""What code says that fails as its beats have it."""


class Stage:
    """A shell on a virtual clock, what its tasks' code saw, and its journal if it has one.

    `shell`: it is another one after a `Limit` or a `Restart`.
    """

    def __init__(
        self,
        shell: Callable[..., Shell] = Simulation,
        *,
        start: Instant = START,
        journal: bool = True,
        store: Callable[[], Store] | None = None,
    ) -> None:
        """Start without tasks. `shell`: takes a clock, and `journal`, `store` and `settings`.

        `store`: makes one for the shell, in which the journal is then; another with the same
        contents after a `Restart`, which needs that.
        """
        self.clock = VirtualClock(iso(start))
        self.seen: list[object] = []
        self._shell = shell
        self._make_store = store
        self._store: Store | None = None
        self._journal = Journal() if journal and store is None else None
        self._settings = Settings()
        self._declared: dict[str, Declare] = {}
        self._held: dict[str, deque[_Held]] = {}
        self._lasting: list[_Held] = []
        self.shell = self._begin()

    @property
    def journal(self) -> Journal:
        """All that was decided so far, with the settings it was decided under."""
        if self._store is not None:
            return self._store.journal()
        return Journal() if self._journal is None else self._journal

    def play(self, program: Iterable[Act]) -> "Stage":
        """Do one act after the other."""
        for act in program:
            self.do(act)
        return self

    def do(self, act: Act) -> None:
        """Do one act; what a user would be told by an error changes nothing."""
        with suppress(UnknownTaskError, BadTaskError, KeyboardInterrupt):
            match act:
                case Limit(slots):
                    self.shell.shutdown()
                    self._settings = Settings(max_running=slots)
                    self.shell = self._begin()
                case Restart():
                    self._restart()
                case Declare():
                    self._declare(act)
                case Say(verb, name):
                    say(self.shell, verb, name)
                case Disable(name, span):
                    until = None if span is None else iso(whole(self.clock.read().wall + span))
                    self.shell.disable(name, until=until)
                case Reschedule(name, trigger):
                    self.shell.reschedule(name, trigger)
                case Finish(name, ok):
                    self._finish(name, ok=ok)
                case _:
                    move(self.clock, act)

    def look(self) -> None:
        """Note all that can be seen from outside."""
        shell = self.shell
        tasks = [
            (shell.view(name), shell.runs(name), shell.fates(name), shell.counts(name))
            for name in shell.names()
        ]
        self.seen.append((self.clock.read(), tasks, shell.timeline(), shell.health()))

    def close(self) -> None:
        """Let every run end, and shut down."""
        for each in self._lasting:
            each.end(ok=True)
        self.shell.shutdown()

    # Private parts

    def _begin(self) -> Shell:
        self._store = None if self._make_store is None else self._make_store()
        shell = self._shell(
            self.clock, journal=self._journal, store=self._store, settings=self._settings
        )
        shell.start()
        return shell

    def _restart(self) -> None:
        if self._make_store is None or not isinstance(self.shell, Simulation):
            raise BadTaskError("a restart needs a Simulation with a store; give the stage one")
        self.shell.crash()
        self.shell = self._begin()
        for name in self.shell.names():
            self._declare(self._declared[name])

    def _declare(self, act: Declare) -> None:
        task, takes, code = act.task, act.takes, self._code(act)
        self._declared[task.name] = act
        if isinstance(self.shell, Simulation):
            self.shell.add(
                task.name,
                task.trigger,
                code if act.beats else None,
                args=task.args,
                may_never_fire=True,
                takes="hold" if takes == HELD else span_text(takes) if takes else None,
                **policies_of(task),
            )
            return
        lasting = partial(self._last, act, code) if takes else code
        self.shell.add(
            task.name,
            task.trigger,
            lasting,
            args=task.args,
            may_never_fire=True,
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

    def _last(self, act: Declare, code: Callable[[], None], run: RunHandle) -> None:
        """Be the code of a run on a thread: last as long as a modelled run does."""
        code()
        held = _Held(self.clock)
        self._lasting.append(held)
        if act.takes == HELD:
            self._held.setdefault(act.task.name, deque()).append(held)
            held.wait(None)
        else:
            held.wait(self.clock.read().mono + act.takes)

    def _finish(self, name: str, *, ok: bool) -> None:
        if isinstance(self.shell, Simulation):
            self.shell.finish(name, ok=ok)
        elif self._held.get(name):
            self._held[name].popleft().end(ok=ok)
            self.clock.settle()


class _Held:
    """A run on a thread that waits on the clock, whoever asks it to stop."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._waker: Waker = clock.new_waker()
        self._ended = False
        self._ok = True

    def wait(self, until: int | None) -> None:
        """Wait until this monotonic time, or until told; raise if that is how it ends."""
        while not self._ended and (until is None or self._clock.read().mono < until):
            self._clock.wait(self._waker, until)
        if not self._ok:
            raise RuntimeError("failed")

    def end(self, *, ok: bool) -> None:
        """Let it go on to its end."""
        self._ended, self._ok = True, ok
        self._waker.wake()


def play(program: Program, shell: Callable[..., Shell] = Simulation) -> Stage:
    """Play a program on a new stage, and return that."""
    return Stage(shell).play(program)


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


def whole(instant: Instant) -> Instant:
    """Cut off what a datetime cannot say."""
    return instant // MICROSECOND * MICROSECOND
