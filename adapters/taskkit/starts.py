"""TaskKit's times, numbers of seconds, and its two ways to be due, as triggers of the engine."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import ClassVar

from duetime.adapters.local_zone import local_zone
from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import MINUTE, SECOND, Instant, Span
from duetime.engine.triggers import register_trigger, trigger_from_json
from duetime.engine.triggers.base import Json, Trigger
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.every import ElapsedGrid

DAY_SECONDS = 86_400
"""What `period()` of a daily task answers, as it always did."""


def to_ns(seconds: float, what: str) -> int:
    """Turn a number of seconds into ns.

    Raises TypeError for what is no number, ValueError for NaN and infinity.
    """
    if isinstance(seconds, str | bytes):
        raise TypeError(f"{what} {seconds!r} must be a number of seconds")
    try:
        whole = math.floor(seconds)
    except TypeError:
        raise TypeError(f"{what} {seconds!r} must be a number of seconds") from None
    except (ValueError, OverflowError):
        raise ValueError(f"{what} {seconds!r} must be a finite number of seconds") from None
    return whole * SECOND + round((seconds - whole) * SECOND)


def to_seconds(ns: int) -> float:
    """Turn ns into seconds, exactly rounded."""
    return ns / SECOND


def read_period(period: float) -> Span:
    """Read a period: its sign does not matter, 0 is for once only. Raises as `to_ns` does."""
    ns = abs(to_ns(period, "period"))
    return ns or int(period != 0)


def read_daily(hour: int, minute: int, tz: tzinfo | str | None) -> Daily:
    """Read a time of day; minute 60 is the full hour after it, as TaskKit's own test has it.

    `tz`: the local zone if None.
    Raises ValueError for what no clock shows, TypeError for what is no number.
    """
    for what, given, last in (("hour", hour, 23), ("minute", minute, 60)):
        if to_ns(given, what) % SECOND or not 0 <= given <= last:
            raise ValueError(f"{what} {given!r}: allowed are the whole numbers from 0 to {last}")
    hours, minutes = divmod(int(hour) * 60 + int(minute), 60)
    return Daily(f"{hours % 24:02d}:{minutes:02d}", tz=tz if tz is not None else local_zone())


def first_daily(daily: Daily, now: Instant) -> Instant | None:
    """Return when a daily task first starts: at once, where its minute has begun already."""
    following = daily.next_after(now - MINUTE)
    return now if following is not None and following <= now else following


@register_trigger
@dataclass(frozen=True, slots=True)
class StartAt(Trigger):
    """One start by the wall clock, at once if it has passed; then what `then` says."""

    at: Instant
    then: Trigger | None = None

    def __post_init__(self) -> None:
        """Raises BadTriggerError for a start that is no integer."""
        _require_ns(self, self.at)

    @classmethod
    def from_json(cls, data: dict[str, Json]) -> Trigger:
        """Read the trigger that follows, too."""
        make: Callable[..., Trigger] = cls
        then = {"then": trigger_from_json(data["then"])} if "then" in data else {}
        return make(**{**data, **then})

    def next_after(self, after: Instant) -> Instant | None:
        """Return the start while it lies ahead, afterwards one of `then`."""
        if after < self.at:
            return self.at
        return None if self.then is None else self.then.next_after(after)

    def first(self, added: Instant) -> Instant | None:
        """Return the start also when it has passed; one that others follow, only if just now."""
        if self.then is None or self.at > added - MINUTE:
            return self.at
        return self.then.next_after(added)


@register_trigger
@dataclass(frozen=True, slots=True)
class StartIn(Trigger):
    """The first start `delay` from now, which may be past, and one every `period` after it.

    Both follow elapsed time, so that setting the wall clock parks nothing.
    """

    delay: Span
    period: Span

    elapsed: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Raises BadTriggerError for fields that are no integers."""
        _require_ns(self, self.delay, self.period)

    def bind(self, added: Instant, before: Trigger | None) -> Trigger:
        """Count the delay from now on."""
        return Starts(self.period, added + self.delay - self.period)


@register_trigger
@dataclass(frozen=True, slots=True)
class Starts(ElapsedGrid):
    """`StartIn`, once its task has been added."""

    def first(self, added: Instant) -> Instant | None:
        """Return the first start also when it has passed."""
        return self._start()


def _require_ns(trigger: Trigger, *fields: Instant | Span) -> None:
    if any(type(field) is not int for field in fields):
        raise BadTriggerError(f"{trigger!r}: times and spans must be integers (ns)")
