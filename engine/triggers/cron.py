"""Cron expressions as triggers."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import lru_cache
from itertools import chain
from typing import NamedTuple, TypeAlias

from duetime.engine.errors import BadTriggerError, CronSyntaxError
from duetime.engine.instants import DAY, HOUR, MINUTE, SECOND, Instant, Span
from duetime.engine.policies import Fold, Gap, parse_enum
from duetime.engine.triggers.base import Json, Trigger, call_text
from duetime.engine.triggers.cron_days import ROW, ROW_BITS, CronDays, cron_days
from duetime.engine.triggers.cron_text import CronFields, DayRule, has_spread, parse_cron
from duetime.engine.triggers.cron_words import mismatches, words_of
from duetime.engine.triggers.picks import Few, Nested, Picks
from duetime.engine.triggers.timetable import Timetable
from duetime.engine.zones import Wall, zone, zone_key

LONGEST_GAP_MADE_UP_FOR = 3 * HOUR
"""Fixed times in a gap of this length or longer are lost by default. Source: cronie."""
_ANY_GAP = 1 << 63
_MOST_WRITTEN_OUT = 1440
"""As many times of day as there are minutes; `* * * * * *` has 86,400."""

_Remake: TypeAlias = "tuple[Callable[[dict[str, Json]], Trigger], tuple[dict[str, Json]]]"


class _Plan(NamedTuple):
    """The fields of a trigger that decide when it is due."""

    fields: CronFields
    tz: str
    gap: Gap | None
    fold: Fold | None


class _Works:
    """What answers for a trigger. It is worked out at the first question, so reading stays cheap.

    `times`: the times of day, where they are few enough to write out, and once they are known.
    `step`: the distance of any two neighbours among them where it is the same, else 0.
    `unnamed`: the expression, if it has an H that no name is there for.
    """

    __slots__ = ("_plan", "_timetable", "clock", "days", "step", "times", "unnamed")

    days: CronDays

    def __init__(self, plan: _Plan, unnamed: str) -> None:
        """Remember what to work out."""
        self._plan = plan
        self.unnamed = unnamed
        self._timetable: Timetable | None = None
        self.clock = zone(plan.tz)
        self.times: tuple[Span, ...] = ()
        self.step = 0

    def fields(self) -> CronFields:
        """Return what the expression means. Raises CronSyntaxError where H has no name."""
        if self.unnamed:
            raise CronSyntaxError(
                f"cron {self.unnamed!r}: H is spread by the name of the task: declare one with it, "
                "or pass name="
            )
        return self._plan.fields

    def timetable(self) -> Timetable:
        """Return what knows of changes of the clocks as well, but takes longer to answer."""
        if self._timetable is None:
            self.fields()
            self.days, self.times, self.step, self._timetable = _work_out(self._plan)
        return self._timetable


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Cron(Trigger):
    """The times that a cron expression picks on the clock of a zone.

    `expression`: five fields (minute, hour, day-of-month, month, day-of-week), six (second first),
    seven (year last), or a nickname such as @daily.
    `gap`, `fold`: None for the rule of Debian's cron. Where the minute or the hour begins with `*`,
    every minute that passes counts: what is skipped does not happen, what is repeated happens
    twice. Other times happen once: at the end of a gap (shorter than three hours), and the first
    time in a fold. With six or seven fields every second that passes counts.
    `name`: what H spreads by; that of the task, if it is left out.
    `wrap`: ranges may run over the end, as in FRI-MON.
    `day_rule`: how day-of-month and day-of-week go together.

    An impossible date such as 30 February is valid and never comes.

    >>> Cron("30 2 * * MON-FRI", tz="Europe/Berlin")
    Cron('30 2 * * MON-FRI', tz='Europe/Berlin')
    >>> Cron("30 2 * * MON-FRI").describe()
    'at 02:30, Monday to Friday'
    """

    expression: str
    tz: str = "UTC"
    gap: Gap | None = None
    fold: Fold | None = None
    name: str = ""
    wrap: bool = False
    day_rule: DayRule = DayRule.OCPS
    _works: _Works = field(init=False, compare=False, repr=False)

    def __init__(
        self,
        expression: str,
        *,
        tz: tzinfo | str = "UTC",
        gap: Gap | str | None = None,
        fold: Fold | str | None = None,
        name: str = "",
        wrap: bool = False,
        day_rule: DayRule | str = DayRule.OCPS,
    ) -> None:
        """Raises CronSyntaxError with field and column, UnknownZoneError or BadTriggerError."""
        if not isinstance(name, str) or not isinstance(wrap, bool):
            raise BadTriggerError(
                f"Cron: name={name!r}, wrap={wrap!r}; allowed are a text, and True or False"
            )
        put = object.__setattr__
        rule = day_rule if isinstance(day_rule, DayRule) else parse_enum(DayRule, day_rule)
        fields = parse_cron(expression, name=name, wrap=wrap, day_rule=rule)
        put(self, "expression", " ".join(expression.split()))
        put(self, "tz", zone_key(tz))
        put(self, "gap", None if gap is None else parse_enum(Gap, gap))
        put(self, "fold", None if fold is None else parse_enum(Fold, fold))
        put(self, "name", name)
        put(self, "wrap", wrap)
        put(self, "day_rule", rule)
        unnamed = self.expression if not name and has_spread(expression) else ""
        put(self, "_works", _Works(_Plan(fields, self.tz, self.gap, self.fold), unnamed))

    def next_after(self, after: Instant) -> Instant | None:
        """Return the first occurrence strictly later than `after`, up to the year 2261, or None."""
        works = self._works
        times = works.times
        edges, walls, offsets = works.clock.calm
        stretch = bisect_right(edges, after)
        offset = offsets[stretch]
        if offset is None or not times:
            return works.timetable().next_after(after)
        day, time = divmod(after + offset, DAY)
        row = works.days.rows.get(day >> ROW_BITS) or works.days.row(day >> ROW_BITS)
        found = row[day % ROW]
        if found > day:
            wall = found * DAY + times[0]
        elif time < times[-1]:
            wall = found * DAY + times[bisect_right(times, time)]
        else:
            wall = row[day % ROW + 1] * DAY + times[0]
        if wall < walls[stretch]:
            return wall - offset
        # There the offset may be another one, or a change near.
        offset = offsets[bisect_right(walls, wall)]
        return works.timetable().next_after(after) if offset is None else wall - offset

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the last occurrence strictly earlier than `before`, from 1800 on, or None."""
        return self._works.timetable().previous_before(before)

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield the occurrences strictly after `after` and not after `until`, in order."""
        return chain.from_iterable(self._batches(after, until))

    def count(self, after: Instant, until: Instant) -> int:
        """Return how many `between` would yield, without walking them."""
        return self._works.timetable().count(after, until)

    @property
    def timetable(self) -> Timetable:
        """Return the timetable that it goes by, as the triggers of the calendar have one."""
        return self._works.timetable()

    def describe(self) -> str:
        """Return in plain English which times the expression picks; the zone is not mentioned.

        >>> Cron("*/15 9-17 * * MON-FRI").describe()
        'every 15 minutes from 09:00 to 17:45, Monday to Friday'
        """
        return words_of(self._works.fields())

    def mismatches(self, moment: datetime) -> list[str]:
        """Name the parts of a clock's time that the expression does not pick.

        >>> Cron("30 2 * * *").mismatches(datetime(2026, 3, 29, 3, 0))
        ['minute 0', 'hour 3']
        """
        return mismatches(self._works.fields(), moment)

    def named(self, name: str) -> Trigger:
        """Spread H by this name, unless it has one."""
        if not self._works.unnamed:
            return self
        data = self.to_json()
        del data["type"]
        return Cron.from_json({**data, "name": name})

    def _batches(self, after: Instant, until: Instant) -> Iterator[Iterable[Instant]]:
        """Yield the occurrences in batches: whole days, where no change of clocks is near."""
        for first, last, offset in self.timetable.stretches(after, until):
            if offset is None:
                yield (first,)
            else:
                yield from self._whole_days(first + offset, last + offset, offset)

    def _whole_days(self, low: Wall, high: Wall, offset: Span) -> Iterator[Iterable[Instant]]:
        """Yield a batch for each day; from `low` to `high` the clock has this offset."""
        works = self._works
        walls, times, step = works.timetable().walls, works.times, works.step
        first, last = low // DAY, high // DAY
        for day in works.days.between(first, last):
            midnight = day * DAY - offset
            if day in (first, last) or not times:
                part = walls.between(max(low, day * DAY), min(high, day * DAY + DAY - 1))
                yield (wall - offset for wall in part)
            elif step:
                yield range(midnight + times[0], midnight + times[-1] + 1, step)
            else:
                yield [midnight + time for time in times]

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return call_text(self, "expression")

    def __reduce__(self) -> "_Remake":
        """Copy and pickle what was given; the rest is worked out again."""
        data = self.to_json()
        del data["type"]
        return Cron.from_json, (data,)


@lru_cache(maxsize=512)
def _work_out(plan: _Plan) -> tuple[CronDays, tuple[Span, ...], Span, Timetable]:
    """Return days, times of day, their step, and the timetable; triggers that are alike share."""
    fields = plan.fields
    days = cron_days(fields.dates)
    times, picks = _times_of_day(fields.seconds, fields.minutes, fields.hours)
    step = times[1] - times[0] if len(times) > 1 else 0
    if step and times != tuple(range(times[0], times[-1] + 1, step)):
        step = 0
    scanned = fields.wildcard or fields.with_seconds
    timetable = Timetable(
        Nested(outer=days, inner=picks, size=DAY),
        plan.tz,
        plan.gap or (Gap.SKIP if scanned else Gap.NEXT_VALID),
        plan.fold or (Fold.BOTH if scanned else Fold.FIRST),
        _ANY_GAP if plan.gap else LONGEST_GAP_MADE_UP_FOR,
    )
    return days, times, step, timetable


def _times_of_day(seconds: int, minutes: int, hours: int) -> tuple[tuple[Span, ...], Picks]:
    """Return the times of day, written out where they are few enough, and as a set to be asked."""
    in_minute = [number * SECOND for number in range(60) if seconds >> number & 1]
    starts = [
        hour * HOUR + minute * MINUTE
        for hour in range(24)
        if hours >> hour & 1
        for minute in range(60)
        if minutes >> minute & 1
    ]
    if len(starts) * len(in_minute) > _MOST_WRITTEN_OUT:
        outer = Few(tuple(start // MINUTE for start in starts))
        return (), Nested(outer=outer, inner=Few(tuple(in_minute)), size=MINUTE)
    times = tuple(start + second for start in starts for second in in_minute)
    return times, Few(times)
