"""Occurrences as arrays."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters import extras
from duetime.adapters.extras import MissingExtraError
from duetime.adapters.offline.arrays import instant_array, merged_arrays
from duetime.adapters.testing.strategies import moments, triggers
from duetime.engine.instants import DAY, HOUR, LAST_INSTANT, to_instant
from duetime.engine.preview import merged
from duetime.engine.triggers import Cron, Daily, Every, Monthly, RRule, Weekly, Yearly
from duetime.engine.triggers.base import Trigger

MOST = 3_000
"""So many occurrences of a drawn trigger are compared."""


def some(trigger: Trigger, after: int, until: int) -> list[int] | None:
    """List the occurrences one by one, unless there are too many."""
    found = []
    for each in trigger.between(after, until):
        found.append(each)
        if len(found) > MOST:
            return None
    return found


@given(triggers(after_finish=False), moments(), st.integers(0, 500 * DAY))
def test_an_array_has_what_the_trigger_yields(trigger: Trigger, near: datetime, span: int) -> None:
    """For every kind, across changes of clocks, also where the time ends at an occurrence."""
    after = to_instant(near)
    until = min(after + span, LAST_INSTANT - 1)
    bound = trigger.bind(after, None)
    expected = some(bound, after, until)
    if expected is None:
        return
    assert instant_array(trigger, after, until).tolist() == expected
    for edge in expected[-1:]:
        assert instant_array(bound, after, edge).tolist() == expected
        assert instant_array(bound, edge, edge).tolist() == []


LONG = [
    Every(minutes=45, anchor="2020-01-01T00:00Z"),
    Daily(["02:30", "01:15"], tz="America/New_York", every=3),
    Weekly(["mon", "sun"], "02:30", tz="Australia/Lord_Howe", fold="both"),
    Monthly(["last fri", 31], "00:00", tz="America/Nuuk", gap="shift"),
    Yearly([2, 12], [29, 24], "23:59:59", tz="Europe/Berlin"),
    Cron("*/7 1-3 * * *", tz="Europe/Berlin"),
    Cron("30 2 * * *", tz="Europe/Berlin", gap="skip"),
    RRule(
        "FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=2;BYMINUTE=30", start="2020-01-01T02:30", tz="Europe/Berlin"
    ),
]


@pytest.mark.parametrize("trigger", LONG, ids=lambda trigger: type(trigger).__name__)
def test_so_it_is_over_ten_years(trigger: Trigger) -> None:
    """With all changes of clocks on the way."""
    after, until = to_instant("2026-01-01T00:00Z"), to_instant("2036-01-01T00:00Z")
    assert instant_array(trigger, after, until).tolist() == list(trigger.between(after, until))


@given(
    st.lists(triggers(after_finish=False), max_size=4),
    moments(),
    st.integers(1, 60 * DAY),
    st.integers(6 * HOUR, 90 * DAY),
)
def test_merged_arrays_are_in_order_of_time_then_of_the_mapping(
    drawn: list[Trigger], near: datetime, span: int, window: int
) -> None:
    """However long a window is, and the same as without arrays."""
    after = to_instant(near)
    until = min(after + span, LAST_INSTANT - 1)
    bound = [each.bind(after, None) for each in drawn]
    lists = [some(each, after, until) for each in bound]
    if any(each is None for each in lists):
        return
    named = {str(place): each for place, each in enumerate(bound)}
    pairs = [(at, place) for place, each in enumerate(lists) for at in each or ()]
    found = list(merged_arrays(named, after, until, window))
    times = [int(at) for part, _ in found for at in part]
    places = [int(place) for _, part in found for place in part]
    assert list(zip(times, places, strict=True)) == sorted(pairs)
    plain = merged(named, after=after, until=until)
    assert list(plain) == [(at, str(place)) for at, place in sorted(pairs)]


def test_no_trigger_has_no_occurrence() -> None:
    """Neither merged nor alone."""
    assert [len(each) for each, _ in merged_arrays({}, 0, DAY)] == [0]
    assert instant_array(Daily("02:30", tz="UTC"), 0, 0).dtype == np.int64


def test_without_numpy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the extra that brings it."""
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'duetime\[plot\]'"):
        instant_array(Every(minutes=1), 0, DAY)


def test_an_every_without_an_anchor_counts_from_the_beginning() -> None:
    """As if its task were added then."""
    after = to_instant(datetime(2026, 1, 1, 0, 7, tzinfo=UTC))
    assert instant_array(Every(hours=1), after, after + 2 * HOUR).tolist() == [
        after + HOUR,
        after + 2 * HOUR,
    ]
