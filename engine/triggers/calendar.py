"""Triggers of the calendar: times of day on days that a rule picks, in a zone."""

from dataclasses import dataclass, field
from datetime import date, time, tzinfo

from duetime.engine.instants import DAY
from duetime.engine.policies import Fold, Gap, parse_enum
from duetime.engine.triggers.base import call_text
from duetime.engine.triggers.calendar_fields import (
    MONTHS,
    WEEKDAYS,
    At,
    Names,
    day_rule_text,
    day_spans,
    read_anchor,
    read_month_days,
    read_months,
    read_step,
    read_times,
    read_weekdays,
    short_names,
)
from duetime.engine.triggers.day_rules import (
    MONDAY_BASE,
    MonthDays,
    Overflow,
    day_number,
    month_of,
    month_table,
)
from duetime.engine.triggers.picks import EveryNth, Few, Nested, Picks, Since
from duetime.engine.triggers.timetable import Timetable, Timetabled
from duetime.engine.zones import zone_key


class _CalendarTrigger(Timetabled):
    """What the four have in common: times of day, a zone, and a timetable worked out of the rest.

    `every`, `anchor`: only every so many days (weeks, months, years) of the calendar, counted from
    that of the anchor, and none before the anchor; without one, counted from that of 1970-01-01.
    """

    __slots__ = ()

    at: tuple[time, ...]
    tz: str
    every: int
    anchor: date | None
    gap: Gap
    fold: Fold

    def _fill(
        self,
        at: At,
        *,
        tz: tzinfo | str,
        every: int,
        anchor: date | str | None,
        gap: Gap | str,
        fold: Fold | str,
        **more: object,
    ) -> None:
        """Set the fields of a new trigger. Raises BadTriggerError for what makes no sense."""
        name = type(self).__name__
        fields = {
            **more,
            "at": read_times(name, at),
            "tz": zone_key(tz),
            "every": read_step(name, every),
            "anchor": read_anchor(name, anchor),
            "gap": parse_enum(Gap, gap),
            "fold": parse_enum(Fold, fold),
        }
        for part, value in fields.items():
            object.__setattr__(self, part, value)

    def _start(self) -> int:
        """Return the day that is counted from."""
        return 0 if self.anchor is None else day_number(self.anchor)

    def _plan(self, days: Picks) -> None:
        """Set the timetable of a new trigger, from the days of its rule."""
        dates = days if self.anchor is None else Since(days, self._start())
        walls = Nested(outer=dates, inner=Few(day_spans(self.at)), size=DAY)
        timetable = Timetable(walls, self.tz, self.gap, self.fold)
        object.__setattr__(self, "_timetable", timetable)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Daily(_CalendarTrigger):
    """Every day, or every so many days, at one or several times of day.

    `at`: "HH:MM[:SS]" or a `time`, one or several.

    One occurrence for each time on each date that exists: none on a date that the zone skipped.
    With `gap="shift"` it may fall on the next date (America/Nuuk, 23:30 in spring).
    Times inside one gap come together at its end, once, with `gap="next_valid"`.

    >>> Daily("02:30", tz="Europe/Berlin")
    Daily('02:30', tz='Europe/Berlin')
    >>> Daily(["18:00", "6:00"], tz="UTC", every=2, anchor="2026-01-01")
    Daily(['06:00', '18:00'], tz='UTC', every=2, anchor='2026-01-01')
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
        """Raises BadTriggerError or UnknownZoneError, naming the part that makes no sense."""
        self._fill(at, tz=tz, every=every, anchor=anchor, gap=gap, fold=fold)
        self._plan(EveryNth(self.every, self._start()))

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return call_text(self, "at")


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Weekly(_CalendarTrigger):
    """On weekdays, every week or every so many weeks.

    `days`: "mon" or "monday", or 0 (Monday) to 6, one or several.
    `every`: weeks begin on Monday, also for the anchor.

    >>> Weekly(["fri", "mon"], "09:00", tz="Europe/Berlin")
    Weekly(['mon', 'fri'], '09:00', tz='Europe/Berlin')
    """

    days: tuple[str, ...]
    at: tuple[time, ...]
    tz: str
    every: int = 1
    anchor: date | None = None
    gap: Gap = Gap.NEXT_VALID
    fold: Fold = Fold.FIRST
    _timetable: Timetable = field(init=False, compare=False, repr=False)

    def __init__(
        self,
        days: Names,
        at: At,
        *,
        tz: tzinfo | str,
        every: int = 1,
        anchor: date | str | None = None,
        gap: Gap | str = Gap.NEXT_VALID,
        fold: Fold | str = Fold.FIRST,
    ) -> None:
        """Raises BadTriggerError or UnknownZoneError, naming the part that makes no sense."""
        weekdays = read_weekdays("Weekly", days)
        names = short_names(weekdays, WEEKDAYS, 0)
        self._fill(at, tz=tz, every=every, anchor=anchor, gap=gap, fold=fold, days=names)
        weeks = EveryNth(self.every, (self._start() - MONDAY_BASE) // 7)
        self._plan(Nested(outer=weeks, inner=Few(weekdays), size=7, base=MONDAY_BASE))

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return call_text(self, "days", "at")


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Monthly(_CalendarTrigger):
    """On days of the month, every month or every so many months.

    `days`: 1 to 31; -1 to -31 from the end; "2nd tue", "last fri", "3rd weekday" (Monday to
    Friday), "2nd last sun", "weekday nearest 15" (in the same month); one or several.
    `overflow`: what becomes of a day that the month does not have: "skip" it; "clip" it to the last
    day; the first of the "next" month. A day from the end (-31) is clipped to the first.
    A month without a fifth Friday, or a weekday nearest 31, has none, whatever `overflow` says.

    >>> Monthly([-1, "2nd tue"], "18:00", tz="UTC", overflow="clip")
    Monthly([-1, '2nd tue'], '18:00', tz='UTC', overflow='clip')
    """

    days: tuple[int | str, ...]
    at: tuple[time, ...]
    tz: str
    every: int = 1
    anchor: date | None = None
    overflow: Overflow = Overflow.SKIP
    gap: Gap = Gap.NEXT_VALID
    fold: Fold = Fold.FIRST
    _timetable: Timetable = field(init=False, compare=False, repr=False)

    def __init__(
        self,
        days: Names,
        at: At,
        *,
        tz: tzinfo | str,
        every: int = 1,
        anchor: date | str | None = None,
        overflow: Overflow | str = Overflow.SKIP,
        gap: Gap | str = Gap.NEXT_VALID,
        fold: Fold | str = Fold.FIRST,
    ) -> None:
        """Raises BadTriggerError or UnknownZoneError, naming the part that makes no sense."""
        rules = read_month_days("Monthly", days)
        self._fill(
            at,
            tz=tz,
            every=every,
            anchor=anchor,
            gap=gap,
            fold=fold,
            days=tuple(day_rule_text(rule) for rule in rules),
            overflow=parse_enum(Overflow, overflow),
        )
        months = EveryNth(self.every, month_of(self._start()))
        self._plan(MonthDays(months, month_table(rules, self.overflow)))

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return call_text(self, "days", "at")


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Yearly(_CalendarTrigger):
    """On days of one month or several, every year or every so many years.

    `month`: 1 to 12, or "jan" or "january", one or several.
    `days`, `overflow`: as for `Monthly`. 29 February in common years: none with "skip", 28 February
    with "clip", 1 March with "next". Source: RFC 7529.

    >>> Yearly(2, 29, "09:00", tz="UTC", overflow="clip")
    Yearly('feb', 29, '09:00', tz='UTC', overflow='clip')
    """

    month: tuple[str, ...]
    days: tuple[int | str, ...]
    at: tuple[time, ...]
    tz: str
    every: int = 1
    anchor: date | None = None
    overflow: Overflow = Overflow.SKIP
    gap: Gap = Gap.NEXT_VALID
    fold: Fold = Fold.FIRST
    _timetable: Timetable = field(init=False, compare=False, repr=False)

    def __init__(
        self,
        month: Names,
        days: Names,
        at: At,
        *,
        tz: tzinfo | str,
        every: int = 1,
        anchor: date | str | None = None,
        overflow: Overflow | str = Overflow.SKIP,
        gap: Gap | str = Gap.NEXT_VALID,
        fold: Fold | str = Fold.FIRST,
    ) -> None:
        """Raises BadTriggerError or UnknownZoneError, naming the part that makes no sense."""
        numbers, rules = read_months("Yearly", month), read_month_days("Yearly", days)
        self._fill(
            at,
            tz=tz,
            every=every,
            anchor=anchor,
            gap=gap,
            fold=fold,
            month=short_names(numbers, MONTHS, 1),
            days=tuple(day_rule_text(rule) for rule in rules),
            overflow=parse_enum(Overflow, overflow),
        )
        years = EveryNth(self.every, month_of(self._start()) // 12)
        places = Few(tuple(number - 1 for number in numbers))
        months = Nested(outer=years, inner=places, size=12)
        self._plan(MonthDays(months, month_table(rules, self.overflow)))

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return call_text(self, "month", "days", "at")
