"""The command line: which command is meant, and how it ends.

To add a command, write a module beside this one that defines a `Command` as `COMMAND`, and put it
into `COMMANDS`. Only the module of the command that is called is loaded: a command starts fast.
"""

import logging
import os
import platform
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib import import_module

from duetime.adapters.cli.base import Command, Status
from duetime.adapters.cli.screen import make_screen
from duetime.adapters.product import VERSION
from duetime.adapters.zone_data import zone_data
from duetime.engine.errors import BadArgumentError, DuetimeError, ReplayError

COMMANDS = {
    "demo": "demo",
    "next": "next_times",
    "list": "listing_tasks",
    "explain": "explaining",
    "simulate": "simulating",
    "run": "running",
    "replay": "replaying",
    "history": "history",
    "backup": "backup",
    "lint": "lint",
    "dst": "changes_ahead",
    "diff": "comparing",
    "export": "exporting",
}
"""In which module beside this one each command stands."""

_NOWHERE = logging.NullHandler()
"""What a simulation logs is shown by its tables; a command that runs for real says where to."""

INTERRUPTED = 130
"""The status of a command that Ctrl-C has ended; shells know it so."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return its exit status."""
    given = sys.argv[1:] if argv is None else argv
    logging.getLogger("duetime").addHandler(_NOWHERE)
    parser = make_parser(*(each for each in given[:1] if each in COMMANDS))
    try:
        options = parser.parse_args(given)
    except SystemExit as leave:  # argparse has written its help, or what is wrong
        return Status.WRONG_USE if leave.code else Status.FINE
    try:
        if options.version:
            print(version_text())
            return Status.FINE
        command: Command | None = options.command
        if command is None:
            parser.print_help(sys.stderr)
            return Status.WRONG_USE
        if options.json and options.csv:
            raise BadArgumentError("--json and --csv contradict each other; give one of them")
        return command.run(options, make_screen(as_json=options.json, as_csv=options.csv))
    except DuetimeError as error:
        print(f"duetime: {error}", file=sys.stderr)
        return Status.FOUND if isinstance(error, ReplayError) else Status.WRONG_USE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read stdout has seen enough, and must not hear of it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Status.FINE


def make_parser(*names: str) -> ArgumentParser:
    """Return the parser of these commands, or of all; `options.command` is the `Command`."""
    parser = ArgumentParser(prog="duetime", description="Schedules, simulated and live.")
    parser.add_argument(
        "--version", action="store_true", help="show the versions of duetime and its zone data"
    )
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name in names or COMMANDS:
        command = _load(name)
        own = commands.add_parser(
            command.name, help=command.summary, description=command.description
        )
        own.set_defaults(command=command)
        own.add_argument("--json", action="store_true", help="write one JSON object instead")
        own.set_defaults(csv=False)
        if command.csv:
            own.add_argument("--csv", action="store_true", help="write a table as CSV instead")
        command.add_arguments(own)
    return parser


def _load(name: str) -> Command:
    command: Command = import_module(f"duetime.adapters.cli.{COMMANDS[name]}").COMMAND
    return command


def version_text() -> str:
    """Return the versions of all that decides when a task is due."""
    return f"duetime {VERSION}\nPython {platform.python_version()}\ntime-zone data {zone_data()}"
