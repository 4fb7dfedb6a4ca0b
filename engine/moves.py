"""The longer moves of the state machine: what an arm of `lifecycle.step` does when one line is not
enough.

Each is pure: the facts and a state in, the next state and the effects out.
"""

from collections.abc import Mapping
from dataclasses import replace

from duetime.engine.catchup import Batch, Due, Fate, Range, as_due, collect, due_after, skip_all
from duetime.engine.instants import Instant
from duetime.engine.messages import (
    AskToStop,
    Cause,
    Demanded,
    Disabled,
    Effect,
    RecordEvent,
    RecordFate,
    RunInput,
    RunRequested,
    StartRun,
)
from duetime.engine.overlap import Waiting, admit, due_ranges, requests
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
    waiting: tuple[Waiting, ...] = (),
) -> Idle | Running:
    """Return the enabled state; a trigger that follows runs plans again when none is going."""
    if runs:
        return Running(number=number, due=due, runs=runs, waiting=waiting)
    if due is None and facts.trigger.follows_runs:
        due = due_after(facts.task, facts.trigger, facts.now)
    return Idle(number=number, due=due)


def declare_anew(facts: Facts, state: Running) -> Result:
    """Put another declaration in force beside runs that go on; what waited for them is gone."""
    fates = superseded(facts, state.due, state.waiting)
    return replace(state, due=first_due(facts), waiting=()), fates


def reschedule(facts: Facts, state: Running) -> Result:
    """Put another trigger in force beside runs that go on; only requests still wait for them."""
    fates = superseded(facts, state.due, state.waiting)
    return replace(state, due=first_due(facts), waiting=requests(state.waiting)), fates


def jump(facts: Facts, state: Idle | Running | Paused) -> Result:
    """Plan anew after a far jump of the wall clock; what had come due before it is missed.

    What has no next occurrence gets none: a finished `Once` stays finished.
    """
    before = replace(facts, generation=facts.generation_before)
    due = state.due
    gone: tuple[Effect, ...] = ()
    if isinstance(state, Running):
        gone = _fates(before, due_ranges(state.waiting, Fate.MISSED, "clock"))
        state = replace(state, waiting=requests(state.waiting))
    ahead = due
    if due is not None and due.planned <= facts.now:
        fates, ahead = _skip(before, due, facts.now, Fate.MISSED, "clock")
        gone += fates
    if ahead is not None and ahead.nominal <= facts.now:  # planned later, and passed over
        gone += _fates(before, (_one(ahead, Fate.MISSED, "clock"),))
    return replace(state, due=None if due is None else first_due(facts)), gone


def remove(facts: Facts, state: Running) -> Result:
    """Take the task away from runs that go on."""
    fates = superseded(facts, state.due, state.waiting)
    return Leaving(number=state.number, runs=state.runs), fates


def leave(number: int, runs: tuple[Going, ...]) -> Absent | Leaving:
    """Return the state of a removed task."""
    return Leaving(number=number, runs=runs) if runs else Absent(number=number)


def come_due(facts: Facts, state: Idle | Running, due: Due) -> Result:
    """Deal with all occurrences that are due by now; there may be none yet."""
    if due.planned > facts.now:
        return state, ()
    batch = collect(facts.task, facts.trigger, due, facts.now)
    if isinstance(state, Idle) and not batch.fates and len(batch.starts) == 1:
        return _start_on_time(facts, state.number + 1, batch)
    runs = state.runs if isinstance(state, Running) else ()
    waiting = state.waiting if isinstance(state, Running) else ()
    fates = _fates(facts, batch.fates)
    if not batch.starts:
        return live(facts, state.number, batch.next_due, runs, waiting), fates
    newcomers = tuple(Waiting(nominal=d.nominal, planned=d.planned) for d in batch.starts)
    next_state = Running(number=state.number, due=batch.next_due, runs=runs, waiting=waiting)
    final, effects = admit_newcomers(facts, next_state, newcomers)
    return final, fates + effects


def admit_newcomers(facts: Facts, state: Running, newcomers: tuple[Waiting, ...]) -> Result:
    """Apply the overlap policy to newcomers, occurrences or a request."""
    admission = admit(facts.task, len(state.runs), state.waiting, newcomers)
    if admission.starts:
        return start(facts, state, admission.starts, admission.waiting)
    effects: tuple[Effect, ...] = _fates(facts, admission.fates)
    final: State = replace(state, waiting=admission.waiting)
    admitted = any(each is newcomers[0] for each in admission.waiting)
    if newcomers[0].cause is Cause.RUN_NOW and not admitted:
        effects += (refused(facts, "running"),)
    if admission.ask_to_stop:
        final, asked = ask_to_stop(facts, replace(state, waiting=admission.waiting))
        effects += asked
    return final, effects


def start(
    facts: Facts, state: Idle | Running, starts: tuple[Waiting, ...], waiting: tuple[Waiting, ...]
) -> Result:
    """Start runs, beside those that are going."""
    runs = state.runs if isinstance(state, Running) else ()
    effects = tuple(
        _start_run(facts, number, each.nominal, each.planned, cause=each.cause, args=each.args)
        for number, each in enumerate(starts, state.number + 1)
    )
    going = tuple(Going(effect.generation, effect.number) for effect in effects)
    number = state.number + len(starts)
    return Running(number=number, due=state.due, runs=runs + going, waiting=waiting), effects


def _start_on_time(facts: Facts, number: int, batch: Batch) -> Result:
    """Start the one occurrence that has come due while nothing was going: nearly every time."""
    due = batch.starts[0]
    effect = _start_run(facts, number, due.nominal, due.planned, cause=Cause.DUE, args={})
    going = Going(facts.generation, number)
    return Running(number=number, due=batch.next_due, runs=(going,)), (effect,)


def _start_run(
    facts: Facts,
    number: int,
    nominal: Instant,
    planned: Instant,
    *,
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
        shift=facts.shift if facts.trigger.elapsed else 0,
        cause=cause,
        args={**task.args, **args} if args else task.args,
    )


def end(facts: Facts, state: Running | Paused | Broken | Leaving, ended: RunInput) -> Result:
    """Free the slot of a run; whoever waits may start."""
    key = (ended.generation, ended.number)
    runs = tuple(run for run in state.runs if (run.generation, run.number) != key)
    if len(runs) == len(state.runs):
        return state, (stale(ended),)
    return _carry_on(facts, state, runs)


def _carry_on(
    facts: Facts, state: Running | Paused | Broken | Leaving, runs: tuple[Going, ...]
) -> Result:
    match state:
        case Running(waiting=waiting) if waiting:
            free = max(facts.task.overlap.at_once - len(runs), 0)
            next_state = Running(number=state.number, due=state.due, runs=runs)
            return start(facts, next_state, waiting[:free], waiting[free:])
        case Running():
            return live(facts, state.number, state.due, runs), ()
        case Paused():
            enabled = live(facts, state.number, state.due, runs)
            return replace(state, due=enabled.due, runs=runs), ()
        case Broken():
            return replace(state, runs=runs), ()
        case _:
            return leave(state.number, runs), ()


def ask_to_stop(facts: Facts, state: Running | Paused | Broken | Leaving) -> Result:
    """Ask every run once."""
    effects = tuple(
        AskToStop(name=facts.task.name, generation=run.generation, number=run.number)
        for run in state.runs
        if not run.asked
    )
    return replace(state, runs=tuple(replace(run, asked=True) for run in state.runs)), effects


def pause(facts: Facts, state: Idle | Running, disabled: Disabled) -> Result:
    """Stop starting; what waits is skipped, runs in progress are left alone."""
    paused = Paused(
        number=state.number,
        due=state.due,
        runs=state.runs if isinstance(state, Running) else (),
        reason=disabled.reason,
        until=disabled.until,
    )
    waiting = state.waiting if isinstance(state, Running) else ()
    return paused, _fates(facts, due_ranges(waiting, Fate.SKIPPED, "disabled"))


def pass_by(facts: Facts, state: Paused) -> Result:
    """Skip what is due by now, or enable the task where its pause has run out."""
    if state.until is not None and state.until <= facts.wall:
        shift = facts.shift if facts.trigger.elapsed else 0
        return resume(facts, state, min(state.until - shift, facts.now))
    if state.due is None or state.due.planned > facts.now:
        return state, ()
    gone, due = _skip(facts, state.due, facts.now)
    return replace(state, due=due), gone


def resume(facts: Facts, state: Paused, ended: Instant) -> Result:
    """Enable: what came due before the pause ended is skipped, the phase is kept."""
    due = state.due
    gone: tuple[Effect, ...] = ()
    if due is not None and due.planned < ended:
        gone, due = _skip(facts, due, ended - 1)
        if facts.trigger.follows_runs:
            due = due_after(facts.task, facts.trigger, ended)
    return live(facts, state.number, due, state.runs), gone


def break_down(facts: Facts, state: State, error: str) -> Result:
    """Put the task into the error state; what was due or waiting is skipped for that reason."""
    event = RecordEvent(name=facts.task.name, event="broken", text=error)
    if isinstance(state, Absent | Broken | Leaving):
        runs = () if isinstance(state, Absent) else state.runs
        return Broken(number=state.number, error=error, runs=runs), (event,)
    runs = () if isinstance(state, Idle) else state.runs
    waiting = state.waiting if isinstance(state, Running) else ()
    lost = due_ranges(waiting, Fate.SKIPPED, "error")
    if state.due is not None and state.due.planned <= facts.now:
        lost += (_one(state.due, Fate.SKIPPED, "error"),)
    return Broken(number=state.number, error=error, runs=runs), (*_fates(facts, lost), event)


def lose_all(facts: Facts, state: State) -> Result:
    """Give up the runs of the process before; each is recorded as lost."""
    if isinstance(state, Absent | Idle):
        return state, ()
    lost = tuple(
        RecordEvent(name=facts.task.name, event="lost", text=f"{run.generation}/{run.number}")
        for run in state.runs
    )
    final, effects = _carry_on(facts, state, ())
    return final, lost + effects


def superseded(
    facts: Facts, due: Due | None, waiting: tuple[Waiting, ...] = ()
) -> tuple[Effect, ...]:
    """Return the fates of what an edit or a removal leaves behind.

    An occurrence that still lies ahead is left behind by an edit only, and only where the new
    trigger does not have it ahead as well.
    """
    before = replace(facts, trigger=facts.before, generation=facts.generation_before)
    gone = _fates(before, due_ranges(waiting, Fate.SUPERSEDED))
    if due is not None and due.planned <= before.now:
        fates, following = _left_behind(before, due)
        gone, due = gone + fates, None if before.trigger.follows_runs else following
    removed = facts.generation == facts.generation_before
    if due is None or removed:
        return gone
    if due.nominal > before.now and facts.trigger.next_after(due.nominal - 1) == due.nominal:
        return gone
    return gone + _fates(before, (_one(due, Fate.SUPERSEDED),))


def _left_behind(before: Facts, due: Due) -> tuple[tuple[Effect, ...], Due | None]:
    """Supersede what had come due; a trigger that fails by now cannot hold up its own removal."""
    try:
        return _skip(before, due, before.now, Fate.SUPERSEDED, "")
    except Exception:
        return _fates(before, (_one(due, Fate.SUPERSEDED, "error"),)), None


def _one(due: Due, fate: Fate, reason: str = "") -> Range:
    return Range(fate=fate, reason=reason, first=due.nominal, last=due.nominal, count=1)


def _skip(
    facts: Facts, due: Due, until: Instant, fate: Fate = Fate.SKIPPED, reason: str = "disabled"
) -> tuple[tuple[Effect, ...], Due | None]:
    gone, following = skip_all(facts.task, facts.trigger, due, until, fate=fate, reason=reason)
    return _fates(facts, (gone,)), following


def _fates(facts: Facts, ranges: tuple[Range, ...]) -> tuple[Effect, ...]:
    return tuple(
        RecordFate(
            name=facts.task.name,
            generation=facts.generation,
            fate=each.fate,
            reason=each.reason,
            first=each.first,
            last=each.last,
            count=each.count,
            shift=facts.shift if facts.trigger.elapsed else 0,
        )
        for each in ranges
    )


def asked_for(facts: Facts, request: Demanded | RunRequested) -> Waiting:
    """Return the run that a request stands for."""
    cause = Cause.DEMAND if isinstance(request, Demanded) else Cause.RUN_NOW
    return Waiting(nominal=facts.now, planned=facts.now, cause=cause, args=request.args)


def refused(facts: Facts, why: str) -> RecordEvent:
    """Return the event that says why a request leads to nothing."""
    return RecordEvent(name=facts.task.name, event="refused", text=why)


def stale(ended: RunInput) -> RecordEvent:
    """Return the event for the end of a run that is not going."""
    run = f"{ended.generation}/{ended.number}"
    return RecordEvent(name=ended.name, event="stale", text=run)
