"""What would another plan have done? A journal lived through once more, with other tasks in it.

What came from outside comes again, at its recorded time: verbs, steps of the wall clock, waking up
late, restarts. What the engine decides is decided anew, and so are the times at which it is woken.
Between two records the clocks run on evenly, and the scheduler is awake up to the next due time
that the recorded one had; from then to the next record it slept, or was late. How long runs last
is told by the recorded ones (`RecordedRuns`).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from heapq import heappop, heappush
from typing import TypeAlias

from duetime.engine.errors import BadArgumentError, UnknownTaskError
from duetime.engine.history import History
from duetime.engine.instants import Reading
from duetime.engine.journal import Engine, Journal, Replay, begin, compare_state, verify
from duetime.engine.machine import Machine, Settings, Wakeup
from duetime.engine.messages import (
    Added,
    Damaged,
    Input,
    Redeclared,
    Removed,
    Rescheduled,
    Restarted,
    RunFinished,
    RunInput,
    StartRun,
    TaskInput,
    Ticked,
)
from duetime.engine.recorded_runs import RecordedRuns, RunKey, run_key
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger, as_trigger

Plan: TypeAlias = Mapping[str, Trigger | Task | None]
"""For each task that is to be another: its trigger, all of it, or None: it is taken out."""


def what_if(journal: Journal, plan: Plan, engine: Callable[[Settings], Engine] = Machine) -> Replay:
    """Live through a journal with other tasks; return what that would have led to.

    Tasks that the plan does not name stay as they are; a new one is there from the first record on.
    A named task keeps its planned trigger, also where the journal gives it another one later.
    It ends with the last record. Raises ReplayError where this engine differs from the journal
    already, UnknownTaskError for a task to take out that is not there.
    """
    recorded, other = begin(journal), _Other(journal, plan, begin(journal, engine))
    awake = None
    for number, record in enumerate(journal, journal.first):
        at = record.input.at
        other.pass_time(at, awake)
        other.take(record.input)
        verify(recorded, record, number)
        compare_state(recorded, journal, number)
        awake = _mono(recorded.next_wakeup(), at)
    other.settle(awake)
    return Replay(other.machine, other.history, len(journal.records), journal.notice)


class _Other:
    """The world in which the other plan was in force."""

    def __init__(self, journal: Journal, plan: Plan, machine: Engine) -> None:
        self.machine = machine
        self.history = History()
        self._plan = {name: _planned(name, part) for name, part in sorted(plan.items())}
        self._known = _names(journal)
        for name, part in self._plan.items():
            if part is None and name not in self._known:
                raise UnknownTaskError(name, tuple(sorted(self._known)))
        self._runs = RecordedRuns(journal)
        self._bound: dict[RunKey, StartRun] = {}
        """Runs that started as recorded, by their key in the journal: they end when that says."""
        self._ends: list[tuple[int, RunKey, RunInput]] = []
        self._at: Reading | None = None

    def pass_time(self, at: Reading, awake: int | None) -> None:
        """Let the clock run up to the next record: runs end, and what is due is started.

        `awake`: monotonic time up to which the scheduler was not late; None: all the time.
        """
        before, self._at = self._at, at
        if before is None:
            self._change_plan(at)
        elif at.boot == before.boot:
            self._run_on(before, at.mono, at.mono if awake is None else min(awake, at.mono))
        else:
            until = before.mono + max(at.wall - before.wall, 0)
            self._run_on(before, until, until if awake is None else min(awake, until))
            self._ends.clear()

    def settle(self, awake: int | None) -> None:
        """Start what is due at the time of the last record."""
        if self._at is not None:
            now = self._at.mono
            self._run_on(self._at, now, now + 1 if awake is None else min(awake, now + 1))

    def take(self, input_: Input) -> None:
        """Take in what happened, as far as it happens here as well; else only its time."""
        if isinstance(input_, Restarted):
            self._bound.clear()
        happened = self._end(input_) if isinstance(input_, RunInput) else self._changed(input_)
        self._feed(happened or _time_alone(input_.at))

    def _run_on(self, since: Reading, until: int, awake: int) -> None:
        """Feed ends up to `until` and ticks before `awake`, in their order; ends go first."""
        now = since.mono
        while True:
            due = _mono(self.machine.next_wakeup(), since)
            tick = None if due is None or max(due, now) >= awake else max(due, now)
            end = self._ends[0][0] if self._ends else None
            if end is not None and end <= (until if tick is None else tick):
                now, _, ended = heappop(self._ends)
                self._feed(replace(ended, at=_reading(since, now)))
            elif tick is not None:
                now = tick
                self._feed(Ticked(at=_reading(since, now)))
            else:
                return

    def _feed(self, input_: Input) -> None:
        effects = self.machine.handle(input_)
        self.history.note(input_, effects)
        for effect in effects:
            if isinstance(effect, StartRun):
                self._begin(effect, input_.at)

    def _begin(self, start: StartRun, at: Reading) -> None:
        """Find out when and how a run will end."""
        run = self._runs.model(start, at)
        if run.start is not start and run.at == at:
            self._bound[run_key(run.start)] = start
        elif run.end is not None and run.length is not None:
            end = at.mono + run.length
            heappush(self._ends, (end, run_key(start), _ending(run.end, start, at)))

    def _end(self, ended: RunInput) -> RunInput | None:
        """Return the end of the run that goes as recorded, or of one that nobody saw start."""
        start = self._bound.pop(run_key(ended), None)
        if start is not None:
            return _ending(ended, start, ended.at)
        return ended if self._runs.find(ended) is None else None

    def _change_plan(self, at: Reading) -> None:
        """Bring the tasks up to the plan that are there before the first record, and new ones."""
        there = self.machine.names()
        for name, part in self._plan.items():
            if name not in there:
                if name not in self._known and part is not None:
                    self._feed(Added(at=at, task=_task(name, part)))
            elif part is None:
                self._feed(Removed(at=at, name=name))
            elif isinstance(part, Task):
                self._feed(Added(at=at, task=part))
            else:
                self._feed(Rescheduled(at=at, name=name, trigger=part))

    def _changed(self, input_: Input) -> Input | None:
        """Return what becomes of an input by the plan; None: it does not happen here."""
        task = input_.task if isinstance(input_, Added | Redeclared) else None
        name = input_.name if isinstance(input_, TaskInput | Damaged) else task and task.name
        if name not in self._plan:
            return input_
        part = self._plan[name]
        if part is None or isinstance(input_, Rescheduled):
            return None
        if not isinstance(input_, Added | Redeclared):
            return input_
        other = part if isinstance(part, Task) else replace(input_.task, trigger=part)
        return replace(input_, task=other)


def _planned(name: str, part: Trigger | Task | None) -> Trigger | Task | None:
    """Read what a plan has for a task."""
    if part is None:
        return None
    if not isinstance(part, Task):
        return as_trigger(part).named(name)
    if part.name != name:
        raise BadArgumentError(
            f"plan: the task for {name!r} is named {part.name!r}; both names must be the same"
        )
    return part


def _task(name: str, part: Trigger | Task) -> Task:
    return part if isinstance(part, Task) else Task(name=name, trigger=part)


def _names(journal: Journal) -> set[str]:
    """Return the names of all tasks that a journal tells of."""
    base = () if journal.base is None else journal.base.entries
    declared = (record.input for record in journal)
    tasks = {each.task.name for each in declared if isinstance(each, Added | Redeclared)}
    return tasks | {entry.task.name for entry in base}


def _mono(wakeup: Wakeup, at: Reading) -> int | None:
    """Return the monotonic time of a wake-up, as the clocks stand to each other at a reading."""
    if wakeup.wall is None:
        return wakeup.mono
    wall = at.mono + wakeup.wall - at.wall
    return wall if wakeup.mono is None else min(wall, wakeup.mono)


def _reading(since: Reading, mono: int) -> Reading:
    """Return what the clocks show later, if they have run on evenly."""
    return Reading(since.wall + mono - since.mono, mono, since.boot)


def _time_alone(at: Reading) -> Input:
    """Return an input that tells what the clocks show and nothing else: no such run is there."""
    return RunFinished(at=at, name="", generation=0, number=0)


def _ending(end: RunInput, start: StartRun, at: Reading) -> RunInput:
    """Return the end of another run, as one has ended."""
    name, generation = start.name, start.generation
    return replace(
        end, at=at, name=name, generation=generation, number=start.number, attempt=start.attempt
    )
