"""What a command of `duetime` is."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from duetime.adapters.cli.screen import Screen


class Status(IntEnum):
    """How a command ends, for the shell that called it."""

    FINE = 0
    FOUND = 1
    """It found something that is not as it should be."""
    WRONG_USE = 2
    """It was called wrongly, or given what it cannot read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command.

    `summary`: its line in the list of commands; `description`: what its own help says.
    `add_arguments`: those beside `--json`; `run`: does it, telling the screen all in words and once
    as JSON. `csv`: whether it takes `--csv` and tells the screen a table once as CSV.
    """

    name: str
    summary: str
    description: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Screen], Status]
    csv: bool = False


def add_plan(parser: ArgumentParser) -> None:
    """Add the plan that a command is about."""
    parser.add_argument("plan", metavar="PLAN", help="*.toml, a crontab or a *.timer")


def whole_number(low: int, high: int | None = None) -> Callable[[str], int]:
    """Return what reads an option as a whole number from `low` to `high`; None: there is no end."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < low or (high is not None and int(text) > high):
            end = "up" if high is None else f"to {high:,}"
            raise ArgumentTypeError(f"{text!r} must be a whole number from {low} {end}")
        return int(text)

    return read
