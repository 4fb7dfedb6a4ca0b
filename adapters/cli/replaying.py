"""`duetime replay JOURNAL`: does this engine decide what the journal says?"""

from argparse import ArgumentParser, Namespace

from duetime.adapters.cli.base import Command, Status
from duetime.adapters.cli.screen import Screen
from duetime.adapters.cli.tally import show_tallies
from duetime.adapters.journals import replay
from duetime.adapters.offline.tallies import tally_history
from duetime.adapters.plans import read_plan
from duetime.engine.comparison import diff
from duetime.engine.errors import BadArgumentError, ReplayError
from duetime.engine.history import time_text, timeline
from duetime.engine.journal import Replay, state_hash
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Json, Trigger


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("journal", metavar="JOURNAL", help="the file that a scheduler has written")
    parser.add_argument(
        "--timeline", action="store_true", help="show every start, end and other fate"
    )
    parser.add_argument(
        "--what-if",
        metavar="PLAN",
        help="compare with what these tasks would have done; others stay as they were",
    )
    parser.add_argument(
        "--without",
        metavar="TASK",
        action="append",
        default=[],
        help="for --what-if: a task that is not there; may be given several times",
    )


def _run(options: Namespace, screen: Screen) -> Status:
    if options.without and not options.what_if:
        raise BadArgumentError("--without goes with --what-if")
    if options.timeline and options.what_if:
        raise BadArgumentError("--timeline goes without --what-if, which shows what is different")
    if options.what_if:
        return _what_if(options, screen)
    try:
        result = replay(options.journal)
    except ReplayError as error:
        screen.line(f"different: {error}")
        screen.json({"identical": False, "record": error.number, "difference": str(error)})
        return Status.FOUND
    if result.notice:
        screen.line(f"notice: {result.notice}")
    screen.line(f"identical: {result.records:,} records, every decision the same\n")
    show_tallies(tally_history(result.history), screen)
    if options.timeline:
        screen.line(f"\n{timeline(result.history)}")
    screen.json(_as_json(result))
    return Status.FINE


def _what_if(options: Namespace, screen: Screen) -> Status:
    """Live through the journal once more with other tasks, and show what is different."""
    tasks: dict[str, Trigger | Task | None] = {
        each.name: each.task for each in read_plan(options.what_if).tasks
    }
    tasks |= dict.fromkeys(options.without)
    found = diff(replay(options.journal), replay(options.journal, plan=tasks))
    screen.line(str(found))
    screen.json(
        {
            "added": len(found.added),
            "removed": len(found.removed),
            "moved": len(found.moved),
            "changed": [
                {
                    "task": each.name,
                    "nominal": time_text(each.nominal),
                    "before": each.before,
                    "after": each.after,
                }
                for each in found.changed
            ],
        }
    )
    return Status.FOUND if found else Status.FINE


def _as_json(result: Replay) -> Json:
    return {
        "identical": True,
        "records": result.records,
        "notice": result.notice,
        "state": state_hash(result.machine),
        "tasks": {tally.name: tally.to_json() for tally in tally_history(result.history)},
    }


COMMAND = Command(
    name="replay",
    summary="feed a journal to a fresh engine and compare its decisions",
    description=(
        "Feed a journal to a fresh engine in virtual time, and compare every decision. Exit status "
        "1: a decision differs; it is shown. With --what-if: what other tasks would have done."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
