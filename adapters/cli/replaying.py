"""`duetime replay JOURNAL`: does this engine decide what the journal says?"""

from argparse import ArgumentParser, Namespace

from duetime.adapters.cli.base import Command, Status
from duetime.adapters.cli.screen import Screen
from duetime.adapters.cli.tally import show_tallies
from duetime.adapters.journals import replay
from duetime.adapters.offline.tallies import tally_history
from duetime.engine.errors import ReplayError
from duetime.engine.history import timeline
from duetime.engine.journal import Replay, state_hash
from duetime.engine.triggers.base import Json


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("journal", metavar="JOURNAL", help="the file that a scheduler has written")
    parser.add_argument(
        "--timeline", action="store_true", help="show every start, end and other fate"
    )


def _run(options: Namespace, screen: Screen) -> Status:
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
        "1: a decision differs; it is shown."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
