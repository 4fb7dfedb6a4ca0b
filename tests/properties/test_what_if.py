"""What-if: a plan that changes nothing leads to what happened; other tasks stay as they were."""

from hypothesis import given

from duetime.adapters.testing.bare import Bare
from duetime.adapters.testing.playing import Stage
from duetime.adapters.testing.program_strategies import (
    EVERYTHING,
    JITTERY,
    NAMES,
    RESTARTS,
    SLOTS,
    programs,
)
from duetime.adapters.testing.programs import Program
from duetime.engine.comparison import diff
from duetime.engine.history import timeline
from duetime.engine.journal import Journal, replay, state_hash
from duetime.engine.triggers.every import Every
from duetime.engine.whatif import Plan, what_if


def assert_the_same(journal: Journal) -> None:
    """Assert that the empty plan leads to what the journal says."""
    again, other = replay(journal), what_if(journal, {})
    assert timeline(other.history) == timeline(again.history)
    assert state_hash(other.machine) == state_hash(again.machine)
    assert not diff(again, other)


@given(programs(*EVERYTHING, RESTARTS, first=JITTERY, slots=SLOTS))
def test_a_plan_without_changes_changes_nothing(program: Program) -> None:
    """Every run starts, ends and fails as recorded, whatever the clocks and the verbs did."""
    assert_the_same(Bare().play(program).journal)


@given(programs(*EVERYTHING, first=JITTERY, slots=SLOTS))
def test_a_plan_without_changes_changes_nothing_in_a_simulation(program: Program) -> None:
    """The same of what a simulation writes, strides and all."""
    assert_the_same(Stage().play(program).journal)


@given(programs(*EVERYTHING, RESTARTS, first=JITTERY))
def test_a_new_task_leaves_the_others_alone(program: Program) -> None:
    """It has runs of its own; all others go on as they did."""
    journal = Bare().play(program).journal
    plan: Plan = {"new": Every(seconds=7)}
    again, other = replay(journal), what_if(journal, plan)
    for name in NAMES:
        assert other.history.runs(name) == again.history.runs(name)
        assert other.history.fates(name) == again.history.fates(name)


@given(programs(*EVERYTHING, RESTARTS, first=JITTERY))
def test_a_task_that_is_taken_out_leaves_the_others_alone(program: Program) -> None:
    """Nothing is left of it; all others go on as they did."""
    journal = Bare().play(program).journal
    again = replay(journal)
    taken, *others = [each for each in NAMES if each in again.history.names()] or [""]
    other = what_if(journal, {taken: None} if taken else {})
    assert other.history.runs(taken) == other.history.fates(taken) == []
    for name in others:
        assert other.history.runs(name) == again.history.runs(name)
        assert other.history.fates(name) == again.history.fates(name)
