"""`duetime demo`: the year exactly, the live part loosely."""

import json
import re
from collections.abc import Callable

import pytest

from duetime.adapters.cli import main


def test_the_year_comes_out_the_same_every_time(
    capsys: pytest.CaptureFixture[str], golden: Callable[[str, str], None]
) -> None:
    """All of it but the time that it took is a function of the schedule."""
    assert main(["demo", "--seconds", "0"]) == 0
    printed = capsys.readouterr().out
    golden("demo.txt", re.sub(r"in [\d.]+ s: [\d,]+ a second", "in … s: … a second", printed))


@pytest.mark.realtime
def test_the_live_part_is_replayed_identically(capsys: pytest.CaptureFixture[str]) -> None:
    """Pages are made on real threads, and the journal of it decides the same in virtual time."""
    assert main(["demo", "--seconds", "2.5", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["live"]["identical"], said["live"]["runs"]) == (True, 2)
