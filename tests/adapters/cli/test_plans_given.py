"""What the commands that read plans refuse, all in the same way."""

from pathlib import Path

import pytest

from duetime.adapters.cli import main
from tests.adapters.cli.plans import PLAN

COMMANDS = {
    "lint": [],
    "dst": [],
    "diff": ["plan.toml"],
    "export": ["--ics", "out.ics"],
}
BY_YEARS = ("lint", "dst")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a directory with a plan, and with what is none."""
    monkeypatch.chdir(tmp_path)
    Path("plan.toml").write_text(PLAN, "utf-8")
    Path("folder.toml").mkdir()
    Path("binary.toml").write_bytes(b"\xff\x00\xfe")
    Path("zone.toml").write_text('[tasks.a]\ndaily = "05:00"\ntz = "Mars/Base"\n')


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
        ("zone.toml", "time zone 'Mars/Base' is unknown"),
        ("plan.txt", "No such file"),
    ],
)
def test_a_plan_that_cannot_be_read_is_refused(
    command: str, plan: str, err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the file, and the line where there is one."""
    assert err in refused([command, plan, *COMMANDS[command]], capsys)


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
        for command in COMMANDS
        for row in [*ANY_TIME, *(YEARS if command in BY_YEARS else SPANS)]
    ],
)
def test_a_time_that_makes_no_sense_is_refused(
    command: str, options: list[str], err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever way a command takes it."""
    assert err in refused([command, "plan.toml", *COMMANDS[command], *options], capsys)


@pytest.mark.parametrize("command", BY_YEARS)
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
