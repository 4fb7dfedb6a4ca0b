"""`duetime history STORE [TASK]`: the runs that a store has kept."""

from argparse import ArgumentParser, Namespace
from datetime import datetime

from duetime.adapters.cli.base import Command, Status
from duetime.adapters.cli.screen import NOTHING, Screen
from duetime.adapters.stores import open_store
from duetime.engine.history import Run
from duetime.engine.instants import to_datetime, to_instant
from duetime.engine.triggers.base import Json

LIMIT = 100
"""So many runs are shown if nothing else is said."""

_HEAD = ("started", "task", "run", "cause", "nominal", "took", "outcome", "error")


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("store", metavar="STORE", help="a path, or a URL: sqlite:///schedule.db")
    parser.add_argument("task", metavar="TASK", nargs="?", help="only the runs of this task")
    parser.add_argument("--since", metavar="TIME", help="started then or later; ISO 8601 + offset")
    parser.add_argument("--until", metavar="TIME", help="started before then")
    parser.add_argument(
        "--limit", metavar="N", type=int, default=LIMIT, help=f"the last N runs (default {LIMIT})"
    )


def _run(options: Namespace, screen: Screen) -> Status:
    runs = open_store(options.store).runs(
        options.task,
        since=_read_time(options.since),
        until=_read_time(options.until),
        limit=options.limit,
    )
    if runs:
        screen.table(_HEAD, [_row(run) for run in runs])
    else:
        screen.line("no runs")
    screen.json({"runs": [_as_json(run) for run in runs]})
    return Status.FINE


def _read_time(text: str | None) -> datetime | None:
    return None if text is None else to_datetime(to_instant(text))


def _row(run: Run) -> list[str]:
    took = NOTHING if run.ended is None else str(run.ended - run.started)
    number = f"{run.number}" if run.attempt == 1 else f"{run.number}, attempt {run.attempt}"
    started, nominal = (_time_text(moment) for moment in (run.started, run.nominal))
    outcome = run.outcome or "going"
    return [started, run.name, number, str(run.cause), nominal, took, str(outcome), run.error]


def _as_json(run: Run) -> Json:
    return {
        "task": run.name,
        "generation": run.generation,
        "number": run.number,
        "attempt": run.attempt,
        "cause": str(run.cause),
        "nominal": _time_text(run.nominal),
        "planned": _time_text(run.planned),
        "started": _time_text(run.started),
        "ended": None if run.ended is None else _time_text(run.ended),
        "outcome": None if run.outcome is None else str(run.outcome),
        "error": run.error,
        "args": dict(run.args),
    }


def _time_text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


COMMAND = Command(
    name="history",
    summary="show the runs that a store has kept",
    description=(
        "Show the runs that a store has kept, the latest last, also while a scheduler has the "
        "store. Nothing in it is changed."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
