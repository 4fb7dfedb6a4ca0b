"""What the screen writes, and when it keeps quiet."""

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from duetime.adapters.cli.screen import Screen, make_screen


def test_a_table_aligns_numbers_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    """Columns are as wide as their widest cell; lines do not end in spaces."""
    Screen().table(["task", "runs", "note"], [["sweep", "1,200", "late"], ["report", "-", ""]])
    expected = """\
task     runs  note
------  -----  ----
sweep   1,200  late
report      -
"""
    assert capsys.readouterr().out == expected


def test_a_heading_is_underlined(capsys: pytest.CaptureFixture[str]) -> None:
    """Without colours, a rule makes a heading."""
    Screen().heading("The year")
    assert capsys.readouterr().out == "The year\n--------\n"


def test_with_rich_the_same_text_has_colours() -> None:
    """Text that looks like markup is written as it is, and lines are not broken."""
    file = io.StringIO()
    screen = Screen(Console(file=file, force_terminal=True, width=20))
    screen.heading("The year")
    screen.line("[bold] 2026 " + "x" * 40)
    lines = file.getvalue().splitlines()
    assert lines[0] == "\x1b[1mThe year\x1b[0m"
    assert lines[2] == "[bold] 2026 " + "x" * 40


def test_json_is_written_instead_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    """A program that reads the output gets one JSON object and nothing else."""
    screen = make_screen(as_json=True)
    screen.heading("Title")
    screen.line("text")
    screen.table(["head"], [["row"]])
    screen.json({"name": "Zürich"})
    assert capsys.readouterr().out == '{\n  "name": "Zürich"\n}\n'


def test_text_is_written_instead_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """People get no JSON unless they ask for it; progress is not written into a pipe."""
    screen = make_screen(as_json=False)
    screen.progress("working")
    screen.json({"a": 1})
    assert capsys.readouterr() == ("", "")


def test_csv_is_written_instead_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Head and rows, quoted where that is needed; None is an empty cell."""
    screen = make_screen(as_json=False, as_csv=True)
    screen.line("text")
    screen.json({"a": 1})
    screen.csv(["task", "runs"], iter([["a, b", 1], ["c", None]]))
    assert capsys.readouterr().out == 'task,runs\n"a, b",1\nc,\n'


def test_rows_of_csv_are_not_made_in_vain() -> None:
    """Without `--csv` nobody walks through them."""

    def rows() -> Iterator[list[str]]:
        raise AssertionError
        yield []

    make_screen(as_json=False).csv(["task"], rows())
