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
    """A run in progress. `asked`: it has been asked to stop."""

    generation: int
    number: int
    asked: bool = False


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
    """At least one run is going; others may wait for it."""

    number: int
    due: Due | None
    runs: tuple[Going, ...]
    waiting: tuple[Waiting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """Disabled: occurrences pass by, skipped. `until`: wall-clock ns at which this ends."""

    number: int
    due: Due | None
    runs: tuple[Going, ...] = ()
    reason: str = ""
    until: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The trigger failed; the task waits for another one, or to be enabled."""

    number: int
    error: str
    runs: tuple[Going, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Removed, while runs are still going."""

    number: int
    runs: tuple[Going, ...]


State = Absent | Idle | Running | Paused | Broken | Leaving


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
                if effect.cause is Cause.DUE:
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
class Facts:
    """The declaration in force and the time.

    `trigger`: with its anchor fixed; `before`, `generation_before`: what was in force until this
    input.
    `wall` and `elapsed`: now, on either clock; `shift`: what is recorded as wall − elapsed.
    """

    task: Task
    trigger: Trigger
    before: Trigger
    generation: int
    generation_before: int
    wall: Instant
    elapsed: Instant
    shift: Span

    @property
    def now(self) -> Instant:
        """Return now on the clock of the trigger."""
        return self.elapsed if self.trigger.elapsed else self.wall
