"""How long recorded runs took."""

from datetime import timedelta
from pathlib import Path

import pytest

from duetime.adapters.journals import FileJournal
from duetime.adapters.offline import recorded
from duetime.adapters.offline.recorded import is_journal, recorded_lengths
from duetime.adapters.simulate import Simulation
from duetime.engine.errors import BadArgumentError
from duetime.engine.triggers import Every, OnDemand


def live(sim: Simulation) -> None:
    """Let "page" run for a minute three times, "mail" be going, and "bad" fail."""
    with sim:
        sim.add("page", Every(hours=1), takes="1m")
        sim.add("mail", OnDemand(), takes="hold")
        sim.add("bad", OnDemand(), takes="1m", fails=1.0)
        sim.run_now("mail")
        sim.run_now("bad")
        sim.clock.advance(hours=3, minutes=30)
        sim.crash()


@pytest.fixture
def journal(tmp_path: Path) -> str:
    """Write a journal."""
    path = tmp_path / "journal.jsonl"
    file = FileJournal(path)
    live(Simulation("2026-01-01T00:00Z", journal=file))
    file.close()
    return str(path)


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Write an SQLite store."""
    path = tmp_path / "schedule.db"
    live(Simulation("2026-01-01T00:00Z", store=path))
    return str(path)


MINUTES = {"page": [timedelta(minutes=1)] * 3}


def test_the_lengths_are_those_of_finished_runs(journal: str, store: str) -> None:
    """By task, from a journal, and from a store by its path or URL."""
    assert recorded_lengths(journal) == MINUTES
    assert recorded_lengths(store) == MINUTES
    assert recorded_lengths(f"sqlite:///{store}") == MINUTES


def test_the_latest_runs_are_taken(journal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many of each task at most."""
    monkeypatch.setattr(recorded, "MOST", 2)
    assert recorded_lengths(journal) == {"page": MINUTES["page"][:2]}


def test_without_a_finished_run_there_is_nothing_to_draw_from(tmp_path: Path) -> None:
    """It is an error, and not a plan whose runs take no time."""
    path = tmp_path / "journal.jsonl"
    file = FileJournal(path)
    with Simulation("2026-01-01T00:00Z", journal=file) as sim:
        sim.add("page", Every(hours=1))
    file.close()
    with pytest.raises(BadArgumentError, match=r"journal\.jsonl: no run has finished there"):
        recorded_lengths(str(path))


def test_a_journal_is_told_from_a_store(journal: str, store: str) -> None:
    """By what stands in it; a URL is always that of a store."""
    assert is_journal(journal)
    assert not is_journal(store)
    assert not is_journal(f"file:///{journal}")
    assert not is_journal("memory:")


@pytest.mark.parametrize(("name", "why"), [("", "Is a directory"), ("missing", "No such file")])
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str, why: str) -> None:
    """The error says why."""
    with pytest.raises(BadArgumentError, match=why):
        is_journal(str(tmp_path / name))
