"""Journals in files: what is written, when, and what is refused."""

import gc
import json
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from duetime.adapters.journals import FileJournal, read_journal, replay
from duetime.adapters.simulate import Simulation
from duetime.adapters.threads import Scheduler
from duetime.engine.errors import JournalError, JournalVersionError
from duetime.engine.journal import Journal
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand

START = "2026-01-01T00:00Z"
HEADER = b'{"duetime":1,"settings":{"type":"Settings"}}\n'


def simulate(journal: Journal | Path | str) -> None:
    """Run something with a journal."""
    with Simulation(START, journal=journal) as simulation:
        simulation.add("page", Every(minutes=1))
        simulation.add("mail", OnDemand(), takes="10s")
        simulation.demand("mail")
        simulation.clock.advance(minutes=2)


def test_a_file_holds_the_same_as_a_journal_in_memory(tmp_path: Path) -> None:
    """A file is the journal's lines, a stride or not."""
    journal = Journal()
    simulate(journal)
    simulate(tmp_path / "journal.jsonl")
    written = (tmp_path / "journal.jsonl").read_text("utf-8")
    assert written == "".join(line + "\n" for line in journal.lines())


def test_a_journal_that_is_read_back_replays(tmp_path: Path) -> None:
    """By its path, or as what was read."""
    path = tmp_path / "journal.jsonl"
    simulate(path)
    assert replay(path).records == replay(read_journal(path)).records == 8


def test_a_record_is_in_the_file_before_anything_is_done(tmp_path: Path) -> None:
    """A run finds its own start in the file."""
    path = tmp_path / "journal.jsonl"
    seen: list[str] = []

    def look() -> None:
        seen.append(json.loads(path.read_text("utf-8").splitlines()[-1])["effects"][0]["type"])

    with Simulation(START, journal=path) as simulation:
        simulation.add("look", OnDemand(), look)
        simulation.run_now("look")
    assert seen == ["StartRun"]


def shut_down_simulation(path: Path) -> None:
    """End a simulation while two runs are held, one of which ends afterwards."""
    with Simulation(START, journal=path) as simulation:
        for name in ("mail", "post"):
            simulation.add(name, OnDemand(), takes="hold")
            simulation.demand(name)
    simulation.finish("mail")


def shut_down_scheduler(path: Path) -> None:
    """End a scheduler that has had a run."""
    with Scheduler(journal=path) as scheduler:
        scheduler.add("mail", OnDemand(), lambda: None)
        scheduler.demand("mail")


@pytest.mark.parametrize("live_and_end", [shut_down_simulation, shut_down_scheduler])
def test_a_file_that_a_shell_opened_is_closed_with_it(
    live_and_end: Callable[[Path], None], tmp_path: Path
) -> None:
    """At the shutdown, whatever is still going; an end that comes later is written down."""
    path = tmp_path / "journal.jsonl"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        live_and_end(path)
        gc.collect()
    assert [str(each.message) for each in caught] == []
    assert "RunFinished" in path.read_text("utf-8").splitlines()[-1]


def test_an_existing_file_is_refused(tmp_path: Path) -> None:
    """A journal is the story of one scheduler."""
    path = tmp_path / "journal.jsonl"
    path.touch()
    with pytest.raises(JournalError, match=r"journal\.jsonl exists already; give a new path"):
        FileJournal(path)


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """The message says why."""
    with pytest.raises(JournalError, match="cannot be written: No such file or directory"):
        FileJournal(tmp_path / "nowhere" / "journal.jsonl")


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", JournalError, "line 1 of the journal is no JSON"),
        (b"\xff\xfe", JournalError, "is no journal: it is not UTF-8 text"),
        (b'{"name":"x"}\n', JournalError, "this is no journal of duetime"),
        (b'{"duetime":9}\n', JournalVersionError, "of version 9; this release reads version 1"),
        (HEADER + b"nonsense\n", JournalError, "line 2 of the journal is no JSON"),
        (HEADER + b'{"input":{"type":"X"}}\n', JournalError, "line 2 of the journal: "),
    ],
)
def test_what_is_no_journal_is_refused(
    content: bytes, error: type[JournalError], message: str, tmp_path: Path
) -> None:
    """The message names the line."""
    path = tmp_path / "journal.jsonl"
    path.write_bytes(content)
    with pytest.raises(error, match=message):
        read_journal(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The message has the path."""
    with pytest.raises(JournalError, match=r"nothing\.jsonl cannot be read: No such file"):
        read_journal(tmp_path / "nothing.jsonl")
