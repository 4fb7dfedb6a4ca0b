"""Options that say which time is looked at."""

from argparse import ArgumentParser

import pytest

from duetime.adapters.cli.spans import (
    Stretch,
    add_stretch,
    add_years,
    later,
    read_stretch,
    read_years,
)
from duetime.clocks.real import RealClock
from duetime.engine.errors import DuetimeError
from duetime.engine.instants import SECOND, iso, to_instant

FROM = ["--from", "2026-02-01T01:00+01:00"]


def stretch(*arguments: str) -> Stretch:
    """Read `--from`, `--for` and `--until`; for a week, if nothing is said."""
    parser = ArgumentParser()
    add_stretch(parser, default="1w")
    return read_stretch(parser.parse_args(arguments))


def years(*arguments: str) -> Stretch:
    """Read `--from` and `--years`."""
    parser = ArgumentParser()
    add_years(parser)
    return read_years(parser.parse_args(arguments))


@pytest.mark.parametrize(
    ("arguments", "end"),
    [
        ([], "2026-02-08T00:00:00Z"),
        (["--for", "30d"], "2026-03-03T00:00:00Z"),
        (["--for", "1y"], "2027-02-01T00:00:00Z"),
        (["--for", "2 years, 1 day and 6 hours"], "2028-02-02T06:00:00Z"),
        (["--until", "2026-02-01T12:00+01:00"], "2026-02-01T11:00:00Z"),
    ],
)
def test_the_end_is_said_by_a_span_or_a_time(arguments: list[str], end: str) -> None:
    """A span counts from the beginning; without either, the default of the command holds."""
    found = stretch(*FROM, *arguments)
    assert (iso(found.begin), iso(found.end)) == ("2026-02-01T00:00:00Z", end)


@pytest.mark.parametrize(
    ("begin", "span", "end"),
    [
        ("2024-02-29T12:00:00Z", "1y", "2025-02-28T12:00:00Z"),
        ("2024-02-29T12:00:00Z", "4Y", "2028-02-28T12:00:00Z"),
        ("2026-01-01T00:00:00.000000001Z", "1year 1s", "2027-01-01T00:00:01.000000001Z"),
    ],
)
def test_a_year_is_one_of_the_calendar(begin: str, span: str, end: str) -> None:
    """The same date of a later year; for a leap day the day before March."""
    whole, _, nanoseconds = begin.removesuffix("Z").partition(".")
    assert iso(later(to_instant(f"{whole}Z") + int(nanoseconds or 0), span)) == end


def test_without_a_beginning_it_is_now() -> None:
    """In whole seconds, so that what is printed stays short."""
    begin = years().begin
    assert begin % SECOND == 0
    assert 0 <= to_instant(RealClock().now()) - begin < 3_600 * SECOND


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--for", "1d", "--until", "2027-01-01T00:00Z"], "--for and --until contradict"),
        (["--from", "2026-01-01T00:00"], "has no time zone"),
        (["--from", "yesterday"], "'yesterday' is no ISO 8601 time"),
        (["--from", "1969-01-01T00:00Z"], "out of range"),
        ([*FROM, "--for", "236y"], "the last year is 2261"),
        ([*FROM, "--for", "999999w"], "the last year is 2261"),
        ([*FROM, "--for", "2 moons"], "cannot read"),
        ([*FROM, "--for", "0s"], "must be later than the beginning"),
        ([*FROM, "--until", "2026-01-01T00:00Z"], "must be later than the beginning"),
    ],
)
def test_a_stretch_that_makes_no_sense_is_refused(arguments: list[str], message: str) -> None:
    """What is wrong is told in one line."""
    with pytest.raises(DuetimeError, match=message) as caught:
        stretch(*arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("number", ["0", "101", "-1", "2.5", "many", ""])
def test_years_are_few(number: str) -> None:
    """A whole number from 1 to 100."""
    with pytest.raises(DuetimeError, match="must be a whole number from 1 to 100"):
        years("--years", number)
