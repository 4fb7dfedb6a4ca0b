"""Exceptions to a trigger: dates such as public holidays, and occurrences of other triggers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, tzinfo
from enum import StrEnum
from typing import TypeAlias

from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import DAY, HOUR, Instant
from duetime.engine.policies import Fold, Gap, parse_enum
from duetime.engine.triggers.base import HORIZON, Json, NextAfter, Trigger
from duetime.engine.triggers.calendar_fields import read_date
from duetime.engine.triggers.combine import (
    SEARCH_LIMIT,
    AnyOf,
    OfOne,
    ReadTrigger,
    json_list,
    read_part,
    search_limit_error,
    zones_of,
)
from duetime.engine.triggers.day_rules import day_number
from duetime.engine.triggers.picks import Few
from duetime.engine.triggers.timetable import Timetable
from duetime.engine.zones import zone, zone_key

MOVE_DAYS = 31
"""An excluded occurrence is moved by no more than this; further it is skipped."""

_MARGIN = 3 * HOUR
"""How much a change of the clock may move the start or the end of a day."""


class Excluded(StrEnum):
    """What becomes of an occurrence that is excluded."""

    SKIP = "skip"
    """It is left out."""
    NEXT_ALLOWED = "next_allowed"
    """It moves to the same time of day on the next day on which that is not excluded."""
    PREVIOUS_ALLOWED = "previous_allowed"
    """It moves to the same time of day on the last day before on which that is not excluded."""


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Exclusions:
    """A named and versioned set of dates in a zone, to be shared by many tasks.

    `dates`: dates or ISO text; kept in order, each once.
    `version`: any text; it is recorded with the trigger, so that one sees which list was in force.

    >>> Exclusions("works outing", version="2026-1", dates=["2026-06-12"], tz="Europe/Berlin")
    Exclusions('works outing', version='2026-1', dates=['2026-06-12'], tz='Europe/Berlin')
    """

    name: str
    version: str
    dates: tuple[date, ...]
    tz: str
    _days: frozenset[int] = field(init=False, compare=False, repr=False)

    def __init__(
        self, name: str, *, version: str, dates: Iterable[date | str], tz: tzinfo | str
    ) -> None:
        """Raises BadTriggerError for what is no date."""
        given = (dates,) if isinstance(dates, str) else tuple(dates)
        found = sorted({read_date("Exclusions", "dates", day) for day in given})
        put = object.__setattr__
        put(self, "name", name)
        put(self, "version", version)
        put(self, "dates", tuple(found))
        put(self, "tz", zone_key(tz))
        put(self, "_days", frozenset(day_number(day) for day in found))

    def stretch(self, instant: Instant) -> tuple[Instant, Instant] | None:
        """Return from when to when (not included) the dates around an instant are excluded.

        None where the date is not. The stretch ends at the latest where the zone's offset changes.
        """
        here = zone(self.tz).segment(instant)
        first = last = (instant + here.offset) // DAY
        if first not in self._days:
            return None
        while first - 1 in self._days:
            first -= 1
        while last + 1 in self._days:
            last += 1
        start, end = first * DAY - here.offset, (last + 1) * DAY - here.offset
        return max(start, here.start), min(end, here.end)

    def touches(self, start: Instant, end: Instant) -> bool:
        """Tell whether one of the dates may have a part in a stretch of about a day."""
        middle = (start + end) // 2
        return any(self.stretch(instant) for instant in (start, middle, end))

    def to_json(self) -> dict[str, Json]:
        """Return the dates as a list of text."""
        dates: list[Json] = [day.isoformat() for day in self.dates]
        named: dict[str, Json] = {"name": self.name, "version": self.version}
        return {"type": "Exclusions", **named, "dates": dates, "tz": self.tz}

    @classmethod
    def from_json(cls, data: dict[str, Json]) -> "Exclusions":
        """Make them from what `to_json` gave."""
        dates = [str(day) for day in json_list(data, "dates")]
        name, version, tz = (str(data.get(part, "")) for part in ("name", "version", "tz"))
        return cls(name, version=version, dates=dates, tz=tz)

    def __repr__(self) -> str:
        """Write the call that makes it."""
        dates = [day.isoformat() for day in self.dates]
        return f"Exclusions({self.name!r}, version={self.version!r}, dates={dates}, tz={self.tz!r})"


AnExclusion: TypeAlias = NextAfter | Exclusions | date | str | Iterable[date | str]
"""A trigger, a named set of dates, a date, or several dates (in the zone of the trigger)."""


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Except(OfOne):
    """A trigger without the occurrences that fall on excluded dates or instants.

    `excluded`: `Exclusions`, dates in the zone of the trigger, or triggers: their exact instants.
    `on_excluded`: leave the occurrence out, or move it by whole days of the calendar, in the zone
    of the trigger, at most 31 days far. Where it meets another one, there is one.

    A search ends after 40 years without a match; with a SearchLimitError after a million candidates
    that were refused one by one. Excluded dates are leapt over, they do not count.

    >>> from duetime.engine.triggers.calendar import Daily
    >>> Except(Daily("09:00", tz="UTC"), "2026-12-25", on_excluded="next_allowed").excluded
    (Exclusions('dates', version='', dates=['2026-12-25'], tz='UTC'),)
    """

    excluded: tuple[Trigger | Exclusions, ...]
    on_excluded: Excluded
    _empty: bool = field(init=False, compare=False, repr=False)

    def __init__(
        self,
        trigger: NextAfter,
        *excluded: AnExclusion,
        on_excluded: Excluded | str = Excluded.SKIP,
    ) -> None:
        """Raises BadTriggerError for what cannot be excluded."""
        inner = read_part("Except", trigger)
        parts = _read_excluded(inner, excluded)
        put = object.__setattr__
        put(self, "trigger", inner)
        put(self, "excluded", parts)
        put(self, "on_excluded", parse_enum(Excluded, on_excluded))
        # Nothing is left of what is excluded itself; a search could not find that out.
        whole = all(each in parts for each in _united(inner))
        put(self, "_empty", whole and self.on_excluded is Excluded.SKIP)

    def next_after(self, after: Instant) -> Instant | None:
        """Return the next occurrence that is not excluded, or has been moved there."""
        return self._next(after, after + HORIZON)

    def _next(self, after: Instant, until: Instant) -> Instant | None:
        if self._empty:
            return None
        if self.on_excluded is Excluded.NEXT_ALLOWED:
            return self._next_moved_on(after, until)
        if self.on_excluded is Excluded.PREVIOUS_ALLOWED:
            return self._next_moved_back(after, until)
        resume = after
        for _ in range(SEARCH_LIMIT):
            found = self.trigger.next_after(resume)
            if found is None or found > until:
                return None
            stretch = self._stretch(found)
            if stretch is None:
                return found
            resume = stretch[1] - 1
        raise search_limit_error(self, after)

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the last occurrence that is not excluded, or has been moved there."""
        if self._empty:
            return None
        if self.on_excluded is not Excluded.SKIP:
            return Trigger.previous_before(self, before)
        horizon, resume = before - HORIZON, before
        for _ in range(SEARCH_LIMIT):
            found = self.trigger.previous_before(resume)
            if found is None or found < horizon:
                return None
            stretch = self._stretch(found)
            if stretch is None:
                return found
            resume = stretch[0]
        raise search_limit_error(self, before)

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield the occurrences that are not excluded, or have been moved."""
        while (found := self._next(after, min(until, after + HORIZON))) is not None:
            yield found
            after = found

    def exclusion_of(self, instant: Instant) -> Trigger | Exclusions | None:
        """Return what excludes an instant, or None where nothing does."""
        return next((part for part in self.excluded if _stretch_of(part, instant)), None)

    def _stretch(self, instant: Instant) -> tuple[Instant, Instant] | None:
        """Return from when to when (not included) one of the exclusions excludes all."""
        part = self.exclusion_of(instant)
        return None if part is None else _stretch_of(part, instant)

    def _next_moved_on(self, after: Instant, until: Instant) -> Instant | None:
        """Look among those from the start of the run of excluded days on: each moves later."""
        best: Instant | None = None
        resume = self._end_of_run(after, -1)
        for _ in range(SEARCH_LIMIT):
            found = self.trigger.next_after(resume)
            if found is None or found > (until if best is None else best):
                return best
            moved = self._moved(found, 1)
            if moved is not None and after < moved <= until:
                best = moved if best is None else min(best, moved)
            resume = found
        raise search_limit_error(self, after)

    def _next_moved_back(self, after: Instant, until: Instant) -> Instant | None:
        """Look among those up to the end of the run of excluded days: each moves earlier."""
        best: Instant | None = None
        resume, last = after, self._end_of_run(until, 1)
        for _ in range(SEARCH_LIMIT):
            found = self.trigger.next_after(resume)
            if found is None or found > last:
                return best
            moved = self._moved(found, -1)
            if moved is not None and after < moved <= until and (best is None or moved < best):
                best, last = moved, self._end_of_run(moved, 1)
            resume = found
        raise search_limit_error(self, after)

    def _moved(self, found: Instant, step: int) -> Instant | None:
        """Return where an occurrence goes, days in steps of 1 or −1; itself if it is allowed."""
        if self._stretch(found) is None:
            return found
        wall = zone(self.tz).wall(found)
        for days in range(1, MOVE_DAYS + 1):
            target = wall + step * days * DAY
            clock = Timetable(Few((target,)), self.tz, Gap.NEXT_VALID, Fold.FIRST)
            moved = clock.next_after(target - 2 * DAY)
            if moved is not None and self._stretch(moved) is None:
                return moved
        return None

    def _end_of_run(self, instant: Instant, step: int) -> Instant:
        """Return an instant past the run of days with exclusions, in steps of 1 or −1 days.

        Two days without any end it: the second is for dates of another zone.
        """
        noon = instant - zone(self.tz).wall(instant) % DAY + DAY // 2
        free = 0
        for _ in range(MOVE_DAYS + 2):
            noon += step * DAY
            start, end = noon - DAY // 2 - _MARGIN, noon + DAY // 2 + _MARGIN
            free = 0 if any(_touches(part, start, end) for part in self.excluded) else free + 1
            if free == 2:
                break
        return noon + step * DAY

    def named(self, name: str) -> Trigger:
        """Name the trigger, and those among what is excluded."""
        named = self.trigger.named(name)
        parts = tuple(
            part if isinstance(part, Exclusions) else part.named(name) for part in self.excluded
        )
        if (named, parts) == (self.trigger, self.excluded):
            return self
        return Except(named, *parts, on_excluded=self.on_excluded)

    def to_json(self) -> dict[str, Json]:
        """Return trigger and exclusions as objects."""
        excluded: list[Json] = [part.to_json() for part in self.excluded]
        inner = self.trigger.to_json()
        choice: dict[str, Json] = {}
        if self.on_excluded is not Excluded.SKIP:
            choice["on_excluded"] = str(self.on_excluded)
        return {"type": "Except", "trigger": inner, "excluded": excluded, **choice}

    @classmethod
    def from_parts(cls, data: dict[str, Json], read: ReadTrigger) -> "Except":
        """Read trigger and exclusions."""
        excluded = [
            Exclusions.from_json(part)
            if isinstance(part, dict) and part.get("type") == "Exclusions"
            else read(part)
            for part in json_list(data, "excluded")
        ]
        choice = str(data.get("on_excluded", Excluded.SKIP))
        return cls(read(data.get("trigger")), *excluded, on_excluded=choice)

    def __repr__(self) -> str:
        """Write the call that makes it."""
        parts = [repr(part) for part in (self.trigger, *self.excluded)]
        if self.on_excluded is not Excluded.SKIP:
            parts.append(f"on_excluded={str(self.on_excluded)!r}")
        return f"Except({', '.join(parts)})"


def _read_excluded(
    trigger: Trigger, given: Iterable[AnExclusion]
) -> tuple[Trigger | Exclusions, ...]:
    """Return what is excluded; plain dates are put together as one set."""
    parts: list[Trigger | Exclusions] = []
    dates: list[date | str] = []
    for each in given:
        if isinstance(each, Exclusions):
            parts.append(each)
        elif isinstance(each, date | str):
            dates.append(each)
        elif isinstance(each, Iterable):
            dates.extend(each)
        else:
            parts.append(read_part("Except", each))
    if dates:
        parts.append(_in_zone_of(trigger, dates))
    if not parts:
        raise BadTriggerError("Except excludes nothing; give triggers, dates or Exclusions")
    return tuple(parts)


def _in_zone_of(trigger: Trigger, dates: Iterable[date | str]) -> Exclusions:
    """Return dates that were given without a zone as a set in that of the trigger."""
    zones = zones_of(trigger)
    if len(zones) != 1:
        raise BadTriggerError(
            f"Except: dates need a zone, and {trigger!r} has {len(zones) or 'none'}; give them as "
            "Exclusions('holidays', version='1', dates=[…], tz='Europe/Berlin')"
        )
    return Exclusions("dates", version="", dates=dates, tz=zones.pop())


def _united(trigger: Trigger) -> tuple[Trigger, ...]:
    """Return the triggers that a union unites; for all others the trigger itself."""
    return trigger.triggers if isinstance(trigger, AnyOf) else (trigger,)


def _stretch_of(part: Trigger | Exclusions, instant: Instant) -> tuple[Instant, Instant] | None:
    if isinstance(part, Exclusions):
        return part.stretch(instant)
    return (instant, instant + 1) if part.next_after(instant - 1) == instant else None


def _touches(part: Trigger | Exclusions, start: Instant, end: Instant) -> bool:
    """Tell whether a part excludes anything in a stretch of about a day."""
    if isinstance(part, Exclusions):
        return part.touches(start, end)
    found = part.next_after(start - 1)
    return found is not None and found <= end
