"""From a recurrence rule and its start to the times of a clock that it picks.

A rule names periods (every so many years, … or seconds), and in each of them days and times of day.
What it leaves open is taken from its start. A part that speaks of something shorter than a period
says what is in it; the others filter. Source: the table in RFC 5545, section 3.3.10.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import product
from math import gcd

from duetime.engine.instants import DAY, HOUR, MINUTE, SECOND, Span
from duetime.engine.triggers.day_rules import day_number
from duetime.engine.triggers.picks import EveryNth, Few, Nested, Picks
from duetime.engine.triggers.rrule_days import (
    Calendar,
    DayParts,
    Months,
    Weeks,
    WeekYears,
    Years,
    week_days,
    week_start,
    weekday_of,
)
from duetime.engine.triggers.rrule_sets import (
    CalendarDays,
    ClockGrid,
    FromStart,
    OnGrid,
    Positions,
    at_positions,
)
from duetime.engine.triggers.rrule_text import ByDay, Freq, RuleText
from duetime.engine.zones import Wall

_UNITS = {Freq.HOURLY: HOUR, Freq.MINUTELY: MINUTE, Freq.SECONDLY: SECOND}
_FULL = (tuple(range(24)), tuple(range(60)), tuple(range(60)))
_NOTHING = Few(())


def rule_walls(rule: RuleText, start: datetime) -> Picks:
    """Return the times that a rule picks: its start, whether that fits or not, and what follows.

    COUNT, and UNTIL in UTC, speak of instants and are not looked at.
    """
    picks = _sub_daily(rule, start) if rule.freq in _UNITS else _daily_or_longer(rule, start)
    until = rule.until
    last = wall_of(until) if until is not None and until.tzinfo is None else None
    return FromStart(picks=picks, start=wall_of(start), last=last)


def wall_of(local: datetime) -> Wall:
    """Return a local time, a whole second, as nanoseconds since 1970-01-01T00:00."""
    seconds = (local.hour * 60 + local.minute) * 60 + local.second
    return day_number(local) * DAY + seconds * SECOND


def _daily_or_longer(rule: RuleText, start: datetime) -> Picks:
    """Return days × times of day."""
    given = (rule.by_hour, rule.by_minute, rule.by_second)
    times = _spans(
        [numbers or (own,) for numbers, own in zip(given, _time_parts(start), strict=True)]
    )
    first = day_number(start)
    if rule.freq is Freq.DAILY:
        days = _filtered_days(rule, EveryNth(rule.interval, first))
        return _nested(days, times, DAY, rule)
    calendar = _calendar(rule, start)
    periods = EveryNth(rule.interval, calendar.period_of(first))
    if isinstance(calendar, Weeks) and not rule.by_month:
        # All weeks are alike.
        base = week_start(0, calendar.parts.wkst) * DAY
        within = tuple(day * DAY + at for day in week_days(calendar.parts) for at in times)
        return _nested(periods, within, 7 * DAY, rule, base=base)
    if rule.by_set_pos:
        return Positions(periods=periods, calendar=calendar, times=times, positions=rule.by_set_pos)
    return _nested(CalendarDays(periods, calendar), times, DAY, rule)


def _calendar(rule: RuleText, start: datetime) -> Calendar:
    """Return the days of each period, where what is not given is that of the start."""
    by_day, by_month, by_month_day = rule.by_day, rule.by_month, rule.by_month_day
    if not (by_day or by_month_day or rule.by_year_day):
        if rule.freq is Freq.WEEKLY or rule.by_week_no:
            by_day = (ByDay(start.weekday()),)
        else:
            by_month_day = (start.day,)
            if rule.freq is Freq.YEARLY:
                by_month = by_month or (start.month,)
    parts = DayParts(
        by_month=by_month,
        by_week_no=rule.by_week_no,
        by_year_day=rule.by_year_day,
        by_month_day=by_month_day,
        by_day=by_day,
        wkst=rule.wkst,
        skip=rule.skip,
    )
    if rule.freq is Freq.WEEKLY:
        return Weeks(parts)
    if rule.freq is Freq.MONTHLY:
        return Months(parts)
    return WeekYears(parts) if rule.by_week_no else Years(parts)


def _sub_daily(rule: RuleText, start: datetime) -> Picks:
    """Return hours (minutes, seconds) × the times within one.

    They are counted from the start on the wall clock; all other parts filter what is counted.
    """
    unit = _UNITS[rule.freq]
    longer = list(_UNITS).index(rule.freq) + 1
    given = (rule.by_hour, rule.by_minute, rule.by_second)
    own = _time_parts(start)
    within = _spans([(0,)] * longer + [given[index] or (own[index],) for index in range(longer, 3)])
    grid = EveryNth(rule.interval, wall_of(start) // unit)
    times = None
    if any(given[:longer]):
        limits = [given[index] or _FULL[index] for index in range(longer)]
        spans = _spans(limits + [(0,)] * (3 - longer))
        times = _by_remainder([span // unit for span in spans], grid, DAY // unit)
        if not times:
            return _NOTHING
    elif not _filters_days(rule):
        return _nested(grid, within, unit, rule)
    days = _filtered_days(rule, EveryNth(1))
    on_clock = ClockGrid(grid=grid, days=days, times=times, per_day=DAY // unit)
    return _nested(on_clock, within, unit, rule)


def _by_remainder(times: Sequence[int], grid: EveryNth, per_day: int) -> Mapping[int, list[int]]:
    """Group times of day by their remainder, leaving out those that the grid never meets."""
    common = gcd(grid.step, per_day)
    found: dict[int, list[int]] = {}
    for time in times:
        if (time - grid.phase) % common == 0:
            found.setdefault(time % grid.step, []).append(time)
    return found


def _filtered_days(rule: RuleText, grid: EveryNth) -> Picks:
    """Return the days of a grid that the parts of a rule let pass."""
    if not _filters_days(rule):
        return grid
    by_day = rule.by_day
    if by_day and grid.step % 7 == 0:
        # All days of the grid are on one weekday: see at once what would never be found.
        by_day = tuple(day for day in by_day if day.weekday == weekday_of(grid.phase))
        if not by_day:
            return _NOTHING
    parts = DayParts(
        by_month=rule.by_month,
        by_month_day=rule.by_month_day,
        by_year_day=rule.by_year_day,
        by_day=by_day,
    )
    days = CalendarDays(EveryNth(1), Years(parts))
    return days if grid.step == 1 else OnGrid(days, grid)


def _filters_days(rule: RuleText) -> bool:
    return bool(rule.by_month or rule.by_month_day or rule.by_year_day or rule.by_day)


def _nested(
    outer: Picks, within: tuple[Span, ...], size: Span, rule: RuleText, *, base: Wall = 0
) -> Picks:
    """Return the same times within each period, those at the positions if there are any."""
    if rule.by_set_pos:
        within = tuple(at_positions(within, rule.by_set_pos))
    if not within:
        # To be said plainly: no one can see that periods without end have nothing in them.
        return _NOTHING
    if isinstance(outer, EveryNth) and len(within) == 1:
        return EveryNth(outer.step * size, outer.phase * size + within[0] + base)
    return Nested(outer=outer, inner=Few(within), size=size, base=base)


def _spans(clock: Sequence[Sequence[int]]) -> tuple[Span, ...]:
    """Return hours × minutes × seconds as nanoseconds, in order; no minute has a second 60."""
    return tuple(
        ((hour * 60 + minute) * 60 + second) * SECOND
        for hour, minute, second in product(*clock)
        if second < 60
    )


def _time_parts(local: datetime) -> tuple[int, int, int]:
    return local.hour, local.minute, local.second
