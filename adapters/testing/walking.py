"""The walk: every state that some tasks can come to, breadth first.

From each state every input is tried that can come next. States are told apart by all that the
machine knows, so whatever leads to the same state is looked at once. What is found wrong has the
shortest path of inputs that leads there.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias

from duetime.adapters.testing.walk_rules import RuleError, Step, check_state, check_step
from duetime.engine.errors import BadTaskError, DuetimeError, UnknownTaskError
from duetime.engine.instants import HOUR, SECOND, Instant, Reading, Span, span_text, to_instant
from duetime.engine.journal import state_hash
from duetime.engine.machine import Machine, Settings, Snapshot
from duetime.engine.messages import (
    Added,
    Demanded,
    Disabled,
    Enabled,
    Input,
    Removed,
    Rescheduled,
    Restarted,
    ResumeFrom,
    RunFailed,
    RunFinished,
    RunInput,
    RunLost,
    RunRequested,
    StartRun,
    StopRequested,
    TaskInput,
    Ticked,
)
from duetime.engine.states import runs_of
from duetime.engine.tasks import Task
from duetime.engine.triggers.every import Every

BEGIN = Reading(to_instant("2026-03-02T09:00Z"), 0, "walk")
"""When every walk begins."""
OCCURRENCES = 3
"""Time passes until so many occurrences of each task have come due."""
CLOCK_STEPS: tuple[Span, ...] = (HOUR, -HOUR)
"""By how much the wall clock is set."""
OTHER = Every(seconds=40)
"""The trigger that an edit gives a task."""

Path: TypeAlias = tuple[Input, ...]


class WalkError(AssertionError):
    """A state or a step in which something does not hold; the message tells the way there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """How far a walk came: to so many states, by so many transitions, each `depth` inputs away at
    most.
    """

    states: int
    transitions: int
    depth: int

    def __str__(self) -> str:
        """Say it in a line."""
        return (
            f"{self.states:,} states and {self.transitions:,} transitions within "
            f"{self.depth} inputs"
        )


def walk(
    tasks: Sequence[Task],
    *,
    depth: int,
    settings: Settings | None = None,
    machine: type[Machine] = Machine,
) -> Walked:
    """Walk every state that tasks can come to within `depth` inputs, and check each.

    The tasks have been added at the start. Tried are: the next due time on time, late and not yet
    due; every verb for every task; each way for a run to end; a restart; the wall clock set by an
    hour. `machine`: another engine to be walked, such as one with a planted fault.
    Raises WalkError, with the shortest way there, for what does not hold; BadTaskError for no task
    or a depth below 1.
    """
    if not tasks or depth < 1:
        raise BadTaskError(
            f"walk: {len(tasks)} tasks, depth {depth!r}: give at least one task and a depth from 1"
        )
    first = machine(settings)
    for task in tasks:
        first.handle(Added(at=BEGIN, task=task))
    seen = {state_hash(first)}
    paths: list[tuple[Snapshot, Path]] = [(first.snapshot(), ())]
    horizon, transitions = _horizon(tasks), 0
    _checked(first, ())
    for _ in range(depth):
        following: list[tuple[Snapshot, Path]] = []
        for snapshot, path in paths:
            here = machine.restore(snapshot)
            for input_ in list(_inputs(here, tasks, horizon)):  # each is taken back: look first
                after = _take(here, snapshot, (*path, input_))
                transitions += 1
                if after is not None and after[1] not in seen:
                    seen.add(after[1])
                    following.append((after[0], (*path, input_)))
        for snapshot, path in following:
            _checked(machine.restore(snapshot), path)
        paths = following
    return Walked(states=len(seen), transitions=transitions, depth=depth)


def _take(machine: Machine, before: Snapshot, path: Path) -> tuple[Snapshot, str] | None:
    """Try one input, check what it does, and take it back; None: it was refused."""
    machine.roster.keep_undo()
    try:
        effects = machine.handle(path[-1])
    except UnknownTaskError:
        _expect_same(machine, before, path, "it was refused, and has changed something")
        return None
    except Exception as error:
        raise WalkError(_told(f"it raised {type(error).__name__}: {error}", path)) from error
    after = machine.snapshot()
    step = Step(input=path[-1], effects=effects, before=before, after=after)
    try:
        check_step(step)
    except RuleError as error:
        raise WalkError(_told(str(error), path)) from None
    reached = after, state_hash(machine)
    machine.roster.undo()
    _expect_same(machine, before, path, "it was taken back, and something is left of it")
    return reached


def _checked(machine: Machine, path: Path) -> None:
    """Check a state, and that what is refused in it changes nothing."""
    try:
        check_state(machine)
    except RuleError as error:
        raise WalkError(_told(str(error), path)) from None
    same, at = machine.snapshot(), machine.roster.time.now
    for wrong in (
        Demanded(at=at, name="no such task"),
        Ticked(at=replace(at, mono=at.mono - 1)),
    ):
        with suppress(DuetimeError):
            machine.handle(wrong)
            raise WalkError(_told("it should be refused, and is not", (*path, wrong)))
        _expect_same(machine, same, (*path, wrong), "it was refused, and has changed something")
    for name in sorted(machine.roster.entries):
        stale = RunFinished(at=at, name=name, generation=1, number=1_000_000)
        if any(isinstance(each, StartRun) for each in machine.handle(stale)):
            raise WalkError(_told("no such run was going, and another starts", (*path, stale)))
        _expect_same(machine, same, (*path, stale), "no such run was going, and its end counts")


def _expect_same(machine: Machine, before: Snapshot, path: Path, problem: str) -> None:
    if machine.snapshot() != before:
        raise WalkError(_told(problem, path))


# What can come next


def _inputs(machine: Machine, tasks: Sequence[Task], horizon: Instant) -> Iterator[Input]:
    """Yield every input that can come next."""
    now = machine.roster.time.now
    for at in _times(machine, now):
        if at.mono - BEGIN.mono <= horizon - BEGIN.wall:
            yield Ticked(at=at)
    for change in CLOCK_STEPS:
        yield Ticked(at=replace(now, wall=now.wall + change))
    yield Restarted(at=now)
    for task in tasks:
        yield from _verbs(task, now)
    for name, entry in sorted(machine.roster.entries.items()):
        for run in runs_of(entry.state):
            if run.retry_at is None:
                yield from _ends(name, run.generation, run.number, run.attempt, at=now)


def _times(machine: Machine, now: Reading) -> Iterator[Reading]:
    """Yield a look at the clock now, at the next due time, and after it was slept past."""
    yield now
    left = _left(machine, now)
    if left is not None:
        yield _later(now, left)
        yield _later(now, 2 * left + SECOND)


def _left(machine: Machine, now: Reading) -> Span | None:
    wakeup = machine.next_wakeup()
    left = [] if wakeup.wall is None else [wakeup.wall - now.wall]
    if wakeup.mono is not None:
        left.append(wakeup.mono - now.mono)
    return max(min(left), 0) if left else None


def _later(now: Reading, span: Span) -> Reading:
    return Reading(now.wall + span, now.mono + span, now.boot)


def _verbs(task: Task, at: Reading) -> Iterator[Input]:
    name = task.name
    yield Added(at=at, task=task)
    yield Removed(at=at, name=name)
    yield Demanded(at=at, name=name)
    yield RunRequested(at=at, name=name)
    yield StopRequested(at=at, name=name)
    yield Disabled(at=at, name=name)
    yield from (Enabled(at=at, name=name, from_=from_) for from_ in ResumeFrom)
    yield Rescheduled(at=at, name=name, trigger=OTHER)


def _ends(name: str, generation: int, number: int, attempt: int, *, at: Reading) -> Iterator[Input]:
    key = {"generation": generation, "number": number, "attempt": attempt}
    yield RunFinished(at=at, name=name, **key)
    yield RunFailed(at=at, name=name, error="it failed", **key)
    yield RunLost(at=at, name=name, **key)


def _horizon(tasks: Iterable[Task]) -> Instant:
    """Return when each task has had its occurrences."""
    latest = BEGIN.wall
    for task in tasks:
        trigger = task.trigger.bind(BEGIN.wall, None)
        due = trigger.first(BEGIN.wall)
        for _ in range(OCCURRENCES):
            latest = latest if due is None else max(latest, trigger.planned(due, task.name))
            due = None if due is None else trigger.next_after(due)
    return latest


# In words


def _told(problem: str, path: Path) -> str:
    """Say what is wrong and how to come there, one line for each input."""
    lines, before = [problem, "the shortest way there, after the tasks were added:"], BEGIN
    for input_ in path:
        lines.append(f"  {span_text(input_.at.mono - BEGIN.mono)}: {_words(input_, before)}")
        before = input_.at
    return "\n".join(lines)


def _words(input_: Input, before: Reading) -> str:
    match input_:
        case Ticked(at=at):
            passed = at.mono - before.mono
            change = at.wall - before.wall - passed
            if change:
                return f"the wall clock is set by {span_text(change)}"
            return (
                f"{span_text(passed)} have passed" if passed else "the scheduler looks for itself"
            )
        case Added(task=task):
            return f"{task.name!r} is added again"
        case Enabled(name=name, from_=from_):
            return f"{name!r} is enabled, from {from_}"
        case RunInput(name=name, number=number):
            return f"run {number} of {name!r} {_ENDS[type(input_)]}"
        case TaskInput(name=name):
            return f"{name!r} {_VERBS[type(input_)]}"
    return "the process starts anew"


_ENDS: dict[type[Input], str] = {
    RunFinished: "finishes",
    RunFailed: "fails",
    RunLost: "is lost",
}
_VERBS: dict[type[Input], str] = {
    Removed: "is removed",
    Demanded: "is demanded",
    RunRequested: "is to run now",
    StopRequested: "is to stop",
    Disabled: "is disabled",
    Rescheduled: f"gets the trigger {OTHER!r}",
}
