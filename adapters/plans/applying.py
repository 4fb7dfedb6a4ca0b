"""A plan put in force in a scheduler, and another one in its place."""

from dataclasses import dataclass

from duetime.adapters.calls import read_callable
from duetime.adapters.declare import policies_of
from duetime.adapters.plans.records import Plan, PlanError, Problem
from duetime.adapters.threads import Scheduler
from duetime.engine.errors import DuetimeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What putting a plan in force came to, as names of tasks."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    same: tuple[str, ...]


def apply_plan(scheduler: Scheduler, plan: Plan, before: Plan | None = None) -> Applied:
    """Let a scheduler have the tasks of a plan, and no others.

    `before`: the plan that is in force; its tasks that are the same are left alone, with their
    runs, pauses and due times. Without one all tasks are declared: those that a store holds go on.
    Raises PlanError for a plan of which something cannot be called; nothing has changed then.
    """
    check_calls(plan)
    old, new = before.by_name() if before else {}, plan.by_name()
    there = set(scheduler.names())
    same = [name for name, planned in new.items() if old.get(name) == planned and name in there]
    removed = sorted(there - new.keys())
    with scheduler.together():
        for name in removed:
            scheduler.remove(name)
        for name, planned in new.items():
            if name not in same and planned.run is not None:
                scheduler.add(
                    name,
                    planned.task.trigger,
                    planned.run,
                    args=planned.task.args,
                    may_never_fire=True,
                    **policies_of(planned.task),
                )
    return Applied(
        added=tuple(name for name in new if name not in there),
        changed=tuple(name for name in new if name in there and name not in same),
        removed=tuple(removed),
        same=tuple(same),
    )


def check_calls(plan: Plan) -> None:
    """Raise PlanError for all tasks that name nothing to call, or what cannot be called."""
    problems = []
    for each in plan.tasks:
        key = f"tasks.{each.name}.run"
        if each.run is None:
            text = "there is nothing to run; give run = 'package.module:function'"
            problems.append(Problem(each.line, key, text))
            continue
        try:
            read_callable(each.run, each.name, each.task.args)
        except DuetimeError as error:
            text = str(error).removeprefix(f"task {each.name!r}: ")
            problems.append(Problem(each.line, key, text))
    if problems:
        raise PlanError(plan.path, problems)
