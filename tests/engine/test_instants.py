"""Instants, spans and readings: the border between integers and datetimes."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.errors import BadTimeError, NaiveDatetimeError
from duetime.engine.instants import (
    DAY,
    FIRST_INSTANT,
    HOUR,
    LAST_INSTANT,
    MICROSECOND,
    MILLISECOND,
    MINUTE,
    SECOND,
    iso,
    span_text,
    span_words,
    to_datetime,
    to_instant,
    to_span,
    to_timedelta,
)

INSTANTS = st.integers(FIRST_INSTANT, LAST_INSTANT - 1)
SPANS = st.integers(0, 400 * 366 * DAY)
BERLIN = ZoneInfo("Europe/Berlin")


@given(INSTANTS)
def test_an_instant_survives_the_border_to_the_microsecond(instant: int) -> None:
    """Conversion is exact; what is finer than a microsecond is cut off."""
    assert to_instant(to_datetime(instant)) == instant // MICROSECOND * MICROSECOND


@given(INSTANTS, st.integers(-14 * 60, 14 * 60))
def test_the_offset_of_a_datetime_does_not_matter(instant: int, minutes: int) -> None:
    """The same moment said in any offset is the same instant."""
    zone = timezone(timedelta(minutes=minutes))
    moment = to_datetime(instant)
    assert to_instant(moment.astimezone(zone)) == to_instant(moment)


def test_the_fold_of_a_datetime_counts() -> None:
    """The two passes through a repeated hour are two instants."""
    first = to_instant(datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN))
    second = to_instant(datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1))
    assert second - first == HOUR


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00Z", 0),
        ("1970-01-01T01:00+01:00", 0),
        ("1970-01-01T00:00:00.000001Z", MICROSECOND),
        ("2261-12-31T23:59:59.999999+00:00", LAST_INSTANT - MICROSECOND),
        ("20260328T000000Z", 1_774_656_000 * SECOND),
    ],
)
def test_iso_text_is_read(text: str, expected: int) -> None:
    """ISO 8601 text with an offset is an instant."""
    assert to_instant(text) == expected


@pytest.mark.parametrize("given", [datetime(2026, 1, 1), "2026-01-01T00:00", "2026-01-01"])
def test_a_naive_datetime_is_refused(given: datetime | str) -> None:
    """A time without a zone names no instant; the message says what to pass."""
    with pytest.raises(NaiveDatetimeError, match=r"2026-01-01T00:00:00 has no time zone.*tzinfo="):
        to_instant(given)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("tomorrow", "'tomorrow' is no ISO 8601 time"),
        (1_700_000_000, "1700000000 is no time"),
        (None, "None is no time"),
        (datetime(1969, 12, 31, 23, 59, tzinfo=UTC), "1969.*out of range.*1970 to 2261"),
        (datetime(2262, 1, 1, tzinfo=UTC), "2262.*out of range"),
        (datetime.min.replace(tzinfo=UTC), "out of range"),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))), "out of range"),
    ],
)
def test_what_is_no_instant_is_refused(given: object, complaint: str) -> None:
    """Anything but a time of the supported years is refused, naming what was given."""
    with pytest.raises(BadTimeError, match=complaint):
        to_instant(given)  # type: ignore[arg-type]  # wrong on purpose


@given(SPANS)
def test_a_span_survives_as_text(span: int) -> None:
    """What `span_text` and `span_words` write, `to_span` reads, to the nanosecond."""
    assert to_span(span_text(span)) == to_span(span_words(span)) == span


@given(st.timedeltas(timedelta(days=-100_000), timedelta(days=100_000)))
def test_a_timedelta_becomes_a_span_exactly(duration: timedelta) -> None:
    """No float is on the way, there and back."""
    assert to_span(duration) == duration // timedelta(microseconds=1) * MICROSECOND
    assert to_timedelta(to_span(duration)) == duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", 90 * SECOND),
        ("1h 30m", 90 * MINUTE),
        ("1h30m", 90 * MINUTE),
        ("  2 d ", 2 * DAY),
        ("1w", 7 * DAY),
        ("250ms", SECOND // 4),
        ("1.5h", 90 * MINUTE),
        ("0.000000001s", 1),
        ("0s", 0),
        ("2 weeks, 1 day", 15 * DAY),
        ("1 week,and 2 d", 9 * DAY),
        ("1 hour and 30 min", 90 * MINUTE),
        ("1.5 hours, 2 mins, and 1 sec", 92 * MINUTE + SECOND),
        ("2hrs 1hr 1minute 5minutes 3secs 1second", 3 * HOUR + 6 * MINUTE + 4 * SECOND),
        ("1 millisecond 249 milliseconds", SECOND // 4),
    ],
)
def test_text_is_read_as_a_span(text: str, expected: int) -> None:
    """Numbers with units add up."""
    assert to_span(text) == expected


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("", "'' is empty"),
        ("  ", "is empty"),
        ("5", "cannot read '5' at column 1"),
        ("5m 3x", "cannot read '3x' at column 4"),
        (" and 1 day", "cannot read 'and 1 day' at column 2"),
        ("1 day,", "cannot read ',' at column 6"),
        ("1 day and", "cannot read ' and' at column 6"),
        ("1d,, 2h", "cannot read ',, 2h' at column 3"),
        ("2 months", "cannot read '2 months' at column 1; .*, like '2 weeks, 1 day'"),
        ("-5m", "cannot read '-5m'"),
        ("5 M", "cannot read '5 M'"),
        (90, "90 is no duration"),
        (None, "None is no duration"),
    ],
)
def test_what_is_no_span_is_refused(given: object, complaint: str) -> None:
    """The message says where reading stopped and what is allowed."""
    with pytest.raises(BadTimeError, match=complaint):
        to_span(given)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (0, "0s"),
        (MINUTE, "1m"),
        (DAY + HOUR + 1, "1d 1h 0.000000001s"),
        (-90 * SECOND, "-1m 30s"),
    ],
)
def test_a_span_is_written_briefly(span: int, text: str) -> None:
    """Units that are zero are left out, but for an empty span; a sign stands in front."""
    assert span_text(span) == text


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (0, "0 seconds"),
        (SECOND, "1 second"),
        (15 * DAY, "2 weeks, 1 day"),
        (HOUR + 2 * MINUTE + 1500 * MILLISECOND, "1 hour, 2 minutes, 1.5 seconds"),
        (-DAY, "-1 day"),
    ],
)
def test_a_span_is_said_in_words(span: int, words: str) -> None:
    """One is singular; units that are zero are left out, but for an empty span."""
    assert span_words(span) == words


@given(INSTANTS)
def test_an_instant_is_written_exactly(instant: int) -> None:
    """ISO text tells every nanosecond and sorts nowhere but in UTC."""
    whole, _, fraction = iso(instant).removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole + "+00:00").timestamp())
    assert seconds * SECOND + int((fraction or "0").ljust(9, "0")) == instant
