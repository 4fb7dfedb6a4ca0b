"""`duetime history` and `duetime backup`."""

import json
from pathlib import Path

import pytest

from duetime.adapters.cli import main
from duetime.adapters.stores.sqlite import SqliteStore
from duetime.adapters.testing.conformance.keeping import Kept, added, at, ticked
from duetime.engine.machine import Settings
from duetime.engine.messages import RunFailed, RunFinished


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Write a store: three runs of "page", of which one fails and one is going; one of "mail"."""
    path = tmp_path / "store.db"
    kept = Kept(SqliteStore(path))
    kept.say(added("page"), added("mail", seconds=30))
    kept.say(ticked(60), RunFinished(at=at(61.5), name="page", generation=1, number=1))
    kept.say(ticked(90), RunFinished(at=at(91), name="mail", generation=1, number=1))
    failed = RunFailed(at=at(125), name="page", generation=1, number=2, error="OSError: jam")
    kept.say(ticked(120), failed)
    kept.say(ticked(180))
    kept.store.close()
    return path


def test_history_is_a_table(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each run, the latest last."""
    assert main(["history", str(store), "page"]) == 0
    expected = """\
started               task  run  cause  nominal               took            outcome   error
--------------------  ----  ---  -----  --------------------  --------------  --------  ------------
2026-01-01T12:01:00Z  page    1  due    2026-01-01T12:01:00Z  0:00:01.500000  finished
2026-01-01T12:02:00Z  page    2  due    2026-01-01T12:02:00Z  0:00:05         failed    OSError: jam
2026-01-01T12:03:00Z  page    3  due    2026-01-01T12:03:00Z  -               going
"""
    assert capsys.readouterr().out == expected


def test_history_is_asked_by_time(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Since, until, and the last ones of those; JSON has every field."""
    bounds = ["--since", "2026-01-01T12:01:10Z", "--until", "2026-01-01T13:03:00+01:00"]
    assert main(["history", f"sqlite:///{store}", *bounds, "--limit", "1", "--json"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert (run["task"], run["number"], run["error"]) == ("page", 2, "OSError: jam")
    assert (run["ended"], run["outcome"]) == ("2026-01-01T12:02:05Z", "failed")


def test_history_without_runs_says_so(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also for a task that is not there: it may have been removed."""
    assert main(["history", str(store), "nobody"]) == 0
    assert capsys.readouterr().out == "no runs\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--since", "yesterday"], "'yesterday' is no ISO 8601 time"),
        (["--until", "2026-01-01T00:00"], "has no time zone"),
        (["--limit", "0"], "limit 0 must be a whole number from 1 up"),
    ],
)
def test_a_wrong_question_is_refused(
    store: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, and what is wrong."""
    assert main(["history", str(store), *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", [["history"], ["backup", "copy.db"]])
def test_a_store_that_is_not_there_is_refused(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2; nothing is made."""
    name, *target = command
    assert main([name, str(tmp_path / "none.db"), *(str(tmp_path / each) for each in target)]) == 2
    assert "none.db" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_backup_opens_and_a_second_is_refused(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says how large it is; nothing is replaced."""
    copy = tmp_path / "copy.db"
    assert main(["backup", str(store), str(copy)]) == 0
    assert capsys.readouterr().out == f"{copy}: {copy.stat().st_size:,} bytes\n"
    backup = SqliteStore(copy)
    snapshot = backup.open(Settings()).snapshot
    assert snapshot is not None
    assert [entry.task.name for entry in snapshot.entries] == ["mail", "page"]
    backup.close()
    assert main(["backup", str(store), str(copy), "--json"]) == 2
    assert "exists already" in capsys.readouterr().err
