"""Disabled and enabled: a pause, what passes by meanwhile, and how it ends."""

from dataclasses import replace

from duetime.engine.catchup import Fate, due_after
from duetime.engine.fates import let_go, queue, shift_of, skip
from duetime.engine.instants import Instant
from duetime.engine.messages import Demanded, Disabled, Effect, Enabled, ResumeFrom, RunRequested
from duetime.engine.moves import Result, ask, live, refused
from duetime.engine.states import Broken, Facts, Idle, Pause, Paused, Running, runs_of


def pause(facts: Facts, state: Idle | Running, disabled: Disabled) -> Result:
    """Stop starting; what waits is skipped, runs in progress are left alone."""
    runs = runs_of(state)
    due = live(facts, state.number, state.due, runs).due
    paused = Paused(
        number=state.number,
        due=due,
        runs=runs,
        pause=Pause(reason=disabled.reason, until=disabled.until, first=due),
    )
    return paused, let_go(facts, queue(state), Fate.SKIPPED, "disabled")


def paused(state: Paused | Broken, disabled: Disabled) -> Pause:
    """Return the pause of a task that is disabled again, or in the error state."""
    first = state.pause.first if state.pause else None
    return Pause(reason=disabled.reason, until=disabled.until, first=first)


def pass_by(facts: Facts, state: Paused) -> Result:
    """Skip what is due by now, or enable the task where its pause has run out."""
    until = state.pause.until
    if until is not None and until <= facts.wall:
        return _resume(facts, state, min(until - shift_of(facts), facts.now))
    if state.due is None or state.due.planned > facts.now:
        return state, ()
    gone, due = skip(facts, state.due, facts.now)
    return replace(state, due=due), gone


def enable(facts: Facts, state: Paused, enabled: Enabled) -> Result:
    """End a pause. From now: the phase is kept. From the pause: what it held up is due again.

    In the latter case all of it has a fate in the generation before, and another one in this.
    """
    if enabled.from_ is ResumeFrom.NOW or facts.trigger.follows_runs:
        return _resume(facts, state, facts.now)
    before = replace(facts, generation=facts.generation_before)
    gone: tuple[Effect, ...] = ()
    if state.due is not None and state.due.planned <= facts.now:
        gone, _ = skip(before, state.due, facts.now)
    return live(facts, state.number, state.pause.first, state.runs), gone


def _resume(facts: Facts, state: Paused, ended: Instant) -> Result:
    """Enable: what came due before the pause ended is skipped, the phase is kept."""
    due = state.due
    gone: tuple[Effect, ...] = ()
    if due is not None and due.planned < ended:
        gone, due = skip(facts, due, ended - 1)
        if facts.trigger.follows_runs:
            due = due_after(facts.task, facts.trigger, ended)
    return live(facts, state.number, due, state.runs), gone


def ask_after_pause(facts: Facts, state: Paused, request: Demanded | RunRequested) -> Result:
    """Do what somebody asked for, where the pause has run out, else refuse it."""
    if not is_over(facts, state.pause):
        return state, (refused(facts, "disabled"),)
    resumed, gone = pass_by(facts, state)
    assert isinstance(resumed, Idle | Running)
    final, effects = ask(facts, resumed, request)
    return final, gone + effects


def is_over(facts: Facts, pause: Pause) -> bool:
    """Return whether a pause has run out."""
    return pause.until is not None and pause.until <= facts.wall
