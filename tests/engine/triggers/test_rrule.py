"""Recurrence rules: the RFCs' examples, sample cases, an independent scan, and the edges."""

import json
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetime.engine.errors import BadTriggerError, UnknownZoneError
from duetime.engine.instants import DAY, LAST_INSTANT, SECOND, iso, to_instant
from duetime.engine.triggers import RRule, trigger_from_json
from tests.engine.triggers.oracle import instant, moment
from tests.engine.triggers.rrule_oracle import RuleCase, instants
from tests.engine.triggers.rrule_rfc import RFC_5545, RFC_7529, examples, local_dates
from tests.engine.triggers.rrule_strategies import WINDOWS, rules, skipping_rules
from tests.engine.triggers.strategies import FOLDS, GAPS

CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "cases" / "rrule.jsonl").read_text().splitlines()
]
GAP_OF_POLICY = {"any": "shift", "shift_first": "shift", "skip_first": "skip"}
LONG_AGO = to_instant("1970-01-01T00:00Z")
AFTER = to_instant("2026-01-01T00:00Z")


def rule(text: str, start: str = "2026-01-01T09:00", tz: str = "UTC", **more: object) -> RRule:
    """Make a rule that starts, in UTC, on Thursday, 1 January 2026."""
    return RRule(text, start=start, tz=tz, **more)


def first(trigger: RRule, number: int) -> list[str]:
    """Return the first occurrences as local times of the zone, with their offset."""
    found = islice(trigger.between(LONG_AGO, LAST_INSTANT), number)
    return [moment(each, trigger.tz).isoformat(timespec="minutes") for each in found]


@pytest.mark.parametrize(("text", "start", "expected"), examples(RFC_5545) + examples(RFC_7529))
def test_the_examples_of_the_rfcs_hold(text: str, start: str, expected: str) -> None:
    """RFC 5545, sections 3.8.5.3 and 3.3.10, and RFC 7529: the dates as they stand there."""
    start, less, _ = start.partition(" less")
    trigger = rule(text, start, "America/New_York", exdates=[start] if less else [])
    dates = local_dates(expected, start)
    limit = len(dates) + 1 if "COUNT" in text or "UNTIL" in text else len(dates)
    found = islice(trigger.between(LONG_AGO, LAST_INSTANT), limit)
    assert [moment(each, trigger.tz).replace(tzinfo=None) for each in found] == dates


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_sample_cases_hold(case: dict[str, object]) -> None:
    """Instants that several engines agree on, or that the RFC leaves no doubt about."""
    trigger = RRule(
        case["rule"],
        start=case["dtstart"],
        tz=case["tz"],
        exdates=case["exdates"],
        gap=GAP_OF_POLICY[case["policy"]],
    )
    limit = case["n"] + 1 if case["complete"] else case["n"]
    found = islice(trigger.between(LONG_AGO, LAST_INSTANT), limit)
    assert [each // SECOND for each in found] == case["expected_epoch"]


def check_by_scan(drawn: tuple[str, RuleCase], gap: str, fold: str) -> None:
    """Compare with a scan of the local days, as far as the scan reaches."""
    key, case = drawn
    until = min(case.start + WINDOWS[case.freq], datetime(2261, 12, 20))
    trigger = RRule(case.text(), start=case.start, tz=key, gap=gap, fold=fold)
    low = instant(case.start.replace(tzinfo=UTC)) - 2 * DAY
    high = instant(until.replace(tzinfo=UTC)) - 2 * DAY
    expected = [each for each in instants(case, key, until, gap, fold) if each <= high]
    assert list(trigger.between(low, high)) == expected


@settings(max_examples=80)
@given(rules(), st.sampled_from(GAPS), st.sampled_from(FOLDS))
def test_p38_a_scan_of_the_days_visits_the_same(
    drawn: tuple[str, RuleCase], gap: str, fold: str
) -> None:
    """Every day and every second of it: what passes all parts of the rule is an occurrence."""
    check_by_scan(drawn, gap, fold)


@settings(max_examples=60)
@given(skipping_rules(), st.sampled_from(GAPS), st.sampled_from(FOLDS))
def test_p38_a_plain_expansion_with_skip_visits_the_same(
    drawn: tuple[str, RuleCase], gap: str, fold: str
) -> None:
    """Each named date moved to where it exists, before weekdays and positions are looked at."""
    check_by_scan(drawn, gap, fold)


@pytest.mark.slow
@settings(max_examples=250)
@given(rules(), st.sampled_from(GAPS), st.sampled_from(FOLDS))
def test_p38_a_long_scan_of_the_days_visits_the_same(
    drawn: tuple[str, RuleCase], gap: str, fold: str
) -> None:
    """The same, for longer."""
    check_by_scan(drawn, gap, fold)


@given(rules() | skipping_rules(), st.integers(-3, 60))
def test_p38_all_ways_to_iterate_visit_the_same(drawn: tuple[str, RuleCase], days: int) -> None:
    """One after another, backwards, at once and counted: each occurrence once, in order."""
    key, case = drawn
    trigger = with_dates(RRule(case.text(), start=case.start, tz=key), case)
    low = instant(case.start.replace(tzinfo=UTC)) + days * DAY
    found = list(islice(trigger.between(low, LAST_INSTANT), 12))
    after, walked = low, []
    while len(walked) < len(found) and (after := trigger.next_after(after) or 0):
        walked.append(after)
    assert walked == found == sorted(set(found))
    for early, late in pairwise(found):
        assert trigger.previous_before(late) == early
        assert trigger.next_after(late - 1) == late
    if found:
        assert trigger.count(low, found[-1]) == len(found)


def with_dates(trigger: RRule, case: RuleCase) -> RRule:
    """Add a date to a rule, and take two away: the third occurrence and one that is not there."""
    found = list(islice(trigger.between(LONG_AGO, LAST_INSTANT), 3))
    return RRule(
        trigger.rule,
        start=case.start,
        tz=trigger.tz,
        rdates=[case.start + timedelta(minutes=1)],
        exdates=[moment(found[-1]), case.start + timedelta(minutes=2)] if found else [],
    )


def test_the_start_is_the_first_occurrence_and_counts_even_if_it_does_not_fit() -> None:
    """RFC 5545, 3.3.10: DTSTART always counts as the first occurrence; EXDATE takes it away."""
    fridays = "FREQ=WEEKLY;BYDAY=FR;COUNT=3"
    expected = ["2026-01-01T09:00+00:00", "2026-01-02T09:00+00:00", "2026-01-09T09:00+00:00"]
    assert first(rule(fridays), 9) == expected
    assert first(rule(fridays, exdates=["2026-01-01T09:00"]), 9) == expected[1:]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20260104T140000Z", "2026-01-04T09:00-05:00"),
        ("20260104T135959Z", "2026-01-03T09:00-05:00"),
        ("20260104T090000", "2026-01-04T09:00-05:00"),
        ("20260104T085959", "2026-01-03T09:00-05:00"),
        ("20260104", "2026-01-03T09:00-05:00"),
        ("20260101T140000Z", "2026-01-01T09:00-05:00"),
        ("99991231T000000Z", None),
        ("20251231", None),
    ],
)
def test_until_is_included_in_utc_local_or_as_the_midnight_of_a_date(
    until: str, last: str | None
) -> None:
    """UNTIL includes its own time; a date is its first second, local. Before the start: none."""
    trigger = rule(f"FREQ=DAILY;UNTIL={until}", tz="America/New_York")
    if until.startswith("9999"):
        assert trigger.next_after(LAST_INSTANT - DAY) == to_instant("2261-12-31T14:00Z")
    else:
        assert first(trigger, 9)[-1:] == ([] if last is None else [last])


@pytest.mark.parametrize(
    ("gap", "third"),
    [
        ("shift", "2026-03-29T03:30+02:00"),
        ("next_valid", "2026-03-29T03:00+02:00"),
        ("skip", "2026-03-30T02:30+02:00"),
    ],
)
def test_count_counts_what_takes_place(gap: str, third: str) -> None:
    """A time moved out of a gap counts; one that is skipped does not."""
    trigger = rule("FREQ=DAILY;COUNT=3", "2026-03-27T02:30", "Europe/Berlin", gap=gap)
    assert len(first(trigger, 9)) == 3
    assert first(trigger, 9)[2] == third


@pytest.mark.parametrize(
    ("fold", "found"),
    [
        ("first", ["02:30+02:00"]),
        ("second", ["02:30+01:00"]),
        ("both", ["02:30+02:00", "02:30+01:00"]),
    ],
)
def test_a_time_that_happens_twice_follows_fold(fold: str, found: list[str]) -> None:
    """Also where it is the start, or the only time that is left."""
    for text in ("FREQ=DAILY;UNTIL=20261025T235959", "FREQ=YEARLY;UNTIL=20261026"):
        trigger = rule(text, "2026-10-25T02:30", "Europe/Berlin", fold=fold)
        assert first(trigger, 9) == [f"2026-10-25T{each}" for each in found]


def test_times_inside_a_gap_may_fall_on_others_and_then_count_once() -> None:
    """Hourly through a gap: 02:00 becomes 03:00, which is an occurrence anyway."""
    trigger = rule("FREQ=HOURLY;COUNT=4", "2026-03-29T01:00", "Europe/Berlin")
    assert first(trigger, 9) == [
        f"2026-03-29T0{hour}:00+0{1 + (hour > 2)}:00" for hour in (1, 3, 4, 5)
    ]


def test_a_date_that_the_zone_skipped_has_no_occurrence() -> None:
    """Pacific/Apia had no 30 December 2011."""
    trigger = rule("FREQ=DAILY;COUNT=3", "2011-12-29T12:00", "Pacific/Apia")
    assert [each[:10] for each in first(trigger, 9)] == ["2011-12-29", "2011-12-31", "2012-01-01"]


def test_rdates_are_added_and_exdates_taken_away_last() -> None:
    """An occurrence given twice is one; EXDATE removes what RDATE added; COUNT is not refilled."""
    trigger = rule(
        "FREQ=DAILY;COUNT=3",
        rdates=["2026-01-02T09:00", "2026-01-02T12:00", "2025-12-31T09:00", "2026-01-05T09:00"],
        exdates=["2026-01-03T09:00", "2026-01-05T09:00", "2026-01-07T09:00"],
    )
    found = ["2025-12-31T09:00", "2026-01-01T09:00", "2026-01-02T09:00", "2026-01-02T12:00"]
    assert first(trigger, 9) == [f"{each}+00:00" for each in found]
    low, high = to_instant("2025-01-01T00:00Z"), to_instant("2027-01-01T00:00Z")
    assert trigger.count(low, high) == 4
    assert trigger.previous_before(high) == to_instant("2026-01-02T12:00Z")
    assert trigger.next_after(to_instant("2026-01-02T12:00Z")) is None
    assert trigger.previous_before(to_instant("2025-12-31T09:00Z")) is None


def test_a_date_excludes_the_occurrence_that_a_gap_moved() -> None:
    """By its local time as the rule has it, by the time it was moved to, or as an instant."""
    for excluded in ("2026-03-29T02:30", "2026-03-29T03:30", "2026-03-29T01:30Z"):
        trigger = rule(
            "FREQ=DAILY;COUNT=2", "2026-03-28T02:30", "Europe/Berlin", exdates=[excluded]
        )
        assert first(trigger, 9) == ["2026-03-28T02:30+01:00"]


def test_aware_dates_are_exact_where_local_ones_are_ambiguous() -> None:
    """The second 02:30 can be taken away alone; in other cases an aware date becomes local."""
    twice = {"start": "2026-10-25T02:30", "tz": "Europe/Berlin", "fold": "both"}
    trigger = RRule("FREQ=DAILY;COUNT=2", exdates=["2026-10-25T02:30+01:00"], **twice)
    assert first(trigger, 9) == ["2026-10-25T02:30+02:00"]
    assert trigger.exdates == (datetime(2026, 10, 25, 1, 30, tzinfo=UTC),)
    other = RRule("FREQ=DAILY", rdates=["2026-10-26T12:00-03:00"], **twice)
    assert other.rdates == (datetime(2026, 10, 26, 16),)


def test_an_aware_start_is_converted_to_the_zone() -> None:
    """The same rule, however its start is given."""
    naive = rule("FREQ=DAILY", "2026-07-01T09:00", "Europe/Berlin")
    aware = rule("FREQ=DAILY", datetime(2026, 7, 1, 7, tzinfo=UTC), "Europe/Berlin")
    assert aware == naive
    assert hash(aware) == hash(naive)
    assert aware.start == datetime(2026, 7, 1, 9)


@pytest.mark.parametrize(
    "trigger",
    [
        rule("FREQ=DAILY"),
        rule("freq=weekly;byday=su,mo;wkst=su", tz="Europe/Berlin", gap="skip", fold="both"),
        rule(
            "FREQ=DAILY;UNTIL=20261231",
            tz="Europe/Berlin",
            rdates=["2026-10-25T02:30+01:00", "2026-06-01T00:00"],
            exdates=["2026-01-02T09:00"],
        ),
        rule("RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD;COUNT=7", "2026-01-31"),
    ],
)
def test_rules_go_to_json_and_back_and_print_the_call(trigger: RRule) -> None:
    """Both give an equal trigger, with the same occurrences."""
    again = trigger_from_json(json.loads(json.dumps(trigger.to_json())))
    assert again == trigger == eval(repr(trigger))
    assert first(again, 20) == first(trigger, 20)


@pytest.mark.parametrize(
    ("make", "fragment"),
    [
        (lambda: rule("FREQ=DAILY", "tomorrow"), "start 'tomorrow' is no time"),
        (lambda: rule("FREQ=DAILY", 5), "start 5 is no time"),
        (lambda: rule("FREQ=DAILY", "2026-01-01T09:00:00.5"), "whole seconds"),
        (lambda: rule("FREQ=DAILY", "1601-01-01T00:00"), "years 1801 to 2261"),
        (lambda: rule("FREQ=DAILY", rdates=["x"]), "rdates 'x' is no time"),
        (lambda: rule("FREQ=DAILY", exdates=["2026-01-02"]), "'2026-01-02T09:00'"),
        (lambda: rule("FREQ=DAILY", gap="jump"), "gap 'jump' is unknown"),
        (lambda: rule("FREQ=DAILY", fold="third"), "fold 'third' is unknown"),
        (lambda: rule("FREQ=OFTEN"), "FREQ 'OFTEN' is unknown"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_part(make: object, fragment: str) -> None:
    """The error names the part, what was given and what is allowed."""
    with pytest.raises(BadTriggerError, match=fragment):
        make()
    with pytest.raises(UnknownZoneError):
        rule("FREQ=DAILY", tz="Mars/Olympus")


def test_a_single_date_may_stand_alone_and_dates_may_be_days_for_a_start_at_midnight() -> None:
    """`exdates="…"` is one date, not a list of letters."""
    trigger = rule("FREQ=DAILY;COUNT=3", "2026-01-01", exdates="2026-01-02")
    assert [each[:10] for each in first(trigger, 9)] == ["2026-01-01", "2026-01-03"]


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYSECOND=60",
        "FREQ=SECONDLY;INTERVAL=1000000007;BYHOUR=9;BYMINUTE=0;BYSECOND=0",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=10",
        "FREQ=MINUTELY;INTERVAL=999999999999999",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=DAILY;INTERVAL=999999999999999",
        "FREQ=WEEKLY;INTERVAL=999999999999999;BYMONTH=2",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=5",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=MONTHLY;INTERVAL=999999999999999",
        "FREQ=YEARLY;INTERVAL=999999999999999",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1;BYSETPOS=-1",
    ],
)
def test_a_rule_that_never_fires_again_says_so(text: str) -> None:
    """A search ends, whole days and months at a time; only the start is there."""
    trigger = rule(text, tz="America/New_York")
    start = to_instant("2026-01-01T14:00Z")
    assert trigger.next_after(start) is None
    assert list(trigger.between(start - DAY, start + 400 * 366 * DAY)) == [start]
    assert trigger.previous_before(LAST_INSTANT) == start
    assert trigger.count(start - DAY, LAST_INSTANT) == 1


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("FREQ=SECONDLY;COUNT=86400000", "2028-09-27T08:59:59Z"),
        ("FREQ=MINUTELY;BYHOUR=9;COUNT=60001", "2028-09-27T09:00:00Z"),
        ("FREQ=DAILY;COUNT=2001", "2031-06-24T09:00:00Z"),
        ("FREQ=SECONDLY;COUNT=999999999999999", "2261-12-31T23:59:59Z"),
        ("FREQ=YEARLY;COUNT=5000", "2261-01-01T09:00:00Z"),
    ],
)
def test_a_large_count_costs_little(text: str, last: str) -> None:
    """The end is found by counting stretches; more than there can be means no end."""
    assert iso(rule(text).previous_before(LAST_INSTANT) or 0) == last


def test_a_large_count_is_exact_across_changes_of_the_clock() -> None:
    """Counted in stretches or one by one, each occurrence once, also in gaps and folds."""
    for gap, fold in [("shift", "first"), ("next_valid", "both"), ("skip", "second")]:
        more = {"start": "2026-01-01T00:00", "tz": "Europe/Berlin", "gap": gap, "fold": fold}
        trigger = RRule("FREQ=MINUTELY;INTERVAL=7;COUNT=90000", **more)
        forever = RRule("FREQ=MINUTELY;INTERVAL=7", **more)
        last = next(islice(forever.between(LONG_AGO, LAST_INSTANT), 89_999, None))
        assert trigger.previous_before(LAST_INSTANT) == last
        assert trigger.count(LONG_AGO, LAST_INSTANT) == 90_000


def test_a_rule_may_start_before_1970() -> None:
    """Years from 1801; intervals and COUNT are counted from there."""
    trigger = rule("FREQ=YEARLY;INTERVAL=4;COUNT=20", "1900-02-28T12:00", "Europe/London")
    assert first(trigger, 9) == ["1972-02-28T12:00+00:00", "1976-02-28T12:00+00:00"]


def test_asking_far_outside_gives_the_ends() -> None:
    """Before the start the first is found; after 2261 nothing is."""
    trigger = rule("FREQ=MINUTELY;BYDAY=MO")
    assert trigger.next_after(-(10**19)) == to_instant("2026-01-01T09:00Z")
    assert trigger.next_after(LAST_INSTANT + 10**18) is None
    assert trigger.previous_before(to_instant("2026-01-01T09:00Z")) is None
    assert trigger.previous_before(10**19) == to_instant("2261-12-30T23:59Z")
