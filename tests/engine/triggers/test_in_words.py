"""Triggers in plain English."""

from dataclasses import dataclass

import pytest

from duetime.engine.instants import Instant, to_instant
from duetime.engine.triggers import TRIGGERS
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Daily, Monthly, Weekly, Yearly
from duetime.engine.triggers.calendar_text import Calendar
from duetime.engine.triggers.combine import AllOf, AnyOf, Jitter, Limit, Shift
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.every import AfterFinish, ElapsedGrid, Every
from duetime.engine.triggers.exclude import Except
from duetime.engine.triggers.in_words import _SAYERS, in_words
from duetime.engine.triggers.once import Once, OnDemand
from duetime.engine.triggers.rrule import RRule
from duetime.engine.triggers.within import Within

HOURLY = Every(hours=1)
NINE = Daily("09:00", tz="UTC")
MIDNIGHT = to_instant("2026-01-01T00:00Z")


@dataclass(frozen=True, slots=True)
class Strange(Trigger):
    """A trigger that nobody has words for."""

    def next_after(self, after: Instant) -> Instant | None:
        """Return None."""
        return None


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        (Once("2026-03-29T02:30+02:00"), "once, at 2026-03-29T00:30:00Z"),
        (OnDemand(), "on demand only"),
        (Every(minutes=90), "every 1 hour, 30 minutes"),
        (ElapsedGrid(HOURLY.period, MIDNIGHT), "every hour"),
        (AfterFinish("90s"), AfterFinish("90s").describe()),
        (Daily(["14:00", "02:30:05"], tz="UTC"), "at 02:30:05 and 14:00, every day"),
        (
            Daily("09:00", tz="UTC", every=3, anchor="2026-01-01"),
            "at 09:00, every 3 days, from 2026-01-01",
        ),
        (Weekly(["mon", 4], "08:00", tz="UTC"), "at 08:00, on Monday and Friday"),
        (Weekly(2, "08:00", tz="UTC", every=2), "at 08:00, on Wednesday, every 2 weeks"),
        (
            Monthly(["2nd tue", -1, -3, 5], "08:00", tz="UTC"),
            "at 08:00, on day 5, the last day but 2, the last day and the 2nd Tuesday of the month",
        ),
        (
            Monthly("weekday nearest 15", "18:00", tz="UTC", every=3),
            "at 18:00, on the weekday nearest 15 of the month, every 3 months",
        ),
        (
            Yearly([1, 7], "last fri", "10:00", tz="UTC"),
            "at 10:00, on the last Friday of January and July",
        ),
        (Cron("30 2 * * *"), "at 02:30, every day"),
        (Calendar("mon..fri 9:00", tz="UTC"), "as systemd reads 'Mon..Fri *-*-* 09:00:00'"),
        (
            RRule("FREQ=DAILY", start="2026-01-01T09:00", tz="UTC"),
            "by the rule FREQ=DAILY, from 2026-01-01 09:00:00",
        ),
        (AnyOf(NINE, HOURLY), "at 09:00, every day; or every hour"),
        (AllOf(NINE, HOURLY), "at 09:00, every day; and at once every hour"),
        (Except(NINE, "2026-12-25", "2026-12-26"), "at 09:00, every day; not on dates (2)"),
        (
            Except(NINE, Weekly("sat", "09:00", tz="UTC"), on_excluded="next_allowed"),
            "at 09:00, every day; not at 09:00, on Saturday; then on the next day allowed",
        ),
        (
            Within(HOURLY, between=("09:00", "17:30"), days=["mon"], tz="UTC"),
            "every hour; only 09:00 to 17:30, on Monday",
        ),
        (Within(HOURLY, days=["sat", "sun"], tz="UTC"), "every hour; only on Saturday and Sunday"),
        (Within(HOURLY, between=("09:00", "17:30"), tz="UTC"), "every hour; only 09:00 to 17:30"),
        (
            Limit(NINE, start="2026-01-01T00:00Z", end="2027-01-01T00:00Z", count=3),
            "at 09:00, every day; from 2026-01-01T00:00:00Z, until 2027-01-01T00:00:00Z, 3 times",
        ),
        (
            Limit(NINE, end="2027-01-01T00:00Z"),
            "at 09:00, every day; until 2027-01-01T00:00:00Z",
        ),
        (Limit(NINE, count=3), "at 09:00, every day; 3 times"),
        (Shift(NINE, "-90m"), "at 09:00, every day; 1h 30m earlier"),
        (Shift(NINE, "5s"), "at 09:00, every day; 5s later"),
        (Jitter(NINE, "30s"), "at 09:00, every day; up to 30s later"),
        (Strange(), "Strange()"),
    ],
)
def test_a_trigger_says_when_it_is_due(trigger: Trigger, words: str) -> None:
    """In plain English, without the zone; one that has no words is written as its call."""
    assert in_words(trigger) == words


def test_every_kind_of_trigger_has_words() -> None:
    """All of the table, but for the one that only a journal has."""
    assert {kind.__name__ for kind in _SAYERS} == TRIGGERS.keys() - {"ElapsedJitter"}
