"""Wall-clock time of a zone and instants: gaps, folds and dates that a zone skipped.

A zone is one table of its offset changes, built once from the standard library's zone data and
searched by bisection. Wall-clock time is written as an integer as well: a `Wall` counts nanoseconds
since 1970-01-01T00:00 of the zone's own clock. Only offsets from UTC decide (never `dst()`):
Dublin's winter and Casablanca's Ramadan have a negative one, Pyongyang changed its offset without.
"""

import zoneinfo
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from duetime.engine.errors import UnknownZoneError
from duetime.engine.instants import (
    DAY,
    EPOCH,
    LAST_INSTANT,
    MICROSECOND,
    SECOND,
    Instant,
    Span,
    to_span,
)
from duetime.engine.policies import Fold, Gap

Wall: TypeAlias = int
"""Nanoseconds since 1970-01-01T00:00 on a zone's own clock."""

_PROBE_STEP = 6 * DAY
"""No zone changes its offset twice within this span since 1970 (a test reads all zones)."""
_EARLY_STEP = DAY
"""The same for the time before 1970."""
_TABLE_START = -5_364_662_400 * SECOND
"""1800-01-01: no zone changes its offset earlier; read only when somebody asks for such a time."""
_TABLE_END = 2_145_916_800 * SECOND
"""2038-01-01: what comes later is looked up only when somebody asks for it."""
_NO_CHANGE = 1 << 63
"""Where a stretch without a change at this end is said to start (negative) or to end."""
_UNKNOWN_MOVE = 2 * DAY
"""No change moves a clock by more; it stands in where nobody has looked beyond."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time, `start` included and `end` not, during which a zone keeps one offset.

    One that began before 1970 may be cut at 1970-01-01T00:00Z.
    """

    start: Instant
    end: Instant
    offset: Span


class Calm(NamedTuple):
    """Where no change of the offset is near: from `edges[i - 1]` to before `edges[i]`.

    There the offset is `offsets[i]`; it is None where a change is near, or nobody has looked yet.
    `walls` are the edges on the clock of the zone; the same offsets belong to them.
    """

    edges: tuple[Instant, ...]
    walls: tuple[Wall, ...]
    offsets: tuple[Span | None, ...]


class _Table(NamedTuple):
    """All changes from `since` to `until`; the offsets before the first and after each."""

    since: Instant
    until: Instant
    changes: tuple[Instant, ...]
    offsets: tuple[Span, ...]


class Zone:
    """One time zone; get it by `zone(name)`, which keeps one object for each name.

    `calm`: where no change is near, as far as that is known so far.
    """

    # Tables are replaced, never changed: any thread may ask at any time.
    __slots__ = ("_epoch", "_last", "_table", "calm", "info", "key")

    def __init__(self, info: tzinfo, key: str) -> None:
        """Read the offset changes up to 2038; the rest when it is asked for."""
        self.key = key
        self.info = info
        # What `fromutc` takes is a time in UTC that names the zone.
        self._epoch = EPOCH.replace(tzinfo=info)
        self._last = Segment(0, 0, 0)
        self._table = _Table(0, 0, (), (to_span(_utc_offset(info, 0)),))
        self.calm = Calm((), (), (None,))
        self._keep(_read_later(info, self._table, LAST_INSTANT if info is UTC else _TABLE_END))

    def segment(self, instant: Instant) -> Segment:
        """Return the stretch of constant offset that holds this instant."""
        last = self._last
        if last.start <= instant < last.end:
            return last
        table = self._table_for(instant)
        index = bisect_right(table.changes, instant)
        if index == len(table.changes):
            table = self._table_for(LAST_INSTANT - 1)
        start = table.changes[index - 1] if index else table.since
        end = table.changes[index] if index < len(table.changes) else _NO_CHANGE
        found = Segment(start, end, table.offsets[index])
        self._last = found
        return found

    def offset(self, instant: Instant) -> Span:
        """Return wall-clock time minus UTC at this instant."""
        table = self._table_for(instant)
        return table.offsets[bisect_right(table.changes, instant)]

    def wall(self, instant: Instant) -> Wall:
        """Return what the zone's clock shows at this instant."""
        return instant + self.offset(instant)

    def instants(self, wall: Wall, gap: Gap, fold: Fold) -> tuple[Instant, ...]:
        """Return the instants at which the zone's clock shows `wall`: none, one or two, in order.

        A time inside a gap or a fold gives what `gap` and `fold` say.
        """
        before = self.segment(wall - DAY - 1)
        if wall + DAY < before.end:
            return (wall - before.offset,)
        return self._resolve(wall, gap, fold)

    def changes(self, after: Instant, until: Instant) -> list[Instant]:
        """Return the offset changes after `after` and not after `until`."""
        self._table_for(until)
        changes = self._table_for(after).changes
        return list(changes[bisect_right(changes, after) : bisect_right(changes, until)])

    def datetime(self, instant: Instant) -> datetime:
        """Return the instant as an aware datetime of this zone, cut to the microsecond."""
        seconds, rest = divmod(instant, SECOND)
        if not rest and seconds >= 0:
            return datetime.fromtimestamp(seconds, self.info)
        return self.info.fromutc(self._epoch + timedelta(0, seconds, rest // MICROSECOND))

    def _resolve(self, wall: Wall, gap: Gap, fold: Fold) -> tuple[Instant, ...]:
        found: list[Instant] = []
        moved: list[Instant] = []
        here = self.segment(wall - DAY - 1)
        while here.start <= wall + DAY:
            if here.start <= wall - here.offset < here.end:
                found.append(wall - here.offset)
            if here.end == _NO_CHANGE:
                break
            after = self.segment(here.end)
            if here.end + here.offset <= wall < here.end + after.offset:
                moved.append(here.end if gap is Gap.NEXT_VALID else wall - here.offset)
            here = after
        if found:
            return self._choose(found, fold)
        return () if gap is Gap.SKIP else tuple(moved[:1])

    def _choose(self, found: list[Instant], fold: Fold) -> tuple[Instant, ...]:
        if fold is Fold.FIRST:
            return (found[0],)
        return (found[-1],) if fold is Fold.SECOND else tuple(found)

    def _table_for(self, instant: Instant) -> _Table:
        table = self._table
        if instant >= table.until:
            table = self._keep(_read_later(self.info, table, LAST_INSTANT))
        if instant < table.since:
            table = self._keep(_read_earlier(self.info, table))
        return table

    def _keep(self, table: _Table) -> _Table:
        self.calm = _calm(table)
        self._table = table
        return table

    def __repr__(self) -> str:
        """Write the call that gives this zone."""
        return f"zone({self.key!r})"


@cache
def zone(key: str) -> Zone:
    """Return the zone of this name, such as "Europe/Berlin".

    Raises UnknownZoneError for a name that the time-zone data does not have.
    """
    if key == "UTC":
        return Zone(UTC, "UTC")
    try:
        return Zone(zoneinfo.ZoneInfo(key), key)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZoneError(
            f"time zone {key!r} is unknown; use a name of the IANA time-zone data such as "
            f"'Europe/Berlin' or 'UTC'{_similar(key)}"
        ) from None


def zone_key(tz: tzinfo | str) -> str:
    """Return the name of a zone given by name, as a ZoneInfo or as `datetime.UTC`.

    Raises UnknownZoneError for other tzinfo objects: an offset alone is not a zone.
    """
    if isinstance(tz, str):
        return zone(tz).key
    if tz is UTC:
        return "UTC"
    if isinstance(tz, zoneinfo.ZoneInfo) and tz.key:
        return zone(tz.key).key
    raise UnknownZoneError(
        f"tz {tz!r} has no name in the time-zone data; pass a name such as 'Europe/Berlin' or a "
        "ZoneInfo (fixed offsets have names as well, for example 'Etc/GMT-2' for +02:00)"
    )


def _similar(key: str) -> str:
    wanted = str(key).lower().replace(" ", "_")
    last = wanted.rsplit("/", 1)[-1]
    near = sorted(
        name
        for name in zoneinfo.available_timezones()
        if last and (name.lower() == wanted or name.lower().rsplit("/", 1)[-1] == last)
    )
    return f"; did you mean {near[0]!r}?" if near else ""


def _calm(table: _Table) -> Calm:
    """Return the stretches that are further from a change than it moves the clock."""
    edges: list[Instant] = []
    walls: list[Wall] = []
    offsets: list[Span | None] = [None]
    borders = (max(table.since, _TABLE_START), *table.changes, min(table.until, LAST_INSTANT))
    moves = [abs(after - before) for before, after in pairwise(table.offsets)]
    margins = (_UNKNOWN_MOVE, *moves, _UNKNOWN_MOVE)
    for index, offset in enumerate(table.offsets):
        start = borders[index] + margins[index]
        end = borders[index + 1] - margins[index + 1]
        if start < end:
            edges += start, end
            walls += start + offset, end + offset
            offsets += offset, None
    return Calm(tuple(edges), tuple(walls), tuple(offsets))


def _read_later(info: tzinfo, table: _Table, until: Instant) -> _Table:
    """Return the table with the changes up to `until` as well."""
    changes, offsets = _probe(info, range(table.until, until, _PROBE_STEP), until)
    return _Table(
        since=table.since,
        until=until if until < LAST_INSTANT else _NO_CHANGE,
        changes=table.changes + changes,
        offsets=table.offsets + offsets[1:],
    )


def _read_earlier(info: tzinfo, table: _Table) -> _Table:
    """Return the table with the changes before 1970 as well."""
    changes, offsets = _probe(info, range(_TABLE_START, 0, _EARLY_STEP), 0)
    return _Table(
        since=-_NO_CHANGE,
        until=table.until,
        changes=changes + table.changes,
        offsets=offsets[:-1] + table.offsets,
    )


def _probe(
    info: tzinfo, probes: range, end: Instant
) -> tuple[tuple[Instant, ...], tuple[Span, ...]]:
    """Return the changes from the first probe to `end`; the offsets before the first, after each.

    Between two probes there is at most one change.
    """
    moments = [*(probes if info is not UTC else probes[:1]), end]
    seen = [_utc_offset(info, moment) for moment in moments]
    changes: list[Instant] = []
    offsets = [to_span(seen[0])]
    for (low, high), (before, after) in zip(pairwise(moments), pairwise(seen), strict=True):
        if before != after:
            changes.append(_find_change(info, low, high, before))
            offsets.append(to_span(after))
    return tuple(changes), tuple(offsets)


def _utc_offset(info: tzinfo, instant: Instant) -> timedelta:
    moment = (EPOCH + timedelta(seconds=instant // SECOND)).astimezone(info)
    return moment.utcoffset() or timedelta(0)


def _find_change(info: tzinfo, low: Instant, high: Instant, before: timedelta) -> Instant:
    """Halve the stretch until the second is found at which the offset stops being `before`."""
    low_second, high_second = low // SECOND, high // SECOND
    while high_second - low_second > 1:
        middle = (low_second + high_second) // 2
        if _utc_offset(info, middle * SECOND) == before:
            low_second = middle
        else:
            high_second = middle
    return high_second * SECOND
