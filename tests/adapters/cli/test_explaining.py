"""`duetime explain`."""

import json
from pathlib import Path

import pytest

from duetime.adapters.cli import main
from duetime.adapters.journals import FileJournal
from duetime.adapters.simulate import Simulation
from duetime.engine.triggers import Every

PLAN = """\
[defaults]
tz = "Europe/Berlin"

[tasks.night]
daily = "02:30"

[tasks.sweep]
every = "1h"
takes = "90m"

[tasks.spread]
trigger = "Jitter(Daily('05:00', tz='Europe/Berlin'), '10m')"
"""


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
    """Let a task skip what comes due during its runs."""
    with sim:
        sim.add("sweep", Every(hours=1), takes="90m")
        sim.clock.advance(hours=4)


def test_a_due_time_of_a_plan_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """Why it is due, and what becomes of it in a simulation that begins a day before."""
    assert main(["explain", "plan.toml", "sweep", "2026-03-28T02:00Z"]) == 0
    expected = """\
2026-03-28T02:00:00+00:00: due
- Every('1h')
- next 2026-03-28T03:00:00+00:00

simulated from 2026-03-27T02:00:00Z
sweep, 2026-03-28T02:00:00Z: skipped (overlap)
- 2026-03-27T02:00:00Z declared: Every('1h')
- 2026-03-28T01:00:00Z run 12 started
- 2026-03-28T02:00:00Z came due; run 12 was still going (finished 2026-03-28T02:30:00Z); \
skipped: overlap is skip
"""
    assert capsys.readouterr().out == expected


def test_a_time_in_a_gap_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """A time without an offset is one on the clock of the task."""
    assert main(["explain", "plan.toml", "night", "2026-03-29T02:30"]) == 0
    expected = """\
2026-03-29T03:30:00+02:00: not due
- 2026-03-29 02:30:00 does not exist in Europe/Berlin; Python reads it as 2026-03-29T03:30:00+02:00
- Daily('02:30', tz='Europe/Berlin')
- the clock of Europe/Berlin shows 2026-03-29 03:30, not picked
- it was put forward from 2026-03-29 02:00 to 2026-03-29 03:00, over 2026-03-29 02:30 \
(gap='next_valid')
- last 2026-03-29T03:00:00+02:00
- next 2026-03-30T02:30:00+02:00

simulated from 2026-03-28T01:30:00Z
night, 2026-03-29T01:30:00Z: no occurrence
- 2026-03-28T01:30:00Z declared: Daily('02:30', tz='Europe/Berlin')
- the nearest due times are 2026-03-29T01:00:00Z and 2026-03-30T00:30:00Z
"""
    assert capsys.readouterr().out == expected


def test_the_clock_of_a_task_is_also_that_of_what_it_is_made_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A trigger that spreads another one has no zone of its own."""
    assert main(["explain", "plan.toml", "spread", "2026-06-01T05:00"]) == 0
    out = capsys.readouterr().out
    assert "trigger Daily('05:00', tz='Europe/Berlin'): due" in out
    assert "spread, 2026-06-01T03:00:00Z: started" in out


SWEEP = """\
sweep, 2026-03-28T02:00:00Z: skipped (overlap)
- 2026-03-28T00:00:00Z declared: Every('1h')
- 2026-03-28T01:00:00Z run 1 started
- 2026-03-28T02:00:00Z came due; run 1 was still going (finished 2026-03-28T02:30:00Z); \
skipped: overlap is skip
"""


@pytest.mark.parametrize("source", ["journal.jsonl", "schedule.db", "sqlite:///schedule.db"])
def test_what_has_become_of_a_due_time_is_explained(
    source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By a journal, or by a store."""
    assert main(["explain", source, "sweep", "2026-03-28T02:00Z"]) == 0
    assert capsys.readouterr().out == SWEEP


def test_json_has_the_trigger_and_the_account(capsys: pytest.CaptureFixture[str]) -> None:
    """The trigger of a plan only."""
    for source in ("plan.toml", "journal.jsonl"):
        assert main(["explain", source, "sweep", "2026-03-28T02:00Z", "--json"]) == 0
    plan, journal = map(json.loads, capsys.readouterr().out.replace("}\n{", "}\0{").split("\0"))
    assert plan["trigger"] == {
        "at": "2026-03-28T02:00:00+00:00",
        "due": True,
        "steps": ["Every('1h')"],
        "next": "2026-03-28T03:00:00+00:00",
    }
    account = journal["account"]
    assert journal["trigger"] is None
    assert plan["account"]["fate"] == account["fate"] == "skipped"
    assert account["text"] == SWEEP.removesuffix("\n")
    assert (account["task"], account["nominal"]) == ("sweep", "2026-03-28T02:00:00Z")
    assert (account["reason"], account["run"], len(account["parts"])) == ("overlap", None, 3)


def test_a_simulation_begins_when_it_is_told_to_and_lives_through_a_scenario(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Here the machine sleeps longer than a run may be late."""
    text = '[[events]]\nat = "2026-03-28T01:45Z"\nsuspend = "3h"\n'
    Path("scenario.toml").write_text(text, "utf-8")
    more = ["--from", "2026-03-28T01:00Z", "--scenario", "scenario.toml"]
    assert main(["explain", "plan.toml", "sweep", "2026-03-28T02:00Z", *more]) == 0
    out = capsys.readouterr().out
    assert "simulated from 2026-03-28T01:00:00Z\n" in out
    assert "sweep, 2026-03-28T02:00:00Z: missed" in out


NIGHT = ["plan.toml", "night", "2026-03-28T02:30"]


@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        (["plan.toml", "nobody", "2026-03-28T02:30"], "there is no task 'nobody'; there are"),
        (["journal.jsonl", "nobody", "2026-03-28T02:30Z"], "there is no task 'nobody'"),
        (["schedule.db", "nobody", "2026-03-28T02:30Z"], "there is no task 'nobody'"),
        (["plan.toml", "night", "soon"], "'soon' is no ISO 8601 time"),
        (["plan.toml", "night", "2300-01-01T00:00Z"], "out of range"),
        (["plan.toml", "night", "2261-12-31T12:00Z"], "out of range"),
        (["plan.toml", "night", "1970-01-01T02:30"], "out of range"),
        (["journal.jsonl", "sweep", "2026-03-28T02:30"], "has no time zone"),
        ([*NIGHT, "--from", "2026-03-29T00:00Z"], "must lie before 2026-03-28T01:30:00Z"),
        ([*NIGHT, "--scenario", "missing"], "missing: No such file"),
        (["journal.jsonl", "sweep", "2026-03-28T02:30Z", "--from", "2026-03-28T00:00Z"], "plans"),
        (["schedule.db", "sweep", "2026-03-28T02:30Z", "--scenario", "x"], "are for plans"),
        (["missing", "night", "2026-03-28T02:30Z"], "missing: No such file"),
    ],
)
def test_what_cannot_be_explained_is_refused(
    arguments: list[str], err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, one line, and nothing on stdout."""
    assert main(["explain", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("duetime: ")
    assert err in captured.err
    assert (captured.out, captured.err.count("\n")) == ("", 1)
