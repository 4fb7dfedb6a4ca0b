"""`duetime list`."""

import json
from pathlib import Path

import pytest

from duetime.adapters.cli import main
from duetime.adapters.journals import FileJournal
from duetime.adapters.simulate import Simulation
from duetime.engine.triggers import Daily, Every, OnDemand
from tests.adapters.cli.plans import PLAN

AT = ("--at", "2026-03-28T12:00Z")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a directory with a plan, a journal and a store."""
    monkeypatch.chdir(tmp_path)
    Path("plan.toml").write_text(PLAN, "utf-8")
    file = FileJournal(Path("journal.jsonl"))
    live(Simulation("2026-03-28T00:00Z", journal=file))
    file.close()
    live(Simulation("2026-03-28T00:00Z", store=Path("schedule.db")))


def live(sim: Simulation) -> None:
    """Let three tasks be idle, paused and running."""
    with sim:
        sim.add("night", Daily("02:30", tz="Europe/Berlin"), takes="1m")
        sim.add("page", Every(minutes=90))
        sim.add("hand", OnDemand(), takes="hold")
        sim.clock.advance(hours=11)
        sim.disable("page")
        sim.run_now("hand")
        sim.crash()


def said(capsys: pytest.CaptureFixture[str], source: str, *options: str) -> str:
    """Return what the command writes to stdout."""
    assert main(["list", source, *AT, *options]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_the_tasks_of_a_plan_are_listed_with_their_times(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The next one first, each on the clock of its task; what counts from now has no last time."""
    expected = """\
next                       left    last                       passed   state    task
-------------------------  ------  -------------------------  -------  -------  -----
2026-03-28 12:01:30+00:00  1m 30s  -                          -        planned  tick
2026-03-28 13:20:00+01:00  20m     2026-03-28 13:00:00+01:00  0s       planned  sweep
2026-03-29 03:00:00+02:00  13h     2026-03-28 02:30:00+01:00  10h 30m  planned  night
2026-03-29 12:00:00+02:00  22h     2026-03-28 12:00:00+01:00  1h       planned  noon
"""
    assert said(capsys, "plan.toml") == expected


RECORDED = """\
next                       left  last                       passed   state    task
-------------------------  ----  -------------------------  -------  -------  -----
2026-03-28 12:00:00+00:00  0s    2026-03-28 10:30:00+00:00  1h 30m   paused   page
2026-03-29 03:00:00+02:00  13h   2026-03-28 02:30:00+01:00  10h 30m  idle     night
-                          -     2026-03-28 11:00:00+00:00  1h       running  hand
"""


@pytest.mark.parametrize("source", ["journal.jsonl", "schedule.db", "sqlite:///schedule.db"])
def test_the_tasks_of_a_scheduler_are_listed_as_it_has_left_them(
    source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By a journal or a store; the last time is that of a run."""
    assert said(capsys, source) == RECORDED


def test_json_and_csv_have_instants(capsys: pytest.CaptureFixture[str]) -> None:
    """And the zone of each task."""
    data = json.loads(said(capsys, "journal.jsonl", "--json"))
    night = {
        "task": "night",
        "state": "idle",
        "next": "2026-03-29T01:00:00Z",
        "last": "2026-03-28T01:30:00Z",
        "tz": "Europe/Berlin",
    }
    assert (data["at"], data["tasks"][1]) == ("2026-03-28T12:00:00Z", night)
    expected = """\
task,state,next,last,tz
page,paused,2026-03-28T12:00:00Z,2026-03-28T10:30:00Z,UTC
night,idle,2026-03-29T01:00:00Z,2026-03-28T01:30:00Z,Europe/Berlin
hand,running,,2026-03-28T11:00:00Z,UTC
"""
    assert said(capsys, "journal.jsonl", "--csv") == expected


def test_a_crontab_is_listed_with_what_runs_at_the_start(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It has no next time."""
    Path("crontab").write_text("CRON_TZ=UTC\n0 18 * * * tidy\n@reboot warm-up\n", "utf-8")
    rows = [line.split() for line in said(capsys, "crontab").splitlines()[2:]]
    assert [(row[0], row[-1]) for row in rows] == [("2026-03-28", "tidy"), ("-", "warm-up")]


@pytest.mark.parametrize(
    ("source", "err"),
    [
        ("missing", "missing: No such file"),
        (".", ".: Is a directory"),
        ("pg://x", "cannot be read"),
    ],
)
def test_a_source_that_cannot_be_read_is_refused(
    source: str, err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, one line, and nothing on stdout."""
    assert main(["list", source]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("duetime: ")
    assert err in captured.err
    assert captured.out == ""
