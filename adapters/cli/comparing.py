"""`duetime diff OLD NEW`: what another plan, or other time-zone data, makes different."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from duetime.adapters.cli.base import Command, Status
from duetime.adapters.cli.screen import Screen
from duetime.adapters.cli.spans import Stretch, add_stretch, read_stretch
from duetime.adapters.offline.clock_changes import changes_of
from duetime.adapters.offline.occurrences import occurrences_with
from duetime.adapters.offline.plan_diff import (
    FieldChange,
    Kind,
    PlanDiff,
    TaskDiff,
    diff_occurrences,
    diff_plans,
)
from duetime.adapters.plans import Plan, read_plan
from duetime.engine.comparison import Difference
from duetime.engine.errors import BadArgumentError
from duetime.engine.history import time_text
from duetime.engine.instants import DAY, Instant, iso, span_text
from duetime.engine.triggers.base import Json
from duetime.engine.triggers.combine import zone_name
from duetime.engine.zones import zone

FEW = 5
"""So many due times of a kind are shown for a task, and so many fates."""
MANY = 1_000
"""So many at most as JSON."""


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("old", metavar="OLD", help="*.toml, a crontab or a *.timer")
    parser.add_argument(
        "new", metavar="NEW", nargs="?", help="the other; with two folders of data, it may be OLD"
    )
    add_stretch(parser, default="1y")
    for side in ("old", "new"):
        parser.add_argument(
            f"--tzdata-{side}",
            metavar="DIR",
            type=Path,
            help=f"time-zone data for the {side} plan, a folder such as /usr/share/zoneinfo",
        )


def _run(options: Namespace, screen: Screen) -> Status:
    stretch = read_stretch(options)
    old_data, new_data = options.tzdata_old, options.tzdata_new
    if (old_data is None) != (new_data is None):
        raise BadArgumentError("--tzdata-old and --tzdata-new go together; give both")
    if options.new is None and old_data is None:
        raise BadArgumentError("NEW is missing: two plans, or one and two folders of data")
    old = read_plan(options.old)
    new = old if options.new is None else read_plan(options.new)
    screen.progress("comparing")
    try:
        if old_data is None:
            found = diff_plans(old, new, stretch.begin, stretch.end)
        else:
            found = diff_occurrences(
                old,
                new,
                before=occurrences_with(old, stretch.begin, stretch.end, tzdata=old_data),
                after=occurrences_with(new, stretch.begin, stretch.end, tzdata=new_data),
            )
    finally:
        screen.progress("")
    _show(found, {**_zones(old), **_zones(new)}, screen)
    screen.json(_as_json(found, options, stretch))
    return Status.FOUND if found else Status.FINE


def _zones(plan: Plan) -> dict[str, str]:
    return {each.name: zone_name(each.task.trigger) for each in plan.tasks}


def _show(found: PlanDiff, zones: dict[str, str], screen: Screen) -> None:
    if not found:
        screen.line("no difference")
    if found.settings:
        screen.line("settings", style="bold")
        _show_fields(found.settings, screen)
    for task in found.tasks:
        kind = "" if task.kind is Kind.SAME else f" {task.kind}"
        screen.line(f"{task.name}{kind}", style="bold")
        _show_fields(task.fields, screen)
        _show_times(task, zones[task.name], screen)
    if found.runs:
        _show_runs(found.runs, screen)


def _show_fields(changes: Sequence[FieldChange], screen: Screen) -> None:
    for each in changes:
        screen.line(f"  {each.name}: {each.before} -> {each.after}")


def _show_times(task: TaskDiff, tz: str, screen: Screen) -> None:
    counts = [("added", task.added), ("removed", task.removed), ("moved", task.moved)]
    told = [f"{len(times):,} {what}" for what, times in counts if times]
    none = "none" if task.kind in (Kind.ADDED, Kind.REMOVED) else "the same"
    screen.line(f"  due times: {', '.join(told) or none}")
    lines = [[f"+ {_time(at, tz)}{_mark(at, tz)}" for at in task.added[:FEW]]]
    lines += [[f"- {_time(at, tz)}{_mark(at, tz)}" for at in task.removed[:FEW]]]
    lines += [[f"{_time(at, tz)} -> {_time(to, tz)}{_mark(to, tz)}" for at, to in task.moved[:FEW]]]
    for (_, times), part in zip(counts, lines, strict=True):
        for line in part:
            screen.line(f"    {line}")
        if len(times) > FEW:
            screen.line(f"    and {len(times) - FEW:,} more")


def _time(instant: Instant, tz: str) -> str:
    return zone(tz).datetime(instant).isoformat(" ")


def _mark(instant: Instant, tz: str) -> str:
    """Say so where the clock changes within a day of it."""
    for change in changes_of(tz, instant - DAY, instant + DAY):
        way = "forward" if change.by > 0 else "back"
        return f"  the clock is put {way} by {span_text(abs(change.by))} at {iso(change.at)}"
    return ""


def _show_runs(runs: Difference, screen: Screen) -> None:
    screen.line("runs", style="bold")
    counts = f"{len(runs.added):,} added, {len(runs.removed):,} removed, {len(runs.moved):,} moved"
    screen.line(f"  {counts}; fates that changed: {len(runs.changed):,}")
    changed = sorted(runs.changed, key=lambda each: (each.nominal, each.name))
    for each in changed[:FEW]:
        screen.line(f"    {time_text(each.nominal)} {each.name}: {each.before} -> {each.after}")
    if len(changed) > FEW:
        screen.line(f"    and {len(changed) - FEW:,} more")


def _as_json(found: PlanDiff, options: Namespace, stretch: Stretch) -> Json:
    runs = found.runs
    return {
        "old": options.old,
        "new": options.new or options.old,
        "from": iso(stretch.begin),
        "until": iso(stretch.end),
        "settings": _fields_json(found.settings),
        "tasks": [_task_json(each) for each in found.tasks],
        "runs": None if runs is None else _runs_json(runs),
    }


def _fields_json(changes: Sequence[FieldChange]) -> dict[str, Json]:
    return {each.name: {"before": each.before, "after": each.after} for each in changes}


def _task_json(task: TaskDiff) -> Json:
    return {
        "task": task.name,
        "kind": str(task.kind),
        "fields": _fields_json(task.fields),
        "added": {"count": len(task.added), "first": [iso(at) for at in task.added[:MANY]]},
        "removed": {"count": len(task.removed), "first": [iso(at) for at in task.removed[:MANY]]},
        "moved": {
            "count": len(task.moved),
            "first": [{"before": iso(at), "after": iso(to)} for at, to in task.moved[:MANY]],
        },
    }


def _runs_json(runs: Difference) -> Json:
    return {
        "added": len(runs.added),
        "removed": len(runs.removed),
        "moved": len(runs.moved),
        "changed": {
            "count": len(runs.changed),
            "first": [
                {
                    "task": each.name,
                    "nominal": time_text(each.nominal),
                    "before": each.before,
                    "after": each.after,
                }
                for each in runs.changed[:MANY]
            ],
        },
    }


COMMAND = Command(
    name="diff",
    summary="show what another plan, or other time-zone data, makes different",
    description=(
        "Compare two plans, or one with two versions of the time-zone data: tasks, due times, and "
        "what becomes of them in a simulation. Exit status 1: there is a difference."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
