"""What becomes of occurrences that come due while runs are going: the overlap policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from duetime.engine.catchup import Fate, Range
from duetime.engine.instants import Instant, Span
from duetime.engine.messages import Cause
from duetime.engine.policies import OverlapKind
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A run that waits for its turn.

    `shift`: ns to add to its times to read them on the wall clock, as that stood when it came due.
    """

    nominal: Instant
    planned: Instant
    shift: Span = 0
    cause: Cause = Cause.DUE
    args: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What becomes of newcomers: those that start, the new queue, the fates of the others."""

    starts: tuple[Waiting, ...] = ()
    waiting: tuple[Waiting, ...]
    fates: tuple[Range, ...] = ()
    ask_to_stop: bool = False


def admit(
    task: Task, going: int, waiting: tuple[Waiting, ...], newcomers: tuple[Waiting, ...]
) -> Admission:
    """Decide about newcomers while `going` runs are in progress or have been let through.

    Newcomers that came due together wait for each other where the first of them can start; against
    runs that are already going, the overlap policy holds. Nobody queues behind a demand: it waits
    for the end of a run, not for a slot.
    """
    queued = any(each.cause is not Cause.DEMAND for each in waiting)
    free = 0 if queued else max(task.overlap.at_once - going, 0)
    if free and newcomers:
        return Admission(starts=newcomers[:free], waiting=waiting + newcomers[free:])
    match task.overlap.kind:
        case OverlapKind.BUFFER_ONE:
            return _buffer(waiting, newcomers, limit=1, fate=Fate.SKIPPED)
        case OverlapKind.BUFFER_ALL:
            return _buffer(waiting, newcomers, limit=task.buffer_limit, fate=Fate.DROPPED)
        case OverlapKind.CANCEL_OTHER:
            return _take_over(waiting, newcomers)
        case _:  # SKIP, and ALLOW when all slots are taken
            return _buffer(waiting, newcomers, limit=0, fate=Fate.SKIPPED)


def demand(waiting: tuple[Waiting, ...], demanded: Waiting) -> tuple[Waiting, ...]:
    """Put a demand into the queue; of several only the latest counts, in the place of the first."""
    for index, other in enumerate(waiting):
        if other.cause is Cause.DEMAND:
            return (*waiting[:index], demanded, *waiting[index + 1 :])
    return (*waiting, demanded)


def requests(waiting: tuple[Waiting, ...]) -> tuple[Waiting, ...]:
    """Return those that wait because somebody asked for them."""
    return tuple(each for each in waiting if each.cause is not Cause.DUE)


def due_ranges(waiting: tuple[Waiting, ...], fate: Fate, reason: str = "") -> tuple[Range, ...]:
    """Return the fate of each occurrence among those that wait; demands have none.

    One by one: others that came due between two of them may have met another fate.
    """
    return tuple(
        Range(
            fate=fate,
            reason=reason,
            first=each.nominal,
            last=each.nominal,
            count=1,
            shift=each.shift,
        )
        for each in waiting
        if each.cause is Cause.DUE
    )


def _together(newcomers: tuple[Waiting, ...], fate: Fate, reason: str = "") -> tuple[Range, ...]:
    """Return one fate for newcomers, between which no other occurrence lies."""
    fates = due_ranges(newcomers, fate, reason)
    return (replace(fates[0], last=fates[-1].last, count=len(fates)),) if fates else ()


def _buffer(
    waiting: tuple[Waiting, ...], newcomers: tuple[Waiting, ...], *, limit: int, fate: Fate
) -> Admission:
    """Let newcomers wait while fewer than `limit` do, demands apart; the others get `fate`."""
    room = max(limit - sum(1 for each in waiting if each.cause is not Cause.DEMAND), 0)
    reason = "overlap" if fate is Fate.SKIPPED else "buffer full"
    return Admission(
        waiting=waiting + newcomers[:room], fates=_together(newcomers[room:], fate, reason)
    )


def _take_over(waiting: tuple[Waiting, ...], newcomers: tuple[Waiting, ...]) -> Admission:
    """Let the last newcomer wait in place of all but a demand; those before it merge into it."""
    demands = tuple(each for each in waiting if each.cause is Cause.DEMAND)
    replaced = due_ranges(waiting, Fate.MERGED) + _together(newcomers[:-1], Fate.MERGED)
    return Admission(
        waiting=demands + newcomers[-1:],
        fates=replaced,
        ask_to_stop=True,
    )
