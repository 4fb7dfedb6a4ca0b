"""Preview: the coming times as datetimes, and why a time is one or is not."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetime.engine.errors import BadTimeError, BadTriggerError, NaiveDatetimeError
from duetime.engine.instants import DAY, HOUR, LAST_INSTANT, Instant, to_instant
from duetime.engine.preview import explain, merged, upcoming
from duetime.engine.triggers import (
    Cron,
    Daily,
    Every,
    Except,
    Jitter,
    Monthly,
    Once,
    OnDemand,
    Trigger,
)
from tests.engine.triggers.strategies import triggers

BERLIN = ZoneInfo("Europe/Berlin")


def texts(trigger: Trigger, after: str, **limits: object) -> list[str]:
    """Return the coming times as ISO text."""
    found = upcoming(trigger, after=after, **limits)  # type: ignore[arg-type]  # drawn limits
    return [each.isoformat() for each in found]


def test_times_are_in_the_zone_of_the_trigger() -> None:
    """With the offset of their time; UTC where a trigger has no zone."""
    daily = Daily("02:30", tz="Europe/Berlin")
    assert texts(daily, "2026-03-28T00:00Z", count=3) == [
        "2026-03-28T02:30:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]
    assert texts(Once("2026-03-29T02:30+02:00"), "2026-03-28T00:00Z") == [
        "2026-03-29T00:30:00+00:00"
    ]


def test_an_every_without_an_anchor_is_explained_from_when_its_task_was_added() -> None:
    """It is written as it was given, also inside of what spreads it."""
    added = to_instant("2026-01-01T00:00:30Z")
    found = explain(Every("1h"), "2026-01-01T02:00:30Z", added=added)
    assert (found.occurs, found.steps) == (True, ("Every('1h')",))
    spread = explain(Jitter(Every("1h"), "10m"), "2026-01-01T02:00:30Z", added=added)
    assert spread.steps[1] == "trigger Every('1h'): due"
    assert not explain(Every("1h"), "2026-01-01T02:00:30Z").occurs


def test_a_time_that_happens_twice_has_its_fold() -> None:
    """So that both datetimes name their own instant."""
    found = list(
        upcoming(
            Cron("*/30 * * * *", tz="Europe/Berlin"),
            after="2026-10-25T01:30+02:00",
            until="2026-10-25T03:00+01:00",
        )
    )
    assert [(each.strftime("%H:%M"), each.fold) for each in found] == [
        ("02:00", 0),
        ("02:30", 0),
        ("02:00", 1),
        ("02:30", 1),
        ("03:00", 0),
    ]
    instants = [to_instant(each) for each in found]
    assert instants == [instants[0] + number * 1800 * 10**9 for number in range(5)]


def test_the_bounds_are_strictly_after_and_not_after() -> None:
    """A count ends it as well; with neither it goes on to the last instant."""
    hourly = Cron("0 * * * *")
    bounds = {"until": "2026-01-01T03:00Z"}
    assert len(texts(hourly, "2026-01-01T01:00Z", **bounds)) == 2
    assert len(texts(hourly, "2026-01-01T01:00Z", count=1, **bounds)) == 1
    assert texts(hourly, "2026-01-01T01:00Z", count=0) == []
    assert texts(hourly, "2026-01-01T01:00Z", until="2026-01-01T00:00Z") == []
    assert texts(Cron("0 0 1 1 *"), "2259-06-01T00:00Z") == [
        "2260-01-01T00:00:00+00:00",
        "2261-01-01T00:00:00+00:00",
    ]


def test_an_interval_without_an_anchor_counts_from_after() -> None:
    """As if its task were added then."""
    assert texts(Every(minutes=7), "2026-01-01T00:03Z", count=2) == [
        "2026-01-01T00:10:00+00:00",
        "2026-01-01T00:17:00+00:00",
    ]


def test_what_makes_no_sense_is_refused_at_once() -> None:
    """Before anything is asked for."""
    hourly = Cron("0 * * * *")
    with pytest.raises(NaiveDatetimeError):
        upcoming(hourly, after=datetime(2026, 1, 1))
    with pytest.raises(BadTimeError, match="count=-1: give the number of occurrences"):
        upcoming(hourly, after="2026-01-01T00:00Z", count=-1)
    with pytest.raises(BadTriggerError, match="is no trigger"):
        upcoming("0 * * * *", after="2026-01-01T00:00Z")  # type: ignore[arg-type]  # the point


@settings(max_examples=80)
@given(triggers())
def test_datetimes_are_those_of_the_instants(drawn: tuple[Trigger, Instant]) -> None:
    """Each with the same clock, offset and fold as zoneinfo gives it, in any zone."""
    trigger, near = drawn
    key = getattr(trigger, "tz", "UTC")
    after = max(near - 4 * DAY, 0) // 1000
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=after)
    bound = trigger.bind(after * 1000, None)
    expected = [
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=each // 1000)).astimezone(
            ZoneInfo(key)
        )
        for each in islice(bound.between(after * 1000, LAST_INSTANT), 300)
    ]
    found = list(upcoming(trigger, after=start, count=300))
    assert [(each.replace(tzinfo=None), each.fold) for each in found] == [
        (each.replace(tzinfo=None), each.fold) for each in expected
    ]
    assert [each.utcoffset() for each in found] == [each.utcoffset() for each in expected]


def test_times_of_day_that_are_kept_are_bounded() -> None:
    """A day of seconds has more of them than are kept."""
    found = upcoming(Cron("* * * * * *"), after="2026-01-01T00:00Z", count=2 * 86_400)
    for number, each in enumerate(found, 1):
        assert number % 10_000 or each == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
            seconds=number
        )


@pytest.mark.parametrize(
    ("trigger", "at", "lines"),
    [
        (
            Cron("30 2 * * *", tz="Europe/Berlin"),
            "2026-03-29T03:00+02:00",
            """
            2026-03-29T03:00:00+02:00: due
            - Cron('30 2 * * *', tz='Europe/Berlin')
            - picks: at 02:30, every day
            - the clock of Europe/Berlin shows 2026-03-29 03:00, not picked
            - not picked are minute 0, hour 3
            - it was put forward from 2026-03-29 02:00 to 2026-03-29 03:00, over 2026-03-29 02:30 \
(gap by the rule of Debian's cron); due here instead
            - next 2026-03-30T02:30:00+02:00
            """,
        ),
        (
            Daily("02:30", tz="Europe/Berlin", gap="skip"),
            datetime(2026, 3, 29, 2, 30, tzinfo=BERLIN),
            """
            2026-03-29T03:30:00+02:00: not due
            - 2026-03-29 02:30:00 does not exist in Europe/Berlin; Python reads it as \
2026-03-29T03:30:00+02:00
            - Daily('02:30', tz='Europe/Berlin', gap='skip')
            - the clock of Europe/Berlin shows 2026-03-29 03:30, not picked
            - it was put forward from 2026-03-29 02:00 to 2026-03-29 03:00, over 2026-03-29 02:30 \
(gap='skip')
            - last 2026-03-28T02:30:00+01:00
            - next 2026-03-30T02:30:00+02:00
            """,
        ),
        (
            Cron("30 2 * * *", tz="Europe/Berlin"),
            "2026-10-25T02:30+01:00",
            """
            2026-10-25T02:30:00+01:00: not due
            - Cron('30 2 * * *', tz='Europe/Berlin')
            - picks: at 02:30, every day
            - the clock of Europe/Berlin shows 2026-10-25 02:30, picked
            - it shows this twice; here for the second time (fold by the rule of Debian's cron)
            - last 2026-10-25T02:30:00+02:00
            - next 2026-10-26T02:30:00+01:00
            """,
        ),
        (
            Monthly(-1, "02:30", tz="Europe/Berlin", fold="both"),
            datetime(2026, 10, 31, 2, 30, tzinfo=BERLIN),
            """
            2026-10-31T02:30:00+01:00: due
            - Monthly(-1, '02:30', tz='Europe/Berlin', fold='both')
            - the clock of Europe/Berlin shows 2026-10-31 02:30, picked
            - next 2026-11-30T02:30:00+01:00
            """,
        ),
        (
            Except(Daily("09:00", tz="Europe/Berlin"), "2026-12-25"),
            "2026-12-25T08:00Z",
            """
            2026-12-25T09:00:00+01:00: not due
            - Except(Daily('09:00', tz='Europe/Berlin'), Exclusions('dates', version='', \
dates=['2026-12-25'], tz='Europe/Berlin'))
            - trigger Daily('09:00', tz='Europe/Berlin'): due
            - excluded by Exclusions('dates', version='', dates=['2026-12-25'], \
tz='Europe/Berlin') (on_excluded='skip')
            - last 2026-12-24T09:00:00+01:00
            - next 2026-12-26T09:00:00+01:00
            """,
        ),
        (
            Except(Daily("09:00", tz="UTC"), Every(days=7)),
            "2026-12-25T08:00Z",
            """
            2026-12-25T08:00:00+00:00: not due
            - Except(Daily('09:00', tz='UTC'), Every('7d'))
            - trigger Daily('09:00', tz='UTC'): not due
            - excluded Every('7d'): not due
            - last 2026-12-24T09:00:00+00:00
            - next 2026-12-25T09:00:00+00:00
            """,
        ),
        (
            Every(minutes=5),
            "2026-01-01T00:03:20Z",
            """
            2026-01-01T00:03:20+00:00: not due
            - Every('5m')
            - last 2026-01-01T00:00:00+00:00
            - next 2026-01-01T00:05:00+00:00
            """,
        ),
        (
            Cron("0 0 30 2 *"),
            "2026-03-01T00:00:30Z",
            """
            2026-03-01T00:00:30+00:00: not due
            - Cron('0 0 30 2 *')
            - picks: at 00:00, on day 30 of the month, in February
            - the clock of UTC shows 2026-03-01 00:00:30, not picked
            - not picked are second 30, Sunday 2026-03-01
            - never before
            - never again
            """,
        ),
    ],
)
def test_why_a_time_is_due_or_not(trigger: Trigger, at: datetime | str, lines: str) -> None:
    """Candidate, clock, gap, fold, exclusion, and what comes next."""
    expected = "\n".join(line.strip() for line in lines.strip().splitlines())
    assert str(explain(trigger, at)) == expected


def test_an_explanation_has_its_parts_as_attributes() -> None:
    """For programs: whether, why, and when next."""
    found = explain(Daily("02:30", tz="Europe/Berlin"), "2026-03-29T03:00+02:00")
    assert found.occurs
    assert found.at == datetime(2026, 3, 29, 3, 0, tzinfo=BERLIN)
    assert found.next == datetime(2026, 3, 30, 2, 30, tzinfo=BERLIN)
    assert "due here instead" in found.steps[-1]
    assert explain(Once("2026-01-01T00:00Z"), "2026-01-01T00:00Z").next is None


@settings(max_examples=80)
@given(triggers())
def test_an_explanation_never_contradicts_the_trigger(drawn: tuple[Trigger, Instant]) -> None:
    """It says due exactly where the trigger is due, and what is next is later."""
    trigger, near = drawn
    found = trigger.next_after(max(near, 0) // 1000 * 1000)
    if found is None or found % 1000 or found + DAY > LAST_INSTANT:
        return
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=found // 1000)
    due, later = explain(trigger, at), explain(trigger, at + timedelta(microseconds=1))
    assert due.occurs
    assert due.steps[0] == later.steps[0] == repr(trigger)
    assert later.occurs == (trigger.next_after(found) == found + 1000)
    assert due.next is None or due.next.astimezone(UTC) > at


@settings(max_examples=80)
@given(st.lists(triggers(), max_size=3), st.integers(1, 90 * DAY))
def test_merged_occurrences_are_in_order_of_time_then_of_the_mapping(
    drawn: list[tuple[Trigger, Instant]], span: int
) -> None:
    """Each with the name of its trigger, also across the months that are worked out at once."""
    after = max([near for _, near in drawn], default=0)
    until = min(after + span, LAST_INSTANT - 1)
    named = {f"t{place}": trigger for place, (trigger, _) in enumerate(drawn)}
    lists = {name: list(islice(each.between(after, until), 500)) for name, each in named.items()}
    if any(len(each) == 500 for each in lists.values()):
        return
    pairs = [(at, name) for name, times in lists.items() for at in times]
    assert list(merged(named, after=after, until=until)) == sorted(pairs)


def test_an_every_among_merged_ones_counts_from_the_beginning() -> None:
    """As if its task were added then."""
    found = merged({"a": Every(hours=1), "b": OnDemand()}, after=5, until=2 * HOUR + 5)
    assert list(found) == [(HOUR + 5, "a"), (2 * HOUR + 5, "a")]
