"""Rules beside python-dateutil, in UTC: the same times for generated rules, but for listed ones.

Every lasting difference is a row of `DIFFERENCES` or `REFUSED_HERE`, and told in
docs/reference/rrule.md as well.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings

from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import LAST_INSTANT
from duetime.engine.triggers import RRule
from tests.engine.triggers.oracle import instant, moment
from tests.engine.triggers.rrule_oracle import RuleCase
from tests.engine.triggers.rrule_strategies import WINDOWS, rules

DIALECT = Path(__file__).parents[3] / "docs" / "reference" / "rrule.md"
MOST = 2000
START = "2026-01-01T09:00"
"""A Thursday in week 1 of 2026."""


def ours(text: str, start: datetime, number: int = MOST) -> list[datetime]:
    """Return the first times of a rule."""
    trigger = RRule(text, start=start, tz="UTC")
    return [
        moment(each).replace(tzinfo=None)
        for each in islice(trigger.between(-(10**18), LAST_INSTANT), number)
    ]


def theirs(text: str, start: datetime, number: int = MOST) -> list[datetime] | None:
    """Return what dateutil says, None for an error."""
    try:
        return list(islice(rrulestr(text, dtstart=start), number))
    except (ValueError, IndexError):
        return None


@dataclass(frozen=True)
class Difference:
    """Where dateutil differs, and a rule that shows it.

    `here`, `there`: the dates of the first four times; None for an error.
    """

    rule: str
    applies: Callable[[RuleCase], bool]
    example: str
    here: str
    there: str | None


def has_week_alone(case: RuleCase) -> bool:
    """Weeks are named and no day in them."""
    return case.has("BYWEEKNO") and not case.has("BYDAY", "BYMONTHDAY", "BYYEARDAY")


def groups_week_years(case: RuleCase) -> bool:
    """It matters which year a week counts in."""
    return case.has("BYWEEKNO") and (case.interval > 1 or case.has("BYSETPOS"))


def mixes_weekdays(case: RuleCase) -> bool:
    """Some weekdays have numbers and some have none."""
    return {bool(nth) for nth, _ in case.by_day} == {True, False}


def numbers_beyond_a_month(case: RuleCase) -> bool:
    """A weekday has a number that no month reaches."""
    in_months = case.freq == "MONTHLY" or case.has("BYMONTH")
    return in_months and any(abs(nth) > 5 for nth, _ in case.by_day)


def never(case: RuleCase) -> bool:
    """Not among the generated rules, or taken care of otherwise."""
    return False


DIFFERENCES = [
    Difference(
        rule="the start is an occurrence, whether it fits or not",
        applies=never,  # the start is added to what dateutil says
        example="FREQ=WEEKLY;BYDAY=FR",
        here="2026-01-01 2026-01-02 2026-01-09 2026-01-16",
        there="2026-01-02 2026-01-09 2026-01-16 2026-01-23",
    ),
    Difference(
        rule="BYWEEKNO alone means the weekday of the start",
        applies=has_week_alone,
        example="FREQ=YEARLY;BYWEEKNO=20",
        here="2026-01-01 2026-05-14 2027-05-20 2028-05-18",
        there="2026-05-11 2026-05-12 2026-05-13 2026-05-14",
    ),
    Difference(
        rule="with BYWEEKNO, INTERVAL and BYSETPOS count years of whole weeks",
        applies=groups_week_years,
        example="FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO",
        here="2026-01-01 2028-01-03 2029-12-31 2031-12-29",
        there="2028-01-03 2030-12-30 2034-01-02 2036-12-29",
    ),
    Difference(
        rule="the first days of a year may be in the last week of the one before",
        applies=lambda case: bool({52, 53} & {*case.lists.get("BYWEEKNO", [])}),
        example="FREQ=YEARLY;WKST=TH;BYWEEKNO=52;BYYEARDAY=1",
        here="2026-01-01 2030-01-01 2031-01-01 2036-01-01",
        there="2031-01-01 2036-01-01 2042-01-01 2048-01-01",
    ),
    Difference(
        rule="BYSETPOS counts in whole weeks, the first one included",
        applies=lambda case: case.freq == "WEEKLY" and case.has("BYSETPOS"),
        example="FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=1",
        here="2026-01-01 2026-01-05 2026-01-12 2026-01-19",
        there="2026-01-02 2026-01-05 2026-01-12 2026-01-19",
    ),
    Difference(
        rule="in BYDAY, weekdays with and without numbers each add days",
        applies=mixes_weekdays,
        example="FREQ=MONTHLY;BYDAY=1TH,FR",
        here="2026-01-01 2026-01-02 2026-01-09 2026-01-16",
        there="",
    ),
    Difference(
        rule="a weekday number that no month reaches adds nothing",
        applies=numbers_beyond_a_month,
        example="FREQ=YEARLY;BYMONTH=12;BYDAY=53SA,5TH",
        here="2026-01-01 2026-12-31 2027-12-30 2032-12-30",
        there=None,
    ),
    Difference(
        rule="BYSECOND=60 is allowed and adds nothing",
        applies=lambda case: 60 in case.lists.get("BYSECOND", []),
        example="FREQ=DAILY;BYSECOND=0,60",
        here="2026-01-01 2026-01-02 2026-01-03 2026-01-04",
        there=None,
    ),
    Difference(
        rule="a rule that can never be met is a rule",
        applies=never,  # only rules that go on are generated
        example="FREQ=HOURLY;INTERVAL=24;BYHOUR=10",
        here="2026-01-01",
        there=None,
    ),
    Difference(
        rule="RSCALE=GREGORIAN and SKIP are known",
        applies=never,
        example="RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=30;SKIP=FORWARD",
        here="2026-01-01 2026-01-30 2026-03-01 2026-03-30",
        there=None,
    ),
]
REFUSED_HERE = [
    ("BYMONTHDAY with WEEKLY", "FREQ=WEEKLY;BYMONTHDAY=1"),
    ("BYYEARDAY with DAILY, WEEKLY or MONTHLY", "FREQ=DAILY;BYYEARDAY=1"),
    ("BYWEEKNO with anything but YEARLY", "FREQ=MONTHLY;BYWEEKNO=1"),
    ("numbers in BYDAY with anything but MONTHLY and YEARLY", "FREQ=WEEKLY;BYDAY=1MO"),
    ("numbers in BYDAY with BYWEEKNO", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO"),
    ("BYEASTER", "FREQ=YEARLY;BYEASTER=0"),
    ("BYWEEKDAY, another name for BYDAY", "FREQ=WEEKLY;BYWEEKDAY=MO"),
]


def goes_on(case: RuleCase, until: datetime) -> bool:
    """Tell whether a rule has an occurrence soon after its window: dateutil would search on."""
    late = instant(until.replace(tzinfo=UTC))
    trigger = RRule(replace(case, until=None).text(), start=case.start, tz="UTC")
    following = trigger.next_after(late)
    return following is not None and moment(following).replace(tzinfo=None) < (
        until + 5 * WINDOWS[case.freq]
    )


@settings(max_examples=200)
@given(rules())
def test_generated_rules_give_the_same_as_dateutil(drawn: tuple[str, RuleCase]) -> None:
    """In UTC and without COUNT, the start added, wherever no listed difference applies."""
    until = drawn[1].start + WINDOWS[drawn[1].freq]
    case = replace(drawn[1], count=None, until=until)
    assume(not any(difference.applies(case) for difference in DIFFERENCES))
    assume(goes_on(case, until))
    text = case.text()
    expected = theirs(text, case.start)
    assert expected is not None
    assert ours(text, case.start) == sorted({case.start, *expected})[:MOST]


@settings(max_examples=60)
@given(rules(("YEARLY", "MONTHLY", "WEEKLY", "DAILY")))
def test_generated_counts_give_the_same_as_dateutil(drawn: tuple[str, RuleCase]) -> None:
    """COUNT, where the start fits the rule, as far as instants go."""
    case = replace(drawn[1], count=None, until=None)
    assume(not any(difference.applies(case) for difference in DIFFERENCES))
    assume(goes_on(case, case.start + WINDOWS[case.freq]))
    fitting = theirs(case.text(), case.start, 1)
    assert fitting is not None
    text = replace(case, count=7).text()
    expected = theirs(text, fitting[0])
    assert expected is not None
    assert ours(text, fitting[0]) == [each for each in expected if each.year < 2262]


@pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: row.rule)
def test_a_listed_difference_is_one_and_is_told(row: Difference) -> None:
    """Each row is shown by its example, and stands in the docs with it."""
    start = datetime.fromisoformat(START)
    found = theirs(row.example, start, 4)
    assert days(ours(row.example, start, 4)) == row.here
    assert (None if found is None else days(found)) == row.there
    page = DIALECT.read_text("utf-8")
    assert row.rule in page.replace("`", "")
    assert row.example in page


def days(times: list[datetime]) -> str:
    """Write the dates of some times."""
    return " ".join(str(time.date()) for time in times)


@pytest.mark.parametrize(("what", "example"), REFUSED_HERE)
def test_what_the_rfc_forbids_is_refused_here_and_told(what: str, example: str) -> None:
    """dateutil takes it, and means something by it that no one else does."""
    assert theirs(example, datetime.fromisoformat(START), 1)
    with pytest.raises(BadTriggerError):
        RRule(example, start=START, tz="UTC")
    page = DIALECT.read_text("utf-8").replace("`", "")
    assert what in page


def test_times_in_a_gap_are_the_same_instants_though_dateutil_does_not_move_them() -> None:
    """It gives 02:30, which no clock shows; as an instant that is 03:30 in summer time."""
    start = datetime(2026, 3, 28, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    given = rrulestr("FREQ=DAILY;COUNT=2", dtstart=start)[1]
    moved = RRule("FREQ=DAILY;COUNT=2", start=start, tz="Europe/Berlin").previous_before(10**19)
    assert given.isoformat() == "2026-03-29T02:30:00+01:00"
    assert moved == instant(given.astimezone(UTC))
    assert moment(moved, "Europe/Berlin").isoformat() == "2026-03-29T03:30:00+02:00"
