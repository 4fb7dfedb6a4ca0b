"""`duetime replay`."""

import json
from pathlib import Path

import pytest

from duetime.adapters.cli import main
from duetime.adapters.journals import FileJournal
from duetime.adapters.simulate import Simulation
from duetime.engine.seals import seal, unseal
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Write a journal: two runs of "page" and a pause, one of "mail"."""
    path = tmp_path / "journal.jsonl"
    file = FileJournal(path)
    with Simulation("2026-01-01T00:00Z", journal=file) as simulation:
        simulation.add("page", Every(minutes=1))
        simulation.add("mail", OnDemand(), takes="10s")
        simulation.clock.advance(minutes=2)
        simulation.disable("page")
        simulation.demand("mail")
        simulation.clock.advance(minutes=3)
    file.close()
    return path


def test_an_honest_journal_is_identical(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 0, and a table of runs and fates."""
    assert main(["replay", str(journal)]) == 0
    expected = """\
identical: 12 records, every decision the same

task  runs  due  started  skipped
----  ----  ---  -------  -------
mail     1    -        -        -
page     2    5        2        3
all      3    5        2        3
"""
    assert capsys.readouterr().out == expected


def test_the_timeline_is_shown_on_request(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every start, end and other fate is a line."""
    assert main(["replay", str(journal), "--timeline"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "2026-01-01T00:02:00Z mail #1 started (demand)" in lines
    assert "2026-01-01T00:02:10Z mail #1 finished" in lines


def change(journal: Path) -> None:
    """Let the journal of another engine stand in its place, which numbers a run otherwise."""
    header, *lines = journal.read_text().splitlines()
    records = [json.dumps(unseal(line)).replace('"number": 2', '"number": 7') for line in lines]
    journal.write_text("\n".join([header, *(seal(json.loads(record)) for record in records)]))


def test_a_journal_of_which_a_decision_differs_is_shown(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1, and the first record that differs."""
    change(journal)
    assert main(["replay", str(journal)]) == 1
    assert capsys.readouterr().out.startswith("different: record 5, Ticked(")


def test_a_torn_end_is_told(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All records before it are replayed."""
    journal.write_bytes(journal.read_bytes()[:-9])
    assert main(["replay", str(journal)]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("notice: line 13 of the journal ends with ")
    assert second == "identical: 11 records, every decision the same"
    assert main(["replay", str(journal), "--json"]) == 0
    assert f"notice: {json.loads(capsys.readouterr().out)['notice']}" == first


OTHER = """\
[tasks.page]
every = "90s"

[tasks.extra]
every = "2m"
"""


def test_what_if_tells_what_other_tasks_would_have_done(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tasks of the plan take the place of those of their name; exit status 1: it is different."""
    plan = tmp_path / "plan.toml"
    plan.write_text(OTHER, "utf-8")
    assert main(["replay", str(journal), "--what-if", str(plan)]) == 1
    expected = """\
2 added, 1 removed, 1 moved, 3 changed
2026-01-01T00:01:00Z  page   moved to 2026-01-01T00:01:30Z
2026-01-01T00:02:00Z  extra  added
2026-01-01T00:02:00Z  page   removed
2026-01-01T00:04:00Z  extra  added
2026-01-01T00:04:00Z  page   skipped (disabled) -> not due
2026-01-01T00:04:30Z  page   not due -> skipped (disabled)
2026-01-01T00:05:00Z  page   skipped (disabled) -> not due
"""
    assert capsys.readouterr().out == expected


def test_what_if_without_a_task_removes_its_runs(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON has the numbers, and the fates that changed."""
    plan = tmp_path / "plan.toml"
    plan.write_text("[tasks.page]\nevery = '1m'\n", "utf-8")
    arguments = ["replay", str(journal), "--what-if", str(plan), "--json"]
    assert main([*arguments, "--without", "mail"]) == 1
    without = json.loads(capsys.readouterr().out)
    assert main(arguments) == 0
    same = json.loads(capsys.readouterr().out)
    assert without == {"added": 0, "removed": 1, "moved": 0, "changed": []}
    assert same == {"added": 0, "removed": 0, "moved": 0, "changed": []}


@pytest.mark.parametrize(
    ("options", "err"),
    [
        (["--without", "mail"], "--without goes with --what-if"),
        (["--what-if", "missing.toml"], "missing.toml: No such file"),
        (["--what-if", "broken.toml"], "broken.toml: line 2, tasks.page.evry: unknown key"),
        (["--what-if", "right.toml", "--without", "nobody"], "there is no task 'nobody'"),
        (["--what-if", "right.toml", "--timeline"], "--timeline goes without --what-if"),
    ],
)
def test_a_what_if_that_makes_no_sense_is_refused(
    journal: Path,
    options: list[str],
    err: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit status 2, and nothing on stdout."""
    monkeypatch.chdir(journal.parent)
    Path("right.toml").write_text("[tasks.page]\nevery = '1m'\n", "utf-8")
    Path("broken.toml").write_text("[tasks.page]\nevry = '1m'\nevery = '1m'\n", "utf-8")
    assert main(["replay", str(journal), *options]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("duetime: ")
    assert err in captured.err
    assert captured.out == ""


def test_a_journal_that_was_tampered_with_is_refused(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, and the line that is not as it was written."""
    journal.write_text(journal.read_text().replace('"number":2', '"number":7', 1))
    assert main(["replay", str(journal)]) == 2
    assert "line 6 of the journal has the checksum" in capsys.readouterr().err


def test_json_says_the_same(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object: whether it is identical, the state at the end, the figures of each task."""
    assert main(["replay", str(journal), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    page = {"runs": 2, "fates": {"started": 2, "skipped": 3}}
    assert (said["identical"], said["tasks"]["page"]) == (True, page)


def test_json_names_the_record_that_differs(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program need not read the sentence."""
    change(journal)
    assert main(["replay", "--json", str(journal)]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["identical"], said["record"]) == (False, 5)
