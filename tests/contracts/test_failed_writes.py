"""What cannot be kept has not happened: every shell, with a store and with a journal."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest

from duetime.adapters.simulate import Simulation
from duetime.adapters.stores.log import LogStore
from duetime.adapters.stores.medium import MemoryMedium
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import StoreError
from duetime.engine.history import Outcome
from duetime.engine.journal import Journal, JournalRecord
from duetime.engine.machine import Settings
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.lifetimes import Faulty
from tests.contracts.stage import (
    AnyShell,
    nothing,
    sleeper,
    spans,
    starts,
    threads_left,
)

TEN_SECONDS = Every(seconds=10)
VERBS: dict[str, Callable[[AnyShell], object]] = {
    "add": lambda shell: shell.add("new", TEN_SECONDS, nothing),
    "replace": lambda shell: shell.add("idle", Every(seconds=3), nothing),
    "run_now": lambda shell: shell.run_now("idle"),
    "demand": lambda shell: shell.demand("busy"),
    "stop": lambda shell: shell.stop("busy"),
    "disable": lambda shell: shell.disable("idle"),
    "enable": lambda shell: shell.enable("paused"),
    "reschedule": lambda shell: shell.reschedule("idle", Every(seconds=3)),
    "remove": lambda shell: shell.remove("busy"),
}


class FaultyJournal(Journal):
    """A journal that can fail."""

    fails = False

    def extend(self, records: Sequence[JournalRecord]) -> None:
        """Keep records, or fail."""
        if self.fails:
            raise StoreError("the disk is full")
        super().extend(records)


@pytest.fixture(params=["store", "journal"])
def keeper(request: pytest.FixtureRequest) -> Faulty | FaultyJournal:
    """Give a place to keep what was decided that can fail."""
    return Faulty(LogStore(MemoryMedium())) if request.param == "store" else FaultyJournal()


@pytest.fixture
def faulty(
    kind: type[AnyShell], clock: VirtualClock, keeper: Faulty | FaultyJournal
) -> Iterator[AnyShell]:
    """Give a shell with that, which has been started."""
    given = {"store": keeper} if isinstance(keeper, Faulty) else {"journal": keeper}
    shell = kind(clock, **given)
    shell.start()
    yield shell
    keeper.fails = False
    shell.shutdown()
    assert threads_left() == []


def begin(shell: AnyShell, clock: VirtualClock) -> None:
    """Let a shell do what is due at once."""
    shell.start()
    clock.advance(seconds=0)


def move(shell: AnyShell, clock: VirtualClock, seconds: float) -> None:
    """Let time pass; in a simulation, what goes wrong meanwhile is the mover's to see."""
    if isinstance(shell, Simulation):
        with pytest.raises(StoreError, match="the disk is full"):
            clock.advance(seconds=seconds)
    else:
        clock.advance(seconds=seconds)


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_a_verb_that_cannot_be_kept_raises_and_changes_nothing(
    faulty: AnyShell,
    clock: VirtualClock,
    keeper: Faulty | FaultyJournal,
    verb: Callable[[AnyShell], object],
) -> None:
    """Nothing of it can be seen, and it can be said again."""
    faulty.add("idle", TEN_SECONDS, nothing)
    faulty.add("paused", TEN_SECONDS, nothing)
    faulty.add("busy", OnDemand(), sleeper("5s"))
    faulty.disable("paused")
    clock.advance(seconds=4)
    faulty.demand("busy")
    before = [(faulty.view(name), faulty.runs(name)) for name in faulty.names()]
    keeper.fails = True
    with pytest.raises(StoreError, match="the disk is full"):
        verb(faulty)
    assert [(faulty.view(name), faulty.runs(name)) for name in faulty.names()] == before
    keeper.fails = False
    verb(faulty)
    clock.advance(seconds=10)
    assert len(faulty.runs("busy")) == 1 + (verb is VERBS["demand"])


def test_what_came_due_starts_once_it_can_be_kept(
    faulty: AnyShell, clock: VirtualClock, keeper: Faulty | FaultyJournal
) -> None:
    """The scheduler goes on, and nothing starts before its record is written."""
    faulty.add("a", TEN_SECONDS, sleeper("1s"))
    faulty.add("b", TEN_SECONDS, sleeper("1s"))
    keeper.fails = True
    move(faulty, clock, 11)
    assert (starts(faulty, "a"), starts(faulty, "b")) == ([], [])
    keeper.fails = False
    clock.advance(seconds=10)
    first, second = starts(faulty, "a")
    assert (10 <= first <= 13, second) == (True, 20)
    assert starts(faulty, "b") == [first, second]


def test_the_end_of_a_run_is_tried_again(
    faulty: AnyShell, clock: VirtualClock, keeper: Faulty | FaultyJournal
) -> None:
    """It is not lost, and what waits for it starts."""
    faulty.add("work", OnDemand(), sleeper("5s"))
    faulty.demand("work")
    faulty.demand("work")
    keeper.fails = True
    move(faulty, clock, 7)
    assert spans(faulty, "work") == [(0, None)]
    keeper.fails = False
    clock.advance(seconds=20)
    assert [run.outcome for run in faulty.runs("work")] == [Outcome.FINISHED] * 2


def test_a_shutdown_ends_all_the_same(
    faulty: AnyShell, clock: VirtualClock, keeper: Faulty | FaultyJournal
) -> None:
    """The run is asked to stop; that its end could not be kept is reported."""
    faulty.add("work", OnDemand(), sleeper("1h"))
    faulty.demand("work")
    clock.advance(seconds=1)
    keeper.fails = True
    report = faulty.shutdown(timedelta(seconds=0.1))
    assert [run.name for run in report.still_running] == ["work"]
    assert threads_left() == []


def test_a_start_that_cannot_be_kept_can_be_made_again(
    kind: type[AnyShell], clock: VirtualClock
) -> None:
    """What the restart has left to be done is done then."""
    medium, ran = MemoryMedium(), list[str]()
    shell = kind(clock, store=LogStore(medium))
    shell.add("work", TEN_SECONDS, nothing)
    shell.shutdown()
    clock.advance(seconds=10)
    store = Faulty(LogStore(medium))
    shell = kind(clock, store=store)
    shell.add("work", TEN_SECONDS, lambda: ran.append("work"))
    store.fails = True
    with pytest.raises(StoreError):
        begin(shell, clock)
    store.fails = False
    begin(shell, clock)
    shell.shutdown()
    assert ran == ["work"]


def test_a_shell_that_cannot_be_made_lets_go_of_its_store(
    kind: type[AnyShell], clock: VirtualClock
) -> None:
    """The next one can open it."""
    medium = MemoryMedium()
    first = kind(clock, store=LogStore(medium))
    first.add("work", OnDemand(), nothing)
    first.shutdown()
    store = Faulty(LogStore(medium))
    store.fails = True
    with pytest.raises(StoreError):
        kind(clock, store=store)
    LogStore(medium).open(Settings())


def test_an_interrupt_during_a_write_leaves_nothing(
    faulty: AnyShell, keeper: Faulty | FaultyJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Ctrl-C goes through, and what was being kept has not happened."""

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    faulty.add("work", OnDemand(), nothing)
    before = faulty.view("work")
    with monkeypatch.context() as patch:
        patch.setattr(keeper, "write" if isinstance(keeper, Faulty) else "extend", interrupt)
        with pytest.raises(KeyboardInterrupt):
            faulty.disable("work")
    assert faulty.view("work") == before
