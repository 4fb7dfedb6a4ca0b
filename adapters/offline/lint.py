"""What may be wrong with a plan, although it can be read."""

from collections.abc import Iterator

from duetime.adapters.offline.findings import Code, Finding
from duetime.adapters.offline.lint_clocks import clock_times
from duetime.adapters.offline.lint_loads import over_capacity, overlaps, same_minute
from duetime.adapters.offline.lint_times import (
    either_day,
    never_fires,
    skipped_months,
    uneven_steps,
)
from duetime.adapters.plans.records import Plan, PlannedTask
from duetime.engine.instants import Instant


def lint(plan: Plan, begin: Instant, end: Instant) -> tuple[Finding, ...]:
    """Return what is found in a plan, in the order of lines and codes.

    `begin`, `end`: the time that is looked at; a task without an anchor is added at its beginning.
    """
    found = [each for task in plan.tasks for each in _of_task(task, begin, end)]
    found += over_capacity(plan, begin, end)
    found += same_minute(plan, begin, end)
    found += [
        Finding(
            code=Code.NOTICE,
            tasks=(),
            line=each.line,
            what=f"{each.key}: {each.text}" if each.key else each.text,
            why="the file says something that is not done here",
            remedy="check that the task still does what is meant",
        )
        for each in plan.notices
    ]
    return tuple(sorted(found, key=lambda each: (each.line, each.code, each.tasks)))


def _of_task(task: PlannedTask, begin: Instant, end: Instant) -> Iterator[Finding]:
    yield from never_fires(task, begin)
    yield from either_day(task)
    yield from uneven_steps(task)
    yield from skipped_months(task, begin, end)
    yield from clock_times(task, begin, end)
    yield from overlaps(task, begin, end)
