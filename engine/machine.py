"""All tasks together: inputs in, effects out.

`Machine` is the only thing in the engine that changes. It keeps the two clocks apart, knows who is
due next on each, and hands every input to the one task that it concerns (`lifecycle.step`). Between
two inputs it does nothing; a shell asks `next_wakeup()` and comes back then with a `Ticked`.

Two clocks. The wall clock may be set; elapsed time never is. Elapsed time is written as an instant
as well: it starts equal to the wall clock at the first input and from then on follows the monotonic
clock. What it lags behind the wall clock is the shift. A change of the shift of more than half a
second is a step of the wall clock; a smaller one is followed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from duetime.engine.agenda import Agenda
from duetime.engine.catchup import Fate
from duetime.engine.errors import (
    IllegalInputError,
    TriggerFailedError,
    UnknownTaskError,
)
from duetime.engine.instants import HOUR, MILLISECOND, Instant, Reading, Span, span_text
from duetime.engine.lifecycle import step
from duetime.engine.messages import (
    Added,
    Cause,
    Effect,
    Input,
    RecordEvent,
    RecordFate,
    Rescheduled,
    Restarted,
    RunInput,
    StartRun,
    TaskInput,
    Ticked,
)
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
)
from duetime.engine.stride import Ending, Stride
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger


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
    """What is kept of a removed name, so that no generation or number is ever used again."""

    generation: int
    number: int


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

    _SLEW_GRAIN: ClassVar[Span] = MILLISECOND

    def __init__(self, settings: Settings | None = None) -> None:
        """Start without tasks; the first input sets the clocks."""
        self.settings = settings or Settings()
        self._entries: dict[str, Entry] = {}
        self._retired: dict[str, Retired] = {}
        self._on_wall = Agenda()
        self._on_elapsed = Agenda()
        self._last: Reading | None = None
        self._lead: Span = 0
        self._shift: Span = 0

    # Inputs

    def check(self, input_: Input) -> None:
        """Raise what `handle` would raise for this input, and change nothing."""
        last = self._last
        if last is not None and input_.at.boot == last.boot and input_.at.mono < last.mono:
            raise IllegalInputError(
                f"{type(input_).__name__}: monotonic time went back by "
                f"{span_text(last.mono - input_.at.mono)} within one boot"
            )
        if isinstance(input_, TaskInput) and not isinstance(input_, RunInput):
            entry = self._entries.get(input_.name)
            if entry is None or isinstance(entry.state, Leaving):
                raise UnknownTaskError(input_.name, tuple(self.names()))
        if isinstance(input_, Added | Rescheduled):
            self._try_trigger(input_)

    def handle(self, input_: Input) -> tuple[Effect, ...]:
        """Take one input and return what is to be done, in order.

        Raises UnknownTaskError for a verb on an absent name, TriggerFailedError for a new trigger
        that cannot say when it is due, IllegalInputError for what no shell should send; nothing is
        changed.
        """
        self.check(input_)
        effects = self._set_clocks(input_.at)
        if isinstance(input_, Ticked):
            effects += self._tick(input_)
        elif isinstance(input_, Restarted):
            for name in sorted(self._entries):
                effects += self._step(name, input_)
        elif isinstance(input_, Added):
            effects += self._add(input_)
        elif isinstance(input_, RunInput) and input_.name not in self._entries:
            run = f"{input_.generation}/{input_.number}"
            effects.append(RecordEvent(name=input_.name, event="stale", text=run))
        elif isinstance(input_, TaskInput):
            effects += self._step(input_.name, input_)
        else:
            raise IllegalInputError(f"{input_!r} is no input")
        return tuple(effects)

    def next_wakeup(self) -> Wakeup:
        """Return when the next `Ticked` is needed, on each clock."""
        wall, elapsed = self._on_wall.first(), self._on_elapsed.first()
        return Wakeup(
            wall=wall[0] if wall else None, mono=elapsed[0] - self._lead if elapsed else None
        )

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
        due = _due_of(entry.state)
        if due is not None and entry.trigger.elapsed:
            due += self._shift
        return TaskView(
            name=name,
            task=entry.task,
            generation=entry.generation,
            state=entry.state,
            due=due,
            counts=dict(entry.counts),
        )

    # Snapshots

    def snapshot(self) -> Snapshot:
        """Return all that the machine knows; later inputs do not change it."""
        return Snapshot(
            settings=self.settings,
            last=self._last,
            lead=self._lead,
            shift=self._shift,
            entries=tuple(
                replace(entry, counts=dict(entry.counts))
                for _, entry in sorted(self._entries.items())
            ),
            retired=dict(sorted(self._retired.items())),
        )

    @classmethod
    def restore(cls, snapshot: Snapshot) -> "Machine":
        """Make a machine that goes on exactly where the snapshot was taken."""
        machine = cls(snapshot.settings)
        machine._last, machine._lead, machine._shift = snapshot.last, snapshot.lead, snapshot.shift
        machine._retired = dict(snapshot.retired)
        for entry in snapshot.entries:
            machine._entries[entry.task.name] = replace(entry, counts=dict(entry.counts))
            machine._plan(entry.task.name, entry)
        return machine

    # Strides

    def stride(
        self, plain: Mapping[str, Callable[[], object]], until: Instant, *, record: bool
    ) -> Stride | None:
        """Begin a stride over the tasks named in `plain`, or return None where none is possible.

        A stride needs both clocks to show the same. It must be ended by `end_stride` before any
        input.
        """
        at = self._last
        if at is None or self._shift or at.wall != at.mono + self._lead:
            return None
        agendas = (self._on_wall, self._on_elapsed)
        return Stride(self._entries, agendas, plain, at.wall, until, record=record)

    def end_stride(self, stride: Stride, *, going: bool = False) -> Ending:
        """Put the states in order after a stride; `going`: its last run has not ended.

        What is not plain and due at the same time as the last run is started along with it, as one
        `Ticked` would.
        """
        last = self._reading()
        ending = stride.end(going=going)
        passed = ending.now - last.wall
        self._last = Reading(last.wall + passed, last.mono + passed, last.boot)
        return replace(ending, started=tuple(self._tick(Ticked(at=self._last))))

    # Private parts

    def _set_clocks(self, at: Reading) -> list[Effect]:
        """Take in a reading; return what is to be recorded about it."""
        last, self._last = self._last, at
        if last is None:
            self._lead = at.wall - at.mono
            return []
        if at.boot != last.boot:
            elapsed = last.mono + self._lead + max(at.wall - last.wall, 0)
            self._lead = elapsed - at.mono
            self._shift = at.wall - elapsed
            return []
        change = at.wall - (at.mono + self._lead) - self._shift
        if abs(change) < self._SLEW_GRAIN:
            return []
        self._shift += change
        if abs(change) <= self.settings.step:
            return []
        effects: list[Effect] = [RecordEvent(event="clock_stepped", text=span_text(change))]
        if abs(change) > self.settings.jump:
            effects += self._jump()
        return effects

    def _jump(self) -> list[Effect]:
        """Plan all wall-clock tasks anew from the time that is now shown."""
        effects: list[Effect] = []
        for name in sorted(self._entries):
            entry = self._entries[name]
            if not entry.trigger.elapsed and isinstance(entry.state, Idle | Running | Paused):
                effects += self._step(name, ClockJumped(), generation=entry.generation + 1)
        return effects

    def _tick(self, ticked: Ticked) -> list[Effect]:
        effects: list[Effect] = []
        while due := self._pop_due():
            for name in due:
                effects += self._step(name, ticked)
        return effects

    def _pop_due(self) -> list[str]:
        """Take the names that are due by now on either clock, in order of (due, priority, name)."""
        at = self._reading()
        found = self._on_wall.pop_until(at.wall)
        on_elapsed = self._on_elapsed.pop_until(at.mono + self._lead)
        if on_elapsed:
            shifted = [(due + self._shift, priority, name) for due, priority, name in on_elapsed]
            found = sorted(found + shifted)
        return list(dict.fromkeys(name for _, _, name in found))

    def _add(self, added: Added) -> list[Effect]:
        name, trigger = added.task.name, self._bind(added.task.trigger, None)
        entry = self._entries.get(name)
        if entry is None:
            was = self._retired.get(name, Retired(generation=0, number=0))
            entry = self._entries[name] = Entry(
                task=added.task,
                trigger=trigger,
                generation=was.generation,
                state=Absent(number=was.number),
            )
        before, entry.trigger, entry.task = entry.trigger, trigger, added.task
        return self._step(name, added, before=before, generation=entry.generation + 1)

    def _step(
        self,
        name: str,
        input_: Input | TriggerFailed | ClockJumped,
        *,
        before: Trigger | None = None,
        generation: int | None = None,
    ) -> list[Effect]:
        """Let one task make one step, and keep the agendas in order."""
        entry = self._entries[name]
        if isinstance(input_, Rescheduled):
            before = entry.trigger
            entry.trigger = self._bind(input_.trigger, before)
            if entry.trigger != before:
                generation = entry.generation + 1
        at = self._reading()
        facts = Facts(
            task=entry.task,
            trigger=entry.trigger,
            before=before or entry.trigger,
            generation=generation or entry.generation,
            generation_before=entry.generation,
            wall=at.wall,
            elapsed=at.mono + self._lead,
            shift=self._shift,
        )
        try:
            state, effects = step(facts, entry.state, input_)
        except IllegalInputError:
            raise
        except Exception as error:
            return self._step(name, TriggerFailed(error=_error_text(entry.trigger, error)))
        entry.state, entry.generation = state, facts.generation
        self._count(entry, effects)
        self._plan(name, entry)
        return list(effects)

    def _count(self, entry: Entry, effects: tuple[Effect, ...]) -> None:
        counts = entry.counts
        for effect in effects:
            entry.lived = True
            if isinstance(effect, StartRun):
                if effect.cause is Cause.DUE:
                    counts[Fate.STARTED] = counts.get(Fate.STARTED, 0) + 1
            elif isinstance(effect, RecordFate):
                counts[effect.fate] = counts.get(effect.fate, 0) + effect.count

    def _plan(self, name: str, entry: Entry) -> None:
        """Put the task where its state wants to be woken; forget it when it is gone."""
        state = entry.state
        if isinstance(state, Absent):
            del self._entries[name]
            if entry.lived:
                self._retired[name] = Retired(generation=entry.generation, number=state.number)
        due, other_due = _due_of(state), None
        own, other = self._on_wall, self._on_elapsed
        if entry.trigger.elapsed:
            own, other = other, own
        if isinstance(state, Paused) and state.until is not None:
            if own is self._on_wall:
                due = state.until if due is None else min(due, state.until)
            else:
                other_due = state.until
        _place(own, name, due, entry.task.priority)
        if other_due is not None or name in other.live:
            _place(other, name, other_due, entry.task.priority)

    def _bind(self, trigger: Trigger, before: Trigger | None) -> Trigger:
        return trigger.bind(self._reading().mono + self._lead, before)

    def _try_trigger(self, input_: Added | Rescheduled) -> None:
        trigger = input_.task.trigger if isinstance(input_, Added) else input_.trigger
        name = input_.task.name if isinstance(input_, Added) else input_.name
        try:
            trigger.bind(input_.at.wall, None).first(input_.at.wall)
        except Exception as error:
            raise TriggerFailedError(f"task {name!r}: {_error_text(trigger, error)}") from error

    def _reading(self) -> Reading:
        if self._last is None:
            raise IllegalInputError("the machine has not been told the time yet")
        return self._last


def _due_of(state: State) -> Instant | None:
    if isinstance(state, Idle | Running | Paused) and state.due is not None:
        return state.due.planned
    return None


def _place(agenda: Agenda, name: str, due: Instant | None, priority: int) -> None:
    if due is None:
        agenda.drop(name)
    else:
        agenda.put(name, due, priority)


def _error_text(trigger: Trigger, error: Exception) -> str:
    return f"trigger {trigger!r} raised {type(error).__name__}: {error}"
