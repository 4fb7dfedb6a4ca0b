"""`duetime dst PLAN`: the changes of clocks ahead, and what becomes of each task."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from duetime.adapters.cli.base import Command, Status, add_plan
from duetime.adapters.cli.screen import Screen
from duetime.adapters.cli.spans import add_years, read_years
from duetime.adapters.offline.clock_changes import Change, Met, Touched
from duetime.adapters.offline.dst import Ahead, ChangeAhead, changes_ahead
from duetime.adapters.offline.findings import listed
from duetime.adapters.plans import read_plan
from duetime.engine.instants import Instant, iso, span_text, to_datetime
from duetime.engine.triggers.base import Json
from duetime.engine.zones import Wall, zone

_HEAD = ("at", "tz", "by_seconds", "task", "first", "last", "count", "met", "elapsed", "due")


def _add_arguments(parser: ArgumentParser) -> None:
    add_plan(parser)
    add_years(parser)


def _run(options: Namespace, screen: Screen) -> Status:
    plan, stretch = read_plan(options.plan), read_years(options)
    ahead = changes_ahead(plan, stretch.begin, stretch.end)
    for each in ahead.changes:
        _show(each, screen)
    if not ahead.changes:
        screen.line("no clock changes")
    if ahead.off_clock:
        screen.line(f"on no clock, so never touched: {', '.join(ahead.off_clock)}")
    screen.csv(_HEAD, _rows(ahead))
    screen.json(
        {
            "plan": str(plan.path),
            "from": iso(stretch.begin),
            "until": iso(stretch.end),
            "changes": [_as_json(each) for each in ahead.changes],
            "on_no_clock": list(ahead.off_clock),
        }
    )
    return Status.FINE


def _show(ahead: ChangeAhead, screen: Screen) -> None:
    change = ahead.change
    way, what = ("forward", "is skipped") if change.by > 0 else ("back", "comes twice")
    screen.line(
        f"{iso(change.at)}  {change.tz}  {way} by {span_text(abs(change.by))}: "
        f"{wall_text(change.low)} to {wall_text(change.high)} {what}",
        style="bold",
    )
    if ahead.touched:
        rows = [
            [each.task.name, _walls(each.touched), met_text(each.touched, change)]
            for each in ahead.touched
        ]
        screen.table(("task", "time", "what happens"), rows)
    if ahead.untouched:
        screen.line(f"untouched: {len(ahead.untouched)} ({listed(ahead.untouched)})")
    screen.line()


def wall_text(wall: Wall) -> str:
    """Write a time of a clock with its date, as short as it can be said."""
    return f"{to_datetime(wall):%Y-%m-%d %H:%M:%S}".removesuffix(":00")


def _walls(touched: Touched) -> str:
    if touched.count == 1:
        return wall_text(touched.first)
    return f"{wall_text(touched.first)} … {wall_text(touched.last)} ({touched.count:,})"


def met_text(touched: Touched, change: Change) -> str:
    """Say what becomes of times at a change of the clock."""
    due = " and ".join(_clock_text(each, change) for each in touched.at)
    if touched.elapsed:
        met = "skipped" if touched.met is Met.SKIPPED else "twice"
        return f"{met}: every minute that passes counts, the distance stays"
    several = "" if touched.count == 1 else "all together, " * (touched.met is Met.AT_END)
    texts = {
        Met.SKIPPED: "skipped",
        Met.AT_END: f"{several}once, at {due}, the end of the gap",
        Met.LATER: f"later by the length of the gap, at {due}",
        Met.FIRST: f"the first time only, at {due}",
        Met.SECOND: f"the second time only, at {due}",
        Met.TWICE: f"twice, at {due}",
        Met.AS_ALWAYS: f"as always, at {due}",
    }
    return texts[touched.met]


def _clock_text(instant: Instant, change: Change) -> str:
    moment = zone(change.tz).datetime(instant)
    return f"{moment:%H:%M:%S}".removesuffix(":00") + moment.isoformat()[-6:]


def _rows(ahead: Ahead) -> Iterator[list[object]]:
    for change in ahead.changes:
        at, by = iso(change.change.at), change.change.by // 1_000_000_000
        for each in change.touched:
            data = _touched_json(each.touched)
            data |= {"elapsed": "yes" if each.touched.elapsed else "no"}
            data |= {"due": " ".join(map(iso, each.touched.at))}
            yield [at, change.change.tz, by, each.task.name, *data.values()]


def _as_json(ahead: ChangeAhead) -> Json:
    change = ahead.change
    return {
        "at": iso(change.at),
        "tz": change.tz,
        "by_seconds": change.by // 1_000_000_000,
        "first": wall_text(change.low),
        "until": wall_text(change.high),
        "tasks": [
            {"task": each.task.name, "line": each.task.line, **_touched_json(each.touched)}
            for each in ahead.touched
        ],
        "untouched": list(ahead.untouched),
    }


def _touched_json(touched: Touched) -> dict[str, Json]:
    return {
        "first": wall_text(touched.first),
        "last": wall_text(touched.last),
        "count": touched.count,
        "met": str(touched.met),
        "elapsed": touched.elapsed,
        "due": [iso(each) for each in touched.at],
    }


COMMAND = Command(
    name="dst",
    summary="show the changes of clocks ahead, and what becomes of each task",
    description=(
        "Show every change of the clocks of a plan in the years ahead, and what its gap and fold "
        "make of each task with a time inside of it or right after."
    ),
    add_arguments=_add_arguments,
    run=_run,
    csv=True,
)
