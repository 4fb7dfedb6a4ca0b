"""`duetime backup STORE TARGET`: a copy of a store, also while it is in use."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from duetime.adapters.cli.base import Command, Status
from duetime.adapters.cli.screen import Screen
from duetime.adapters.stores import open_store


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("store", metavar="STORE", help="a path, or a URL: sqlite:///schedule.db")
    parser.add_argument("target", metavar="TARGET", help="a path where nothing is")


def _run(options: Namespace, screen: Screen) -> Status:
    open_store(options.store).backup(options.target)
    size = Path(options.target).stat().st_size
    screen.line(f"{options.target}: {size:,} bytes")
    screen.json({"target": options.target, "bytes": size})
    return Status.FINE


COMMAND = Command(
    name="backup",
    summary="copy a store, also while it is in use",
    description=(
        "Copy a store to a new file that can be opened as one, also while a scheduler has it. The "
        "copy is complete, or not there."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
