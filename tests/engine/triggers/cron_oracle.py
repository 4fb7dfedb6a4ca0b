"""Cron expressions together with what they mean, and what is due by them, found out the slow way.

An expression is drawn as text and as sets side by side, so nothing here reads cron text. What is
due is found by resolving each time of the clock, one by one, with zoneinfo alone.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.engine.triggers.oracle import (
    change_between,
    exists,
    instant,
    moment,
    nearest_weekday,
)

HOUR = 3600 * 10**9
NO_LIMIT = 1 << 63
DayMatch = Callable[[date], bool]
Part = tuple[str, frozenset[int]]
"""The text of a field or of a part of it, and the numbers that it stands for."""
SECONDS: list[Part] = [
    ("0", frozenset([0])),
    ("59,1", frozenset([1, 59])),
    ("30/20", frozenset([30, 50])),
    ("*/25", frozenset([0, 25, 50])),
]


@dataclass(frozen=True)
class Expression:
    """The text of an expression and what it picks. `seconds`: {0} where there are five fields."""

    text: str
    seconds: frozenset[int] = field(repr=False)
    minutes: frozenset[int] = field(repr=False)
    hours: frozenset[int] = field(repr=False)
    day: DayMatch = field(repr=False)

    @property
    def wildcard(self) -> bool:
        """Minute or hour begin with an asterisk."""
        minute, hour = self.text.split()[-5:-3]
        return minute.startswith("*") or hour.startswith("*")

    @property
    def with_seconds(self) -> bool:
        """There are six fields."""
        return len(self.text.split()) == 6

    def picks(self, local: datetime) -> bool:
        """Tell whether the expression picks what a clock shows."""
        if local.minute not in self.minutes or local.hour not in self.hours:
            return False
        return local.second in self.seconds and self.day(local.date())

    def due(
        self, key: str, window: tuple[int, int], gap: str | None, fold: str | None
    ) -> list[int]:
        """Return what is due in a window, both ends included, in order and each once."""
        scanned = self.wildcard or self.with_seconds
        limit = NO_LIMIT if gap else 3 * HOUR
        gap = gap or ("skip" if scanned else "next_valid")
        fold = fold or ("both" if scanned else "first")
        first, last = (moment(bound, key).date() for bound in window)
        found: set[int] = set()
        for number in range(-1, (last - first).days + 2):
            for local in self.times_on(first + timedelta(days=number)):
                found |= resolve(key, local, gap=gap, fold=fold, limit=limit)
        return sorted(each for each in found if window[0] <= each <= window[1])

    def times_on(self, day: date) -> list[datetime]:
        """Return the times of a clock that are picked on a date."""
        if not self.day(day):
            return []
        clock = product(sorted(self.hours), sorted(self.minutes), sorted(self.seconds))
        return [datetime.combine(day, time(*each)) for each in clock]


def resolve(key: str, naive: datetime, *, gap: str, fold: str, limit: int) -> set[int]:
    """Return the instants of one time of a clock; `limit`: the length of gaps that are lost."""
    local = naive.replace(tzinfo=ZoneInfo(key))
    early, late = instant(local), instant(local.replace(fold=1))
    if exists(local):
        return {"first": {early}, "second": {late}, "both": {early, late}}[fold]
    # In a gap, fold=0 reads the clock by the offset before it and fold=1 by the one after it.
    if gap == "skip" or early - late >= limit:
        return set()
    return {early} if gap == "shift" else {change_between(key, late, early)}


def shown(expression: Expression, key: str, window: tuple[int, int]) -> list[int]:
    """Return each whole minute of real time at which the clock shows what is picked."""
    low, high = -(-window[0] // 10**9), window[1] // 10**9
    zone = ZoneInfo(key)
    return [
        second * 10**9
        for second in range(low + -low % 60, high + 1, 60)
        if expression.picks(datetime.fromtimestamp(second, zone))
    ]


@st.composite
def parts(draw: st.DrawFn, low: int, high: int, near: tuple[int, ...] = ()) -> Part:
    """Draw a number, a range or a wildcard, with or without a step. `near`: drawn more often."""
    values = st.integers(low, high)
    first = draw(st.sampled_from(near) | values if near else values)
    last = draw(st.integers(first, high))
    step = draw(st.sampled_from([1, 2, 3, 5, 7, 15, 20, 30, 70]))
    return draw(
        st.sampled_from(
            [
                ("*", frozenset(range(low, high + 1))),
                (f"*/{step}", frozenset(range(low, high + 1, step))),
                (f"{first}", frozenset([first])),
                (f"{first}-{last}", frozenset(range(first, last + 1))),
                (f"{first}-{last}/{step}", frozenset(range(first, last + 1, step))),
                (f"{first}/{step}", frozenset(range(first, high + 1, step))),
            ]
        )
    )


@st.composite
def fields(draw: st.DrawFn, low: int, high: int, near: tuple[int, ...] = ()) -> Part:
    """Draw a field: a list of one to three parts."""
    drawn = draw(st.lists(parts(low, high, near), min_size=1, max_size=3))
    return ",".join(text for text, _ in drawn), frozenset().union(*(found for _, found in drawn))


@st.composite
def month_days(draw: st.DrawFn, *, special: bool) -> tuple[str, DayMatch]:
    """Draw a day-of-month field."""
    text, numbers = draw(fields(1, 31))
    back, day = draw(st.integers(1, 30)), draw(st.integers(1, 31))
    choices: list[tuple[str, DayMatch]] = [(text, lambda each: each.day in numbers)]
    if special:
        choices += [
            ("L", lambda each: each.day == length(each)),
            (f"L-{back},L", lambda each: length(each) - each.day in (0, back)),
            (f"{day},L", lambda each: each.day in (day, length(each))),
            (f"{day}W", lambda each: day <= length(each) and nearest(each, day)),
            ("LW", lambda each: nearest(each, length(each))),
        ]
    return draw(st.sampled_from(choices))


@st.composite
def weekdays(draw: st.DrawFn, *, special: bool) -> tuple[str, DayMatch]:
    """Draw a day-of-week field; 0 and 7 are Sunday, which is `isoweekday() % 7`."""
    text, numbers = draw(fields(0, 6))
    one, two, nth = draw(st.integers(0, 7)), draw(st.integers(0, 7)), draw(st.integers(1, 5))
    name = "SUN MON TUE WED THU FRI SAT SUN".split()[one]
    choices: list[tuple[str, DayMatch]] = [
        (text, lambda each: each.isoweekday() % 7 in numbers),
        (name.lower(), lambda each: each.isoweekday() % 7 == one % 7),
        ("MON-SUN", lambda each: True),
        ("5-7", lambda each: each.isoweekday() >= 5),
    ]
    if special:
        choices += [
            (f"{one}#{nth}", lambda each: is_nth(each, one, nth)),
            (f"{name}#{nth},{two}", lambda each: is_nth(each, one, nth) or is_day(each, two)),
            (f"{one}L", lambda each: is_day(each, one) and each.day + 7 > length(each)),
            (f"{name}#L", lambda each: is_day(each, one) and each.day + 7 > length(each)),
        ]
    return draw(st.sampled_from(choices))


def length(day: date) -> int:
    """Return the number of days of the month."""
    return monthrange(day.year, day.month)[1]


def nearest(day: date, number: int) -> bool:
    """Tell whether a day is the Monday to Friday nearest to a day of its month."""
    return day == nearest_weekday(day.replace(day=number))


def is_day(day: date, weekday: int) -> bool:
    """Tell whether a date falls on a weekday counted from Sunday = 0 = 7."""
    return day.isoweekday() % 7 == weekday % 7


def is_nth(day: date, weekday: int, nth: int) -> bool:
    """Tell whether a date is the n-th such weekday of its month."""
    return is_day(day, weekday) and (day.day + 6) // 7 == nth


@st.composite
def expressions(
    draw: st.DrawFn, *, near: tuple[int, ...] = (), special: bool = True, seconds: bool = False
) -> Expression:
    """Draw an expression. `near`: hours that are drawn more often; `special`: L, W and #."""
    second = draw(st.sampled_from(SECONDS if seconds else SECONDS[:1]))
    minute, hour = draw(fields(0, 59)), draw(fields(0, 23, near))
    by_date, on_date = draw(month_days(special=special))
    month, months = draw(st.just(("*", frozenset(range(1, 13)))) | fields(1, 12))
    by_weekday, on_weekday = draw(weekdays(special=special))
    either = by_date != "*" and by_weekday != "*"

    def day(each: date) -> bool:
        if each.month not in months:
            return False
        if either:
            return on_date(each) or on_weekday(each)
        return on_date(each) and on_weekday(each)

    words = [second[0]] if seconds else []
    words += [minute[0], hour[0], by_date, month, by_weekday]
    return Expression(" ".join(words), second[1], minute[1], hour[1], day)
