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
from typing import TypeAlias

from duetime.engine.errors import UnknownZoneError
from duetime.engine.instants import DAY, EPOCH, LAST_INSTANT, SECOND, Instant, Span, to_span
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


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time, `start` included and `end` not, during which a zone keeps one offset.

    One that began before 1970 may be cut at 1970-01-01T00:00Z.
    """

    start: Instant
    end: Instant
    offset: Span


class Zone:
    """One time zone; get it by `zone(name)`, which keeps one object for each name."""

    __slots__ = ("_changes", "_offsets", "_since", "_until", "info", "key")

    def __init__(self, info: tzinfo, key: str) -> None:
        """Read the offset changes up to 2038; the rest when it is asked for."""
        self.key = key
        self.info = info
        self._changes: list[Instant] = []
        self._offsets: list[Span] = [_offset_at(info, 0)]
        self._since: Instant = 0
        self._until: Instant = 0
        self._read_changes(_TABLE_END)

    def segment(self, instant: Instant) -> Segment:
        """Return the stretch of constant offset that holds this instant."""
        if instant >= self._until:
            self._read_changes(LAST_INSTANT)
        if instant < self._since:
            self._read_early_changes()
        index = bisect_right(self._changes, instant)
        start = self._changes[index - 1] if index else self._since
        if index == len(self._changes) and self._until < LAST_INSTANT:
            self._read_changes(LAST_INSTANT)
        end = self._changes[index] if index < len(self._changes) else 1 << 63
        return Segment(start, end, self._offsets[index])

    def offset(self, instant: Instant) -> Span:
        """Return wall-clock time minus UTC at this instant."""
        if instant >= self._until:
            self._read_changes(LAST_INSTANT)
        if instant < self._since:
            self._read_early_changes()
        return self._offsets[bisect_right(self._changes, instant)]

    def wall(self, instant: Instant) -> Wall:
        """Return what the zone's clock shows at this instant."""
        return instant + self.offset(instant)

    def instants(self, wall: Wall, gap: Gap, fold: Fold) -> tuple[Instant, ...]:
        """Return the instants at which the zone's clock shows `wall`: none, one or two, in order.

        A time inside a gap or a fold gives what `gap` and `fold` say.
        """
        before = self.offset(wall - DAY - 1)
        after = self.offset(wall + DAY)
        if before == after and self._steady_around(wall):
            return (wall - before,)
        return self._resolve(wall, gap, fold)

    def changes(self, after: Instant, until: Instant) -> list[Instant]:
        """Return the offset changes after `after` and not after `until`."""
        if until >= self._until:
            self._read_changes(LAST_INSTANT)
        if after < self._since:
            self._read_early_changes()
        lower, upper = bisect_right(self._changes, after), bisect_right(self._changes, until)
        return self._changes[lower:upper]

    def datetime(self, instant: Instant) -> datetime:
        """Return the instant as an aware datetime of this zone, cut to the microsecond."""
        return (EPOCH + timedelta(microseconds=instant // 1_000)).astimezone(self.info)

    def _steady_around(self, wall: Wall) -> bool:
        changes = self._changes
        index = bisect_right(changes, wall - DAY - 1)
        return index == len(changes) or changes[index] > wall + DAY

    def _resolve(self, wall: Wall, gap: Gap, fold: Fold) -> tuple[Instant, ...]:
        index = bisect_right(self._changes, wall - DAY - 1)
        found: list[Instant] = []
        skipped_by: list[tuple[Instant, Span]] = []
        start = self._changes[index - 1] if index else -(1 << 63)
        while start <= wall + DAY + 1:
            end = self._changes[index] if index < len(self._changes) else 1 << 63
            offset = self._offsets[index]
            if start <= wall - offset < end:
                found.append(wall - offset)
            if index < len(self._changes) and end + offset <= wall < end + self._offsets[index + 1]:
                skipped_by.append((end, offset))
            start, index = end, index + 1
            if index > len(self._changes):
                break
        if found:
            return self._choose(found, fold)
        if gap is Gap.SKIP or not skipped_by:
            return ()
        end, offset_before = skipped_by[0]
        return (end,) if gap is Gap.NEXT_VALID else (wall - offset_before,)

    def _choose(self, found: list[Instant], fold: Fold) -> tuple[Instant, ...]:
        if fold is Fold.FIRST:
            return (found[0],)
        return (found[-1],) if fold is Fold.SECOND else tuple(found)

    def _read_changes(self, until: Instant) -> None:
        low, offset = self._until, self._offsets[-1]
        while low < until:
            high = min(low + _PROBE_STEP, until)
            there = _offset_at(self.info, high)
            if there != offset:
                self._changes.append(_find_change(self.info, low, high, offset))
                self._offsets.append(there)
                offset = there
            low = high
        self._until = until

    def _read_early_changes(self) -> None:
        changes: list[Instant] = []
        offsets = [_offset_at(self.info, _TABLE_START)]
        for low in range(_TABLE_START, 0, _EARLY_STEP):
            there = _offset_at(self.info, low + _EARLY_STEP)
            if there != offsets[-1]:
                changes.append(_find_change(self.info, low, low + _EARLY_STEP, offsets[-1]))
                offsets.append(there)
        self._changes[:0] = changes
        self._offsets[:0] = offsets[:-1]
        self._since = -(1 << 63)

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


def _offset_at(info: tzinfo, instant: Instant) -> Span:
    offset = (EPOCH + timedelta(seconds=instant // SECOND)).astimezone(info).utcoffset()
    return to_span(offset) if offset is not None else 0


def _find_change(info: tzinfo, low: Instant, high: Instant, offset: Span) -> Instant:
    """Halve the stretch until the second is found at which the offset stops being `offset`."""
    low_second, high_second = low // SECOND, high // SECOND
    while high_second - low_second > 1:
        middle = (low_second + high_second) // 2
        if _offset_at(info, middle * SECOND) == offset:
            low_second = middle
        else:
            high_second = middle
    return high_second * SECOND
