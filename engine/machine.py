"""All tasks together: inputs in, effects out.

`Machine` is the only thing in the engine that changes. It keeps the two clocks apart, knows who is
due next on each, and hands every input to the one task that it concerns (`lifecycle.step`). Between
two inputs it does nothing; a shell asks `next_wakeup()` and comes back then with a `Ticked`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from duetime.engine.agenda import Agendas
from duetime.engine.catchup import Fate, as_due
from duetime.engine.errors import IllegalInputError, TriggerFailedError, UnknownTaskError
from duetime.engine.instants import HOUR, MILLISECOND, Instant, Reading, Span, span_text
from duetime.engine.lifecycle import step
from duetime.engine.messages import (
    INPUTS,
    Added,
    Effect,
    Input,
    RecordEvent,
    Rescheduled,
    RunInput,
    TaskInput,
    Ticked,
)
from duetime.engine.moves import stale
from duetime.engine.states import (
    Absent,
    ClockJumped,
    Entry,
    Facts,
    Idle,
    Leaving,
    Paused,
    Running,
    State,
    TriggerFailed,
    due_of,
)
from duetime.engine.stride import Ending, Stride
from duetime.engine.tasks import Task
from duetime.engine.timekeeper import Timekeeper
from duetime.engine.triggers.base import Trigger

RETIRED_LIMIT = 100_000
"""The generations of so many removed names are remembered, so that none is used again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The limits of the two clocks, in ns.

    `step`: a change of the shift of more than this is a step of the wall clock.
    `jump`: a step of more than this is accepted as it is, nothing is made up for (cronie's
    classes).
    """

    step: Span = 500 * MILLISECOND
    jump: Span = 3 * HOUR


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
class Retired:
    """What is kept of a removed name, so that no generation or number is ever used again.

    `at`: when it was removed, in elapsed time.
    """

    generation: int
    number: int
    at: Instant


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
        self._entries: dict[str, Entry] = {}
        self._retired: dict[str, Retired] = {}
        self._agendas = Agendas()
        self._time = Timekeeper()

    # Inputs

    def check(self, input_: Input) -> None:
        """Raise what `handle` would raise for this input, and change nothing."""
        self._time.check(input_.at)
        if type(input_) not in INPUTS:
            raise IllegalInputError(f"{input_!r} is no input of the machine")
        if isinstance(input_, TaskInput) and not isinstance(input_, RunInput):
            entry = self._entries.get(input_.name)
            if entry is None or isinstance(entry.state, Leaving):
                raise UnknownTaskError(input_.name, tuple(self.names()))
            if isinstance(input_, Rescheduled):
                _try_trigger(entry.task, input_.trigger, input_.at)
        elif isinstance(input_, Added):
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
            case RunInput() if input_.name not in self._entries:
                effects.append(stale(input_))
            case TaskInput():
                effects += self._step(input_.name, input_)
            case Added(task=task):
                trigger = task.trigger.bind(self._time.elapsed, None)
                entry = _entry_of(self._entries, self._retired, task, trigger)
                before, entry.trigger, entry.task = entry.trigger, trigger, task
                generation = entry.generation + 1
                effects += self._step(task.name, input_, before=before, generation=generation)
            case _:
                for name in sorted(self._entries):
                    effects += self._step(name, input_)
        return tuple(effects)

    def next_wakeup(self) -> Wakeup:
        """Return when the next `Ticked` is needed, on each clock."""
        wall, elapsed = self._agendas.wall.first(), self._agendas.elapsed.first()
        return Wakeup(
            wall=wall[0] if wall else None,
            mono=elapsed[0] - self._time.lead if elapsed else None,
        )

    def needs_tick(self, at: Reading) -> bool:
        """Return whether a `Ticked` is wanted now: somebody is due, or the wall clock was set.

        Half a step is told already, so that a slew is followed before it adds up to a step.
        """
        time, agendas = self._time, self._agendas
        wall, elapsed = agendas.wall.first(), agendas.elapsed.first()
        if (wall and wall[0] <= at.wall) or (elapsed and elapsed[0] <= at.mono + time.lead):
            return True
        return 2 * abs(time.change(at)) > self.settings.step

    # Views

    def names(self) -> list[str]:
        """Return the names of all tasks, sorted."""
        return sorted(
            name for name, entry in self._entries.items() if not isinstance(entry.state, Leaving)
        )

    def view(self, name: str) -> TaskView:
        """Return what can be seen of a task.

        Raises UnknownTaskError for an absent name.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise UnknownTaskError(name, tuple(self.names()))
        due = due_of(entry.state)
        if due is not None and entry.trigger.elapsed:
            due += self._time.shift
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
            last=self._time.last,
            lead=self._time.lead,
            shift=self._time.shift,
            entries=tuple(
                replace(entry, counts=dict(entry.counts))
                for _, entry in sorted(self._entries.items())
            ),
            retired=dict(sorted(self._retired.items())),
        )

    @classmethod
    def restore(cls, snapshot: Snapshot) -> "Machine":
        """Make a machine that goes on exactly where the snapshot was taken."""
        machine, time = cls(snapshot.settings), Timekeeper()
        time.last, time.lead, time.shift = snapshot.last, snapshot.lead, snapshot.shift
        machine._time, machine._retired = time, dict(snapshot.retired)
        for entry in snapshot.entries:
            machine._entries[entry.task.name] = replace(entry, counts=dict(entry.counts))
            machine._plan(entry.task.name, entry)
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

        `at`: what the clock shows. A stride needs both clocks to show the same; it must be ended by
        `end_stride` before any input.
        """
        time = self._time
        if time.last is None or time.shift or at.wall != at.mono + time.lead:
            return None
        return Stride(self._entries, self._agendas, plain, at.wall, until, record=record)

    def end_stride(self, stride: Stride, *, going: bool = False) -> Ending:
        """Put the states in order after a stride; `going`: its last run has not ended.

        What is not plain and due at the same time as the last run is started along with it, as one
        `Ticked` would.
        """
        ending = stride.end(going=going)
        if not ending.walked:
            return ending
        ticked = Ticked(at=self._time.pass_to(ending.now))
        return replace(ending, started=tuple(self._tick(ticked)))

    # Private parts

    def _take_time(self, at: Reading) -> list[Effect]:
        """Take in a reading; return what is to be done about a step of the wall clock."""
        change = self._time.take(at)
        if abs(change) <= self.settings.step:
            return []
        effects: list[Effect] = [RecordEvent(event="clock_stepped", text=span_text(change))]
        if abs(change) > self.settings.jump:
            for name in sorted(self._entries):
                entry = self._entries[name]
                if not entry.trigger.elapsed and isinstance(entry.state, Idle | Running | Paused):
                    effects += self._step(name, ClockJumped(), generation=entry.generation + 1)
        return effects

    def _tick(self, ticked: Ticked) -> list[Effect]:
        effects: list[Effect] = []
        while due := self._agendas.pop_due(self._time):
            # A pause that is over ends first: its task may be due, in its order among the others.
            wall = self._time.now.wall
            rested = [name for name in due if _has_rested(self._entries[name].state, wall)]
            for name in rested or due:
                effects += self._step(name, ticked)
            for name in due if rested else ():
                self._plan(name, self._entries[name])
        return effects

    def _step(
        self,
        name: str,
        input_: Input | TriggerFailed | ClockJumped,
        *,
        before: Trigger | None = None,
        generation: int | None = None,
    ) -> list[Effect]:
        """Let one task make one step, and keep the agendas in order."""
        entry, time = self._entries[name], self._time
        if isinstance(input_, Rescheduled):
            before = entry.trigger
            entry.trigger = input_.trigger.bind(time.elapsed, before)
            if entry.trigger != before:
                generation = entry.generation + 1
        facts = Facts(
            task=entry.task,
            trigger=entry.trigger,
            before=before or entry.trigger,
            generation=generation or entry.generation,
            generation_before=entry.generation,
            wall=time.now.wall,
            elapsed=time.elapsed,
            shift=time.shift,
        )
        try:
            state, effects = step(facts, entry.state, input_)
        except IllegalInputError:
            raise
        except Exception as error:
            failed = TriggerFailed(error=_error_text(entry.trigger, error))
            first = generation if isinstance(entry.state, Absent) else None
            return self._step(name, failed, generation=first)
        entry.state, entry.generation = state, facts.generation
        entry.count(effects)
        self._plan(name, entry)
        return list(effects)

    def _plan(self, name: str, entry: Entry) -> None:
        """Put the task where its state wants to be woken; forget it when it is gone."""
        state = entry.state
        if isinstance(state, Absent):
            del self._entries[name]
            if entry.lived:
                at = self._time.elapsed
                was = Retired(generation=entry.generation, number=state.number, at=at)
                _retire(self._retired, name, was)
        wall, elapsed = due_of(state), None
        if entry.trigger.elapsed:
            wall, elapsed = None, wall
        if isinstance(state, Paused) and state.until is not None:
            wall = state.until if wall is None else min(wall, state.until)
        self._agendas.place(name, entry.task.priority, wall=wall, elapsed=elapsed)


def _entry_of(
    entries: dict[str, Entry], retired: dict[str, Retired], task: Task, trigger: Trigger
) -> Entry:
    """Return the entry of a task that is declared; make one, absent so far, for a new name."""
    entry = entries.get(task.name)
    if entry is None:
        was = retired.get(task.name)
        entry = entries[task.name] = Entry(
            task=task,
            trigger=trigger,
            generation=was.generation if was else 0,
            state=Absent(number=was.number if was else 0),
        )
    return entry


def _has_rested(state: State, wall: Instant) -> bool:
    return isinstance(state, Paused) and state.until is not None and state.until <= wall


def _retire(retired: dict[str, Retired], name: str, entry: Retired) -> None:
    """Remember a removed name; when there are too many, forget the oldest tenth."""
    retired[name] = entry
    if len(retired) > RETIRED_LIMIT:
        by_age = sorted(retired, key=lambda each: (retired[each].at, each))
        for old in by_age[: RETIRED_LIMIT // 10]:
            del retired[old]


def _try_trigger(task: Task, trigger: Trigger, at: Reading) -> None:
    try:
        bound = trigger.bind(at.wall, None)
        as_due(task, bound, bound.first(at.wall))
    except Exception as error:
        raise TriggerFailedError(f"task {task.name!r}: {_error_text(trigger, error)}") from error


def _error_text(trigger: Trigger, error: Exception) -> str:
    return f"trigger {trigger!r} raised {type(error).__name__}: {error}"
