"""Journals that grow: snapshots in them, cutting them short, and a disk that is full."""

import json
import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from duetime.adapters.journals import FileJournal, compact, read_journal, replay
from duetime.adapters.simulate import Simulation
from duetime.engine.errors import BadArgumentError, JournalError
from duetime.engine.journal import JournalRecord, state_hash
from duetime.engine.machine import Machine
from duetime.engine.messages import Added, Input, RunFinished, Ticked
from duetime.engine.tasks import Task
from duetime.engine.triggers.every import Every
from tests.engine.builders import after

GOLDEN = Path(__file__).parents[1] / "golden" / "journal_v1.jsonl"
RECORDS = 20_050


def live(journal: FileJournal, machine: Machine, seconds: int) -> None:
    """Let a task run each second, up to so many seconds after noon."""
    begin = machine.view("t").state.number + 1
    for second in range(begin, seconds + 1):
        say(journal, machine, Ticked(at=after(second)))
        at = after(second)
        say(journal, machine, RunFinished(at=at, name="t", generation=1, number=second))


def say(journal: FileJournal, machine: Machine, input_: Input) -> None:
    """Let a machine decide, and write that down."""
    journal.extend((JournalRecord(input_, machine.handle(input_)),))


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Write a journal with two snapshots; return its path and the hash of the state at its end."""
    path, machine = tmp_path_factory.mktemp("long") / "journal.jsonl", Machine()
    journal = FileJournal(path)
    journal.begin(machine.settings, machine.snapshot)
    say(journal, machine, Added(at=after(0), task=Task(name="t", trigger=Every(seconds=1))))
    live(journal, machine, RECORDS // 2)
    journal.close()
    return path, state_hash(machine)


@pytest.fixture
def path(long: tuple[Path, str], tmp_path: Path) -> Path:
    """Copy the long journal, so that it can be cut."""
    return Path(shutil.copy(long[0], tmp_path / "journal.jsonl"))


def marks(path: Path) -> list[int]:
    """Return after which records there is a snapshot."""
    lines = path.read_text("utf-8").splitlines()
    return [json.loads(line)["n"] for line in lines if '"snapshot"' in line]


def test_a_snapshot_is_written_now_and_then(path: Path, long: tuple[Path, str]) -> None:
    """A replay compares its hash, and comes to the same end."""
    assert marks(path) == [10_000, 20_000]
    again = replay(path)
    assert (again.records, state_hash(again.machine)) == (RECORDS + 1, long[1])


@pytest.mark.parametrize(
    ("keep", "dropped"), [(0, 20_000), (51, 20_000), (52, 10_000), (10_051, 10_000), (10_052, 0)]
)
def test_a_journal_is_cut_at_the_last_snapshot_that_leaves_enough(
    keep: int, dropped: int, path: Path
) -> None:
    """It can be cut again as soon as less is to be kept."""
    before = path.read_text("utf-8").splitlines()
    assert compact(path, keep=keep) == dropped
    lines = path.read_text("utf-8").splitlines()
    assert [lines[0], *lines[1:]] == [before[0], *before[-len(lines) + 1 :]]
    assert len([line for line in lines[1:] if "snapshot" not in line]) == RECORDS + 1 - dropped
    assert compact(path, keep=keep) == 0
    assert compact(path) == 20_000 - dropped
    assert os.listdir(path.parent) == ["journal.jsonl"]


def test_what_is_left_of_a_journal_comes_to_the_same_end(
    path: Path, long: tuple[Path, str]
) -> None:
    """A replay begins with the state that the snapshot holds. Who may read the file stays."""
    path.chmod(0o600)
    compact(path)
    again = replay(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert (again.records, state_hash(again.machine)) == (51, long[1])


def test_a_journal_that_was_cut_goes_on(path: Path) -> None:
    """Numbers go on where they were."""
    compact(path)
    machine, journal = replay(path).machine, FileJournal(path, go_on=True)
    assert isinstance(machine, Machine)
    journal.begin(machine.settings, machine.snapshot)
    live(journal, machine, RECORDS // 2 + 10)
    journal.close()
    assert replay(path).records == RECORDS + 1 - 20_000 + 20
    assert state_hash(replay(path).machine) == state_hash(machine)


def test_a_torn_end_is_gone_after_a_cut(path: Path) -> None:
    """It was no record before either."""
    with path.open("ab") as file:
        file.write(b'{"input":{"at":[17672')
    assert read_journal(path).notice
    assert compact(path) == 20_000
    assert read_journal(path).notice == ""


@pytest.mark.parametrize("keep", [-1, 1.5, True])
def test_what_is_no_number_of_records_is_refused(keep: int, path: Path) -> None:
    """The message says what is allowed."""
    with pytest.raises(BadArgumentError, match=r"keep .* must be a whole number from 0 up"):
        compact(path, keep=keep)


def test_what_cannot_be_cut_stays_as_it_is(path: Path, tmp_path: Path) -> None:
    """A journal of version 1 has no snapshots; one that is damaged is not made worse."""
    old = Path(shutil.copy(GOLDEN, tmp_path / "old.jsonl"))
    assert compact(old) == 0
    assert old.read_bytes() == GOLDEN.read_bytes()
    damaged = path.read_bytes().replace(b'"number":77', b'"number":78')
    path.write_bytes(damaged)
    with pytest.raises(
        JournalError, match=r"journal\.jsonl: line \d+ of the journal has the check"
    ):
        compact(path)
    assert path.read_bytes() == damaged


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Let the system refuse to write more, half-way through a write if need be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_cut_that_finds_no_room_changes_nothing(path: Path) -> None:
    """The old journal is there, and nothing beside it."""
    before = path.read_bytes()
    with no_file_longer_than(1_000), pytest.raises(JournalError, match="cannot be written: File"):
        compact(path)
    assert (path.read_bytes(), os.listdir(path.parent)) == (before, ["journal.jsonl"])


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """The verb raises and changes nothing; when there is room again, the journal goes on."""
    path = tmp_path / "journal.jsonl"
    with Simulation(journal=path) as sim:
        sim.add("a", Every(minutes=1))
        before = path.read_bytes()
        with no_file_longer_than(len(before) + 20), pytest.raises(JournalError, match="File too"):
            sim.add("b", Every(minutes=1))
        assert (path.read_bytes(), sim.names()) == (before, ["a"])
        sim.add("c", Every(minutes=1))
        sim.clock.advance(minutes=1)
    assert replay(path).machine.names() == ["a", "c"]


def test_a_shell_lets_its_journal_have_snapshots(tmp_path: Path) -> None:
    """So that a journal of a live scheduler can be cut."""
    path = tmp_path / "journal.jsonl"
    with Simulation(journal=path) as sim:
        sim.add("a", Every(seconds=1))
        sim.clock.advance(hours=2)
    assert len(marks(path)) == 1
    assert compact(path) == 14_401
    assert replay(path).machine.names() == ["a"]
