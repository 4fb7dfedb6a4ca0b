"""Hypothesis strategies: recurrence rules with what the oracle needs to know of them."""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from tests.engine.triggers.rrule_oracle import DAYS, FREQS, RuleCase
from tests.engine.triggers.strategies import ODD_DAYS

WINDOWS = {
    "YEARLY": timedelta(days=2600),
    "MONTHLY": timedelta(days=800),
    "WEEKLY": timedelta(days=300),
    "DAILY": timedelta(days=120),
    "HOURLY": timedelta(days=9),
    "MINUTELY": timedelta(hours=30),
    "SECONDLY": timedelta(hours=2),
}
"""How far the oracle looks."""

LISTS = {
    "BYMONTH": st.integers(1, 12),
    "BYWEEKNO": st.integers(1, 53) | st.integers(-53, -1) | st.sampled_from([1, 53, -1]),
    "BYYEARDAY": st.integers(1, 366) | st.integers(-366, -1) | st.sampled_from([1, 60, 366, -366]),
    "BYMONTHDAY": st.integers(1, 31) | st.integers(-31, -1) | st.sampled_from([29, 30, 31, -1]),
    "BYHOUR": st.integers(0, 23) | st.sampled_from([0, 1, 2, 3, 23]),
    "BYMINUTE": st.integers(0, 59) | st.sampled_from([0, 30]),
    "BYSECOND": st.integers(0, 60) | st.sampled_from([0, 30]),
}
ALLOWED = {
    "YEARLY": [*LISTS],
    "MONTHLY": ["BYMONTH", "BYMONTHDAY", "BYHOUR", "BYMINUTE", "BYSECOND"],
    "WEEKLY": ["BYMONTH", "BYHOUR", "BYMINUTE", "BYSECOND"],
    "DAILY": ["BYMONTH", "BYMONTHDAY", "BYHOUR", "BYMINUTE", "BYSECOND"],
    "HOURLY": [name for name in LISTS if name != "BYWEEKNO"],
    "MINUTELY": [name for name in LISTS if name != "BYWEEKNO"],
    "SECONDLY": [name for name in LISTS if name != "BYWEEKNO"],
}
positions = st.integers(-4, 4).filter(bool) | st.sampled_from([1, -1, 366])


@st.composite
def starts(draw: st.DrawFn) -> tuple[str, datetime]:
    """Draw a zone and a local time, often near a change of its clock."""
    key, day = draw(st.sampled_from(ODD_DAYS))
    before = draw(st.sampled_from([0, 0, 1, 2, 7, 14, 31, 90]))
    hour, minute = draw(st.sampled_from([0, 1, 2, 9, 23])), draw(st.sampled_from([0, 0, 15, 30]))
    start = datetime.fromisoformat(day) - timedelta(days=before)
    return key, max(start, datetime(1970, 1, 3)).replace(hour=hour, minute=minute)


@st.composite
def rules(draw: st.DrawFn, freqs: tuple[str, ...] = tuple(FREQS)) -> tuple[str, RuleCase]:
    """Draw a rule with a start in a zone."""
    key, start = draw(starts())
    freq = draw(st.sampled_from(freqs))
    names = draw(st.lists(st.sampled_from(ALLOWED[freq]), unique=True, max_size=3))
    lists = {
        name: draw(st.lists(LISTS[name], min_size=1, max_size=4, unique=True)) for name in names
    }
    by_day = draw(_by_day(freq, "BYWEEKNO" in lists)) if draw(st.booleans()) else []
    if (lists or by_day) and draw(st.sampled_from([True, False, False])):
        lists["BYSETPOS"] = draw(st.lists(positions, min_size=1, max_size=2, unique=True))
    ends = draw(st.sampled_from(["never", "never", "count", "until"]))
    case = RuleCase(
        freq=freq,
        start=start,
        interval=draw(st.sampled_from([1, 1, 1, 2, 3, 5, 12, 24, 100])),
        count=draw(st.integers(1, 40)) if ends == "count" else None,
        until=start + WINDOWS[freq] * draw(st.floats(0, 1)) if ends == "until" else None,
        lists=lists,
        by_day=by_day,
        wkst=draw(st.sampled_from(DAYS)),
    )
    return key, case


@st.composite
def skipping_rules(draw: st.DrawFn) -> tuple[str, RuleCase]:
    """Draw a monthly or yearly rule with SKIP."""
    key, start = draw(starts())
    numbers = st.sampled_from([28, 29, 30, 31, 1, 2, 15, -28, -29, -30, -31, -1])
    lists = {"BYMONTHDAY": draw(st.lists(numbers, min_size=1, max_size=4, unique=True))}
    by_day = draw(_by_day("DAILY", True)) if draw(st.booleans()) else []
    if not by_day and draw(st.booleans()):
        del lists["BYMONTHDAY"]
        start = start.replace(month=1, day=draw(st.integers(29, 31)))
    for name in draw(st.lists(st.sampled_from(["BYMONTH", "BYHOUR"]), unique=True)):
        lists[name] = draw(st.lists(LISTS[name], min_size=1, max_size=4, unique=True))
    if lists and draw(st.booleans()):
        lists["BYSETPOS"] = draw(st.lists(positions, min_size=1, max_size=2, unique=True))
    case = RuleCase(
        freq=draw(st.sampled_from(["MONTHLY", "YEARLY"])),
        start=start,
        interval=draw(st.sampled_from([1, 1, 2, 3])),
        lists=lists,
        by_day=by_day,
        skip=draw(st.sampled_from(["BACKWARD", "FORWARD"])),
    )
    return key, case


def _by_day(freq: str, plain: bool) -> st.SearchStrategy[list[tuple[int, str]]]:
    """Draw weekdays, numbered where that is allowed."""
    weekday = st.sampled_from(DAYS)
    numbers = st.just(0)
    if freq in ("YEARLY", "MONTHLY") and not plain:
        most = 53 if freq == "YEARLY" else 5
        numbers |= st.integers(1, 5) | st.integers(-5, -1) | st.sampled_from([most, -most])
    return st.lists(st.tuples(numbers, weekday), min_size=1, max_size=4, unique=True)
