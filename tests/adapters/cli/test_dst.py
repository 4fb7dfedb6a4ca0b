"""`duetime dst`."""

import csv
import io
import json
from pathlib import Path

import pytest

from duetime.adapters.cli import main
from tests.adapters.cli.plans import FROM, PLAN

COMMAND = ["dst", "plan.toml", *FROM, "--years", "1"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a directory that has the plan."""
    monkeypatch.chdir(tmp_path)
    Path("plan.toml").write_text(PLAN, "utf-8")


def test_dst_shows_each_change_and_whom_it_touches(capsys: pytest.CaptureFixture[str]) -> None:
    """Tasks that it does not touch are summed up."""
    assert main(COMMAND) == 0
    every = "every minute that passes counts, the distance stays"
    expected = f"""\
2026-03-29T01:00:00Z  Europe/Berlin  forward by 1h: 2026-03-29 02:00 to 2026-03-29 03:00 is skipped
task   time                                     what happens
-----  ---------------------------------------  {"-" * 60}
night  2026-03-29 02:30                         once, at 03:00+02:00, the end of the gap
sweep  2026-03-29 02:00 … 2026-03-29 02:40 (3)  skipped: {every}
untouched: 1 (noon)

2026-10-25T01:00:00Z  Europe/Berlin  back by 1h: 2026-10-25 02:00 to 2026-10-25 03:00 comes twice
task   time                                     what happens
-----  ---------------------------------------  {"-" * 58}
night  2026-10-25 02:30                         the first time only, at 02:30+02:00
sweep  2026-10-25 02:00 … 2026-10-25 02:40 (3)  twice: {every}
untouched: 1 (noon)

on no clock, so never touched: tick
"""
    assert capsys.readouterr().out == expected


def test_dst_as_json_has_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Instants in UTC, times of the clock without an offset."""
    assert main([*COMMAND, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["on_no_clock"] == ["tick"]
    spring, _ = data["changes"]
    night, _ = spring.pop("tasks")
    assert spring == {
        "at": "2026-03-29T01:00:00Z",
        "tz": "Europe/Berlin",
        "by_seconds": 3600,
        "first": "2026-03-29 02:00",
        "until": "2026-03-29 03:00",
        "untouched": ["noon"],
    }
    assert night["due"] == ["2026-03-29T01:00:00Z"]


def test_dst_as_csv_has_a_row_for_each_task(capsys: pytest.CaptureFixture[str]) -> None:
    """Several due times stand in one cell, with a space between them."""
    assert main([*COMMAND, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    found = [(each["task"], each["met"], each["count"], each["elapsed"]) for each in rows]
    assert found == [
        ("night", "at_end", "1", "no"),
        ("sweep", "skipped", "3", "yes"),
        ("night", "first", "1", "no"),
        ("sweep", "twice", "3", "yes"),
    ]
    assert rows[3]["due"] == "2026-10-25T00:00:00Z 2026-10-25T01:00:00Z"


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ('daily = ["02:10", "02:20"]', "all together, once, at 03:00+02:00, the end of the gap"),
        ('daily = "02:30"\ngap = "shift"', "later by the length of the gap, at 03:30+02:00"),
        ('daily = "02:30"\ngap = "skip"', "skipped\n"),
        ('daily = "03:00"', "as always, at 03:00+02:00"),
        ('daily = "02:30"\nfold = "second"', "the second time only, at 02:30+01:00"),
        ('daily = "02:30"\nfold = "both"', "twice, at 02:30+02:00 and 02:30+01:00"),
        ('daily = "02:30"\ntz = "Asia/Tokyo"', "no clock changes\n"),
    ],
)
def test_dst_says_what_happens(line: str, out: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In words, with the time that the clock shows when the task is due."""
    Path("plan.toml").write_text(f'[defaults]\ntz = "Europe/Berlin"\n[tasks.a]\n{line}\n')
    assert main(COMMAND) == 0
    assert out in capsys.readouterr().out


def test_dst_names_a_few_of_many(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the untouched ones five, and how many more there are."""
    tasks = "".join(f'[tasks.t{number}]\ndaily = "12:00"\n' for number in range(7))
    Path("plan.toml").write_text(f'[defaults]\ntz = "Europe/Berlin"\n{tasks}')
    assert main(COMMAND) == 0
    assert "untouched: 7 (t0, t1, t2, t3, t4 and 2 more)\n" in capsys.readouterr().out
