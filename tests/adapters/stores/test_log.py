"""The log store: torn ends, damage, and media that fail."""

from pathlib import Path

import pytest

from duetime.adapters.restart import machine_of
from duetime.adapters.simulate import Simulation
from duetime.adapters.stores import log
from duetime.adapters.stores.log import LogStore
from duetime.adapters.stores.medium import FileMedium, MemoryMedium
from duetime.adapters.testing.conformance.keeping import Kept, added, ticked
from duetime.engine.errors import StoreDamagedError, StoreError, StoreVersionError
from duetime.engine.journal import state_hash
from duetime.engine.machine import Machine, Settings
from duetime.engine.seals import seal, unseal


class Failing(MemoryMedium):
    """A medium that fails when it is told to."""

    def __init__(self) -> None:
        """Work at first."""
        super().__init__()
        self.fails: set[str] = set()

    def append(self, data: bytes) -> None:
        """Write the first half, and fail."""
        super().append(data[: len(data) // 2] if "append" in self.fails else data)
        self._fail("append")

    def sync(self) -> None:
        """Fail."""
        self._fail("sync")

    def truncate(self, size: int) -> None:
        """Fail."""
        self._fail("truncate")
        super().truncate(size)

    def _fail(self, what: str) -> None:
        if what in self.fails:
            raise OSError(28, "No space left on device")


def written() -> tuple[bytes, list[tuple[int, str]]]:
    """Write three batches; return the bytes, and after each batch their number and the state."""
    medium = MemoryMedium()
    kept, states = Kept(LogStore(medium)), []
    states.append((len(medium.read()), state_hash(Machine())))
    for inputs in ([added("a"), added("b")], [ticked(60)], [ticked(120), added("c", seconds=130)]):
        kept.say(*inputs)
        states.append((len(medium.read()), state_hash(kept.machine)))
    return medium.read(), states


def test_a_log_that_was_cut_anywhere_is_cut_to_its_last_batch() -> None:
    """All of a batch, or nothing of it, for every byte; what was cut off is said."""
    data, states = written()
    for size in range(len(data) + 1):
        medium = MemoryMedium(data[:size])
        stored = LogStore(medium).open(Settings())
        whole, state = max(each for each in [(0, states[0][1]), *states] if each[0] <= size)
        assert state_hash(machine_of(stored, None)) == state
        assert bool(stored.notices) == (size > whole)
        assert medium.read()[:whole] == data[:whole]


def test_a_store_goes_on_after_a_torn_end() -> None:
    """The next batch follows the last whole one."""
    data, _ = written()
    medium = MemoryMedium(data[:-3])
    kept = Kept(LogStore(medium))
    assert "bytes of a batch that never came to its end" in kept.stored.notices[0]
    kept.say(ticked(180))
    kept.store.close()
    again = LogStore(medium).open(Settings())
    assert again.snapshot == kept.machine.snapshot()
    assert again.notices == ()


@pytest.mark.parametrize("place", [1, 2, 4, 6])
def test_damage_before_the_last_batch_is_refused(place: int) -> None:
    """What follows it is whole, so that this was no crash; nothing is changed."""
    lines = written()[0].splitlines(keepends=True)
    lines[place] = lines[place].replace(b'"', b"'", 1)
    medium = MemoryMedium(b"".join(lines))
    with pytest.raises(StoreDamagedError, match=f"line {place + 1} has the checksum"):
        LogStore(medium).open(Settings())
    assert medium.read() == b"".join(lines)


def test_a_missing_batch_is_refused() -> None:
    """A gap in the numbers of the records."""
    data, states = written()
    medium = MemoryMedium(data[: states[1][0]] + data[states[2][0] :])
    with pytest.raises(StoreDamagedError, match="record 3 was expected"):
        LogStore(medium).open(Settings())


def test_a_batch_that_was_written_twice_counts_once() -> None:
    """The medium has repeated itself."""
    data, states = written()
    doubled = data[: states[2][0]] + data[states[1][0] :]
    stored = LogStore(MemoryMedium(doubled)).open(Settings())
    assert state_hash(machine_of(stored, None)) == states[-1][1]


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"[tasks]\n", StoreDamagedError, "it is no store"),
        (b'{"duetime":1,"settings":{}}\n', StoreVersionError, "it is of version 1"),
        (b'{"duetime":9,"settings":{}}\n', StoreVersionError, "it is of version 9"),
        (b'{"duetime":\n', StoreDamagedError, "its first line is damaged"),
    ],
)
def test_what_is_no_log_is_refused(content: bytes, kind: type[StoreError], message: str) -> None:
    """It is not taken for the torn end of one, and stays as it is."""
    medium = MemoryMedium(content)
    with pytest.raises(kind, match=message):
        LogStore(medium).open(Settings())
    assert medium.read() == content


def test_a_journal_is_no_store(tmp_path: Path) -> None:
    """It has no ends of batches, and is not cut off for that."""
    path = tmp_path / "journal.jsonl"
    with Simulation("2026-01-01T00:00Z", journal=path) as simulation:
        simulation.add("page", added("page").task.trigger)
    before = path.read_bytes()
    with pytest.raises(StoreDamagedError, match="no end of a batch"):
        LogStore(FileMedium(path)).open(Settings())
    assert path.read_bytes() == before


@pytest.mark.parametrize("fails", [{"append"}, {"sync"}, {"append", "truncate"}])
def test_a_batch_that_was_not_written_leaves_no_trace(fails: set[str]) -> None:
    """It is cut off at once, or where that fails as well, before the next one."""
    medium = Failing()
    kept = Kept(LogStore(medium))
    kept.say(added("a"))
    medium.fails = fails
    with pytest.raises(StoreError, match="No space left on device"):
        kept.say(added("b"))
    kept.machine.roster.undo()
    medium.fails = set()
    kept.say(added("c"))
    kept.store.close()
    assert LogStore(medium).open(Settings()).snapshot == kept.machine.snapshot()


def test_a_log_that_this_engine_does_not_follow_is_refused() -> None:
    """It decides otherwise; the first such record is named."""
    data, _ = written()
    lines = data.decode().splitlines()
    changed = unseal(lines[6])
    assert changed["effects"]
    lines[6] = seal({**changed, "effects": []})
    medium = MemoryMedium("".join(f"{line}\n" for line in lines).encode())
    with pytest.raises(StoreDamagedError, match=r"record 3, .* this engine decides"):
        LogStore(medium).open(Settings())


def test_snapshots_are_made_at_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening begins at the last one; what tasks call is known all the same."""
    monkeypatch.setattr(log, "SNAPSHOT_RECORDS", 5)
    medium = MemoryMedium()
    kept = Kept(LogStore(medium))
    kept.say(added("a"), added("b"))
    for second in range(60, 720, 60):
        kept.say(ticked(second))
    kept.store.close()
    assert medium.read().count(b'"snapshot":') == 2
    stored = LogStore(medium).open(Settings())
    assert stored.snapshot == kept.machine.snapshot()
    assert stored.definitions["b"].call == "code:b"


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """No folder is made."""
    with pytest.raises(StoreError, match="cannot be written"):
        LogStore(FileMedium(tmp_path / "nowhere" / "x.log")).open(Settings())
    with pytest.raises(StoreError, match="No such file"):
        LogStore(FileMedium(tmp_path / "x.log")).runs()
