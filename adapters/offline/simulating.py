"""Simulates a plan: in columns where that is possible, step by step where it is not."""

from collections.abc import Iterator
from dataclasses import replace

from duetime.adapters.offline.by_columns import fits_columns, is_simple, simulate_by_columns
from duetime.adapters.offline.by_steps import simulate_by_steps
from duetime.adapters.offline.scenario import Scenario
from duetime.adapters.offline.windows import Window
from duetime.adapters.plans.records import Plan
from duetime.engine.errors import BadTimeError
from duetime.engine.instants import DAY, Instant, iso

ROOM = 200_000
"""About so many due times make a window."""
_LOOKED_AT = 30 * DAY


def simulate_plan(
    plan: Plan,
    begin: Instant,
    end: Instant,
    *,
    scenario: Scenario | None = None,
    seed: int = 0,
    steps: bool = False,
) -> Iterator[Window]:
    """Simulate a plan after `begin` up to `end`; yield what it comes to, in windows.

    Its tasks are added at `begin`, and call nothing. `seed`: for what is drawn: how long runs last,
    what fails. `steps`: take the steps also where columns would do; the result is the same.
    Raises BadTimeError for an end that is not after the begin, UnknownTaskError for a task in the
    scenario that the plan does not have.
    """
    if end <= begin:
        raise BadTimeError(f"the end, {iso(end)}, must lie after the begin, {iso(begin)}")
    world = scenario or Scenario()
    world.check(plan)
    edges = _edges(plan, begin, end)
    fits = fits_columns(plan, world) and not steps
    simple = [each for each in plan.tasks if fits and is_simple(each, world, begin)]
    names = {each.name for each in simple}
    others = replace(plan, tasks=tuple(each for each in plan.tasks if each.name not in names))
    columns = simulate_by_columns(simple, edges, world, seed) if simple else None
    walked = simulate_by_steps(others, edges, world, seed) if others.tasks or not simple else None
    if columns is None or walked is None:
        return columns or walked or iter(())
    return map(_together, columns, walked)


def _together(one: Window, other: Window) -> Window:
    return replace(
        one,
        settled=min(one.settled, other.settled),
        runs=dict(one.runs) | dict(other.runs),
        fates=dict(one.fates) | dict(other.fates),
    )


def _edges(plan: Plan, begin: Instant, end: Instant) -> list[Instant]:
    """Cut the time into windows of whole days, each with about as many due times as there is room.

    How many there are is taken from the first month.
    """
    looked_at = min(end - begin, _LOOKED_AT)
    bound = [each.task.trigger.bind(begin, None) for each in plan.tasks]
    due = sum(each.count(begin, begin + looked_at) for each in bound)
    days = max(ROOM * looked_at // max(due, 1) // DAY, 1)
    return [*range(begin, end, days * DAY), end]
