"""What every store promises."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duetime.adapters.stores.base import Store
from duetime.adapters.stores.log import LogStore
from duetime.adapters.stores.medium import FileMedium, MemoryMedium
from duetime.adapters.stores.opening import open_store
from duetime.adapters.stores.sqlite import SqliteStore
from duetime.engine.catchup import Fate
from duetime.engine.errors import (
    BadArgumentError,
    BadTriggerError,
    StoreBusyError,
    StoreError,
)
from duetime.engine.history import History
from duetime.engine.instants import to_datetime
from duetime.engine.journal import replay, state_hash
from duetime.engine.machine import Settings
from duetime.engine.messages import Disabled, Removed, Restarted, RunFailed, RunFinished
from duetime.engine.triggers.base import as_trigger
from duetime.engine.triggers.once import OnDemand
from tests.contracts.keeping import Kept, KeptPlayer, added, at, task, ticked
from tests.contracts.stage import Failing
from tests.properties.acts import Program
from tests.properties.programs import EVERYTHING, FINISHES, RESTARTS, SAYINGS, programs

MakeStore = Callable[[], Store]


def memory(folder: Path) -> MakeStore:
    """Make stores on one medium in memory."""
    medium = MemoryMedium()
    return lambda: LogStore(medium)


def log(folder: Path) -> MakeStore:
    """Make stores on one file."""
    return lambda: LogStore(FileMedium(folder / "store.log"))


def sqlite(folder: Path) -> MakeStore:
    """Make stores on one database."""
    return lambda: SqliteStore(folder / "store.db")


KINDS = (memory, log, sqlite)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> MakeStore:
    """Give what makes stores of each kind, all with the same contents."""
    made: MakeStore = request.param(tmp_path)
    return made


@pytest.fixture
def store(make: MakeStore) -> Iterator[Store]:
    """Give a new store of each kind, and close it afterwards."""
    store = make()
    yield store
    store.close()


def ran(kept: Kept) -> None:
    """Let two tasks do what a store must keep: run, fail, be skipped, be paused, be removed."""
    kept.say(added("page"), added("mail", OnDemand()), added("gone"))
    kept.say(ticked(60))
    kept.say(RunFinished(at=at(61), name="page", generation=1, number=1))
    kept.say(ticked(120), ticked(180))
    kept.say(RunFailed(at=at(190), name="page", generation=1, number=2, error="no ink"))
    kept.say(Removed(at=at(191), name="gone"))
    kept.say(Disabled(at=at(200), name="mail", reason="holiday"))


def test_a_new_store_is_empty(store: Store) -> None:
    """There is no snapshot, no task, and nothing has happened."""
    stored = store.open(Settings())
    assert (stored.snapshot, stored.definitions, stored.damaged) == (None, {}, {})
    assert (list(store.records()), store.runs(), store.fates()) == ([], [], [])


def test_what_was_written_is_there_after_reopening(make: MakeStore) -> None:
    """States, clocks, retired names and definitions are equal; a leaving task has no definition."""
    kept = Kept(make())
    ran(kept)
    kept.store.close()
    again = make()
    stored = again.open(Settings())
    assert stored.snapshot == kept.machine.snapshot()
    assert {name: (each.task, each.call) for name, each in stored.definitions.items()} == {
        "mail": (task("mail", OnDemand()), "code:mail"),
        "page": (task("page"), "code:page"),
    }
    again.close()


def test_a_task_that_has_left_is_gone_for_good(make: MakeStore) -> None:
    """Its generation and number are remembered, so that neither is used again."""
    kept = Kept(make())
    kept.say(added("page"), ticked(60), Removed(at=at(70), name="page"))
    kept.say(RunFinished(at=at(80), name="page", generation=1, number=1))
    kept.store.close()
    kept = Kept(make())
    assert kept.stored.definitions == {}
    assert kept.machine.snapshot().entries == ()
    kept.say(added("page", seconds=90), ticked(150))
    found = [(run.generation, run.number) for run in kept.store.runs("page")]
    assert found == [(1, 1), (2, 2)]
    kept.store.close()


def test_the_journal_replays(store: Store) -> None:
    """A fresh machine decides the same, and comes to the same state."""
    kept = Kept(store)
    ran(kept)
    assert len(list(store.records())) == 10
    assert state_hash(replay(store.journal()).machine) == state_hash(kept.machine)


def test_runs_and_fates_are_those_of_the_history(store: Store) -> None:
    """Each run with its times and outcome, each other fate, the latest last."""
    ran(Kept(store))
    history = History()
    for record in store.records():
        history.note(record.input, record.effects)
    assert store.runs("page") == history.runs("page")
    others = [each for each in history.fates("page") if each.fate is not Fate.STARTED]
    assert store.fates("page") == others
    assert sorted(run.name for run in store.runs()) == ["gone", "page", "page"]
    assert sorted(each.name for each in store.fates()) == ["gone", "gone", "page"]


def test_a_restart_ends_the_runs_that_were_going(make: MakeStore) -> None:
    """Also in a store that was opened again; they are lost."""
    kept = Kept(make())
    kept.say(added("page"), ticked(60))
    kept.store.close()
    kept = Kept(make())
    kept.say(Restarted(at=replace(at(70), boot="boot 2")))
    assert [(run.outcome, run.ended) for run in kept.store.runs()] == [
        ("lost", to_datetime(at(70).wall))
    ]
    kept.store.close()


@pytest.mark.parametrize(
    ("since", "until", "limit", "numbers"),
    [
        (None, None, None, [1, 2, 3, 4]),
        (120, None, None, [2, 3, 4]),
        (None, 180, None, [1, 2]),
        (60, 181, 2, [2, 3]),
        (None, None, 1, [4]),
        (500, None, None, []),
    ],
)
def test_runs_are_asked_for_by_time(
    store: Store, since: int | None, until: int | None, limit: int | None, numbers: list[int]
) -> None:
    """Those that started in [since, until), and of these the last ones."""
    kept = Kept(store)
    kept.say(added("page"))
    for number in range(1, 5):
        end = RunFinished(at=at(60 * number), name="page", generation=1, number=number)
        kept.say(ticked(60 * number), end)
    bounds = [None if each is None else to_datetime(at(each).wall) for each in (since, until)]
    found = store.runs("page", since=bounds[0], until=bounds[1], limit=limit)
    assert [run.number for run in found] == numbers
    assert store.runs(since=bounds[0], until=bounds[1], limit=limit) == found
    assert store.fates(since=bounds[0], until=bounds[1], limit=limit) == []


def test_a_limit_below_one_is_refused(store: Store) -> None:
    """It says what was given."""
    store.open(Settings())
    with pytest.raises(BadArgumentError, match="limit 0 must be a whole number from 1 up"):
        store.runs(limit=0)


def test_other_settings_begin_the_journal_anew(make: MakeStore) -> None:
    """What was decided under the old ones is not replayed under the new ones."""
    kept = Kept(make())
    kept.say(added("page"), added("mail"))
    kept.store.close()
    kept = Kept(make(), Settings(max_running=1))
    kept.say(ticked(60))
    assert len(list(kept.store.records())) == 3
    journal = kept.store.journal()
    assert (journal.first, journal.settings) == (3, Settings(max_running=1))
    assert state_hash(replay(journal).machine) == state_hash(kept.machine)
    kept.store.close()


def test_a_batch_that_cannot_be_written_leaves_no_trace(store: Store) -> None:
    """A trigger without a JSON form is named; what is written afterwards is as if it never was."""
    kept = Kept(store)
    kept.say(added("page"))
    before = kept.machine.snapshot()
    with pytest.raises(BadTriggerError, match="has no JSON form"):
        kept.say(added("mail"), added("torn", as_trigger(Failing(60))))
    kept.machine.roster.undo()
    assert kept.machine.snapshot() == before
    kept.say(ticked(60))
    assert len(list(store.records())) == 2


def test_a_second_opener_is_refused(make: MakeStore, store: Store) -> None:
    """It is told who has the store, and can have it afterwards."""
    store.open(Settings())
    other = make()
    with pytest.raises(StoreBusyError, match="process"):
        other.open(Settings())
    other.close()
    with pytest.raises(StoreBusyError):
        make().open(Settings())
    store.close()
    store.close()
    other.open(Settings())
    other.close()


def test_a_store_that_is_not_open_is_not_written_to(make: MakeStore) -> None:
    """Neither before it was opened nor after it was closed; history can be read all the same."""
    kept = Kept(make())
    kept.say(added("page"), ticked(60))
    kept.store.close()
    with pytest.raises(StoreError, match="is not open"):
        kept.say(ticked(120))
    assert len(make().runs("page")) == 1


def test_a_backup_of_a_live_store_opens(store: Store, tmp_path: Path) -> None:
    """It holds what was written until then, and what is written later does not get into it."""
    kept = Kept(store)
    ran(kept)
    then = kept.machine.snapshot()
    store.backup(tmp_path / "copy")
    kept.say(ticked(300))
    copy: Store = (
        SqliteStore(tmp_path / "copy")
        if isinstance(store, SqliteStore)
        else LogStore(FileMedium(tmp_path / "copy"))
    )
    assert copy.open(Settings()).snapshot == then
    assert copy.runs() == store.runs()[:3]
    copy.close()


def test_a_backup_replaces_nothing(store: Store, tmp_path: Path) -> None:
    """A path where something is, or whose folder is not there, is refused; nothing is left."""
    ran(Kept(store))
    (tmp_path / "copy").write_text("mine")
    before = set(tmp_path.iterdir())
    with pytest.raises(StoreError, match="exists already"):
        store.backup(tmp_path / "copy")
    with pytest.raises(StoreError):
        store.backup(tmp_path / "nowhere" / "copy")
    assert (tmp_path / "copy").read_text() == "mine"
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=programs(SAYINGS, FINISHES, *EVERYTHING, RESTARTS), cut=st.floats(0, 1))
def test_a_program_goes_on_after_reopening_as_if_nothing_had_been(
    kind: Callable[[Path], MakeStore],
    tmp_path_factory: pytest.TempPathFactory,
    program: Program,
    cut: float,
) -> None:
    """Reopened at any point, the machine has an equal state; so it has at the end, and a replay."""
    player = KeptPlayer(kind(tmp_path_factory.mktemp("store")))
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
