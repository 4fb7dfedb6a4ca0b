"""A plan simulated many times."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.offline.many import ALL, Spread, simulate_many, spread_of
from duetime.adapters.offline.scenario import Event, Scenario
from duetime.adapters.plans import Plan
from duetime.engine.errors import UnknownTaskError
from duetime.engine.instants import DAY, HOUR, MINUTE, to_datetime
from duetime.engine.triggers import Once
from tests.adapters.offline.plan_files import BEGIN, one_task

END = BEGIN + 2 * DAY
FAILING = Scenario(fails={"it": 0.3})


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Return a plan in which nearly everything is drawn."""
    return one_task('every = "1h"', 'takes = "1m..90m"', 'retry = "retry(2, 1m)"')


def test_the_same_seed_gives_the_same_sample(plan: Plan) -> None:
    """Whichever others are asked for; another seed gives another one."""
    first = list(simulate_many(plan, BEGIN, END, range(3), scenario=FAILING, processes=1))
    again = list(simulate_many(plan, BEGIN, END, range(2, 3), scenario=FAILING, processes=1))
    assert [sample.seed for sample in first] == [0, 1, 2]
    assert first[2:] == again
    assert first[0].figures != first[1].figures


def test_processes_change_nothing(plan: Plan) -> None:
    """The samples come in the order of the seeds."""
    one = list(simulate_many(plan, BEGIN, END, range(5, 12), scenario=FAILING, processes=1))
    two = list(simulate_many(plan, BEGIN, END, range(5, 12), scenario=FAILING, processes=2))
    assert one == two


def test_a_sample_has_the_figures_of_each_task_and_of_all() -> None:
    """Counts, spans in ns, and how many there were at once."""
    daily = one_task('daily = "05:00"', 'takes = "10m"')
    [sample] = simulate_many(daily, BEGIN, END, range(1))
    expected = {"runs": 2, "started": 2, "finished": 2, "busy": 20 * MINUTE, "longest": 10 * MINUTE}
    assert Counter(sample.figures["it"]) == Counter(expected)
    assert sample.figures[ALL] == {"most_at_once": 1}


def test_other_processes_write_nothing(plan: Plan, capfd: pytest.CaptureFixture[str]) -> None:
    """What a simulated crash logs is in the figures."""
    crash = Event(trigger=Once(to_datetime(BEGIN + DAY + MINUTE)), kind="crash", span=None)
    found = simulate_many(
        plan, BEGIN, END, range(2), scenario=Scenario(events=(crash,)), processes=2
    )
    assert all(sample.figures["it"]["lost"] for sample in found)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("processes", [1, 2])
def test_a_scenario_that_does_not_fit_is_refused(plan: Plan, processes: int) -> None:
    """Also where another process comes upon it."""
    wrong = Scenario(fails={"x": 0.5})
    with pytest.raises(UnknownTaskError, match="there is no task 'x'"):
        list(
            simulate_many(plan, BEGIN, BEGIN + HOUR, range(2), scenario=wrong, processes=processes)
        )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7], Spread(least=7, low=7, median=7, high=7, most=7, mean=7)),
        ([3, 1, 2], Spread(least=1, low=1, median=2, high=3, most=3, mean=2)),
        (list(range(101)), Spread(least=0, low=5, median=50, high=95, most=100, mean=50)),
    ],
)
def test_a_spread_tells_what_is_below_and_above(values: list[int], expected: Spread) -> None:
    """Of one value, of few, of many."""
    assert spread_of(values) == expected


@given(st.lists(st.integers(0, 10**18), min_size=1))
def test_a_spread_is_made_of_values_in_order(values: list[int]) -> None:
    """Nothing is interpolated."""
    found = spread_of(values)
    ordered = [found.least, found.low, found.median, found.high, found.most]
    assert ordered == sorted(ordered)
    assert {*ordered} <= {*values}
    assert (found.least, found.most) == (min(values), max(values))
