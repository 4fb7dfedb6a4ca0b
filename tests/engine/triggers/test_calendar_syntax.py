"""Calendar expressions of systemd: the normalised form, and what is refused."""

import pytest

from duetime.engine.errors import BadTriggerError, UnknownZoneError
from duetime.engine.triggers import Calendar
from duetime.engine.triggers.calendar_syntax import SHORTHANDS, read_calendar
from tests.engine.triggers.case_files import read_cases

RECORDED = read_cases("systemd_calendar.jsonl")
TAKEN = [case for case in RECORDED if case["normalised"]]
REFUSED = [case["expression"] for case in RECORDED if not case["normalised"]]


@pytest.mark.parametrize("case", TAKEN, ids=lambda case: case["expression"])
def test_the_normalised_form_is_that_of_systemd(case: dict[str, str]) -> None:
    """It is also its own normalised form."""
    assert str(read_calendar(case["expression"])) == case["normalised"]
    assert str(read_calendar(case["normalised"])) == case["normalised"]


@pytest.mark.parametrize("expression", REFUSED)
def test_what_systemd_refuses_is_refused(expression: str) -> None:
    """Out of range, without an order, incomplete."""
    with pytest.raises((BadTriggerError, UnknownZoneError)):
        Calendar(expression, tz="UTC")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "calendar '' is empty; write it like 'Mon..Fri 09:00'"),
        ("24:00", "calendar '24:00' at column 1: 24 is no hour; allowed are 0 to 23"),
        ("Mon..Fri 9", "at column 11: expected ':' after the hour"),
        ("*-13-1", "at column 3: 13 is no month; allowed are 1 to 12"),
        ("*-*~29", "at column 5: 29 is no day from the end; allowed are 1 to 28"),
        ("*:0/60", "at column 3: 00/60 is no minute; .* with room for one step at least"),
        ("*:0/0", "at column 6: a step of 0 leads nowhere"),
        ("*:*:60.5", "at column 5: 60.500000 is no second; allowed are 0 to 59"),
        ("Fri..Mon 10:00", "the range ends before it begins; write Mon,Fri..Sun"),
        ("Foo 9:00", "at column 1: 'foo' is no weekday; allowed are Mon to Sun, and minutely"),
        ("Mon,,Tue", "at column 5: '' is no weekday"),
        ("Mon/2", "at column 4: expected ',', '..' or a space after a weekday"),
        ("1-1-1-1", "the date should end here; write it like 2026-12-24, 12-24 or 12~01"),
        ("9:00:00:00", "at column 8: the time should end here; write it like 09:00"),
        ("-1", "at column 1: expected a number or"),
        ("@99999999999999999", "allowed are the years 1970 to 2199"),
    ],
)
def test_a_refusal_says_where_and_what_is_allowed(expression: str, message: str) -> None:
    """The column counts from 1 and points at the field."""
    with pytest.raises(BadTriggerError, match=message):
        read_calendar(expression)


def test_other_things_than_text_are_refused() -> None:
    """A number is no expression."""
    with pytest.raises(BadTriggerError, match="is empty"):
        read_calendar(5)  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("word", SHORTHANDS)
def test_a_word_stands_for_an_expression(word: str) -> None:
    """In any case, and with a zone after it."""
    assert str(read_calendar(word.upper())) == SHORTHANDS[word]
    assert str(read_calendar(f"{word} Asia/Tokyo")) == SHORTHANDS[word] + " Asia/Tokyo"


@pytest.mark.parametrize(
    ("expression", "normalised"),
    [
        # systemd 252 refuses these for no reason that the manual names.
        ("*-*~04,26..27", "*-*~04,26..27 00:00:00"),
        ("3..3,5:00", "*-*-* 03,05:00:00"),
        ("*-12..01-01", None),
        ("87..3-1-1", "1987..2003-01-01 00:00:00"),
        ("  9:00  ", "*-*-* 09:00:00"),
        ("Mon   *-1-1  10:00", "Mon *-01-01 10:00:00"),
    ],
)
def test_lists_may_be_mixed_freely(expression: str, normalised: str | None) -> None:
    """A range of one, a list of days from the end, years of two digits."""
    if normalised is None:
        with pytest.raises(BadTriggerError, match=r"12\.\.01 is no month"):
            read_calendar(expression)
    else:
        assert str(read_calendar(expression)) == normalised
