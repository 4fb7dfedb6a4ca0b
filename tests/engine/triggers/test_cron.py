"""Cron expressions as triggers: which instants they pick, in every zone, through every change."""

import copy
import json
import pickle
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetime.engine.errors import BadTriggerError, CronSyntaxError, UnknownZoneError
from duetime.engine.instants import DAY, HOUR, LAST_INSTANT, MINUTE, SECOND, to_instant
from duetime.engine.policies import Fold, Gap
from duetime.engine.triggers import Cron, Daily, trigger_from_json
from duetime.engine.triggers.base import clamp
from duetime.engine.zones import zone
from tests.engine.triggers.cron_oracle import Expression, expressions, shown
from tests.engine.triggers.oracle import instant, moment
from tests.engine.triggers.strategies import ODD_DAYS

CASES = Path(__file__).parents[2] / "cases"
POLICIES: dict[str, dict[str, str]] = {
    "any": {},
    "vixie": {},
    "scan": {"gap": "skip", "fold": "both"},
    "skip_first": {"gap": "skip", "fold": "first"},
    "skip_second": {"gap": "skip", "fold": "second"},
    "end_first": {"gap": "next_valid", "fold": "first"},
    "end_both": {"gap": "next_valid", "fold": "both"},
    "shift_first": {"gap": "shift", "fold": "first"},
}
"""What the cases call a policy, and how it is said."""
ODD_HOURS = (0, 1, 2, 3, 22, 23)
CHANGES = [(key, day) for key, day in ODD_DAYS if key != "UTC"]
GAPS = st.sampled_from([None, "next_valid", "shift", "skip"])
FOLDS = st.sampled_from([None, "first", "second", "both"])


def case_rows() -> list[dict[str, object]]:
    """Read the cases: an expression, where to start, and what is due then."""
    return [
        json.loads(line)
        for name in ("cron.jsonl", "cron_dst.jsonl")
        for line in (CASES / name).read_text("utf-8").splitlines()
    ]


def walk(trigger: Cron, after: int, count: int) -> list[int]:
    """Ask for one after another."""
    found: list[int] = []
    next_one = trigger.next_after(after)
    while next_one is not None and len(found) < count:
        found.append(next_one)
        next_one = trigger.next_after(next_one)
    return found


def times(trigger: Cron, after: str, count: int) -> list[str]:
    """Return the next ones as a person would write them, in the zone of the trigger."""
    found = walk(trigger, to_instant(after), count)
    return [moment(each, trigger.tz).isoformat(timespec="seconds") for each in found]


@pytest.mark.parametrize("row", case_rows(), ids=lambda row: str(row["id"]))
def test_a_case_of_the_collection(row: dict[str, object]) -> None:
    """What is due strictly after a start, asked for one by one, at once, counted and backwards."""
    policy = POLICIES[str(row["policy"])]
    trigger = Cron(str(row["expr"]), tz=str(row["tz"]), day_rule=str(row["day_rule"]), **policy)
    start, n = int(str(row["start_epoch"])) * SECOND, int(str(row["n"]))
    found = walk(trigger, start, n)
    assert [each // SECOND for each in found] == row["expected_epoch"]
    end = found[-1] if found else start
    assert list(trigger.between(start, end)) == found
    assert trigger.count(start, end) == len(found)
    assert [trigger.previous_before(each) for each in found[1:]] == found[:-1]
    if row["exhausted"]:
        assert trigger.next_after(end) is None


@st.composite
def around_changes(draw: st.DrawFn) -> tuple[str, tuple[int, int]]:
    """Draw a zone and the two days before and after one of its odd dates."""
    key, day = draw(st.sampled_from(CHANGES))
    near = instant(datetime.fromisoformat(day).replace(tzinfo=UTC))
    return key, (near - 2 * DAY + 1, near + 2 * DAY)


@st.composite
def any_change(draw: st.DrawFn) -> tuple[str, tuple[int, int]]:
    """Draw a zone, and the two days before and after the first change since some instant."""
    key = draw(st.sampled_from(sorted(available_timezones())))
    near = draw(st.integers(0, to_instant("2037-01-01T00:00Z")))
    near = next(iter(zone(key).changes(near, LAST_INSTANT)), near)
    near -= near % DAY
    return key, (near - 2 * DAY + 1, near + 2 * DAY)


def check(trigger: Cron, window: tuple[int, int], expected: list[int]) -> None:
    """Hold every way to ask against what is expected in a window, both ends included."""
    low, high = window
    assert list(trigger.between(low - 1, high)) == expected
    assert walk(trigger, low - 1, len(expected)) == expected
    assert trigger.count(low - 1, high) == len(expected)
    back = [trigger.previous_before(each) for each in [*expected[1:], high + 1]]
    assert not expected or back == expected


@settings(max_examples=60)
@given(around_changes(), expressions(near=ODD_HOURS, special=False), GAPS, FOLDS)
def test_p40_changes_of_clocks_do_what_the_policies_say(
    around: tuple[str, tuple[int, int]], expression: Expression, gap: str | None, fold: str | None
) -> None:
    """Every time of the clock, resolved one by one, in zones with every kind of change."""
    key, window = around
    trigger = Cron(expression.text, tz=key, gap=gap, fold=fold)
    check(trigger, window, expression.due(key, window, gap, fold))


@pytest.mark.slow
@settings(max_examples=300)
@given(any_change(), expressions(near=ODD_HOURS, special=False), GAPS, FOLDS)
def test_p39_changes_of_clocks_in_any_zone(
    around: tuple[str, tuple[int, int]], expression: Expression, gap: str | None, fold: str | None
) -> None:
    """The same for any change of any zone since 1970."""
    key, window = around
    trigger = Cron(expression.text, tz=key, gap=gap, fold=fold)
    check(trigger, window, expression.due(key, window, gap, fold))


@settings(max_examples=15)
@given(around_changes(), expressions(near=ODD_HOURS, special=False, seconds=True), GAPS, FOLDS)
def test_seconds_meet_changes_of_clocks_as_minutes_do(
    around: tuple[str, tuple[int, int]], expression: Expression, gap: str | None, fold: str | None
) -> None:
    """With six fields; without policies every second that passes counts."""
    key, (low, high) = around
    window = (low + DAY, high - 2 * DAY + 5 * HOUR)
    trigger = Cron(expression.text, tz=key, gap=gap, fold=fold)
    check(trigger, window, expression.due(key, window, gap, fold))


@settings(max_examples=60)
@given(around_changes(), expressions(near=ODD_HOURS, special=False))
def test_a_scan_of_the_minutes_visits_the_same(
    around: tuple[str, tuple[int, int]], expression: Expression
) -> None:
    """Skipped times do not happen and repeated ones twice: due is each minute that is shown."""
    key, window = around
    # Monrovia's minutes did not begin with those of UTC.
    key = "Europe/Berlin" if key == "Africa/Monrovia" else key
    trigger = Cron(expression.text, tz=key, gap="skip", fold="both")
    assert list(trigger.between(window[0] - 1, window[1])) == shown(expression, key, window)


@settings(max_examples=120)
@given(expressions(), st.dates(date(1971, 1, 1), date(2260, 1, 1)))
def test_days_are_those_of_the_calendar(expression: Expression, start: date) -> None:
    """Lists, steps, L, W, # and both day fields: a year of dates, looked at one by one."""
    days = [start + timedelta(days=number) for number in range(366)]
    expected = [day for day in days if expression.day(day)]
    text = " ".join(["0", "0", *expression.text.split()[2:]])
    midnight = instant(datetime(start.year, start.month, start.day, tzinfo=UTC))
    check(
        Cron(text),
        (midnight, midnight + 366 * DAY - 1),
        [midnight + (day - start).days * DAY for day in expected],
    )


@given(st.sampled_from(CHANGES), expressions(near=ODD_HOURS), st.integers(0, 5 * DAY))
def test_p37_the_next_is_later_and_is_found_from_just_before(
    change: tuple[str, str], expression: Expression, into: int
) -> None:
    """next_after(t) > t, and next_after(next − 1) == next, at any nanosecond around a change."""
    key, day = change
    trigger = Cron(expression.text, tz=key)
    after = instant(datetime.fromisoformat(day).replace(tzinfo=UTC)) - 3 * DAY + into
    for _ in range(4):
        found = trigger.next_after(after)
        if found is None:
            break
        assert found > after
        assert trigger.next_after(found - 1) == found
        assert trigger.previous_before(found + 1) == found
        after = found


@given(expressions(), st.integers(-11, 11), st.integers(0, LAST_INSTANT - DAY))
def test_p41_a_fixed_offset_is_utc_shifted(expression: Expression, hours: int, after: int) -> None:
    """Without changes a zone is UTC, earlier or later; at the end of time, so is what is left."""
    # The names of these zones count westwards.
    there = Cron(expression.text, tz=f"Etc/GMT{-hours:+d}").next_after(after)
    here = Cron(expression.text).next_after(after + hours * HOUR)
    if here is None:
        assert there is None or there + hours * HOUR >= LAST_INSTANT
    else:
        assert there == clamp(here - hours * HOUR)


def test_wildcards_follow_elapsed_time_through_both_changes() -> None:
    """All twelve of twelve half hours in six hours (semantics 2; Celery and Quartz lose some)."""
    half_hours = Cron("*/30 * * * *", tz="Europe/Berlin")
    for night in ("2026-03-29T00:00+01:00", "2026-10-25T00:00+02:00"):
        start = to_instant(night)
        expected = [start + number * 30 * MINUTE for number in range(1, 13)]
        assert list(half_hours.between(start, start + 6 * HOUR)) == expected


@pytest.mark.parametrize(
    ("expression", "options", "spring", "autumn"),
    [
        # What is due in the nights of the changes in Berlin, as hours and minutes of UTC:
        # 01:00 is the end of the gap; 00:30 and 01:30 are the two 02:30 of autumn.
        ("30 2 * * *", {}, ["01:00"], ["00:30"]),
        ("0,30 2 * * *", {}, ["01:00"], ["00:00", "00:30"]),
        ("30 2 * * *", {"gap": "shift"}, ["01:30"], ["00:30"]),
        ("30 2 * * *", {"gap": "skip"}, [], ["00:30"]),
        ("30 2 * * *", {"fold": "second"}, ["01:00"], ["01:30"]),
        ("30 2 * * *", {"fold": "both"}, ["01:00"], ["00:30", "01:30"]),
        ("30 */2 * * *", {}, ["23:30", "02:30"], ["22:30", "00:30", "01:30"]),
        ("30 */2 * * *", {"fold": "first"}, ["23:30", "02:30"], ["22:30", "00:30"]),
        (
            "30 */2 * * *",
            {"gap": "shift"},
            ["23:30", "01:30", "02:30"],
            ["22:30", "00:30", "01:30"],
        ),
        ("0 30 2 * * *", {}, [], ["00:30", "01:30"]),
        ("0 30 2 * * *", {"gap": "next_valid", "fold": "first"}, ["01:00"], ["00:30"]),
        # A list and a full range are no wildcard: only the first character counts.
        ("30 0-23 * * *", {}, ["23:30", "00:30", "01:00", "01:30", "02:30"], None),
        ("30 0,* * * *", {"gap": "skip"}, ["23:30", "00:30", "01:30", "02:30"], None),
    ],
)
def test_the_rule_of_debian_and_the_policies(
    expression: str, options: dict[str, str], spring: list[str], autumn: list[str] | None
) -> None:
    """Fixed times happen once, wildcards follow elapsed time; what is given holds for both."""
    trigger = Cron(expression, tz="Europe/Berlin", **options)
    for night, expected in (("2026-03-28T23:00Z", spring), ("2026-10-24T22:00Z", autumn)):
        start = to_instant(night)
        found = [
            moment(each).strftime("%H:%M") for each in trigger.between(start, start + 4 * HOUR)
        ]
        assert expected is None or found == expected


@pytest.mark.parametrize(
    ("key", "expression", "lost", "made_up"),
    [
        ("Antarctica/Casey", "30 3 * * *", "2009-10-18", "2009-10-18T05:00:00+11:00"),
        ("Pacific/Apia", "0 12 * * *", "2011-12-30", "2011-12-31T00:00:00+14:00"),
        ("Pacific/Kwajalein", "0 12 * * *", "1993-08-21", "1993-08-22T00:00:00+12:00"),
    ],
)
def test_a_gap_of_three_hours_or_more_is_a_correction(
    key: str, expression: str, lost: str, made_up: str
) -> None:
    """By default nothing is made up for then, as in cronie; where a gap policy is given, it is."""
    start = (datetime.fromisoformat(lost) - timedelta(hours=8)).replace(tzinfo=ZoneInfo(key))
    by_default = times(Cron(expression, tz=key), start.isoformat(), 1)
    assert not by_default[0].startswith(lost)
    assert by_default[0].endswith((":30:00+11:00", "T12:00:00+14:00", "T12:00:00+12:00"))
    assert times(Cron(expression, tz=key, gap="next_valid"), start.isoformat(), 1) == [made_up]


def test_a_fixed_time_is_that_of_a_daily_trigger() -> None:
    """Daily("02:30") and "30 2 * * *" agree, also where the clocks change."""
    for key in ("Europe/Berlin", "America/Nuuk", "Australia/Lord_Howe", "America/Sao_Paulo"):
        start, end = to_instant("2016-01-01T00:00Z"), to_instant("2026-01-01T00:00Z")
        daily = Daily(["00:00", "02:15", "23:30"], tz=key)
        several = [Cron(each, tz=key) for each in ("0 0 * * *", "15 2 * * *", "30 23 * * *")]
        found = sorted({each for cron in several for each in cron.between(start, end)})
        assert found == list(daily.between(start, end))


@pytest.mark.parametrize("expression", ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 0 29 2 * 2100"])
def test_an_impossible_date_never_comes(expression: str) -> None:
    """It is a valid expression, and every question ends with an answer."""
    never = Cron(expression, tz="America/New_York")
    assert never.next_after(0) is None
    assert never.previous_before(LAST_INSTANT) is None
    assert list(never.between(0, LAST_INSTANT)) == []
    assert never.count(0, LAST_INSTANT) == 0


def test_a_leap_day_on_a_weekday_is_found_forty_years_on() -> None:
    """29 February on a Friday: every 28 years, and 40 where a century has no leap day."""
    fridays = Cron("0 0 29 2 +FRI")
    expected = ["1980", "2008", "2036", "2064", "2092", "2104", "2132", "2160", "2188", "2228"]
    found = times(fridays, "1970-01-01T00:00Z", 99)
    assert [each[:4] for each in found[: len(expected)]] == expected
    assert max(int(late[:4]) - int(early[:4]) for early, late in pairwise(found)) == 40
    assert walk(fridays, 0, 99)[-1] == fridays.previous_before(LAST_INSTANT)


def test_a_year_far_ahead_is_found_from_anywhere() -> None:
    """The set of instants is fixed: who asks when changes nothing (dialect, axiom 1)."""
    far = Cron("0 0 0 1 1 * 1990,2190")
    assert times(far, "1975-01-01T00:00Z", 3) == [
        "1990-01-01T00:00:00+00:00",
        "2190-01-01T00:00:00+00:00",
    ]
    assert far.previous_before(to_instant("2189-01-01T00:00Z")) == to_instant("1990-01-01T00:00Z")
    assert far.previous_before(to_instant("1980-01-01T00:00Z")) is None
    assert far.next_after(to_instant("2190-01-01T00:00Z")) is None


@pytest.mark.parametrize("key", ["UTC", "Asia/Tokyo", "Pacific/Kiritimati", "America/New_York"])
def test_time_begins_in_1800_and_ends_with_2261(key: str) -> None:
    """Questions from outside of it are answered as well."""
    noon = Cron("0 12 * * *", tz=key)
    first, last = noon.next_after(-(10**30)), noon.previous_before(10**30)
    assert first is not None
    assert last is not None
    assert abs(first - to_instant("1970-01-01T00:00Z") + 62_091 * DAY) < 2 * DAY
    assert LAST_INSTANT - DAY <= last < LAST_INSTANT
    assert noon.previous_before(first) is None
    assert noon.next_after(last) is None
    assert noon.next_after(10**30) is None
    assert list(noon.between(LAST_INSTANT - 3 * DAY, 10**30))[-1] == last


def test_a_start_between_two_seconds_is_taken_exactly() -> None:
    """The next is strictly later than the start, which is never rounded up past it."""
    minutes = Cron("* * * * *")
    assert minutes.next_after(MINUTE - 1) == MINUTE
    assert minutes.next_after(MINUTE) == 2 * MINUTE
    assert Cron("* * * * * *").next_after(MINUTE + 1) == MINUTE + SECOND


def test_every_second_of_a_day_is_not_written_out() -> None:
    """86,400 times of day are told by their minutes and their seconds."""
    every = Cron("* * * * * *", tz="Europe/Berlin")
    start = to_instant("2026-03-29T00:00+01:00")
    found = list(islice(every.between(start, LAST_INSTANT), 200_000))
    assert found == [start + number * SECOND for number in range(1, 200_001)]
    assert every.count(start, start + 23 * HOUR) == 82_800
    assert every.previous_before(start) == start - SECOND


def test_two_zones_one_after_another_do_not_disturb_each_other() -> None:
    """What is kept belongs to one zone and one rule; asking is the same in any order."""
    keys = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC"]
    starts = [to_instant("2026-03-01T00:00Z") + number * 5 * DAY for number in range(20)]
    alone = {key: [Cron("30 2 * * 1", tz=key).next_after(each) for each in starts] for key in keys}
    mixed = [(key, number) for number in range(20) for key in keys]
    for key, number in mixed:
        assert Cron("30 2 * * 1", tz=key).next_after(starts[number]) == alone[key][number]


def test_what_is_derived_does_not_take_part_in_comparing() -> None:
    """Triggers are equal by what was given; spaces and tabs do not matter."""
    one, other = Cron("0 9 * * 1-5", tz="UTC"), Cron(" 0 9\t* *  1-5 ")
    one.next_after(0)
    assert one == other
    assert hash(one) == hash(other)
    assert one != Cron("0 9 * * 1-5", tz="Europe/Berlin")
    assert one != Cron("0 9 * * MON-FRI")


@pytest.mark.parametrize(
    "text",
    [
        "Cron('30 2 * * MON-FRI')",
        "Cron('@daily', tz='Europe/Berlin', gap='shift', fold='both')",
        "Cron('H H * * FRI-MON', name='report', wrap=True, day_rule='vixie')",
    ],
)
def test_a_trigger_is_written_copied_and_stored(text: str) -> None:
    """As the call that makes it, as JSON, as a copy and pickled; also after it was asked."""
    trigger = eval(text, {"Cron": Cron})
    trigger.next_after(0)
    assert repr(trigger) == text
    stored = json.loads(json.dumps(trigger.to_json()))
    for again in (
        trigger_from_json(stored),
        copy.deepcopy(trigger),
        pickle.loads(pickle.dumps(trigger)),
    ):
        assert again == trigger
        assert again.next_after(0) == trigger.next_after(0)


def test_policies_and_zones_are_read_from_text_and_objects() -> None:
    """Enums or their names, a name or a ZoneInfo."""
    by_text = Cron("0 0 1 * MON", tz="Europe/Berlin", gap="SKIP", fold="both", day_rule="AND")
    assert (by_text.gap, by_text.fold, by_text.tz) == (Gap.SKIP, Fold.BOTH, "Europe/Berlin")
    tz = ZoneInfo("Europe/Berlin")
    by_object = Cron("0 0 1 * MON", tz=tz, gap=Gap.SKIP, fold=Fold.BOTH, day_rule=by_text.day_rule)
    assert by_object == by_text


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"tz": "Europe/Berlim"}, UnknownZoneError, "Europe/Berlim"),
        ({"gap": "end"}, BadTriggerError, "gap 'end' is unknown; allowed are 'next_valid'"),
        ({"fold": "last"}, BadTriggerError, "fold 'last' is unknown; allowed are 'first'"),
        ({"name": None}, BadTriggerError, "name=None, wrap=False; allowed are a text, and True"),
        ({"wrap": 1}, BadTriggerError, "name='', wrap=1; allowed are a text, and True or False"),
        (
            {"day_rule": "or"},
            BadTriggerError,
            "'or' is unknown; allowed are 'ocps', 'and', 'vixie'",
        ),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(
    options: dict[str, object], error: type[Exception], message: str
) -> None:
    """The message says what was given and what is allowed."""
    with pytest.raises(error, match=message):
        Cron("0 0 * * *", **options)


@pytest.mark.parametrize(
    ("expression", "day_rule", "days"),
    [
        # September 2026 begins on a Tuesday; Mondays are 7, 14, 21, 28.
        ("0 0 7,8 9 MON", "ocps", [7, 8, 14, 21, 28]),
        ("0 0 7,8 9 MON", "and", [7]),
        ("0 0 7,8 9 MON", "vixie", [7, 8, 14, 21, 28]),
        ("0 0 7,8 9 +MON", "ocps", [7]),
        ("0 0 7,8 9 +MON", "vixie", [7]),
        ("0 0 */10 9 MON", "ocps", [1, 7, 11, 14, 21, 28]),
        ("0 0 */10 9 MON", "vixie", [21]),
        ("0 0 7 9 */5", "ocps", [4, 6, 7, 11, 13, 18, 20, 25, 27]),
        ("0 0 4,7 9 */5", "vixie", [4]),
        ("0 0 1-31 9 MON", "ocps", list(range(1, 31))),
        ("0 0 ? 9 MON", "vixie", [7, 14, 21, 28]),
        ("0 0 7 9 ?", "ocps", [7]),
    ],
)
def test_both_day_fields_go_together_by_the_day_rule(
    expression: str, day_rule: str, days: list[int]
) -> None:
    """Either is enough, both must match, or as cronie reads an asterisk in front."""
    trigger = Cron(expression, day_rule=day_rule)
    window = (to_instant("2026-08-31T12:00Z"), to_instant("2026-09-30T12:00Z"))
    assert [moment(each).day for each in trigger.between(*window)] == days


def test_h_waits_for_the_name_of_a_task() -> None:
    """Without a name it can be written and stored, but not asked; a name that is there stays."""
    unnamed = Cron("H H(1-4) * * THU", tz="Europe/Berlin", gap="skip")
    assert trigger_from_json(unnamed.to_json()) == unnamed
    for ask in (
        lambda: unnamed.next_after(0),
        lambda: unnamed.previous_before(0),
        lambda: unnamed.count(0, 1),
        lambda: list(unnamed.between(0, 1)),
        unnamed.describe,
        lambda: unnamed.mismatches(datetime(2026, 1, 1)),
    ):
        with pytest.raises(CronSyntaxError, match=r"'H H\(1-4\) \* \* THU': H is spread by"):
            ask()
    sweep = unnamed.named("sweep")
    assert sweep == Cron("H H(1-4) * * THU", tz="Europe/Berlin", gap="skip", name="sweep")
    assert sweep.named("report") is sweep


@pytest.mark.parametrize("expression", ["0 0 * MAR THU", "@hourly", "@monthly", "5 0 * * *"])
def test_a_name_changes_nothing_without_h(expression: str) -> None:
    """What does not depend on the name does not get one."""
    trigger = Cron(expression)
    assert trigger.named("sweep") is trigger
    assert trigger.next_after(0)


def test_a_range_over_the_end_needs_wrap() -> None:
    """FRI-MON is refused with a hint, or accepted."""
    with pytest.raises(CronSyntaxError, match="pass wrap=True"):
        Cron("0 0 * * FRI-MON")
    days = Cron("0 0 * * FRI-MON", wrap=True).between(0, 7 * DAY)
    assert [moment(each).strftime("%a") for each in days] == ["Fri", "Sat", "Sun", "Mon"]


def test_what_is_not_picked_is_named() -> None:
    """The parts of a time of the clock that keep an expression from being due."""
    trigger = Cron("0 30 2 1 * *")
    assert trigger.mismatches(datetime(2026, 3, 1, 2, 30)) == []
    assert trigger.mismatches(datetime(2026, 3, 29, 3, 0, 5, 1)) == [
        "a fraction of a second",
        "second 5",
        "minute 0",
        "hour 3",
        "Sunday 2026-03-29",
    ]
