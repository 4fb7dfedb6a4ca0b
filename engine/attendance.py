"""Who has run when it should have: due times, counted by the trigger alone, against the books.

The machine's own counts say how many occurrences it dealt with. Whether those are all that there
were is asked here: how many the trigger names since the declaration came into force, and how many
of them are in the history or still wait.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from duetime.engine.history import History
from duetime.engine.instants import (
    Instant,
    Reading,
    Span,
    span_text,
    to_datetime,
    to_span,
    to_timedelta,
)
from duetime.engine.machine import Machine
from duetime.engine.messages import (
    Added,
    Cause,
    Effect,
    Enabled,
    Input,
    RecordEvent,
    RecordFate,
    Redeclared,
    Removed,
    Rescheduled,
)
from duetime.engine.policies import ClockStep
from duetime.engine.states import (
    Broken,
    Entry,
    Idle,
    Leaving,
    Paused,
    Running,
    State,
    due_of,
)
from duetime.engine.triggers.base import Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAttendance:
    """How one task did.

    `since`: from when it is counted: later than was asked where the task was added, edited or
    enabled later, where the wall clock was set, or where older records are forgotten.
    `expected`: how many due times its trigger names; None where that depends on its runs, or the
    trigger fails.
    `seen`: how many of them started a run; `fates`: how many met another fate, by fate and reason;
    `waiting`: how many wait, to be looked at, for a run to end, for a slot, or by jitter.
    `overdue`: how long the earliest of those that nobody has looked at has been due.
    `text`: what is wrong, empty if nothing is.
    """

    name: str
    since: datetime
    expected: int | None
    seen: int
    fates: Mapping[str, int]
    waiting: int
    overdue: timedelta
    text: str

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """How all tasks did between two times, by name."""

    since: datetime
    until: datetime
    tasks: tuple[TaskAttendance, ...]

    @property
    def ok(self) -> bool:
        """Whether every task ran when it should have."""
        return not self.absent

    @property
    def absent(self) -> tuple[str, ...]:
        """The names of those that did not."""
        return tuple(task.name for task in self.tasks if not task.ok)


class Roll:
    """Since when each declaration has been in force; told from inputs and effects.

    A step of the wall clock counts as if all were declared anew. `passed`: the latest time that the
    wall clock has shown before a step, or before the process began; what was due by then does not
    come again.
    """

    def __init__(self, before: Reading | None = None) -> None:
        """Start without any. `before`: the last reading of the process before, if there was one."""
        self.passed: Instant = 0 if before is None else before.wall
        self._began: Reading | None = None
        self._last: Reading | None = None
        self._since: dict[str, Reading] = {}

    def note(self, input_: Input, effects: tuple[Effect, ...]) -> None:
        """Take in an input and what the machine made of it."""
        last, self._last = self._last, input_.at
        if last is None:
            self._began = input_.at
        elif effects and _is_step(effects[0]):
            self.passed = max(self.passed, last.wall)
            self._began = input_.at
            self._since.clear()
        if isinstance(input_, Added | Redeclared):
            self._since[input_.task.name] = input_.at
        elif isinstance(input_, Rescheduled | Enabled):
            self._since[input_.name] = input_.at
        elif isinstance(input_, Removed):
            self._since.pop(input_.name, None)

    def since(self, name: str) -> Reading | None:
        """Return when a task was added, edited or enabled last."""
        return self._since.get(name, self._began)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of one task at one time: its entry, its books, and how to read the clocks.

    `declared`: since when its declaration is in force; `started`, `others`, `forgotten`: of the
    present generation, as the history has them; `back`: the longest step back of the wall clock
    that is made up for.
    """

    entry: Entry
    at: Reading
    declared: Reading
    passed: Instant
    started: tuple[Instant, ...]
    others: tuple[RecordFate, ...]
    forgotten: Instant
    lead: Span
    shift: Span
    back: Span

    def on_clock(self, at: Reading) -> Instant:
        """Return what a reading shows on the clock of the task's trigger."""
        if not self.entry.trigger.elapsed:
            return at.wall
        return at.mono + self.lead if at.boot == self.at.boot else at.wall - self.shift


def gather(
    name: str, machine: Machine, history: History, roll: Roll, at: Reading
) -> Evidence | None:
    """Collect what is known of a task; None when it has been removed."""
    entry, time = machine.roster.entries.get(name), machine.roster.time
    if entry is None or isinstance(entry.state, Leaving):
        return None
    whose, forgotten = history.forgotten.get(name, (0, 0))
    return Evidence(
        entry=replace(entry),
        at=at,
        declared=roll.since(name) or at,
        passed=roll.passed,
        started=tuple(history.started(name, entry.generation)),
        others=tuple(history.others(name, entry.generation)),
        forgotten=forgotten if whose == entry.generation else 0,
        lead=time.lead,
        shift=time.shift if entry.trigger.elapsed else 0,
        back=machine.settings.back,
    )


def attend(known: Evidence, since: Instant, until: Instant, late: Span) -> TaskAttendance:
    """Tell how one task did between two wall-clock times. `late`: ns that are allowed."""
    entry = known.entry
    if isinstance(entry.state, Broken):
        return _unknown(entry, since, entry.state.error)
    try:
        return _attend(known, since, until, late)
    except Exception as error:
        text = f"trigger {entry.trigger!r} raised {type(error).__name__}: {error}"
        return _unknown(entry, since, text)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Due times of a trigger: those later than `after`, up to `until`, both on its own clock."""

    trigger: Trigger
    after: Instant
    until: Instant

    def count(self, first: Instant, last: Instant) -> int:
        """Return how many of those from `first` to `last` lie in it."""
        after, until = max(first - 1, self.after), min(last, self.until)
        return self.trigger.count(after, until) if after < until else 0


def _attend(known: Evidence, since: Instant, until: Instant, late: Span) -> TaskAttendance:
    entry, shift = known.entry, known.shift
    after = max(since - shift, _start(known), known.forgotten)
    stretch = _Stretch(entry.trigger, after, until - shift)
    fates = Counter[str]()
    for each in known.others:
        fates[f"{each.fate} {each.reason}".rstrip()] += stretch.count(each.first, each.last)
    due, follows_runs = due_of(entry.state), entry.trigger.follows_runs
    overdue = 0 if due is None else max(known.on_clock(known.at) - due, 0)
    found = TaskAttendance(
        name=entry.task.name,
        since=to_datetime(after + shift),
        expected=None if follows_runs else stretch.count(after + 1, stretch.until),
        seen=sum(after < nominal <= stretch.until for nominal in known.started),
        fates=dict(+fates),
        waiting=_waiting(entry.state, stretch),
        overdue=to_timedelta(overdue),
        text="",
    )
    return replace(found, text=_complaint(found, late))


def _start(known: Evidence) -> Instant:
    """Return the time after which a declaration has due times, on the clock of its trigger.

    After a step back of the wall clock that is where it had been; if the step was too far to be
    made up for, as far ahead of it as the longest step that is.
    """
    trigger, declared = known.entry.trigger, known.on_clock(known.declared)
    first = trigger.first(declared)
    start = declared if first is None else min(declared, first - 1)
    if trigger.elapsed:
        return start
    if known.entry.task.clock_step is ClockStep.MAKE_UP:
        return max(start, known.passed)
    return max(start, min(known.passed, known.declared.wall + known.back))


def _waiting(state: State, stretch: _Stretch) -> int:
    """Return how many due times wait: for a run to end, for a slot, or to be looked at."""
    queue = state.ready + state.waiting if isinstance(state, Running) else ()
    due = state.due if isinstance(state, Idle | Running | Paused) else None
    queued = sum(stretch.count(w.nominal, w.nominal) for w in queue if w.cause is Cause.DUE)
    return queued + (0 if due is None else stretch.count(due.nominal, stretch.until))


def _complaint(found: TaskAttendance, late: Span) -> str:
    """Say what is wrong, if anything is."""
    if to_span(found.overdue) > late:
        return f"due for {span_text(to_span(found.overdue))}, and not looked at"
    if found.expected is None:
        return ""
    others = sum(found.fates.values())
    missing = found.expected - found.seen - others - found.waiting
    if missing > 0:
        return f"{missing} due time(s) without a trace"
    if not found.seen and others > found.fates.get("skipped disabled", 0):
        return "did not run: " + ", ".join(f"{n} {what}" for what, n in found.fates.items())
    return ""


def _unknown(entry: Entry, since: Instant, text: str) -> TaskAttendance:
    """Tell of a task whose trigger fails, so that nobody knows when it should have run."""
    return TaskAttendance(
        name=entry.task.name,
        since=to_datetime(since),
        expected=None,
        seen=0,
        fates={},
        waiting=0,
        overdue=timedelta(),
        text=text,
    )


def _is_step(effect: Effect) -> bool:
    return type(effect) is RecordEvent and effect.event == "clock_stepped"
