"""The ready state machine: on every shell and store of duetime, and on faults that it must find."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from duetime.adapters.stores.log import LogStore
from duetime.adapters.stores.medium import MemoryMedium
from duetime.adapters.stores.sqlite import SqliteStore
from duetime.adapters.testing import programs
from duetime.adapters.testing.bare import Bare
from duetime.adapters.testing.machine import Player, SchedulerMachine, check_program
from duetime.adapters.testing.playing import Stage
from duetime.adapters.testing.programs import Pass, Program, Say, declare
from duetime.adapters.threads import Scheduler
from duetime.engine.instants import MILLISECOND
from duetime.engine.machine import Machine
from duetime.engine.messages import (
    Demanded,
    Disabled,
    Effect,
    Input,
    Removed,
    RunFinished,
    StartRun,
    Ticked,
)
from duetime.engine.states import Running
from duetime.engine.triggers.every import Every


class OnAMachine(SchedulerMachine):
    """The engine alone."""

    restarts = True

    def make(self) -> Player:
        """Return a machine without a shell."""
        return Bare(engine=self.engine)


class OnThreads(SchedulerMachine):
    """The shell on real threads."""

    def make(self) -> Player:
        """Return a scheduler."""
        return Stage(Scheduler)


class OnALog(SchedulerMachine):
    """A simulation that survives restarts."""

    restarts = True

    def make(self) -> Player:
        """Return one with a store in memory."""
        medium = MemoryMedium()
        return Stage(store=lambda: LogStore(medium))


class OnSqlite(SchedulerMachine):
    """A simulation on a database."""

    restarts = True

    def make(self) -> Player:
        """Return one with a store in a folder of its own."""
        self.folder = TemporaryDirectory()
        return Stage(store=lambda: SqliteStore(Path(self.folder.name, "store.db")))

    def teardown(self) -> None:
        """Take the folder away."""
        super().teardown()
        self.folder.cleanup()


KINDS = (SchedulerMachine, OnAMachine, OnThreads, OnALog, OnSqlite)


def run(machine: type[SchedulerMachine], examples: int, **more: object) -> None:
    """Let Hypothesis try so many examples."""
    own = settings(max_examples=examples, stateful_step_count=12, deadline=None)
    run_state_machine_as_test(machine, settings=settings(own, **more))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_shell_and_store_keeps_the_rules(kind: type[SchedulerMachine]) -> None:
    """Whatever is said to it, and whatever its clock does."""
    run(kind, 25)


class Drifting(Machine):
    """Takes each input to be of a little later."""

    def handle(self, input_: Input) -> tuple[Effect, ...]:
        """Hear it a millisecond late."""
        at = input_.at
        later = replace(at, wall=at.wall + MILLISECOND, mono=at.mono + MILLISECOND)
        return super().handle(replace(input_, at=later))


class Doubling(Machine):
    """Starts each run twice."""

    def handle(self, input_: Input) -> tuple[Effect, ...]:
        """Say every start once more."""
        effects = super().handle(input_)
        return effects + tuple(each for each in effects if isinstance(each, StartRun))


class Forgetful(Machine):
    """Forgets what it is told of a kind, where something is going on."""

    forgets: type[Input] = Demanded

    def handle(self, input_: Input) -> tuple[Effect, ...]:
        """Take a look at the time instead."""
        going = self.roster.entries and any(
            isinstance(entry.state, Running) for entry in self.roster.entries.values()
        )
        if going and isinstance(input_, self.forgets):
            return super().handle(Ticked(at=input_.at))
        return super().handle(input_)


class Unstoppable(Forgetful):
    """Does not disable what is running."""

    forgets = Disabled


class Clinging(Forgetful):
    """Does not remove anything while something runs."""

    forgets = Removed


class Tireless(Forgetful):
    """Does not hear that a run has ended well."""

    forgets = RunFinished


FAULTY = (Drifting, Doubling, Forgetful, Unstoppable, Clinging, Tireless)


@pytest.mark.parametrize("faulty", FAULTY, ids=lambda faulty: faulty.__name__)
def test_an_engine_that_breaks_a_rule_is_found(faulty: type[Machine]) -> None:
    """Within a few hundred examples; the failure has the program, and how it is played again."""

    class OnIt(OnAMachine):
        engine = faulty

    with pytest.raises(Exception) as found:  # noqa: PT011  # whichever rule it breaks first
        run(OnIt, 3_000, phases=[Phase.generate], report_multiple_bugs=False)
    (note,) = [each for each in found.value.__notes__ if each.startswith("after:")]
    assert "\nagain: check_program(Program([" in note


def test_a_program_is_played_again_as_it_was_told() -> None:
    """The line of a failure is the call that shows it again."""
    program = Program([declare("a", Every(seconds=5), takes="8s"), Pass("6s"), Say("demand", "a")])
    with pytest.raises(AssertionError, match="Demanded for 'a' was not heard") as found:
        check_program(program, partial(Bare, engine=Forgetful), engine=Forgetful)
    expected = """\
after:
  add 'a': every 5 seconds; each run lasts for 8s
  6s pass
  demand 'a'
again: check_program(Program([declare('a', Every('5s'), takes='8s'), Pass('6s'), \
Say(verb='demand', name='a')]))"""
    assert found.value.__notes__ == [expected]
    line = expected.splitlines()[-1].removeprefix("again: check_program")
    assert eval(line, vars(programs) | {"Every": Every}) == program
    check_program(program)


@pytest.mark.slow
def test_ten_thousand_examples_keep_the_rules() -> None:
    """Each is a program of a dozen acts, played on a simulation and checked step by step."""
    run(SchedulerMachine, 10_000)
