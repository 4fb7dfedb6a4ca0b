"""Triggers made of other triggers: union, intersection, bounds, an offset, jitter.

What is combined are sets of instants. An `Every` without an anchor counts from the epoch inside of
a combination, so that asking it and running it are the same; only `Jitter` leaves it as it is.
Jitter comes last, outside of everything else. `AfterFinish` has no set of its own and is refused.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import ClassVar

from duetime.engine.errors import BadTimeError, BadTriggerError, SearchLimitError
from duetime.engine.instants import (
    FIRST_INSTANT,
    LAST_INSTANT,
    MICROSECOND,
    Instant,
    Span,
    iso,
    span_text,
    to_instant,
    to_span,
)
from duetime.engine.policies import hashed
from duetime.engine.triggers.base import HORIZON, Json, NextAfter, Trigger, as_trigger, clamp

SEARCH_LIMIT = 1_000_000
"""A search ends with an error when it refused this many candidates."""
MOST_COUNTED = 1_000_000
"""The largest `count` of a `Limit`."""

ReadTrigger = Callable[[Json], Trigger]


class Combined(Trigger):
    """A trigger made of others; reading it back from JSON means reading them as well."""

    __slots__ = ()

    @classmethod
    def from_parts(cls, data: dict[str, Json], read: ReadTrigger) -> Trigger:
        """Make it from what `to_json` gave, less its type; `read` makes a trigger of a part."""
        make: Callable[..., Trigger] = cls
        rest = {name: value for name, value in data.items() if name != "trigger"}
        return make(read(data.get("trigger")), **rest)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class OfSeveral(Combined):
    """A set made of several."""

    triggers: tuple[Trigger, ...]

    def __init__(self, *triggers: NextAfter) -> None:
        """Raises BadTriggerError without a trigger, or for one that cannot be combined."""
        name = type(self).__name__
        if not triggers:
            raise BadTriggerError(f"{name}() is empty; give at least one trigger")
        object.__setattr__(self, "triggers", tuple(read_part(name, each) for each in triggers))

    @property
    def tz(self) -> str:
        """The zone that those with a zone have in common, else UTC."""
        return zone_name(self)

    def named(self, name: str) -> Trigger:
        """Name each of the triggers."""
        named = tuple(each.named(name) for each in self.triggers)
        return self if named == self.triggers else type(self)(*named)

    def to_json(self) -> dict[str, Json]:
        """Return the triggers as a list."""
        parts: list[Json] = [each.to_json() for each in self.triggers]
        return {"type": type(self).__name__, "triggers": parts}

    @classmethod
    def from_parts(cls, data: dict[str, Json], read: ReadTrigger) -> Trigger:
        """Read the list."""
        return cls(*(read(part) for part in json_list(data, "triggers")))

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return f"{type(self).__name__}({', '.join(map(repr, self.triggers))})"


@dataclass(frozen=True, slots=True, init=False, repr=False)
class AnyOf(OfSeveral):
    """The union: whenever any of the triggers is due, once for each instant.

    >>> from duetime.engine.triggers.calendar import Daily
    >>> AnyOf(Daily("09:00", tz="UTC"), Daily("17:00", tz="UTC"))
    AnyOf(Daily('09:00', tz='UTC'), Daily('17:00', tz='UTC'))
    """

    def next_after(self, after: Instant) -> Instant | None:
        """Return the earliest of what the triggers answer."""
        found = (each.next_after(after) for each in self.triggers)
        return min((instant for instant in found if instant is not None), default=None)

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the latest of what the triggers answer."""
        found = (each.previous_before(before) for each in self.triggers)
        return max((instant for instant in found if instant is not None), default=None)

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Merge what the triggers yield, each instant once."""
        last = after
        for instant in heapq.merge(*(each.between(after, until) for each in self.triggers)):
            if instant > last:
                last = instant
                yield instant


@dataclass(frozen=True, slots=True, init=False, repr=False)
class AllOf(OfSeveral):
    """The intersection: only when all of the triggers are due at the same instant, to the ns.

    A search ends after 40 years without a match; with a SearchLimitError after a million rounds.
    """

    def next_after(self, after: Instant) -> Instant | None:
        """Return the next instant at which all are due."""
        return self._next(after, after + HORIZON)

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield the instants at which all are due, each at most 40 years after the one before."""
        while (found := self._next(after, min(until, after + HORIZON))) is not None:
            yield found
            after = found

    def _next(self, after: Instant, until: Instant) -> Instant | None:
        """Let each trigger move on to where the one before it is, until all agree."""
        candidate = after + 1
        for _ in range(SEARCH_LIMIT):
            agreed = candidate
            for each in self.triggers:
                found = each.next_after(agreed - 1)
                if found is None or found > until:
                    return None
                agreed = found
            if agreed == candidate:
                return agreed
            candidate = agreed
        raise search_limit_error(self, after)

    def previous_before(self, before: Instant) -> Instant | None:
        """Do the same backwards."""
        candidate = before - 1
        for _ in range(SEARCH_LIMIT):
            agreed = candidate
            for each in self.triggers:
                found = each.previous_before(agreed + 1)
                if found is None or found < before - HORIZON:
                    return None
                agreed = found
            if agreed == candidate:
                return agreed
            candidate = agreed
        raise search_limit_error(self, before)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class OfOne(Combined):
    """A set made of one other, in its zone."""

    trigger: Trigger

    @property
    def tz(self) -> str:
        """The zone of the trigger; UTC where it has none, or several."""
        return zone_name(self)

    def named(self, name: str) -> Trigger:
        """Name the trigger inside."""
        named = self.trigger.named(name)
        return self if named == self.trigger else self._around(named)

    def _around(self, trigger: Trigger) -> Trigger:
        """Return the same around another trigger."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Limit(OfOne):
    """A trigger from `start` to `end`, both included, and at most `count` times.

    `start`, `end`: ns since the epoch, given as aware datetimes or ISO text with an offset.
    `count`, kept as `most`: 1 to 1,000,000, counted from `start`, or from 1970 without one.

    >>> from duetime.engine.triggers.every import Every
    >>> Limit(Every(hours=1), start="2026-01-01T00:00Z", count=3)
    Limit(Every('1h'), start='2026-01-01T00:00:00Z', count=3)
    """

    start: Instant | None
    end: Instant | None
    most: int | None
    _from: Instant = field(init=False, compare=False, repr=False)
    _until: Instant = field(init=False, compare=False, repr=False)

    def __init__(
        self,
        trigger: NextAfter,
        *,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        count: int | None = None,
    ) -> None:
        """Raises BadTriggerError for a count out of range, or when nothing is limited."""
        put = object.__setattr__
        put(self, "trigger", read_part("Limit", trigger))
        put(self, "start", None if start is None else to_instant(start))
        put(self, "end", None if end is None else to_instant(end))
        put(self, "most", _read_count(count))
        if start is None and end is None and count is None:
            raise BadTriggerError("Limit limits nothing; give start, end or count")
        counted_from = FIRST_INSTANT if self.most is not None else -(1 << 63)
        put(self, "_from", counted_from if self.start is None else self.start)
        put(self, "_until", self._last_counted())

    def _last_counted(self) -> Instant:
        """Return the end, or the last occurrence that `count` lets through if that is earlier."""
        end = LAST_INSTANT if self.end is None else self.end
        if self.most is None:
            return end
        found = self.trigger.between(self._from - 1, end)
        return next(islice(found, self.most - 1, None), end)

    def next_after(self, after: Instant) -> Instant | None:
        """Return the next occurrence within the bounds."""
        found = self.trigger.next_after(max(after, self._from - 1))
        return found if found is not None and found <= self._until else None

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the last occurrence within the bounds."""
        found = self.trigger.previous_before(min(before, self._until + 1))
        return found if found is not None and found >= self._from else None

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield what the trigger yields within the bounds."""
        return self.trigger.between(max(after, self._from - 1), min(until, self._until))

    def count(self, after: Instant, until: Instant) -> int:
        """Return what the trigger counts within the bounds."""
        return self.trigger.count(max(after, self._from - 1), min(until, self._until))

    def _around(self, trigger: Trigger) -> Trigger:
        start, end = (None if bound is None else iso(bound) for bound in (self.start, self.end))
        return Limit(trigger, start=start, end=end, count=self.most)

    def _arguments(self) -> dict[str, str | int]:
        bounds = {"start": self.start, "end": self.end}
        found: dict[str, str | int] = {
            name: iso(bound) for name, bound in bounds.items() if bound is not None
        }
        return found if self.most is None else found | {"count": self.most}

    def to_json(self) -> dict[str, Json]:
        """Return the bounds as text."""
        return {"type": "Limit", "trigger": self.trigger.to_json(), **self._arguments()}

    def __repr__(self) -> str:
        """Write the call that makes it."""
        bounds = "".join(f", {name}={value!r}" for name, value in self._arguments().items())
        return f"Limit({self.trigger!r}{bounds})"


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Shift(OfOne):
    """A trigger earlier or later by a span of elapsed time.

    `by`: ns, given as a timedelta or text such as "90m" or "-1d" (24 hours).

    >>> from duetime.engine.triggers.calendar import Monthly
    >>> Shift(Monthly(1, "00:00", tz="UTC"), "-2h")
    Shift(Monthly(1, '00:00', tz='UTC'), '-2h')
    """

    by: Span

    def __init__(self, trigger: NextAfter, by: timedelta | str) -> None:
        """Raises BadTriggerError for what is no duration."""
        object.__setattr__(self, "trigger", read_part("Shift", trigger))
        earlier = isinstance(by, str) and by.lstrip().startswith("-")
        span = _read_span("Shift", by.lstrip()[1:] if isinstance(by, str) and earlier else by)
        object.__setattr__(self, "by", -span if earlier else span)

    def next_after(self, after: Instant) -> Instant | None:
        """Ask for what is this much earlier."""
        found = self.trigger.next_after(after - self.by)
        return None if found is None else clamp(found + self.by)

    def previous_before(self, before: Instant) -> Instant | None:
        """Ask for what is this much earlier."""
        found = self.trigger.previous_before(min(before, LAST_INSTANT) - self.by)
        return None if found is None else found + self.by

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield what the trigger yields, moved."""
        last = min(until, LAST_INSTANT - 1)
        for instant in self.trigger.between(after - self.by, last - self.by):
            yield instant + self.by

    def count(self, after: Instant, until: Instant) -> int:
        """Return what the trigger counts."""
        return self.trigger.count(after - self.by, min(until, LAST_INSTANT - 1) - self.by)

    def _around(self, trigger: Trigger) -> Trigger:
        return Shift(trigger, span_text(self.by))

    def to_json(self) -> dict[str, Json]:
        """Return the span as text."""
        return {"type": "Shift", "trigger": self.trigger.to_json(), "by": span_text(self.by)}

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return f"Shift({self.trigger!r}, {span_text(self.by)!r})"


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Jitter(OfOne):
    """A trigger whose runs start a little later than due, each by an amount of its own.

    `spread`: ns, given as a timedelta or text; a run starts less than this after it is due.
    The amount is a hash of (seed, name of the task, nominal time): the same in every process and on
    every day that one asks. It never reaches the next nominal time and is not fed back: as a
    trigger this gives the nominal times, and `planned` says when each is to start.

    >>> from duetime.engine.triggers.every import Every
    >>> Jitter(Every(minutes=5), "30s", seed=7)
    Jitter(Every('5m'), '30s', seed=7)
    """

    spread: Span
    seed: int

    def __init__(self, trigger: NextAfter, spread: timedelta | str, *, seed: int = 0) -> None:
        """Raises BadTriggerError for a spread that is not longer than zero."""
        inner = as_trigger(trigger)
        if isinstance(inner, Jitter) or inner.follows_runs:
            raise BadTriggerError(f"Jitter: {inner!r} has no times that can be spread")
        span = _read_span("Jitter", spread)
        if span < MICROSECOND:
            raise BadTriggerError(f"Jitter: spread {spread!r} must be at least a microsecond")
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise BadTriggerError(f"Jitter: seed {seed!r} is no whole number")
        object.__setattr__(self, "trigger", inner)
        object.__setattr__(self, "spread", span)
        object.__setattr__(self, "seed", seed)

    def next_after(self, after: Instant) -> Instant | None:
        """Return the next nominal time."""
        return self.trigger.next_after(after)

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the last nominal time."""
        return self.trigger.previous_before(before)

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield the nominal times."""
        return self.trigger.between(after, until)

    def count(self, after: Instant, until: Instant) -> int:
        """Return the number of nominal times."""
        return self.trigger.count(after, until)

    def first(self, added: Instant) -> Instant | None:
        """Return the first nominal time of a task that is added at this instant."""
        return self.trigger.first(added)

    def planned(self, nominal: Instant, task_name: str) -> Instant:
        """Return when to start: from the nominal time to before spread or the next one, in µs."""
        following = self.trigger.next_after(nominal)
        room = self.spread if following is None else min(self.spread, following - nominal)
        text = f"{self.seed}:{nominal}:{task_name}"
        draw = hashed(text)
        return nominal + (room * draw >> 64) // MICROSECOND * MICROSECOND

    def bind(self, added: Instant, before: Trigger | None) -> Trigger:
        """Bind the trigger inside."""
        inner = self.trigger.bind(added, before.trigger if isinstance(before, Jitter) else before)
        return self._around(inner)

    def _around(self, trigger: Trigger) -> Trigger:
        kind = ElapsedJitter if trigger.elapsed else Jitter
        return kind(trigger, span_text(self.spread), seed=self.seed)

    def to_json(self) -> dict[str, Json]:
        """Return the spread as text."""
        inner, spread = self.trigger.to_json(), span_text(self.spread)
        return {"type": type(self).__name__, "trigger": inner, "spread": spread, "seed": self.seed}

    def __repr__(self) -> str:
        """Write the call that makes it."""
        seed = f", seed={self.seed}" if self.seed else ""
        return f"{type(self).__name__}({self.trigger!r}, {span_text(self.spread)!r}{seed})"


@dataclass(frozen=True, slots=True, init=False, repr=False)
class ElapsedJitter(Jitter):
    """`Jitter` of an `Every` without an anchor, once its task has been added."""

    elapsed: ClassVar[bool] = True


def read_part(name: str, given: NextAfter) -> Trigger:
    """Check a trigger that is to be combined. Raises BadTriggerError for one that cannot be."""
    trigger = as_trigger(given)
    if isinstance(trigger, Jitter):
        raise BadTriggerError(
            f"{name}: {trigger!r} cannot be inside; put Jitter outside: Jitter({name}(…), …)"
        )
    if trigger.follows_runs or trigger.elapsed:
        raise BadTriggerError(
            f"{name}: {trigger!r} follows runs, so it is no set of instants that could be combined"
        )
    return trigger


def json_list(data: dict[str, Json], name: str) -> list[Json]:
    """Return a list of JSON data. Raises BadTriggerError where there is none."""
    found = data.get(name)
    if not isinstance(found, list):
        raise BadTriggerError(f"{data!r}: {name} must be a list")
    return found


def zone_name(trigger: Trigger) -> str:
    """Return the zone that a trigger is in; UTC where it has none, or several."""
    zones = zones_of(trigger)
    return zones.pop() if len(zones) == 1 else "UTC"


def zones_of(trigger: Trigger) -> set[str]:
    """Return the zones of a trigger, or of those that it is made of."""
    if isinstance(trigger, OfSeveral):
        return {zone for each in trigger.triggers for zone in zones_of(each)}
    if isinstance(trigger, OfOne):
        return zones_of(trigger.trigger)
    zone = getattr(trigger, "tz", None)
    return {zone} if isinstance(zone, str) else set()


def search_limit_error(trigger: Trigger, start: Instant) -> SearchLimitError:
    """Say that a search refused too many candidates."""
    return SearchLimitError(
        f"{trigger!r}: searched from {iso(start)}, {SEARCH_LIMIT:,} candidates were refused one by "
        "one and none was left; combine less frequent triggers, or exclude whole dates"
    )


def _read_count(count: int | None) -> int | None:
    if count is None:
        return None
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_COUNTED:
        raise BadTriggerError(f"Limit: count={count!r}; allowed are 1 to {MOST_COUNTED:,}")
    return count


def _read_span(name: str, given: timedelta | str) -> Span:
    try:
        return to_span(given)
    except BadTimeError as error:
        raise BadTriggerError(f"{name}: {error}") from None
