"""The roster: every task of a machine, where it stands, and when it wants to be woken.

It can also undo: a shell that has decided something and then cannot write it down takes it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from duetime.engine.agenda import Agenda, Agendas
from duetime.engine.attempts import first_timer
from duetime.engine.instants import Instant, Reading, Span
from duetime.engine.states import Absent, Entry, Idle, Paused, Running, due_of, runs_of
from duetime.engine.tasks import Task
from duetime.engine.timekeeper import Timekeeper
from duetime.engine.triggers.base import Trigger

RETIRED_LIMIT = 100_000
"""The generations of so many removed names are remembered, so that none is used again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """What is kept of a removed name, so that no generation or number is ever used again.

    `at`: when it was removed, in elapsed time.
    """

    generation: int
    number: int
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What has changed since somebody last asked: None: gone."""

    entries: Mapping[str, Entry | None]
    retired: Mapping[str, Retired | None]


@dataclass(slots=True, kw_only=True)
class _Before:
    """What was there before the changes that can be undone; None: nothing."""

    last: Reading | None
    lead: Span
    shift: Span
    entries: dict[str, Entry | None] = field(default_factory=dict)
    retired: dict[str, Retired | None] = field(default_factory=dict)


class Roster:
    """The entries of all tasks, by name.

    `limited`: whether slots are; `taken`: how many of them are, counted only then; `ready`: who
    waits for one, by the time of its first occurrence that does.
    """

    __slots__ = ("_before", "agendas", "entries", "limited", "ready", "retired", "taken", "time")

    def __init__(self, *, limited: bool) -> None:
        """Start without tasks."""
        self.entries: dict[str, Entry] = {}
        self.retired: dict[str, Retired] = {}
        self.agendas = Agendas()
        self.ready = Agenda()
        self.taken = 0
        self.time = Timekeeper()
        self.limited = limited
        self._before: _Before | None = None

    def entry_of(self, task: Task, trigger: Trigger) -> Entry:
        """Return the entry of a task that is declared; make one, absent so far, for a new name."""
        self.note(task.name)
        entry = self.entries.get(task.name)
        if entry is None:
            was = self.retired.get(task.name)
            entry = self.entries[task.name] = Entry(
                task=task,
                trigger=trigger,
                generation=was.generation if was else 0,
                state=Absent(number=was.number if was else 0),
            )
        return entry

    def declare(self, task: Task, before: Trigger | None) -> tuple[Trigger, int]:
        """Put a declaration in force; return the trigger until now, and the generation from now on.

        `before`: the trigger whose place it takes, with its anchor. What is declared again with an
        equal trigger goes on as it is.
        """
        entry = self.entry_of(task, task.trigger)
        old = entry.trigger
        if before is None or task.trigger != entry.task.trigger:
            entry.trigger = task.trigger.bind(self.time.elapsed, before)
        entry.task = task
        goes_on = before is not None and entry.trigger == old
        return old, entry.generation if goes_on else entry.generation + 1

    def copies(self) -> tuple[Entry, ...]:
        """Return copies of all entries, by name."""
        return tuple(
            replace(entry, counts=dict(entry.counts)) for _, entry in sorted(self.entries.items())
        )

    def place(self, name: str, entry: Entry) -> None:
        """Put a task where its state wants to be woken; forget it when it is gone."""
        state = entry.state
        if isinstance(state, Absent):
            del self.entries[name]
            if entry.lived:
                at = self.time.elapsed
                self._retire(name, Retired(generation=entry.generation, number=state.number, at=at))
        wall, elapsed = due_of(state), None
        if entry.trigger.elapsed:
            wall, elapsed = None, wall
        if isinstance(state, Paused):
            wall = _earlier(wall, state.pause.until)
        if not isinstance(state, Absent | Idle):
            elapsed = _earlier(elapsed, first_timer(state.runs))
        self.agendas.place(name, entry.task.priority, wall=wall, elapsed=elapsed)
        if self.limited:
            if isinstance(state, Running) and state.ready:
                first = state.ready[0]
                self.ready.put(name, first.planned + first.shift, entry.task.priority)
            else:
                self.ready.drop(name)

    def restore(self, name: str, entry: Entry) -> None:
        """Put in an entry as it was; where slots are not limited any more, nobody waits for one."""
        state = entry.state
        if not self.limited and isinstance(state, Running) and state.ready:
            entry.state = replace(state, ready=(), waiting=state.ready + state.waiting)
        self.entries[name] = entry
        if self.limited:
            self.taken += len(runs_of(entry.state))
        self.place(name, entry)

    # Undo

    def keep_undo(self) -> None:
        """Let all that is changed from now on be undone, until `keep_undo` is called again."""
        time = self.time
        self._before = _Before(last=time.last, lead=time.lead, shift=time.shift)

    @property
    def undoable(self) -> bool:
        """Return whether changes can be undone."""
        return self._before is not None

    def note(self, name: str) -> None:
        """Remember a task before it changes, where that can be undone."""
        before = self._before
        if before is not None and name not in before.entries:
            entry = self.entries.get(name)
            kept = None if entry is None else replace(entry, counts=dict(entry.counts))
            before.entries[name] = kept

    def changes(self) -> Changes:
        """Return what has changed and can be undone."""
        before = self._before
        if before is None:
            return Changes(entries={}, retired={})
        return Changes(
            entries={name: self.entries.get(name) for name in before.entries},
            retired={name: self.retired.get(name) for name in before.retired},
        )

    def undo(self) -> None:
        """Let everything be as it was at the last `keep_undo`."""
        before = self._before
        if before is None:
            return
        time = self.time
        time.last, time.lead, time.shift = before.last, before.lead, before.shift
        for name, entry in before.entries.items():
            self._drop(name)
            if entry is not None:
                self.restore(name, entry)
        for name, retired in before.retired.items():
            self.retired.pop(name, None)
            if retired is not None:
                self.retired[name] = retired
        self.keep_undo()

    def _drop(self, name: str) -> None:
        entry = self.entries.pop(name, None)
        if entry is not None and self.limited:
            self.taken -= len(runs_of(entry.state))
        self.ready.drop(name)
        self.agendas.place(name, 0, wall=None, elapsed=None)

    def _retire(self, name: str, entry: Retired) -> None:
        """Remember a removed name; when there are too many, forget the oldest tenth."""
        retired = self.retired
        self._note_retired(name)
        retired[name] = entry
        if len(retired) > RETIRED_LIMIT:
            by_age = sorted(retired, key=lambda each: (retired[each].at, each))
            for old in by_age[: RETIRED_LIMIT // 10]:
                self._note_retired(old)
                del retired[old]

    def _note_retired(self, name: str) -> None:
        if self._before is not None:
            self._before.retired.setdefault(name, self.retired.get(name))


def _earlier(one: Instant | None, other: Instant | None) -> Instant | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
