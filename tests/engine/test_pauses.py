"""Pauses: what passes by, delays that go on, how a pause ends and from where."""

from dataclasses import replace

from duetime.engine import moves, pauses
from duetime.engine.instants import HOUR, MINUTE
from duetime.engine.messages import Disabled, Enabled, ResumeFrom
from duetime.engine.overlap import Waiting
from duetime.engine.states import Idle, Pause, Paused, Running
from duetime.engine.triggers.every import AfterFinish, ElapsedGrid
from tests.engine.builders import NOON, reading
from tests.engine.facts import ONE, at, facts, of


def test_a_pause_keeps_a_delay_going() -> None:
    """When a run ends during a pause, the next occurrence is planned, to be skipped or not."""
    delay = facts(AfterFinish(minutes=5))
    paused = Paused(number=3, due=None, runs=ONE, pause=Pause())
    ended, _ = moves.carry_on(delay, paused, ())
    assert ended == Paused(number=3, due=at(5), pause=Pause())


def test_a_delay_begins_with_the_pause_that_ends_the_wait_for_a_slot() -> None:
    """What was ready is skipped; no run is going, so the next occurrence is planned from now."""
    delay = facts(AfterFinish(minutes=5))
    ready = (Waiting(nominal=NOON - MINUTE, planned=NOON - MINUTE),)
    state = Running(number=3, due=None, runs=(), ready=ready)
    paused, effects = pauses.pause(delay, state, Disabled(at=reading(), name="t"))
    assert paused == Paused(number=3, due=at(5), pause=Pause(first=at(5)))
    assert of(effects) == [("skipped", 1)]


def test_a_delay_that_passed_in_a_pause_is_counted_from_its_end() -> None:
    """What came due is skipped; the delay begins anew when the task is enabled."""
    delay = facts(AfterFinish(minutes=5))
    state, effects = pauses._resume(delay, Paused(number=3, due=at(-7), pause=Pause()), NOON)
    assert state == Idle(number=3, due=at(5))
    assert of(effects) == [("skipped", 1)]


def test_a_pause_of_elapsed_time_ends_on_the_wall_clock() -> None:
    """`until` is a wall-clock time; what the trigger had due by then is skipped."""
    grid = facts(ElapsedGrid(10 * MINUTE, NOON - HOUR), shift=MINUTE)
    paused = Paused(number=0, due=at(-20), pause=Pause(until=NOON - 5 * MINUTE))
    state, effects = pauses.pass_by(grid, paused)
    assert state == Idle(number=0, due=at(0))
    assert of(effects) == [("skipped", 2)]


def test_what_a_pause_held_up_can_be_made_up_for() -> None:
    """Enabled from the pause, all of it is due again, in a new generation; the phase is kept."""
    paused = Paused(number=3, due=at(0), pause=Pause(first=at(-30)))
    given = replace(facts(), generation=2)
    enabled = Enabled(at=reading(), name="t", from_=ResumeFrom.PAUSE)
    state, effects = pauses.enable(given, paused, enabled)
    assert state == Idle(number=3, due=at(-30))
    assert [(effect.generation, *of((effect,))) for effect in effects] == [(1, ("skipped", 1))]


def test_a_delay_is_never_due_again() -> None:
    """A trigger that follows runs counts from the end of the pause, whatever is asked for."""
    paused = Paused(number=3, due=at(-7), pause=Pause(first=at(-7)))
    enabled = Enabled(at=reading(), name="t", from_=ResumeFrom.PAUSE)
    state, effects = pauses.enable(facts(AfterFinish(minutes=5)), paused, enabled)
    assert state == Idle(number=3, due=at(5))
    assert of(effects) == [("skipped", 1)]
