"""`duetime next`."""

import json
import subprocess
import sys

import pytest

from duetime.adapters.cli import main

ACROSS_A_CHANGE = ["0 9 * * MON-FRI", "--tz", "Europe/Berlin", "--after", "2026-03-27T12:00+01:00"]


def test_next_says_when_in_words_and_in_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Times in the trigger's zone, how long until then, and changes of the clock on the way."""
    assert main(["next", *ACROSS_A_CHANGE, "--count", "2"]) == 0
    expected = """\
at 09:00, Monday to Friday
Europe/Berlin, after 2026-03-27 12:00:00+01:00

next                       day  in
-------------------------  ---  ------  -------------------------------
2026-03-30 09:00:00+02:00  Mon  2d 20h  the clock was put forward by 1h
2026-03-31 09:00:00+02:00  Tue  3d 20h
"""
    assert capsys.readouterr().out == expected


def test_next_as_csv_has_a_row_for_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    """How long until then and the offset of the clock, in seconds."""
    assert main(["next", *ACROSS_A_CHANGE, "--count", "2", "--csv"]) == 0
    expected = """\
next,day,in_seconds,offset_seconds
2026-03-30T09:00:00+02:00,Mon,244800,7200
2026-03-31T09:00:00+02:00,Tue,331200,7200
"""
    assert capsys.readouterr().out == expected


def test_next_as_json_has_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """The trigger as a call, its words, its zone, and the times."""
    assert main(["next", "30m", "--after", "2026-10-25T00:00Z", "--count", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "trigger": "Every('30m')",
        "words": "every 30 minutes",
        "tz": "UTC",
        "after": "2026-10-25T00:00:00+00:00",
        "next": ["2026-10-25T00:30:00+00:00"],
    }


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (["0 0 30 2 *"], "never\n"),
        (["@daily", "--after", "2026-01-01T00:00Z", "--until", "2026-01-01T12:00Z"], "never\n"),
        (["30 2 * * *", "--tz", "Europe/Berlin", "--after", "2026-10-24T12:00Z"], "back by 1h"),
        (["Daily('02:30', tz='Asia/Tokyo')"], "Asia/Tokyo, after "),
    ],
)
def test_next_says_what_there_is(
    arguments: list[str], out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also that a trigger is never due, from now on if nothing else is said."""
    assert main(["next", *arguments]) == 0
    assert out in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        (["0 9 * * 99"], "day-of-week 99 at column 9; allowed 0-7 or SUN-SAT"),
        (["@daily", "--tz", "Mars/Base"], "Mars/Base"),
        (["@daily", "--after", "yesterday"], "yesterday"),
        (["@daily", "--count", "0"], "'0' must be a whole number from 1 to 100,000"),
    ],
)
def test_next_refuses_what_it_cannot_read(
    arguments: list[str], err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on stderr, and exit status 2."""
    assert main(["next", *arguments]) == 2
    assert err in capsys.readouterr().err


def test_a_command_loads_its_own_module_only() -> None:
    """So it starts fast: neither shells nor stores are loaded for `next`."""
    code = (
        "import sys; from duetime.adapters.cli import main; "
        "main(['next', '@daily']); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = done.stdout.split()
    assert "duetime.adapters.cli.next_times" in loaded
    assert not {"duetime.adapters.simulate", "sqlite3", "duetime.adapters.cli.demo"} & {*loaded}
