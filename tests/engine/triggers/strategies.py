"""Hypothesis strategies: calendar triggers together with what the oracle needs to know of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from duetime.adapters.testing.strategies import ODD_DAYS
from duetime.engine.triggers import (
    AllOf,
    AnyOf,
    Calendar,
    Daily,
    Every,
    Except,
    Limit,
    Monthly,
    Shift,
    Trigger,
    Weekly,
    Within,
    Yearly,
)
from tests.engine.triggers.oracle import DayMatch, instant, month_days, occurrences

GAPS = ["next_valid", "shift", "skip"]
FOLDS = ["first", "second", "both"]
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@dataclass(frozen=True)
class Case:
    """A calendar trigger, near which time it is to be asked, and how the oracle finds out."""

    trigger: Trigger
    key: str
    near: int
    matches: DayMatch
    at: tuple[time, ...]
    gap: str
    fold: str

    def expected(self, days: int) -> tuple[tuple[int, int], list[int]]:
        """Return a window this many days around, and what is due in it."""
        width = days * 86_400 * 10**9
        window = (self.near - width, self.near + width)
        found = occurrences(
            self.key, self.matches, self.at, window=window, gap=self.gap, fold=self.fold
        )
        return window, found


times = st.one_of(
    st.builds(time, st.sampled_from([0, 1, 2, 3, 12, 22, 23]), st.sampled_from([0, 1, 15, 30, 59])),
    st.times().filter(lambda moment: moment.microsecond == 0),
    st.times(),
)
monthly_days = st.one_of(
    st.integers(1, 31),
    st.integers(-31, -1),
    st.sampled_from(["1st mon", "2nd tue", "5th fri", "last fri", "2nd last sun", "5th last wed"]),
    st.sampled_from(["1st weekday", "3rd weekday", "last weekday", "23rd weekday"]),
    st.integers(1, 31).map("weekday nearest {}".format),
    st.integers(-31, -1).map("weekday nearest {}".format),
)
overflows = st.sampled_from(["skip", "clip", "next"])


@st.composite
def cases(draw: st.DrawFn, kinds: str = "DWMY") -> Case:
    """Draw a trigger of one of four kinds, and what the oracle says about it."""
    key, day = draw(st.sampled_from(ODD_DAYS))
    near = instant(datetime.fromisoformat(day).replace(tzinfo=UTC))
    at = tuple(draw(st.lists(times, min_size=1, max_size=4, unique=True)))
    gap, fold = draw(st.sampled_from(GAPS)), draw(st.sampled_from(FOLDS))
    every = draw(st.sampled_from([1, 1, 1, 2, 3, 5]))
    back = draw(st.integers(-20, 800))
    anchor = draw(st.sampled_from([None, date.fromisoformat(day) - timedelta(days=back)]))
    common = {"tz": key, "every": every, "anchor": anchor, "gap": gap, "fold": fold}
    make = {"D": _daily, "W": _weekly, "M": _monthly, "Y": _yearly}[draw(st.sampled_from(kinds))]
    trigger, matches = make(draw, at, common)
    origin = anchor or date(1970, 1, 1)

    def matches_since(day: date) -> bool:
        return (anchor is None or day >= anchor) and matches(day, origin, every)

    return Case(trigger, key, near, matches_since, at, gap, fold)


PhasedMatch = Callable[[date, date, int], bool]
"""Takes a day, the day that is counted from, and in what steps."""


def _daily(
    draw: st.DrawFn, at: tuple[time, ...], common: dict[str, object]
) -> tuple[Trigger, PhasedMatch]:
    def matches(day: date, origin: date, every: int) -> bool:
        return (day - origin).days % every == 0

    return Daily(at, **common), matches  # type: ignore[arg-type]  # drawn to fit


def _weekly(
    draw: st.DrawFn, at: tuple[time, ...], common: dict[str, object]
) -> tuple[Trigger, PhasedMatch]:
    days = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4, unique=True))

    def matches(day: date, origin: date, every: int) -> bool:
        monday, first = (each - timedelta(days=each.weekday()) for each in (day, origin))
        return WEEKDAYS[day.weekday()] in days and (monday - first).days // 7 % every == 0

    return Weekly(days, at, **common), matches  # type: ignore[arg-type]  # drawn to fit


def _monthly(
    draw: st.DrawFn, at: tuple[time, ...], common: dict[str, object]
) -> tuple[Trigger, PhasedMatch]:
    days = draw(st.lists(monthly_days, min_size=1, max_size=3, unique=True))
    overflow = draw(overflows)

    def matches(day: date, origin: date, every: int) -> bool:
        return any(
            day in month_days(year, month, rule, overflow)
            for year, month in _this_month_and_the_last(day)
            if ((year - origin.year) * 12 + month - origin.month) % every == 0
            for rule in days
        )

    trigger = Monthly(days, at, overflow=overflow, **common)  # type: ignore[arg-type]  # drawn to fit
    return trigger, matches


def _yearly(
    draw: st.DrawFn, at: tuple[time, ...], common: dict[str, object]
) -> tuple[Trigger, PhasedMatch]:
    months = draw(st.lists(st.integers(1, 12), min_size=1, max_size=6, unique=True))
    days = draw(st.lists(monthly_days, min_size=1, max_size=3, unique=True))
    overflow = draw(overflows)

    def matches(day: date, origin: date, every: int) -> bool:
        return any(
            day in month_days(year, month, rule, overflow)
            for year, month in _this_month_and_the_last(day)
            if (year - origin.year) % every == 0 and month in months
            for rule in days
        )

    trigger = Yearly(months, days, at, overflow=overflow, **common)  # type: ignore[arg-type]  # drawn
    return trigger, matches


def _this_month_and_the_last(day: date) -> list[tuple[int, int]]:
    before = day.replace(day=1) - timedelta(days=1)
    return [(day.year, day.month), (before.year, before.month)]


expressions = st.sampled_from(
    [
        "hourly",
        "Mon..Fri 09:00",
        "*-*~01 23:30",
        "Sun *-*~07/1 02:30",
        "*-*-* 00/2:15",
        "*-02-29 12:00",
        "*-*-* 01..02:00/20:30",
    ]
)


@st.composite
def triggers(draw: st.DrawFn) -> tuple[Trigger, int]:
    """Draw any trigger with a set of its own, alone or combined, and a time to ask it near."""
    case = draw(cases())
    other = draw(
        st.one_of(
            cases().map(lambda each: each.trigger),
            expressions.map(lambda text: Calendar(text, tz=case.key)),
            st.sampled_from([Every(hours=7), Every(minutes=90, anchor="2000-01-01T00:00Z")]),
        )
    )
    make = draw(st.sampled_from(COMBINATIONS))
    return make(case, other), case.near + draw(st.integers(-3, 3)) * 86_400 * 10**9


COMBINATIONS: list[Callable[[Case, Trigger], Trigger]] = [
    lambda case, other: case.trigger,
    lambda case, other: other,
    lambda case, other: AnyOf(case.trigger, other),
    lambda case, other: AllOf(AnyOf(case.trigger, other), other),
    lambda case, other: Except(other, case.trigger),
    lambda case, other: Except(case.trigger, "2026-03-29", "2024-03-10", "2018-11-04"),
    lambda case, other: Within(other, between=("22:00", "02:30"), tz=case.key),
    lambda case, other: Within(other, between=("01:15", "13:00"), days=["sat", "sun"], tz=case.key),
    lambda case, other: Limit(AnyOf(case.trigger, other), start=_iso(case.near), count=5),
    lambda case, other: Limit(case.trigger, end=_iso(case.near)),
    lambda case, other: Shift(AnyOf(case.trigger, other), "-90m"),
]


def _iso(instant_: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant_ // 10**9)).isoformat()
