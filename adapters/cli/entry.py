"""The command line: which command is meant, and how it ends.

To add a command, write a module beside this one that defines a `Command`, and put it into
`COMMANDS`.
"""

import os
import platform
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from duetime.adapters.cli import backup, demo, history, replaying
from duetime.adapters.cli.base import Command, Status
from duetime.adapters.cli.screen import make_screen
from duetime.adapters.zone_data import zone_data
from duetime.engine.errors import DuetimeError, ReplayError

COMMANDS: tuple[Command, ...] = (
    demo.COMMAND,
    replaying.COMMAND,
    history.COMMAND,
    backup.COMMAND,
)

INTERRUPTED = 130
"""The status of a command that Ctrl-C has ended; shells know it so."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return its exit status."""
    parser = make_parser()
    try:
        options = parser.parse_args(argv)
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
        return command.run(options, make_screen(as_json=options.json))
    except DuetimeError as error:
        print(f"duetime: {error}", file=sys.stderr)
        return Status.FOUND if isinstance(error, ReplayError) else Status.WRONG_USE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read stdout has seen enough, and must not hear of it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Status.FINE


def make_parser() -> ArgumentParser:
    """Return the parser of the whole command line; `options.command` is the `Command`."""
    parser = ArgumentParser(prog="duetime", description="Schedules, simulated and live.")
    parser.add_argument(
        "--version", action="store_true", help="show the versions of duetime and its zone data"
    )
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        own = commands.add_parser(
            command.name, help=command.summary, description=command.description
        )
        own.set_defaults(command=command)
        own.add_argument("--json", action="store_true", help="write one JSON object instead")
        command.add_arguments(own)
    return parser


def version_text() -> str:
    """Return the versions of all that decides when a task is due."""
    try:
        own = version("duetime")
    except PackageNotFoundError:
        own = "(not installed)"
    return f"duetime {own}\nPython {platform.python_version()}\ntime-zone data {zone_data()}"
