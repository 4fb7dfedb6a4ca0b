"""Instants, spans and readings: how time is written inside the engine.

Inside, time is an integer: an `Instant` counts nanoseconds since 1970-01-01T00:00Z, a `Span` counts
nanoseconds. Outside, time is an aware datetime or a timedelta. This module is the border between
the two; every conversion is exact (integers all the way, never a float).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

from duetime.engine.errors import BadTimeError, NaiveDatetimeError

Instant: TypeAlias = int
Span: TypeAlias = int

MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_INSTANT = 0
LAST_INSTANT = 9_214_646_400 * SECOND
"""2262-01-01T00:00Z: the years 1970 to 2261 are supported, as far as 64-bit nanoseconds reach."""

_WORDS = {
    7 * DAY: "w week weeks",
    DAY: "d day days",
    HOUR: "h hr hrs hour hours",
    MINUTE: "m min mins minute minutes",
    SECOND: "s sec secs second seconds",
    MILLISECOND: "ms millisecond milliseconds",
}
_UNITS = {word: size for size, words in _WORDS.items() for word in words.split()}
_JOINT = r"\s*(?:,\s*)?(?:and\s+)?(?=\d)"
_SPAN_PART = re.compile(rf"(\d+)(?:\.(\d{{1,9}}))?\s*([a-z]+)(?:\s*$|{_JOINT})?")


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at both clocks at once; the only form in which time enters the engine.

    `wall`: ns since the epoch, UTC; may step either way.
    `mono`: ns of elapsed time, suspend included; never decreases within one boot.
    `boot`: changes when `mono` starts anew.
    """

    wall: int
    mono: int
    boot: str


def to_instant(moment: datetime | str) -> Instant:
    """Turn an aware datetime, or ISO 8601 text with an offset, into an Instant.

    Raises NaiveDatetimeError for a datetime without a zone, BadTimeError for anything else.

    >>> to_instant("1970-01-01T01:00+01:00")
    0
    """
    if isinstance(moment, str):
        moment = _parse_iso(moment)
    if not isinstance(moment, datetime):
        raise BadTimeError(f"{moment!r} is no time; pass an aware datetime or ISO text with offset")
    if moment.utcoffset() is None:
        raise NaiveDatetimeError(moment)
    instant = to_span(moment - EPOCH)
    if not FIRST_INSTANT <= instant < LAST_INSTANT:
        raise BadTimeError(
            f"{moment.isoformat()} is out of range; allowed are the years 1970 to 2261"
        )
    return instant


def to_datetime(instant: Instant) -> datetime:
    """Turn an Instant into an aware UTC datetime; what is finer than a microsecond is cut off.

    >>> to_datetime(1_500_000_000).isoformat()
    '1970-01-01T00:00:01.500000+00:00'
    """
    return EPOCH + timedelta(microseconds=instant // MICROSECOND)


def to_span(duration: timedelta | str) -> Span:
    """Turn a timedelta, or text such as "1h 30m" or "2 weeks, 1 day and 6 hours", into a Span.

    Units of the text: ms, s, m, h, d (24 hours), w (7 days), or the words that they stand for.
    Raises BadTimeError for anything else.

    >>> to_span("1h 30m") == to_span("1 hour and 30 minutes") == to_span(timedelta(minutes=90))
    True
    """
    if isinstance(duration, timedelta):
        seconds = duration.days * 86_400 + duration.seconds
        return seconds * SECOND + duration.microseconds * MICROSECOND
    if isinstance(duration, str):
        return _parse_span(duration)
    raise BadTimeError(
        f"{duration!r} is no duration; pass a timedelta or text such as '90s' or '1h 30m'"
    )


def to_timedelta(span: Span) -> timedelta:
    """Turn a Span into a timedelta; what is finer than a microsecond is cut off."""
    return timedelta(microseconds=span // MICROSECOND)


def span_text(span: Span) -> str:
    """Write a Span in the form that `to_span` reads.

    >>> span_text(5_400_000_000_000), span_text(0), span_text(1_500_000_000)
    ('1h 30m', '0s', '1.5s')
    """
    if span < 0:
        return "-" + span_text(-span)
    parts = []
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        count, span = divmod(span, size)
        if count:
            parts.append(f"{count}{unit}")
    whole, fraction = divmod(span, SECOND)
    if fraction:
        parts.append(f"{whole}.{fraction:09d}".rstrip("0") + "s")
    elif whole or not parts:
        parts.append(f"{whole}s")
    return " ".join(parts)


def span_words(span: Span) -> str:
    """Write a Span in words, which `to_span` reads as well.

    >>> span_words(to_span("15d")), span_words(90_000_000_000), span_words(0)
    ('2 weeks, 1 day', '1 minute, 30 seconds', '0 seconds')
    """
    if span < 0:
        return "-" + span_words(-span)
    parts = []
    for name, size in (("week", 7 * DAY), ("day", DAY), ("hour", HOUR), ("minute", MINUTE)):
        count, span = divmod(span, size)
        if count:
            parts.append(f"{count} {name}" + "s" * (count > 1))
    if span or not parts:
        parts.append(f"{span_text(span)[:-1]} second" + "s" * (span != SECOND))
    return ", ".join(parts)


def iso(instant: Instant) -> str:
    """Write an Instant as ISO 8601 text in UTC, as short as it can be said exactly.

    >>> iso(0), iso(1_500_000_000), iso(1)
    ('1970-01-01T00:00:00Z', '1970-01-01T00:00:01.5Z', '1970-01-01T00:00:00.000000001Z')
    """
    whole, fraction = divmod(instant, SECOND)
    text = (EPOCH + timedelta(seconds=whole)).strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{fraction:09d}".rstrip("0") if fraction else "") + "Z"


def _parse_iso(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadTimeError(
            f"{text!r} is no ISO 8601 time; write it like '2026-03-28T00:00+01:00'"
        ) from None


@lru_cache(maxsize=1_024)
def _parse_span(text: str) -> Span:
    total, position = 0, len(text) - len(text.lstrip())
    if position == len(text):
        raise BadTimeError(f"duration {text!r} is empty; write it like '90s' or '1h 30m'")
    while position < len(text):
        part = _SPAN_PART.match(text, position)
        size = _UNITS.get(part[3]) if part else None
        if part is None or size is None:
            raise BadTimeError(
                f"duration {text!r}: cannot read {text[position:]!r} at column {position + 1}; "
                "write numbers with units w, d, h, m, s or ms, like '1h 30m', or in words, "
                "like '2 weeks, 1 day'"
            )
        total += int(part[1]) * size
        if part[2]:
            total += int(part[2]) * size // 10 ** len(part[2])
        position = part.end()
    return total
