"""Intervals of elapsed time: a grid, and a delay after each run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from duetime.engine.errors import BadTimeError, BadTriggerError
from duetime.engine.instants import (
    MICROSECOND,
    Instant,
    Span,
    iso,
    span_text,
    span_words,
    to_instant,
    to_span,
)
from duetime.engine.triggers.base import Json, Trigger, clamp

UNITS = ("weeks", "days", "hours", "minutes", "seconds")


class Grid(Trigger):
    """anchor + k × period, by multiplication; nothing before the anchor."""

    __slots__ = ()

    period: Span

    def _start(self) -> Instant:
        raise NotImplementedError

    def next_after(self, after: Instant) -> Instant | None:
        """Return the next point of the grid: one division, however long ago the last one was."""
        start = self._start()
        if after < start:
            return start
        return clamp(after + self.period - (after - start) % self.period)

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the last point of the grid before an instant."""
        start = self._start()
        if before <= start:
            return None
        return before - 1 - (before - 1 - start) % self.period

    def count(self, after: Instant, until: Instant) -> int:
        """Return the number of points, by two divisions."""
        start = self._start()
        if until < start:
            return 0
        points_before = (after - start) // self.period if after >= start else -1
        return max((until - start) // self.period - points_before, 0)

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield the points as a range."""
        first = self.next_after(after)
        return iter(range(first, until + 1, self.period) if first is not None else ())


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Every(Grid):
    """Every so often, without drift: anchor + k × period.

    `period`: ns, given as a timedelta, text such as "90s" or "2 weeks, 1 day", or units by keyword;
    a whole number of µs.
    `anchor`: ns since the epoch. With one, the grid lies on the wall clock (UTC), starts at the
    anchor, and a restart does not move it. Without, it starts when the task is added, follows
    elapsed time, and a clock step does not move it; asked alone, such a trigger counts from the
    epoch.

    >>> Every(minutes=5)
    Every('5m')
    >>> Every("90s", anchor="2026-01-01T00:00Z")
    Every('1m 30s', anchor='2026-01-01T00:00:00Z')
    """

    period: Span
    anchor: Instant | None

    def __init__(
        self,
        period: timedelta | str | None = None,
        *,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        anchor: datetime | str | None = None,
    ) -> None:
        """Raises BadTriggerError for a period that is not longer than zero."""
        span = _read_span("Every", period, (weeks, days, hours, minutes, seconds))
        object.__setattr__(self, "period", span)
        object.__setattr__(self, "anchor", None if anchor is None else to_instant(anchor))

    def _start(self) -> Instant:
        return self.anchor or 0

    def bind(self, added: Instant, before: Trigger | None) -> Trigger:
        """Fix the anchor: the given one, else the one in force, else the time of adding."""
        if self.anchor is not None:
            return self
        if isinstance(before, ElapsedGrid):
            return ElapsedGrid(self.period, before.anchor)
        if isinstance(before, Every) and before.anchor is not None:
            return Every(span_text(self.period), anchor=iso(before.anchor))
        return ElapsedGrid(self.period, added)

    def describe(self) -> str:
        """Return in plain English how often it is due.

        >>> Every("2 weeks, 1 day").describe(), Every(hours=1).describe()
        ('every 2 weeks, 1 day', 'every hour')
        """
        words = span_words(self.period)
        start = "" if self.anchor is None else f", counted from {iso(self.anchor)}"
        return f"every {words if ',' in words else words.removeprefix('1 ')}{start}"

    def to_json(self) -> dict[str, Json]:
        """Return the period and the anchor as text."""
        data: dict[str, Json] = {"type": "Every", "period": span_text(self.period)}
        return data if self.anchor is None else data | {"anchor": iso(self.anchor)}

    def __repr__(self) -> str:
        """Write the call that makes it."""
        anchor = "" if self.anchor is None else f", anchor={iso(self.anchor)!r}"
        return f"Every({span_text(self.period)!r}{anchor})"


@dataclass(frozen=True, slots=True)
class ElapsedGrid(Grid):
    """`Every` without an anchor, once its task has been added; both fields in elapsed ns."""

    period: Span
    anchor: Instant

    elapsed: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Raises BadTriggerError for what no `Every` becomes."""
        if not (type(self.period) is type(self.anchor) is int and self.period > 0):
            raise BadTriggerError(
                f"{self!r}: both fields must be integers, and the period positive"
            )

    def _start(self) -> Instant:
        return self.anchor + self.period


@dataclass(frozen=True, slots=True, init=False, repr=False)
class AfterFinish(Trigger):
    """A fixed delay after the last run ended; the first time, after the task was added.

    `delay`: ns of elapsed time. Source: systemd's OnUnitInactiveSec.

    >>> AfterFinish(seconds=30)
    AfterFinish('30s')
    """

    delay: Span

    elapsed: ClassVar[bool] = True
    follows_runs: ClassVar[bool] = True

    def __init__(
        self,
        delay: timedelta | str | None = None,
        *,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """Raises BadTriggerError for a delay that is not longer than zero."""
        span = _read_span("AfterFinish", delay, (weeks, days, hours, minutes, seconds))
        object.__setattr__(self, "delay", span)

    def next_after(self, after: Instant) -> Instant | None:
        """Return the delay after `after`, which is when the run ended."""
        return clamp(after + self.delay)

    def describe(self) -> str:
        """Return in plain English how often it is due.

        >>> AfterFinish("90s").describe()
        '1 minute, 30 seconds after each run'
        """
        return f"{span_words(self.delay)} after each run"

    def to_json(self) -> dict[str, Json]:
        """Return the delay as text."""
        return {"type": "AfterFinish", "delay": span_text(self.delay)}

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return f"AfterFinish({span_text(self.delay)!r})"


def _read_span(name: str, given: timedelta | str | None, units: tuple[float, ...]) -> Span:
    if given is not None and any(units):
        raise BadTriggerError(f"{name}: give a duration or units such as minutes=5, not both")
    try:
        if given is None:
            given = timedelta(**dict(zip(UNITS, units, strict=True)))
        span = to_span(given)
    except (BadTimeError, TypeError, ValueError, OverflowError) as error:
        raise BadTriggerError(f"{name}: {error}") from None
    if span < MICROSECOND:
        raise BadTriggerError(
            f"{name}({span_text(span)}): must be longer than zero, at least a microsecond"
        )
    return span
