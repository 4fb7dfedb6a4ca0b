"""What a recurrence rule must give, found out the slow way; nothing here uses the package.

Every date near the window is looked at, and on each every hour, minute and second that can matter:
does it pass all parts of the rule? The table of RFC 5545, section 3.3.10, says "expand" and
"limit"; to look at everything and keep what passes is the same. SKIP is not like that and has an
expansion of its own.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby, product

from tests.engine.triggers.oracle import resolve

DAYS = "MO TU WE TH FR SA SU".split()
FREQS = "YEARLY MONTHLY WEEKLY DAILY HOURLY MINUTELY SECONDLY".split()
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class RuleCase:
    """A rule as its parts, and its start. `lists`: the BY… parts, by day as (nth or 0, weekday)."""

    freq: str
    start: datetime
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    lists: dict[str, list[int]] = field(default_factory=dict)
    by_day: list[tuple[int, str]] = field(default_factory=list)
    wkst: str = "MO"
    skip: str = "OMIT"

    def text(self) -> str:
        """Write the rule."""
        parts = [f"FREQ={self.freq}", f"INTERVAL={self.interval}", f"WKST={self.wkst}"]
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={self.until:%Y%m%dT%H%M%S}")
        parts += [f"{name}={','.join(map(str, values))}" for name, values in self.lists.items()]
        days = ",".join(f"{nth or ''}{day}" for nth, day in self.by_day)
        parts += [f"BYDAY={days}"] * bool(days)
        parts += [f"RSCALE=GREGORIAN;SKIP={self.skip}"] * (self.skip != "OMIT")
        return ";".join(parts)

    def has(self, *names: str) -> bool:
        """Tell whether any of these parts is given."""
        return any(name in self.lists or (name == "BYDAY" and self.by_day) for name in names)


def local_times(case: RuleCase, until: datetime) -> list[datetime]:
    """Return the local times of a rule up to a time, its start first; COUNT is not looked at."""
    found = {case.start}
    for each in _at_positions(case, until):
        if each >= case.start:
            found.add(each)
    last = until if case.until is None else min(until, case.until)
    return sorted(each for each in found if each <= last)


def instants(case: RuleCase, key: str, until: datetime, gap: str, fold: str) -> list[int]:
    """Return the instants of a rule in a zone, as far as they are sure to be complete."""
    found = {
        each
        for local in local_times(case, until)
        for each in resolve(key, local.date(), local.time(), gap, fold)
    }
    return sorted(found)[: case.count]


def _at_positions(case: RuleCase, until: datetime) -> Iterator[datetime]:
    """Yield the times of whole periods, or those at the positions in each."""
    positions = case.lists.get("BYSETPOS")
    for _, group in groupby(_all_times(case, until), key=lambda pair: pair[0]):
        times = sorted({each for _, each in group})
        if positions is None:
            yield from times
        for position in positions or ():
            index = position - 1 if position > 0 else len(times) + position
            if 0 <= index < len(times):
                yield times[index]


def _all_times(case: RuleCase, until: datetime) -> Iterator[tuple[int, datetime]]:
    """Yield the number of the period and the time, for all that pass; also before the start."""
    origin = _period(case, case.start)
    if case.skip != "OMIT":
        for period in range(origin - case.interval, _period(case, until) + 2, case.interval):
            for day, at in product(_skipped_days(case, period), _times(case)):
                yield period, datetime.combine(day, at)
        return
    longest = timedelta(days={"YEARLY": 375, "MONTHLY": 32, "WEEKLY": 8}.get(case.freq, 1))
    low, high = case.start - longest, until + longest
    times = _times(case)
    for days in range((high - low).days + 2):
        day = low.date() + timedelta(days=days)
        if _day_passes(case, day):
            for each in (datetime.combine(day, at) for at in times):
                period = _period(case, each) if low <= each <= high else origin + 1
                if (period - origin) % case.interval == 0 and low <= each <= high:
                    yield period, each


def _times(case: RuleCase) -> list[time]:
    """Return the times of day that pass."""
    rank = FREQS.index(case.freq)
    hours = case.lists.get("BYHOUR", range(24) if rank >= 4 else [case.start.hour])
    minutes = case.lists.get("BYMINUTE", range(60) if rank >= 5 else [case.start.minute])
    seconds = case.lists.get("BYSECOND", range(60) if rank >= 6 else [case.start.second])
    clock = product(sorted(hours), sorted(minutes), sorted(seconds))
    return [time(hour, minute, second) for hour, minute, second in clock if second < 60]


def _period(case: RuleCase, at: datetime) -> int:
    """Number the period that a time lies in."""
    days = at.toordinal()
    seconds = days * 86_400 + at.hour * 3600 + at.minute * 60 + at.second
    if case.freq == "YEARLY":
        return _week(at.date(), case.wkst)[0] if case.has("BYWEEKNO") else at.year
    if case.freq == "MONTHLY":
        return at.year * 12 + at.month
    if case.freq == "WEEKLY":
        return (days - 1 - DAYS.index(case.wkst)) // 7
    return seconds // {"DAILY": 86_400, "HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}[case.freq]


def _day_passes(case: RuleCase, day: date) -> bool:
    """Tell whether a date passes all parts that speak of dates, or is like that of the start."""
    lists = case.lists
    of_month = day.day, day.day - 1 - calendar.monthrange(day.year, day.month)[1]
    of_year = day.timetuple().tm_yday, (day - date(day.year + 1, 1, 1)).days
    return (
        (not case.has("BYMONTH") or day.month in lists["BYMONTH"])
        and (not case.has("BYMONTHDAY") or bool({*of_month} & {*lists["BYMONTHDAY"]}))
        and (not case.has("BYYEARDAY") or bool({*of_year} & {*lists["BYYEARDAY"]}))
        and (not case.has("BYWEEKNO") or _week_passes(case, day))
        and (not case.has("BYDAY") or _weekday_passes(case, day))
        and _open_parts_pass(case, day)
    )


def _open_parts_pass(case: RuleCase, day: date) -> bool:
    """Tell whether a date is like the start in what the rule leaves open."""
    start = case.start
    if case.has("BYDAY", "BYMONTHDAY", "BYYEARDAY") or FREQS.index(case.freq) > 2:
        return True
    if case.freq == "WEEKLY" or case.has("BYWEEKNO"):
        return day.weekday() == start.weekday()
    month_fits = case.freq == "MONTHLY" or case.has("BYMONTH") or day.month == start.month
    return month_fits and day.day == start.day


def _week(day: date, wkst: str) -> tuple[int, int, int]:
    """Return the year that the week of a date counts in, its number, and that from the end."""
    first = day - timedelta(days=(day.weekday() - DAYS.index(wkst)) % 7)
    week = [first + timedelta(days=n) for n in range(7)]
    year = max({each.year for each in week}, key=lambda y: sum(each.year == y for each in week))
    number = (week[3] - date(year, 1, 1)).days // 7 + 1
    return year, number, -1 - (date(year, 12, 31) - week[3]).days // 7


def _week_passes(case: RuleCase, day: date) -> bool:
    _, number, from_end = _week(day, case.wkst)
    return bool({number, from_end} & {*case.lists["BYWEEKNO"]})


def _weekday_passes(case: RuleCase, day: date) -> bool:
    """Tell whether a weekday is named, or is the nth of its month or year that is named."""
    in_month = case.freq == "MONTHLY" or case.has("BYMONTH")
    first = date(day.year, day.month if in_month else 1, 1)
    length = calendar.monthrange(day.year, day.month)[1] if in_month else 365
    if not in_month and calendar.isleap(day.year):
        length = 366
    same = [first + timedelta(days=n) for n in range(length)]
    same = [each for each in same if each.weekday() == day.weekday()]
    nth = same.index(day) + 1
    return bool({(n, DAYS[day.weekday()]) for n in (0, nth, nth - len(same) - 1)} & {*case.by_day})


def _skipped_days(case: RuleCase, period: int) -> list[date]:
    """Expand BYMONTHDAY in one month or year, moving what does not exist, then limit by BYDAY.

    With `SKIP`, only BYMONTH, BYMONTHDAY and BYDAY without numbers are expected.
    """
    months = case.lists.get("BYMONTH", range(1, 13))
    if case.freq == "MONTHLY":
        year, month = divmod(period - 1, 12)
        first_days = [date(year, month + 1, 1)] if month + 1 in months else []
    else:
        if not case.has("BYMONTH", "BYMONTHDAY"):
            months = [case.start.month]
        first_days = [date(period, month, 1) for month in months]
    found = {
        _moved(case.skip, first, number)
        for first in first_days
        for number in case.lists.get("BYMONTHDAY", [case.start.day])
    }
    wanted = {day for _, day in case.by_day}
    return sorted(day for day in found if not wanted or DAYS[day.weekday()] in wanted)


def _moved(skip: str, first: date, number: int) -> date:
    """Return a numbered day of a month, or the nearest that exists in one direction."""
    length = calendar.monthrange(first.year, first.month)[1]
    after = first + timedelta(days=length)
    if abs(number) <= length:
        return first + timedelta(days=number - 1) if number > 0 else after + timedelta(days=number)
    if skip == "FORWARD":
        return after if number > 0 else first
    return (after if number > 0 else first) - ONE_DAY
