"""Hypothesis strategies: triggers of every kind, zones, and moments at which something is odd.

Where duetime is installed, Hypothesis knows them by itself: `st.from_type(Trigger)`,
`st.from_type(Daily)`.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import available_timezones

from hypothesis import strategies as st

from duetime.engine.policies import Fold, Gap
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Daily, Monthly, Weekly, Yearly
from duetime.engine.triggers.calendar_text import Calendar
from duetime.engine.triggers.combine import AllOf, AnyOf, Jitter, Limit, Shift
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.day_rules import Overflow
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.exclude import Except
from duetime.engine.triggers.once import Once, OnDemand
from duetime.engine.triggers.rrule import RRule
from duetime.engine.triggers.within import Within

ODD_DAYS = (
    ("UTC", "2024-02-29"),
    ("UTC", "1970-01-05"),
    ("UTC", "2100-02-28"),
    ("UTC", "2038-01-19"),
    ("UTC", "2026-12-31"),
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("Europe/Berlin", "2100-02-28"),
    ("America/New_York", "2024-03-10"),
    ("America/New_York", "2038-11-07"),
    ("Australia/Lord_Howe", "2024-04-07"),
    ("Australia/Lord_Howe", "2024-10-06"),
    ("America/Sao_Paulo", "2018-02-18"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("Pacific/Apia", "2011-12-30"),
    ("Pacific/Kwajalein", "1993-08-21"),
    ("America/Nuuk", "2024-03-31"),
    ("America/Nuuk", "2024-10-27"),
    ("America/St_Johns", "2009-11-01"),
    ("America/St_Johns", "2010-03-14"),
    ("Africa/Monrovia", "1972-01-07"),
    ("Africa/Casablanca", "2024-03-10"),
    ("Africa/Casablanca", "2024-04-14"),
    ("Antarctica/Casey", "2009-10-18"),
    ("Antarctica/Troll", "2024-03-31"),
    ("Antarctica/Vostok", "2023-12-18"),
    ("Asia/Kathmandu", "1986-01-01"),
    ("Asia/Pyongyang", "2018-05-05"),
    ("Asia/Almaty", "2024-03-01"),
    ("Europe/Dublin", "2023-10-29"),
    ("Asia/Tokyo", "2261-11-01"),
)
"""Zones and dates near which something is odd: clock changes, date lines, leap days, far ends."""

_WEEKDAYS = "mon tue wed thu fri sat sun".split()
_OFFSETS = st.one_of(
    st.sampled_from([0, -1, 1]), st.integers(-3_600, 3_600), st.integers(-172_800, 172_800)
)
_TIMES = st.one_of(
    st.builds(time, st.sampled_from([0, 1, 2, 3, 12, 22, 23]), st.sampled_from([0, 15, 30, 59])),
    st.times().map(lambda moment: moment.replace(microsecond=0)),
)
_SECONDS = st.sampled_from([60, 300, 7, 90, 3_600, 86_400, 100_000])
_GAPS, _FOLDS = st.sampled_from(Gap), st.sampled_from(Fold)
_MONTH_DAYS = st.one_of(
    st.integers(1, 31),
    st.integers(-31, -1),
    st.sampled_from(["1st mon", "2nd tue", "5th fri", "last fri", "last weekday", "1st weekday"]),
)


def zones() -> st.SearchStrategy[str]:
    """Draw names of zones: first of all those with something odd, then any that there is."""
    odd = list(dict.fromkeys(name for name, _ in ODD_DAYS))
    return st.one_of(st.sampled_from(odd), st.sampled_from(sorted(available_timezones())))


def moments() -> st.SearchStrategy[datetime]:
    """Draw aware UTC datetimes near the odd days, to the second; they shrink towards midnight."""

    def near(day: tuple[str, str], seconds: int) -> datetime:
        midnight = datetime.fromisoformat(day[1]).replace(tzinfo=UTC)
        return midnight + timedelta(seconds=seconds)

    return st.builds(near, st.sampled_from(ODD_DAYS), _OFFSETS)


def triggers(*, after_finish: bool = True) -> st.SearchStrategy[Trigger]:
    """Draw any trigger, alone or combined; they shrink towards a plain period.

    `after_finish`: whether it may be one that follows runs, which has no times of its own.
    """
    sets = [kind for kind in _SIMPLE if kind is not AfterFinish]
    simple: st.SearchStrategy[Trigger] = st.one_of([_SIMPLE[kind]() for kind in sets])
    drawn = st.recursive(simple, _combined, max_leaves=4)
    return st.one_of(drawn, drawn.flatmap(_jittered), after_finishes()) if after_finish else drawn


def trigger_of(kind: type[Trigger]) -> st.SearchStrategy[Trigger]:
    """Draw triggers of one kind; any, for the base of them all."""
    if kind is Trigger:
        return triggers()
    if kind in _SIMPLE:
        return _SIMPLE[kind]()
    simple: st.SearchStrategy[Trigger] = st.one_of([_SIMPLE[each]() for each in (Every, Daily)])
    if kind is Jitter:
        return simple.flatmap(_jittered)
    return _MADE_OF[kind](simple)


def everies() -> st.SearchStrategy[Trigger]:
    """Draw intervals, half of them with an anchor."""
    return st.builds(
        lambda seconds, anchor: Every(seconds=seconds, anchor=anchor),
        _SECONDS,
        st.one_of(st.none(), moments()),
    )


def after_finishes() -> st.SearchStrategy[Trigger]:
    """Draw delays after a run."""
    return _SECONDS.map(lambda seconds: AfterFinish(seconds=seconds))


def crons() -> st.SearchStrategy[Trigger]:
    """Draw cron expressions of five fields, some of which never fire."""
    fields = (
        ("*", "0", "*/5", "30", "0-10", "7,22"),
        ("*", "2", "*/6", "0", "9-17", "1,3"),
        ("*", "1", "L", "15W", "29", "31"),
        ("*", "2", "*/3", "JAN", "3,10"),
        ("*", "MON-FRI", "7", "5L", "1#2"),
    )
    expression = st.tuples(*map(st.sampled_from, fields)).map(" ".join)
    return st.builds(lambda text, tz: Cron(text, tz=tz), expression, zones())


def calendar_texts() -> st.SearchStrategy[Trigger]:
    """Draw systemd's calendar expressions."""
    expressions = st.sampled_from(
        ["hourly", "Mon..Fri 09:00", "*-*~01 23:30", "*-*-* 00/2:15", "*-02-29 12:00"]
    )
    return st.builds(lambda text, tz: Calendar(text, tz=tz), expressions, zones())


def rrules() -> st.SearchStrategy[Trigger]:
    """Draw rules of RFC 5545."""
    rules = st.sampled_from(
        [
            "FREQ=DAILY",
            "FREQ=HOURLY;INTERVAL=5",
            "FREQ=WEEKLY;BYDAY=MO,FR",
            "FREQ=MONTHLY;BYDAY=-1FR",
            "FREQ=MONTHLY;BYMONTHDAY=31",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
            "FREQ=DAILY;COUNT=3",
        ]
    )
    starts = moments().map(lambda moment: moment.replace(tzinfo=None))
    return st.builds(
        lambda rule, start, tz: RRule(rule, start=start, tz=tz), rules, starts, zones()
    )


def _calendars(
    make: Callable[..., Trigger], *days: st.SearchStrategy[object]
) -> st.SearchStrategy[Trigger]:
    """Draw triggers that pick times of some days; `days`: what says which."""

    def build(picked: Sequence[object], at: list[time], options: dict[str, object]) -> Trigger:
        return make(*picked, at, **options)

    options = {
        "tz": zones(),
        "every": st.sampled_from([1, 2, 5]),
        "anchor": st.one_of(st.none(), st.sampled_from(ODD_DAYS).map(_date)),
        "gap": _GAPS,
        "fold": _FOLDS,
    }
    if make in (Monthly, Yearly):
        options["overflow"] = st.sampled_from(Overflow)
    at = st.lists(_TIMES, min_size=1, max_size=3, unique=True)
    return st.builds(build, st.tuples(*days), at, st.fixed_dictionaries(options))


def _date(day: tuple[str, str]) -> date:
    return date.fromisoformat(day[1])


def _some(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.lists(values, min_size=1, max_size=3, unique=True)


def _combined(parts: st.SearchStrategy[Trigger]) -> st.SearchStrategy[Trigger]:
    """Draw what can be made of triggers."""
    return st.one_of([make(parts) for make in _MADE_OF.values()])


def _within(parts: st.SearchStrategy[Trigger]) -> st.SearchStrategy[Trigger]:
    windows = st.lists(_TIMES, min_size=2, max_size=2, unique=True)
    days = st.one_of(st.none(), _some(st.sampled_from(_WEEKDAYS)))
    return st.builds(
        lambda part, between, days, tz: Within(part, between=between, days=days, tz=tz),
        parts,
        windows,
        days,
        zones(),
    )


def _limited(parts: st.SearchStrategy[Trigger]) -> st.SearchStrategy[Trigger]:
    return st.one_of(
        st.builds(lambda part, start: Limit(part, start=start, count=5), parts, moments()),
        st.builds(lambda part, end: Limit(part, end=end), parts, moments()),
    )


def _jittered(trigger: Trigger) -> st.SearchStrategy[Trigger]:
    spreads = st.sampled_from(["1ms", "3s", "20m"])
    return st.builds(
        lambda spread, seed: Jitter(trigger, spread, seed=seed), spreads, st.integers()
    )


_SIMPLE: dict[type[Trigger], Callable[[], st.SearchStrategy[Trigger]]] = {
    Every: everies,
    Once: lambda: moments().map(Once),
    OnDemand: lambda: st.just(OnDemand()),
    Daily: lambda: _calendars(Daily),
    Weekly: lambda: _calendars(Weekly, _some(st.sampled_from(_WEEKDAYS))),
    Monthly: lambda: _calendars(Monthly, _some(_MONTH_DAYS)),
    Yearly: lambda: _calendars(Yearly, _some(st.integers(1, 12)), _some(_MONTH_DAYS)),
    Cron: crons,
    Calendar: calendar_texts,
    RRule: rrules,
    AfterFinish: after_finishes,
}
"""What draws each kind of trigger that is not made of others."""
_MADE_OF: dict[
    type[Trigger], Callable[[st.SearchStrategy[Trigger]], st.SearchStrategy[Trigger]]
] = {
    AnyOf: lambda parts: st.builds(AnyOf, parts, parts),
    # Two of them meet: a search for times that hardly ever are the same would take long.
    AllOf: lambda parts: st.builds(
        lambda part, other: AllOf(AnyOf(part, other), other), parts, parts
    ),
    Except: lambda parts: st.builds(Except, parts, _SIMPLE[Weekly]()),
    Within: _within,
    Limit: _limited,
    Shift: lambda parts: st.builds(Shift, parts, st.sampled_from(["5s", "-90m", "1d"])),
}
"""What draws each kind that is made of others, but for jitter, which stands outside of all."""
