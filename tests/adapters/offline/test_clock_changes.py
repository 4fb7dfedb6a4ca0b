"""What changes of clocks do to triggers, against their occurrences."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.expressions import read_expression
from duetime.adapters.offline.clock_changes import (
    Change,
    Met,
    Touched,
    changes_of,
    clock_parts,
    on_utc,
    touched,
)
from duetime.engine.instants import DAY, SECOND, iso, to_instant
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.cron import Cron
from duetime.engine.zones import zone

NEAR = 6 * 3600 * SECOND
SPRING, AUTUMN = to_instant("2026-03-29T01:00Z"), to_instant("2026-10-25T01:00Z")


def change_at(tz: str, near: str) -> Change:
    """Return the first change of a clock after a time."""
    after = to_instant(near)
    return changes_of(tz, after, after + 400 * DAY)[0]


def met(expression: str, change: Change) -> list[Touched]:
    """Return what a change does to a trigger."""
    trigger = read_expression(expression, tz=change.tz)
    return [each for part in clock_parts(trigger) for each in touched(part, change)]


def test_a_change_says_which_times_it_skips_or_doubles() -> None:
    """From where it was to where it is put, or the other way round."""
    spring = change_at("Europe/Berlin", "2026-01-01T00:00Z")
    autumn = change_at("Europe/Berlin", "2026-05-01T00:00Z")
    assert (spring.at, spring.by // SECOND) == (SPRING, 3600)
    assert (iso(spring.low), iso(spring.high)) == ("2026-03-29T02:00:00Z", "2026-03-29T03:00:00Z")
    assert (autumn.at, autumn.by // SECOND) == (AUTUMN, -3600)
    assert (iso(autumn.low), iso(autumn.high)) == ("2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z")


BERLIN = "tz='Europe/Berlin'"
DAILY = f"Daily('02:30', {BERLIN})"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (DAILY, ["at_end 01:00"]),
        (f"Daily('02:30', gap='shift', {BERLIN})", ["later 01:30"]),
        (f"Daily('02:30', gap='skip', {BERLIN})", ["skipped"]),
        (
            f"Daily(['02:10', '02:20', '03:00', '04:00'], {BERLIN})",
            ["at_end 01:00", "as_always 01:00"],
        ),
        ("*-*-* 02:30:00 Europe/Berlin", ["skipped"]),
        (f"Jitter({DAILY}, '1m')", ["at_end 01:00"]),
        (f"Shift({DAILY}, '2h')", ["at_end 03:00"]),
        (f"AnyOf({DAILY}, Daily('12:00', {BERLIN}))", ["at_end 01:00"]),
        (f"Except({DAILY}, '2026-03-29')", []),
        (f"Except({DAILY}, '2026-03-30')", ["at_end 01:00"]),
        (f"Within({DAILY}, days=['mon'], {BERLIN})", []),
        (f"Within({DAILY}, days=['sun'], {BERLIN})", ["at_end 01:00"]),
        (f"Limit({DAILY}, end='2026-03-28T00:00Z')", []),
        (f"Limit({DAILY}, start='2026-03-30T00:00Z')", []),
        (f"AllOf({DAILY}, Every('1h'))", ["at_end 01:00"]),
        (f"AllOf({DAILY}, Every('7h'))", []),
        (f"RRule('FREQ=DAILY', start='2026-01-01T02:30', {BERLIN})", ["later 01:30"]),
        ("30 2 * * *", ["at_end 01:00"]),
        ("*/20 * * * *", ["skipped"]),
        ("Every('1h')", []),
    ],
)
def test_what_becomes_of_a_time_in_a_gap(expression: str, expected: list[str]) -> None:
    """The gap of the trigger decides; what is around it may leave the time out."""
    found = met(expression, change_at("Europe/Berlin", "2026-01-01T00:00Z"))
    times = [[iso(at)[11:16] for at in each.at] for each in found]
    told = [" ".join([str(each.met), *at]) for each, at in zip(found, times, strict=True)]
    assert told == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (DAILY, ["first 00:30"]),
        (f"Daily('02:30', fold='second', {BERLIN})", ["second 01:30"]),
        (f"Daily('02:30', fold='both', {BERLIN})", ["twice 00:30 01:30"]),
        (
            f"AllOf(Daily('02:00', fold='both', {BERLIN}), Once('2026-10-25T01:00Z'))",
            ["second 01:00"],
        ),
        (
            f"AllOf(Daily('02:00', fold='both', {BERLIN}), Once('2026-10-25T00:00Z'))",
            ["first 00:00"],
        ),
        ("0 3 * * *", ["as_always 02:00"]),
        ("*/20 * * * *", ["twice 00:00 01:00"]),
    ],
)
def test_what_becomes_of_a_time_that_comes_twice(expression: str, expected: list[str]) -> None:
    """The fold of the trigger decides."""
    found = met(expression, change_at("Europe/Berlin", "2026-05-01T00:00Z"))
    times = [[iso(at)[11:16] for at in each.at] for each in found]
    told = [" ".join([str(each.met), *at]) for each, at in zip(found, times, strict=True)]
    assert told == expected


def test_of_a_gap_that_is_too_long_nothing_is_made_up() -> None:
    """Debian's cron gives up at three hours, a calendar at a whole day."""
    apia = change_at("Pacific/Apia", "2011-12-01T00:00Z")
    for trigger in (Cron("0 12 * * *", tz="Pacific/Apia"), Daily("12:00", tz="Pacific/Apia")):
        [part] = clock_parts(trigger)
        assert [each.met for each in touched(part, apia)] == [Met.SKIPPED]


zones = st.sampled_from(
    "Europe/Berlin America/Sao_Paulo Australia/Lord_Howe Antarctica/Troll Africa/Casablanca".split()
)
times = st.builds("{:02}:{:02}".format, st.integers(0, 4), st.sampled_from([0, 15, 30, 45]))
gaps, folds = (
    st.sampled_from("next_valid shift skip".split()),
    st.sampled_from("first second both".split()),
)
crons = st.builds(
    "{} {} * * *".format,
    st.sampled_from(["0", "*/15", "30,45", "*"]),
    st.sampled_from(["*", "1-3", "2", "*/2", "0"]),
)
triggers: st.SearchStrategy[Trigger] = zones.flatmap(
    lambda tz: st.one_of(
        st.builds(
            lambda at, gap, fold: Daily(at, tz=tz, gap=gap, fold=fold),
            st.lists(times, min_size=1, max_size=4),
            gaps,
            folds,
        ),
        st.builds(
            lambda text, gap, fold: Cron(text, tz=tz, gap=gap, fold=fold),
            crons,
            st.none() | gaps,
            st.none() | folds,
        ),
    )
)


@given(trigger=triggers, day=st.integers(0, 9000))
def test_what_is_told_is_what_the_trigger_does(trigger: Trigger, day: int) -> None:
    """Around a change, a trigger is due where its clock says so, but for what is told."""
    [part] = clock_parts(trigger)
    begin = to_instant(datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=day))
    for change in changes_of(part.trigger.tz, begin, begin + 300 * DAY)[:1]:
        told = touched(part, change)
        walls = {wall for each in told for wall in _walls(part.trigger, each)}
        assert walls <= {*on_utc(part.trigger).between(change.low - 1, change.high)}
        due = {*trigger.between(change.at - NEAR - 1, change.at + NEAR - 1)}
        plain = _plain(trigger, change)
        firsts = {at for each in told for at in each.at}
        assert firsts <= due
        assert due - plain == _all_due(told, part.trigger, change) - plain


def _plain(trigger: Trigger, change: Change) -> set[int]:
    """Return when the clock shows what is picked, less what is skipped or doubled."""
    [part] = clock_parts(trigger)
    picks, clock = on_utc(part.trigger), zone(change.tz)
    sides = (
        (change.before, change.at - NEAR, change.at),
        (change.after, change.at, change.at + NEAR),
    )
    found = {
        wall - offset
        for offset, start, end in sides
        for wall in picks.between(start + offset - 1, end + offset - 1)
    }
    return {at for at in found if not change.low <= clock.wall(at) < change.high}


def _walls(trigger: Trigger, each: Touched) -> list[int]:
    """Return the times of the clock that are told of."""
    return list(on_utc(trigger).between(each.first - 1, each.last))  # type: ignore[arg-type]  # it is one on a clock


def _all_due(told: list[Touched], trigger: Trigger, change: Change) -> set[int]:
    """Return when all that is told of is due, each time as far from its first as on the clock."""
    return {
        at + (0 if each.met is Met.AT_END else wall - each.first)
        for each in told
        for wall in _walls(trigger, each)
        for at in each.at
    }
