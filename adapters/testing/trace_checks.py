"""What must hold of all that was decided, from the first input to the last."""

from duetime.adapters.testing.checks import check_safety
from duetime.adapters.testing.rehearsal import WrongError
from duetime.adapters.testing.walk_rules import Step, check_state, check_step
from duetime.engine.instants import Instant, iso
from duetime.engine.journal import Journal
from duetime.engine.machine import Machine
from duetime.engine.messages import (
    Cause,
    Demanded,
    Disabled,
    Enabled,
    Removed,
    RunFailed,
    RunFinished,
    TaskInput,
)
from duetime.engine.states import Broken, Idle, Leaving, Paused, Running, State, runs_of
from duetime.engine.triggers.every import ElapsedGrid, Every


def check_trace(journal: Journal, *, engine: type[Machine] = Machine) -> None:
    """Feed a journal to a fresh machine, and check every step and the end.

    Checked is that it decides the same, and what a walk and a crash test check: nothing is early
    or twice, no run is beyond what the policies permit, no pause is broken, each due time has one
    fate, numbers rise, grids keep their phase, time goes on. `engine`: the class of the machine.
    Raises AssertionError for the first that does not hold.
    """
    machine, before, mono, boot = engine(journal.settings), None, 0, ""
    for number, record in enumerate(journal, journal.first):
        at = record.input.at
        if at.boot == boot and at.mono < mono:
            raise WrongError(f"record {number}: elapsed time went back")
        mono, boot = at.mono, at.boot
        before = machine.snapshot() if before is None else before
        effects = machine.handle(record.input)
        if effects != record.effects:
            raise WrongError(f"record {number}: {record.input} is decided otherwise in a replay")
        after = machine.snapshot()
        step = Step(input=record.input, effects=effects, before=before, after=after)
        check_step(step)
        _check_phase(step)
        _check_heard(step)
        before = after
    check_state(machine)
    check_safety(machine, journal.records)


def _check_phase(step: Step) -> None:
    """The due times of a grid lie a whole number of periods after its anchor."""
    triggers = {
        (entry.task.name, entry.generation): entry.trigger
        for snapshot in (step.after, step.before)
        for entry in snapshot.entries
    }
    for start in step.starts:
        trigger = triggers.get((start.name, start.generation))
        if start.cause is Cause.DUE and isinstance(trigger, Every | ElapsedGrid):
            anchor: Instant = trigger.anchor or 0
            if (start.nominal - anchor) % trigger.period:
                raise WrongError(
                    f"{start.name!r} starts for {iso(start.nominal)}, which is not on its grid"
                )


def _check_heard(step: Step) -> None:
    """An input is taken at its time, and a verb has the effect that it promises."""
    input_, last = step.input, step.after.last
    if last != input_.at:
        raise WrongError(f"what was said at {input_.at} is taken to be of {last}")
    if not isinstance(input_, TaskInput):
        return
    name = input_.name
    entries = {entry.task.name: entry for entry in step.before.entries}
    states = {entry.task.name: entry.state for entry in step.after.entries}
    before, after = entries.get(name), states.get(name)
    match input_:
        case Disabled():
            held = isinstance(after, Paused | Leaving)
            heard = held or (isinstance(after, Broken) and after.pause is not None)
        case Enabled():
            heard = not isinstance(after, Paused)
        case Removed():
            heard = after is None or isinstance(after, Leaving)
        case Demanded() if before is not None and isinstance(before.state, Idle | Running):
            told = any(effect.name == name for effect in step.effects)
            heard = told or _waits_for_demand(after)
        case RunFinished() | RunFailed():
            going = () if after is None else runs_of(after)
            attempts = [(run.number, run.attempt) for run in going if run.retry_at is None]
            heard = (input_.number, input_.attempt) not in attempts
        case _:
            heard = True
    if not heard:
        raise WrongError(f"{type(input_).__name__} for {name!r} was not heard")


def _waits_for_demand(state: State | None) -> bool:
    if not isinstance(state, Running):
        return False
    return any(each.cause is Cause.DEMAND for each in state.ready + state.waiting)
