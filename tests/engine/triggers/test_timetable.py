"""Timetables: the order of instants where a gap or a fold interleaves two days."""

import pytest

from duetime.engine.instants import HOUR, SECOND, iso, to_instant
from duetime.engine.triggers import Calendar, Daily, Yearly


def due(trigger: Daily, start: str, hours: int) -> list[str]:
    """Return day and time, in UTC, of what is due in some hours from a start on."""
    after = to_instant(start)
    return [iso(each)[8:16] for each in trigger.between(after, after + hours * HOUR)]


@pytest.mark.parametrize(
    ("fold", "expected"),
    [
        ("first", ["01T02:00", "01T02:30", "02T03:00", "02T03:30"]),
        ("second", ["01T03:00", "01T03:30", "02T03:00", "02T03:30"]),
        ("both", ["01T02:00", "01T02:30", "01T03:00", "01T03:30", "02T03:00", "02T03:30"]),
    ],
)
def test_a_fold_at_midnight_interleaves_two_dates(fold: str, expected: list[str]) -> None:
    """St. John's, 2009-11-01: at 00:01 of the new day the clock goes back to 23:01 of the old."""
    trigger = Daily(["23:30", "00:00"], tz="America/St_Johns", fold=fold)
    assert due(trigger, "2009-11-01T00:00Z", 32) == expected


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        ("next_valid", ["31T01:00", "31T01:15", "01T00:30", "01T01:15"]),
        ("shift", ["31T01:15", "31T01:30", "01T00:30", "01T01:15"]),
        ("skip", ["31T01:15", "01T00:30", "01T01:15"]),
    ],
)
def test_a_gap_before_midnight_interleaves_two_dates(gap: str, expected: list[str]) -> None:
    """Nuuk, 2024-03-30: 23:00 becomes 00:00, and 23:30 shifted lies after 00:15 of the next day."""
    trigger = Daily(["23:30", "00:15"], tz="America/Nuuk", gap=gap)
    assert due(trigger, "2024-03-30T12:00Z", 40) == expected


def test_two_times_in_one_gap_come_together_once() -> None:
    """With next_valid, 02:10, 02:50 and 03:00 itself are one instant in Berlin in spring."""
    trigger = Daily(["02:10", "02:50", "03:00"], tz="Europe/Berlin")
    assert due(trigger, "2026-03-29T00:00Z", 12) == ["29T01:00"]


def test_a_rare_occurrence_in_the_second_copy_of_an_hour_is_found() -> None:
    """The search leaps over years, but not over the hour that comes again."""
    trigger = Yearly(
        "oct", 25, "02:15", tz="Europe/Berlin", fold="both", every=100, anchor="2026-01-01"
    )
    after = to_instant("2026-10-25T00:20Z")
    assert iso(trigger.next_after(after) or 0) == "2026-10-25T01:15:00Z"
    assert (
        iso(trigger.previous_before(to_instant("2100-01-01T00:00Z")) or 0) == "2026-10-25T01:15:00Z"
    )
    assert iso(trigger.previous_before(after) or 0) == "2026-10-25T00:15:00Z"
    assert trigger.previous_before(after - HOUR) is None


def test_a_search_beside_a_change_ends_where_nothing_follows() -> None:
    """Also beside the first change that a zone ever made: London, 1847-12-01."""
    once = Calendar("2026-01-01 09:00", tz="Europe/Berlin")
    assert once.next_after(to_instant("2026-03-29T00:30Z")) is None
    later = Daily("09:00", tz="Europe/London", anchor="1900-01-01")
    first_change = -3_852_662_325 * SECOND
    assert later.previous_before(first_change) is None
    assert later.previous_before(first_change + HOUR) is None


def test_stretches_have_one_offset_or_one_instant() -> None:
    """Next to a change of the clock each instant stands alone."""
    timetable = Daily("02:30", tz="Europe/Berlin").timetable
    after, until = to_instant("2026-03-01T00:00Z"), to_instant("2026-04-30T00:00Z")
    found = [
        (iso(low)[5:16], iso(high)[5:16], offset and offset // HOUR)
        for low, high, offset in timetable.stretches(after, until)
    ]
    assert found[0] == ("03-01T01:30", "03-28T23:59", 1)
    assert ("03-29T01:00", "03-29T01:00", None) in found
    assert found[-1][1:] == ("04-30T00:00", 2)
    assert list(timetable.stretches(until, until)) == []
