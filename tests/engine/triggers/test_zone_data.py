"""Other time-zone data, and other ways to the same trigger: what must stay the same."""

import json
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from duetime.engine.instants import DAY, to_instant
from duetime.engine.triggers import TRIGGERS, cron, timetable, trigger_from_json
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Daily, Monthly
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.exclude import Exclusions
from duetime.engine.triggers.rrule import RRule
from duetime.engine.zones import Zone
from tests.engine.triggers import strategies

BERLIN = ZoneInfo("Europe/Berlin")
CHANGE = datetime(2026, 7, 1, 9, tzinfo=UTC)
"""When, in the newer data, the zone leaves Berlin's time for three hours ahead of UTC."""


class NewerData(tzinfo):
    """Berlin's time up to the change, and UTC+3 from then on."""

    def fromutc(self, moment: datetime) -> datetime:
        """Return the local time of a time in UTC."""
        at = moment.replace(tzinfo=UTC)
        local = at.astimezone(BERLIN) if at < CHANGE else at.astimezone(UTC) + timedelta(hours=3)
        return local.replace(tzinfo=self)

    def utcoffset(self, moment: datetime | None) -> timedelta:
        """Return the offset of a local time; near the change any answer will do."""
        assert moment is not None
        late = moment.replace(tzinfo=None) >= CHANGE.replace(tzinfo=None) + timedelta(hours=3)
        offset = moment.replace(tzinfo=BERLIN).utcoffset()
        assert offset is not None
        return timedelta(hours=3) if late else offset

    def dst(self, moment: datetime | None) -> timedelta:
        """Return nothing of interest."""
        return timedelta(0)


IN_BERLIN: list[Trigger] = [
    Daily(["00:30", "11:30", "12:30"], tz="Europe/Berlin"),
    Monthly([1, -1], "12:15", tz="Europe/Berlin"),
    Cron("*/20 */5 * * *", tz="Europe/Berlin"),
    Cron("15 11,12 * * *", tz="Europe/Berlin"),
    RRule("FREQ=HOURLY;INTERVAL=5", start="2026-01-01T00:00", tz="Europe/Berlin"),
]


@pytest.mark.parametrize("trigger", IN_BERLIN, ids=repr)
def test_p42_new_zone_data_alters_only_what_comes_after_the_change(
    trigger: Trigger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to the change the occurrences are the same, and afterwards they are not."""
    begin, change = to_instant("2026-03-01T00:00Z"), to_instant(CHANGE)
    old = list(trigger.between(begin, change + 90 * DAY))
    newer = Zone(NewerData(), "Europe/Berlin")
    for module in (timetable, cron):
        monkeypatch.setattr(module, "zone", lambda _: newer)
    again = trigger_from_json(trigger.to_json())
    new = list(again.between(begin, change + 90 * DAY))
    assert [at for at in old if at < change] == list(takewhile(change.__gt__, new))
    assert [at for at in old if at >= change] != [at for at in new if at >= change]


@given(strategies.triggers())
def test_p57_equal_triggers_have_equal_occurrences(case: tuple[Trigger, int]) -> None:
    """A trigger comes back from JSON and from repr: equal, with the same answers."""
    trigger, at = case
    for again in (trigger_from_json(json.loads(json.dumps(trigger.to_json()))), pasted(trigger)):
        assert (again, hash(again)) == (trigger, hash(trigger))
        assert again.next_after(at) == trigger.next_after(at)


def pasted(trigger: Trigger) -> Trigger:
    """Return what the repr of a trigger says, pasted into Python."""
    made = eval(repr(trigger), {**TRIGGERS, "Exclusions": Exclusions})
    assert isinstance(made, Trigger)
    return made
