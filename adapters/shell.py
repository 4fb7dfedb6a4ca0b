"""What every shell shares: verbs become inputs, effects become calls, results become inputs.

A shell reads the clock, hands one input to the machine, writes it to the journal, and does what the
machine says. It decides nothing. The shells differ in where runs happen and in who moves time; each
implements `_after`, `sleep_run` and little else.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Literal, Self, TypeVar, Unpack

from duetime.adapters.calls import Call, RunHandle, check_args, read_callable
from duetime.adapters.declare import Policies, read_task, require_occurrence
from duetime.adapters.heir import Heir
from duetime.adapters.ledger import ShutdownReport
from duetime.adapters.listeners import Listener, read_subscription
from duetime.engine.errors import (
    BadTaskError,
    BadTimeError,
    TaskExistsError,
)
from duetime.engine.events import EventKind
from duetime.engine.instants import Reading, to_instant
from duetime.engine.messages import (
    Added,
    Demanded,
    Disabled,
    Effect,
    Enabled,
    Input,
    RecordEvent,
    Redeclared,
    Removed,
    Rescheduled,
    ResumeFrom,
    RunRequested,
    StartRun,
    StopRequested,
)
from duetime.engine.policies import parse_enum
from duetime.engine.tasks import Task, read_args
from duetime.engine.triggers.base import Json, Trigger, as_trigger

F = TypeVar("F", bound=Callable[..., object])
OnConflict = Literal["replace", "raise", "keep"]
GRACE = timedelta(seconds=10)
"""How long a shutdown waits for runs to end, if it is not told otherwise."""


class Shell(Heir):
    """The verbs; the parts that differ are left to the shells."""

    # Verbs

    def add(
        self,
        name: str,
        trigger: Trigger,
        function: Callable[..., object] | str,
        *,
        args: Mapping[str, Json] | None = None,
        on_conflict: OnConflict = "replace",
        may_never_fire: bool = False,
        **policies: Unpack[Policies],
    ) -> None:
        """Declare a task; one that a store held already is taken over, unless its trigger changed.

        `function`: takes the run or nothing, beside `args`; or the import path of such a one,
        "package.module:function". `on_conflict`: what an existing task of
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

        The next due time stays. Raises UnknownTaskError for an absent name, BadTaskError for
        arguments that the callable does not take.
        """
        return self._ask_for(RunRequested, name, args)

    def demand(self, name: str, args: Mapping[str, Json] | None = None) -> bool:
        """Ask for a run: at once if the task is idle, else one more after the present one.

        However many demands are made during a run, they lead to one; the latest args win. Says
        whether there will be a run. Raises as `run_now` does.
        """
        return self._ask_for(Demanded, name, args)

    def stop(self, name: str) -> bool:
        """Ask the runs of a task to stop; say whether any was going.

        None of them is tried again; one that waits for its next attempt is over.
        Raises UnknownTaskError for an absent name.
        """
        was_going = False

        def make(at: Reading) -> Input:
            nonlocal was_going
            was_going = any(key[0] == name for key in self._live)
            return StopRequested(at=at, name=name)

        effects = self._submit(make)
        return was_going or bool(effects)

    def disable(self, name: str, *, reason: str = "", until: datetime | str | None = None) -> None:
        """Let a task start no more, until `enable` or the time `until`.

        A run in progress is left alone; occurrences meanwhile are skipped.
        Raises UnknownTaskError for an absent name, BadTimeError for an `until` that is past.
        """
        end = None if until is None else to_instant(until)
        if end is not None and end <= self.clock.read().wall:
            raise BadTimeError(f"disable {name!r}: until {until} is past; it must lie ahead")
        self._submit(lambda at: Disabled(at=at, name=name, reason=reason, until=end))

    def enable(self, name: str, *, from_: ResumeFrom | str = ResumeFrom.NOW) -> None:
        """Let a task start again, or try its trigger again after an error; its phase is kept.

        `from_`: "now": what came due during the pause stays skipped; "pause": it counts as missed,
        and the task's catch-up policy says what is made up for.
        Raises UnknownTaskError for an absent name.
        """
        resume = parse_enum(ResumeFrom, from_, BadTaskError)
        self._submit(lambda at: Enabled(at=at, name=name, from_=resume))

    def reschedule(self, name: str, trigger: Trigger) -> None:
        """Give a task another trigger, for its next due time; a present run is not touched.

        `Every` without an anchor keeps the one that it had.
        Raises UnknownTaskError for an absent name.
        """
        own = as_trigger(trigger).named(name)
        self._submit(lambda at: Rescheduled(at=at, name=name, trigger=own))

    def remove(self, name: str) -> None:
        """Take a task away. A run in progress goes on; the task does not come back.

        Raises UnknownTaskError for an absent name.
        """
        self._submit(lambda at: Removed(at=at, name=name))

    # Listeners

    def on_event(
        self, listener: Listener, kinds: Iterable[EventKind | str] | str | None = None
    ) -> Callable[[], None]:
        """Call `listener` with each event from now on; return a function that ends that.

        `kinds`: those it wants; None: all. What a listener raises is logged and counted. It may use
        the verbs. Raises BadArgumentError for what cannot be called, and for an unknown kind.
        """
        subscription = read_subscription(listener, kinds)
        with self._lock:
            self._refuse_if_closed()
            self._prepare_to_tell()
            self._listeners.add(subscription)

        def unsubscribe() -> None:
            with self._lock:
                self._listeners.remove(subscription)

        return unsubscribe

    # For faces, which have verbs of their own

    def together(self) -> AbstractContextManager[object]:
        """Make several verbs one: what is said inside of this, nobody else comes between."""
        return self._intake.alone()

    def end_run(self, run: RunHandle, error: str | None = None) -> None:
        """End a run while its code goes on; what that does from now on is no run any more.

        `error`: the text of its error, if it failed. A run that has ended already stays as it is.
        """
        self._end_run(run, error)

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
        kept = False

        def make(at: Reading) -> Input | None:
            nonlocal kept
            found = name in self._unclaimed
            if not found and on_conflict != "replace" and name in self._machine.names():
                if on_conflict == "keep":
                    kept = True
                    return None
                raise TaskExistsError(
                    f"there is a task {name!r} already; remove it first or use "
                    "on_conflict='replace'"
                )
            declared = Redeclared(at=at, task=task) if found else Added(at=at, task=task)
            self._machine.check(declared)
            if not may_never_fire and not found:
                require_occurrence(task, at)
            return declared

        self._submit(make, call)
        return not kept

    def _ask_for(
        self, kind: type[RunRequested | Demanded], name: str, args: Mapping[str, Json] | None
    ) -> bool:
        """Ask for a run, unless its callable does not take these arguments."""
        extra = read_args(args, name)

        def make(at: Reading) -> Input:
            asked = kind(at=at, name=name, args=extra)
            self._machine.check(asked)
            call = self._calls.get(name) if extra else None
            if call is not None:
                check_args(call, name, {**self._machine.view(name).task.args, **extra})
            return asked

        return _accepted(self._submit(make))

    def _open_run(self, start: StartRun, started: Reading) -> RunHandle:
        """Make the handle of a run, before anybody can ask the run to stop."""
        run = RunHandle(start, started, self._calls.get(start.name), self)
        self._live[run.key] = run
        return run

    def _prepare_to_tell(self) -> None:
        """Make ready for listeners, if anything is needed for that; called with the lock."""

    def sleep_run(self, run: RunHandle, span: timedelta | str | float) -> None:
        """Let a run sleep; called by `run.sleep`."""
        raise NotImplementedError


def _accepted(effects: tuple[Effect, ...]) -> bool:
    return not any(isinstance(e, RecordEvent) and e.event == "refused" for e in effects)
