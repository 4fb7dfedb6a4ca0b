"""What is done to a declaration: anew, edited, taken away, failed, planned anew.

Occurrences that a change leaves behind have a fate as well. Runs in progress go on.
"""

from dataclasses import replace

from duetime.engine import attempts
from duetime.engine.catchup import Due, Fate
from duetime.engine.fates import fates_of, let_go, one, queue, skip
from duetime.engine.messages import Cause, Effect, RecordEvent
from duetime.engine.moves import Result, first_due, leave, live, without_occurrences
from duetime.engine.overlap import Waiting, due_ranges
from duetime.engine.pauses import is_over
from duetime.engine.states import (
    Absent,
    Broken,
    Facts,
    Idle,
    Leaving,
    Paused,
    Running,
    State,
    runs_of,
)


def declare_anew(facts: Facts, state: Idle | Running | Paused) -> Result:
    """Put another declaration in force; runs go on, for the last time, and what waited is gone."""
    fates = superseded(facts, state.due, queue(state))
    runs, over = attempts.give_up(facts, runs_of(state))
    due = first_due(facts)
    if isinstance(state, Paused):
        pause = replace(state.pause, first=due)
        return replace(state, due=due, runs=runs, pause=pause), fates + over
    return live(facts, state.number, due, runs), fates + over


def reschedule(facts: Facts, state: Idle | Running | Paused) -> Result:
    """Put another trigger in force beside runs that go on; only requests still wait for them."""
    due = first_due(facts)
    occurrences = tuple(each for each in queue(state) if each.cause is Cause.DUE)
    fates = superseded(facts, state.due, occurrences)
    if isinstance(state, Paused):
        return replace(state, due=due, pause=replace(state.pause, first=due)), fates
    if isinstance(state, Idle):
        return replace(state, due=due), fates
    final, starts = without_occurrences(facts, replace(state, due=due))
    return final, fates + starts


def mend(facts: Facts, state: Broken) -> Result:
    """Put another declaration in the place of one that is in the error state."""
    runs, over = attempts.give_up(facts, state.runs)
    return revive(facts, replace(state, runs=runs)), over


def revive(facts: Facts, state: Broken) -> Idle | Running | Paused:
    """Leave the error state, for the state that the task would be in without it."""
    due = first_due(facts)
    if state.pause is None or is_over(facts, state.pause):
        return live(facts, state.number, due, state.runs)
    pause = replace(state.pause, first=due)
    return Paused(number=state.number, due=due, runs=state.runs, pause=pause)


def remove(facts: Facts, state: Idle | Running | Paused | Broken) -> Result:
    """Take the task away; runs go on, for the last time, and what waits will never run."""
    fates: tuple[Effect, ...] = ()
    if not isinstance(state, Broken):
        fates = superseded(facts, state.due, queue(state))
    runs, over = attempts.give_up(facts, runs_of(state))
    return leave(state.number, runs), fates + over


def jump(facts: Facts, state: Idle | Running | Paused) -> Result:
    """Plan anew after a far jump of the wall clock; what had come due before it is missed.

    What has no next occurrence gets none: a finished `Once` stays finished.
    """
    before = replace(facts, generation=facts.generation_before)
    due = ahead = state.due
    gone = fates_of(before, due_ranges(queue(state), Fate.MISSED, "clock"))
    if due is not None and due.planned <= facts.now:
        fates, ahead = skip(before, due, facts.now, Fate.MISSED, "clock")
        gone += fates
    if ahead is not None and ahead.nominal <= facts.now:  # planned later, and passed over
        gone += fates_of(before, (one(ahead, Fate.MISSED, "clock"),))
    due = None if due is None else first_due(facts)
    if isinstance(state, Paused):
        return replace(state, due=due, pause=replace(state.pause, first=due)), gone
    if isinstance(state, Idle):
        return replace(state, due=due), gone
    final, starts = without_occurrences(facts, replace(state, due=due))
    return final, gone + starts


def break_down(facts: Facts, state: State, error: str) -> Result:
    """Put the task into the error state; what was due or waiting is skipped for that reason."""
    event = RecordEvent(name=facts.task.name, event="broken", text=error)
    runs = runs_of(state)
    pause = state.pause if isinstance(state, Paused | Broken) else None
    broken = Broken(number=state.number, error=error, runs=runs, pause=pause)
    if isinstance(state, Absent | Broken | Leaving):
        return broken, (event,)
    lost = let_go(facts, queue(state), Fate.SKIPPED, "error")
    if state.due is not None and state.due.planned <= facts.now:
        lost += fates_of(facts, (one(state.due, Fate.SKIPPED, "error"),))
    return broken, (*lost, event)


def superseded(
    facts: Facts, due: Due | None, waiting: tuple[Waiting, ...] = ()
) -> tuple[Effect, ...]:
    """Return the fates of what an edit or a removal leaves behind.

    An occurrence that still lies ahead is left behind by an edit only, and only where the new
    trigger does not have it ahead as well.
    """
    before = replace(facts, trigger=facts.before, generation=facts.generation_before)
    gone = let_go(before, waiting, Fate.SUPERSEDED)
    if due is not None and due.planned <= before.now:
        fates, following = _left_behind(before, due)
        gone, due = gone + fates, None if before.trigger.follows_runs else following
    removed = facts.generation == facts.generation_before
    if due is None or removed:
        return gone
    if due.nominal > before.now and facts.trigger.next_after(due.nominal - 1) == due.nominal:
        return gone
    return gone + fates_of(before, (one(due, Fate.SUPERSEDED),))


def _left_behind(before: Facts, due: Due) -> tuple[tuple[Effect, ...], Due | None]:
    """Supersede what had come due; a trigger that fails by now cannot hold up its own removal."""
    try:
        return skip(before, due, before.now, Fate.SUPERSEDED, "")
    except Exception:
        return fates_of(before, (one(due, Fate.SUPERSEDED, "error"),)), None
