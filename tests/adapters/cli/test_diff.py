"""`duetime diff`."""

import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from duetime.adapters.cli import main
from tests.adapters.cli.plans import PLAN

SPRING = ["--from", "2026-03-27T00:00Z", "--for", "3d"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a directory that has two plans."""
    monkeypatch.chdir(tmp_path)
    Path("old.toml").write_text(PLAN.partition("[tasks.tick]")[0], "utf-8")
    new = PLAN.partition("[tasks.tick]")[0].replace("40m", "23h 40m").replace("noon", "lunch")
    Path("new.toml").write_text(new.replace("02:30", "02:45") + "[settings]\nmax_running = 9\n")


FORWARD = "  the clock is put forward by 1h at 2026-03-29T01:00:00Z"
EXPECTED = f"""\
settings
  max_running: none -> 9
lunch added
  due times: 3 added
    + 2026-03-27 12:00:00+01:00
    + 2026-03-28 12:00:00+01:00{FORWARD}
    + 2026-03-29 12:00:00+02:00{FORWARD}
night changed
  trigger: Daily('02:30', tz='Europe/Berlin') -> Daily('02:45', tz='Europe/Berlin')
  takes: 40m -> 23h 40m
  due times: 2 moved
    2026-03-27 02:30:00+01:00 -> 2026-03-27 02:45:00+01:00
    2026-03-28 02:30:00+01:00 -> 2026-03-28 02:45:00+01:00{FORWARD}
noon removed
  due times: 3 removed
    - 2026-03-27 12:00:00+01:00
    - 2026-03-28 12:00:00+01:00{FORWARD}
    - 2026-03-29 12:00:00+02:00{FORWARD}
runs
  3 added, 4 removed, 2 moved; fates that changed: 1
    2026-03-29T01:00:00Z night: finished -> skipped (overlap)
"""


def test_diff_shows_tasks_due_times_and_fates(capsys: pytest.CaptureFixture[str]) -> None:
    """What is near a change of the clock is marked."""
    assert main(["diff", "old.toml", "new.toml", *SPRING]) == 1
    assert capsys.readouterr().out == EXPECTED


def test_diff_as_json_has_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Counts, and the first thousand of each."""
    assert main(["diff", "old.toml", "new.toml", *SPRING, "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["settings"] == {"max_running": {"before": "none", "after": "9"}}
    lunch, night, noon = data["tasks"]
    assert (lunch["kind"], night["kind"], noon["kind"]) == ("added", "changed", "removed")
    assert night["fields"]["takes"] == {"before": "40m", "after": "23h 40m"}
    assert night["moved"]["count"] == 2
    assert data["runs"]["changed"]["first"] == [
        {
            "task": "night",
            "nominal": "2026-03-29T01:00:00Z",
            "before": "finished",
            "after": "skipped (overlap)",
        }
    ]


def test_diff_says_when_there_are_no_due_times(capsys: pytest.CaptureFixture[str]) -> None:
    """A task on demand that comes has none; what becomes of the others is the same then."""
    text = Path("old.toml").read_text("utf-8")
    Path("more.toml").write_text(f"{text}[tasks.post]\non_demand = true\n", "utf-8")
    assert main(["diff", "old.toml", "more.toml", *SPRING]) == 1
    assert capsys.readouterr().out == "post added\n  due times: none\n"


def test_diff_is_fine_without_a_difference(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a task stands in its file does not matter."""
    Path("moved.toml").write_text("\n\n" + Path("old.toml").read_text("utf-8"), "utf-8")
    assert main(["diff", "old.toml", "moved.toml", *SPRING]) == 0
    assert capsys.readouterr().out == "no difference\n"


def test_diff_shows_what_other_time_zone_data_moves(capsys: pytest.CaptureFixture[str]) -> None:
    """Only due times are compared then; each side is found by a process with its data."""
    for side, place in (("a", "Berlin"), ("b", "London")):
        Path(side, "Europe").mkdir(parents=True)
        source = str(files("tzdata") / "zoneinfo" / "Europe" / place)
        shutil.copy(source, Path(side, "Europe", "Berlin"))
    folders = ["--tzdata-old", "a", "--tzdata-new", "b"]
    assert main(["diff", "old.toml", *folders, "--from", "2026-01-01T00:00Z", "--for", "9d"]) == 1
    out = capsys.readouterr().out
    assert "noon\n  due times: 9 moved\n    2026-01-01 12:00:00+01:00 -> 2026-01-01 13:00" in out
    assert "    and 4 more\n" in out
    assert "sweep" not in out
    assert "runs" not in out
