"""What a simulated plan came to, in figures."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from duetime.adapters.offline.scenario import Scenario
from duetime.adapters.offline.simulating import simulate_plan
from duetime.adapters.offline.summary import Summary, TaskFigures
from duetime.adapters.offline.tallies import Tally
from duetime.adapters.offline.windows import FateColumns, RunColumns, rows_of
from duetime.adapters.plans import Plan
from duetime.engine.catchup import Fate
from duetime.engine.instants import DAY, HOUR, MINUTE
from tests.adapters.offline.plan_files import BEGIN, one_task, plan_of
from tests.adapters.offline.test_simulating import plans

NOTHING = RunColumns(
    number=[], attempt=[], cause=[], nominal=[], planned=[], started=[], ended=[], ending=[]
)

BUSY = """
[settings]
max_running = 1
[tasks.a]
every = "2h"
takes = "3h"
[tasks.b]
cron = "30 * * * *"
takes = "10m"
retry = "retry(2, 1m)"
"""


def summary_of(text: str, hours: int, **scenario: object) -> Summary:
    """Simulate a plan, and return its figures."""
    plan, end = plan_of(text), BEGIN + hours * HOUR
    summary = Summary(plan.names(), BEGIN, end)
    world = Scenario(**scenario)  # type: ignore[arg-type]  # as the test says
    for window in simulate_plan(plan, BEGIN, end, scenario=world):
        summary.take(window)
    return summary


def test_runs_fates_and_spans_are_summed_up() -> None:
    """Further attempts are no further runs, but are busy; one is late that had to wait."""
    found = summary_of(BUSY, 6, fails={"b": 1.0})
    assert found.tasks["a"] == TaskFigures(
        runs=2,
        fates=Counter({Fate.STARTED: 2, Fate.SKIPPED: 1}),
        endings=Counter(finished=1, going=1),
        busy=3 * HOUR,
        longest=3 * HOUR,
    )
    assert found.tasks["b"] == TaskFigures(
        runs=4,
        fates=Counter({Fate.STARTED: 4, Fate.SKIPPED: 2}),
        endings=Counter(failed=8),
        busy=80 * MINUTE,
        longest=10 * MINUTE,
        latest=150 * MINUTE,
    )
    assert found.crowd.most == 1


@settings(max_examples=25)
@given(plans(), st.integers(0, 5))
def test_the_figures_are_those_of_the_rows(plan: Plan, seed: int) -> None:
    """Each run and each due time is counted once, whatever the plan."""
    windows = list(simulate_plan(plan, BEGIN, BEGIN + DAY, seed=seed))
    summary = Summary(plan.names(), BEGIN, BEGIN + DAY)
    for window in windows:
        summary.take(window)
    due, runs = Counter[tuple[str, str]](), Counter[str]()
    for row in (row for window in windows for row in rows_of(window)):
        due[row.task, row.fate] += row.due
        runs[row.task] += row.attempt == 1
    assert +due == {
        (name, str(fate)): count
        for name, each in summary.tasks.items()
        for fate, count in (+each.fates).items()
    }
    assert +runs == +Counter({name: each.runs for name, each in summary.tasks.items()})


def test_windows_without_runs_change_nothing() -> None:
    """Whatever there was before stays."""
    figures = TaskFigures(runs=1, longest=5, latest=3)
    figures.add_runs(NOTHING)
    figures.add_fates(FateColumns(first=[], last=[], count=[], fate=[], reason=[]))
    assert (figures.runs, figures.longest, figures.latest) == (1, 5, 3)


def test_the_tallies_leave_out_fates_that_nothing_met() -> None:
    """And have every task, also one that was never due."""
    plan = one_task("on_demand = true")
    summary = Summary(plan.names(), BEGIN, BEGIN + HOUR)
    for window in simulate_plan(plan, BEGIN, BEGIN + HOUR):
        summary.take(window)
    assert summary.tallies() == [Tally("it", 0, {})]
