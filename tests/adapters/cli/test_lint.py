"""`duetime lint`."""

import csv
import io
import json
from pathlib import Path

import pytest

from duetime.adapters.cli import main
from tests.adapters.cli.plans import FROM, PLAN


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a directory that has the plan."""
    monkeypatch.chdir(tmp_path)
    Path("plan.toml").write_text(PLAN, "utf-8")


def test_lint_says_what_why_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """Each finding begins with file, line, code and task, as compilers write it."""
    assert main(["lint", "plan.toml", *FROM, "--years", "1"]) == 1
    expected = """\
plan.toml:4: D201 night
  on the clock of Europe/Berlin, 2026-03-29 02:30 does not exist: due at the end of the gap, once \
for all that are in it
  why: the distance to the runs before and after is another one than on other days
  do:  take a time that no change touches, or choose another gap
plan.toml:4: D202 night
  on the clock of Europe/Berlin, 2026-10-25 02:30 comes twice: due the first time only
  why: the distance to the runs before and after is another one than on other days
  do:  take a time that no change touches, or choose another fold
plan.toml:14: D302 tick
  a run takes at least 2m, and the next one is due after 1m 30s at the latest
  why: overlap = "skip": what comes due during a run is skipped
  do:  make the runs shorter or the distance longer, or choose another overlap
3 findings
"""
    assert capsys.readouterr().out == expected


def test_lint_as_json_and_csv_has_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Five years are looked at, if nothing else is said."""
    assert main(["lint", "plan.toml", *FROM, "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert main(["lint", "plan.toml", *FROM, "--csv"]) == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert (data["from"], data["until"]) == ("2026-01-01T00:00:00Z", "2031-01-01T00:00:00Z")
    assert [each["code"] for each in rows] == ["D201", "D202", "D302"]
    told = [
        {**each, "line": str(each["line"]), "tasks": each["tasks"][0]} for each in data["findings"]
    ]
    assert told == rows


def test_lint_is_fine_where_nothing_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    """What is meant so can be left out by its code."""
    ignored = ["--ignore", "D201", "--ignore", "D202", "--ignore", "D302"]
    assert main(["lint", "plan.toml", *FROM, *ignored]) == 0
    assert capsys.readouterr().out == "nothing found\n"


def test_lint_refuses_a_code_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    """The codes that there are, are told."""
    assert main(["lint", "plan.toml", "--ignore", "D999"]) == 2
    assert "'D999': there is no such code; D101, D102" in capsys.readouterr().err
