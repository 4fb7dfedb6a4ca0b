"""The longer moves: delays after runs, edits, shifts of the wall clock, and who is recorded when.

What the golden table of `test_lifecycle.py` shows is not repeated here.
"""

from dataclasses import replace

import pytest

from duetime.engine import moves
from duetime.engine.catchup import Due, Fate
from duetime.engine.instants import HOUR, MINUTE, SECOND
from duetime.engine.messages import (
    Cause,
    Effect,
    RecordEvent,
    RecordFate,
    RunFinished,
    RunRequested,
    StartRun,
)
from duetime.engine.overlap import Waiting
from duetime.engine.policies import CatchUp, Overlap
from duetime.engine.states import Broken, Facts, Going, Idle, Paused, Running
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import AfterFinish, ElapsedGrid
from tests.engine.builders import NOON, TEN_MINUTES, Times, reading

ONE = (Going(1, 3),)


def facts(trigger: Trigger = TEN_MINUTES, *, shift: int = 0, **policies: object) -> Facts:
    """Say that it is noon, and elapsed time `shift` behind."""
    return Facts(
        task=Task(name="t", trigger=trigger, **policies),  # type: ignore[arg-type]
        trigger=trigger,
        before=trigger,
        generation=1,
        generation_before=1,
        wall=NOON,
        elapsed=NOON - shift,
        shift=shift,
    )


def at(minutes: float) -> Due:
    """Return the occurrence so many minutes after noon."""
    instant = NOON + int(minutes * MINUTE)
    return Due(instant, instant)


def of(effects: tuple[Effect, ...]) -> list[tuple[str, int]]:
    """Return the fates with their counts."""
    return [(str(each.fate), each.count) for each in effects if isinstance(each, RecordFate)]


# A delay after each run


def test_a_delay_begins_when_the_last_run_has_ended() -> None:
    """While runs go, a trigger that follows them has no next time."""
    delay = facts(AfterFinish(minutes=5))
    assert moves.live(delay, 3, None, ONE) == Running(number=3, due=None, runs=ONE)
    assert moves.live(delay, 3, None) == Idle(number=3, due=at(5))
    assert moves.live(delay, 3, at(2)) == Idle(number=3, due=at(2))


def test_a_missed_delay_begins_anew() -> None:
    """An occurrence that is too late starts nothing; the delay is counted from now."""
    late = facts(AfterFinish(minutes=5), window=SECOND)
    state, effects = moves.come_due(late, Idle(number=3, due=at(-1)), at(-1))
    assert state == Idle(number=3, due=at(5))
    assert of(effects) == [("missed", 1)]


def test_a_pause_keeps_a_delay_going() -> None:
    """When a run ends during a pause, the next occurrence is planned, to be skipped or not."""
    delay = facts(AfterFinish(minutes=5))
    paused = Paused(number=3, due=None, runs=ONE)
    ended, _ = moves._carry_on(delay, paused, ())
    assert ended == Paused(number=3, due=at(5))


def test_a_delay_that_passed_in_a_pause_is_counted_from_its_end() -> None:
    """What came due is skipped; the delay begins anew when the task is enabled."""
    delay = facts(AfterFinish(minutes=5))
    state, effects = moves.resume(delay, Paused(number=3, due=at(-7)), NOON)
    assert state == Idle(number=3, due=at(5))
    assert of(effects) == [("skipped", 1)]


# Clocks


def test_a_shift_is_told_with_what_happens_in_elapsed_time() -> None:
    """Nominal times stay on the trigger's clock; effects carry what leads to the wall clock."""
    grid = facts(ElapsedGrid(10 * MINUTE, NOON - HOUR), shift=MINUTE)
    state, (start,) = moves.come_due(grid, Idle(number=0, due=at(-1)), at(-1))
    assert isinstance(start, StartRun)
    assert (start.nominal, start.shift) == (NOON - MINUTE, MINUTE)
    assert isinstance(state, Running)
    _, effects = moves.come_due(replace(grid, elapsed=NOON + HOUR), state, at(10))
    assert {effect.shift for effect in effects if isinstance(effect, RecordFate)} == {MINUTE}


def test_a_pause_of_elapsed_time_ends_on_the_wall_clock() -> None:
    """`until` is a wall-clock time; what the trigger had due by then is skipped."""
    grid = facts(ElapsedGrid(10 * MINUTE, NOON - HOUR), shift=MINUTE)
    paused = Paused(number=0, due=at(-20), until=NOON - 5 * MINUTE)
    state, effects = moves.pass_by(grid, paused)
    assert state == Idle(number=0, due=at(0))
    assert of(effects) == [("skipped", 2)]


# Edits


@pytest.mark.parametrize(
    ("due", "fates"),
    [
        # the new trigger has it as well
        (at(30), []),
        (at(20), [("superseded", 1)]),
        (at(-20), [("superseded", 3), ("superseded", 1)]),
        (None, []),
    ],
)
def test_an_edit_leaves_behind_what_the_new_trigger_does_not_have(
    due: Due | None, fates: list[tuple[str, int]]
) -> None:
    """What lies ahead and what has come due is recorded under the generation before."""
    edited = replace(facts(Times((NOON + 30 * MINUTE,))), before=TEN_MINUTES, generation=2)
    effects = moves.superseded(edited, due)
    assert of(effects) == fates
    assert {effect.generation for effect in effects if isinstance(effect, RecordFate)} <= {1}


def test_what_was_planned_late_is_left_behind_when_its_nominal_time_is_past() -> None:
    """An edit or a far jump plans from now on, and would have the occurrence never or twice."""
    delayed = Due(NOON - MINUTE, NOON + MINUTE)
    same = replace(facts(Times((delayed.nominal, NOON + HOUR), 2 * MINUTE)), generation=2)
    assert of(moves.superseded(same, delayed)) == [("superseded", 1)]
    state, effects = moves.jump(same, Idle(number=0, due=delayed))
    assert of(effects) == [("missed", 1)]
    assert state == Idle(number=0, due=Due(NOON + HOUR, NOON + HOUR + 2 * MINUTE))


def test_a_removal_leaves_the_future_alone() -> None:
    """An occurrence that lies ahead of a removal never was."""
    assert moves.superseded(facts(), at(10)) == ()
    waiting = (Waiting(nominal=NOON - MINUTE, planned=NOON - MINUTE),)
    assert of(moves.superseded(facts(), at(10), waiting)) == [("superseded", 1)]


# Starts


def test_arguments_of_a_request_go_before_those_of_the_task() -> None:
    """What is asked for by name wins; the rest stays."""
    given = facts(args={"page": 1, "size": 9})
    asked = moves.asked_for(given, RunRequested(at=reading(), name="t", args={"page": 2}))
    _, (start,) = moves.start(given, Idle(number=0, due=None), (asked,), ())
    assert isinstance(start, StartRun)
    assert (start.args, start.cause) == ({"page": 2, "size": 9}, Cause.RUN_NOW)


def test_what_catches_up_starts_in_order() -> None:
    """Of a batch, as many start as may go at once; the others wait."""
    given = facts(catch_up=CatchUp.ALL, window=HOUR, overlap=Overlap.allow(2))
    state, effects = moves.come_due(given, Idle(number=3, due=at(-40)), at(-40))
    assert isinstance(state, Running)
    assert [run.number for run in state.runs] == [4, 5]
    nominals = [effect.nominal for effect in effects if isinstance(effect, StartRun)]
    nominals += [each.nominal for each in state.waiting]
    assert nominals == [NOON - minutes * MINUTE for minutes in (40, 30, 20, 10, 0)]
    following, _ = moves.end(
        given, state, RunFinished(at=reading(), name="t", generation=1, number=4)
    )
    assert isinstance(following, Running)
    assert [run.number for run in following.runs] == [5, 6]


def test_asking_twice_at_one_moment_is_told_apart() -> None:
    """With room for one, the second of two equal requests is refused."""
    given = facts(overlap=Overlap.BUFFER_ONE)
    asked = moves.asked_for(given, RunRequested(at=reading(), name="t"))
    state, effects = moves.admit_newcomers(given, Running(number=3, due=None, runs=ONE), (asked,))
    assert effects == ()
    assert isinstance(state, Running)
    again = moves.asked_for(given, RunRequested(at=reading(), name="t"))
    assert moves.admit_newcomers(given, state, (again,)) == (
        state,
        (RecordEvent(name="t", event="refused", text="running"),),
    )


# The error state


def test_the_error_state_ends_the_queue() -> None:
    """What waited is skipped for the error, and what lies ahead is nobody's."""
    waiting = (Waiting(nominal=NOON - MINUTE, planned=NOON - MINUTE),)
    running = Running(number=3, due=at(10), runs=ONE, waiting=waiting)
    state, effects = moves.break_down(facts(), running, "torn")
    assert state == Broken(number=3, error="torn", runs=ONE)
    assert of(effects) == [(str(Fate.SKIPPED), 1)]
