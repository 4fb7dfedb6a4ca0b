"""How a shell is, as a person or a watchdog wants to know it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from duetime.engine.history import Run
from duetime.engine.instants import Reading, Span
from duetime.engine.machine import Wakeup
from duetime.engine.states import Running, State

LATE = timedelta(seconds=5)
"""A shell that is behind by more than this is not healthy, if it is not told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a shell is; `ok` is False when it is dead or late.

    `waiting`: starts that wait for a run to end or for a slot; `overdue`: how long the earliest due
    time has been waiting to be seen, or a start for a slot, if that is longer; `overrunning`: runs
    past their time limit; `broken`: the error of each task whose trigger failed; `beat`: when the
    shell last looked at what is due.
    """

    ok: bool
    started: bool
    tasks: int
    running: int
    waiting: int
    overdue: timedelta
    overrunning: tuple[Run, ...]
    broken: Mapping[str, str]
    beat: datetime | None


def time_left(wakeup: Wakeup, at: Reading) -> Span | None:
    """Return how long it is until the earlier of the two wake-up times; None: for ever."""
    left = [] if wakeup.wall is None else [wakeup.wall - at.wall]
    if wakeup.mono is not None:
        left.append(wakeup.mono - at.mono)
    return min(left) if left else None


def waiting_in(state: State) -> int:
    """Return how many starts of a task wait, for a run to end or for a slot."""
    return len(state.ready) + len(state.waiting) if isinstance(state, Running) else 0


def overdue_by(states: Iterable[State], wakeup: Wakeup, at: Reading) -> Span:
    """Return how long the earliest due time has been waiting to be seen, or a start for a slot."""
    ready = [each for s in states if isinstance(s, Running) for each in s.ready]
    left = time_left(wakeup, at)
    waits = [at.wall - each.planned - each.shift for each in ready]
    return max(*waits, 0, 0 if left is None else -left)


def is_stuck(beat: Reading | None, at: Reading, longest_wait: Span | None, late: Span) -> bool:
    """Return whether the last look is longer ago than a thread ever waits, and `late` on top.

    `longest_wait`: of the clock; None: as long as it is asked to, so that this shows nothing.
    """
    if beat is None or longest_wait is None:
        return False
    return at.mono - beat.mono > longest_wait + late
