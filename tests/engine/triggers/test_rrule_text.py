"""The text of rules: what is read, how it is written back, and what is refused."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from duetime.engine.errors import BadTriggerError
from duetime.engine.triggers.rrule_text import (
    ByDay,
    Freq,
    RuleText,
    Skip,
    read_rule,
    read_time,
    time_text,
)
from tests.engine.triggers.rrule_oracle import RuleCase
from tests.engine.triggers.rrule_strategies import rules, skipping_rules

WRITTEN = [
    # given, written
    ("FREQ=DAILY", "FREQ=DAILY"),
    ("RRULE:FREQ=DAILY", "FREQ=DAILY"),
    ("  interval = 2 ; freq = daily  ", "FREQ=DAILY;INTERVAL=2"),
    ("FREQ=WEEKLY;INTERVAL=1;WKST=MO", "FREQ=WEEKLY"),
    ("FREQ=WEEKLY;WKST=SU;BYDAY=SU,MO,SU", "FREQ=WEEKLY;BYDAY=MO,SU;WKST=SU"),
    ("FREQ=MONTHLY;BYDAY=+1FR,-1FR,FR", "FREQ=MONTHLY;BYDAY=-1FR,FR,1FR"),
    ("FREQ=MONTHLY;BYMONTHDAY=15,-1,+2", "FREQ=MONTHLY;BYMONTHDAY=-1,2,15"),
    ("FREQ=DAILY;UNTIL=19971224T000000Z", "FREQ=DAILY;UNTIL=19971224T000000Z"),
    ("FREQ=DAILY;UNTIL=19971224T000000", "FREQ=DAILY;UNTIL=19971224T000000"),
    ("FREQ=DAILY;UNTIL=09971224", "FREQ=DAILY;UNTIL=09971224T000000"),
    ("FREQ=DAILY;COUNT=007", "FREQ=DAILY;COUNT=7"),
    ("FREQ=DAILY;RSCALE=gregorian", "FREQ=DAILY"),
    ("FREQ=DAILY;RSCALE=GREGORIAN;SKIP=OMIT", "FREQ=DAILY"),
    ("SKIP=BACKWARD;FREQ=YEARLY;RSCALE=GREGORIAN", "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD"),
    (
        "FREQ=SECONDLY;BYSETPOS=1;BYSECOND=60;BYMINUTE=1;BYHOUR=0;BYYEARDAY=-366;BYMONTH=12",
        "FREQ=SECONDLY;BYMONTH=12;BYYEARDAY=-366;BYHOUR=0;BYMINUTE=1;BYSECOND=60;BYSETPOS=1",
    ),
]
REFUSED = [
    # given, what the message says
    ("", "'' is no part of a rule; write parts like FREQ=DAILY"),
    ("DAILY", "'DAILY' is no part of a rule"),
    ("FREQ=DAILY;", "'' is no part of a rule"),
    ("INTERVAL=2", "FREQ is missing; begin with one of FREQ=YEARLY, FREQ=MONTHLY"),
    ("FREQ=OFTEN", "FREQ 'OFTEN' is unknown; allowed are YEARLY, MONTHLY, WEEKLY, DAILY"),
    ("FREQ=DAILY;FREQ=DAILY", "FREQ stands there twice"),
    ("FREQ=DAILY;BYEASTER=0", "part 'BYEASTER' is unknown; allowed are FREQ, INTERVAL"),
    ("FREQ=DAILY;X-NAME=1", "part 'X-NAME' is unknown"),
    ("FREQ=DAILY;INTERVAL=0", "INTERVAL '0'; allowed are the whole numbers from 1"),
    ("FREQ=DAILY;INTERVAL=1.5", "INTERVAL '1.5'; allowed"),
    ("FREQ=DAILY;INTERVAL=1234567890123456", "INTERVAL '1234567890123456'; allowed"),
    ("FREQ=DAILY;COUNT=-1", "COUNT '-1'; allowed"),
    ("FREQ=DAILY;COUNT=", "COUNT ''; allowed"),
    ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "COUNT and UNTIL exclude each other"),
    ("FREQ=DAILY;UNTIL=2027", "UNTIL '2027' is no time; write it like 20261231T235959Z"),
    ("FREQ=DAILY;UNTIL=20270230", "UNTIL '20270230' is no time"),
    ("FREQ=DAILY;UNTIL=20270101T0900", "UNTIL '20270101T0900' is no time"),
    ("FREQ=DAILY;BYSECOND=61", "BYSECOND '61'; allowed are 0 to 60"),
    ("FREQ=DAILY;BYMINUTE=60", "BYMINUTE '60'; allowed are 0 to 59"),
    ("FREQ=DAILY;BYHOUR=24", "BYHOUR '24'; allowed are 0 to 23"),
    ("FREQ=DAILY;BYHOUR=-1", "BYHOUR '-1'; allowed are 0 to 23"),
    ("FREQ=DAILY;BYHOUR=9,,10", "BYHOUR ''; allowed are 0 to 23"),
    ("FREQ=DAILY;BYHOUR=٩", "BYHOUR '٩'; allowed are 0 to 23"),
    ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY '0'; allowed are 1 to 31 and -1 to -31"),
    ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY '32'; allowed"),
    ("FREQ=YEARLY;BYYEARDAY=-367", "BYYEARDAY '-367'; allowed are 1 to 366 and -1 to -366"),
    ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO '54'; allowed are 1 to 53 and -1 to -53"),
    ("FREQ=YEARLY;BYMONTH=13", "BYMONTH '13'; allowed are 1 to 12"),
    ("FREQ=YEARLY;BYMONTH=5L", "BYMONTH '5L'; allowed are 1 to 12"),
    ("FREQ=YEARLY;BYMONTH=1;BYSETPOS=367", "BYSETPOS '367'; allowed are 1 to 366"),
    ("FREQ=WEEKLY;BYDAY=MON", "BYDAY 'MON'; allowed are MO, TU, WE, TH, FR, SA, SU"),
    ("FREQ=WEEKLY;BYDAY=XX", "BYDAY 'XX'; allowed"),
    ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY '0MO'; allowed"),
    ("FREQ=YEARLY;BYDAY=-54MO", "BYDAY '-54MO'; allowed"),
    ("FREQ=WEEKLY;WKST=1MO", "WKST '1MO'; allowed are MO, TU, WE, TH, FR, SA, SU"),
    ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY with numbers is not allowed with WEEKLY"),
    ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "BYDAY with numbers is not allowed with BYWEEKNO"),
    ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO is not allowed with MONTHLY; use YEARLY"),
    ("FREQ=DAILY;BYYEARDAY=1", "BYYEARDAY is not allowed with DAILY; use YEARLY or HOURLY"),
    ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY is not allowed with WEEKLY; use YEARLY or MONTHLY"),
    ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS needs another BY… part"),
    ("FREQ=DAILY;SKIP=FORWARD", "SKIP needs RSCALE=GREGORIAN"),
    ("FREQ=DAILY;SKIP=OMIT", "SKIP needs RSCALE=GREGORIAN"),
    ("FREQ=DAILY;RSCALE=GREGORIAN;SKIP=UP", "SKIP 'UP' is unknown; allowed are OMIT, BACKWARD"),
    ("FREQ=YEARLY;RSCALE=CHINESE", "RSCALE 'CHINESE'; the only calendar is GREGORIAN"),
]


@pytest.mark.parametrize(("given", "written"), WRITTEN)
def test_a_rule_is_written_in_one_form(given: str, written: str) -> None:
    """One order of parts, lists sorted, each member once, defaults left out."""
    assert str(read_rule(given)) == written
    assert read_rule(written) == read_rule(given)


@pytest.mark.parametrize(("given", "message"), REFUSED)
def test_a_bad_rule_is_refused_with_the_part(given: str, message: str) -> None:
    """The message quotes the rule and the part, and says what is allowed."""
    with pytest.raises(BadTriggerError) as caught:
        read_rule(given)
    assert str(caught.value).startswith(f"rrule {given!r}: ")
    assert message in str(caught.value)


def test_what_is_no_text_is_refused_and_what_is_long_is_cut() -> None:
    """A message stays readable."""
    with pytest.raises(BadTriggerError, match="rrule None is no text"):
        read_rule(None)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(BadTriggerError) as caught:
        read_rule("FREQ=DAILY;BYHOUR=" + "1," * 1000)
    assert len(str(caught.value)) < 200


def test_the_record_holds_each_part() -> None:
    """Numbers are numbers, weekdays have theirs, UNTIL with Z is in UTC."""
    read = read_rule(
        "RSCALE=GREGORIAN;FREQ=MONTHLY;INTERVAL=3;UNTIL=20270101T090000Z;BYMONTH=2,1;BYDAY=-1SU,MO;"
        "BYHOUR=1;BYMINUTE=2;BYSECOND=3;BYSETPOS=-1;WKST=SU;SKIP=FORWARD;BYMONTHDAY=4"
    )
    expected = RuleText(
        freq=Freq.MONTHLY,
        interval=3,
        until=datetime(2027, 1, 1, 9, tzinfo=UTC),
        by_month=(1, 2),
        by_month_day=(4,),
        by_day=(ByDay(0), ByDay(6, -1)),
        by_hour=(1,),
        by_minute=(2,),
        by_second=(3,),
        by_set_pos=(-1,),
        wkst=6,
        skip=Skip.FORWARD,
    )
    assert read == expected


@given(rules() | skipping_rules())
def test_a_written_rule_is_read_as_the_same(drawn: tuple[str, RuleCase]) -> None:
    """Writing and reading again changes nothing, and writing is stable."""
    read = read_rule(drawn[1].text())
    assert read_rule(str(read)) == read
    assert str(read_rule(str(read))) == str(read)


@given(
    st.text()
    | st.text("FREQ=DAILYWEKMONTHS;BUCP,1239-+TZ ")
    | st.lists(
        st.sampled_from(
            "FREQ= DAILY YEARLY ; BYDAY= MO -1 , UNTIL= 20270101 T090000 Z COUNT= BYSETPOS=".split()
        )
    ).map("".join)
)
@example("FREQ=YEARLY;BYMONTH=\x00")
@example("freq=yearly;bymonth=²")
@example("ﬀREQ=DAILY")
def test_any_text_is_read_or_refused(text: str) -> None:
    """No other error than BadTriggerError; what is read is written and read again."""
    with suppress(BadTriggerError):
        read = read_rule(text)
        assert read_rule(str(read)) == read


@given(st.datetimes(), st.booleans())
def test_a_written_time_is_read_as_the_same(moment: datetime, utc: bool) -> None:
    """Local and in UTC, in all years."""
    moment = moment.replace(microsecond=0, tzinfo=UTC if utc else None)
    assert read_time(time_text(moment)) == moment
