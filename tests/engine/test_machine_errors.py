"""All tasks together: what is refused, and what one task's error means to the others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import pytest

from duetime.engine.catchup import Fate
from duetime.engine.errors import IllegalInputError, TriggerFailedError, UnknownTaskError
from duetime.engine.instants import MINUTE, SECOND, Instant
from duetime.engine.journal import state_hash
from duetime.engine.machine import Machine, Settings
from duetime.engine.messages import (
    Added,
    Demanded,
    Disabled,
    Enabled,
    Input,
    RecordFate,
    Removed,
    Rescheduled,
    RunFinished,
    Ticked,
)
from duetime.engine.states import Broken, Idle
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from tests.engine.builders import (
    NOON,
    ON_ELAPSED,
    ON_WALL,
    TEN_MINUTES,
    Fragile,
    after,
    end,
    event,
    machine_with,
    reading,
    started,
    tick,
)

REFUSED: list[tuple[Input, type[Exception], str]] = [
    (Enabled(at=after(60), name="x"), UnknownTaskError, "no task 'x'; there are 'elapsed', 'wall'"),
    (Removed(at=after(60), name="x"), UnknownTaskError, "no task 'x'"),
    (Input(at=after(60)), IllegalInputError, "is no input of the machine"),
    (Ticked(at=after(-1)), IllegalInputError, "monotonic time went back by 1s"),
    (
        Added(at=after(60), task=Task(name="new", trigger=Fragile(NOON))),
        TriggerFailedError,
        r"task 'new': trigger Fragile\(.*\) raised RuntimeError: the calendar is torn",
    ),
    (
        Rescheduled(at=after(60), name="wall", trigger=Fragile(NOON)),
        TriggerFailedError,
        "task 'wall': trigger .* raised RuntimeError",
    ),
]


@pytest.mark.parametrize(("input_", "error", "complaint"), REFUSED)
def test_a_refused_input_changes_nothing(
    input_: Input, error: type[Exception], complaint: str
) -> None:
    """It raises before any change, and `check` says so beforehand."""
    machine, _ = machine_with(ON_WALL, ON_ELAPSED)
    before = state_hash(machine)
    with pytest.raises(error, match=complaint):
        machine.check(input_)
    with pytest.raises(error, match=complaint):
        machine.handle(input_)
    assert state_hash(machine) == before


@dataclass(frozen=True, slots=True)
class Unplanned(Trigger):
    """Knows its times, but not when to start; `first` may answer with anything."""

    answer: object = None

    def next_after(self, after: Instant) -> Instant | None:
        """Return a time, or whatever was given."""
        return after + MINUTE if self.answer is None else self.answer  # type: ignore[return-value]

    def planned(self, nominal: Instant, task_name: str) -> Instant:
        """Raise."""
        raise RuntimeError("no plan")


@pytest.mark.parametrize("trigger", [Unplanned(), Unplanned("tomorrow"), Unplanned(0.5)])
@pytest.mark.parametrize("make", [Added, Rescheduled])
def test_a_trigger_is_tried_before_it_is_taken(
    trigger: Trigger, make: Callable[..., Input]
) -> None:
    """A new trigger that cannot say when its task is to start is refused, and nothing changes."""
    machine, _ = machine_with(ON_WALL)
    before = state_hash(machine)
    fields = {"task": Task(name="wall", trigger=trigger)}
    if make is Rescheduled:
        fields = {"name": "wall", "trigger": trigger}  # type: ignore[dict-item]  # other fields
    with pytest.raises(TriggerFailedError):
        machine.handle(make(at=after(60), **fields))
    assert state_hash(machine) == before


@dataclass(frozen=True)
class Moody(Trigger):
    """Answers so many times, then raises: a trigger that is no pure function."""

    answers: list[int]

    def next_after(self, after: Instant) -> Instant | None:
        """Answer, or raise."""
        return after + self.answers.pop()


def test_a_trigger_that_fails_while_it_is_added_breaks_its_task_only() -> None:
    """A trigger that answers when it is tried and raises when it counts is in the error state."""
    machine, _ = machine_with(ON_WALL)
    added = Added(at=after(60), task=Task(name="moody", trigger=Moody([MINUTE])))
    (effect,) = machine.handle(added)
    assert effect == event("moody", "broken", machine.view("moody").state.error)
    assert isinstance(machine.view("moody").state, Broken)
    assert started(tick(machine, 600)) == [("wall", 1)]


def test_an_input_that_slips_through_is_no_error_of_the_trigger() -> None:
    """What a state does not permit is raised, and puts nobody into the error state."""
    machine, _ = machine_with(ON_WALL)
    with pytest.raises(IllegalInputError, match="task 'wall' is Idle"):
        machine._step("wall", Input(at=after(60)))
    assert isinstance(machine.view("wall").state, Idle)


def test_the_machine_must_be_told_the_time_first() -> None:
    """A run that nobody knows is stale, and brings the first reading."""
    machine = Machine()
    lost = RunFinished(at=reading(), name="x", generation=1, number=4)
    assert machine.handle(lost) == (event("x", "stale", "1/4"),)
    assert machine.names() == []


# Errors of one task


def test_a_trigger_that_fails_stops_its_own_task_only() -> None:
    """The others that are due at that time start; the error is told with its text."""
    machine, _ = machine_with(Task(name="torn", trigger=Fragile(NOON + 10 * MINUTE)), ON_WALL)
    for minute in range(1, 10):
        (start,) = tick(machine, 60 * minute)
        end(machine, start, 60 * minute)
    effects = tick(machine, 600)
    state = machine.view("torn").state
    assert isinstance(state, Broken)
    assert "RuntimeError: the calendar is torn" in state.error
    assert event("torn", "broken", state.error) in effects
    assert started(effects) == [("wall", 1)]


@pytest.mark.parametrize(
    "repair",
    [
        Rescheduled(at=after(700), name="torn", trigger=TEN_MINUTES),
        Added(at=after(700), task=Task(name="torn", trigger=TEN_MINUTES)),
    ],
)
def test_a_broken_task_lives_again_with_another_trigger(repair: Input) -> None:
    """Rescheduled or declared anew, it goes on; its numbers do as well."""
    machine, _ = machine_with(Task(name="torn", trigger=Fragile(NOON + 61 * SECOND)))
    (start,) = tick(machine, 60)
    end(machine, start, 60)
    tick(machine, 120)
    assert isinstance(machine.view("torn").state, Broken)
    machine.handle(repair)
    assert machine.view("torn").due == NOON + 20 * MINUTE
    assert started(tick(machine, 1200)) == [("torn", 2)]


def test_a_broken_task_may_be_tried_again() -> None:
    """Enabling asks the same trigger again; if it still fails, the task stays where it is."""
    machine, _ = machine_with(Task(name="torn", trigger=Fragile(NOON + 60 * SECOND)))
    tick(machine, 60)
    (again,) = machine.handle(Enabled(at=after(70), name="torn"))
    assert again == event("torn", "broken", machine.view("torn").state.error)
    assert started(machine.handle(Demanded(at=after(70), name="torn"))) == []


@dataclass(frozen=True, slots=True)
class Rest(Trigger):
    """A minute after each run, until it is asked for a time after `last`; then it raises."""

    elapsed: ClassVar[bool] = True
    follows_runs: ClassVar[bool] = True
    last: Instant

    def next_after(self, after: Instant) -> Instant:
        """Raise once the time has come."""
        if after >= self.last:
            raise RuntimeError("no rest")
        return after + MINUTE


def test_an_end_over_which_the_trigger_fails_is_an_end_all_the_same() -> None:
    """The run does not hold its slot for ever: what it says of itself is heard."""
    machine = Machine(Settings(max_running=1))
    machine.handle(Added(at=reading(), task=Task(name="t", trigger=Rest(NOON + 90 * SECOND))))
    machine.handle(Added(at=reading(), task=ON_WALL))
    (start,) = tick(machine, 60)
    tick(machine, 600)
    assert started(end(machine, start, 601)) == [("wall", 1)]
    assert machine.view("t").state == Broken(number=1, error=machine.view("t").state.error)


def test_a_request_over_which_the_trigger_fails_is_refused() -> None:
    """When a pause has run out, the trigger is asked first."""
    machine, _ = machine_with(Task(name="torn", trigger=Fragile(NOON + 90 * SECOND)))
    machine.handle(Disabled(at=reading(), name="torn", until=NOON + 100 * SECOND))
    effects = machine.handle(Demanded(at=after(200), name="torn"))
    assert effects[-1] == event("torn", "refused", "error")


def test_a_trigger_that_fails_cannot_hold_up_its_own_removal() -> None:
    """What it can no longer tell is one superseded occurrence; the task is gone."""
    machine, _ = machine_with(Task(name="t", trigger=Fragile(NOON + 61 * SECOND)))
    (fate,) = machine.handle(Removed(at=after(200), name="t"))
    assert machine.names() == []
    assert isinstance(fate, RecordFate)
    assert (fate.fate, fate.reason, fate.count) == (Fate.SUPERSEDED, "error", 1)
