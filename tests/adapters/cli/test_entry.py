"""The command line as a whole: exit statuses, versions, errors."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from duetime.adapters.cli import entry, main
from duetime.engine.errors import BadTimeError, ReplayError

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("arguments", "status", "out", "err"),
    [
        (["--help"], 0, "usage: duetime", ""),
        (["replay", "--help"], 0, "Feed a journal", ""),
        (["--version"], 0, "time-zone data 2", ""),
        ([], 2, "", "usage: duetime"),
        (["nonsense"], 2, "", "invalid choice: 'nonsense'"),
        (["demo", "--seconds", "-1"], 2, "", "'-1' must be a number from 0 to 600"),
        (["demo", "--seconds", "soon"], 2, "", "'soon' must be a number from 0 to 600"),
        (["replay", "nowhere.jsonl"], 2, "", "duetime: nowhere.jsonl cannot be read: No such file"),
    ],
)
def test_the_exit_status_tells_right_use_from_wrong(
    arguments: list[str], status: int, out: str, err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """0: fine; 2: wrong use, and stderr says what is wrong."""
    assert main(arguments) == status
    captured = capsys.readouterr()
    assert out in captured.out
    assert err in captured.err


def test_python_m_runs_the_command() -> None:
    """Where the command is not on the path, `python -m duetime` is the same."""
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("duetime ")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (KeyboardInterrupt(), 130),
        (ReplayError("record 3", number=3), 1),
        (BadTimeError("25:00"), 2),
    ],
)
def test_errors_end_a_command_without_a_traceback(
    error: BaseException, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends it like any interrupted process; a replay that differs is something found."""

    def fail() -> str:
        raise error

    monkeypatch.setattr(entry, "version_text", fail)
    assert main(["--version"]) == status


def test_a_reader_who_has_seen_enough_ends_a_command_quietly() -> None:
    """`duetime … | head` leaves no traceback."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = run("demo", "--seconds", "0", stdout=write_end)
    os.close(write_end)
    assert (done.returncode, done.stderr) == (0, "")


def run(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "duetime", *arguments],
        cwd=ROOT,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
