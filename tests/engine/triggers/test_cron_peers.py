"""Cron beside its peers, in UTC: the same times for generated expressions, but for listed rules.

Every lasting difference is a row of `DIFFERENCES`, told in docs/reference/cron-dialect.md as well.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from croniter import CroniterError, croniter
from cronsim import CronSim, CronSimError
from dateutil import rrule
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from duetime.engine.preview import upcoming
from duetime.engine.triggers import Cron
from tests.engine.triggers.cron_oracle import Expression, expressions, fields

STARTS = st.datetimes(datetime(1999, 1, 1), datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
FEW = 4
SAME_END = re.compile(r"(?<!\d)(\d+)-\1(?!\d)")
"""A range from a number to itself."""


def ours(expression: str, start: datetime, *, day_rule: str = "ocps") -> list[datetime]:
    """Return the next times after a start."""
    return list(upcoming(Cron(expression, day_rule=day_rule), after=start, count=FEW))


def by_cronsim(expression: str, start: datetime) -> list[datetime] | None:
    """Return what cronsim says, None for an error."""
    try:
        return list(islice(CronSim(expression, start), FEW))
    except CronSimError:
        return None


def by_croniter(expression: str, start: datetime) -> list[datetime] | None:
    """Return what croniter says, None for an error."""
    try:
        times = croniter(expression, start)
        return [times.get_next(datetime) for _ in range(FEW)]
    except CroniterError:
        return None


def day_fields(expression: str) -> tuple[str, str]:
    """Return day-of-month and day-of-week."""
    words = expression.split()
    return words[2], words[4]


@dataclass(frozen=True)
class Difference:
    """A rule by which a peer differs, where it does, and an expression that shows it.

    `here`, `there`: the days of the next four times after 2026-03-01 12:00, a Sunday.
    """

    peer: str
    rule: str
    applies: Callable[[str], bool]
    expression: str
    here: str
    there: str | None


def starts_with_star(expression: str) -> bool:
    """A day field begins with an asterisk, and is not just that."""
    return any(field[0] == "*" and field != "*" for field in day_fields(expression))


def lists_a_star(expression: str) -> bool:
    """A day field has an asterisk in a list, or covers every day while the other has one."""
    day, weekday = day_fields(expression)
    listed = any("*" in field and "," in field for field in (day, weekday))
    covers = covers_all(f"0 0 {day} * *") or covers_all(f"0 0 * * {weekday}")
    return listed or (covers and "*" in day + weekday)


def covers_all(expression: str) -> bool:
    """An expression picks every day."""
    return Cron(expression).describe() == "at 00:00, every day"


DIFFERENCES = [
    Difference(
        peer="cronsim",
        rule="a day field that begins with * makes both day fields count (Debian's star bit)",
        applies=starts_with_star,
        expression="0 0 */10 * MON",
        here="2 9 11 16",
        there="11 1 31 21",
    ),
    Difference(
        peer="cronsim",
        rule="n-n/s is read as n/s",
        applies=lambda expression: re.search(SAME_END.pattern + "/", expression) is not None,
        expression="0 0 20-20/5 * *",
        here="20 20 20 20",
        there="20 25 30 20",
    ),
    Difference(
        peer="cronsim",
        rule="n/s in day-of-week goes on to 7, which is Sunday",
        applies=lambda expression: re.search(r"(^|,)\d/", day_fields(expression)[1]) is not None,
        expression="0 0 * * 3/2",
        here="4 6 11 13",
        there="4 6 8 11",
    ),
    Difference(
        peer="cronsim",
        rule="a range cannot end with SUN",
        applies=lambda expression: "-SUN" in expression,
        expression="0 0 * * FRI-SUN",
        here="6 7 8 13",
        there=None,
    ),
    Difference(
        peer="cronsim",
        rule="an impossible date is an error",
        applies=lambda expression: not ours(expression, datetime(1999, 1, 1, tzinfo=UTC)),
        expression="0 0 30 2 *",
        here="",
        there=None,
    ),
    Difference(
        peer="croniter",
        rule="a sixth field is the second",
        applies=lambda expression: len(expression.split()) == 6,
        expression="0 0 12 1 * *",
        here="1 1 1 1",
        there="12 12 12 12",
    ),
    Difference(
        peer="croniter",
        rule="n-n is the whole cycle",
        applies=lambda expression: SAME_END.search(expression) is not None,
        expression="0 0 20-20 * *",
        here="20 20 20 20",
        there="2 3 4 5",
    ),
    Difference(
        peer="croniter",
        rule="the last Friday is L5, not 5L",
        applies=lambda expression: re.search(r"\dL", day_fields(expression)[1]) is not None,
        expression="0 0 * * 5L",
        here="27 24 29 26",
        there=None,
    ),
    Difference(
        peer="croniter",
        rule="# together with a restricted day-of-month is an error or counts otherwise",
        applies=lambda expression: (
            "#" in day_fields(expression)[1] and day_fields(expression)[0] != "*"
        ),
        expression="0 0 9 * 1#3",
        here="9 16 9 20",
        there=None,
    ),
    Difference(
        peer="croniter",
        rule="a list of weekdays with and without # is an error",
        applies=lambda expression: re.search(r"#.*,|,.*#", expression) is not None,
        expression="0 0 * * 1#3,2",
        here="3 10 16 17",
        there=None,
    ),
    Difference(
        peer="croniter",
        rule="a list with * in one day field leaves the decision to the other",
        applies=lists_a_star,
        expression="0 0 5,* * MON",
        here="2 3 4 5",
        there="2 9 16 23",
    ),
]


@pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: f"{row.peer}: {row.rule}")
def test_a_lasting_difference(row: Difference) -> None:
    """Both sides still say what the docs tell, and the rule finds its own example."""
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    theirs = (by_cronsim if row.peer == "cronsim" else by_croniter)(row.expression, start)
    assert " ".join(str(each.day) for each in ours(row.expression, start)) == row.here
    expected = None if row.there is None else row.there.split()
    assert (theirs if theirs is None else [str(each.day) for each in theirs]) == expected
    assert row.applies(row.expression)


def accepted(peer: str, expression: str) -> bool:
    """Tell whether one of the rules covers an expression."""
    return any(row.applies(expression) for row in DIFFERENCES if row.peer == peer)


@settings(max_examples=150)
@given(expressions(special=False), STARTS)
def test_cronsim_says_the_same(expression: Expression, start: datetime) -> None:
    """Fields, steps, lists, names; either day field is enough."""
    assume(not accepted("cronsim", expression.text))
    assert ours(expression.text, start) == by_cronsim(expression.text, start)


@settings(max_examples=150)
@given(expressions(special=False), STARTS)
def test_cronsim_says_the_same_by_the_star_bit(expression: Expression, start: datetime) -> None:
    """With day_rule="vixie" the most common difference is gone."""
    rules = [
        row for row in DIFFERENCES if row.peer == "cronsim" and row.applies is not starts_with_star
    ]
    assume(not any(row.applies(expression.text) for row in rules))
    theirs = by_cronsim(expression.text, start)
    assert ours(expression.text, start, day_rule="vixie") == theirs


@settings(max_examples=80)
@given(expressions(special=False), STARTS)
def test_croniter_says_the_same(expression: Expression, start: datetime) -> None:
    """Fields, steps, lists, names; either day field is enough."""
    assume(not accepted("croniter", expression.text))
    assert ours(expression.text, start) == by_croniter(expression.text, start)


@pytest.mark.parametrize("fields", ["L * *", "* * 5#2", "* * 0#5", "15,L * *", "* 2 5#5", "L 2 *"])
def test_l_and_the_number_sign_are_read_alike(fields: str) -> None:
    """The last day of the month, and a numbered weekday."""
    start = datetime(2023, 1, 31, 23, 30, tzinfo=UTC)
    for clock in ("0 0", "*/20 9,17", "59 23"):
        expected = ours(f"{clock} {fields}", start)
        assert by_cronsim(f"{clock} {fields}", start) == expected
        assert by_croniter(f"{clock} {fields}", start) == expected


@settings(max_examples=80)
@given(st.data(), STARTS)
def test_dateutil_says_the_same_where_both_day_fields_count(
    data: st.DataObject, start: datetime
) -> None:
    """A recurrence rule needs all its parts: day_rule="and"."""
    drawn = [
        data.draw(fields(low, high)) for low, high in ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
    ]
    (_, minutes), (_, hours), (_, days), (_, months), (_, weekdays) = drawn
    rule = rrule.rrule(
        rrule.DAILY,
        dtstart=start.replace(second=0),
        until=start + timedelta(days=1500),
        bysecond=0,
        byminute=sorted(minutes),
        byhour=sorted(hours),
        bymonthday=sorted(days),
        bymonth=sorted(months),
        byweekday=sorted((weekday - 1) % 7 for weekday in weekdays),
    )
    found = ours(" ".join(text for text, _ in drawn), start, day_rule="and")
    until = start + timedelta(days=1500)
    theirs = [each for each in islice(rule, FEW + 1) if each > start][:FEW]
    assert [each for each in found if each <= until] == theirs
