"""What is to be drawn of a simulated plan."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.offline import simulating
from duetime.adapters.offline.figures import Figures
from duetime.adapters.offline.picturing import LANES_SPAN, Picturing
from duetime.adapters.offline.simulating import simulate_plan
from duetime.adapters.offline.summary import Summary
from duetime.adapters.offline.windows import ENDINGS, RunColumns, Window
from duetime.adapters.plans import Plan
from duetime.engine.instants import DAY, HOUR, MINUTE, SECOND, Instant, to_datetime, to_instant
from duetime.engine.zones import zone
from tests.adapters.offline.plan_files import BEGIN, one_task

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
YEAR_SECONDS = 366 * 86_400


def figures_of(plan: Plan, begin: Instant, end: Instant) -> Figures:
    """Simulate a plan, and return what is to be drawn of it."""
    summary, picturing = Summary(plan.names(), begin, end), Picturing(begin, end, zone("UTC"))
    for window in simulate_plan(plan, begin, end):
        summary.take(window)
        picturing.take(window)
    return picturing.figures("A plan", summary)


def window_of(starts: list[Instant], end: Instant) -> Window:
    """Make a window of runs that take no time."""
    ones = [1] * len(starts)
    columns = RunColumns(
        number=ones,
        attempt=ones,
        cause=[0] * len(starts),
        nominal=starts,
        planned=starts,
        started=starts,
        ended=starts,
        ending=[ENDINGS.index("finished")] * len(starts),
    )
    return Window(begin=BEGIN, end=end, settled=end, runs={"it": columns}, fates={})


@given(st.sampled_from(ZONES), st.lists(st.integers(0, YEAR_SECONDS), max_size=50))
def test_the_week_is_that_of_the_clock(tz: str, after: list[int]) -> None:
    """Each start counts at the weekday and hour that a clock shows, whatever was changed on it."""
    end = BEGIN + YEAR_SECONDS * SECOND + 1
    picturing = Picturing(BEGIN, end, zone(tz))
    picturing.take(window_of([BEGIN + each * SECOND for each in after], end))
    week = picturing.figures("", Summary(["it"], BEGIN, end)).week
    expected = Counter[tuple[int, int]]()
    for each in after:
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=each)
        local = moment.astimezone(ZoneInfo(tz))
        expected[local.weekday(), local.hour] += 1
    told = {(day, hour): week[day][hour] for day in range(7) for hour in range(24)}
    assert +Counter(told) == expected


def test_runs_and_fates_are_drawn_in_lanes() -> None:
    """A bar for each run, with how it ended; a mark for each due time that started nothing."""
    figures = figures_of(one_task('every = "1h"', 'takes = "90m"'), BEGIN, BEGIN + 4 * HOUR)
    [lane] = figures.lanes
    assert list(lane.bars) == [
        (BEGIN + HOUR, BEGIN + HOUR + 90 * MINUTE, "finished"),
        (BEGIN + 3 * HOUR, BEGIN + 4 * HOUR, "going"),
    ]
    assert list(lane.marks) == [(BEGIN + 2 * HOUR, "skipped")]
    assert (figures.lanes_begin, figures.lanes_end) == (BEGIN, BEGIN + 4 * HOUR)


def test_only_the_first_days_are_drawn_run_by_run() -> None:
    """All of the time counts for the week and for how many run at once."""
    figures = figures_of(one_task('every = "1h"'), BEGIN, BEGIN + 30 * DAY)
    assert figures.lanes_end == BEGIN + LANES_SPAN
    assert len(figures.lanes[0].bars) == LANES_SPAN // HOUR - 1
    assert sum(map(sum, figures.week)) == 30 * 24


def test_a_run_that_outlasts_the_lanes_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told in the window in which it ends, which may begin after them."""
    monkeypatch.setattr(simulating, "ROOM", 1)
    plan = one_task('once = "2026-01-06T00:00Z"', 'takes = "10d"')
    [bar] = figures_of(plan, BEGIN, BEGIN + 20 * DAY).lanes[0].bars
    assert bar == (BEGIN + 5 * DAY, BEGIN + 15 * DAY, "finished")


def test_a_task_that_does_nothing_has_an_empty_lane() -> None:
    """It is part of the plan."""
    [lane] = figures_of(one_task("on_demand = true"), BEGIN, BEGIN + DAY).lanes
    assert (lane.name, list(lane.bars), list(lane.marks)) == ("it", [], [])


def changes_in(tz: str, end: Instant) -> Mapping[Instant, int]:
    """Return what is told of the changes of a clock."""
    return Picturing(BEGIN, end, zone(tz)).figures("", Summary([], BEGIN, end)).changes


def test_changes_of_the_clock_are_told() -> None:
    """When, and by how much."""
    found = changes_in("Europe/Berlin", BEGIN + 365 * DAY)
    assert {f"{to_datetime(at):%m-%d %H:%M}": moved // MINUTE for at, moved in found.items()} == {
        "03-29 01:00": 60,
        "10-25 01:00": -60,
    }
    assert changes_in("UTC", to_instant("2036-01-01T00:00Z")) == {}
