"""The numbered properties of wall-clock time, 37 to 41, for calendar and combined triggers."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings

from duetime.engine.instants import DAY, HOUR, MINUTE, SECOND, to_instant
from duetime.engine.triggers import Daily, Trigger
from duetime.engine.zones import zone
from tests.engine.triggers.oracle import moment, occurrences, scan
from tests.engine.triggers.strategies import FOLDS, GAPS, Case, cases, triggers

ANY_DAY = date.min.__le__


def walk(trigger: Trigger, after: int, until: int) -> list[int]:
    """Ask for one after another."""
    found: list[int] = []
    instant = trigger.next_after(after)
    while instant is not None and instant <= until:
        found.append(instant)
        instant = trigger.next_after(instant)
    return found


def walk_back(trigger: Trigger, before: int, down_to: int) -> list[int]:
    """Ask for one before another, and turn the list round."""
    found: list[int] = []
    instant = trigger.previous_before(before)
    while instant is not None and instant >= down_to:
        found.append(instant)
        instant = trigger.previous_before(instant)
    return found[::-1]


@given(triggers())
def test_p37_the_next_is_later_and_is_found_from_just_before(drawn: tuple[Trigger, int]) -> None:
    """next_after(t) > t, and next_after(next − 1) == next, also inside of a fold."""
    trigger, after = drawn
    for _ in range(5):
        found = trigger.next_after(after)
        if found is None:
            break
        assert found > after
        assert trigger.next_after(found - 1) == found
        assert trigger.next_after((after + found) // 2) == found
        after = found


@given(triggers())
def test_p38_all_ways_to_iterate_visit_the_same(drawn: tuple[Trigger, int]) -> None:
    """One after another, backwards and at once: each occurrence once, in order."""
    trigger, near = drawn
    low, high = near - 3 * DAY, near + 4 * DAY
    found = walk(trigger, low, high)
    assert list(trigger.between(low, high)) == found
    assert walk_back(trigger, high + 1, low + 1) == found
    assert trigger.count(low, high) == len(found)
    assert found == sorted(set(found))


@settings(max_examples=60)
@given(cases())
def test_p38_a_scan_of_the_dates_visits_the_same(case: Case) -> None:
    """The dates one by one, each time resolved with zoneinfo."""
    window, expected = case.expected(days=45)
    assert list(case.trigger.between(window[0] - 1, window[1])) == expected


@settings(max_examples=30)
@given(cases("D"))
def test_p38_a_scan_of_the_minutes_visits_the_same(case: Case) -> None:
    """Every minute of some days: with gap=skip and fold=both, due means that the clock shows it."""
    at = tuple(time(one.hour, one.minute) for one in case.at)
    trigger = Daily(at, tz=case.key, gap="skip", fold="both")
    # Monrovia's minutes do not begin with those of UTC.
    start = case.near - case.near % MINUTE - zone(case.key).offset(case.near) % MINUTE
    window = (start - 2 * DAY, start + 2 * DAY)
    if case.key != "Africa/Monrovia":
        assert list(trigger.between(window[0] - 1, window[1])) == scan(
            case.key, ANY_DAY, at, window
        )


def changes(key: str) -> list[int]:
    """Return when a zone changes its offset, 1970 to 2037, as the zone's table has it."""
    return zone(key).changes(0, to_instant("2037-12-31T00:00Z"))


def zones_with_changes_of_their_own() -> list[str]:
    """Return one zone for each list of changes: many are other names of the same."""
    found: dict[tuple[tuple[int, int], ...], str] = {}
    for key in sorted(zoneinfo.available_timezones()):
        found.setdefault(tuple((each, zone(key).offset(each)) for each in changes(key)), key)
    return [key for table, key in found.items() if table]


@pytest.mark.slow
@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("fold", FOLDS)
def test_p39_one_for_each_existing_date_at_every_change(gap: str, fold: str) -> None:
    """For every zone and every change: Daily is what zoneinfo says, around the change."""
    for key in zones_with_changes_of_their_own():
        for index, change in enumerate(changes(key)):
            at = times_around(key, change, index)
            trigger = Daily(at, tz=key, gap=gap, fold=fold)
            window = (change - DAY, change + DAY)
            expected = occurrences(key, ANY_DAY, at, window=window, gap=gap, fold=fold)
            assert walk(trigger, window[0] - 1, window[1]) == expected, (key, change)
            assert walk_back(trigger, window[1] + 1, window[0]) == expected, (key, change)


def times_around(key: str, change: int, index: int) -> list[time]:
    """Return two times of day near a change: one that it may skip or repeat, and one beside it."""
    before, after = moment(change - SECOND, key), moment(change, key)
    shown = before + timedelta(seconds=1)
    inside = (shown.replace(tzinfo=None), after.replace(tzinfo=None))
    middle = min(inside) + abs(inside[0] - inside[1]) / 2
    other = (min(inside), max(inside), max(inside) - timedelta(seconds=1))[index % 3]
    return [middle.time(), other.time()]


@pytest.mark.slow
def test_p39_no_zone_skips_more_or_less_than_a_date_where_it_skips_a_day() -> None:
    """Gaps of 24 hours are whole dates, so that a date is either there or not."""
    for key in zones_with_changes_of_their_own():
        for change in changes(key):
            before, after = (zone(key).offset(each) for each in (change - 1, change))
            if after - before >= DAY:
                assert (after - before, (change + before) % DAY) == (DAY, 0), (key, change)


@pytest.mark.parametrize(
    ("key", "missing"),
    [("Pacific/Apia", "2011-12-30"), ("Pacific/Kwajalein", "1993-08-21"), ("UTC", "")],
)
@pytest.mark.parametrize("gap", GAPS)
def test_p39_a_skipped_date_has_none(key: str, missing: str, gap: str) -> None:
    """One occurrence for each date around it, none for the date that the zone skipped."""
    start = to_instant(f"{missing or '2011-12-30'}T00:00Z")
    trigger = Daily("12:00", tz=key, gap=gap)
    found = [
        str(moment(each, key).date()) for each in trigger.between(start - 3 * DAY, start + 3 * DAY)
    ]
    first = moment(start - 3 * DAY, key).date()
    days = [str(first + timedelta(days=n)) for n in range(8)]
    assert found == [day for day in days if day != missing and found[0] <= day <= found[-1]]


CANONICAL = [
    # key, time, start of the search, first / second / both of a fold or next_valid / shift of a gap
    ("Europe/Berlin", "02:30", "2026-03-28T12:00Z", "gap", ["03-29 01:00", "03-29 01:30"]),
    ("America/New_York", "02:30", "2026-03-07T12:00Z", "gap", ["03-08 07:00", "03-08 07:30"]),
    ("Australia/Lord_Howe", "02:15", "2024-10-05T00:00Z", "gap", ["10-05 15:30", "10-05 15:45"]),
    ("America/Sao_Paulo", "00:30", "2018-11-03T12:00Z", "gap", ["11-04 03:00", "11-04 03:30"]),
    ("America/Nuuk", "23:30", "2024-03-30T12:00Z", "gap", ["03-31 01:00", "03-31 01:30"]),
    ("Europe/Berlin", "02:30", "2026-10-24T12:00Z", "fold", ["10-25 00:30", "10-25 01:30"]),
    ("America/New_York", "01:30", "2026-10-31T12:00Z", "fold", ["11-01 05:30", "11-01 06:30"]),
    ("Australia/Lord_Howe", "01:45", "2024-04-06T00:00Z", "fold", ["04-06 14:45", "04-06 15:15"]),
    ("America/Sao_Paulo", "23:30", "2018-02-17T12:00Z", "fold", ["02-18 01:30", "02-18 02:30"]),
]


@pytest.mark.parametrize(("key", "at", "start", "kind", "expected"), CANONICAL)
def test_p40_gap_and_fold_hold_on_canonical_changes(
    key: str, at: str, start: str, kind: str, expected: list[str]
) -> None:
    """Next valid, shifted, left out; the first, the second, both: in UTC. Apia stands at p39."""
    after = to_instant(start)

    def due(**policy: str) -> list[str]:
        trigger = Daily(at, tz=key, **policy)  # type: ignore[arg-type]  # names of policies
        found = trigger.between(after, after + 20 * HOUR)
        return [moment(each).strftime("%m-%d %H:%M") for each in found]

    if kind == "gap":
        assert [due(), due(gap="shift"), due(gap="skip")] == [expected[:1], expected[1:], []]
    else:
        assert [due(), due(fold="second"), due(fold="both")] == [
            expected[:1],
            expected[1:],
            expected,
        ]


@given(cases())
def test_p41_a_zone_of_fixed_offset_is_utc_shifted(case: Case) -> None:
    """The same trigger in Etc/GMT-2 (+02:00) is due two hours earlier than in UTC."""
    data = case.trigger.to_json()
    there, utc = (type(case.trigger).from_json(_in_zone(data, key)) for key in ("Etc/GMT-2", "UTC"))
    expected = [
        each - 2 * HOUR for each in islice(utc.between(case.near, case.near + 50 * DAY), 40)
    ]
    found = there.between(case.near - 2 * HOUR, case.near + 50 * DAY - 2 * HOUR)
    assert list(islice(found, 40)) == expected


def _in_zone(data: dict[str, object], key: str) -> dict[str, object]:
    return {**{name: value for name, value in data.items() if name != "type"}, "tz": key}


def test_the_oracle_knows_a_gap_and_a_fold() -> None:
    """What the other tests compare with, written out for Berlin in 2026."""
    day = datetime(2026, 3, 29, tzinfo=UTC)
    window = (to_instant(day - timedelta(days=1)), to_instant(day + timedelta(days=1)))
    at = [time(2, 30)]
    by_gap = {
        gap: occurrences("Europe/Berlin", ANY_DAY, at, window=window, gap=gap) for gap in GAPS
    }
    assert {gap: [str(moment(each))[:16] for each in found] for gap, found in by_gap.items()} == {
        "next_valid": ["2026-03-28 01:30", "2026-03-29 01:00"],
        "shift": ["2026-03-28 01:30", "2026-03-29 01:30"],
        "skip": ["2026-03-28 01:30"],
    }
