"""What a command shows: headings, lines and tables for people; a JSON object or CSV for programs.

A command says all of it; the screen writes what was asked for. On a terminal, and where rich is
installed, text has colours. Progress is shown on a terminal only, on stderr, and leaves nothing
behind.
"""

import csv
import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from duetime.engine.triggers.base import Json

if TYPE_CHECKING:
    from rich.console import Console

NOTHING = "-"
"""What stands in a table for zero."""
_NUMBER = re.compile(rf"[-+]?[\d,.]+( [a-z]+)?|{NOTHING}|")
"""The cells of a column that is aligned to the right."""


class Screen:
    """Where a command writes to."""

    def __init__(
        self,
        console: "Console | None" = None,
        *,
        as_json: bool = False,
        as_csv: bool = False,
    ) -> None:
        """`console`: of rich, for colours; `as_json`, `as_csv`: write that and no text."""
        self._console = console
        self._as_json = as_json
        self._as_csv = as_csv

    def heading(self, text: str) -> None:
        """Begin a part."""
        self.line(text, style="bold")
        self.line("-" * len(text), style="dim")

    def line(self, text: str = "", *, style: str = "") -> None:
        """Write a line. `style`: in the words of rich."""
        if self._as_json or self._as_csv:
            return
        if self._console is None:
            print(text, flush=True)
        else:
            self._console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a table; columns of numbers are aligned to the right."""
        columns = list(zip(head, *rows, strict=True))
        widths = [max(map(len, column)) for column in columns]
        right = [all(_NUMBER.fullmatch(cell) for cell in column[1:]) for column in columns]

        def joined(cells: Sequence[str]) -> str:
            parts = [
                cell.rjust(width) if is_right else cell.ljust(width)
                for cell, width, is_right in zip(cells, widths, right, strict=True)
            ]
            return "  ".join(parts).rstrip()

        self.line(joined(head), style="bold")
        self.line(joined(["-" * width for width in widths]), style="dim")
        for row in rows:
            self.line(joined(row))

    def json(self, data: Json) -> None:
        """Write the JSON object that says it all."""
        if self._as_json:
            print(json.dumps(data, indent=2, ensure_ascii=False))

    def csv(self, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Write the table that says it all as CSV, row by row; None is an empty cell.

        The rows are not asked for unless CSV is wanted.
        """
        if self._as_csv:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(head)
            writer.writerows(rows)
            sys.stdout.flush()

    def progress(self, text: str) -> None:
        """Show what is being done, in place of what was shown before; "" takes it away."""
        if sys.stderr.isatty():
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def count_text(count: int) -> str:
    """Write a count as it stands in a table."""
    return f"{count:,}" if count else NOTHING


def make_screen(*, as_json: bool, as_csv: bool = False) -> Screen:
    """Return the screen of this process, with colours where they can be shown."""
    coloured = sys.stdout.isatty() and not (as_json or as_csv)
    return Screen(_rich_console() if coloured else None, as_json=as_json, as_csv=as_csv)


def _rich_console() -> "Console | None":
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console()
