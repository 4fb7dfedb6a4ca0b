"""The longer moves: delays after runs, edits, shifts of the wall clock, and who is recorded when.

What the golden table of `test_lifecycle.py` shows is not repeated here.
"""

from dataclasses import replace

from duetime.engine import moves
from duetime.engine.catchup import Fate
from duetime.engine.instants import HOUR, MINUTE, SECOND
from duetime.engine.messages import (
    Cause,
    RecordEvent,
    RecordFate,
    RunFinished,
    RunRequested,
    StartRun,
)
from duetime.engine.overlap import Waiting
from duetime.engine.policies import CatchUp, Overlap
from duetime.engine.states import Going, Idle, Running
from duetime.engine.triggers.every import AfterFinish, ElapsedGrid
from tests.engine.builders import NOON, Times, reading
from tests.engine.facts import ONE, at, facts, of

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


# Starts


def test_arguments_of_a_request_go_before_those_of_the_task() -> None:
    """What is asked for by name wins; the rest stays."""
    given = facts(args={"page": 1, "size": 9})
    asked = moves._asked_for(given, RunRequested(at=reading(), name="t", args={"page": 2}))
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
    asked = moves._asked_for(given, RunRequested(at=reading(), name="t"))
    state, effects = moves._admit(given, Running(number=3, due=None, runs=ONE), (asked,))
    assert effects == ()
    assert isinstance(state, Running)
    again = moves._asked_for(given, RunRequested(at=reading(), name="t"))
    assert moves._admit(given, state, (again,)) == (
        state,
        (RecordEvent(name="t", event="refused", text="running"),),
    )


def test_nobody_overtakes_those_that_wait_for_a_slot() -> None:
    """What is in the way, a run or an occurrence that waits itself, is told as the reason."""
    limited = replace(facts(), limited=True)
    ready = Waiting(nominal=NOON - MINUTE, planned=NOON - MINUTE)
    state = Running(number=3, due=at(0), runs=(), ready=(ready,))
    following, (fate,) = moves.come_due(limited, state, at(0))
    assert following == replace(state, due=at(10))
    assert isinstance(fate, RecordFate)
    assert (fate.fate, fate.reason) == (Fate.SKIPPED, "capacity")


def test_the_latest_takes_the_place_of_one_that_waits_for_a_slot() -> None:
    """Under CANCEL_OTHER there is nobody to ask, and the earlier one is merged into it."""
    limited = replace(facts(overlap=Overlap.CANCEL_OTHER), limited=True)
    ready = Waiting(nominal=NOON - MINUTE, planned=NOON - MINUTE)
    state = Running(number=3, due=at(0), runs=(), ready=(ready,))
    following, effects = moves.come_due(limited, state, at(0))
    latest = Waiting(nominal=NOON, planned=NOON)
    assert following == Running(number=3, due=at(10), runs=(), ready=(latest,))
    assert of(effects) == [("merged", 1)]


def test_a_request_whose_place_is_taken_is_not_dropped_in_silence() -> None:
    """Under CANCEL_OTHER the latest counts; a request of before has no fate, but an event."""
    given = facts(overlap=Overlap.CANCEL_OTHER)
    asked = moves._asked_for(given, RunRequested(at=reading(), name="t"))
    state = Running(number=3, due=at(0), runs=(Going(1, 3, asked=True),), waiting=(asked,))
    _, effects = moves.come_due(given, state, at(0))
    assert effects == (RecordEvent(name="t", event="dropped", text="run_now: merged"),)


def test_what_is_missed_beside_a_run_leaves_the_run_alone() -> None:
    """Only the next due time moves."""
    late = facts(Times((NOON - MINUTE, NOON + 10 * MINUTE)), window=0)
    state = Running(number=3, due=at(-1), runs=ONE)
    following, effects = moves.come_due(late, state, at(-1))
    assert following == replace(state, due=at(10))
    assert of(effects) == [("missed", 1)]
