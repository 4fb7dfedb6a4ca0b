"""What triggers will do before anything runs: the coming times, and why a time is one or not."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Protocol, runtime_checkable

from duetime.engine.errors import BadTimeError
from duetime.engine.instants import DAY, EPOCH, LAST_INSTANT, MICROSECOND, Instant, to_instant
from duetime.engine.policies import Fold, Gap
from duetime.engine.triggers.base import NextAfter, Trigger, as_trigger
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.exclude import Except
from duetime.engine.zones import Wall, Zone, zone

_MOST_KEPT = 10_000
_MERGED_AT_ONCE = 30 * DAY


def upcoming(
    trigger: NextAfter,
    *,
    after: datetime | str,
    count: int | None = None,
    until: datetime | str | None = None,
) -> Iterator[datetime]:
    """Yield the occurrences as aware datetimes in the zone of the trigger; UTC where it has none.

    `after`, `until`: aware datetimes, or ISO text with an offset. Occurrences are strictly after
    `after` and not after `until`. `count`: at most so many.
    An `Every` without an anchor counts from `after`, as if its task were added then.
    """
    start = to_instant(after)
    end = LAST_INSTANT if until is None else to_instant(until)
    if count is not None and count < 0:
        raise BadTimeError(f"count={count}: give the number of occurrences, or None for all")
    bound = as_trigger(trigger).bind(start, None)
    first = bound.next_after(start)
    if first is None or first > end:
        return iter(())
    clock = zone(getattr(bound, "tz", "UTC"))
    # The first is often the only one that is wanted, and takes the shorter way.
    found = chain((clock.datetime(first),), _datetimes(bound, first, end, clock))
    return found if count is None else islice(found, count)


def merged(
    triggers: Mapping[str, NextAfter], *, after: Instant, until: Instant
) -> Iterator[tuple[Instant, str]]:
    """Yield the occurrences of several triggers in order of time, each with the trigger's name.

    Those of one time come in the order of the mapping. An `Every` without an anchor counts from
    `after`. What is ahead is worked out a month at a time.
    """
    bound = [as_trigger(each).bind(after, None) for each in triggers.values()]
    names, bits = list(triggers), len(triggers).bit_length()
    mask = (1 << bits) - 1
    for low in range(after, until, _MERGED_AT_ONCE):
        high = min(low + _MERGED_AT_ONCE, until)
        # One integer for each sorts faster than a pair.
        found: list[int] = []
        for place, trigger in enumerate(bound):
            found += [instant << bits | place for instant in trigger.between(low, high)]
        found.sort()
        yield from zip(
            [each >> bits for each in found], [names[each & mask] for each in found], strict=True
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Whether a trigger is due at an instant, why, and when it is due next.

    `at`, `next`: in the zone of the trigger, UTC where it has none; `next` may be None.
    """

    at: datetime
    occurs: bool
    steps: tuple[str, ...]
    next: datetime | None

    def __str__(self) -> str:
        """Write a line for each step."""
        verdict = "due" if self.occurs else "not due"
        following = "never again" if self.next is None else f"next {self.next.isoformat()}"
        lines = [f"{self.at.isoformat()}: {verdict}", *(f"- {step}" for step in self.steps)]
        return "\n".join([*lines, f"- {following}"])


def explain(trigger: NextAfter, at: datetime | str, *, added: Instant | None = None) -> Explanation:
    """Tell step by step why a trigger is due at an instant, or why it is not.

    `at`: an aware datetime, or ISO text with an offset. `added`: when its task was added; from then
    an `Every` without an anchor counts, from the epoch without it.
    """
    given = as_trigger(trigger)
    asked = given if added is None else given.bind(added, None)
    instant = to_instant(at)
    clock = zone(getattr(asked, "tz", "UTC"))
    following = asked.next_after(instant)
    return Explanation(
        at=clock.datetime(instant),
        occurs=_occurs(asked, instant),
        steps=(*_asked_in_a_gap(at), *_steps(given, asked, instant, clock)),
        next=None if following is None else clock.datetime(following),
    )


@runtime_checkable
class _OnAClock(Protocol):
    """A trigger that picks times of a clock; they meet gaps and folds."""

    @property
    def tz(self) -> str: ...
    @property
    def gap(self) -> Gap | None: ...
    @property
    def fold(self) -> Fold | None: ...


def _occurs(trigger: Trigger, instant: Instant) -> bool:
    return trigger.next_after(instant - 1) == instant


def _asked_in_a_gap(at: datetime | str) -> Iterator[str]:
    """Say so where the time asked about was skipped: Python reads it as a later one."""
    if isinstance(at, datetime):
        there = at.astimezone(UTC).astimezone(at.tzinfo)
        if there.replace(tzinfo=None, fold=0) != at.replace(tzinfo=None, fold=0):
            shown = at.replace(tzinfo=None).isoformat(" ")
            yield f"{shown} does not exist in {at.tzinfo}; Python reads it as {there.isoformat()}"


def _steps(given: Trigger, trigger: Trigger, instant: Instant, clock: Zone) -> Iterator[str]:
    """Yield the steps of a bound trigger, which is written as it was given."""
    yield f"{given!r}"
    if isinstance(trigger, Cron):
        yield f"picks: {trigger.describe()}"
    if isinstance(trigger, _OnAClock):
        yield from _clock_steps(trigger, instant, clock)
    for (name, shown), (_, part) in zip(_parts(given), _parts(trigger), strict=True):
        yield f"{name} {shown!r}: {'due' if _occurs(part, instant) else 'not due'}"
    if isinstance(trigger, Except) and (excluding := trigger.exclusion_of(instant)) is not None:
        yield f"excluded by {excluding!r} (on_excluded={str(trigger.on_excluded)!r})"
    if not _occurs(trigger, instant):
        before = trigger.previous_before(instant)
        last = "never before" if before is None else f"last {clock.datetime(before).isoformat()}"
        yield last


def _parts(trigger: Trigger) -> Iterator[tuple[str, Trigger]]:
    """Yield the triggers that a trigger is made of, with the name of the field."""
    for field in fields(trigger):  # type: ignore[arg-type]  # every trigger is a dataclass
        value: object = getattr(trigger, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Trigger):
                yield field.name, part


def _clock_steps(trigger: Trigger, instant: Instant, clock: Zone) -> Iterator[str]:
    """Say what the clock shows, whether that is picked, and what a change of the clock does."""
    # On the clock of UTC, no time is skipped or repeated: there, a trigger is due when it picks.
    picks: Trigger = replace(trigger, tz="UTC")  # type: ignore[type-var]  # a dataclass
    here = clock.segment(instant)
    wall = instant + here.offset
    picked = _occurs(picks, wall)
    yield f"the clock of {clock.key} shows {_shown(wall)}, {'picked' if picked else 'not picked'}"
    if isinstance(trigger, Cron) and not picked:
        yield f"not picked are {', '.join(trigger.mismatches(_reading(wall)))}"
    times = clock.instants(wall, Gap.SKIP, Fold.BOTH)
    if len(times) > 1:
        which = "first" if instant == times[0] else "second"
        yield f"it shows this twice; here for the {which} time ({_policy(trigger, 'fold')})"
    if instant - here.start < 2 * DAY:
        before = clock.segment(here.start - 1).offset
        start, end = here.start + before, here.start + here.offset
        skipped = [_shown(each) for each in islice(picks.between(start - 1, end - 1), 3)]
        if skipped and wall < end + (end - start):
            instead = "; due here instead" if _occurs(trigger, instant) and not picked else ""
            yield (
                f"it was put forward from {_shown(start)} to {_shown(end)}, over "
                f"{', '.join(skipped)} ({_policy(trigger, 'gap')}){instead}"
            )


def _policy(trigger: Trigger, name: str) -> str:
    given = getattr(trigger, name)
    return f"{name} by the rule of Debian's cron" if given is None else f"{name}={str(given)!r}"


def _reading(wall: Wall) -> datetime:
    return EPOCH.replace(tzinfo=None) + timedelta(microseconds=wall // MICROSECOND)


def _shown(wall: Wall) -> str:
    return _reading(wall).strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")


def _datetimes(trigger: Trigger, after: Instant, until: Instant, clock: Zone) -> Iterator[datetime]:
    """Yield the occurrences; those of one day differ in a timedelta, which is kept."""
    start = end = 0
    base: datetime | None = None
    since: dict[int, timedelta] = {}
    for instant in trigger.between(after, until):
        if not start <= instant < end:
            start, end, base = _stretch(instant, clock)
            if len(since) > _MOST_KEPT:
                since.clear()
        if base is None:
            yield clock.datetime(instant)
            continue
        delta = since.get(instant - start)
        if delta is None:
            delta = timedelta(microseconds=(instant - start) // MICROSECOND)
            since[instant - start] = delta
        yield base + delta


def _stretch(instant: Instant, clock: Zone) -> tuple[Instant, Instant, datetime | None]:
    """Return the part of the day around an instant in which datetimes add up, and its beginning.

    Adding to a datetime moves its clock on. That is elapsed time where no change is near.
    """
    edges, _, offsets = clock.calm
    index = bisect_right(edges, instant)
    offset = offsets[index]
    if offset is None:
        return instant, instant, None
    midnight = (instant + offset) // DAY * DAY - offset
    start = max(midnight, edges[index - 1])
    return start, min(midnight + DAY, edges[index]), clock.datetime(start)
