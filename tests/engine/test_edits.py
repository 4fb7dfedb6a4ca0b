"""Edits: what they leave behind, what becomes of runs and of what waits, errors, far jumps."""

from dataclasses import replace

import pytest

from duetime.engine import edits
from duetime.engine.catchup import Due, Fate
from duetime.engine.instants import HOUR, MINUTE
from duetime.engine.messages import Cause, RecordEvent, RecordFate
from duetime.engine.overlap import Waiting
from duetime.engine.states import Broken, Idle, Pause, Paused, Running
from tests.engine.builders import NOON, TEN_MINUTES, Times
from tests.engine.facts import ONE, at, facts, of


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
    effects = edits.superseded(edited, due)
    assert of(effects) == fates
    assert {effect.generation for effect in effects if isinstance(effect, RecordFate)} <= {1}


def test_what_was_planned_late_is_left_behind_when_its_nominal_time_is_past() -> None:
    """An edit or a far jump plans from now on, and would have the occurrence never or twice."""
    delayed = Due(NOON - MINUTE, NOON + MINUTE)
    same = replace(facts(Times((delayed.nominal, NOON + HOUR), 2 * MINUTE)), generation=2)
    assert of(edits.superseded(same, delayed)) == [("superseded", 1)]
    state, effects = edits.jump(same, Idle(number=0, due=delayed))
    assert of(effects) == [("missed", 1)]
    assert state == Idle(number=0, due=Due(NOON + HOUR, NOON + HOUR + 2 * MINUTE))


def test_a_removal_leaves_the_future_alone() -> None:
    """An occurrence that lies ahead of a removal never was."""
    assert edits.superseded(facts(), at(10)) == ()
    waiting = (Waiting(nominal=NOON - MINUTE, planned=NOON - MINUTE),)
    assert of(edits.superseded(facts(), at(10), waiting)) == [("superseded", 1)]


def test_the_error_state_ends_the_queue() -> None:
    """What waited is skipped for the error, and what lies ahead is nobody's."""
    waiting = (Waiting(nominal=NOON - MINUTE, planned=NOON - MINUTE),)
    running = Running(number=3, due=at(10), runs=ONE, waiting=waiting)
    state, effects = edits.break_down(facts(), running, "torn")
    assert state == Broken(number=3, error="torn", runs=ONE)
    assert of(effects) == [(str(Fate.SKIPPED), 1)]


def test_a_request_that_waits_is_not_dropped_in_silence() -> None:
    """It has no fate, being no occurrence; an event says what became of it."""
    asked = Waiting(nominal=NOON, planned=NOON, cause=Cause.DEMAND)
    running = Running(number=3, due=None, runs=ONE, waiting=(asked,))
    _, effects = edits.remove(facts(), running)
    assert effects == (RecordEvent(name="t", event="dropped", text="demand: superseded"),)


def test_a_request_that_was_ready_stays_so_after_an_edit() -> None:
    """Occurrences are left behind with their trigger; what somebody asked for is not."""
    occurrence = Waiting(nominal=NOON - MINUTE, planned=NOON - MINUTE)
    asked = Waiting(nominal=NOON, planned=NOON, cause=Cause.DEMAND)
    limited = replace(facts(), limited=True, generation=2)
    state = Running(number=3, due=None, runs=(), ready=(occurrence,), waiting=(asked,))
    following, effects = edits.reschedule(limited, state)
    assert following == Running(number=3, due=at(10), runs=(), ready=(asked,))
    assert of(effects) == [("superseded", 1)]


def test_a_pause_outlives_the_error_state() -> None:
    """A task that was disabled before its trigger failed is so afterwards, until that is over."""
    pause = Pause(reason="holidays", until=NOON + HOUR)
    broken, _ = edits.break_down(facts(), Paused(number=3, due=at(10), pause=pause), "torn")
    assert broken == Broken(number=3, error="torn", pause=pause)
    assert edits.revive(facts(), broken) == Paused(
        number=3, due=at(10), pause=replace(pause, first=at(10))
    )
    later = replace(facts(), wall=NOON + HOUR)
    assert isinstance(edits.revive(later, broken), Idle)
