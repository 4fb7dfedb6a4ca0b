"""Calendar expressions of systemd as a trigger."""

from dataclasses import dataclass, field
from datetime import tzinfo
from functools import lru_cache

from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import DAY, MICROSECOND, MINUTE
from duetime.engine.policies import Fold, Gap
from duetime.engine.triggers.calendar_syntax import (
    DAY_FROM_END,
    CalendarText,
    Parts,
    read_calendar,
)
from duetime.engine.triggers.day_rules import MONDAY_BASE, MonthDays, MonthTable, month_kinds
from duetime.engine.triggers.picks import EveryNth, Few, Nested, Picks, Ranges
from duetime.engine.triggers.timetable import Timetable, Timetabled
from duetime.engine.zones import zone_key

MOST_WRITTEN_OUT = 1440
"""As many times of day as there are minutes are kept as a list; more are worked out anew."""


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Calendar(Timetabled):
    """A calendar expression of systemd, as in `OnCalendar=`.

    `tz`: for an expression without a zone; a zone at its end counts more.
    What a change of clocks skips is left out, of what it repeats the first counts (as in systemd).
    A day counts from the end of the month after `~`: `*-*~01` is the last, `Mon *-*~07/1` the last
    Monday. Weekdays and dates must both match.

    >>> trigger = Calendar("Mon..Fri 9:00", tz="Europe/Berlin")
    >>> trigger
    Calendar('Mon..Fri 9:00', tz='Europe/Berlin')
    >>> trigger.normalised
    'Mon..Fri *-*-* 09:00:00'
    """

    expression: str
    tz: str
    _timetable: Timetable = field(init=False, compare=False, repr=False)

    def __init__(self, expression: str, *, tz: tzinfo | str | None = None) -> None:
        """Raises BadTriggerError for an expression that cannot be read, or without any zone."""
        text = read_calendar(expression)
        if not text.zone and tz is None:
            raise BadTriggerError(
                f"calendar {expression!r} has no zone; give tz='Europe/Berlin', or write the zone "
                "at the end"
            )
        put = object.__setattr__
        put(self, "expression", expression.strip())
        put(self, "tz", zone_key(text.zone or tz or ""))
        put(self, "_timetable", Timetable(_walls(text), self.tz, Gap.SKIP, Fold.FIRST))

    @property
    def normalised(self) -> str:
        """The expression as `systemd-analyze calendar` writes it."""
        return str(read_calendar(self.expression))

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return f"Calendar({self.expression!r}, tz={self.tz!r})"


def _walls(text: CalendarText) -> Picks:
    """Return the clock times of an expression."""
    return Nested(outer=_days(text), inner=_times(text), size=DAY)


def _days(text: CalendarText) -> Picks:
    """Return the days that match, date and weekday."""
    if not (text.years.parts or text.months.parts or text.days.parts):
        return Nested(outer=EveryNth(1), inner=Few(text.weekdays), size=7, base=MONDAY_BASE)
    years = _picks(text.years) if text.years.parts else EveryNth(1)
    places = Few(tuple(month - 1 for month in sorted(_numbers(text.months))))
    months = Nested(outer=years, inner=places, size=12)
    return MonthDays(months, _month_table(text.days, text.weekdays))


def _times(text: CalendarText) -> Picks:
    """Return the times of day, written out where they are not too many."""
    minutes = Nested(outer=_picks(text.hours), inner=_picks(text.minutes), size=60)
    seconds = _picks(text.seconds, MICROSECOND)
    times = Nested(outer=minutes, inner=seconds, size=MINUTE)
    few = times.count(0, DAY - 1) <= MOST_WRITTEN_OUT
    return Few(tuple(times.between(0, DAY - 1))) if few else times


def _numbers(parts: Parts) -> set[int]:
    """Return the numbers of a field; all that it has where none is written."""
    field_ = parts.field
    if not parts.parts:
        return set(range(field_.low, field_.high + 1))
    return {number for part in parts.parts for number in field_.numbers(part)}


def _picks(parts: Parts, unit: int = 1) -> Picks:
    """Return the numbers of a field as a set, times `unit`."""
    found = [parts.field.numbers(part) for part in parts.parts] or [
        range(parts.field.low, parts.field.high + 1)
    ]
    return Ranges(tuple(range(r.start * unit, r.stop * unit, r.step * unit) for r in found))


@lru_cache(maxsize=1024)
def _month_table(days: Parts, weekdays: tuple[int, ...]) -> MonthTable:
    """Work out which days match, both date and weekday, in each kind of month."""
    numbers = _numbers(days)
    from_end = days.field is DAY_FROM_END
    return tuple(
        tuple(
            day
            for day in range(length)
            if (length - day if from_end else day + 1) in numbers
            and (first_weekday + day) % 7 in weekdays
        )
        for length, first_weekday in month_kinds()
    )
