"""What runs do to a task and a task to its runs: coming due, starting, ending.

What an arm of `lifecycle.step` does when one line is not enough. Each move is pure: the facts and a
state in, the next state and the effects out.
"""

from collections.abc import Mapping
from dataclasses import replace

from duetime.engine import attempts
from duetime.engine.catchup import Batch, Due, Fate, as_due, collect, due_after
from duetime.engine.fates import fates_of, let_go, queue, shift_of
from duetime.engine.instants import Instant, Span
from duetime.engine.messages import (
    Cause,
    Demanded,
    Effect,
    RecordEvent,
    RunInput,
    RunRequested,
    StartRun,
)
from duetime.engine.overlap import Waiting, admit, demand, requests
from duetime.engine.states import (
    Absent,
    Broken,
    Facts,
    Going,
    Idle,
    Leaving,
    Paused,
    Running,
    State,
    runs_of,
)
from duetime.engine.triggers.base import Json

Result = tuple[State, tuple[Effect, ...]]


def first_due(facts: Facts) -> Due | None:
    """Return the first occurrence from now on."""
    return as_due(facts.task, facts.trigger, facts.trigger.first(facts.now))


def live(
    facts: Facts,
    number: int,
    due: Due | None,
    runs: tuple[Going, ...] = (),
    ready: tuple[Waiting, ...] = (),
    waiting: tuple[Waiting, ...] = (),
) -> Idle | Running:
    """Return the enabled state; a trigger that follows runs plans again when none is going."""
    if runs or ready:
        return Running(number=number, due=due, runs=runs, ready=ready, waiting=waiting)
    if due is None and facts.trigger.follows_runs:
        due = due_after(facts.task, facts.trigger, facts.now)
    return Idle(number=number, due=due)


def come_due(facts: Facts, state: Idle | Running, due: Due) -> Result:
    """Deal with all occurrences that are due by now; there may be none yet."""
    if due.planned > facts.now:
        return state, ()
    batch = collect(facts.task, facts.trigger, due, facts.now)
    alone = isinstance(state, Idle) and not facts.limited
    if alone and not batch.fates and len(batch.starts) == 1:
        return _start_on_time(facts, state.number + 1, batch)
    fates = fates_of(facts, batch.fates)
    if not batch.starts and isinstance(state, Running):
        return replace(state, due=batch.next_due), fates
    if not batch.starts:
        return live(facts, state.number, batch.next_due), fates
    shift = shift_of(facts)
    newcomers = tuple(
        Waiting(nominal=due.nominal, planned=due.planned, shift=shift) for due in batch.starts
    )
    if isinstance(state, Running):
        busy = replace(state, due=batch.next_due)
    else:
        busy = Running(number=state.number, due=batch.next_due, runs=())
    final, effects = _admit(facts, busy, newcomers)
    return final, fates + effects


def ask(facts: Facts, state: Idle | Running, request: Demanded | RunRequested) -> Result:
    """Do what somebody asked for: a demand waits for the end of a run, the other for a slot."""
    asked = _asked_for(facts, request)
    if isinstance(state, Idle):
        return start(facts, state, (asked,), ())
    if isinstance(request, Demanded):
        return replace(state, waiting=demand(state.waiting, asked)), ()
    return _admit(facts, state, (asked,))


def _admit(facts: Facts, state: Running, newcomers: tuple[Waiting, ...]) -> Result:
    """Apply the overlap policy to newcomers, occurrences or a request."""
    let_through = len(state.runs) + len(state.ready)
    admission = admit(facts.task, let_through, state.waiting, newcomers)
    if admission.starts:
        return start(facts, state, admission.starts, admission.waiting)
    if admission.ask_to_stop:
        return _take_over(facts, state, newcomers)
    fates, why = admission.fates, "running"
    if not state.runs:  # what is in the way waits for a slot itself
        fates, why = tuple(replace(each, reason="capacity") for each in fates), "capacity"
    effects: tuple[Effect, ...] = fates_of(facts, fates)
    admitted = any(each is newcomers[0] for each in admission.waiting)
    if newcomers[0].cause is Cause.RUN_NOW and not admitted:
        effects += (refused(facts, why),)
    return replace(state, waiting=admission.waiting), effects


def _take_over(facts: Facts, state: Running, newcomers: tuple[Waiting, ...]) -> Result:
    """Ask what is going to stop, and put newcomers in the place of all that waits, ready or not."""
    admission = admit(facts.task, facts.task.overlap.at_once, queue(state), newcomers)
    lost = tuple(each for each in queue(state) if each.cause is Cause.RUN_NOW)
    gone = fates_of(facts, admission.fates) + let_go(facts, lost, Fate.MERGED)
    final, asked = ask_to_stop(facts, replace(state, ready=(), waiting=admission.waiting))
    return final, gone + asked


def start(
    facts: Facts, state: Idle | Running, starts: tuple[Waiting, ...], waiting: tuple[Waiting, ...]
) -> Result:
    """Start runs beside those that are going; where slots are limited, let them wait for one."""
    if isinstance(state, Idle):
        state = Running(number=state.number, due=state.due, runs=())
    if facts.limited:
        return replace(state, ready=state.ready + starts, waiting=waiting), ()
    started, effects = _started(facts, state.number, starts)
    number, runs = state.number + len(starts), state.runs + started
    return replace(state, number=number, runs=runs, waiting=waiting), effects


def start_ready(facts: Facts, state: Running) -> Result:
    """Start the first that is ready, now that there is a slot for it."""
    first, *others = state.ready
    started, effects = _started(facts, state.number, (first,))
    number, runs = state.number + 1, state.runs + started
    return replace(state, number=number, runs=runs, ready=tuple(others)), effects


def _started(
    facts: Facts, number: int, starts: tuple[Waiting, ...]
) -> tuple[tuple[Going, ...], tuple[Effect, ...]]:
    effects = tuple(
        _start_run(
            facts,
            own,
            each.nominal,
            each.planned,
            shift=each.shift,
            cause=each.cause,
            args=each.args,
        )
        for own, each in enumerate(starts, number + 1)
    )
    return tuple(attempts.going(facts, effect) for effect in effects), effects


def _start_on_time(facts: Facts, number: int, batch: Batch) -> Result:
    """Start the one occurrence that has come due while nothing was going: nearly every time."""
    due = batch.starts[0]
    shift = shift_of(facts)
    effect = _start_run(
        facts, number, due.nominal, due.planned, shift=shift, cause=Cause.DUE, args={}
    )
    going = attempts.going(facts, effect)
    return Running(number=number, due=batch.next_due, runs=(going,)), (effect,)


def _start_run(
    facts: Facts,
    number: int,
    nominal: Instant,
    planned: Instant,
    *,
    shift: Span,
    cause: Cause,
    args: Mapping[str, Json],
) -> StartRun:
    task = facts.task
    return StartRun(
        name=task.name,
        generation=facts.generation,
        number=number,
        nominal=nominal,
        planned=planned,
        shift=shift,
        cause=cause,
        args={**task.args, **args} if args else task.args,
    )


def end(facts: Facts, state: Running | Paused | Broken | Leaving, ended: RunInput) -> Result:
    """Take the end of an attempt; where the run is over, whoever waits for its slot may start."""
    found = attempts.end(facts, state.runs, ended)
    if found is None:
        return state, (stale(ended),)
    runs, effects = found
    final, starts = carry_on(facts, state, runs)
    return final, effects + starts


def carry_on(
    facts: Facts, state: Running | Paused | Broken | Leaving, runs: tuple[Going, ...]
) -> Result:
    """Put these runs in place of those that were going; where one is over, others may start."""
    if runs and len(runs) == len(state.runs):
        return replace(state, runs=runs), ()
    match state:
        case Running(waiting=waiting) if waiting:
            taken = len(runs) + len(state.ready)
            free = max(facts.task.overlap.at_once - taken, 0)
            return start(facts, replace(state, runs=runs), waiting[:free], waiting[free:])
        case Running():
            return live(facts, state.number, state.due, runs, state.ready), ()
        case Paused():
            enabled = live(facts, state.number, state.due, runs)
            return replace(state, due=enabled.due, runs=runs), ()
        case Broken():
            return replace(state, runs=runs), ()
        case _:
            return leave(state.number, runs), ()


def leave(number: int, runs: tuple[Going, ...]) -> Absent | Leaving:
    """Return the state of a removed task."""
    return Leaving(number=number, runs=runs) if runs else Absent(number=number)


def without_occurrences(facts: Facts, state: Running) -> Result:
    """Let only requests wait."""
    left = replace(state, ready=requests(state.ready), waiting=requests(state.waiting))
    return (left, ()) if left.runs or left.ready else carry_on(facts, left, ())


def ask_to_stop(facts: Facts, state: Running | Paused | Broken | Leaving) -> Result:
    """Ask every run once; where one was between two attempts, whoever waits may start."""
    runs, effects = attempts.ask_to_stop(facts, state.runs)
    final, starts = carry_on(facts, state, runs)
    return final, effects + starts


def has_timer(facts: Facts, state: State) -> bool:
    """Return whether something is to be done about a run by now."""
    timer = attempts.first_timer(runs_of(state))
    return timer is not None and timer <= facts.elapsed


def run_timers(facts: Facts, state: Running | Paused | Broken | Leaving) -> Result:
    """Start the attempts whose time has come, and ask runs to stop that are past their limit."""
    runs, effects = attempts.run_timers(facts, state.runs)
    return replace(state, runs=runs), effects


def lose_all(facts: Facts, state: State) -> Result:
    """Give up the runs of the process before; each is recorded as lost."""
    if isinstance(state, Absent | Idle):
        return state, ()
    runs, effects = attempts.lose(facts, state.runs)
    final, starts = carry_on(facts, state, runs)
    return final, effects + starts


def _asked_for(facts: Facts, request: Demanded | RunRequested) -> Waiting:
    cause = Cause.DEMAND if isinstance(request, Demanded) else Cause.RUN_NOW
    now = facts.now
    return Waiting(nominal=now, planned=now, shift=shift_of(facts), cause=cause, args=request.args)


def refused(facts: Facts, why: str) -> RecordEvent:
    """Return the event that says why a request leads to nothing."""
    return RecordEvent(name=facts.task.name, event="refused", text=why)


def stale(ended: RunInput) -> RecordEvent:
    """Return the event for the end of a run that is not going."""
    run = f"{ended.generation}/{ended.number}"
    return RecordEvent(name=ended.name, event="stale", text=run)
