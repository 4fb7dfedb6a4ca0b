"""Wall-clock time: what holds for every kind of trigger that there is, whatever it means."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetime.engine.instants import DAY, HOUR, MINUTE, SECOND, Instant, to_instant
from duetime.engine.triggers import TRIGGERS, trigger_from_json
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Daily, Monthly, Weekly, Yearly
from duetime.engine.triggers.calendar_text import Calendar
from duetime.engine.triggers.combine import AllOf, AnyOf, ElapsedJitter, Jitter, Limit, Shift
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.every import AfterFinish, ElapsedGrid, Every
from duetime.engine.triggers.exclude import Except
from duetime.engine.triggers.once import Once, OnDemand
from duetime.engine.triggers.rrule import RRule
from duetime.engine.triggers.within import Within

ANCHOR = "2026-03-01T00:00Z"
IN_A_ZONE: list[Callable[[str], Trigger]] = [
    lambda tz: Daily(["02:30", "23:59:59.5"], tz=tz, every=2, anchor="2026-03-01"),
    lambda tz: Weekly(["mon", "sun"], ["00:00", "02:15"], tz=tz),
    lambda tz: Monthly([-1, 31, "2nd tue"], "02:30", tz=tz, overflow="clip"),
    lambda tz: Yearly([3, 10], ["last sun"], "02:30", tz=tz, gap="shift", fold="both"),
    lambda tz: Cron("*/20 1-3 * * SUN", tz=tz),
    lambda tz: Cron("30 2 L * *", tz=tz, gap="skip", fold="second"),
    lambda tz: Calendar("Sun *-*-* 02:30:00/20", tz=tz),
    lambda tz: RRule("FREQ=WEEKLY;BYDAY=SU,WE;BYHOUR=2,3", start="2026-03-01T02:30", tz=tz),
    lambda tz: Within(Daily(["01:30", "12:00"], tz=tz), between=("01:00", "02:45"), tz=tz),
]
"""Triggers whose occurrences follow the clock of a zone."""
ZONE_FREE: list[Trigger] = [
    Once("2026-03-29T01:00Z"),
    OnDemand(),
    Every("90s", anchor=ANCHOR),
    Every("7d", anchor=ANCHOR),
    ElapsedGrid(7 * MINUTE + 1, to_instant(ANCHOR)),
    AfterFinish("5m"),
    AnyOf(Every("4h", anchor=ANCHOR), Daily("02:30", tz="Europe/Berlin")),
    AllOf(Every("4h", anchor=ANCHOR), Every("6h", anchor=ANCHOR)),
    Except(Every("4h", anchor=ANCHOR), Every("6h", anchor=ANCHOR), on_excluded="next_allowed"),
    Limit(Every("1h", anchor=ANCHOR), start="2026-03-28T00:00Z", count=99),
    Shift(Daily("02:30", tz="Europe/Berlin"), "-90m"),
    Jitter(Every("1h", anchor=ANCHOR), "10m"),
    ElapsedJitter(ElapsedGrid(HOUR, to_instant(ANCHOR)), "10m"),
]
EVERY_KIND = [make(tz) for make in IN_A_ZONE for tz in ("Europe/Berlin", "UTC")] + ZONE_FREE
NEAR = to_instant("2026-03-29T01:00Z")
MOMENTS = st.one_of(
    st.integers(-2 * HOUR, 2 * HOUR).map(NEAR.__add__),
    st.integers(-70 * DAY // SECOND, 300 * DAY // SECOND).map(lambda s: NEAR + s * SECOND),
)


def test_p37_no_kind_of_trigger_is_left_out() -> None:
    """Each class of the table has a sample here."""
    assert {type(trigger).__name__ for trigger in EVERY_KIND} == set(TRIGGERS)


@pytest.mark.parametrize("trigger", EVERY_KIND, ids=repr)
@settings(max_examples=30)
@given(MOMENTS)
def test_p37_the_next_is_later_and_found_from_just_before(
    trigger: Trigger, moment: Instant
) -> None:
    """next_after(t) > t, and next_after(next − 1 ns) is it again; from JSON, too."""
    found = trigger.next_after(moment)
    same = trigger_from_json(json.loads(json.dumps(trigger.to_json())))
    assert same.next_after(moment) == found
    if found is not None and not trigger.follows_runs:
        assert found > moment
        assert trigger.next_after(found - 1) == found
        assert trigger.previous_before(found + 1) == found


@pytest.mark.parametrize("make", IN_A_ZONE, ids=lambda make: repr(make("UTC")))
@pytest.mark.parametrize(("tz", "hours"), [("Etc/GMT-3", 3), ("Etc/GMT+11", -11)])
@settings(max_examples=20)
@given(MOMENTS)
def test_p41_a_zone_of_fixed_offset_is_utc_shifted(
    make: Callable[[str], Trigger], tz: str, hours: int, moment: Instant
) -> None:
    """A zone that is always so many hours ahead is due so many hours earlier than UTC."""
    expected = make("UTC").next_after(moment + hours * HOUR)
    found = make(tz).next_after(moment)
    assert (found and found + hours * HOUR) == expected
