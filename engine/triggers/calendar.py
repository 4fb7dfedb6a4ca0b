"""Triggers of the calendar: times of day on days that a rule picks, in a zone."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from typing import TypeAlias

from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import Instant
from duetime.engine.policies import Fold, Gap, parse_enum
from duetime.engine.triggers.base import Trigger, call_text
from duetime.engine.triggers.day_rules import EveryNthDay, start_day, times_of_day
from duetime.engine.triggers.timetable import Timetable
from duetime.engine.zones import zone_key

At: TypeAlias = "str | time | Iterable[str | time]"
"""One time of day or several: "HH:MM", "HH:MM:SS", with a fraction of a second, or a `time`."""

_TIME = re.compile(r"(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?")
_TIME_HINT = "write it like '02:30' or '02:30:15', or pass a datetime.time"


class _CalendarTrigger(Trigger):
    """A trigger that asks its timetable for everything."""

    __slots__ = ()

    _timetable: Timetable

    def next_after(self, after: Instant) -> Instant | None:
        """Return the first occurrence strictly later than `after`, or None."""
        return self._timetable.next_after(after)

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the last occurrence strictly earlier than `before`, or None."""
        return self._timetable.previous_before(before)

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield the occurrences strictly after `after` and not after `until`, in order."""
        return self._timetable.between(after, until)

    def count(self, after: Instant, until: Instant) -> int:
        """Return how many `between` would yield, without walking them."""
        return self._timetable.count(after, until)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Daily(_CalendarTrigger):
    """Every day, or every so many days, at one or several times of day.

    `at`: "HH:MM[:SS]" or a `time`, one or several.
    `every`, `anchor`: every that many days of the calendar, counted from the anchor, and none
    before it. Without an anchor they are counted from 1970-01-01.

    One occurrence for each time on each date that exists: none on a date that the zone skipped.
    With `gap="shift"` it may fall on the next date (America/Nuuk, 23:30 in spring).
    Times inside one gap come together at its end, once, with `gap="next_valid"`.

    >>> Daily("02:30", tz="Europe/Berlin")
    Daily('02:30', tz='Europe/Berlin')
    >>> Daily(["18:00", "6:00"], tz="UTC", every=2, anchor="2026-01-01", fold="both")
    Daily(['06:00', '18:00'], tz='UTC', every=2, anchor='2026-01-01', fold='both')
    """

    at: tuple[time, ...]
    tz: str
    every: int = 1
    anchor: date | None = None
    gap: Gap = Gap.NEXT_VALID
    fold: Fold = Fold.FIRST
    _timetable: Timetable = field(init=False, compare=False, repr=False)

    def __init__(
        self,
        at: At,
        *,
        tz: tzinfo | str,
        every: int = 1,
        anchor: date | str | None = None,
        gap: Gap | str = Gap.NEXT_VALID,
        fold: Fold | str = Fold.FIRST,
    ) -> None:
        """Raises BadTriggerError for a time of day or a number that makes no sense."""
        put = object.__setattr__
        put(self, "at", read_times("Daily", at))
        put(self, "tz", zone_key(tz))
        put(self, "every", read_step("Daily", every))
        put(self, "anchor", read_anchor("Daily", anchor))
        put(self, "gap", parse_enum(Gap, gap))
        put(self, "fold", parse_enum(Fold, fold))
        days = EveryNthDay(self.every, start_day(self.anchor))
        times = times_of_day(self.at)
        put(self, "_timetable", Timetable(days, times, self.tz, self.gap, self.fold))

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return call_text(self, "at")


def read_times(name: str, at: At) -> tuple[time, ...]:
    """Read times of day: sorted, each once.

    Raises BadTriggerError, in the name of a trigger, for text that is no time of day.
    """
    try:
        given = (at,) if isinstance(at, str | time) else tuple(at)
    except TypeError:
        raise BadTriggerError(f"{name}: at {at!r} is no time of day; {_TIME_HINT}") from None
    if not given:
        raise BadTriggerError(f"{name}: at is empty; give at least one time such as '02:30'")
    return tuple(sorted({_read_time(name, one) for one in given}))


def read_step(name: str, every: int) -> int:
    """Check `every`. Raises BadTriggerError, in the name of a trigger, unless it is 1 or more."""
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise BadTriggerError(f"{name}: every={every!r}; allowed are the whole numbers from 1")
    return every


def read_anchor(name: str, anchor: date | str | None) -> date | None:
    """Read an anchor: a date, ISO text, or None for none.

    Raises BadTriggerError, in the name of a trigger, for anything else.
    """
    if anchor is None:
        return None
    try:
        found = date.fromisoformat(anchor) if isinstance(anchor, str) else anchor
    except ValueError:
        found = None
    if not isinstance(found, date) or isinstance(found, datetime):
        raise BadTriggerError(
            f"{name}: anchor={anchor!r} is no date; pass date(2026, 1, 1) or '2026-01-01'"
        )
    return found


def _read_time(name: str, given: str | time) -> time:
    if isinstance(given, time):
        if given.tzinfo is not None:
            raise BadTriggerError(f"{name}: at {given!r} has a zone of its own; give it as tz=")
        return given.replace(fold=0)
    match = _TIME.fullmatch(given.strip()) if isinstance(given, str) else None
    if match is None:
        raise BadTriggerError(f"{name}: at {given!r} is no time of day; {_TIME_HINT}")
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    if (hour, minute, second) == (24, 0, 0):
        raise BadTriggerError(
            f"{name}: at {given!r}: a day ends before 24:00; use '00:00' of the next day"
        )
    try:
        return time(hour, minute, second, int((match[4] or "").ljust(6, "0")))
    except ValueError as error:
        raise BadTriggerError(f"{name}: at {given!r}: {error}; {_TIME_HINT}") from None
