"""Triggers of the calendar: times of day on days that a rule picks, in a zone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, tzinfo
from itertools import count

from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import DAY, LAST_INSTANT, MICROSECOND, SECOND, Instant, Span
from duetime.engine.policies import Fold, Gap, parse_enum
from duetime.engine.triggers.base import HORIZON, Trigger, call_text
from duetime.engine.zones import zone, zone_key

At = str | time | Iterable[str | time]
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Daily(Trigger):
    """At one or several times of day, every day or every so many days.

    `every`: in calendar days from `anchor` (1970-01-01 if not given).

    >>> Daily("02:30", tz="Europe/Berlin")
    Daily('02:30', tz='Europe/Berlin')
    """

    at: tuple[time, ...]
    tz: str
    every: int = 1
    anchor: date | None = None
    gap: Gap = Gap.NEXT_VALID
    fold: Fold = Fold.FIRST

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
        """Raises BadTriggerError or UnknownZoneError, naming the part that makes no sense."""
        if every < 1:
            raise BadTriggerError(f"Daily: every={every} must be at least 1")
        set_field = object.__setattr__
        set_field(self, "at", read_times("Daily", at))
        set_field(self, "tz", zone_key(tz))
        set_field(self, "every", every)
        set_field(self, "anchor", date.fromisoformat(anchor) if isinstance(anchor, str) else anchor)
        set_field(self, "gap", parse_enum(Gap, gap))
        set_field(self, "fold", parse_enum(Fold, fold))

    def next_after(self, after: Instant) -> Instant | None:
        """Return the first of the times of day after an instant."""
        return next(self.between(after, LAST_INSTANT - 1), None)

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield the times of day, date by date."""
        last = after
        pending: list[Instant] = []
        for day in self._days(zone(self.tz).wall(after) // DAY - 1):
            earliest = (day - 2) * DAY
            ready = sorted(each for each in pending if each < earliest)
            pending = [each for each in pending if each >= earliest]
            for instant in ready:
                if instant > until:
                    return
                if instant > last:
                    last = instant
                    yield instant
            if earliest > min(until, after + HORIZON) + DAY:
                return
            pending.extend(self._instants(day))

    def _days(self, first: int) -> Iterator[int]:
        anchor = self.anchor.toordinal() - EPOCH_ORDINAL if self.anchor else 0
        return count(first + (anchor - first) % self.every, self.every)

    def _instants(self, day: int) -> list[Instant]:
        """Return the instants of the times of one date; none for a date that the zone skipped."""
        place = zone(self.tz)
        midday = place.instants(day * DAY + DAY // 2, Gap.SKIP, Fold.FIRST)
        if not midday and not place.instants(day * DAY, Gap.SKIP, Fold.FIRST):
            return []
        return [
            instant
            for each in self.at
            for instant in place.instants(day * DAY + time_of_day(each), self.gap, self.fold)
        ]

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return call_text(self, "at")


def read_times(name: str, at: At) -> tuple[time, ...]:
    """Read times of day, sorted and without doubles."""
    given = (at,) if isinstance(at, str | time) else tuple(at)
    times = {_read_time(name, each) for each in given}
    if not times:
        raise BadTriggerError(f"{name}: at least one time of day is needed, like '02:30'")
    return tuple(sorted(times))


def time_of_day(at: time) -> Span:
    """Return a time of day as ns since midnight."""
    seconds = at.hour * 3600 + at.minute * 60 + at.second
    return seconds * SECOND + at.microsecond * MICROSECOND


def _read_time(name: str, at: str | time) -> time:
    try:
        read = time.fromisoformat(at) if isinstance(at, str) else at
    except ValueError:
        hint = "; for midnight write '00:00' (of the next day)" if at == "24:00" else ""
        raise BadTriggerError(f"{name}: {at!r} is no time of day like '02:30'{hint}") from None
    if read.tzinfo is not None:
        raise BadTriggerError(f"{name}: {at!r} has an offset; the zone is given by tz")
    return read
