"""What every store promises: the stores of duetime, and the URLs that name them."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duetime.adapters.stores.base import Store
from duetime.adapters.stores.log import LogStore
from duetime.adapters.stores.medium import FileMedium, MemoryMedium
from duetime.adapters.stores.opening import open_store
from duetime.adapters.stores.sqlite import SqliteStore
from duetime.adapters.testing.conformance import StoreConformance
from duetime.adapters.testing.conformance.keeping import Kept, added, ticked
from duetime.adapters.testing.conformance.stores import Formless
from duetime.adapters.testing.program_strategies import (
    EVERYTHING,
    FINISHES,
    RESTARTS,
    SAYINGS,
    programs,
)
from duetime.adapters.testing.programs import Program
from duetime.engine.errors import BadArgumentError, BadTriggerError, StoreBusyError, StoreError
from duetime.engine.journal import replay, state_hash
from duetime.engine.machine import Settings
from duetime.engine.triggers.base import as_trigger
from tests.contracts.keeping import KeptPlayer

MEDIA: defaultdict[Path, MemoryMedium] = defaultdict(MemoryMedium)


class TestMemory(StoreConformance):
    """A log in memory."""

    def make(self, folder: Path) -> Store:
        """Make stores on one medium for each folder."""
        return LogStore(MEDIA[folder])

    def open_backup(self, path: Path) -> Store:
        """Make the store of a file."""
        return LogStore(FileMedium(path))


class TestLog(StoreConformance):
    """A log in a file."""

    def make(self, folder: Path) -> Store:
        """Make stores on one file."""
        return LogStore(FileMedium(folder / "store.log"))

    def open_backup(self, path: Path) -> Store:
        """Make the store of another file."""
        return LogStore(FileMedium(path))


class TestSqlite(StoreConformance):
    """A database."""

    def make(self, folder: Path) -> Store:
        """Make stores on one database."""
        return SqliteStore(folder / "store.db")

    def open_backup(self, path: Path) -> Store:
        """Make the store of another database."""
        return SqliteStore(path)


KINDS = (TestMemory, TestLog, TestSqlite)

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@each_kind
def test_a_refusal_says_what_is_wrong(kind: type[StoreConformance], tmp_path: Path) -> None:
    """Who has the store, what was given, what is allowed."""
    kept = Kept(kind().make(tmp_path))
    with pytest.raises(StoreBusyError, match="process"):
        kind().make(tmp_path).open(Settings())
    with pytest.raises(BadTriggerError, match="has no JSON form"):
        kept.say(added("torn", as_trigger(Formless())))
    kept.machine.roster.undo()
    with pytest.raises(BadArgumentError, match="limit 0 must be a whole number from 1 up"):
        kept.store.runs(limit=0)
    (tmp_path / "copy").write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        kept.store.backup(tmp_path / "copy")
    kept.store.close()
    with pytest.raises(StoreError, match="is not open"):
        kept.say(ticked(120))


@each_kind
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=programs(SAYINGS, FINISHES, *EVERYTHING, RESTARTS), cut=st.floats(0, 1))
def test_a_program_goes_on_after_reopening_as_if_nothing_had_been(
    kind: type[StoreConformance],
    tmp_path_factory: pytest.TempPathFactory,
    program: Program,
    cut: float,
) -> None:
    """Reopened at any point, the machine has an equal state; so it has at the end, and a replay."""
    folder = tmp_path_factory.mktemp("store")
    player = KeptPlayer(lambda: kind().make(folder))
    middle = round(cut * len(program))
    player.play(Program(program[:middle]))
    before = state_hash(player.machine)
    player.reopen()
    assert state_hash(player.machine) == before
    player.play(Program(program[middle:]))
    store = player.close()
    assert state_hash(replay(store.journal()).machine) == state_hash(player.machine)
    assert list(store.records()) == player.records


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("memory:", LogStore),
        ("file:///x.log", LogStore),
        ("sqlite:///x.db?synchronous=full&wait=3s&keep_runs=5", SqliteStore),
        ("x.db", SqliteStore),
        (Path("x.db"), SqliteStore),
        ("/var/x.db", SqliteStore),
    ],
)
def test_a_url_names_a_store(url: str | Path, kind: type) -> None:
    """Nothing is opened by that."""
    assert isinstance(open_store(url), kind)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://x.db", "cannot be read; write 'sqlite:///schedule.db'"),
        ("sqlite:///", "cannot be read"),
        ("postgres:///x", "cannot be read"),
        ("sqlite:///x.db?sync=full", "there is no option sync; there are synchronous, wait"),
        ("sqlite:///x.db?synchronous=off", "synchronous 'off' is unknown; allowed are 'normal'"),
        ("sqlite:///x.db?keep_runs=0", "keep_runs 0 must be a whole number from 1 up"),
        ("sqlite:///x.db?keep_runs=few", "keep_runs 'few' must be a whole number"),
        ("sqlite:///x.db?wait=long", "duration 'long'"),
        ("file:///x.log?keep_runs=5", "there is no option keep_runs; there are wait"),
    ],
)
def test_a_url_that_is_wrong_is_refused(url: str, message: str) -> None:
    """The error gives the URL, what is wrong and what is allowed."""
    with pytest.raises(BadArgumentError, match=message):
        open_store(url)
