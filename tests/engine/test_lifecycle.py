"""The life of one task: the golden table of all steps, and rules that hold in every row."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from duetime.engine.errors import IllegalInputError
from duetime.engine.lifecycle import Happening, step
from duetime.engine.messages import (
    Cause,
    Disabled,
    Effect,
    Enabled,
    Rescheduled,
    StartRun,
    StopRequested,
)
from duetime.engine.states import Absent, Broken, Facts, Going, Leaving, Paused, State
from tests.engine.lifecycle_table import (
    AT,
    EDITED,
    FACTS,
    INPUTS,
    QUARTERS,
    STATES,
    state_text,
    table,
)

Legal = tuple[Facts, State, Happening, State, tuple[Effect, ...]]


def legal_steps() -> list[Legal]:
    """Return every legal step of the table, with what came of it."""
    found: list[Legal] = []
    for state in STATES:
        for _, input_, facts in INPUTS:
            try:
                found.append((facts, state, input_, *step(facts, state, input_)))
            except IllegalInputError:
                continue
    return found


def test_the_table_is_the_golden_one(golden: Callable[[str, str], None]) -> None:
    """Every state with every input does what `tests/golden/lifecycle.txt` says."""
    golden("lifecycle.txt", table())


def test_every_kind_of_state_is_in_the_table() -> None:
    """No state can be added without its rows."""
    assert {type(state) for state in STATES} == set(State.__args__)


def test_a_step_is_a_function_of_its_arguments() -> None:
    """The same facts, state and input give the same again."""
    for facts, state, input_, following, effects in legal_steps():
        assert step(facts, state, input_) == (following, effects)


def test_a_number_is_never_used_again() -> None:
    """Numbers rise by one for each run that starts."""
    for _, state, _, following, effects in legal_steps():
        numbers = [effect.number for effect in effects if isinstance(effect, StartRun)]
        assert numbers == list(range(state.number + 1, following.number + 1))


def test_a_run_goes_on_until_it_has_ended() -> None:
    """Removing, disabling and editing a task take no run away; only its end and a restart do."""
    ending = {"RunFinished", "RunFailed", "RunLost", "Restarted"}
    for _, state, input_, following, _ in legal_steps():
        if type(input_).__name__ not in ending:
            assert going(state) <= going(following), (state_text(state), input_)


def going(state: State) -> set[tuple[int, int]]:
    """Return the keys of the runs that are going."""
    runs: tuple[Going, ...] = getattr(state, "runs", ())
    return {(run.generation, run.number) for run in runs}


@pytest.mark.parametrize(
    "input_",
    [
        Enabled(at=AT, name="t"),
        Disabled(at=AT, name="t", reason="repairs"),
        StopRequested(at=AT, name="t"),
        Rescheduled(at=AT, name="t", trigger=QUARTERS),
    ],
    ids=lambda input_: type(input_).__name__,
)
def test_saying_it_twice_is_saying_it_once(input_: Happening) -> None:
    """A redundant verb changes nothing and asks nobody twice."""
    twice = replace(EDITED, before=QUARTERS, generation_before=2)
    for state in STATES:
        try:
            once, _ = step(EDITED, state, input_)
        except IllegalInputError:
            continue
        again, effects = step(twice, once, input_)
        assert again == once
        assert all(getattr(effect, "event", "") == "refused" for effect in effects)


def test_only_an_enabled_task_starts_runs() -> None:
    """A step of a disabled, broken or removed task starts no occurrence, whatever it is."""
    for _, state, _, _, effects in legal_steps():
        if isinstance(state, Absent | Paused | Broken | Leaving):
            starts = [effect for effect in effects if isinstance(effect, StartRun)]
            assert not any(start.cause is Cause.DUE and start.attempt == 1 for start in starts)


def test_a_refused_input_names_task_state_and_input() -> None:
    """An input that a state does not permit is an error of the shell, and says which."""
    message = "task 't' is Absent: Enabled is not possible"
    with pytest.raises(IllegalInputError, match=f"^{message}$"):
        step(FACTS, Absent(), Enabled(at=AT, name="t"))
