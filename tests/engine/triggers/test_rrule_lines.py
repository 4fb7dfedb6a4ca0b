"""Recurrences as lines of iCalendar: read, written, refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from duetime.engine.errors import BadTriggerError, UnknownZoneError
from duetime.engine.triggers import RRule

BERLIN = "DTSTART;TZID=Europe/Berlin:20260130T170000\nRRULE:FREQ=MONTHLY;BYDAY=-1FR"
REFUSED = [
    ("", "there must be one line DTSTART, and there are 0"),
    ("RRULE:FREQ=DAILY", "there must be one line DTSTART, and there are 0"),
    ("DTSTART:20260101T090000Z", "there must be one line RRULE, and there are 0"),
    (BERLIN + "\nRRULE:FREQ=DAILY", "one line RRULE, and there are 2; several recurrences"),
    (BERLIN + "\nEXRULE:FREQ=DAILY", "'EXRULE:FREQ=DAILY' is no line of a recurrence; allowed"),
    (BERLIN + "\nhello", "'hello' is no line of a recurrence"),
    (BERLIN + "\nRDATE:tomorrow", "'RDATE:tomorrow': 'TOMORROW' is no time"),
    (BERLIN + "\nRDATE:", "'' is no time"),
    (BERLIN + "\nEXDATE;VALUE=DATE:20260130", "'20260130' is a date, but DTSTART has a time"),
    ("DTSTART:20260101T090000\nRRULE:FREQ=DAILY", "no zone; write DTSTART;TZID=Europe/Berlin:…"),
    ("DTSTART:20260101T090000Z\nRRULE:FREQ=OFTEN", "FREQ 'OFTEN' is unknown"),
]


def test_the_four_lines_are_read() -> None:
    """In any order and case, with times of other zones, periods and folded lines."""
    read = RRule.parse(
        "rrule:FREQ=DAILY;CO\r\n UNT=3\r\n\r\n"
        "EXDATE;TZID=Europe/Berlin:20260131T170000\r\n"
        'DTSTART;X-NOTE="a;b:c";TZID="Europe/Berlin":20260130T170000\r\n'
        "RDATE;VALUE=PERIOD:20260301T120000Z/PT1H,20260302T120000/20260302T130000\r\n"
        "RDATE;TZID=Asia/Tokyo:20260401T090000\r\n"
    )
    expected = RRule(
        "FREQ=DAILY;COUNT=3",
        start="2026-01-30T17:00",
        tz="Europe/Berlin",
        rdates=["2026-03-01T13:00", "2026-03-02T12:00", "2026-04-01T02:00"],
        exdates=["2026-01-31T17:00"],
    )
    assert read == expected


@pytest.mark.parametrize(
    ("text", "tz", "start"),
    [
        ("DTSTART:20260101T090000Z", "UTC", datetime(2026, 1, 1, 9)),
        ("DTSTART;TZID=UTC:20260101T090000", "UTC", datetime(2026, 1, 1, 9)),
        ("DTSTART:20260101T090000", "Asia/Tokyo", datetime(2026, 1, 1, 9)),
        ("DTSTART;VALUE=DATE:20260101", "Asia/Tokyo", datetime(2026, 1, 1)),
    ],
)
def test_the_zone_is_that_of_the_line_or_the_one_given(text: str, tz: str, start: datetime) -> None:
    """Z means UTC, TZID a zone; `tz` is for times that have neither."""
    read = RRule.parse(f"{text}\nRRULE:FREQ=DAILY", tz="Asia/Tokyo", gap="skip", fold="both")
    assert (read.tz, read.start, read.gap, read.fold) == (tz, start, "skip", "both")


@pytest.mark.parametrize(
    ("trigger", "lines"),
    [
        (RRule.parse(BERLIN), BERLIN.splitlines()),
        (
            RRule("FREQ=DAILY", start="2026-01-01", tz="UTC", rdates=["2026-01-02T01:00Z"]),
            ["DTSTART:20260101T000000Z", "RRULE:FREQ=DAILY", "RDATE:20260102T010000Z"],
        ),
        (
            RRule(
                "FREQ=DAILY",
                start="2026-10-24T02:30",
                tz="Europe/Berlin",
                exdates=["2026-10-25T02:30+01:00", "2026-10-26T02:30", "2026-10-27T02:30"],
            ),
            [
                "DTSTART;TZID=Europe/Berlin:20261024T023000",
                "RRULE:FREQ=DAILY",
                "EXDATE;TZID=Europe/Berlin:20261026T023000,20261027T023000",
                "EXDATE:20261025T013000Z",
            ],
        ),
    ],
)
def test_lines_are_written_and_read_as_the_same(trigger: RRule, lines: list[str]) -> None:
    """Local times with their zone, exact instants with Z, UTC always with Z."""
    assert trigger.text().splitlines() == lines
    assert RRule.parse(trigger.text()) == trigger


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_bad_lines_are_quoted(text: str, message: str) -> None:
    """The message quotes the line and says what is allowed."""
    with pytest.raises(BadTriggerError) as caught:
        RRule.parse(text)
    assert message in str(caught.value)


def test_an_unknown_zone_is_refused_wherever_it_stands() -> None:
    """Also that of an RDATE."""
    with pytest.raises(UnknownZoneError):
        RRule.parse(BERLIN.replace("Berlin", "Atlantis"))
    with pytest.raises(UnknownZoneError):
        RRule.parse(BERLIN + "\nRDATE;TZID=Mars/Olympus:20260101T090000")


@given(st.text() | st.lists(st.sampled_from([*BERLIN, "\nRDATE:", "\nEXDATE;", "Z,"])).map("".join))
@example(BERLIN + "\nRDATE:00010101T000000Z")
@example(BERLIN + "\nRDATE:99991231T235959")
@example("DTSTART;TZID=America/New_York:22620101T000000\nRRULE:FREQ=DAILY")
def test_any_lines_are_read_or_refused(text: str) -> None:
    """No other error than these two; what is read is written and read again."""
    for lines in (text, f"{BERLIN}\n{text}", f"{BERLIN}\nEXDATE:{text}"):
        try:
            read = RRule.parse(lines)
        except (BadTriggerError, UnknownZoneError):
            continue
        assert RRule.parse(read.text()) == read


def test_times_of_another_zone_become_instants() -> None:
    """A time that the other zone skips is moved by the length of its gap."""
    read = RRule.parse(BERLIN + "\nRDATE;TZID=America/New_York:20260308T023000")
    assert read.rdates == (datetime(2026, 3, 8, 7, 30, tzinfo=UTC).replace(tzinfo=None, hour=8),)
