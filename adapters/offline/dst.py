"""The changes of clocks ahead, and what they do to the tasks of a plan."""

from dataclasses import dataclass

from duetime.adapters.offline.clock_changes import (
    Change,
    ClockPart,
    Touched,
    changes_of,
    clock_parts,
    touched,
)
from duetime.adapters.plans.records import Plan, PlannedTask
from duetime.engine.instants import Instant


@dataclass(frozen=True, slots=True)
class TouchedTask:
    """A task, and what a change of its clock does to it."""

    task: PlannedTask
    touched: Touched


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAhead:
    """A change of the clock of a zone that tasks are in.

    `touched`: those with a time inside of what is skipped or doubled, or right after it.
    `untouched`: the names of the others on that clock.
    """

    change: Change
    touched: tuple[TouchedTask, ...]
    untouched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ahead:
    """All changes in order of time. `off_clock`: tasks that no change touches: on no clock."""

    changes: tuple[ChangeAhead, ...]
    off_clock: tuple[str, ...]


def changes_ahead(plan: Plan, begin: Instant, end: Instant) -> Ahead:
    """Return the changes of the clocks of a plan after `begin` and not after `end`.

    Tasks that follow elapsed time, and those on demand, are on no clock.
    """
    parts = {each.name: list(clock_parts(each.task.trigger)) for each in plan.tasks}
    zones = sorted({part.trigger.tz for found in parts.values() for part in found})
    changes = [change for tz in zones for change in changes_of(tz, begin, end)]
    return Ahead(
        tuple(
            _ahead(plan, parts, change)
            for change in sorted(changes, key=lambda each: (each.at, each.tz))
        ),
        tuple(name for name, found in parts.items() if not found),
    )


def _ahead(plan: Plan, parts: dict[str, list[ClockPart]], change: Change) -> ChangeAhead:
    found: list[TouchedTask] = []
    untouched: list[str] = []
    for task in plan.tasks:
        there = [part for part in parts[task.name] if part.trigger.tz == change.tz]
        met = [each for part in there for each in touched(part, change)]
        found += [TouchedTask(task, each) for each in met]
        if there and not met:
            untouched.append(task.name)
    return ChangeAhead(change=change, touched=tuple(found), untouched=tuple(untouched))
