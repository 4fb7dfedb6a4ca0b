"""All tasks together: inputs in, effects out.

`Machine` is the only thing in the engine that changes. It keeps the two clocks apart, knows who is
due next on each, and hands every input to the one task that it concerns (`lifecycle.step`). Between
two inputs it does nothing; a shell asks `next_wakeup()` and comes back then with a `Ticked`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from duetime.engine.catchup import Fate, as_due
from duetime.engine.errors import (
    BadTaskError,
    IllegalInputError,
    TriggerFailedError,
    UnknownTaskError,
)
from duetime.engine.instants import HOUR, MILLISECOND, Instant, Reading, Span, span_text
from duetime.engine.lifecycle import Happening, step
from duetime.engine.messages import (
    INPUTS,
    Added,
    Damaged,
    Demanded,
    Disabled,
    Effect,
    Enabled,
    Input,
    RecordEvent,
    Redeclared,
    Rescheduled,
    Restarted,
    ResumeFrom,
    RunInput,
    RunRequested,
    StopRequested,
    TaskInput,
    Ticked,
)
from duetime.engine.moves import stale
from duetime.engine.policies import ClockStep
from duetime.engine.roster import Retired, Roster
from duetime.engine.states import (
    Absent,
    ClockJumped,
    Entry,
    Facts,
    Idle,
    Leaving,
    Paused,
    Running,
    SlotFreed,
    State,
    TriggerFailed,
    due_of,
    runs_of,
)
from duetime.engine.stride import Ending, Stride
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.once import OnDemand

_STILL_HEARD = RunInput | Restarted | StopRequested | Demanded | RunRequested | Disabled
"""What a task hears although its trigger has just failed over it: in the error state, in which none
of these asks the trigger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The limits of a machine; spans in ns.

    `step`: a change of the shift of more than this is a step of the wall clock.
    `forward`, `back`: a step of more than this is accepted as it is, nothing is made up for
    (cronie's classes), unless the task says otherwise.
    `max_running`: so many runs of all tasks go at the same time; None: as many as there are.
    """

    step: Span = 500 * MILLISECOND
    forward: Span = 3 * HOUR
    back: Span = 3 * HOUR
    max_running: int | None = None

    def __post_init__(self) -> None:
        """Raises BadTaskError, naming the setting, for what makes no sense."""
        if min(self.step, self.forward, self.back) < 0:
            raise BadTaskError("settings: step, forward and back must not be negative")
        most = self.max_running
        if most is not None and (type(most) is not int or most < 1):
            raise BadTaskError(
                f"settings: max_running {most!r} must be a whole number from 1 up, or None"
            )


@dataclass(frozen=True, slots=True)
class Wakeup:
    """When the next occurrence is due, on each clock; None: nothing is due on it."""

    wall: Instant | None
    mono: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """What can be seen of one task. `due`: wall-clock ns; `counts`: occurrences by fate."""

    name: str
    task: Task
    generation: int
    state: State
    due: Instant | None
    counts: dict[Fate, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that a machine knows, as plain data."""

    settings: Settings
    last: Reading | None
    lead: Span
    shift: Span
    entries: tuple[Entry, ...]
    retired: dict[str, Retired]


class Machine:
    """The engine: a deterministic function of its inputs, in order."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Start without tasks; the first input sets the clocks."""
        self.settings = settings or Settings()
        self.roster = Roster(limited=self.settings.max_running is not None)

    # Inputs

    def check(self, input_: Input) -> None:
        """Raise what `handle` would raise for this input, and change nothing."""
        if not isinstance(input_, Restarted):  # whose clock may have started anew
            self.roster.time.check(input_.at)
        if type(input_) not in INPUTS:
            raise IllegalInputError(f"{input_!r} is no input of the machine")
        if isinstance(input_, TaskInput) and not isinstance(input_, RunInput):
            entry = self.roster.entries.get(input_.name)
            if entry is None or isinstance(entry.state, Leaving):
                raise UnknownTaskError(input_.name, tuple(self.names()))
            if isinstance(input_, Rescheduled):
                _try_trigger(entry.task, input_.trigger, input_.at)
        elif isinstance(input_, Added | Redeclared):
            _try_trigger(input_.task, input_.task.trigger, input_.at)

    def handle(self, input_: Input) -> tuple[Effect, ...]:
        """Take one input and return what is to be done, in order.

        Raises UnknownTaskError for a verb on an absent name, TriggerFailedError for a new trigger
        that cannot say when it is due, IllegalInputError for what no shell should send; nothing is
        changed.
        """
        self.check(input_)
        effects = self._take_time(input_.at)
        match input_:
            case Ticked():
                effects += self._tick(input_)
            case RunInput() if input_.name not in self.roster.entries:
                effects.append(stale(input_))
            case TaskInput():
                effects += self._step(input_.name, input_)
            case Added(task=task):
                old, generation = self.roster.declare(task, None)
                effects += self._step(task.name, input_, before=old, generation=generation)
            case Redeclared(task=task):
                entry = self.roster.entries.get(task.name)
                goes_on = entry and isinstance(entry.state, Idle | Running | Paused)
                before = entry.trigger if entry and goes_on else None
                old, generation = self.roster.declare(task, before)
                effects += self._step(task.name, input_, before=old, generation=generation)
            case Damaged(name=name):
                if name not in self.roster.entries:
                    self.roster.entry_of(Task(name=name, trigger=OnDemand()), OnDemand())
                effects += self._step(name, input_)
            case _:
                for name in sorted(self.roster.entries):
                    effects += self._step(name, input_)
        if self.settings.max_running is not None:
            effects += self._fill_slots(self.settings.max_running)
        return tuple(effects)

    def next_wakeup(self) -> Wakeup:
        """Return when the next `Ticked` is needed, on each clock."""
        wall, elapsed = self.roster.agendas.wall.first(), self.roster.agendas.elapsed.first()
        return Wakeup(
            wall=wall[0] if wall else None,
            mono=elapsed[0] - self.roster.time.lead if elapsed else None,
        )

    def needs_tick(self, at: Reading) -> bool:
        """Return whether a `Ticked` is wanted now: somebody is due, or the wall clock was set.

        Half a step is told already, so that a slew is followed before it adds up to a step.
        """
        time, agendas = self.roster.time, self.roster.agendas
        wall, elapsed = agendas.wall.first(), agendas.elapsed.first()
        if (wall and wall[0] <= at.wall) or (elapsed and elapsed[0] <= at.mono + time.lead):
            return True
        return 2 * abs(time.change(at)) > self.settings.step

    # Views

    def names(self) -> list[str]:
        """Return the names of all tasks, sorted."""
        entries = self.roster.entries.items()
        return sorted(name for name, entry in entries if not isinstance(entry.state, Leaving))

    def view(self, name: str) -> TaskView:
        """Return what can be seen of a task.

        Raises UnknownTaskError for an absent name.
        """
        entry = self.roster.entries.get(name)
        if entry is None:
            raise UnknownTaskError(name, tuple(self.names()))
        due = due_of(entry.state)
        if due is not None and entry.trigger.elapsed:
            due += self.roster.time.shift
        return TaskView(
            name=name,
            task=entry.task,
            generation=entry.generation,
            state=entry.state,
            due=due,
            counts=dict(entry.counts),
        )

    def snapshot(self) -> Snapshot:
        """Return all that the machine knows; later inputs do not change it."""
        return Snapshot(
            settings=self.settings,
            last=self.roster.time.last,
            lead=self.roster.time.lead,
            shift=self.roster.time.shift,
            entries=self.roster.copies(),
            retired=dict(sorted(self.roster.retired.items())),
        )

    @classmethod
    def restore(cls, snapshot: Snapshot) -> "Machine":
        """Make a machine that goes on exactly where the snapshot was taken."""
        machine = cls(snapshot.settings)
        roster, time = machine.roster, machine.roster.time
        time.last, time.lead, time.shift = snapshot.last, snapshot.lead, snapshot.shift
        roster.retired.update(snapshot.retired)
        for entry in snapshot.entries:
            roster.restore(entry.task.name, replace(entry, counts=dict(entry.counts)))
        return machine

    # Strides

    def stride(
        self,
        plain: Mapping[str, Callable[[], object]],
        at: Reading,
        until: Instant,
        *,
        record: bool,
    ) -> Stride | None:
        """Begin a stride over the tasks named in `plain`, or return None where none is possible.

        `at`: what the clock shows. A stride needs both clocks to show the same, and slots without
        limit; it must be ended by `end_stride` before any input.
        """
        time = self.roster.time
        if time.last is None or time.shift or at.wall != at.mono + time.lead:
            return None
        if self.settings.max_running is not None:
            return None
        roster = self.roster
        return Stride(roster.entries, roster.agendas, plain, at.wall, until, record=record)

    def end_stride(self, stride: Stride, *, going: bool = False) -> Ending:
        """Put the states in order after a stride; `going`: its last run has not ended.

        What is not plain and due at the same time as the last run is started along with it, as one
        `Ticked` would.
        """
        ending = stride.end(going=going)
        if not ending.walked:
            return ending
        ticked = Ticked(at=self.roster.time.pass_to(ending.now))
        return replace(ending, started=tuple(self._tick(ticked)))

    # Private parts

    def _take_time(self, at: Reading) -> list[Effect]:
        """Take in a reading; return what is to be done about a step of the wall clock."""
        change = self.roster.time.take(at)
        if abs(change) <= self.settings.step:
            return []
        effects: list[Effect] = [RecordEvent(event="clock_stepped", text=span_text(change))]
        far = change > self.settings.forward or -change > self.settings.back
        for name in sorted(self.roster.entries):
            entry = self.roster.entries[name]
            if _takes_as_it_is(entry, far=far):
                effects += self._step(name, ClockJumped(), generation=entry.generation + 1)
        return effects

    def _tick(self, ticked: Ticked) -> list[Effect]:
        """Let all that is due by now make its step, in the order of its time."""
        effects: list[Effect] = []
        while due := self.roster.agendas.pop_due(self.roster.time):
            for index, name in enumerate(due):
                plain = isinstance(self.roster.entries[name].state, Idle)
                effects += self._step(name, ticked)
                if not plain and self.roster.agendas.is_due(name, self.roster.time):
                    # It is due for another reason as well: in its order among the others.
                    for other in due[index + 1 :]:
                        self.roster.place(other, self.roster.entries[other])
                    break
        return effects

    def _fill_slots(self, most: int) -> list[Effect]:
        """Start those that are ready, in the order of their time, as long as there are slots."""
        effects: list[Effect] = []
        while self.roster.taken < most and (first := self.roster.ready.first()) is not None:
            effects += self._step(first[2], SlotFreed())
        return effects

    def _step(
        self,
        name: str,
        input_: Happening,
        *,
        before: Trigger | None = None,
        generation: int | None = None,
    ) -> list[Effect]:
        """Let one task make one step, and keep the agendas in order."""
        roster = self.roster
        entry, time = roster.entries[name], roster.time
        if roster.undoable:
            roster.note(name)
        match input_:
            case Rescheduled():
                before = entry.trigger
                entry.trigger = input_.trigger.bind(time.elapsed, before)
                entry.task = replace(entry.task, trigger=input_.trigger)
                if entry.trigger != before:
                    generation = entry.generation + 1
            case Enabled() if _goes_back(entry, input_):
                generation = entry.generation + 1
        now = time.now
        facts = Facts(
            task=entry.task,
            trigger=entry.trigger,
            before=before or entry.trigger,
            generation=generation or entry.generation,
            generation_before=entry.generation,
            wall=now.wall,
            elapsed=now.mono + time.lead,
            shift=time.shift,
            limited=roster.limited,
        )
        try:
            state, effects = step(facts, entry.state, input_)
        except IllegalInputError:
            raise
        except Exception as error:
            failed = TriggerFailed(error=_error_text(entry.trigger, error))
            first = generation if isinstance(entry.state, Absent) else None
            broken = self._step(name, failed, generation=first)
            return broken + (self._step(name, input_) if isinstance(input_, _STILL_HEARD) else [])
        if facts.limited:
            roster.taken += len(runs_of(state)) - len(runs_of(entry.state))
        entry.state, entry.generation = state, facts.generation
        entry.count(effects)
        roster.place(name, entry)
        return list(effects)


def _takes_as_it_is(entry: Entry, *, far: bool) -> bool:
    """Return whether a task is planned anew after a step of the wall clock."""
    if entry.trigger.elapsed or not isinstance(entry.state, Idle | Running | Paused):
        return False
    policy = entry.task.clock_step
    return far if policy is ClockStep.BY_SIZE else policy is ClockStep.ACCEPT


def _goes_back(entry: Entry, enabled: Enabled) -> bool:
    """Return whether occurrences that have had their fate are due again, in a new generation."""
    back = enabled.from_ is ResumeFrom.PAUSE and isinstance(entry.state, Paused)
    return back and not entry.trigger.follows_runs


def _try_trigger(task: Task, trigger: Trigger, at: Reading) -> None:
    try:
        bound = trigger.bind(at.wall, None)
        as_due(task, bound, bound.first(at.wall))
    except Exception as error:
        raise TriggerFailedError(f"task {task.name!r}: {_error_text(trigger, error)}") from error


def _error_text(trigger: Trigger, error: Exception) -> str:
    return f"trigger {trigger!r} raised {type(error).__name__}: {error}"
