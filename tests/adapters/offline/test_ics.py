"""Calendar files, read back by an independent program."""

from datetime import datetime, timedelta

import icalendar
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from duetime.adapters.offline.ics import calendar_file, escaped, folded
from duetime.engine.errors import BadArgumentError
from duetime.engine.instants import DAY, HOUR, to_datetime
from tests.adapters.offline.plan_files import BEGIN, YEAR_LATER, one_task, plan_of

PLAN = plan_of("""
[defaults]
tz = "Europe/Berlin"
[tasks."mail; to Paul, Zoë, and others who have asked – with a name that is long, süß & 長い"]
daily = "02:30"
takes = "5m..40m 30.5s"
[tasks.held]
daily = "12:00"
takes = "hold"
[tasks.follows]
after_finish = "1h"
""")


def events(text: str) -> list[icalendar.Event]:
    """Read a calendar."""
    return icalendar.Calendar.from_ical(text).events


def test_there_is_an_event_for_each_occurrence() -> None:
    """Its start in UTC, the longest run in whole seconds, name and description as they are."""
    found = calendar_file(PLAN, BEGIN, BEGIN + 2 * DAY)
    first, held, *_ = events(found.text)
    assert (found.events, found.left_out) == (4, ("follows",))
    assert first["SUMMARY"] == PLAN.tasks[2].name
    assert first["DESCRIPTION"] == "at 02:30, every day"
    assert first["DTSTART"].dt == datetime.fromisoformat("2026-01-01T01:30+00:00")
    assert first["DTSTAMP"].dt == to_datetime(BEGIN)
    assert first["DURATION"].dt == timedelta(minutes=40, seconds=31)
    assert "DURATION" not in held


def test_the_same_plan_gives_the_same_text() -> None:
    """Also the UIDs, and those of an occurrence in another span: a calendar knows it again."""
    one = calendar_file(PLAN, BEGIN, BEGIN + 9 * DAY)
    later = calendar_file(PLAN, BEGIN + DAY, BEGIN + 3 * DAY)
    assert calendar_file(PLAN, BEGIN, BEGIN + 9 * DAY) == one
    known = {(each["UID"], each["DTSTART"].dt) for each in events(one.text)}
    assert len({uid for uid, _ in known}) == one.events
    assert {(each["UID"], each["DTSTART"].dt) for each in events(later.text)} < known


def test_lines_end_as_the_standard_says() -> None:
    """With CRLF, and nothing else ends one; none is longer than 75 octets."""
    text = calendar_file(PLAN, BEGIN, BEGIN + 2 * DAY).text
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    lines = text.split("\r\n")
    assert not any("\n" in line or "\r" in line for line in lines)
    assert max(len(line.encode()) for line in lines) == 75


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300))
@example("x" * 75)
@example("長" * 26)
def test_a_line_is_folded_between_characters(line: str) -> None:
    """Put together again, less one space each, it is what it was."""
    first, *others = folded(line)
    assert all(len(part.encode()) <= 75 for part in (first, *others))
    assert all(part[0] == " " for part in others)
    assert first + "".join(part[1:] for part in others) == line


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
@example("a\\n;b,\\")
def test_text_is_escaped_so_that_it_is_read_back(text: str) -> None:
    """Backslash, semicolon and comma; an independent reader undoes it."""
    event = f"BEGIN:VEVENT\r\nSUMMARY:{escaped(text)}\r\nEND:VEVENT\r\n"
    assert str(icalendar.Event.from_ical(event)["SUMMARY"]) == text


def test_a_line_feed_is_written_as_two_characters() -> None:
    """Source: RFC 5545, section 3.3.11."""
    assert escaped("a\nb") == "a\\nb"


def test_jitter_is_in_the_start_but_not_in_the_uid() -> None:
    """An event stays the same one when the spread is changed."""
    plans = [
        one_task(f"trigger = \"Jitter(Daily('05:00', tz='UTC'), '{spread}')\"")
        for spread in ("1h", "2h")
    ]
    one, other = (events(calendar_file(plan, BEGIN, BEGIN + DAY).text)[0] for plan in plans)
    assert one["UID"] == other["UID"]
    assert one["DTSTART"].dt != other["DTSTART"].dt


def test_a_calendar_has_so_many_events_and_no_more() -> None:
    """Exactly 100,000 are written, one more is refused with the remedy."""
    plan = one_task('every = "1m"')
    assert calendar_file(plan, BEGIN, BEGIN + 100_000 * HOUR // 60).events == 100_000
    with pytest.raises(BadArgumentError, match="more than 100,000 occurrences; take a shorter"):
        calendar_file(plan, BEGIN, YEAR_LATER)
