"""Between a run and somebody's callable: what it is called with, and what it can ask.

A task's callable takes one argument (the run) or none, beside its keyword arguments.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from duetime.engine.errors import BadTaskError
from duetime.engine.instants import Instant, to_datetime
from duetime.engine.messages import Cause, StartRun
from duetime.engine.triggers.base import Json

if TYPE_CHECKING:
    from duetime.adapters.shell import TaskHandle

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Call:
    """A callable that has been looked at. `takes_run`: whether it wants to be given the run."""

    function: Callable[..., object]
    takes_run: bool


def read_callable(function: object, name: str, args: Mapping[str, Json]) -> Call:
    """Look at a callable, before it is ever due.

    Raises BadTaskError for what cannot be called with one argument or none beside `args`.
    """
    if not callable(function):
        raise BadTaskError(f"task {name!r}: {function!r} cannot be called; pass a function")
    if inspect.iscoroutinefunction(function):
        raise BadTaskError(
            f"task {name!r}: {function!r} is a coroutine function, which this scheduler cannot run"
        )
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return Call(function, takes_run=False)
    wants = [
        parameter
        for parameter in parameters.values()
        if parameter.kind in _POSITIONAL
        and parameter.name not in args
        and (parameter.default is parameter.empty or parameter.name == "run")
    ]
    try:
        inspect.signature(function).bind(*[None] * min(len(wants), 1), **args)
    except TypeError as error:
        raise BadTaskError(
            f"task {name!r}: {function!r} cannot be called as a task: {error}; it may take one "
            f"argument (the run) or none, beside its args {sorted(args)}"
        ) from None
    return Call(function, takes_run=bool(wants))


class Sleeper(Protocol):
    """How the shell that a run lives in lets it sleep."""

    def sleep_run(self, run: "RunHandle", span: timedelta | str | float) -> None:
        """Return after the span, or as soon as the run is asked to stop."""


class RunHandle:
    """What a callable can know and ask about its own run.

    `name`, `number`, `generation`, `args`: of the run; `handle`: the verbs for its task;
    `call`: what is being called.
    """

    __slots__ = (
        "_asked",
        "_nominal",
        "_planned",
        "_sleeper",
        "_started",
        "args",
        "call",
        "cause",
        "generation",
        "handle",
        "name",
        "number",
    )

    def __init__(
        self,
        start: StartRun,
        started: Instant,
        *,
        call: Call | None,
        handle: "TaskHandle",
        sleeper: Sleeper,
    ) -> None:
        """Made by a shell, never by hand."""
        self.name = start.name
        self.generation = start.generation
        self.number = start.number
        self.cause: Cause = start.cause
        self.args = start.args
        self.handle = handle
        self.call = call
        self._nominal = start.nominal + start.shift
        self._planned = start.planned + start.shift
        self._started = started
        self._sleeper = sleeper
        self._asked = False

    @property
    def nominal(self) -> datetime:
        """The due time, or when the run was asked for; aware, in UTC."""
        return to_datetime(self._nominal)

    @property
    def planned(self) -> datetime:
        """When the run was to start; differs from `nominal` where there is jitter."""
        return to_datetime(self._planned)

    @property
    def started(self) -> datetime:
        """When the run was started."""
        return to_datetime(self._started)

    def proceed(self) -> bool:
        """Return False once the run has been asked to stop; a long run asks this now and then."""
        return not self._asked

    def sleep(self, span: timedelta | str | float) -> bool:
        """Sleep for a span (a number: seconds), or until asked to stop; return `proceed()`."""
        if not self._asked:
            self._sleeper.sleep_run(self, span)
        return not self._asked

    def ask_to_stop(self) -> None:
        """Let `proceed()` turn False; the shell calls this."""
        self._asked = True

    def __repr__(self) -> str:
        """Name the run."""
        return f"<run {self.number} of {self.name!r}>"
