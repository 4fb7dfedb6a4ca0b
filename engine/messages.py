"""Inputs and effects: all that passes between the engine and a shell.

Inputs are named in the past tense: they have happened, and each says when. Effects are imperative:
the shell is to do them, in order. Both are plain data with a JSON form (`engine/journal.py`); the
journal is the list of the inputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from duetime.engine.catchup import Fate
from duetime.engine.instants import Instant, Reading, Span
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Json, Trigger


class Cause(StrEnum):
    """Why a run starts."""

    DUE = "due"
    """Its trigger said so; such a run has an occurrence."""
    DEMAND = "demand"
    RUN_NOW = "run_now"


# Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """Something that happened. `at`: the look at both clocks that goes with it."""

    at: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInput(Input):
    """Something that happened to one task."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Added(Input):
    """A task was declared, for the first time or in place of the one of that name."""

    task: Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed(TaskInput):
    """A task was taken away; runs in progress go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demanded(TaskInput):
    """A run was asked for: at once if idle, else one more afterwards; the latest `args` win."""

    args: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequested(TaskInput):
    """A run was asked for at once, as far as the overlap policy permits."""

    args: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequested(TaskInput):
    """The runs of a task are to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disabled(TaskInput):
    """A task may not start. `until`: wall-clock ns at which that ends by itself."""

    reason: str = ""
    until: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enabled(TaskInput):
    """A task may start again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescheduled(TaskInput):
    """A task got another trigger."""

    trigger: Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInput(TaskInput):
    """Something that happened to one run."""

    generation: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(RunInput):
    """A run ended well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed(RunInput):
    """A run ended with an error."""

    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLost(RunInput):
    """Nobody will ever say how a run ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked(Input):
    """Time passed; whoever is due by now is to be dealt with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarted(Input):
    """The process started anew: no run of before is going any more."""


INPUTS: tuple[type[Input], ...] = (
    Ticked,
    RunFinished,
    RunFailed,
    RunLost,
    Added,
    Removed,
    Demanded,
    RunRequested,
    StopRequested,
    Disabled,
    Enabled,
    Rescheduled,
    Restarted,
)
"""All kinds of inputs; the classes above that have no line here are there for likeness only."""


# Effects


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRun:
    """Start a run. Where `cause` is DUE, this records the fate `started` of the nominal time.

    `nominal`, `planned`: on the clock of the task's trigger. `shift`: ns to add to them to read
    them on the wall clock; 0 unless the wall clock was changed under a trigger of elapsed time.
    """

    name: str
    generation: int
    number: int
    nominal: Instant
    planned: Instant
    shift: Span = 0
    cause: Cause
    args: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskToStop:
    """Tell a run that it should end."""

    name: str
    generation: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFate:
    """Record what became of the occurrences from `first` to `last`, `count` of them."""

    name: str
    generation: int
    fate: Fate
    reason: str = ""
    first: Instant
    last: Instant
    count: int
    shift: Span = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEvent:
    """Record something worth knowing that is no fate. `name`: the task, or "" for all."""

    name: str = ""
    event: str
    text: str = ""


Effect = StartRun | AskToStop | RecordFate | RecordEvent
