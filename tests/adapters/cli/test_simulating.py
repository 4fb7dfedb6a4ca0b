"""`duetime simulate`."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from duetime.adapters.cli import main
from duetime.adapters.journals import FileJournal
from duetime.adapters.offline import simulating
from duetime.adapters.offline.windows import Row
from duetime.adapters.simulate import Simulation
from duetime.engine.triggers import Every

PLAN = """\
[defaults]
tz = "Europe/Berlin"

[settings]
max_running = 1

[tasks.idle]
on_demand = true

[tasks.report]
daily = "02:30"
takes = "20m..50m"
retry = "retry(2, 10m)"

[tasks.sweep]
every = "1h"
takes = "90m"
"""
FREE = PLAN.replace("max_running = 1", "")
"""The same without what keeps it from columns."""
SCENARIO = """\
[fails]
report = 0.9

[[events]]
at = "2026-03-28T12:00Z"
crash = "5h"
"""
FROM = ("--from", "2026-03-28T00:00Z")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a directory that has the plan, and what happens to it."""
    monkeypatch.chdir(tmp_path)
    Path("plan.toml").write_text(PLAN, "utf-8")
    Path("free.toml").write_text(FREE, "utf-8")
    Path("scenario.toml").write_text(SCENARIO, "utf-8")


def said(capsys: pytest.CaptureFixture[str], *options: str, plan: str = "plan.toml") -> str:
    """Return what the command writes to stdout."""
    assert main(["simulate", plan, *FROM, *options]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_what_a_plan_comes_to_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Fates and ends that occur have columns; spans are as exact as anybody wants to read them."""
    expected = """\
plan.toml, 2026-03-28T00:00:00Z to 2026-03-31T00:00:00Z

task    runs  due  started  skipped  going  busy        longest  latest
------  ----  ---  -------  -------  -----  ----------  -------  -------
idle       -    -        -        -      -  0s          0s       0s
report     3    3        3        -      -  2h 10m 18s  47m 30s  1h
sweep     36   72       36       36      1  2d 4h 30m   1h 30m   40m 48s

at most 1 at once, first at 2026-03-28T01:00:00Z
"""
    assert said(capsys, "--for", "3d") == expected


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Spans in seconds; fates and endings that occur."""
    data = json.loads(said(capsys, "--for", "3d", "--json"))
    tasks = data.pop("tasks")
    assert data == {
        "plan": "plan.toml",
        "from": "2026-03-28T00:00:00Z",
        "until": "2026-03-31T00:00:00Z",
        "seed": 0,
        "most_at_once": 1,
        "first_most": "2026-03-28T01:00:00Z",
    }
    busy, latest = (tasks["sweep"].pop(f"{key}_seconds") for key in ("busy", "latest"))
    assert (busy, round(latest)) == (189_000, 2_448)
    assert tasks["sweep"] == {
        "runs": 36,
        "due": 72,
        "fates": {"started": 36, "skipped": 36},
        "endings": {"finished": 35, "going": 1},
        "longest_seconds": 5_400,
    }


def test_nothing_that_runs_is_told_as_null(capsys: pytest.CaptureFixture[str]) -> None:
    """There is no first time of it."""
    Path("idle.toml").write_text("[tasks.idle]\non_demand = true\n", "utf-8")
    data = json.loads(said(capsys, "--for", "3d", "--json", plan="idle.toml"))
    assert (data["most_at_once"], data["first_most"]) == (0, None)


def test_csv_has_a_row_for_each_run_and_each_other_fate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By nominal time; what does not apply is empty."""
    expected = """\
nominal,task,number,attempt,last,due,fate,reason,planned,started,ended,ending,error
2026-03-28T01:00:00Z,sweep,1,1,2026-03-28T01:00:00Z,1,started,,2026-03-28T01:00:00Z,\
2026-03-28T01:00:00Z,2026-03-28T02:30:00Z,finished,
2026-03-28T02:00:00Z,sweep,,,2026-03-28T02:00:00Z,1,skipped,overlap,,,,,
2026-03-28T03:00:00Z,sweep,2,1,2026-03-28T03:00:00Z,1,started,,2026-03-28T03:00:00Z,\
2026-03-28T03:00:00Z,,going,
"""
    text = FREE.replace('daily = "02:30"', 'daily = "22:30"')
    Path("free.toml").write_text(text, "utf-8")
    assert said(capsys, "--for", "3h", "--csv", plan="free.toml") == expected


def test_csv_is_the_same_with_and_without_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With numpy, without it, and step by step."""
    options = ("--for", "60d", "--csv")
    with_numpy = said(capsys, *options, plan="free.toml")
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "numpy", None)
        without = said(capsys, *options, plan="free.toml")
    monkeypatch.setattr(simulating, "fits_columns", lambda *_: False)
    by_steps = said(capsys, *options, plan="free.toml")
    assert with_numpy == without == by_steps
    assert len(list(csv.DictReader(io.StringIO(by_steps)))) == 24 * 60 + 60


def test_a_scenario_lets_things_happen(capsys: pytest.CaptureFixture[str]) -> None:
    """Attempts fail, a process is lost with its run, due times are missed."""
    data = json.loads(said(capsys, "--for", "3d", "--json", "--scenario", "scenario.toml"))
    report, sweep = data["tasks"]["report"], data["tasks"]["sweep"]
    assert report["endings"]["failed"] > 2
    assert sweep["endings"]["lost"] == 1
    assert sweep["fates"]["missed"] + sweep["fates"]["merged"] == 4


def test_runs_take_as_long_as_recorded_ones(capsys: pytest.CaptureFixture[str]) -> None:
    """Of tasks that are known there; a scenario has the last word."""
    file = FileJournal(Path("journal.jsonl"))
    with Simulation("2026-01-01T00:00Z", journal=file) as sim:
        sim.add("sweep", Every(hours=1), takes="7m")
        sim.add("other", Every(hours=1), takes="8m")
        sim.clock.advance(hours=5)
    file.close()
    options = ("--for", "1d", "--json", "--takes-from", "journal.jsonl")
    tasks = json.loads(said(capsys, *options))["tasks"]
    assert tasks["sweep"]["longest_seconds"] == 7 * 60
    assert tasks.keys() == {"idle", "report", "sweep"}
    Path("scenario.toml").write_text('[takes]\nsweep = "3m"\n', "utf-8")
    tasks = json.loads(said(capsys, *options, "--scenario", "scenario.toml"))["tasks"]
    assert tasks["sweep"]["longest_seconds"] == 3 * 60


def test_many_runs_are_spread(capsys: pytest.CaptureFixture[str]) -> None:
    """The same seeds give the same figures; the first seed is that of one simulation."""
    options = ("--for", "3d", "--runs", "3", "--seed", "7", "--scenario", "scenario.toml")
    data = json.loads(said(capsys, *options, "--json"))
    assert json.loads(said(capsys, *options, "--json")) == data
    assert (data["runs"], data["seed"]) == (3, 7)
    [lost] = [each for each in data["figures"] if each["figure"] == "lost"]
    keys = ("least", "low", "median", "high", "most")
    assert lost == {"task": "sweep", "figure": "lost", **dict.fromkeys(keys, 1), "mean": 1}
    head, _, *rows = said(capsys, *options).splitlines()[2:]
    assert head.split() == ["task", "figure", "least", "5", "%", "median", "95", "%", "most"]
    assert rows[-1].split() == ["all", "most_at_once", *"11111"]


def test_the_seed_is_what_the_draws_hang_on(capsys: pytest.CaptureFixture[str]) -> None:
    """The same one gives the same."""
    first, again, other = (
        said(capsys, "--for", "3d", "--csv", "--seed", seed) for seed in ("1", "1", "2")
    )
    assert first == again
    assert first != other


def test_pictures_and_a_report_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the figures; in the zone of most tasks, unless another one is asked for."""
    options = ["--for", "3d", "--report", "report.html", "--plot", "week", "week.svg"]
    text = said(capsys, *options, "--plot", "busy", "busy.PNG")
    assert text == said(capsys, "--for", "3d")
    assert "Europe/Berlin" in Path("week.svg").read_text("utf-8")
    assert Path("busy.PNG").read_bytes().startswith(b"\x89PNG")
    assert "Europe/Berlin" in Path("report.html").read_text("utf-8")
    light = Path("week.svg").read_text("utf-8")
    said(capsys, "--for", "3d", "--plot", "week", "week.svg", "--dark", "--tz", "Asia/Tokyo")
    assert "Asia/Tokyo" in Path("week.svg").read_text("utf-8")
    assert Path("week.svg").read_text("utf-8") != light


WEEK = ("--plot", "week", "week.svg")
WRONG = [
    ((*WEEK, "--plot", "busy", "busy.pdf"), "a picture is written as .svg or .png"),
    ((*WEEK, "--plot", "day", "day.svg"), "chart 'day' is unknown; allowed are 'timeline'"),
    ((*WEEK, "--plot", "busy", "nowhere/busy.svg"), "there is no folder nowhere"),
    ((*WEEK, "--plot", "busy", "folder.svg"), "folder.svg is a folder"),
    ((*WEEK, "--report", "nowhere/report.html"), "there is no folder nowhere"),
    ((*WEEK, "--tz", "Mars"), "time zone 'Mars' is unknown"),
    (("--dark",), "--dark goes with --plot"),
    (("--runs", "2", "--csv"), "--runs gives figures alone"),
    (("--runs", "2", *WEEK), "--runs gives figures alone"),
    (("--runs", "2", "--report", "report.html"), "--runs gives figures alone"),
    (("--json", "--csv"), "contradict each other"),
    ((*WEEK, "--scenario", "missing.toml"), "missing.toml: No such file"),
    ((*WEEK, "--scenario", "unknown.toml"), "there is no task 'nobody'"),
    ((*WEEK, "--scenario", "often.toml"), "a scenario has at most 100,000 events"),
    ((*WEEK, "--scenario", "far.toml"), "leaves the years 1970 to 2261"),
    ((*WEEK, "--takes-from", "missing"), "missing: No such file"),
    ((*WEEK, "--takes-from", "plan.toml"), "line 1 of the journal"),
]


@pytest.mark.parametrize(("options", "err"), WRONG)
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    options: tuple[str, ...], err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on stderr, nothing on stdout, no file, also none of those that would do."""
    Path("folder.svg").mkdir()
    Path("unknown.toml").write_text("[fails]\nnobody = 1\n", "utf-8")
    Path("often.toml").write_text('[[events]]\nwhen = "1s"\nstall = "1s"\n', "utf-8")
    far = '[[events]]\nat = "2026-03-28T01:00Z"\nstep_wall = "-5000w"\n'
    Path("far.toml").write_text(far, "utf-8")
    there = {*Path().iterdir()}
    assert main(["simulate", "plan.toml", *FROM, "--for", "3d", *options]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("duetime: ")
    assert err in captured.err
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert {*Path().iterdir()} == there


@pytest.mark.parametrize("options", [["--seed", "-1"], ["--runs", "0"], ["--runs", "1000001"]])
def test_a_number_out_of_range_is_refused(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What is allowed is told."""
    assert main(["simulate", "plan.toml", *options]) == 2
    assert "must be a whole number from " in capsys.readouterr().err


def test_pictures_need_an_extra(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named, and nothing is simulated."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["simulate", "plan.toml", *FROM, *WEEK]) == 2
    assert "pip install 'duetime[plot]'" in capsys.readouterr().err


def test_the_columns_of_csv_are_those_of_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    """Documented once."""
    head = said(capsys, "--for", "1h", "--csv").splitlines()[0]
    assert tuple(head.split(",")) == Row._fields
