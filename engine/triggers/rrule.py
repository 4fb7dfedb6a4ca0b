"""Recurrence rules of iCalendar as a trigger. Source: RFC 5545 and RFC 7529.

The rule gives times of a clock (`rrule_walls`), a timetable makes them instants of the zone; here
they are bounded by COUNT and UNTIL, RDATE is added and EXDATE is taken away.
"""

import heapq
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import groupby, islice

from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import DAY, EPOCH, HOUR, LAST_INSTANT, SECOND, Instant, to_span
from duetime.engine.policies import Fold, Gap, parse_enum
from duetime.engine.triggers.base import Trigger, call_text
from duetime.engine.triggers.picks import Few
from duetime.engine.triggers.rrule_lines import Lines, read_lines, write_lines
from duetime.engine.triggers.rrule_text import RuleText, read_rule, time_text
from duetime.engine.triggers.rrule_walls import rule_walls, wall_of
from duetime.engine.triggers.timetable import Timetable
from duetime.engine.zones import zone, zone_key

FIRST_YEAR, LAST_YEAR = 1801, 2261
"""Times of a rule lie within these years."""

_DATE = re.compile(r"\d{4}-?\d\d-?\d\d")
_LAST = LAST_INSTANT - 1
_EDGE = 2 * DAY
"""A local time of 00:00 is no further than this from 00:00 in UTC."""
_FEW = 1000
"""Up to so many occurrences are counted one by one."""


@dataclass(frozen=True, slots=True, init=False, repr=False)
class RRule(Trigger):
    """A recurrence rule of RFC 5545, with RFC 7529's SKIP, in a zone.

    `start`: a local time, the first occurrence (DTSTART), which COUNT counts as well, whether it
    fits the rule or not. An aware one is converted to `tz`.
    `rdates`, `exdates`: occurrences added, and then those taken away; local times, or aware ones.

    >>> RRule("FREQ=MONTHLY;BYDAY=-1FR", start="2026-01-30T17:00", tz="Europe/Berlin")
    RRule('FREQ=MONTHLY;BYDAY=-1FR', start='2026-01-30T17:00:00', tz='Europe/Berlin')
    """

    rule: str
    start: datetime
    tz: str
    rdates: tuple[datetime, ...] = ()
    exdates: tuple[datetime, ...] = ()
    gap: Gap = Gap.SHIFT
    fold: Fold = Fold.FIRST
    _timetable: Timetable = field(init=False, compare=False, repr=False)
    _end: Instant = field(init=False, compare=False, repr=False)
    _added: tuple[Instant, ...] = field(init=False, compare=False, repr=False)
    _excluded: frozenset[Instant] = field(init=False, compare=False, repr=False)

    def __init__(
        self,
        rule: str,
        *,
        start: datetime | str,
        tz: tzinfo | str,
        rdates: Iterable[datetime | str] = (),
        exdates: Iterable[datetime | str] = (),
        gap: Gap | str = Gap.SHIFT,
        fold: Fold | str = Fold.FIRST,
    ) -> None:
        """Raises BadTriggerError or UnknownZoneError, naming the part that makes no sense."""
        parsed = read_rule(rule)
        put = object.__setattr__
        put(self, "rule", str(parsed))
        put(self, "tz", zone_key(tz))
        put(self, "gap", parse_enum(Gap, gap))
        put(self, "fold", parse_enum(Fold, fold))
        put(self, "start", self._local(_read_time("start", start)))
        put(self, "rdates", self._read_times("rdates", rdates))
        put(self, "exdates", self._read_times("exdates", exdates))
        timetable = Timetable(rule_walls(parsed, self.start), self.tz, self.gap, self.fold)
        put(self, "_timetable", timetable)
        put(self, "_end", _end(parsed, timetable, wall_of(self.start) - _EDGE))
        put(self, "_excluded", frozenset(self._instants(self.exdates)))
        added = set(self._instants(self.rdates)) - self._excluded
        put(self, "_added", tuple(sorted(added)))

    @classmethod
    def parse(
        cls,
        text: str,
        *,
        tz: tzinfo | str | None = None,
        gap: Gap | str = Gap.SHIFT,
        fold: Fold | str = Fold.FIRST,
    ) -> "RRule":
        """Read lines of iCalendar: DTSTART, RRULE, and any RDATE and EXDATE.

        `tz`: the zone, where DTSTART has neither a TZID nor a Z.
        Raises BadTriggerError that quotes the line.
        """
        lines = read_lines(text, None if tz is None else zone_key(tz))
        return cls(
            lines.rule,
            start=lines.start,
            tz=lines.tz,
            rdates=lines.rdates,
            exdates=lines.exdates,
            gap=gap,
            fold=fold,
        )

    def text(self) -> str:
        """Write the lines that `parse` reads; gap and fold have no place in them."""
        lines = Lines(
            rule=self.rule,
            start=self.start,
            tz=self.tz,
            rdates=self.rdates,
            exdates=self.exdates,
        )
        return write_lines(lines)

    def next_after(self, after: Instant) -> Instant | None:
        """Return the first occurrence strictly later than `after`, or None."""
        found = self._timetable.next_after(after)
        while found in self._excluded:
            found = self._timetable.next_after(found)
        index = bisect_right(self._added, after)
        added = self._added[index : index + 1]
        if found is None or found > self._end:
            return min(added, default=None)
        return min((found, *added))

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the last occurrence strictly earlier than `before`, or None."""
        found = self._timetable.previous_before(min(before, self._end + 1))
        while found in self._excluded:
            found = self._timetable.previous_before(found)
        index = bisect_left(self._added, before)
        added = self._added[max(index - 1, 0) : index]
        return max(added, default=None) if found is None else max((found, *added))

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield the occurrences strictly after `after` and not after `until`, in order."""
        found = self._timetable.between(after, min(until, self._end))
        if self._excluded:
            found = (each for each in found if each not in self._excluded)
        added = self._added_between(after, until)
        if added:
            found = (each for each, _ in groupby(heapq.merge(found, added)))
        return found

    def count(self, after: Instant, until: Instant) -> int:
        """Return how many `between` would yield, without walking them one by one."""
        total = self._timetable.count(after, min(until, self._end))
        total -= sum(after < each <= until and self._picks(each) for each in self._excluded)
        return total + sum(not self._picks(each) for each in self._added_between(after, until))

    def _picks(self, instant: Instant) -> bool:
        """Tell whether the rule, without RDATE and EXDATE, has this occurrence."""
        return instant <= self._end and self._timetable.next_after(instant - 1) == instant

    def _added_between(self, after: Instant, until: Instant) -> tuple[Instant, ...]:
        return self._added[bisect_right(self._added, after) : bisect_right(self._added, until)]

    def _local(self, given: datetime) -> datetime:
        """Return a time as a local one of the zone."""
        if given.tzinfo is None:
            return given
        wall = zone(self.tz).wall(to_span(given - EPOCH))
        return EPOCH.replace(tzinfo=None) + timedelta(seconds=wall // SECOND)

    def _read_times(self, part: str, given: Iterable[datetime | str]) -> tuple[datetime, ...]:
        """Read times, sorted, each once: local ones, and instants that no local time stands for."""
        found = set()
        for one in (given,) if isinstance(given, str | datetime) else given:
            read = _read_time(part, one)
            if isinstance(one, str) and _DATE.fullmatch(one) and self.start.time() != time.min:
                raise BadTriggerError(
                    f"RRule: {part} {one!r} is a date, but the start has a time of day; write it "
                    f"like '{one}T{self.start:%H:%M}'"
                )
            local = self._local(read)
            same = read.tzinfo is None or self._instants((local,)) == self._instants((read,))
            found.add(local if same else read.astimezone(UTC))
        return tuple(sorted(found, key=time_text))

    def _instants(self, times: tuple[datetime, ...]) -> tuple[Instant, ...]:
        """Return the instants of local times, after gap and fold, and of aware ones."""
        fixed = tuple(to_span(each - EPOCH) for each in times if each.tzinfo is not None)
        walls = tuple(sorted(wall_of(each) for each in times if each.tzinfo is None))
        if not walls:
            return fixed
        timetable = Timetable(Few(walls), self.tz, self.gap, self.fold)
        return fixed + tuple(timetable.between(walls[0] - _EDGE, _LAST))

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return call_text(self, "rule")


def _read_time(part: str, given: datetime | str) -> datetime:
    """Read a local or an aware time, in whole seconds."""
    try:
        found = datetime.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        found = None
    if not isinstance(found, datetime):
        raise BadTriggerError(
            f"RRule: {part} {given!r} is no time; write it like '2026-01-30T09:00', or pass a "
            "datetime"
        )
    if found.microsecond or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise BadTriggerError(
            f"RRule: {part} {given!r}: allowed are whole seconds in the years {FIRST_YEAR} to "
            f"{LAST_YEAR}"
        )
    return found if found.utcoffset() is not None else found.replace(tzinfo=None, fold=0)


def _end(rule: RuleText, timetable: Timetable, before: Instant) -> Instant:
    """Return the instant of the last occurrence, by COUNT or UNTIL; all come after `before`."""
    if rule.until is not None and rule.until.tzinfo is not None:
        return min(to_span(rule.until - EPOCH), _LAST)
    return _LAST if rule.count is None else _nth(timetable, before, rule.count)


def _nth(timetable: Timetable, after: Instant, number: int) -> Instant:
    """Return the occurrence of this number, from 1, or the last instant if there are not so many.

    Stretches of time are counted as a whole until few are left; a rule may ask for a billion.
    """
    if number > (_LAST - after) // SECOND:
        return _LAST
    step = HOUR
    while number > _FEW and after < _LAST:
        inside = timetable.count(after, after + step)
        if inside < number:
            number, after, step = number - inside, after + step, step * 2
        else:
            step //= 2
    return next(islice(timetable.between(after, _LAST), number - 1, None), _LAST)
