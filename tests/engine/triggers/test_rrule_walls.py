"""From a rule and its start to the times of a clock: what is left open, bounded, or empty."""

from datetime import datetime, timedelta
from itertools import islice

import pytest

from duetime.engine.instants import DAY, HOUR, SECOND
from duetime.engine.triggers.rrule_text import read_rule
from duetime.engine.triggers.rrule_walls import rule_walls, wall_of

EPOCH = datetime(1970, 1, 1)
START = datetime(2026, 5, 14, 9, 30, 15)
"""A Thursday in week 20."""


def walls(text: str, number: int = 4) -> list[str]:
    """Return the first times of a rule."""
    found = rule_walls(read_rule(text), START).between(wall_of(START), 10**19)
    times = (EPOCH + timedelta(seconds=wall // SECOND) for wall in islice(found, number))
    return [time.isoformat() for time in times]


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("FREQ=YEARLY", "2027-05-14T09:30:15"),
        ("FREQ=YEARLY;BYMONTH=7", "2026-07-14T09:30:15"),
        ("FREQ=YEARLY;BYMONTHDAY=20", "2026-05-20T09:30:15"),
        ("FREQ=YEARLY;BYYEARDAY=-1", "2026-12-31T09:30:15"),
        ("FREQ=YEARLY;BYWEEKNO=30", "2026-07-23T09:30:15"),
        ("FREQ=YEARLY;BYWEEKNO=30;BYMONTHDAY=20", "2026-07-20T09:30:15"),
        ("FREQ=YEARLY;BYDAY=MO", "2026-05-18T09:30:15"),
        ("FREQ=MONTHLY", "2026-06-14T09:30:15"),
        ("FREQ=MONTHLY;BYMONTH=8", "2026-08-14T09:30:15"),
        ("FREQ=MONTHLY;BYDAY=MO", "2026-05-18T09:30:15"),
        ("FREQ=WEEKLY", "2026-05-21T09:30:15"),
        ("FREQ=WEEKLY;BYMONTH=6", "2026-06-04T09:30:15"),
        ("FREQ=DAILY;BYHOUR=8", "2026-05-15T08:30:15"),
        ("FREQ=DAILY;BYSECOND=20", "2026-05-14T09:30:20"),
        ("FREQ=HOURLY", "2026-05-14T10:30:15"),
        ("FREQ=HOURLY;BYMINUTE=5", "2026-05-14T10:05:15"),
        ("FREQ=MINUTELY", "2026-05-14T09:31:15"),
        ("FREQ=SECONDLY", "2026-05-14T09:30:16"),
    ],
)
def test_what_a_rule_leaves_open_is_taken_from_its_start(text: str, second: str) -> None:
    """Month, day, weekday, hour, minute and second, as far as nothing else is said."""
    assert walls(text, 2) == ["2026-05-14T09:30:15", second]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("FREQ=DAILY;UNTIL=20260516", 2),
        ("FREQ=DAILY;UNTIL=20260516T093015", 3),
        ("FREQ=DAILY;COUNT=2", 4),
        ("FREQ=DAILY;UNTIL=20260516T000000Z", 4),
        ("FREQ=DAILY;BYSECOND=60", 1),
        ("FREQ=WEEKLY;BYSECOND=60", 1),
        ("FREQ=HOURLY;BYMINUTE=0;BYSETPOS=2", 1),
        ("FREQ=HOURLY;INTERVAL=6;BYHOUR=10", 1),
        ("FREQ=DAILY;INTERVAL=14;BYDAY=MO,TU", 1),
        ("FREQ=DAILY;INTERVAL=14;BYDAY=MO,TH", 4),
    ],
)
def test_bounds_on_the_clock_and_empty_sets_are_seen(text: str, number: int) -> None:
    """A local UNTIL is a clock time; COUNT and UTC are not; an empty set is known to be empty."""
    assert len(walls(text)) == number


def test_a_local_time_is_nanoseconds_on_the_clock() -> None:
    """Before 1970 as well."""
    assert wall_of(datetime(1970, 1, 2, 1, 0, 1)) == DAY + HOUR + SECOND
    assert wall_of(datetime(1969, 12, 31, 23)) == -HOUR
