"""Simulated plans: in columns and by steps."""

import tracemalloc
from collections import Counter
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetime.adapters.declare import read_task
from duetime.adapters.offline import by_columns, simulating
from duetime.adapters.offline.by_steps import simulate_by_steps
from duetime.adapters.offline.scenario import Event, Scenario
from duetime.adapters.offline.simulating import simulate_plan
from duetime.adapters.offline.windows import Row, Window, rows_of
from duetime.adapters.plans import Plan, PlannedTask
from duetime.adapters.simulate import Simulation
from duetime.adapters.takes import Takes
from duetime.adapters.testing.strategies import moments, triggers
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadTimeError, UnknownTaskError
from duetime.engine.instants import DAY, HOUR, LAST_INSTANT, MINUTE, to_datetime, to_instant
from duetime.engine.machine import Settings
from duetime.engine.triggers import Daily, Every, Once, OnDemand
from duetime.engine.triggers.base import Trigger

BEGIN = to_instant("2026-03-28T00:00Z")
END = BEGIN + 2 * DAY
TAKES: st.SearchStrategy[Takes] = st.sampled_from(
    [None, "0s", "30s", "7m", "3h", "1s..20m", ["10s", "50m"], "2d"]
)
OVERLAPS = st.sampled_from(["skip", "skip", "buffer_one", "cancel_other", "allow(2)"])


def planned(name: str, trigger: Trigger, takes: Takes = None, **policies: object) -> PlannedTask:
    """Make a task of a plan."""
    return PlannedTask(task=read_task(name, trigger, **policies), takes=takes)  # type: ignore[arg-type]  # any policy


def plan_of(*tasks: PlannedTask, slots: int | None = None) -> Plan:
    """Make a plan."""
    return Plan(path=Path("plan.toml"), tasks=tasks, settings=Settings(max_running=slots))


def rows(windows: object) -> list[Row]:
    """List the rows of all windows."""
    assert hasattr(windows, "__iter__")
    return [row for window in windows for row in rows_of(window)]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Draw a plan of a few tasks that are not too dense."""
    tasks = []
    for name in "abc"[: draw(st.integers(1, 3))]:
        trigger = draw(triggers())
        first = list(islice(trigger.bind(0, None).between(0, LAST_INSTANT - 1), 500))
        if len(first) == 500 and first[-1] - first[0] < 10 * HOUR:
            trigger = Every(minutes=draw(st.integers(2, 90)))
        tasks.append(planned(name, trigger, draw(TAKES), overlap=draw(OVERLAPS)))
    return plan_of(*tasks)


@settings(max_examples=60)
@given(plans(), moments(), st.integers(0, 3 * DAY), st.integers(0, 5))
def test_columns_and_steps_come_to_the_same(
    plan: Plan, near: datetime, more: int, seed: int
) -> None:
    """Row for row, window for window, whatever the triggers, lengths and seeds."""
    begin = to_instant(near)
    end = min(begin + DAY + more, LAST_INSTANT - 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulating, "ROOM", 50)
        one = [rows_of(each) for each in simulate_plan(plan, begin, end, seed=seed)]
        other = [rows_of(each) for each in simulate_plan(plan, begin, end, seed=seed, steps=True)]
    assert one == other


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (planned("a", Every(minutes=1), "3m"), True),
        (planned("a", Every(minutes=1), "1s..3m"), True),
        (planned("a", Every(minutes=1), overlap="buffer_all"), True),
        (planned("a", Every(minutes=1), "3m", overlap="buffer_all"), False),
        (planned("a", Every(minutes=1), "hold"), False),
        (planned("a", OnDemand()), True),
        (planned("a", Once(to_datetime(BEGIN))), False),
    ],
)
def test_a_task_is_simple_where_nothing_else_has_a_say(task: PlannedTask, expected: bool) -> None:
    """It skips what overlaps, or takes no time; what is due at the very beginning is not."""
    assert by_columns.is_simple(task, Scenario(), BEGIN) == expected


def test_columns_are_chosen_where_the_plan_permits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the tasks that are not simple go step by step."""
    stepped: list[list[str]] = []

    def spy(plan: Plan, *rest: object) -> object:
        stepped.append(plan.names())
        return simulate_by_steps(plan, *rest)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(simulating, "simulate_by_steps", spy)
    simple, other = planned("a", Every(hours=1)), planned("b", Every(hours=1), "hold")
    for plan, scenario in [
        (plan_of(simple), Scenario()),
        (plan_of(simple, other), Scenario()),
        (plan_of(simple, slots=1), Scenario()),
        (plan_of(simple), Scenario(fails={"a": 0.5})),
    ]:
        rows(simulate_plan(plan, BEGIN, END, scenario=scenario))
    assert stepped == [["b"], ["a"], ["a"]]


def test_windows_meet_and_end_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is whole days long, but the last; without a due time there is one."""
    monkeypatch.setattr(simulating, "ROOM", 24)
    end = BEGIN + 2 * DAY + HOUR
    plan = plan_of(planned("a", Every(hours=1), "90m"))
    found: list[Window] = list(simulate_plan(plan, BEGIN, end))
    assert [(each.begin, each.end) for each in found] == [
        (BEGIN, BEGIN + DAY),
        (BEGIN + DAY, BEGIN + 2 * DAY),
        (BEGIN + 2 * DAY, end),
    ]
    assert [each.settled for each in found] == [BEGIN + 23 * HOUR, BEGIN + 47 * HOUR, end]
    assert len(list(simulate_plan(plan_of(planned("a", OnDemand())), BEGIN, END))) == 1


def test_what_goes_on_at_the_end_is_told_as_such() -> None:
    """With the end of the simulation as its end."""
    for steps in (False, True):
        plan = plan_of(planned("a", Every(hours=1), "90m"))
        *_, window = simulate_plan(plan, BEGIN, BEGIN + HOUR, steps=steps)
        [row] = rows_of(window)
        assert (row.started, row.ended, row.ending) == (BEGIN + HOUR, None, "going")
        assert list(window.runs["a"].ended) == [BEGIN + HOUR]


def test_a_plan_is_simulated_as_simulation_does() -> None:
    """With a limit of the scheduler, retries and failures; each due time has one fate."""
    tasks = [
        planned("a", Every(minutes=10), "8m", priority=2),
        planned("b", Every(minutes=15), "1m..20m", overlap="buffer_one", retry="retry(2, 1m)"),
        planned("c", Daily("02:30", tz="Europe/Berlin"), "40m"),
    ]
    scenario = Scenario(fails={"b": 0.4})
    found = rows(simulate_plan(plan_of(*tasks, slots=1), BEGIN, END, scenario=scenario, seed=7))
    sim = Simulation(VirtualClock(to_datetime(BEGIN)), seed=7, settings=Settings(max_running=1))
    for each in tasks:
        task = each.task
        sim.add(
            task.name,
            task.trigger,
            takes=each.takes,
            fails=scenario.fails.get(task.name, 0),
            overlap=task.overlap,
            retry=task.retry,
            priority=task.priority,
        )
    sim.clock.run_until(to_datetime(END))
    fates: Counter[tuple[str, str]] = Counter()
    for row in found:
        fates[row.task, row.fate] += row.due
    assert {key: count for key, count in fates.items() if count} == {
        (name, str(fate)): count
        for name in sim.names()
        for fate, count in sim.view(name).counts.items()
    }
    started = [(row.task, row.number, row.attempt, row.ending) for row in found if row.started]
    runs = [run for name in sim.names() for run in sim.runs(name)]
    assert sorted(started) == [
        (run.name, run.number, run.attempt, str(run.outcome or "going")) for run in runs
    ]


def event(kind: str, after: int, **more: object) -> Event:
    """Make something happen once, so long after the begin."""
    return Event(trigger=Once(to_datetime(BEGIN + after)), kind=kind, **more)  # type: ignore[arg-type]  # of any kind


def test_a_crash_loses_what_goes_and_the_next_process_catches_up() -> None:
    """The windows tell of both processes, in one order."""
    crash = event("crash", 90 * MINUTE, span=timedelta(minutes=45))
    plan = plan_of(planned("a", Every(hours=1), "50m"))
    found = rows(simulate_plan(plan, BEGIN, BEGIN + 4 * HOUR, scenario=Scenario(events=(crash,))))
    told = [((row.nominal - BEGIN) // MINUTE, row.fate, row.ending) for row in found]
    assert told == [
        (60, "started", "lost"),
        (120, "started", "finished"),
        (180, "skipped", ""),
        (240, "started", "going"),
    ]
    assert found[1].started == BEGIN + 135 * MINUTE


def test_events_happen_in_their_order() -> None:
    """Verbs and faults; a verb for a task that is gone does nothing."""
    events = (
        event("demand", 5 * MINUTE, name="b"),
        event("disable", 30 * MINUTE, name="a", span=timedelta(hours=2)),
        event("suspend", 3 * HOUR - MINUTE, span=timedelta(minutes=10)),
        event("remove", 5 * HOUR + MINUTE, name="a"),
        event("run_now", 6 * HOUR, name="a"),
    )
    plan = plan_of(planned("a", Every(hours=1)), planned("b", OnDemand()))
    found = rows(simulate_plan(plan, BEGIN, BEGIN + 8 * HOUR, scenario=Scenario(events=events)))
    told = [((row.nominal - BEGIN) // MINUTE, row.task, row.fate, row.reason) for row in found]
    assert told == [
        (5, "b", "demand", ""),
        (60, "a", "skipped", "disabled"),
        (120, "a", "skipped", "disabled"),
        (180, "a", "started", ""),
        (240, "a", "started", ""),
        (300, "a", "started", ""),
    ]
    assert found[3].started == BEGIN + 3 * HOUR + 9 * MINUTE


@pytest.mark.parametrize("end", [BEGIN, BEGIN - 1])
def test_an_end_that_is_not_later_is_refused(end: int) -> None:
    """The error names both."""
    with pytest.raises(BadTimeError, match="must lie after the begin, 2026-03-28T00:00:00Z"):
        simulate_plan(plan_of(planned("a", OnDemand())), BEGIN, end)


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(fails={"x": 0.1}),
        Scenario(takes={"x": "1m"}),
        Scenario(events=(event("demand", 0, name="x"),)),
    ],
)
def test_a_scenario_with_an_unknown_task_is_refused(scenario: Scenario) -> None:
    """Wherever it is named."""
    with pytest.raises(UnknownTaskError, match="there is no task 'x'"):
        simulate_plan(plan_of(planned("a", OnDemand())), BEGIN, END, scenario=scenario)


def test_memory_stays_flat_however_long_the_simulation() -> None:
    """Windows that have been looked at are gone: ten times the time takes no more room."""

    def peak(days: int) -> int:
        plan = plan_of(
            planned("a", Every(minutes=1), "90s"), planned("b", Every(minutes=5), "hold")
        )
        tracemalloc.start()
        for window in simulate_plan(plan, BEGIN, BEGIN + days * DAY):
            rows_of(window)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulating, "ROOM", 1_500)
        peak(1)  # what is made once is there then
        assert peak(20) < 2 * peak(2)
