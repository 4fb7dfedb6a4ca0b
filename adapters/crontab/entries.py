"""What stands in a crontab: entries, and what is to be said about its lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from duetime.engine.errors import DuetimeError
from duetime.engine.triggers.base import Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line that runs a command. Entries that differ only in their line are equal.

    `name`: that of its task. `trigger`: when it is due; on demand for `@reboot`, which is
    `at_start`.
    `command`: what the shell is given; `stdin`: what follows the first `%`, or None.
    `environment`: the settings above the line. `user`: in a system crontab, who runs it.
    """

    line: int = field(compare=False)
    name: str
    trigger: Trigger
    at_start: bool = False
    command: str
    stdin: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something in a line that is done otherwise here, or not at all."""

    line: int
    text: str

    def __str__(self) -> str:
        """Write line and text."""
        return f"line {self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line; `column` counts from 1."""

    line: int
    column: int
    text: str

    def __str__(self) -> str:
        """Write line, column and text."""
        return f"line {self.line}, column {self.column}: {self.text}"


class CrontabError(DuetimeError, ValueError):
    """A crontab with lines that mean nothing or cannot be run; `problems` has them all."""

    def __init__(self, path: Path, problems: tuple[Problem, ...]) -> None:
        """Say what is wrong with each line, in order; keep path and problems."""
        self.path = path
        self.problems = problems
        super().__init__("\n  ".join([f"{path}:", *map(str, problems)]))
