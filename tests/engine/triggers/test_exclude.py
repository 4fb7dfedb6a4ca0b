"""Except: excluded dates and instants; occurrences left out, or moved to another day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.errors import BadTriggerError, SearchLimitError
from duetime.engine.instants import DAY, HOUR, Instant, iso, to_instant
from duetime.engine.triggers import (
    AnyOf,
    Daily,
    Every,
    Except,
    Monthly,
    OnDemand,
    Trigger,
    Weekly,
    trigger_from_json,
)
from duetime.engine.triggers.exclude import MOVE_DAYS, Exclusions
from tests.engine.triggers.oracle import exists, instant, moment
from tests.engine.triggers.strategies import ODD_DAYS

NINE = Daily("09:00", tz="UTC")
HOLIDAYS = Exclusions("feast", version="1", dates=["2026-12-26", "2026-12-25"], tz="UTC")


def first(trigger: Trigger, start: str, count: int = 3) -> list[str]:
    """Return the first few occurrences after a start as text."""
    found, after = list[str](), trigger.next_after(to_instant(start))
    while after is not None and len(found) < count:
        found.append(iso(after)[5:16])
        after = trigger.next_after(after)
    return found


@pytest.mark.parametrize(
    ("on_excluded", "expected"),
    [
        ("skip", ["12-24T09:00", "12-27T09:00", "12-28T09:00"]),
        # A daily task meets itself on the day that it is moved to, and there is one.
        ("next_allowed", ["12-24T09:00", "12-27T09:00", "12-28T09:00"]),
        ("previous_allowed", ["12-24T09:00", "12-27T09:00", "12-28T09:00"]),
    ],
)
def test_a_daily_task_leaves_holidays_out(on_excluded: str, expected: list[str]) -> None:
    """Whatever becomes of the occurrence, it is not on the excluded date."""
    trigger = Except(NINE, HOLIDAYS, on_excluded=on_excluded)
    assert first(trigger, "2026-12-24T00:00Z") == expected


@pytest.mark.parametrize(
    ("on_excluded", "expected"),
    [
        ("skip", ["01-25T09:00", "02-25T09:00"]),
        ("next_allowed", ["12-27T09:00", "01-25T09:00"]),
        ("previous_allowed", ["12-24T09:00", "01-25T09:00"]),
    ],
)
def test_a_monthly_task_moves_to_the_next_or_the_last_working_day(
    on_excluded: str, expected: list[str]
) -> None:
    """By whole days, over as many excluded ones as there are in a row."""
    trigger = Except(Monthly(25, "09:00", tz="UTC"), HOLIDAYS, on_excluded=on_excluded)
    assert first(trigger, "2026-12-01T00:00Z", 2) == expected
    assert first(trigger, "2026-12-26T09:30Z", 1) == [
        expected[0] if on_excluded == "next_allowed" else "01-25T09:00"
    ]


def test_weekends_can_be_excluded_by_a_trigger() -> None:
    """Excluded triggers exclude their exact instants; the 1st moves on to Monday."""
    weekend = Weekly(["sat", "sun"], "09:00", tz="UTC")
    monthly = Monthly(1, "09:00", tz="UTC")
    assert first(Except(monthly, weekend), "2026-01-15T00:00Z", 2) == ["04-01T09:00", "05-01T09:00"]
    moved = Except(monthly, weekend, on_excluded="next_allowed")
    assert first(moved, "2026-01-15T00:00Z", 2) == ["02-02T09:00", "03-02T09:00"]
    other_time = Except(monthly, Weekly(["sat", "sun"], "09:01", tz="UTC"))
    assert first(other_time, "2026-01-15T00:00Z", 1) == ["02-01T09:00"]


def test_dates_are_those_of_the_zone_of_the_exclusions() -> None:
    """09:00 in Tokyo on the 25th is still the 24th in New York, and allowed there."""
    tokyo = Daily("09:00", tz="Asia/Tokyo")
    there = Exclusions("x", version="1", dates=["2026-12-25"], tz="America/New_York")
    assert first(Except(tokyo, there), "2026-12-24T12:00Z", 2) == ["12-25T00:00", "12-27T00:00"]
    assert first(Except(tokyo, "2026-12-25"), "2026-12-24T12:00Z", 2) == [
        "12-26T00:00",
        "12-27T00:00",
    ]


places = st.sampled_from(ODD_DAYS)
exclusion_days = st.sets(st.integers(-6, 6), max_size=9)
Excluded = tuple[str, set[date]]


@given(
    places,
    st.sampled_from(["skip", "next_allowed", "previous_allowed"]),
    st.lists(
        st.tuples(st.sampled_from(["", "Asia/Tokyo", "America/New_York"]), exclusion_days),
        max_size=2,
    ),
    st.sampled_from(["00:30", "02:30", "12:00", "23:30"]),
    st.sets(st.integers(-5, 5), min_size=1),
    st.lists(st.sampled_from(["sat", "sun", "wed"]), unique=True, max_size=2),
)
def test_what_is_left_is_what_the_dates_say(
    place: tuple[str, str],
    on_excluded: str,
    sets: list[tuple[str, set[int]]],
    at: str,
    days: set[int],
    weekdays: list[str],
) -> None:
    """Every occurrence is moved by hand, day by day; all ways to iterate agree."""
    key, near = place[0], date.fromisoformat(place[1])
    inner = AnyOf(*(Daily(at, tz=key, every=10**6, anchor=near + timedelta(days=n)) for n in days))
    dates = [(zone or key, {near + timedelta(days=n) for n in numbers}) for zone, numbers in sets]
    parts = [Exclusions("x", version="1", dates=each, tz=zone) for zone, each in dates]
    also = [Weekly(weekdays, at, tz=key)] if weekdays else []
    if not (parts or also):
        parts = [Exclusions("none", version="1", dates=[], tz="UTC")]
    trigger = Except(inner, *parts, *also, on_excluded=on_excluded)
    low = max(instant(datetime.combine(near, datetime.min.time(), UTC)) - 45 * DAY, 0)
    found = list(trigger.between(low, low + 90 * DAY))
    moved = moved_by_hand(
        inner.between(low - 9 * DAY, low + 90 * DAY), key, dates, also, on_excluded
    )
    assert found == [each for each in moved if each > low]
    assert all_backwards(trigger, low, low + 90 * DAY) == found


def moved_by_hand(
    instants: object, key: str, dates: list[Excluded], also: list[Weekly], on_excluded: str
) -> list[Instant]:
    """Move each occurrence with zoneinfo alone."""
    step = {"skip": 0, "next_allowed": 1, "previous_allowed": -1}[on_excluded]
    found = set()
    for each in instants:  # type: ignore[attr-defined]  # an iterator
        local = moment(each, key).replace(tzinfo=None)
        for days in range(MOVE_DAYS + 1):
            target = local + timedelta(days=step * days)
            place = resolve(target, key) if days else each
            if place is not None and not excluded(place, dates, also):
                found.add(place)
                break
            if not step:
                break
    return sorted(found)


def resolve(local: datetime, key: str) -> Instant | None:
    """Return the instant of a clock time, the first of two; after a gap the first there is."""
    there = local.replace(tzinfo=ZoneInfo(key), fold=0)
    if exists(there):
        return instant(there)
    if not any(exists(there.replace(hour=hour, minute=0)) for hour in range(24)):
        return None
    before, after = instant(there.replace(fold=1)), instant(there)
    offset = moment(before, key).utcoffset()
    return next(
        second
        for second in range(before - before % 10**9, after + 10**9, 10**9)
        if moment(second, key).utcoffset() != offset
    )


def excluded(each: Instant, dates: list[Excluded], also: list[Weekly]) -> bool:
    """Tell whether an instant is on an excluded date or among those of a trigger."""
    return any(moment(each, zone).date() in days for zone, days in dates) or any(
        each in weekly.between(each - 1, each) for weekly in also
    )


def all_backwards(trigger: Trigger, low: Instant, high: Instant) -> list[Instant]:
    """Ask for one before another."""
    found: list[Instant] = []
    before = trigger.previous_before(high + 1)
    while before is not None and before > low:
        found.append(before)
        before = trigger.previous_before(before)
    return found[::-1]


def test_what_is_excluded_itself_leaves_nothing() -> None:
    """Known at once, without a search, also for a union of which all parts are excluded."""
    second = Every(seconds=1)
    for nothing in (Except(second, second), Except(AnyOf(second, NINE), NINE, second)):
        assert (nothing.next_after(0), nothing.previous_before(DAY)) == (None, None)
        assert list(nothing.between(0, DAY)) == []
    assert Except(AnyOf(second, NINE), NINE).next_after(0) == 1_000_000_000
    # Moved, a Monday that is excluded becomes a Tuesday.
    monday = Weekly("mon", "09:00", tz="UTC")
    assert first(Except(monday, monday, on_excluded="next_allowed"), "2026-01-01T00:00Z", 1) == [
        "01-06T09:00"
    ]


def test_a_search_without_a_match_ends() -> None:
    """None after 40 years, and also where nothing can be moved anywhere."""
    twice = Daily(["09:00", "10:00"], tz="UTC")
    nothing = Except(NINE, twice)
    assert (nothing.next_after(0), nothing.previous_before(50 * 366 * DAY)) == (None, None)
    assert Except(OnDemand(), NINE).next_after(0) is None
    assert Except(OnDemand(), NINE).previous_before(DAY) is None
    for way in ("next_allowed", "previous_allowed"):
        assert list(Except(NINE, twice, on_excluded=way).between(0, 90 * DAY)) == []


def test_years_of_excluded_dates_are_leapt_over() -> None:
    """A task of every second that is excluded for ten years is found behind them at once."""
    start = date(2026, 1, 1)
    days = [start + timedelta(days=n) for n in range(3653)]
    trigger = Except(
        Every(seconds=1), Exclusions("long", version="1", dates=days, tz="Europe/Berlin")
    )
    after = to_instant("2026-01-01T00:00+01:00")
    assert trigger.next_after(after) == to_instant("2036-01-02T00:00+01:00")
    assert trigger.previous_before(to_instant("2036-01-01T00:00+01:00")) == after - 10**9
    assert trigger.count(after, after + 3600 * DAY) == 0


def test_a_search_that_refuses_too_much_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is on the work, for each of the three ways."""
    monkeypatch.setattr("duetime.engine.triggers.exclude.SEARCH_LIMIT", 50)
    twice = Daily(["09:00", "10:00"], tz="UTC")
    message = r"were refused one by one .* exclude whole dates"
    for way in ("skip", "next_allowed", "previous_allowed"):
        with pytest.raises(SearchLimitError, match=message):
            Except(NINE, twice, on_excluded=way).next_after(0)
    with pytest.raises(SearchLimitError, match=message):
        Except(NINE, twice).previous_before(400 * DAY)


def test_it_can_be_asked_what_excludes_an_instant() -> None:
    """The set with its name and version, or the trigger."""
    ten = Daily("10:00", tz="UTC")
    trigger = Except(AnyOf(NINE, ten), HOLIDAYS, ten)
    christmas = to_instant("2026-12-25T10:00Z")
    assert trigger.exclusion_of(christmas) == HOLIDAYS
    assert trigger.exclusion_of(christmas - DAY) == ten
    assert trigger.exclusion_of(christmas - DAY - HOUR) is None


def test_named_dates_are_kept_in_order_each_once() -> None:
    """Dates or text; shared by equality, not by identity."""
    given = Exclusions(
        "feast", version="1", dates=[date(2026, 12, 26), "2026-12-25", "2026-12-26"], tz=UTC
    )
    assert given == HOLIDAYS
    assert given.dates == (date(2026, 12, 25), date(2026, 12, 26))
    assert hash(given) == hash(HOLIDAYS)
    assert Exclusions("feast", version="2", dates=given.dates, tz="UTC") != given
    assert Exclusions.from_json(given.to_json()) == given


@pytest.mark.parametrize(
    "trigger",
    [
        Except(NINE, HOLIDAYS),
        Except(
            NINE, "2026-12-25", [date(2026, 12, 26), "2026-12-31"], Weekly("mon", "09:00", tz="UTC")
        ),
        Except(Every("1h"), HOLIDAYS, NINE, on_excluded="next_allowed"),
    ],
    ids=repr,
)
def test_it_survives_as_text_and_as_json(trigger: Except) -> None:
    """Names, versions and dates are written with the trigger."""
    assert eval(repr(trigger)) == trigger == trigger_from_json(trigger.to_json())
    assert hash(trigger) == hash(eval(repr(trigger)))


def test_plain_dates_are_one_set_in_the_zone_of_the_trigger() -> None:
    """However they are given."""
    trigger = Except(Daily("09:00", tz="Asia/Tokyo"), date(2026, 12, 25), ["2026-12-31"])
    assert trigger.excluded == (
        Exclusions("dates", version="", dates=["2026-12-25", "2026-12-31"], tz="Asia/Tokyo"),
    )
    assert trigger.tz == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Except(NINE), "Except excludes nothing; give triggers, dates or Exclusions"),
        (
            lambda: Except(Every("1h"), "2026-12-25"),
            r"dates need a zone, and Every\('1h'\) has none",
        ),
        (
            lambda: Except(AnyOf(NINE, Daily("09:00", tz="Asia/Tokyo")), "2026-12-25"),
            "dates need a zone, and .* has 2; give them as Exclusions",
        ),
        (lambda: Except(NINE, "25.12.2026"), "dates '25.12.2026' is no date; pass"),
        (lambda: Except(NINE, 5), "5 is no trigger"),  # type: ignore[arg-type]
        (
            lambda: Except(NINE, HOLIDAYS, on_excluded="move"),
            "excluded 'move' is unknown; allowed are",
        ),
        (
            lambda: Exclusions("x", version="1", dates="2026", tz="UTC"),
            "Exclusions: dates '2026' is no date",
        ),
    ],
)
def test_what_cannot_be_excluded_is_refused(make: type[Except], message: str) -> None:
    """The message says what is allowed and what to do."""
    with pytest.raises(BadTriggerError, match=message):
        make()
