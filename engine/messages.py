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


class ResumeFrom(StrEnum):
    """From where a task that was disabled goes on."""

    NOW = "now"
    """From now: what came due during the pause stays skipped."""
    PAUSE = "pause"
    """From where it was paused: what came due since counts as missed, and is caught up with."""


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
class Redeclared(Input):
    """A new process declared a task that it found: its pause, due time and counts stay.

    Only a trigger that is another one is planned anew.
    """

    task: Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged(Input):
    """A task cannot be run as it was found; the error says why. It need not be there otherwise."""

    name: str
    error: str


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
    """A task may start again. `from_`: from when its occurrences count."""

    from_: ResumeFrom = ResumeFrom.NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescheduled(TaskInput):
    """A task got another trigger."""

    trigger: Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInput(TaskInput):
    """Something that happened to one attempt of a run."""

    generation: int
    number: int
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(RunInput):
    """An attempt ended well, and so the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed(RunInput):
    """An attempt ended with an error; another may follow."""

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
    Redeclared,
    Damaged,
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
    """Start a run, or another attempt of one.

    Where `cause` is DUE, attempt 1 records the fate `started` of the nominal time.

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
    attempt: int = 1
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
