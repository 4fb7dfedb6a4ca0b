"""`SchedulerMachine`: a ready state machine for Hypothesis, for one's own engine, store or shell.

Hypothesis says verbs, lets time pass well and badly and ends runs; at the end all that was decided
is checked. What fails is told as the shortest program, in words, and as one line that plays it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from duetime.adapters.testing.playing import Stage
from duetime.adapters.testing.program_strategies import (
    CALM,
    FINISHES,
    LAGS,
    RESTARTS,
    SLEWS,
    SLOTS,
    STEPS,
    VERBS,
    declares,
)
from duetime.adapters.testing.programs import Act, Limit, Pass, Program, Restart
from duetime.adapters.testing.trace_checks import check_trace
from duetime.engine.instants import SECOND
from duetime.engine.journal import Journal
from duetime.engine.machine import Machine

TAIL = Pass(45 * SECOND)
"""So long is waited at the end for what is still to come."""


class Player(Protocol):
    """What plays acts and keeps a journal of what was decided: a `Stage`, or a `Bare`."""

    @property
    def journal(self) -> Journal:
        """All that was decided so far."""

    def do(self, act: Act) -> None:
        """Do one act."""

    def close(self) -> None:
        """Let go of everything."""


class SchedulerMachine(RuleBasedStateMachine):
    """Tries a scheduler out; its `TestCase` is a test.

    Override `make` for another shell, store or engine: any `Player`. `engine`: the class of the
    machine that decides again what was decided; `restarts`: whether the player knows `Restart`.
    """

    engine: ClassVar[type[Machine]] = Machine
    restarts: ClassVar[bool] = False

    def make(self) -> Player:
        """Return what is tried out, at its start."""
        return Stage()

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.acts: list[Act] = []
        self.player: Player = self.make()

    @initialize(slots=SLOTS, first=declares(), second=st.one_of(st.none(), declares()))
    def begin(self, slots: int | None, first: Act, second: Act | None) -> None:
        """Declare a task or two, with so many slots."""
        if slots is not None:
            self.do(Limit(slots))
        self.do(first)
        if second is not None:
            self.do(second)

    @rule(act=VERBS)
    def say(self, act: Act) -> None:
        """Declare, ask for, stop, disable, enable, edit, remove or finish something."""
        self.do(act)

    @rule(act=CALM)
    def wait(self, act: Act) -> None:
        """Let time pass."""
        self.do(act)

    @rule(act=st.one_of(LAGS, STEPS, SLEWS))
    def disturb(self, act: Act) -> None:
        """Let the clock, or whoever looks at it, fail."""
        self.do(act)

    @rule(act=st.one_of(FINISHES, RESTARTS))
    def end(self, act: Act) -> None:
        """End a run, or the process."""
        if self.restarts or not isinstance(act, Restart):
            self.do(act)

    def do(self, act: Act) -> None:
        """Do one act, and remember it."""
        self.acts.append(act)
        with self._telling():
            self.player.do(act)

    def teardown(self) -> None:
        """Wait for what is still to come, and check all that was decided."""
        try:
            self.do(TAIL)
            with self._telling():
                check_trace(self.player.journal, engine=self.engine)
        finally:
            self.player.close()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Add the program to whatever goes wrong."""
        try:
            yield
        except Exception as error:
            error.add_note(told(Program(self.acts)))
            raise


def check_program(
    program: Program, make: Callable[[], Player] = Stage, *, engine: type[Machine] = Machine
) -> None:
    """Play a program and check all that was decided, as `SchedulerMachine` does.

    `make`: as its method of that name. Raises AssertionError for what does not hold.
    """
    player = make()
    try:
        for act in program:
            player.do(act)
        check_trace(player.journal, engine=engine)
    except Exception as error:
        error.add_note(told(program))
        raise
    finally:
        player.close()


def told(program: Program) -> str:
    """Say a program in words, and how it is played again."""
    words = "\n".join(f"  {line}" for line in str(program).splitlines())
    return f"after:\n{words}\nagain: check_program({program.line()})"
