"""What every shell shares: verbs become inputs, effects become calls, results become inputs.

A shell reads the clock, hands one input to the machine, writes it to the journal, and does what the
machine says. It decides nothing. The shells differ in where runs happen and in who moves time; each
implements `_after`, `sleep_run` and little else.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar, Unpack

from duetime.adapters.calls import Call, RunHandle, RunKey, read_callable
from duetime.adapters.declare import Policies, read_task, require_occurrence
from duetime.adapters.journals import open_journal
from duetime.clocks.base import Clock
from duetime.engine.catchup import Fate
from duetime.engine.errors import (
    BadTaskError,
    BadTimeError,
    ShutdownError,
    TaskExistsError,
)
from duetime.engine.history import History, Occurrence, Run, timeline
from duetime.engine.instants import Instant, Reading, Span, to_instant, to_timedelta
from duetime.engine.journal import Journal
from duetime.engine.machine import Machine, Settings, TaskView, Wakeup
from duetime.engine.messages import (
    Added,
    AskToStop,
    Demanded,
    Disabled,
    Effect,
    Enabled,
    Input,
    RecordEvent,
    RecordFate,
    Removed,
    Rescheduled,
    RunFailed,
    RunFinished,
    RunLost,
    RunRequested,
    StartRun,
    StopRequested,
)
from duetime.engine.states import Broken, Running
from duetime.engine.tasks import Task, read_args
from duetime.engine.triggers.base import Json, Trigger, as_trigger

log = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., object])
OnConflict = Literal["replace", "raise", "keep"]
GRACE = timedelta(seconds=10)
"""How long a shutdown waits for runs to end, if it is not told otherwise."""
LATE = timedelta(seconds=5)
"""A shell whose earliest due time is overdue by more than this is not healthy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a shell is; `ok` is False when it is dead or late.

    `overdue`: how long the earliest due time has been waiting to be seen; `waiting`: starts that
    wait for a run to end; `broken`: the error of each task whose trigger failed.
    """

    ok: bool
    started: bool
    tasks: int
    running: int
    waiting: int
    overdue: timedelta
    broken: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShutdownReport:
    """How a shutdown went. `still_running`: the runs that did not stop in time."""

    ok: bool
    still_running: tuple[Run, ...]


class Shell:
    """The verbs, and the books; the parts that differ are left to the shells."""

    def __init__(
        self,
        clock: Clock,
        lock: AbstractContextManager[object],
        *,
        journal: Journal | str | Path | None,
        settings: Settings | None,
        keep: int | None,
    ) -> None:
        """`keep`: how many runs and fates of each task are remembered; None: all."""
        self.clock = clock
        self._lock = lock
        self._machine = Machine(settings)
        self._journal = open_journal(journal)
        self._own_journal = None if self._journal is journal else self._journal
        if self._journal is not None:
            self._journal.begin(self._machine.settings)
        self._history = History(keep)
        self._calls: dict[str, Call | None] = {}
        self._live: dict[RunKey, RunHandle] = {}
        self._closed = False

    # Verbs

    def add(
        self,
        name: str,
        trigger: Trigger,
        function: Callable[..., object],
        *,
        args: Mapping[str, Json] | None = None,
        on_conflict: OnConflict = "replace",
        may_never_fire: bool = False,
        **policies: Unpack[Policies],
    ) -> None:
        """Declare a task.

        `function`: takes the run or nothing, beside `args`. `on_conflict`: what an existing task of
        this name means. `policies`: see `read_task`.
        Raises BadTaskError for a declaration that makes no sense, NeverFiresError for a trigger
        without any occurrence unless `may_never_fire`, TaskExistsError under on_conflict="raise".
        """
        task = read_task(name, trigger, args=args, **policies)
        call = read_callable(function, name, task.args)
        self._declare(task, call, on_conflict=on_conflict, may_never_fire=may_never_fire)

    def task(
        self,
        trigger: Trigger,
        *,
        name: str | None = None,
        args: Mapping[str, Json] | None = None,
        **policies: Unpack[Policies],
    ) -> Callable[[F], F]:
        """Declare the decorated function as a task, under its own name if none is given."""

        def declare(function: F) -> F:
            own_name = name if name is not None else getattr(function, "__name__", "")
            self.add(own_name, trigger, function, args=args, **policies)
            return function

        return declare

    def run_now(self, name: str, args: Mapping[str, Json] | None = None) -> bool:
        """Start a run at once, as far as the overlap policy permits; say whether there will be one.

        The next due time stays. Raises UnknownTaskError for an absent name.
        """
        extra = read_args(args, name)
        return _accepted(self._submit(lambda at: RunRequested(at=at, name=name, args=extra)))

    def demand(self, name: str, args: Mapping[str, Json] | None = None) -> bool:
        """Ask for a run: at once if the task is idle, else one more after the present one.

        However many demands are made during a run, they lead to one; the latest args win. Says
        whether there will be a run. Raises UnknownTaskError for an absent name.
        """
        extra = read_args(args, name)
        return _accepted(self._submit(lambda at: Demanded(at=at, name=name, args=extra)))

    def stop(self, name: str) -> bool:
        """Ask the runs of a task to stop; say whether any was going.

        Raises UnknownTaskError for an absent name.
        """
        with self._lock:
            self._refuse_if_closed()
            effects = self._decide(StopRequested(at=self.clock.read(), name=name))
            was_going = any(key[0] == name for key in self._live)
        self._after(effects)
        return was_going

    def disable(self, name: str, *, reason: str = "", until: datetime | str | None = None) -> None:
        """Let a task start no more, until `enable` or the time `until`.

        A run in progress is left alone; occurrences meanwhile are skipped.
        Raises UnknownTaskError for an absent name, BadTimeError for an `until` that is past.
        """
        end = None if until is None else to_instant(until)
        if end is not None and end <= self.clock.read().wall:
            raise BadTimeError(f"disable {name!r}: until {until} is past; it must lie ahead")
        self._submit(lambda at: Disabled(at=at, name=name, reason=reason, until=end))

    def enable(self, name: str) -> None:
        """Let a task start again, or try its trigger again after an error; its phase is kept.

        Raises UnknownTaskError for an absent name.
        """
        self._submit(lambda at: Enabled(at=at, name=name))

    def reschedule(self, name: str, trigger: Trigger) -> None:
        """Give a task another trigger, for its next due time; a present run is not touched.

        `Every` without an anchor keeps the one that it had.
        Raises UnknownTaskError for an absent name.
        """
        own = as_trigger(trigger)
        self._submit(lambda at: Rescheduled(at=at, name=name, trigger=own))

    def remove(self, name: str) -> None:
        """Take a task away. A run in progress goes on; the task does not come back.

        Raises UnknownTaskError for an absent name.
        """
        self._submit(lambda at: Removed(at=at, name=name))

    # For faces, which have verbs of their own

    def together(self) -> AbstractContextManager[object]:
        """Make several verbs one: what is said inside of this, nobody else comes between."""
        return self._lock

    def end_run(self, run: RunHandle, error: str | None = None) -> None:
        """End a run while its code goes on; what that does from now on is no run any more.

        `error`: the text of its error, if it failed. A run that has ended already stays as it is.
        """
        self._end_run(run, error)

    # Views

    def names(self) -> list[str]:
        """Return the names of all tasks, sorted."""
        with self._lock:
            return self._machine.names()

    def view(self, name: str) -> TaskView:
        """Return the state of a task.

        Raises UnknownTaskError for an absent name.
        """
        with self._lock:
            return self._machine.view(name)

    def counts(self, name: str) -> dict[Fate, int]:
        """Return how many occurrences of a task met which fate.

        Raises UnknownTaskError for an absent name.
        """
        return self.view(name).counts

    def runs(self, name: str) -> list[Run]:
        """Return the runs of a task in order, those in progress included."""
        with self._lock:
            return self._history.runs(name)

    def fates(self, name: str) -> list[Occurrence]:
        """Return what became of each due time of a task, in order."""
        with self._lock:
            return self._history.fates(name)

    def timeline(self) -> str:
        """Return all that happened, in order: a line for each start, end and other fate."""
        with self._lock:
            return timeline(self._history)

    def health(self) -> Health:
        """Return how the shell is."""
        with self._lock:
            at, wakeup = self.clock.read(), self._machine.next_wakeup()
            states = {name: self._machine.view(name).state for name in self._machine.names()}
            running, started = len(self._live), self._is_started()
        left = time_left(wakeup, at)
        overdue = to_timedelta(max(-left, 0)) if left is not None else timedelta()
        return Health(
            ok=started and not self._closed and overdue <= LATE,
            started=started,
            tasks=len(states),
            running=running,
            waiting=sum(len(s.waiting) for s in states.values() if isinstance(s, Running)),
            overdue=overdue,
            broken={name: s.error for name, s in states.items() if isinstance(s, Broken)},
        )

    # What the shells build on

    def shutdown(self, grace: timedelta = GRACE) -> ShutdownReport:
        """Start nothing more, ask runs to stop, wait for them; report those that go on."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin, unless the shell has begun; a simulation has when it is made."""
        self._refuse_if_closed()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Shut down, with the usual grace."""
        self.shutdown()

    def _is_started(self) -> bool:
        """Return whether due times are being seen; those of a simulation always are."""
        return True

    def _declare(
        self, task: Task, call: Call | None, *, on_conflict: OnConflict, may_never_fire: bool
    ) -> bool:
        """Add a task with its call in one go; say whether it was added."""
        name = task.name
        if on_conflict not in ("replace", "raise", "keep"):
            raise BadTaskError(
                f"task {name!r}: on_conflict {on_conflict!r} is unknown; "
                "allowed are 'replace', 'raise', 'keep'"
            )
        with self._lock:
            self._refuse_if_closed()
            if on_conflict != "replace" and name in self._machine.names():
                if on_conflict == "keep":
                    return False
                raise TaskExistsError(
                    f"there is a task {name!r} already; remove it first or use "
                    "on_conflict='replace'"
                )
            at = self.clock.read()
            added = Added(at=at, task=task)
            self._machine.check(added)
            if not may_never_fire:
                require_occurrence(task, at)
            effects = self._decide(added)
            self._calls[name] = call
        self._after(effects)
        return True

    def _submit(self, make: Callable[[Reading], Input]) -> tuple[Effect, ...]:
        """Hand one input to the machine, then do what it says."""
        with self._lock:
            self._refuse_if_closed()
            effects = self._decide(make(self.clock.read()))
        self._after(effects)
        return effects

    def _decide(self, input_: Input) -> tuple[Effect, ...]:
        """Journal and handle one input; the caller has the lock."""
        if self._journal is not None:
            self._journal.check(input_)
        effects = self._machine.handle(input_)
        if self._journal is not None:
            self._journal.append(input_, effects)
        self._take_in(input_, effects)
        return effects

    def _take_in(self, input_: Input, effects: tuple[Effect, ...]) -> None:
        """Note an input and its effects in the books."""
        self._history.note(input_, effects)
        for effect in effects:
            if isinstance(effect, StartRun):
                self._open_run(effect, input_.at.wall)

    def _open_run(self, start: StartRun, started: Instant) -> RunHandle:
        """Make the handle of a run, before anybody can ask the run to stop."""
        run = RunHandle(start, started, self._calls.get(start.name), self)
        self._live[run.key] = run
        return run

    def _end_run(self, run: RunHandle, error: str | None) -> None:
        """Tell the machine that a run has ended, once, also after a shutdown."""
        name, generation, number = run.key
        with self._lock:
            if run.key not in self._live:
                return
            at = self.clock.read()
            ended = (
                RunFinished(at=at, name=name, generation=generation, number=number)
                if error is None
                else RunFailed(at=at, name=name, generation=generation, number=number, error=error)
            )
            effects = self._decide(ended)
            self._live.pop(run.key, None)
            self._close_journal()
        self._after(effects)

    def _lose(self, run: RunHandle) -> None:
        """Give up a run that was decided but will not be started, and those that waited for it."""
        lost = [run]
        with self._lock:
            for each in lost:
                at, (name, generation, number) = self.clock.read(), each.key
                effects = self._decide(
                    RunLost(at=at, name=name, generation=generation, number=number)
                )
                self._live.pop(each.key, None)
                lost += [
                    self._live[effect.name, effect.generation, effect.number]
                    for effect in effects
                    if isinstance(effect, StartRun)
                ]
            self._close_journal()

    def _close_journal(self) -> None:
        """Close the file that this shell opened, if it is shut down; the caller has the lock."""
        if self._closed and self._own_journal is not None:
            self._own_journal.close()

    def _stop_all(self) -> tuple[Effect, ...]:
        """Start nothing more, and decide that all runs are to stop; the caller has the lock."""
        self._closed = True
        effects: list[Effect] = []
        names = {key[0] for key in self._live}.intersection(self._machine.names())
        for name in sorted(names):
            effects += self._decide(StopRequested(at=self.clock.read(), name=name))
        return tuple(effects)

    def _report(self) -> ShutdownReport:
        with self._lock:
            self._close_journal()
            names = sorted({key[0] for key in self._live})
            still = tuple(run for name in names for run in self._history.going(name))
        return ShutdownReport(ok=not still, still_running=still)

    def _after(self, effects: tuple[Effect, ...]) -> None:
        """Do what the machine says; called without the lock."""
        raise NotImplementedError

    def sleep_run(self, run: RunHandle, span: timedelta | str | float) -> None:
        """Let a run sleep; called by `run.sleep`."""
        raise NotImplementedError

    def _ask(self, effect: AskToStop) -> None:
        handle = self._live.get((effect.name, effect.generation, effect.number))
        if handle is not None:
            handle.ask_to_stop()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise ShutdownError(f"this {type(self).__name__} has been shut down; make a new one")


def time_left(wakeup: Wakeup, at: Reading) -> Span | None:
    """Return how long it is until the earlier of the two wake-up times; None: for ever."""
    left = [] if wakeup.wall is None else [wakeup.wall - at.wall]
    if wakeup.mono is not None:
        left.append(wakeup.mono - at.mono)
    return min(left) if left else None


def log_effect(effect: RecordFate | RecordEvent) -> None:
    """Log what is worth a person's notice."""
    if isinstance(effect, RecordEvent):
        if effect.event in ("broken", "lost", "clock_stepped"):
            log.warning("%s: %s %s", effect.name or "all tasks", effect.event, effect.text)
        return
    log.info(
        "task %r: %d occurrence(s) %s %s", effect.name, effect.count, effect.fate, effect.reason
    )


def _accepted(effects: tuple[Effect, ...]) -> bool:
    return not any(isinstance(e, RecordEvent) and e.event == "refused" for e in effects)
