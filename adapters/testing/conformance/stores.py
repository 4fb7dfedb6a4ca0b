"""What every store promises, rule by rule."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from duetime.adapters.stores.base import Store
from duetime.adapters.testing.conformance.keeping import Kept, added, at, path_of, task, ticked
from duetime.adapters.testing.conformance.rules import agree, hold, refused
from duetime.engine.catchup import Fate
from duetime.engine.errors import BadArgumentError, DuetimeError, StoreBusyError, StoreError
from duetime.engine.history import History
from duetime.engine.instants import Instant, to_datetime
from duetime.engine.journal import replay, state_hash
from duetime.engine.machine import Settings
from duetime.engine.messages import Disabled, Removed, Restarted, RunFailed, RunFinished
from duetime.engine.triggers.base import as_trigger
from duetime.engine.triggers.once import OnDemand

ASKED: tuple[tuple[int | None, int | None, int | None, list[int]], ...] = (
    # since, until, limit, the numbers of the runs: 1 at 60 s, 2 at 120 s, …
    (None, None, None, [1, 2, 3, 4]),
    (120, None, None, [2, 3, 4]),
    (None, 180, None, [1, 2]),
    (60, 181, 2, [2, 3]),
    (None, None, 1, [4]),
    (500, None, None, []),
)


class Formless:
    """A trigger that cannot be written down: it has no JSON form."""

    def next_after(self, after: Instant) -> Instant:
        """Return the next nanosecond."""
        return after + 1


class _Makes:
    """How a store under test is made."""

    def make(self, folder: Path) -> Store:
        """Make a store; called again for the same folder it must see the same contents."""
        raise NotImplementedError(f"{type(self).__name__} needs make(folder), which makes a store")

    def open_backup(self, path: Path) -> Store:
        """Make the store of which `backup(path)` has written a copy."""
        raise NotImplementedError(
            f"{type(self).__name__} needs open_backup(path), which makes a store of a backup"
        )


class _Contents(_Makes):
    """What is in a store, who may write to it, and what a copy holds."""

    def test_a_new_store_is_empty(self, tmp_path: Path) -> None:
        """There is no snapshot, no task, and nothing has happened."""
        with kept_in(self.make(tmp_path)) as kept:
            stored, store = kept.stored, kept.store
            agree("a new store has no snapshot", stored.snapshot, None)
            agree("a new store has no tasks", dict(stored.definitions), {})
            agree("a new store has no damage", dict(stored.damaged), {})
            happened = [*store.records(), *store.runs(), *store.fates()]
            agree("in a new store nothing has happened", happened, [])

    def test_what_was_written_is_there_after_reopening(self, tmp_path: Path) -> None:
        """States, clocks, retired names and definitions; a task that leaves has no definition."""
        with kept_in(self.make(tmp_path)) as kept:
            lived(kept)
        check_contents(kept, self.make(tmp_path), "what was written is there after reopening")

    def test_what_was_written_outlives_a_process_that_is_killed(self, tmp_path: Path) -> None:
        """When `write` returns, the files have it; a store without files is not asked."""
        (folder := tmp_path / "live").mkdir()
        with kept_in(self.make(folder)) as kept:
            lived(kept)
            shutil.copytree(folder, tmp_path / "left")
        if any(folder.iterdir()):
            rule = "what was written is in the files before the store is closed"
            check_contents(kept, self.make(tmp_path / "left"), rule)

    def test_a_task_that_has_left_is_gone_for_good(self, tmp_path: Path) -> None:
        """Its generation and number are remembered, so that neither is used again."""
        with kept_in(self.make(tmp_path)) as kept:
            kept.say(added("page"), ticked(60), Removed(at=at(70), name="page"))
            kept.say(RunFinished(at=at(80), name="page", generation=1, number=1))
        with kept_in(self.make(tmp_path)) as kept:
            agree("a task that has left is not defined", dict(kept.stored.definitions), {})
            agree("a task that has left has no state", kept.machine.snapshot().entries, ())
            kept.say(added("page", seconds=90), ticked(150))
            found = [(run.generation, run.number) for run in kept.store.runs("page")]
            rule = "generations and numbers of names that are retired are not used again"
            agree(rule, found, [(1, 1), (2, 2)])

    def test_a_batch_that_cannot_be_written_leaves_no_trace(self, tmp_path: Path) -> None:
        """A trigger without a JSON form raises; all else of its batch is not written either."""
        with kept_in(self.make(tmp_path)) as kept:
            kept.say(added("page"))
            torn = added("torn", as_trigger(Formless()))
            with refused("what cannot be read again is refused", DuetimeError):
                kept.say(added("mail"), torn)
            kept.machine.roster.undo()
            kept.say(ticked(60))
            rule = "a batch that was refused is not in the journal"
            agree(rule, len(list(kept.store.records())), 2)
        with kept_in(self.make(tmp_path)) as again:
            rule = "a batch that was refused has left no trace"
            agree(rule, again.machine.snapshot(), kept.machine.snapshot())

    def test_a_second_opener_is_refused(self, tmp_path: Path) -> None:
        """It can have the store when the first has closed it; closing twice does no harm."""
        store, other = self.make(tmp_path), self.make(tmp_path)
        store.open(Settings())
        rule = "a store that somebody has open is refused to others"
        with refused(rule, StoreBusyError):
            other.open(Settings())
        other.close()
        with refused(f"{rule}, also after one who was refused has closed", StoreBusyError):
            self.make(tmp_path).open(Settings())
        store.close()
        store.close()
        other.open(Settings())
        other.close()

    def test_a_store_that_is_not_open_is_not_written_to(self, tmp_path: Path) -> None:
        """History can be read all the same."""
        with kept_in(self.make(tmp_path)) as kept:
            kept.say(added("page"), ticked(60))
        with refused("a store that has been closed is not written to", StoreError):
            kept.say(ticked(120))
        runs = self.make(tmp_path).runs("page")
        agree("runs can be read without opening the store", len(runs), 1)

    def test_a_backup_of_a_live_store_opens(self, tmp_path: Path) -> None:
        """It holds what was written until then; what is written later does not get into it."""
        (folder := tmp_path / "live").mkdir()
        with kept_in(self.make(folder)) as kept:
            lived(kept)
            then, runs = kept.machine.snapshot(), kept.store.runs()
            kept.store.backup(tmp_path / "copy")
            kept.say(ticked(300))
        with kept_in(self.open_backup(tmp_path / "copy")) as copy:
            rule = "a backup holds what was written until then"
            agree(rule, copy.stored.snapshot, then)
            agree(rule, copy.store.runs(), runs)

    def test_a_backup_replaces_nothing(self, tmp_path: Path) -> None:
        """A path where something is, or whose folder is not there, is refused; nothing is left."""
        with kept_in(self.make(tmp_path)) as kept:
            lived(kept)
            (tmp_path / "copy").write_text("mine")
            before = set(tmp_path.iterdir())
            for path in (tmp_path / "copy", tmp_path / "nowhere" / "copy"):
                with refused(f"a backup to {path} is refused", StoreError):
                    kept.store.backup(path)
            agree("a backup replaces no file", (tmp_path / "copy").read_text(), "mine")
            agree("a backup that is refused leaves nothing", set(tmp_path.iterdir()), before)


class _Past(_Makes):
    """What a store tells about what happened."""

    def test_the_journal_replays(self, tmp_path: Path) -> None:
        """A fresh machine decides the same, and comes to the same state."""
        with kept_in(self.make(tmp_path)) as kept:
            lived(kept)
            agree("each input is one record", len(list(kept.store.records())), 10)
            check_replay(kept)

    def test_runs_and_fates_are_those_of_the_history(self, tmp_path: Path) -> None:
        """Each run with its times and outcome, each other fate, the latest last."""
        with kept_in(self.make(tmp_path)) as kept:
            lived(kept)
            history, store = History(), kept.store
            for record in store.records():
                history.note(record.input, record.effects)
            agree("runs are those of the records", store.runs("page"), history.runs("page"))
            others = [each for each in history.fates("page") if each.fate is not Fate.STARTED]
            agree("fates are those of the records", store.fates("page"), others)
            runs = sorted(run.name for run in store.runs())
            agree("without a name, the runs of all tasks", runs, ["gone", "page", "page"])
            fates = sorted(each.name for each in store.fates())
            agree("without a name, the fates of all tasks", fates, ["gone", "gone", "page"])

    def test_a_restart_ends_the_runs_that_were_going(self, tmp_path: Path) -> None:
        """Also in a store that was opened again; they are lost."""
        with kept_in(self.make(tmp_path)) as kept:
            kept.say(added("page"), ticked(60))
        with kept_in(self.make(tmp_path)) as kept:
            kept.say(Restarted(at=replace(at(70), boot="boot 2")))
            found = [(run.outcome, run.ended) for run in kept.store.runs()]
            lost = [("lost", to_datetime(at(70).wall))]
            agree("runs that were going at a restart are lost", found, lost)

    def test_runs_are_asked_for_by_time(self, tmp_path: Path) -> None:
        """Those that started in [since, until), and of these the last ones."""
        with kept_in(self.make(tmp_path)) as kept:
            store = kept.store
            kept.say(added("page"))
            for number in range(1, 5):
                end = RunFinished(at=at(60 * number), name="page", generation=1, number=number)
                kept.say(ticked(60 * number), end)
            for since_s, until_s, limit, numbers in ASKED:
                since, until = moment(since_s), moment(until_s)
                found = store.runs("page", since=since, until=until, limit=limit)
                rule = f"runs(since={since_s} s, until={until_s} s, limit={limit}), the latest last"
                agree(rule, [run.number for run in found], numbers)
                of_all = store.runs(since=since, until=until, limit=limit)
                agree(f"{rule}, of all tasks", of_all, found)
                agree("fates are not runs", store.fates(since=since, until=until, limit=limit), [])

    def test_a_limit_below_one_is_refused(self, tmp_path: Path) -> None:
        """BadArgumentError, for runs and for fates."""
        with kept_in(self.make(tmp_path)) as kept:
            for ask in (kept.store.runs, kept.store.fates):
                with refused("a limit below 1 is refused", BadArgumentError):
                    ask(limit=0)

    def test_other_settings_begin_the_journal_anew(self, tmp_path: Path) -> None:
        """What was decided under the old ones is not replayed under the new ones."""
        with kept_in(self.make(tmp_path)) as kept:
            kept.say(added("page"), added("mail"))
        with kept_in(self.make(tmp_path), Settings(max_running=1)) as kept:
            kept.say(ticked(60))
            agree("records before the change are kept", len(list(kept.store.records())), 3)
            journal = kept.store.journal()
            agree("the journal begins after the change", journal.first, 3)
            agree("it has the new settings", journal.settings, Settings(max_running=1))
            check_replay(kept)


class StoreConformance(_Contents, _Past):
    """The rules of `Store`, as tests; each begins in an empty folder."""


@contextmanager
def kept_in(store: Store, settings: Settings | None = None) -> Iterator[Kept]:
    """Open a store for a machine, and close it at the end, so that no test is in another's way."""
    try:
        yield Kept(store, settings)
    finally:
        store.close()


def lived(kept: Kept) -> None:
    """Let tasks do what a store must keep: run, fail, be skipped, be paused, be removed."""
    kept.say(added("page"), added("mail", OnDemand()), added("gone"))
    kept.say(ticked(60))
    kept.say(RunFinished(at=at(61), name="page", generation=1, number=1))
    kept.say(ticked(120), ticked(180))
    kept.say(RunFailed(at=at(190), name="page", generation=1, number=2, error="no ink"))
    kept.say(Removed(at=at(191), name="gone"))
    kept.say(Disabled(at=at(200), name="mail", reason="holiday"))


def check_contents(kept: Kept, again: Store, rule: str) -> None:
    """See that a store holds what a machine knew that `lived`, and its definitions."""
    with kept_in(again) as found:
        agree(rule, found.stored.snapshot, kept.machine.snapshot())
        expected = {"mail": task("mail", OnDemand()), "page": task("page")}
        tasks = {name: each.task for name, each in found.stored.definitions.items()}
        agree(f"{rule}: the tasks that have not left", tasks, expected)
        paths = {name: each.call for name, each in found.stored.definitions.items()}
        agree(f"{rule}: what they call", paths, {name: path_of(name) for name in expected})


def check_replay(kept: Kept) -> None:
    """See that the journal leads to the state that the machine is in."""
    replayed = replay(kept.store.journal()).machine
    rule = "the journal replays to the state of the machine"
    hold(rule, state_hash(replayed) == state_hash(kept.machine))


def moment(seconds: int | None) -> datetime | None:
    """Return the time so long after the start."""
    return None if seconds is None else to_datetime(at(seconds).wall)
