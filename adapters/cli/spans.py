"""Options that say which time is looked at: from when, and for how long or until when."""

import re
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

from duetime.clocks.real import RealClock
from duetime.engine.errors import BadArgumentError, BadTimeError
from duetime.engine.instants import (
    LAST_INSTANT,
    MICROSECOND,
    SECOND,
    Instant,
    iso,
    to_datetime,
    to_instant,
    to_span,
)

YEARS = 5
"""So many years are looked at if nothing else is said."""
MOST_YEARS = 100
"""So many at most."""

_YEARS = re.compile(r"\s*(\d{1,9})\s*(?:y|years?)\b[\s,]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time: what is later than `begin`, and not later than `end`."""

    begin: Instant
    end: Instant


def add_from(parser: ArgumentParser) -> None:
    """Add `--from`."""
    parser.add_argument(
        "--from", dest="from_", metavar="TIME", help="from then on; ISO 8601 + offset; or now"
    )


def add_stretch(parser: ArgumentParser, *, default: str) -> None:
    """Add `--from`, `--for` and `--until`; `default`: how long, if neither end is given."""
    add_from(parser)
    parser.add_argument(
        "--for",
        dest="for_",
        metavar="SPAN",
        help=f"for so long, such as 1y, 30d or 1w (default {default})",
    )
    parser.add_argument("--until", metavar="TIME", help="up to then, instead of --for")
    parser.set_defaults(default_for=default)


def add_years(parser: ArgumentParser) -> None:
    """Add `--from` and `--years`."""
    add_from(parser)
    parser.add_argument(
        "--years", metavar="N", default=str(YEARS), help=f"for so many years (default {YEARS})"
    )


def read_from(options: Namespace) -> Instant:
    """Return the time given by `--from`; now, in whole seconds, without it."""
    if options.from_ is not None:
        return to_instant(options.from_)
    return to_instant(RealClock().now()) // SECOND * SECOND


def read_stretch(options: Namespace) -> Stretch:
    """Return what `add_stretch` has asked for.

    Raises BadArgumentError for both ends at once, BadTimeError for an end that is not later.
    """
    if options.for_ is not None and options.until is not None:
        raise BadArgumentError("--for and --until contradict each other; give one of them")
    begin = read_from(options)
    if options.until is not None:
        end = to_instant(options.until)
    else:
        end = later(begin, options.default_for if options.for_ is None else options.for_)
    if end <= begin:
        raise BadTimeError(f"the end, {iso(end)}, must be later than the beginning, {iso(begin)}")
    return Stretch(begin, end)


def read_years(options: Namespace) -> Stretch:
    """Return what `add_years` has asked for. Raises BadArgumentError for a number out of range."""
    text = options.years
    if not text.isdecimal() or not 1 <= int(text) <= MOST_YEARS:
        raise BadArgumentError(f"--years {text!r} must be a whole number from 1 to {MOST_YEARS}")
    begin = read_from(options)
    return Stretch(begin, later(begin, f"{text}y"))


def later(begin: Instant, span: str) -> Instant:
    """Return the instant that is a span such as "1y", "30d" or "1y 2w" later.

    A year is one of the calendar, in UTC; of a leap day it is 28 February that is one later.
    Raises BadTimeError for what is no span, or ends beyond the year 2261.
    """
    years = _YEARS.match(span)
    end, rest = begin, span
    if years is not None:
        end, rest = _years_later(begin, int(years[1])), span[years.end() :]
    if rest or years is None:
        end += to_span(rest)
    if end >= LAST_INSTANT:
        raise BadTimeError(f"{span} after {iso(begin)} is out of range; the last year is 2261")
    return end


def _years_later(begin: Instant, years: int) -> Instant:
    date = to_datetime(begin)
    if date.year + years > to_datetime(LAST_INSTANT - 1).year:
        return LAST_INSTANT
    leap_day = date.month == 2 and date.day == 29
    moved = date.replace(year=date.year + years, day=28 if leap_day else date.day)
    return to_instant(moved) + begin % MICROSECOND
