"""Triggers made of other triggers: union, intersection, bounds, an offset, jitter.

What is combined are sets of instants. An `Every` without an anchor counts from the epoch inside of
a combination, so that asking it and running it are the same; only `Jitter` hands its trigger
through as it is. Jitter comes last, outside of everything else.
"""

import hashlib
import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import ClassVar, TypeVar

from duetime.engine.errors import BadTimeError, BadTriggerError, SearchLimitError
from duetime.engine.instants import (
    LAST_INSTANT,
    MICROSECOND,
    Instant,
    Span,
    iso,
    span_text,
    to_instant,
    to_span,
)
from duetime.engine.triggers.base import HORIZON, Json, NextAfter, Trigger, as_trigger, clamp

SEARCH_LIMIT = 1_000_000
"""A search gives up with an error when this many candidates in a row were refused."""
MOST_COUNTED = 1_000_000
"""The largest `count` of a `Limit`."""

ReadTrigger = Callable[[Json], Trigger]
C = TypeVar("C", bound="Combined")


class Combined(Trigger):
    """A trigger whose JSON has other triggers in it."""

    __slots__ = ()

    @classmethod
    def from_parts(cls: type[C], data: dict[str, Json], read: ReadTrigger) -> C:
        """Make it from what `to_json` gave; `read` makes a trigger of a part."""
        return cls(read(data.pop("trigger", None)), **data)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class AnyOf(Combined):
    """The union: whenever any of the triggers is due, once for each instant.

    >>> from duetime.engine.triggers.calendar import Daily
    >>> AnyOf(Daily("09:00", tz="UTC"), Daily("17:00", tz="UTC"))
    AnyOf(Daily('09:00', tz='UTC'), Daily('17:00', tz='UTC'))
    """

    triggers: tuple[Trigger, ...]

    def __init__(self, *triggers: NextAfter) -> None:
        """Raises BadTriggerError without a trigger, or for one that cannot be combined."""
        object.__setattr__(self, "triggers", read_parts("AnyOf", triggers))

    def next_after(self, after: Instant) -> Instant | None:
        """Return the earliest of what the triggers answer."""
        found = (trigger.next_after(after) for trigger in self.triggers)
        return min((instant for instant in found if instant is not None), default=None)

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the latest of what the triggers answer."""
        found = (trigger.previous_before(before) for trigger in self.triggers)
        return max((instant for instant in found if instant is not None), default=None)

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Merge what the triggers yield, each instant once."""
        last = after
        for instant in heapq.merge(*(part.between(after, until) for part in self.triggers)):
            if instant > last:
                last = instant
                yield instant

    @property
    def tz(self) -> str:
        """The zone that all the triggers with a zone have in common, else UTC."""
        return common_zone(self.triggers)

    def to_json(self) -> dict[str, Json]:
        """Return the triggers as a list."""
        return {"type": "AnyOf", "triggers": [part.to_json() for part in self.triggers]}

    @classmethod
    def from_parts(cls, data: dict[str, Json], read: ReadTrigger) -> "AnyOf":
        """Read the list."""
        return cls(*read_list(data, read))

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return f"AnyOf({', '.join(map(repr, self.triggers))})"


@dataclass(frozen=True, slots=True, init=False, repr=False)
class AllOf(Combined):
    """The intersection: only when all of the triggers are due at the same instant, to the ns.

    A search ends after 40 years without a match, or with a SearchLimitError after 1,000,000 rounds.
    """

    triggers: tuple[Trigger, ...]

    def __init__(self, *triggers: NextAfter) -> None:
        """Raises BadTriggerError without a trigger, or for one that cannot be combined."""
        object.__setattr__(self, "triggers", read_parts("AllOf", triggers))

    def next_after(self, after: Instant) -> Instant | None:
        """Let each trigger move on to the instant of the last one, until all agree."""
        candidate = after + 1
        for _ in range(SEARCH_LIMIT):
            agreed = candidate
            for trigger in self.triggers:
                found = trigger.next_after(agreed - 1)
                if found is None or found > after + HORIZON:
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
            for trigger in self.triggers:
                found = trigger.previous_before(agreed + 1)
                if found is None or found < before - HORIZON:
                    return None
                agreed = found
            if agreed == candidate:
                return agreed
            candidate = agreed
        raise search_limit_error(self, before)

    @property
    def tz(self) -> str:
        """The zone that all the triggers with a zone have in common, else UTC."""
        return common_zone(self.triggers)

    def to_json(self) -> dict[str, Json]:
        """Return the triggers as a list."""
        return {"type": "AllOf", "triggers": [part.to_json() for part in self.triggers]}

    @classmethod
    def from_parts(cls, data: dict[str, Json], read: ReadTrigger) -> "AllOf":
        """Read the list."""
        return cls(*read_list(data, read))

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return f"AllOf({', '.join(map(repr, self.triggers))})"


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Limit(Combined):
    """A trigger from `start` to `end`, both included, and at most `count` times.

    `start`, `end`: ns since the epoch, given as aware datetimes or ISO text with an offset.
    `count`: 1 to 1,000,000; counted from `start`, or from the first since 1970 without one.

    >>> from duetime.engine.triggers.every import Every
    >>> Limit(Every(hours=1), start="2026-01-01T00:00Z", count=3)
    Limit(Every('1h'), start='2026-01-01T00:00:00Z', count=3)
    """

    trigger: Trigger
    start: Instant | None
    end: Instant | None
    count_: int | None
"""
