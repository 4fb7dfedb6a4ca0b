"""Between a run and somebody's callable: what it is called with, and what it can ask.

A task's callable takes one argument (the run) or none, beside its keyword arguments.
"""

import inspect
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import FunctionType, MethodType
from typing import Protocol, TypeAlias

from duetime.adapters.import_paths import load, path_of
from duetime.clocks.base import Clock
from duetime.engine.errors import BadTaskError
from duetime.engine.instants import Reading, to_datetime, to_timedelta
from duetime.engine.messages import Cause, StartRun
from duetime.engine.triggers.base import Json, Trigger

log = logging.getLogger(__name__)

RunKey: TypeAlias = tuple[str, int, int]
"""(name, generation, number)"""

_WITH_CODE = (FunctionType, MethodType, partial)
_NEVER_RUN = (
    inspect.iscoroutinefunction,
    inspect.isasyncgenfunction,
    inspect.isgeneratorfunction,
)
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Call:
    """A callable that has been looked at.

    `takes_run`: whether it wants to be given the run; `path`: by which it can be imported, if any.
    """

    function: Callable[..., object]
    takes_run: bool
    path: str | None = None


def read_callable(function: object, name: str, args: Mapping[str, Json]) -> Call:
    """Look at a callable, or at the one of an import path, before it is ever due.

    Raises BadTaskError for what cannot be called with one argument or none beside `args`.
    """
    if isinstance(function, str):
        function = load(function, name)
    if not callable(function):
        raise BadTaskError(
            f"task {name!r}: {function!r} cannot be called; pass a function, or the import path of "
            "one, 'package.module:function'"
        )
    code = function if isinstance(function, _WITH_CODE) else type(function).__call__
    if any(is_kind(code) for is_kind in _NEVER_RUN):
        raise BadTaskError(
            f"task {name!r}: {function!r} is a coroutine or generator function, and to call it "
            "here would run none of its code; pass a plain function"
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return Call(function, takes_run=False, path=path_of(function))
    wants = [
        parameter
        for parameter in signature.parameters.values()
        if parameter.kind in _POSITIONAL
        and parameter.name not in args
        and (parameter.default is parameter.empty or parameter.name == "run")
    ]
    try:
        signature.bind(*[None] * min(len(wants), 1), **args)
    except TypeError as error:
        raise BadTaskError(
            f"task {name!r}: {function!r} cannot be called as a task: {error}; it may take one "
            f"argument (the run) or none, beside its args {sorted(args)}"
        ) from None
    return Call(function, takes_run=bool(wants), path=path_of(function))


def check_args(call: Call, name: str, args: Mapping[str, Json]) -> None:
    """Raise BadTaskError for arguments that a callable cannot be called with."""
    try:
        signature = inspect.signature(call.function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*[None] * call.takes_run, **args)
    except TypeError as error:
        raise BadTaskError(
            f"task {name!r}: {call.function!r} cannot be called with the args {sorted(args)}: "
            f"{error}"
        ) from None


class Verbs(Protocol):
    """What a run needs of the shell that it lives in."""

    @property
    def clock(self) -> Clock:
        """The clock that it lives by."""

    def reschedule(self, name: str, trigger: Trigger) -> None:
        """Give a task another trigger."""

    def demand(self, name: str, args: Mapping[str, Json] | None = None) -> bool:
        """Ask for one more run."""

    def stop(self, name: str) -> bool:
        """Ask the runs of a task to stop."""

    def disable(self, name: str, *, reason: str = "", until: datetime | str | None = None) -> None:
        """Let a task start no more."""

    def enable(self, name: str) -> None:
        """Let a task start again."""

    def remove(self, name: str) -> None:
        """Take a task away."""

    def sleep_run(self, run: "RunHandle", span: timedelta | str | float) -> None:
        """Return after the span, or as soon as the run is asked to stop."""


@dataclass(frozen=True, slots=True)
class TaskHandle:
    """The verbs of a shell, bound to one task; a run finds its own as `run.handle`."""

    shell: Verbs
    name: str

    def reschedule(self, trigger: Trigger) -> None:
        """Give the task another trigger."""
        self.shell.reschedule(self.name, trigger)

    def demand(self, args: Mapping[str, Json] | None = None) -> bool:
        """Ask for one more run."""
        return self.shell.demand(self.name, args)

    def stop(self) -> bool:
        """Ask the runs of the task to stop."""
        return self.shell.stop(self.name)

    def disable(self, *, reason: str = "", until: datetime | str | None = None) -> None:
        """Let the task start no more."""
        self.shell.disable(self.name, reason=reason, until=until)

    def enable(self) -> None:
        """Let the task start again."""
        self.shell.enable(self.name)

    def remove(self) -> None:
        """Take the task away; the run goes on."""
        self.shell.remove(self.name)


class RunHandle:
    """What a callable can know and ask about its own run.

    `name`, `number`, `attempt`, `generation`, `cause`, `args`: of the run; `call`: what is being
    called.
    """

    __slots__ = (
        "_asked",
        "_shell",
        "_start",
        "_started",
        "args",
        "attempt",
        "call",
        "cause",
        "generation",
        "name",
        "number",
    )

    def __init__(self, start: StartRun, started: Reading, call: Call | None, shell: Verbs) -> None:
        """Made by a shell, never by hand. `started`: what its clock showed."""
        self.name = start.name
        self.generation = start.generation
        self.number = start.number
        self.attempt = start.attempt
        self.cause: Cause = start.cause
        self.args = start.args
        self.call = call
        self._start = start
        self._started = started
        self._shell = shell
        self._asked = False

    @property
    def key(self) -> RunKey:
        """What tells this run from all others."""
        return (self.name, self.generation, self.number)

    @property
    def handle(self) -> TaskHandle:
        """The verbs for the task of this run."""
        return TaskHandle(self._shell, self.name)

    @property
    def nominal(self) -> datetime:
        """The due time, or when the run was asked for; aware, in UTC."""
        return to_datetime(self._start.nominal + self._start.shift)

    @property
    def planned(self) -> datetime:
        """When the run was to start; differs from `nominal` where there is jitter."""
        return to_datetime(self._start.planned + self._start.shift)

    @property
    def started(self) -> datetime:
        """When the run was started."""
        return to_datetime(self._started.wall)

    @property
    def age(self) -> timedelta:
        """How long ago that was, in the elapsed time of the scheduler's clock."""
        return to_timedelta(self._shell.clock.read().mono - self._started.mono)

    def proceed(self) -> bool:
        """Return False once the run has been asked to stop; a long run asks this now and then."""
        return not self._asked

    def sleep(self, span: timedelta | str | float) -> bool:
        """Sleep for a span (a number: seconds), or until asked to stop; return `proceed()`."""
        if not self._asked:
            self._shell.sleep_run(self, span)
        return not self._asked

    def ask_to_stop(self) -> None:
        """Let `proceed()` turn False; the shell calls this."""
        self._asked = True

    def __repr__(self) -> str:
        """Name the run."""
        return f"<run {self.number} of {self.name!r}>"


class Abandoned(BaseException):
    """Raised inside a run whose simulation is over: nothing of it is to go on."""


def call_run(run: RunHandle) -> str | None:
    """Call the callable of a run, if it has one; return the text of its error, or None.

    Whatever it raises concerns its run alone. Only KeyboardInterrupt, on a main thread somebody's
    Ctrl-C, and Abandoned go through.
    """
    call = run.call
    if call is None:
        return None
    try:
        if call.takes_run:
            call.function(run, **run.args)
        else:
            call.function(**run.args)
    except (KeyboardInterrupt, Abandoned):
        raise
    except BaseException as error:
        return call_failed(error, run.name)
    return None


def call_failed(error: BaseException, name: str) -> str:
    """Log the error of somebody's callable; return its text."""
    log.error("a run of task %r failed", name, exc_info=error)
    return error_text(error)


def error_text(error: BaseException) -> str:
    """Write an error as its type and message."""
    try:
        message = str(error)
    except Exception:
        message = "(its message cannot be read)"
    message = message.encode("utf-8", "backslashreplace").decode()
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
