"""Within: windows of the time of day, over midnight, on weekdays, through changes of the clock."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.errors import BadTriggerError, SearchLimitError
from duetime.engine.instants import DAY, HOUR, MINUTE, iso, to_instant
from duetime.engine.triggers import (
    Daily,
    Every,
    OnDemand,
    Trigger,
    Weekly,
    Within,
    trigger_from_json,
)
from tests.engine.triggers.oracle import instant, moment
from tests.engine.triggers.strategies import ODD_DAYS

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))


def inside(local: datetime, opens: time, closes: time, days: set[int]) -> bool:
    """Tell whether a clock shows a time inside a window: by the words of the rule."""
    clock = local.time()
    if opens < closes:
        return opens <= clock <= closes and local.weekday() in days
    if clock >= opens:
        return local.weekday() in days
    return clock <= closes and (local.weekday() - 1) % 7 in days


@given(
    st.sampled_from(ODD_DAYS),
    times,
    times,
    st.sets(st.integers(0, 6), min_size=1),
    st.sampled_from(
        [Every(minutes=10), Every(minutes=47), Weekly(range(6), ["01:30", "23:30"], tz="UTC")]
    ),
)
def test_what_is_inside_is_what_the_clock_shows(
    place: tuple[str, str], opens: time, closes: time, days: set[int], trigger: Trigger
) -> None:
    """Every occurrence is looked at on the clock of the zone; all ways to iterate agree."""
    key, day = place
    opens, closes = (opens, closes) if opens != closes else (time(9), time(17))
    within = Within(trigger, between=(opens, closes), days=sorted(days), tz=key)
    near = instant(datetime.fromisoformat(day).replace(tzinfo=UTC))
    low, high = near - 4 * DAY, near + 4 * DAY
    expected = [
        each
        for each in trigger.between(low, high)
        if inside(moment(each, key), opens, closes, days)
    ]
    assert list(within.between(low, high)) == expected
    assert within.count(low, high) == len(expected)
    back, found = within.previous_before(high + 1), list[int]()
    while back is not None and back > low:
        found.append(back)
        back = within.previous_before(back)
    assert found[::-1] == expected


def first(trigger: Trigger, start: str, count: int) -> list[str]:
    """Return the first few occurrences as text."""
    found, after = list[str](), trigger.next_after(to_instant(start))
    while after is not None and len(found) < count:
        found.append(iso(after)[5:16])
        after = trigger.next_after(after)
    return found


def test_both_ends_of_a_window_are_inside() -> None:
    """To the nanosecond, and no more."""
    half_hourly = Within(Every(minutes=30), between=("09:00", "10:00"), tz="UTC")
    assert first(half_hourly, "2026-01-01T00:00Z", 4) == [
        "01-01T09:00",
        "01-01T09:30",
        "01-01T10:00",
        "01-02T09:00",
    ]


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens() -> None:
    """Friday's night ends on Saturday morning."""
    night = Within(Every(hours=4), between=("22:00", "06:00"), days="fri", tz="UTC")
    # 2026-01-02 is a Friday.
    assert first(night, "2026-01-01T00:00Z", 4) == [
        "01-03T00:00",
        "01-03T04:00",
        "01-10T00:00",
        "01-10T04:00",
    ]


def test_without_a_window_the_whole_day_is_inside() -> None:
    """From the first instant to the last."""
    weekend = Within(Every(hours=12), days=["sat", "sun"], tz="Asia/Tokyo")
    assert first(weekend, "2026-01-01T00:00Z", 5) == [
        "01-03T00:00",
        "01-03T12:00",
        "01-04T00:00",
        "01-04T12:00",
        "01-10T00:00",
    ]


def test_hours_that_come_again_are_inside_again() -> None:
    """Berlin, 2026-10-25: 02:00 to 02:59 is shown twice, so half-hourly runs are four."""
    trigger = Within(Every(minutes=30), between=("02:00", "02:59"), tz="Europe/Berlin")
    assert first(trigger, "2026-10-24T12:00Z", 4) == [
        "10-25T00:00",
        "10-25T00:30",
        "10-25T01:00",
        "10-25T01:30",
    ]


def test_a_search_without_a_match_ends() -> None:
    """None after 40 years; what lies outside of windows is leapt over."""
    never = Within(Daily("08:00", tz="UTC"), between=("09:00", "17:00"), tz="UTC")
    assert (never.next_after(0), never.previous_before(50 * 366 * DAY)) == (None, None)
    nothing = Within(OnDemand(), days="mon", tz="UTC")
    assert (nothing.next_after(0), nothing.previous_before(DAY)) == (None, None)
    dense = Within(Every(milliseconds(1)), between=("09:00", "09:01"), days="sun", tz="UTC")
    # 1970-01-04 was the first Sunday.
    assert dense.next_after(0) == 3 * DAY + 9 * HOUR
    assert dense.previous_before(3 * DAY) is None
    assert dense.count(0, 7 * DAY) == MINUTE // 1_000_000 + 1


def milliseconds(number: int) -> timedelta:
    """Return a short period."""
    return timedelta(milliseconds=number)


def test_a_search_that_misses_too_many_windows_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is on the work."""
    monkeypatch.setattr("duetime.engine.triggers.within.SEARCH_LIMIT", 100)
    never = Within(Daily("08:00", tz="UTC"), between=("09:00", "17:00"), tz="UTC")
    with pytest.raises(SearchLimitError, match="searched from 1970-01-01T00:00:00Z"):
        never.next_after(0)
    with pytest.raises(SearchLimitError, match="searched from 1971-01-01T00:00:00Z"):
        never.previous_before(365 * DAY)


def test_a_search_ends_with_the_supported_years() -> None:
    """Past the last window of 2261 there is nothing, and before the first of 1800."""
    trigger = Within(Daily("09:00", tz="UTC"), between=("09:00", "17:00"), tz="UTC")
    assert iso(trigger.previous_before(1 << 63) or 0) == "2261-12-31T09:00:00Z"
    assert trigger.next_after(to_instant("2261-12-31T10:00Z")) is None
    early = Within(Daily("08:00", tz="UTC"), between=("09:00", "17:00"), tz="UTC")
    assert early.previous_before(-150 * 366 * DAY) is None
    assert early.next_after(to_instant("2261-12-31T00:00Z")) is None


@pytest.mark.parametrize(
    "trigger",
    [
        Within(Every("5m"), between=("09:00", "17:30"), tz="UTC"),
        Within(Every("5m"), between=[time(22), "06:00"], days=["sun", 0], tz="Asia/Tokyo"),
        Within(Every("5m"), days=range(5), tz="Europe/Berlin"),
    ],
    ids=repr,
)
def test_it_survives_as_text_and_as_json(trigger: Within) -> None:
    """Window and days are kept as they were meant."""
    assert eval(repr(trigger)) == trigger == trigger_from_json(trigger.to_json())
    assert hash(trigger) == hash(eval(repr(trigger)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Within(Every("5m"), tz="UTC"), "Within limits nothing; give between="),
        (lambda: Within(Every("5m"), between="09:00", tz="UTC"), "give two times of day such as"),
        (lambda: Within(Every("5m"), between=["09:00"], tz="UTC"), "give two times of day"),
        (lambda: Within(Every("5m"), between=("9", "10:00"), tz="UTC"), "between '9' is no time"),
        (lambda: Within(Every("5m"), between=("09:00", "9:00"), tz="UTC"), "leave it out for the"),
        (lambda: Within(Every("5m"), days="someday", tz="UTC"), "weekday 'someday' is unknown"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(make: type[Within], message: str) -> None:
    """The message says what is allowed and what to do."""
    with pytest.raises(BadTriggerError, match=message):
        make()
