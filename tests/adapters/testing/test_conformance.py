"""The conformance suites find faults: each planted one breaks the rule that is named."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import ClassVar

import pytest

from duetime.adapters.executors import Executor, Workers
from duetime.adapters.stores.base import Batch, Store, Stored
from duetime.adapters.stores.log import LogStore
from duetime.adapters.stores.medium import FileMedium, MemoryMedium
from duetime.adapters.testing.conformance import (
    ClockConformance,
    ExecutorConformance,
    StoreConformance,
)
from duetime.clocks.base import Clock, Waker
from duetime.clocks.real import RealClock
from duetime.engine.history import Run
from duetime.engine.instants import MILLISECOND, SECOND, Reading
from duetime.engine.machine import Settings

IMPATIENCE_SECONDS = 0.2
"""How long a planted fault may keep a test waiting."""


class Sound(LogStore):
    """A log in a file, as the faulty ones are, but without a fault."""

    def __init__(self, path: Path) -> None:
        """Write to that file."""
        super().__init__(FileMedium(path))


class Late(Sound):
    """Keeps its last batch in memory."""

    last: Batch | None = None

    def write(self, batch: Batch) -> None:
        """Write the batch before."""
        if self.last is not None:
            super().write(self.last)
        self.last = batch


class Buffered(Sound):
    """Writes when it is closed."""

    def __init__(self, path: Path) -> None:
        """Have nothing to write yet."""
        super().__init__(path)
        self.waiting: list[Batch] = []

    def write(self, batch: Batch) -> None:
        """Wait."""
        self.waiting.append(batch)

    def close(self) -> None:
        """Write all that waits."""
        while self.waiting:
            super().write(self.waiting.pop(0))
        super().close()


class Unlocked(Sound):
    """Lets two write at the same time."""

    def __init__(self, path: Path) -> None:
        """Take no lock."""
        LogStore.__init__(self, MemoryMedium(path.read_bytes() if path.exists() else b""))


class Forgetful(Sound):
    """Loses what is retired."""

    def open(self, settings: Settings) -> Stored:
        """Leave it out."""
        stored = super().open(settings)
        if stored.snapshot is None:
            return stored
        return replace(stored, snapshot=replace(stored.snapshot, retired={}))


class Halving(Sound):
    """Writes a batch record by record, so that half of one may be there."""

    def write(self, batch: Batch) -> None:
        """Write one record at a time."""
        for record in batch.records:
            super().write(replace(batch, records=(record,)))


class Endless(Sound):
    """Does not know where to end."""

    def runs(
        self,
        name: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[Run]:
        """Leave out `until`."""
        return super().runs(name, since=since, limit=limit)


class Careless(Sound):
    """Makes a backup over whatever is there."""

    def backup(self, path: str | Path) -> None:
        """Make room first."""
        Path(path).unlink(missing_ok=True)
        super().backup(path)


class Anonymous(Sound):
    """Forgets what tasks call."""

    def open(self, settings: Settings) -> Stored:
        """Leave it out."""
        stored = super().open(settings)
        bare = {name: replace(each, call=None) for name, each in stored.definitions.items()}
        return replace(stored, definitions=bare)


class Stores(StoreConformance):
    """The suite, for stores of one kind."""

    kind: ClassVar[type[Sound]] = Sound

    def make(self, folder: Path) -> Store:
        """Make one of that kind."""
        return self.kind(folder / "my.log")

    def open_backup(self, path: Path) -> Store:
        """Make one of that kind."""
        return self.kind(path)


BAD_STORES = [
    (Late, "what_was_written_is_there_after_reopening", "what was written is there after"),
    (Buffered, "what_was_written_outlives_a_process_that_is_killed", "is in the files before"),
    (Unlocked, "a_second_opener_is_refused", "open is refused to others"),
    (Forgetful, "a_task_that_has_left_is_gone_for_good", "are not used again"),
    (Halving, "a_batch_that_cannot_be_written_leaves_no_trace", "is not in the journal"),
    (Endless, "runs_are_asked_for_by_time", r"runs\(since=None s, until=180 s"),
    (Careless, "a_backup_replaces_nothing", "a backup to .* is refused"),
    (Anonymous, "what_was_written_is_there_after_reopening", "what they call"),
]


@pytest.mark.parametrize(("kind", "rule", "message"), BAD_STORES)
def test_a_bad_store_fails_at_the_rule_that_it_breaks(
    kind: type[Sound], rule: str, message: str, tmp_path: Path
) -> None:
    """The failure says in words which rule that is; a store without the fault keeps it."""
    suite = type("Suite", (Stores,), {"kind": kind})()
    (bad := tmp_path / "bad").mkdir()
    with pytest.raises(AssertionError, match=message):
        getattr(suite, f"test_{rule}")(bad)
    (good := tmp_path / "good").mkdir()
    getattr(Stores(), f"test_{rule}")(good)


class Heedless:
    """A waker that is heard by whoever waits already, and by nobody else."""

    def __init__(self) -> None:
        """Start unwoken."""
        self.called = threading.Condition()

    def wake(self) -> None:
        """Wake whoever waits."""
        with self.called:
            self.called.notify_all()


class Unlatched(RealClock):
    """A clock whose wakes are lost between looking and waiting."""

    def new_waker(self) -> Heedless:  # type: ignore[override]  # that is the fault
        """Return such a waker."""
        return Heedless()

    def wait(self, waker: Waker, until_mono: int | None) -> None:
        """Wait until woken, for a second at most."""
        assert isinstance(waker, Heedless)
        with waker.called:
            waker.called.wait(1)


class Deaf(RealClock):
    """A clock that nobody can wake."""

    def wait(self, waker: Waker, until_mono: int | None) -> None:
        """Wait for a second."""
        super().wait(self.new_waker(), self.read().mono + SECOND)


class Returning(RealClock):
    """A clock that now and then goes back."""

    looks = 0

    def read(self) -> Reading:
        """Go back by a millisecond at each seventh look."""
        type(self).looks += 1
        at = super().read()
        return replace(at, mono=at.mono - MILLISECOND) if self.looks % 7 == 0 else at


class Early(RealClock):
    """A clock whose two times do not agree."""

    def now(self) -> datetime:
        """Be an hour ahead."""
        return super().now() + timedelta(hours=1)


class Abroad(RealClock):
    """A clock that shows the time of another zone."""

    def now(self) -> datetime:
        """Be in another zone."""
        return super().now().astimezone(timezone(timedelta(hours=1)))


class Clocks(ClockConformance[RealClock]):
    """The suite, for clocks of one kind."""

    kind: ClassVar[type[RealClock]] = RealClock
    patience_seconds = IMPATIENCE_SECONDS

    def make(self) -> RealClock:
        """Make one of that kind."""
        return self.kind()


BAD_CLOCKS = [
    (Unlatched, "a_wake_before_the_wait_ends_the_next_one", "comes before the wait ends it"),
    (Deaf, "a_wake_ends_the_wait_that_is_going_on", "ends the wait that is going on"),
    (Deaf, "a_deadline_that_is_past_is_not_waited_for", "is not waited for"),
    (Returning, "elapsed_time_never_goes_back", "elapsed time never goes back"),
    (Early, "a_reading_shows_both_clocks_at_once", "lies between the readings"),
    (Abroad, "a_reading_shows_both_clocks_at_once", "in UTC"),
]


@pytest.mark.parametrize(("kind", "rule", "message"), BAD_CLOCKS)
def test_a_bad_clock_fails_at_the_rule_that_it_breaks(
    kind: type[RealClock], rule: str, message: str
) -> None:
    """It fails within the patience of the suite, and does not hang."""
    suite = type("Suite", (Clocks,), {"kind": kind})()
    with pytest.raises(AssertionError, match=message):
        getattr(suite, f"test_{rule}")()


class Swallowing(Workers):
    """An executor that loses each third call."""

    def start(self, calls: Sequence[Callable[[], None]]) -> None:
        """Give away two of three."""
        self.given = getattr(self, "given", 0) + 1
        super().start(calls[:-1] if self.given % 3 == 0 else calls)


class Repeating(Workers):
    """An executor that runs calls twice."""

    def start(self, calls: Sequence[Callable[[], None]]) -> None:
        """Run each again."""
        super().start([*calls, *calls])


class InPlace:
    """An executor that runs calls where it is called."""

    def start(self, calls: Sequence[Callable[[], None]]) -> None:
        """Run them."""
        for call in calls:
            call()

    def close(self) -> None:
        """Do nothing."""


class Pooled:
    """An executor of two threads; it refuses calls after closing."""

    def __init__(self) -> None:
        """Start without threads."""
        self.pool = ThreadPoolExecutor(2)

    def start(self, calls: Sequence[Callable[[], None]]) -> None:
        """Let calls wait."""
        for call in calls:
            self.pool.submit(call)

    def close(self) -> None:
        """End, and wait for what is going on."""
        self.pool.shutdown()


class Lingering(Workers):
    """An executor that keeps its threads."""

    def close(self) -> None:
        """Do nothing."""


class Executors(ExecutorConformance):
    """The suite, for executors of one kind."""

    kind: ClassVar[Callable[[], Executor]]
    patience_seconds = IMPATIENCE_SECONDS

    def make(self) -> Executor:
        """Make one of that kind."""
        return type(self).kind()


BAD_EXECUTORS = [
    (lambda: Swallowing("mine"), "each_call_is_run_once", "no call is swallowed"),
    (lambda: Repeating("mine"), "each_call_is_run_once", "no call is run twice"),
    (InPlace, "calls_have_threads_of_their_own_while_they_last", "run at once"),
    (Pooled, "calls_have_threads_of_their_own_while_they_last", "run at once"),
    (Pooled, "closing_waits_for_nobody_and_interrupts_nobody", "waits for no call"),
    (lambda: Lingering("mine"), "no_thread_stays_after_closing", "no thread stays"),
]


@pytest.mark.parametrize(("kind", "rule", "message"), BAD_EXECUTORS)
def test_a_bad_executor_fails_at_the_rule_that_it_breaks(
    kind: Callable[[], Executor], rule: str, message: str
) -> None:
    """Also one that would let its callers wait for ever."""
    suite = type("Suite", (Executors,), {"kind": staticmethod(kind)})()
    with pytest.raises(AssertionError, match=message):
        getattr(suite, f"test_{rule}")()


def test_a_suite_that_makes_nothing_says_what_is_missing(tmp_path: Path) -> None:
    """Each names the method to write."""
    for suite in (ClockConformance[Clock], ExecutorConformance):
        with pytest.raises(NotImplementedError, match=r"needs make\(\), which makes an? "):
            suite().make()
    with pytest.raises(NotImplementedError, match=r"needs make\(folder\)"):
        StoreConformance().make(tmp_path)
    with pytest.raises(NotImplementedError, match=r"needs open_backup\(path\)"):
        StoreConformance().open_backup(tmp_path)


SUITE = """
from duetime.adapters.stores.log import LogStore
from duetime.adapters.stores.medium import FileMedium
from duetime.adapters.testing.conformance import StoreConformance

class Shy(LogStore):
    def fates(self, name=None, **asked):
        return []

class TestShy(StoreConformance):
    def make(self, folder):
        return Shy(FileMedium(folder / "my.store"))

    def open_backup(self, path):
        return Shy(FileMedium(path))
"""


def test_pytest_collects_each_rule_once_and_tells_which_is_broken(
    pytester: pytest.Pytester,
) -> None:
    """The suite that is imported is no test of its own."""
    pytester.makepyfile(test_shy=SUITE)
    result = pytester.runpytest_inprocess()
    rules = [name for name in dir(StoreConformance) if name.startswith("test_")]
    broken = ["test_a_limit_below_one_is_refused", "test_runs_and_fates_are_those_of_the_history"]
    result.assert_outcomes(passed=len(rules) - len(broken), failed=len(broken))
    result.stdout.fnmatch_lines(
        ["E *fates are those of the records", "*expected: [[]Occurrence(name='page'*", "*found:*[]"]
    )
    told = "\n".join(line for line in result.outlines if line.startswith("FAILED"))
    assert [rule in told for rule in broken] == [True, True]
