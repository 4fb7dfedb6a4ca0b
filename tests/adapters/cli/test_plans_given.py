"""What the commands that read plans refuse, all in the same way."""

import re
from pathlib import Path

import pytest

from duetime.adapters.cli import main
from duetime.adapters.plans.reading import LONGEST
from tests.adapters.cli.plans import PLAN

COMMANDS = {
    "lint": [],
    "dst": [],
    "diff": ["plan.toml"],
    "export": ["--ics", "out.ics"],
    "list": [],
    "explain": ["night", "2026-03-28T02:30"],
    "simulate": ["--plot", "week", "week.svg", "--report", "report.html"],
    "run": ["--store", "schedule.db"],
}
BY_YEARS = ("lint", "dst")
WRONG = """\
[tasks.a]
dayly = "05:00"
[tasks.b]
daily = "25:00"
tz = "UTC"
[tasks.c]
every = "1h"
overlap = "maybe"
"""
WRONG_AT = [(1, "a"), (2, "a.dayly"), (4, "b.daily"), (8, "c.overlap")]
BY_SPANS = ("diff", "export", "simulate")
CSV = ("lint", "dst", "list", "simulate", "next")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a directory with a plan, and with what is none."""
    monkeypatch.chdir(tmp_path)
    Path("plan.toml").write_text(PLAN, "utf-8")
    Path("folder.toml").mkdir()
    Path("binary.toml").write_bytes(b"\xff\x00\xfe")
    Path("zone.toml").write_text('[tasks.a]\ndaily = "05:00"\ntz = "Mars/Base"\n')
    Path("long.toml").write_bytes(b"#" * (LONGEST + 1))
    Path("wrong.toml").write_text(WRONG)


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command says that must refuse to work, in one line."""
    there = {*Path().iterdir()}
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("duetime: ")
    assert captured.err.count("\n") == 1
    assert {*Path().iterdir()} == there
    return captured.err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("plan", "err"),
    [
        ("missing.toml", "missing.toml: No such file or directory"),
        ("folder.toml", "folder.toml: Is a directory"),
        ("binary.toml", "line 1: this is no UTF-8 text"),
        ("long.toml", "at most 10,000,000 bytes are read; this file has more"),
        ("zone.toml", "time zone 'Mars/Base' is unknown"),
        ("plan.txt", "No such file"),
    ],
)
def test_a_plan_that_cannot_be_read_is_refused(
    command: str, plan: str, err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the file, and the line where there is one."""
    assert err in refused([command, plan, *COMMANDS[command]], capsys)


@pytest.mark.parametrize("command", COMMANDS)
def test_all_that_is_wrong_with_a_plan_is_told_at_once(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with its line and key; nothing is run, and nothing written."""
    there = {*Path().iterdir()}
    assert main([command, "wrong.toml", *COMMANDS[command]]) == 2
    captured = capsys.readouterr()
    where = [line.split(":")[0] for line in captured.err.splitlines()]
    assert where == ["duetime", *(f"  line {line}, tasks.{key}" for line, key in WRONG_AT)]
    assert captured.err.startswith("duetime: wrong.toml: 4 problems\n")
    assert (captured.out, {*Path().iterdir()}) == ("", there)


ANY_TIME = [
    (["--from", "soon"], "'soon' is no ISO 8601 time"),
    (["--from", "2026-01-01"], "has no time zone"),
    (["--from", "1969-12-31T00:00Z"], "out of range"),
]
YEARS = [
    (["--from", "2200-01-01T00:00Z", "--years", "100"], "the last year is 2261"),
    (["--years", "0"], "--years '0' must be a whole number from 1 to 100"),
]
SPANS = [
    (["--from", "2261-12-31T00:00Z", "--for", "1w"], "the last year is 2261"),
    (["--until", "2300-01-01T00:00Z"], "out of range"),
    (["--for", "1d", "--until", "2030-01-01T00:00Z"], "--for and --until contradict"),
]


@pytest.mark.parametrize(
    ("command", "options", "err"),
    [
        (command, *row)
        for command in (*BY_YEARS, *BY_SPANS)
        for row in [*ANY_TIME, *(YEARS if command in BY_YEARS else SPANS)]
    ],
)
def test_a_time_that_makes_no_sense_is_refused(
    command: str, options: list[str], err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever way a command takes it."""
    assert err in refused([command, "plan.toml", *COMMANDS[command], *options], capsys)


@pytest.mark.parametrize("time", ["soon", "2026-01-01", "1969-12-31T00:00Z", "2300-01-01T00:00Z"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "plan.toml", "--at"],
        ["explain", "plan.toml", "night", "2026-03-28T02:30", "--from"],
        ["next", "1h", "--after"],
    ],
)
def test_a_single_time_that_makes_no_sense_is_refused(
    arguments: list[str], time: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what is allowed."""
    assert re.search(
        "is no ISO 8601 time|has no time zone|out of range", refused([*arguments, time], capsys)
    )


@pytest.mark.parametrize("command", CSV)
def test_json_and_csv_contradict_each_other(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of them, or text."""
    assert "give one of them" in refused([command, "plan.toml", "--json", "--csv"], capsys)


@pytest.mark.parametrize(
    ("options", "err"),
    [
        ([], "NEW is missing"),
        (["--tzdata-old", "folder.toml"], "go together; give both"),
        (
            ["--tzdata-old", "folder.toml", "--tzdata-new", "folder.toml"],
            "folder.toml has no time-zone data for Europe/Berlin",
        ),
    ],
)
def test_a_plan_is_compared_with_something(
    options: list[str], err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With another plan, or by two folders of time-zone data."""
    assert err in refused(["diff", "plan.toml", *options], capsys)
