"""Calendar expressions of systemd: when they are due."""

import pytest

from duetime.engine.errors import BadTriggerError, UnknownZoneError
from duetime.engine.instants import DAY, HOUR, MINUTE, SECOND, iso, to_instant
from duetime.engine.triggers import Calendar, trigger_from_json
from tests.engine.triggers.case_files import read_cases

LAST_YEAR_OF_SYSTEMD = to_instant("2200-01-01T00:00Z")
RECORDED = [case for case in read_cases("systemd_calendar.jsonl") if case["normalised"]]


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["expression"])
def test_it_is_due_when_systemd_says(case: dict[str, str]) -> None:
    """The first four times after a base, in UTC, to the second; systemd ends with 2199."""
    trigger, found = Calendar(case["expression"], tz="UTC"), list[int]()
    instant = trigger.next_after(to_instant(case["base"] + "+00:00"))
    while instant is not None and instant < LAST_YEAR_OF_SYSTEMD and len(found) < 4:
        found.append(instant // SECOND)
        instant = trigger.next_after(instant)
    assert found == case["next"]


def due(trigger: Calendar, start: str, hours: float) -> list[str]:
    """Return what is due in some hours from a start on, in UTC."""
    after = to_instant(start)
    return [iso(each) for each in trigger.between(after, after + int(hours * HOUR))]


def test_a_gap_is_skipped_and_of_a_fold_the_first_counts() -> None:
    """As systemd does, for fixed times and for wildcards alike."""
    fixed = Calendar("02:30", tz="Europe/Berlin")
    assert due(fixed, "2026-03-28T12:00Z", 48) == ["2026-03-30T00:30:00Z"]
    assert due(fixed, "2026-10-24T12:00Z", 24) == ["2026-10-25T00:30:00Z"]
    half_hourly = Calendar("*:0/30", tz="Europe/Berlin")
    assert len(due(half_hourly, "2026-03-29T00:00Z", 2)) == 4
    assert len(due(half_hourly, "2026-10-25T00:00Z", 2)) == 2


def test_fractions_of_a_second_are_exact_to_the_microsecond() -> None:
    """A repetition counts from its start, within each minute."""
    trigger = Calendar("*:*:58.5/0.7", tz="UTC")
    assert due(trigger, "2026-01-01T00:00Z", 1 / 30) == [
        "2026-01-01T00:00:58.5Z",
        "2026-01-01T00:00:59.2Z",
        "2026-01-01T00:00:59.9Z",
        "2026-01-01T00:01:58.5Z",
        "2026-01-01T00:01:59.2Z",
        "2026-01-01T00:01:59.9Z",
    ]


def test_a_dense_expression_is_counted_and_searched_at_once() -> None:
    """Every microsecond of ten years is a number, not a list."""
    trigger = Calendar("*:*:00/0.000001", tz="UTC")
    start = to_instant("2026-01-01T00:00Z")
    assert trigger.count(start, start + 3650 * DAY) == 3650 * 86_400 * 10**6
    assert trigger.next_after(start + MINUTE + 1) == start + MINUTE + 1000


def test_the_zone_at_the_end_counts_more_than_tz() -> None:
    """One of the two is needed."""
    trigger = Calendar("Mon 09:00 Asia/Tokyo", tz="UTC")
    assert trigger.tz == "Asia/Tokyo"
    assert due(trigger, "2026-01-01T00:00Z", 100) == ["2026-01-05T00:00:00Z"]
    assert Calendar("09:00 utc").tz == "UTC"
    with pytest.raises(BadTriggerError, match="'09:00' has no zone; give tz='Europe/Berlin'"):
        Calendar("09:00")
    with pytest.raises(UnknownZoneError):
        Calendar("09:00 Nowhere/Land", tz="UTC")


@pytest.mark.parametrize("text", ["Mon..Fri 9:00", "*-*~01 UTC", "daily Europe/Berlin"])
def test_it_survives_as_text_and_as_json(text: str) -> None:
    """The expression is kept as it was given."""
    trigger = Calendar(text, tz="Europe/Berlin")
    assert eval(repr(trigger)) == trigger == trigger_from_json(trigger.to_json())
    assert trigger.expression == text
    assert Calendar(trigger.normalised, tz=trigger.tz).next_after(0) == trigger.next_after(0)
