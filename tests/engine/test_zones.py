"""Zones: the table of offset changes, and what wall-clock times become in gaps and folds."""

import zoneinfo
from bisect import bisect_right
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from itertools import pairwise
from zoneinfo import _zoneinfo  # type: ignore[attr-defined]  # the readable twin of the C code

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetime.engine.errors import UnknownZoneError
from duetime.engine.instants import DAY, EPOCH, HOUR, LAST_INSTANT, SECOND, to_instant, to_span
from duetime.engine.policies import Fold, Gap
from duetime.engine.zones import (
    _EARLY_STEP,
    _PROBE_STEP,
    _TABLE_END,
    _TABLE_START,
    Segment,
    Zone,
    _calm,
    _Table,
    zone,
    zone_key,
)

KEYS = sorted(zoneinfo.available_timezones())
INSTANTS = st.integers(0, LAST_INSTANT - 1)

Changes = list[tuple[int, int]]
"""(instant, offset from then on), both in ns."""


@cache
def changes_of(key: str) -> Changes:
    """Read the offset changes out of a zone's data: no probing, no arithmetic of ours.

    The data lists changes up to some year (2037 or less), and then gives a rule.
    """
    info = _zoneinfo.ZoneInfo.no_cache(key)
    listed = list(zip(info._trans_utc, (part.utcoff for part in info._ttinfos), strict=True))
    if isinstance(info._tz_after, _zoneinfo._TZStr):
        listed += by_rule(info._tz_after, since=listed[-1][0])
    found, before = [], info._tti_before.utcoff
    for second, offset in listed:
        if offset != before:
            found.append((second * SECOND, to_span(offset)))
        before = offset
    return found


def changes_between(key: str, after: int, until: int) -> Changes:
    """Return those after an instant and not after another."""
    return [change for change in changes_of(key) if after < change[0] <= until]


def shortest_time_between_changes(after: int, until: int) -> tuple[int, str]:
    """Return the shortest time between two changes, with the zone that has it."""
    return min(
        (later[0] - earlier[0], key)
        for key in KEYS
        for earlier, later in pairwise(changes_between(key, after, until))
    )


def by_rule(rule: "_zoneinfo._TZStr", *, since: int) -> list[tuple[int, timedelta]]:
    """Return what a rule for all further years says, from a second on, in order."""
    found = []
    for year in range(1970, 2263):
        to_summer, to_winter = rule.transitions(year)
        winter, summer = rule.std.utcoff, rule.dst.utcoff
        found.append((to_summer - int(winter.total_seconds()), summer))
        found.append((to_winter - int(summer.total_seconds()), winter))
    return sorted(change for change in found if change[0] > since)


def table_of(key: str, after: int, until: int) -> Changes:
    """Return the same from the zone under test."""
    tested = zone(key)
    return [(at, tested.offset(at)) for at in tested.changes(after, until)]


def test_no_zone_changes_its_offset_twice_within_a_probe() -> None:
    """The steps by which changes are looked for are shorter than the time between any two."""
    assert shortest_time_between_changes(0, LAST_INSTANT) > (_PROBE_STEP, "")
    assert shortest_time_between_changes(-(1 << 63), 0) > (_EARLY_STEP, "")
    assert min(changes_of(key)[0][0] for key in KEYS if changes_of(key)) > _TABLE_START


@pytest.mark.slow
def test_the_table_of_every_zone_is_what_its_data_says() -> None:
    """Every change since 1970 is found, to the second, with the offset that it leads to."""
    for key in KEYS:
        expected = changes_between(key, 0, _TABLE_END - 1)
        assert (key, table_of(key, 0, _TABLE_END - 1)) == (key, expected)


def test_the_table_goes_on_to_the_last_instant() -> None:
    """From 2038 to 2261 the rule of a zone holds; one zone stands for all of the same rule."""
    of_rule = {tuple(changes_between(key, _TABLE_END, LAST_INSTANT)): key for key in KEYS}
    assert len(of_rule) > 20
    for expected, key in of_rule.items():
        assert (key, tuple(table_of(key, _TABLE_END, LAST_INSTANT))) == (key, expected)


@pytest.mark.parametrize("key", ["Europe/Amsterdam", "America/Juneau", "Asia/Manila", "UTC"])
def test_the_time_before_1970_is_read_when_it_is_asked_for(key: str) -> None:
    """Local mean times, war times and moved date lines are found as well."""
    fresh = Zone(zoneinfo.ZoneInfo(key), key)
    early = [(at, fresh.offset(at)) for at in fresh.changes(_TABLE_START, 0)]
    assert early == changes_between(key, _TABLE_START, 0)
    assert fresh.segment(-1).end >= 0
    assert fresh.changes(0, _TABLE_END - 1) == zone(key).changes(0, _TABLE_END - 1)


@settings(max_examples=60)
@given(st.sampled_from(KEYS), INSTANTS, st.integers(-2 * DAY, 2 * DAY))
def test_where_it_is_calm_each_clock_time_is_one_instant(key: str, near: int, off: int) -> None:
    """Calm is what is further from any change than that moves the clock, both ways."""
    tested = zone(key)
    near = next(iter(tested.changes(near, LAST_INSTANT)), near) + off
    edges, walls, offsets = tested.calm
    offset = offsets[bisect_right(edges, near)]
    if offset is None:
        return
    assert tested.offset(near) == offset
    assert offsets[bisect_right(walls, near + offset)] == offset
    assert tested.instants(near + offset, Gap.SHIFT, Fold.BOTH) == (near,)
    assert len(edges) == len(walls) == len(offsets) - 1


def test_what_is_calm_grows_with_what_was_looked_at() -> None:
    """Far times are looked up when they are asked for; a table is replaced, never changed."""
    fresh = Zone(zoneinfo.ZoneInfo("Europe/Berlin"), "Europe/Berlin")
    before = fresh.calm
    assert before.offsets[bisect_right(before.edges, to_instant("2100-01-15T00:00Z"))] is None
    fresh.offset(to_instant("2100-01-15T00:00Z"))
    fresh.offset(-DAY)
    after = fresh.calm
    assert after.offsets[bisect_right(after.edges, to_instant("2100-01-15T00:00Z"))] == HOUR
    assert after.offsets[bisect_right(after.edges, -30 * DAY)] == HOUR
    assert before.edges != after.edges


@given(st.sampled_from(KEYS), INSTANTS)
def test_the_offset_is_that_of_the_standard_library(key: str, instant: int) -> None:
    """At any instant, wall-clock time is what zoneinfo makes of it."""
    moment = (EPOCH + timedelta(microseconds=instant // 1000)).astimezone(zoneinfo.ZoneInfo(key))
    assert zone(key).offset(instant) == to_span(moment.utcoffset() or timedelta())
    assert zone(key).wall(instant) == instant + zone(key).offset(instant)
    assert zone(key).datetime(instant) == moment
    assert zone(key).datetime(instant).utcoffset() == moment.utcoffset()


@given(st.sampled_from(KEYS), INSTANTS)
def test_a_segment_holds_its_instant_and_one_offset(key: str, instant: int) -> None:
    """A segment reaches from one change to the next, without its end; it may be cut at 1970."""
    ends = [at for at, _ in changes_between(key, 0, LAST_INSTANT)]
    index = bisect_right(ends, instant)
    found = zone(key).segment(instant)
    assert max(found.start, 0) == (ends[index - 1] if index else 0)
    assert found.end == (ends[index] if index < len(ends) else 1 << 63)
    assert found.offset == zone(key).offset(instant)


@st.composite
def walls(draw: st.DrawFn) -> tuple[str, int]:
    """Draw a zone and a time on its clock, mostly close to a change."""
    key = draw(st.sampled_from(KEYS))
    changes = changes_between(key, 0, LAST_INSTANT)
    around = draw(st.sampled_from([at for at, _ in changes] or [DAY * 9_999]))
    wall = around + draw(st.integers(-26 * HOUR, 26 * HOUR))
    return key, max(wall, 2 * DAY)


def naive(wall: int) -> datetime:
    """Write a wall-clock time as a naive datetime."""
    return datetime(1970, 1, 1) + timedelta(microseconds=wall // 1000)


@given(walls(), st.sampled_from(Gap), st.sampled_from(Fold))
def test_wall_clock_times_are_resolved_as_pep_495_says(
    drawn: tuple[str, int], gap: Gap, fold: Fold
) -> None:
    """A time exists once, twice (both passes differ) or not (neither comes back as it was)."""
    key, wall = drawn[0], drawn[1] // 1000 * 1000
    passes = [naive(wall).replace(tzinfo=zoneinfo.ZoneInfo(key), fold=fold) for fold in (0, 1)]
    there = [each.astimezone(UTC) for each in passes]
    back = [each.astimezone(zoneinfo.ZoneInfo(key)).replace(tzinfo=None) for each in there]
    first, second = (to_instant(each) for each in there)
    if back[0] != naive(wall):
        ends = max(at for at, _ in changes_of(key) if at <= first)
        expected = {Gap.NEXT_VALID: (ends,), Gap.SHIFT: (first,), Gap.SKIP: ()}[gap]
    else:
        both = (first, second) if first != second else (first,)
        expected = {Fold.FIRST: both[:1], Fold.SECOND: both[-1:], Fold.BOTH: both}[fold]
    assert zone(key).instants(wall, gap, fold) == expected


@given(walls())
def test_calm_stretches_need_no_second_look(drawn: tuple[str, int]) -> None:
    """Where no change is near, the offset of a stretch is right on both of its clocks."""
    key, moment = drawn
    calm = zone(key).calm
    offset = calm.offsets[bisect_right(calm.edges, moment)]
    assert offset is None or zone(key).offset(moment) == offset
    offset = calm.offsets[bisect_right(calm.walls, moment)]
    if offset is not None:
        assert zone(key).instants(moment, Gap.SKIP, Fold.BOTH) == (moment - offset,)


def test_a_stretch_between_two_close_changes_is_never_calm() -> None:
    """Where changes lie as close as they move the clock, both are always looked at."""
    table = _Table(0, 10 * DAY, (5 * DAY, 5 * DAY + HOUR), (0, 2 * HOUR, 0))
    assert _calm(table).offsets == (None, 0, None, 0, None)


@pytest.mark.parametrize(
    ("key", "local", "next_valid", "shift_later"),
    [
        ("Europe/Berlin", "2026-03-29T02:30Z", "2026-03-29T01:00:00Z", HOUR // 2),
        ("America/New_York", "2026-03-08T02:30Z", "2026-03-08T07:00:00Z", HOUR // 2),
        # half an hour only
        ("Australia/Lord_Howe", "2026-10-04T02:15Z", "2026-10-03T15:30:00Z", HOUR // 4),
        # at midnight
        ("America/Sao_Paulo", "2018-11-04T00:00Z", "2018-11-04T03:00:00Z", 0),
        # a whole date
        ("Pacific/Apia", "2011-12-30T12:00Z", "2011-12-30T10:00:00Z", 12 * HOUR),
        # shifted into the next date
        ("America/Nuuk", "2026-03-28T23:30Z", "2026-03-29T01:00:00Z", HOUR // 2),
    ],
)
def test_the_canonical_gaps(key: str, local: str, next_valid: str, shift_later: int) -> None:
    """NEXT_VALID is the end of the gap, SHIFT as much later as the gap is long, SKIP nothing."""
    wall, end = to_instant(local), to_instant(next_valid)
    found = {gap: zone(key).instants(wall, gap, Fold.FIRST) for gap in Gap}
    assert found == {Gap.NEXT_VALID: (end,), Gap.SHIFT: (end + shift_later,), Gap.SKIP: ()}


@pytest.mark.parametrize(
    ("key", "local", "first_pass", "length"),
    [
        ("Europe/Berlin", "2026-10-25T02:30Z", "2026-10-25T00:30:00Z", HOUR),
        ("America/New_York", "2026-11-01T01:30Z", "2026-11-01T05:30:00Z", HOUR),
        ("Australia/Lord_Howe", "2026-04-05T01:45Z", "2026-04-04T14:45:00Z", HOUR // 2),
        ("America/Sao_Paulo", "2018-02-17T23:30Z", "2018-02-18T01:30:00Z", HOUR),
    ],
)
def test_the_canonical_folds(key: str, local: str, first_pass: str, length: int) -> None:
    """FIRST and SECOND are one pass each, BOTH is both."""
    first = to_instant(first_pass)
    second = first + length
    found = {fold: zone(key).instants(to_instant(local), Gap.SKIP, fold) for fold in Fold}
    assert found == {Fold.FIRST: (first,), Fold.SECOND: (second,), Fold.BOTH: (first, second)}


def test_utc_has_one_offset_for_ever() -> None:
    """UTC and zones that never change have one segment."""
    assert zone("UTC").segment(-1) == Segment(-(1 << 63), 1 << 63, 0)
    assert zone("Etc/GMT-2").segment(-1) == Segment(-(1 << 63), 1 << 63, 2 * HOUR)
    assert zone("UTC").instants(5 * DAY, Gap.SKIP, Fold.BOTH) == (5 * DAY,)


def test_a_zone_is_one_object_for_its_name() -> None:
    """Tables are made once."""
    assert zone("Europe/Berlin") is zone("Europe/Berlin")
    assert repr(zone("Europe/Berlin")) == "zone('Europe/Berlin')"


@pytest.mark.parametrize(
    ("tz", "key"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (zoneinfo.ZoneInfo("Europe/Berlin"), "Europe/Berlin"),
        (UTC, "UTC"),
        ("UTC", "UTC"),
    ],
)
def test_a_zone_is_known_by_its_name(tz: object, key: str) -> None:
    """A zone may be given by name, as a ZoneInfo or as UTC."""
    assert zone_key(tz) == key  # type: ignore[arg-type]  # str or tzinfo


@pytest.mark.parametrize("tz", [timezone(timedelta(hours=2)), None, 5])
def test_what_has_no_name_is_no_zone(tz: object) -> None:
    """An offset alone is not a zone; the message says what to pass."""
    with pytest.raises(UnknownZoneError, match="has no name in the time-zone data; pass a name"):
        zone_key(tz)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("europe/berlin", "; did you mean 'Europe/Berlin'?"),
        ("Berlin", "; did you mean 'Europe/Berlin'?"),
        ("america/new york", "; did you mean 'America/New_York'?"),
        ("Mars/Olympus", ""),
        ("", ""),
        ("../etc/passwd", ""),
        ("Europe", ""),
        ("x" * 5000, ""),
        ("Europe/Ber\0lin", ""),
    ],
)
def test_an_unknown_zone_is_refused_with_a_hint(key: str, hint: str) -> None:
    """The message names what was given, and a zone of a similar name if there is one."""
    with pytest.raises(UnknownZoneError) as caught:
        zone_key(key)
    text = f"time zone {key!r} is unknown; use a name of the IANA time-zone data such as "
    assert str(caught.value) == text + "'Europe/Berlin' or 'UTC'" + hint
