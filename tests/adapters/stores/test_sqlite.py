"""The SQLite store: damage that concerns one task, a disk that is full, queries, retention."""

import sqlite3
from pathlib import Path

import pytest

from duetime.adapters.restart import machine_of
from duetime.adapters.stores.base import Stored
from duetime.adapters.stores.queries import FATES, RUNS, Question
from duetime.adapters.stores.schema import reading
from duetime.adapters.stores.sqlite import SqliteStore
from duetime.adapters.testing.conformance.keeping import START, Kept, added, at, ticked
from duetime.engine.errors import BadArgumentError, StoreDamagedError, StoreError
from duetime.engine.instants import DAY, SECOND, to_datetime
from duetime.engine.journal import replay, state_hash
from duetime.engine.machine import Settings
from duetime.engine.messages import Damaged, RunFailed, RunFinished
from duetime.engine.seals import seal, unseal
from duetime.engine.triggers.every import Every


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a database that is not there yet."""
    return tmp_path / "store.db"


@pytest.fixture
def three(path: Path) -> Path:
    """Make a store with the tasks a, b and c, of which each has run once."""
    kept = Kept(SqliteStore(path))
    kept.say(*map(added, "abc"))
    kept.say(ticked(60))
    kept.say(*(RunFinished(at=at(61), name=name, generation=1, number=1) for name in "abc"))
    kept.store.close()
    return path


def edit(path: Path, statement: str, *values: object) -> None:
    """Change a database by hand."""
    with sqlite3.connect(path) as db:
        db.execute(statement, values)
    db.close()


def reopen(path: Path) -> Stored:
    """Open a store and close it; return what it held."""
    store = SqliteStore(path)
    stored = store.open(Settings())
    store.close()
    return stored


def with_trigger(path: Path, trigger: str) -> str:
    """Return the definition of b with another trigger, as one who knows of checksums writes it."""
    with reading(path) as db:
        line = db.execute("SELECT line FROM definitions WHERE name = 'b'").fetchone()[0]
    data = unseal(line)
    task = data["task"]
    assert isinstance(task, dict)
    return seal({**data, "task": {**task, "trigger": {"type": trigger}}})


@pytest.mark.parametrize("table", ["definitions", "states"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("line = 'torn'", "is not whole"),
        ("line = replace(line, 'type', 'typo')", "checksum"),
        ("line = cast(x'ff' || cast(line AS BLOB) AS TEXT)", "UTF-8"),
        ("line = (SELECT line FROM {table} WHERE name = 'a')", "of another task"),
    ],
)
def test_a_damaged_row_costs_its_task_alone(
    three: Path, table: str, change: str, message: str
) -> None:
    """The others are there; the error says what is wrong."""
    edit(three, f"UPDATE {table} SET {change.format(table=table)} WHERE name = 'b'")
    stored = reopen(three)
    assert stored.damaged.keys() == {"b"}
    assert message in stored.damaged["b"]
    assert stored.definitions.keys() == {"a", "c"}
    assert stored.snapshot is not None
    assert [entry.task.name for entry in stored.snapshot.entries] == ["a", "c"]


@pytest.mark.parametrize(("table", "what"), [("definitions", "definition"), ("states", "state")])
def test_a_missing_row_costs_its_task_alone(three: Path, table: str, what: str) -> None:
    """A definition without a state, and the other way round."""
    edit(three, f"DELETE FROM {table} WHERE name = 'b'")
    assert reopen(three).damaged == {"b": f"its stored {what} is missing"}


def test_an_unknown_trigger_costs_its_task_alone(three: Path) -> None:
    """Also where the checksum is right."""
    edit(three, "UPDATE definitions SET line = ? WHERE name = 'b'", with_trigger(three, "Never"))
    assert "Never" in reopen(three).damaged["b"]


def test_a_damaged_task_uses_no_number_again(three: Path) -> None:
    """It is a new generation, and its next run has the next number."""
    edit(three, "UPDATE states SET line = 'torn' WHERE name = 'b'")
    kept = Kept(SqliteStore(three))
    kept.say(Damaged(at=at(70), name="b", error=kept.stored.damaged["b"]))
    kept.say(added("b", seconds=71))
    kept.say(ticked(131))
    numbers = [(run.generation, run.number) for run in kept.store.runs("b")]
    assert numbers[0] == (1, 1)
    assert numbers[1][0] > 1
    assert numbers[1][1] == 2
    store = kept.store
    assert isinstance(store, SqliteStore)
    assert state_hash(replay(store.journal()).machine) == state_hash(kept.machine)
    store.close()
    assert state_hash(machine_of(reopen(three), None)) == state_hash(kept.machine)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM clocks", "has tasks but no clocks"),
        ("UPDATE meta SET value = '{' WHERE key = 'settings'", "settings"),
    ],
)
def test_a_store_that_has_lost_more_is_refused(three: Path, statement: str, message: str) -> None:
    """It is not opened, and stays as it is."""
    edit(three, statement)
    before = three.read_bytes()
    with pytest.raises(StoreDamagedError, match=message):
        SqliteStore(three).open(Settings())
    assert three.read_bytes() == before


def test_a_damaged_record_is_named(three: Path) -> None:
    """Whoever reads the journal is told where it is."""
    edit(three, "UPDATE journal SET line = replace(line, 'Added', 'Adde') WHERE n = 2")
    with pytest.raises(StoreDamagedError, match="record 2 of the journal has the checksum"):
        list(SqliteStore(three).records())


def test_a_full_disk_undoes_the_whole_batch(path: Path) -> None:
    """The verb fails, the store goes on as it was, and takes smaller batches still."""
    store = SqliteStore(path)
    kept = Kept(store)
    kept.say(added("a"))
    db = store._db
    assert db is not None
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(StoreError, match="the disk is full"):
        kept.say(*(added(f"task {number}") for number in range(500)))
    kept.machine.roster.undo()
    kept.say(added("b"))
    store.close()
    assert reopen(path).snapshot == kept.machine.snapshot()
    assert len(list(store.records())) == 2


def test_a_locked_database_is_said_to_be_so(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program has it; nothing is written, and later it goes on."""
    monkeypatch.setattr("duetime.adapters.stores.schema.PATIENCE_SECONDS", 0.01)
    kept = Kept(SqliteStore(three))
    other = sqlite3.connect(three, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another program has locked it"):
        kept.say(ticked(120))
    kept.machine.roster.undo()
    other.execute("ROLLBACK")
    other.close()
    kept.say(ticked(120))
    kept.store.close()


def test_text_that_utf_8_cannot_say_is_escaped(three: Path) -> None:
    """Half a surrogate pair in an error."""
    kept = Kept(SqliteStore(three))
    kept.say(ticked(120))
    kept.say(RunFailed(at=at(121), name="a", generation=1, number=2, error="no \udc80 ink"))
    assert kept.store.runs("a")[-1].error == "no \\udc80 ink"
    kept.store.close()


@pytest.mark.parametrize("question", [RUNS, FATES], ids=lambda each: each.table)
@pytest.mark.parametrize("name", [None, "a"])
@pytest.mark.parametrize("since", [None, to_datetime(START)])
def test_questions_use_an_index(
    three: Path, question: Question, name: str | None, since: object
) -> None:
    """By task and by time: nothing is scanned and nothing sorted, however much is there."""
    query, values = question.asked(name, since=since, until=since, limit=10)  # type: ignore[arg-type]
    with reading(three) as db:
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}", values)]
    index = f"{question.table}_of_task" if name else f"{question.table}_by_time"
    assert len(plan) == 1
    assert f"USING INDEX {index}" in plan[0]


def test_a_task_keeps_so_many_runs_and_fates(path: Path) -> None:
    """At least those, and at most a tenth more; the others of other tasks stay."""
    kept = Kept(SqliteStore(path, keep_runs=20))
    kept.say(added("often", Every(seconds=1)), added("seldom", Every(seconds=150)))
    for second in range(1, 200):
        kept.say(ticked(second))
        if second % 2 == 0:
            number = len(kept.store.runs("often")) and kept.store.runs("often")[-1].number
            kept.say(RunFinished(at=at(second), name="often", generation=1, number=number))
    assert 20 <= len(kept.store.runs("often")) <= 22
    assert 20 <= len(kept.store.fates("often")) <= 22
    assert kept.store.fates("often")[-1].nominal > to_datetime(at(190).wall)
    assert len(kept.store.runs("seldom")) == 1
    kept.store.close()


def test_old_runs_go_by_age(path: Path) -> None:
    """A little with each hundred records."""
    kept = Kept(SqliteStore(path, keep_days=1))
    kept.say(added("page"))
    kept.say(ticked(60))
    kept.say(RunFinished(at=at(60), name="page", generation=1, number=1))
    later = 3 * DAY // SECOND
    kept.say(*(ticked(later + step) for step in range(100)))
    assert all(run.number > 1 for run in kept.store.runs("page"))
    assert kept.store.runs("page")
    kept.store.close()


def test_the_journal_is_cut_short_by_snapshots(path: Path) -> None:
    """It begins with one, replays to the same state, and stays about twice as long as asked."""
    kept = Kept(SqliteStore(path, keep_records=200))
    kept.say(added("page", Every(seconds=7)), added("mail", Every(seconds=50)))
    for second in range(2_000):
        kept.say(ticked(second))
    store = kept.store
    assert isinstance(store, SqliteStore)
    assert 200 <= len(list(store.records())) <= 500
    journal = store.journal()
    assert journal.base is not None
    assert state_hash(replay(journal).machine) == state_hash(kept.machine)
    store.close()
    assert state_hash(machine_of(reopen(path), None)) == state_hash(kept.machine)


@pytest.mark.parametrize("number", [0, -1, 1.5, True])
def test_a_retention_that_makes_no_sense_is_refused(path: Path, number: int) -> None:
    """The error names the argument."""
    with pytest.raises(BadArgumentError, match=r"keep_runs .* must be a whole number from 1 up"):
        SqliteStore(path, keep_runs=number)


def test_a_store_is_opened_once(path: Path) -> None:
    """A second time is refused, and the first stays as it is."""
    kept = Kept(SqliteStore(path))
    with pytest.raises(StoreError, match="is open already"):
        kept.store.open(Settings())
    kept.say(added("page"))
    kept.store.close()
