"""Which occurrences came due, and what the catch-up policy makes of them.

Usually one occurrence has just come due. After an outage it may be any number: they are counted,
not visited, so that a week asleep costs a task of one second a few divisions.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import MINUTE, SECOND, Instant, Span
from duetime.engine.policies import CatchUpKind
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger

ON_TIME = SECOND
"""Under CatchUp.NONE an occurrence starts only if it is no later than this."""
LEAST_WINDOW = MINUTE
"""The default window is one period, and at least this."""


class Fate(StrEnum):
    """What became of an occurrence."""

    STARTED = "started"
    MERGED = "merged"
    """Another occurrence of the same outage stands for it."""
    SKIPPED = "skipped"
    """Not started although it was on time; the reason says why: overlap, disabled, error."""
    MISSED = "missed"
    """Seen later than its window allows."""
    DROPPED = "dropped"
    """The buffer was full."""
    SUPERSEDED = "superseded"
    """The task was edited or removed first."""


@dataclass(frozen=True, slots=True)
class Due:
    """An occurrence ahead: its nominal time, and its planned time, which jitter may put later."""

    nominal: Instant
    planned: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Occurrences from `first` to `last`, `count` of them, that share one fate.

    `shift`: ns to add to read them on the wall clock, as it stood when they came due; None: as it
    stands now.
    """

    fate: Fate
    reason: str = ""
    first: Instant
    last: Instant
    count: int
    shift: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What came due: the occurrences to start in order, the fates of the others, the next one."""

    starts: tuple[Due, ...]
    fates: tuple[Range, ...] = ()
    next_due: Due | None


def due_after(task: Task, trigger: Trigger, after: Instant) -> Due | None:
    """Return the first occurrence strictly after an instant.

    Raises BadTriggerError for a trigger that answers with anything else.
    """
    nominal = trigger.next_after(after)
    if nominal is not None and nominal <= after:
        raise BadTriggerError(f"{trigger!r}: next_after({after}) is {nominal}, which is not later")
    return as_due(task, trigger, nominal)


def as_due(task: Task, trigger: Trigger, nominal: Instant | None) -> Due | None:
    """Add the planned time to a nominal one.

    Raises BadTriggerError for a trigger that answers with anything but integers.
    """
    if nominal is None:
        return None
    due = Due(nominal, trigger.planned(nominal, task.name))
    if not (isinstance(due.nominal, int) and isinstance(due.planned, int)):
        raise BadTriggerError(f"{trigger!r} is due at {due!r}; an instant is a whole number of ns")
    return due


def collect(task: Task, trigger: Trigger, due: Due, now: Instant) -> Batch:
    """Decide about all occurrences from `due` to `now`, both included.

    Where the trigger follows runs, there is one, and no next one until a run has ended.
    """
    following = None if trigger.follows_runs else due_after(task, trigger, due.nominal)
    period = following.nominal - due.nominal if following else 0
    window = window_of(task, period)
    if following is None or following.planned > now:
        if now - due.planned <= window:
            return Batch(starts=(due,), next_due=following)
        missed = Range(fate=Fate.MISSED, first=due.nominal, last=due.nominal, count=1)
        return Batch(starts=(), fates=(missed,), next_due=following)
    return _collect_many(task, trigger, due, now, window)


def window_of(task: Task, period: Span) -> Span:
    """Return how late an occurrence may start. `period`: from it to the next; 0: there is none."""
    window = task.window if task.window is not None else max(period, LEAST_WINDOW)
    return min(window, ON_TIME) if task.catch_up.kind is CatchUpKind.NONE else window


def skip_all(
    task: Task, trigger: Trigger, due: Due, until: Instant, *, fate: Fate, reason: str
) -> tuple[Range, Due | None]:
    """Give all occurrences from `due` to `until` one fate; return it and the next occurrence."""
    last, following = _last_due(task, trigger, due, until)
    count = trigger.count(due.nominal, last) + 1
    return Range(fate=fate, reason=reason, first=due.nominal, last=last, count=count), following


def _collect_many(task: Task, trigger: Trigger, due: Due, now: Instant, window: Span) -> Batch:
    last, following = _last_due(task, trigger, due, now)
    fates: list[Range] = []
    first = due.nominal
    if now - first > window:
        inside = trigger.next_after(max(now - window - 1, first))
        if inside is None or inside > last:
            _note(fates, trigger, Fate.MISSED, first, last)
            return Batch(starts=(), fates=tuple(fates), next_due=following)
        _note(fates, trigger, Fate.MISSED, first, trigger.previous_before(inside))
        first = inside
    nominals = _choose(task, trigger, first, last)
    _note(fates, trigger, Fate.MERGED, first, trigger.previous_before(nominals[0]))
    if nominals[-1] < last:
        fate = Fate.DROPPED if task.catch_up.kind is CatchUpKind.ALL else Fate.MERGED
        _note(fates, trigger, fate, trigger.next_after(nominals[-1]), last)
    starts = tuple(Due(nominal, trigger.planned(nominal, task.name)) for nominal in nominals)
    return Batch(starts=starts, fates=tuple(fates), next_due=following)


def _last_due(task: Task, trigger: Trigger, due: Due, now: Instant) -> tuple[Instant, Due | None]:
    """Return the last nominal time that is due, and the occurrence after it, which is not."""
    if trigger.follows_runs:
        return due.nominal, due_after(task, trigger, now)
    last = trigger.previous_before(now + 1)
    if last is None or last <= due.nominal:
        return due.nominal, due_after(task, trigger, due.nominal)
    if trigger.planned(last, task.name) > now:
        delayed = as_due(task, trigger, last)
        return trigger.previous_before(last) or due.nominal, delayed
    return last, due_after(task, trigger, last)


def _choose(task: Task, trigger: Trigger, first: Instant, last: Instant) -> list[Instant]:
    """Return the nominal times, `first` to `last`, that the policy starts; at least one."""
    policy = task.catch_up
    if policy.kind is CatchUpKind.EARLIEST:
        return [first]
    if policy.kind is CatchUpKind.ALL:
        return list(islice(trigger.between(first - 1, last), task.buffer_limit))
    kept = [last]
    while len(kept) < policy.count:
        earlier = trigger.previous_before(kept[-1])
        if earlier is None or earlier < first:
            break
        kept.append(earlier)
    return kept[::-1]


def _note(
    fates: list[Range], trigger: Trigger, fate: Fate, first: Instant | None, last: Instant | None
) -> None:
    if first is not None and last is not None and first <= last:
        count = trigger.count(first, last) + 1
        fates.append(Range(fate=fate, first=first, last=last, count=count))
