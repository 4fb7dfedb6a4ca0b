"""`duetime export`."""

import json
from pathlib import Path

import icalendar
import pytest

from duetime.adapters.cli import main
from duetime.adapters.product import VERSION
from tests.adapters.cli.plans import FROM, PLAN

COMMAND = ["export", "plan.toml", *FROM, "--for", "2h"]
EXPECTED = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//duetime//duetime VERSION//EN
CALSCALE:GREGORIAN
BEGIN:VEVENT
UID:7e5e@duetime
DTSTAMP:20260101T000000Z
DTSTART:20260101T013000Z
DURATION:PT2400S
SUMMARY:night
DESCRIPTION:at 02:30\\, every day
TRANSP:TRANSPARENT
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a directory that has the plan."""
    monkeypatch.chdir(tmp_path)
    Path("plan.toml").write_text(PLAN.partition("[tasks.sweep]")[0], "utf-8")


def test_export_writes_a_calendar_to_stdout(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """As bytes, with CRLF, and nothing else."""
    assert main([*COMMAND, "--ics"]) == 0
    out = capfdbinary.readouterr().out
    [event] = icalendar.Calendar.from_ical(out).events
    expected = EXPECTED.replace("VERSION/", f"{VERSION}/").replace("7e5e@duetime", event["UID"])
    assert out == expected.replace("\n", "\r\n").encode()


def test_export_writes_a_file_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be known is left out, and told; nothing is left beside the file."""
    with Path("plan.toml").open("a") as file:
        file.write('[tasks.again]\nafter_finish = "1h"\n')
    assert main([*COMMAND, "--ics", "out.ics"]) == 0
    expected = "1 event in out.ics\nleft out, due after their own runs: again\n"
    assert capsys.readouterr().out == expected
    assert sorted(path.name for path in Path().iterdir()) == ["out.ics", "plan.toml"]


def test_export_as_json_tells_about_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    """An old file is replaced."""
    Path("out.ics").write_text("old")
    assert main([*COMMAND, "--ics", "out.ics", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "file": "out.ics",
        "from": "2026-01-01T00:00:00Z",
        "until": "2026-01-01T02:00:00Z",
        "events": 1,
        "left_out": [],
    }
    assert Path("out.ics").read_text().startswith("BEGIN:VCALENDAR")


@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        ([], "say what to write: --ics FILE"),
        (["--ics", "--json"], "--json tells about a file"),
        (["--ics", "no/out.ics"], "no/out.ics cannot be written: No such file or directory"),
        (["--ics", "."], ". is a folder; give the name of a file"),
        (["--ics", "out.ics", "--for", "4000w"], "more than 100,000 occurrences"),
    ],
)
def test_export_refuses_what_it_cannot_do(
    arguments: list[str], err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on stderr, exit status 2, and nothing is written."""
    Path("plan.toml").write_text('[tasks.a]\nevery = "1h"\n')
    assert main([*COMMAND, *arguments]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert err in captured.err
    assert [path.name for path in Path().iterdir()] == ["plan.toml"]
