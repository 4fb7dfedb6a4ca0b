"""The states of one task, and the facts that a step is told.

A state carries only what is valid in it, so that an impossible combination cannot be written down.
"""

from dataclasses import dataclass, field

from duetime.engine.catchup import Due, Fate
from duetime.engine.instants import Instant, Span
from duetime.engine.messages import Cause, Effect, RecordFate, StartRun
from duetime.engine.overlap import Waiting
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger


@dataclass(frozen=True, slots=True)
class Going:
    """A run in progress, which holds its slot from the first attempt to the end of the last.

    `asked`: it has been asked to stop. `origin`: what started the attempt, kept as long as another
    may follow. `retry_at`: elapsed time at which that starts; until then no code of it is going.
    `limit_at`: elapsed time at which it will be asked to stop. `overrunning`: it has been, for that
    reason.
    """

    generation: int
    number: int
    asked: bool = False
    attempt: int = 1
    origin: StartRun | None = None
    retry_at: Instant | None = None
    limit_at: Instant | None = None
    overrunning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why a task may not start, and until which wall-clock time, if that is known.

    `first`: the first occurrence that the pause held up, if any.
    """

    reason: str = ""
    until: Instant | None = None
    first: Due | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """There is no such task, and no run of it."""

    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Nothing is going. `number`: that of the last run; `due`: the next occurrence, if any."""

    number: int
    due: Due | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """At least one run is going or `ready`; others may wait for it.

    `ready`: what has been let through by its task, and waits for a slot of the whole machine.
    """

    number: int
    due: Due | None
    runs: tuple[Going, ...]
    ready: tuple[Waiting, ...] = ()
    waiting: tuple[Waiting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """Disabled: occurrences pass by, skipped."""

    number: int
    due: Due | None
    runs: tuple[Going, ...] = ()
    pause: Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The trigger failed; the task waits for another one, or to be enabled.

    `pause`: where it is disabled as well.
    """

    number: int
    error: str
    runs: tuple[Going, ...] = ()
    pause: Pause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Removed, while runs are still going."""

    number: int
    runs: tuple[Going, ...]


State = Absent | Idle | Running | Paused | Broken | Leaving


def runs_of(state: State) -> tuple[Going, ...]:
    """Return the runs that are going."""
    return () if isinstance(state, Absent | Idle) else state.runs


def due_of(state: State) -> Instant | None:
    """Return when the next occurrence is planned, on the clock of the trigger."""
    if isinstance(state, Idle | Running | Paused) and state.due is not None:
        return state.due.planned
    return None


@dataclass(slots=True, kw_only=True)
class Entry:
    """What the machine keeps for one name.

    `trigger`: that of the task with its anchor fixed; `generation`: rises with every edit;
    `lived`: whether there has been a run or a fate; if not, removal leaves no trace.
    """

    task: Task
    trigger: Trigger
    generation: int
    state: State
    counts: dict[Fate, int] = field(default_factory=dict)
    lived: bool = False

    def count(self, effects: tuple[Effect, ...]) -> None:
        """Count the fates among effects."""
        for effect in effects:
            self.lived = self.lived or isinstance(effect, StartRun | RecordFate)
            if isinstance(effect, StartRun):
                if effect.cause is Cause.DUE and effect.attempt == 1:
                    self.counts[Fate.STARTED] = self.counts.get(Fate.STARTED, 0) + 1
            elif isinstance(effect, RecordFate):
                self.counts[effect.fate] = self.counts.get(effect.fate, 0) + effect.count


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerFailed:
    """Not from outside: the trigger raised while it was asked for its next time."""

    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockJumped:
    """Not from outside: the wall clock was set so far off that due times are planned anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFreed:
    """Not from outside: there is a slot for the first of those that are ready."""


@dataclass(slots=True, kw_only=True)
class Facts:
    """The declaration in force and the time; nobody changes them.

    Not frozen: one is made for every step, and freezing would double what that costs.
    `trigger`: with its anchor fixed; `before`, `generation_before`: what was in force until this
    input.
    `wall` and `elapsed`: now, on either clock; `shift`: what is recorded as wall − elapsed.
    `limited`: whether all tasks together may have so many runs only, and each start needs a slot.
    """

    task: Task
    trigger: Trigger
    before: Trigger
    generation: int
    generation_before: int
    wall: Instant
    elapsed: Instant
    shift: Span
    limited: bool = False

    @property
    def now(self) -> Instant:
        """Return now on the clock of the trigger."""
        return self.elapsed if self.trigger.elapsed else self.wall
