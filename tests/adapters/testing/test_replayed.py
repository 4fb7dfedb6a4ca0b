"""Recorded journals as tests."""

from pathlib import Path

import pytest

from duetime.adapters.simulate import Simulation
from duetime.adapters.testing import replay_test
from duetime.engine.seals import seal, unseal
from duetime.engine.triggers.every import Every


def record(path: Path) -> None:
    """Leave the journal of a short life."""
    with Simulation(journal=path) as sim:
        sim.add("a", Every("1m"))
        sim.clock.advance(minutes=3)


def test_a_journal_of_this_engine_passes(tmp_path: Path) -> None:
    """What was recorded is decided again."""
    record(tmp_path / "prod.journal")
    replay_test(tmp_path / "prod.journal")()


def test_a_decision_that_differs_fails_and_is_told(tmp_path: Path) -> None:
    """The failure names the record, what the journal says and what is decided now."""
    path = tmp_path / "prod.journal"
    record(path)
    other = tmp_path / "other.journal"
    lines = path.read_text("utf-8").splitlines()
    data = unseal(lines[2])
    other.write_text("\n".join([*lines[:2], seal(data | {"effects": []}), *lines[3:]]), "utf-8")
    with pytest.raises(AssertionError, match=r"other.journal: record 2, .* the journal says \[\]"):
        replay_test(other)()
