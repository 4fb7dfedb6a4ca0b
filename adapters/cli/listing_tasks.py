"""`duetime list SOURCE`: the tasks, when each is due next, and when it ran last."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass

from duetime.adapters.cli.base import Command, Status
from duetime.adapters.cli.screen import NOTHING, Screen
from duetime.adapters.journals import replay
from duetime.adapters.listing import summary_of
from duetime.adapters.offline.recorded import is_journal
from duetime.adapters.plans import is_plan, read_plan
from duetime.adapters.stores import open_store
from duetime.clocks.real import RealClock
from duetime.engine.instants import SECOND, Instant, iso, span_text, to_instant
from duetime.engine.triggers.base import Json
from duetime.engine.triggers.combine import zone_name
from duetime.engine.zones import zone

_HEAD = ("next", "left", "last", "passed", "state", "task")
_COLUMNS = ("task", "state", "next", "last", "tz")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One task. `next`, `last`: ns, None where there is none."""

    name: str
    tz: str
    state: str
    next: Instant | None
    last: Instant | None


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="a plan, a journal or a store")
    parser.add_argument("--at", metavar="TIME", help="as if it were then; ISO 8601 + offset")


def _run(options: Namespace, screen: Screen) -> Status:
    now = to_instant(options.at or RealClock().now())
    if is_plan(options.source):
        lines = list(_planned(options.source, now))
    else:
        lines = list(_recorded(options.source))
    lines.sort(key=lambda line: (line.next is None, line.next or 0, line.name))
    screen.table(_HEAD, [_row(line, now) for line in lines])
    found = [_as_json(line) for line in lines]
    screen.json({"at": iso(now), "tasks": list(found)})
    screen.csv(_COLUMNS, (list(each.values()) for each in found))
    return Status.FINE


def _planned(path: str, now: Instant) -> Iterator[_Line]:
    """Yield the tasks of a plan, as if they were added now."""
    for each in read_plan(path).tasks:
        trigger = each.task.trigger.bind(now, None)
        yield _Line(
            name=each.name,
            tz=zone_name(trigger),
            state="planned",
            next=trigger.next_after(now),
            last=None if trigger.elapsed else trigger.previous_before(now + 1),
        )


def _recorded(source: str) -> Iterator[_Line]:
    """Yield the tasks as the scheduler of a journal or a store has left them."""
    store = None if is_journal(source) else open_store(source)
    again = replay(source if store is None else store.journal())
    snapshot = again.machine.snapshot()
    for entry in snapshot.entries:
        name, summary = entry.task.name, summary_of(entry, snapshot.shift, ())
        runs = again.history.runs(name) if store is None else store.runs(name, limit=1)
        ran = max((run.started for run in runs), default=None)
        yield _Line(
            name=name,
            tz=zone_name(entry.trigger),
            state=str(summary.status),
            next=None if summary.due is None else to_instant(summary.due),
            last=None if ran is None else to_instant(ran),
        )


def _row(line: _Line, now: Instant) -> list[str]:
    return [
        *(_shown(line.next, line.tz), _span(line.next, now)),
        *(_shown(line.last, line.tz), _span(now, line.last)),
        *(line.state, line.name),
    ]


def _shown(at: Instant | None, tz: str) -> str:
    """Write a time on the clock of its task, to the second."""
    return NOTHING if at is None else zone(tz).datetime(at // SECOND * SECOND).isoformat(" ")


def _span(at: Instant | None, since: Instant | None) -> str:
    """Write how long it is from one time to the other, to the second."""
    if at is None or since is None:
        return NOTHING
    return span_text((at - since) // SECOND * SECOND)


def _as_json(line: _Line) -> dict[str, Json]:
    return {
        "task": line.name,
        "state": line.state,
        "next": None if line.next is None else iso(line.next),
        "last": None if line.last is None else iso(line.last),
        "tz": line.tz,
    }


COMMAND = Command(
    name="list",
    summary="list tasks with their next and their last time",
    description=(
        "List tasks with their next and their last time, the next one first: of a plan, as if it "
        "were put in force now; or of a journal or a store, as its scheduler has left them."
    ),
    add_arguments=_add_arguments,
    run=_run,
    csv=True,
)
