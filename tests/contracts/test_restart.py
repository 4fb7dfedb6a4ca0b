"""What a process takes over from the one before it, in every shell, from every store."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from duetime.adapters.stores.log import LogStore
from duetime.adapters.stores.medium import FileMedium, MemoryMedium
from duetime.adapters.stores.sqlite import SqliteStore
from duetime.clocks.virtual import VirtualClock
from duetime.engine.catchup import Fate
from duetime.engine.history import Outcome
from duetime.engine.machine import Settings
from duetime.engine.states import Broken, Paused
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import Once, OnDemand
from tests.contracts import lifetimes
from tests.contracts.lifetimes import RAN, Lifetimes, MakeStore, note, note_word
from tests.contracts.stage import AnyShell, nothing, others, sleeper, spans, starts, threads_left

TEN_SECONDS = Every(seconds=10)
STORES = ("sqlite", "file", "memory")


def store_maker(which: str, folder: Path) -> MakeStore:
    """Return what makes a store of a kind, each time on what the one before has left."""
    medium = MemoryMedium()
    return {
        "sqlite": lambda: SqliteStore(folder / "schedule.db"),
        "file": lambda: LogStore(FileMedium(folder / "schedule.log")),
        "memory": lambda: LogStore(medium),
    }[which]


@pytest.fixture(params=STORES)
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> MakeStore:
    """Give what makes each store."""
    return store_maker(request.param, tmp_path)


@pytest.fixture
def lives(kind: type[AnyShell], clock: VirtualClock, make_store: MakeStore) -> Iterator[Lifetimes]:
    """Give the processes of a shell on a store."""
    RAN.clear()
    lives = Lifetimes(kind, clock, make_store)
    yield lives
    lives.end()
    assert threads_left() == []


# Removed


@pytest.mark.parametrize("rerun", [False, True])
def test_what_is_removed_before_anybody_declares_it_is_gone(
    lives: Lifetimes, clock: VirtualClock, rerun: bool
) -> None:
    """The process goes on without it; a run that was going is lost, or fails."""
    lives.begin().add("sweep", TEN_SECONDS, sleeper("1h"), rerun_after_crash=rerun)
    lives.go()
    clock.advance(seconds=11)
    lives.crash(seconds=2)
    shell = lives.begin()
    shell.remove("sweep")
    lives.go()
    clock.advance(seconds=60)
    assert shell.names() == []
    assert RAN == []
    expected = [Outcome.LOST, Outcome.FAILED] if rerun else [Outcome.LOST]
    assert [run.outcome for run in shell.runs("sweep")] == expected


# Declared again


def test_what_is_declared_again_goes_on_as_it_was(lives: Lifetimes, clock: VirtualClock) -> None:
    """Next due time, phase, generation and counts stay."""
    lives.begin().add("sweep", TEN_SECONDS, nothing)
    lives.go()
    clock.advance(seconds=24)
    lives.crash(seconds=1)
    shell = lives.begin()
    shell.add("sweep", TEN_SECONDS, nothing)
    lives.go()
    clock.advance(seconds=15)
    assert starts(shell, "sweep") == [10, 20, 30, 40]
    assert [run.number for run in shell.runs("sweep")] == [1, 2, 3, 4]
    assert shell.view("sweep").generation == 1
    assert shell.counts("sweep") == {Fate.STARTED: 4}


def test_what_was_before_a_restart_is_explained(lives: Lifetimes, clock: VirtualClock) -> None:
    """From the journal in the store: the run is lost, the due time after it was not looked at."""
    lives.begin().add("sweep", TEN_SECONDS, sleeper("15s"))
    lives.go()
    clock.advance(seconds=12)
    lives.crash(seconds=15)
    shell = lives.begin()
    shell.add("sweep", TEN_SECONDS, nothing)
    lives.go()
    started, late = (shell.explain("sweep", f"2026-01-01T12:00:{at}Z") for at in (10, 20))
    assert [str(run.outcome) for run in started.attempts] == ["lost"]
    assert late.fate is Fate.STARTED
    assert "the process started anew" in str(late)


def test_a_pause_outlives_the_process(lives: Lifetimes, clock: VirtualClock) -> None:
    """With its reason and its end, whatever is declared anew; its occurrences stay skipped."""
    shell = lives.begin()
    shell.add("sweep", TEN_SECONDS, nothing)
    lives.go()
    shell.disable("sweep", reason="holiday", until="2026-01-01T12:00:45Z")
    lives.crash(seconds=25)
    shell = lives.begin()
    shell.add("sweep", TEN_SECONDS, nothing, priority=3)
    state = shell.view("sweep").state
    assert isinstance(state, Paused)
    assert state.pause.reason == "holiday"
    lives.go()
    clock.advance(seconds=30)
    assert starts(shell, "sweep") == [50]
    assert sum(count for _, why, count in others(shell, "sweep") if why == "skipped disabled") == 4


def test_a_changed_trigger_is_planned_anew(lives: Lifetimes, clock: VirtualClock) -> None:
    """In a new generation; what the old one had come to be due, or had ahead, is superseded."""
    lives.begin().add("sweep", TEN_SECONDS, nothing)
    lives.go()
    clock.advance(seconds=14)
    lives.crash(seconds=20)
    shell = lives.begin()
    shell.add("sweep", Every(seconds=7), nothing)
    lives.go()
    clock.advance(seconds=14)
    assert shell.view("sweep").generation == 2
    assert starts(shell, "sweep") == [10, 35, 42]
    superseded = [each for each in others(shell, "sweep") if each[1] == "superseded"]
    assert sum(count for _, _, count in superseded) == 3


def test_other_policies_and_args_are_taken_over(lives: Lifetimes, clock: VirtualClock) -> None:
    """They hold for what is caught up with as well."""
    lives.begin().add("sweep", TEN_SECONDS, note_word, args={"word": "old"}, catch_up="none")
    lives.go()
    lives.crash(seconds=35)
    shell = lives.begin()
    shell.add("sweep", TEN_SECONDS, note_word, args={"word": "new"}, catch_up="all", window="1h")
    lives.go()
    clock.advance(seconds=5)
    assert RAN == [("new", 1, 1), ("new", 2, 1), ("new", 3, 1), ("new", 4, 1)]
    assert shell.view("sweep").task.args == {"word": "new"}


@pytest.mark.parametrize("on_conflict", ["raise", "keep", "replace"])
def test_what_is_found_is_no_conflict(lives: Lifetimes, on_conflict: str) -> None:
    """`on_conflict` is about two declarations of one process."""
    for _ in range(2):
        shell = lives.begin()
        shell.add("sweep", TEN_SECONDS, nothing, on_conflict=on_conflict)
        lives.go()
        lives.crash(seconds=1)
    assert shell.view("sweep").generation == 1


# Not declared again


def test_what_nobody_declares_runs_by_its_import_path(
    lives: Lifetimes, clock: VirtualClock
) -> None:
    """With the arguments that it was declared with, from the first occurrence on."""
    lives.begin().add("sweep", TEN_SECONDS, note_word, args={"word": "stored"})
    lives.go()
    lives.crash(seconds=14)
    lives.begin()
    lives.go()
    clock.advance(seconds=6)
    assert RAN == [("stored", 1, 1), ("stored", 2, 1)]


def test_a_task_without_a_path_shows_it_and_others_run(
    lives: Lifetimes, clock: VirtualClock
) -> None:
    """Until it is declared again."""
    shell = lives.begin()
    shell.add("nameless", TEN_SECONDS, lambda: None)
    shell.add("sweep", TEN_SECONDS, note)
    lives.go()
    lives.crash(seconds=5)
    shell = lives.begin()
    lives.go()
    clock.advance(seconds=5)
    state = shell.view("nameless").state
    assert isinstance(state, Broken)
    assert "declare the task in code again" in state.error
    assert RAN == [("sweep", 1, 1)]
    assert shell.recovery is not None
    assert shell.recovery.damaged == {"nameless": state.error}
    shell.add("nameless", TEN_SECONDS, nothing)
    clock.advance(seconds=10)
    assert starts(shell, "nameless") == [20]


def test_a_path_that_is_gone_may_come_back(
    lives: Lifetimes, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is gone, the task shows what is missing; the next process tries again."""
    lives.begin().add("sweep", TEN_SECONDS, note)
    lives.go()
    lives.crash(seconds=5)
    with monkeypatch.context() as patch:
        patch.delattr(lifetimes, "note")
        shell = lives.begin()
        lives.go()
        clock.advance(seconds=10)
        state = shell.view("sweep").state
        assert isinstance(state, Broken)
        assert "has no 'note'" in state.error
        assert RAN == []
        lives.crash()
    lives.begin()
    lives.go()
    clock.advance(seconds=10)
    assert RAN == [("sweep", 1, 1)]


def test_a_demand_before_the_start_finds_the_callable(
    lives: Lifetimes, clock: VirtualClock
) -> None:
    """A run of a task that nobody has declared yet calls what is stored, or fails."""
    shell = lives.begin()
    shell.add("stored", OnDemand(), note)
    shell.add("nameless", OnDemand(), lambda: None)
    lives.go()
    lives.crash()
    shell = lives.begin()
    shell.demand("stored")
    shell.demand("nameless")
    shell.reschedule("stored", TEN_SECONDS)
    lives.go()
    assert RAN == [("stored", 1, 1)]
    assert [run.outcome for run in shell.runs("nameless")] == [Outcome.FAILED]
    lives.crash(seconds=5)
    lives.begin()
    lives.go()
    clock.advance(seconds=5)
    assert RAN == [("stored", 1, 1), ("stored", 2, 1)]


# Runs


def test_a_run_that_was_going_is_lost(lives: Lifetimes, clock: VirtualClock) -> None:
    """It is not started again, its slot is free, and its end is when the loss was seen."""
    lives.begin().add("sweep", TEN_SECONDS, sleeper("1h"))
    lives.go()
    clock.advance(seconds=12)
    lives.crash(seconds=3)
    shell = lives.begin()
    shell.add("sweep", TEN_SECONDS, sleeper("1s"))
    lives.go()
    clock.advance(seconds=10)
    assert spans(shell, "sweep") == [(10, 15), (20, 21)]
    first, second = shell.runs("sweep")
    assert (first.outcome, second.outcome) == (Outcome.LOST, Outcome.FINISHED)
    assert second.number == 2


def test_a_run_that_may_be_repeated_is(lives: Lifetimes, clock: VirtualClock) -> None:
    """rerun_after_crash starts it again, with its number and the next attempt, once declared."""
    lives.begin().add("sweep", TEN_SECONDS, sleeper("1h"), rerun_after_crash=True)
    lives.go()
    clock.advance(seconds=12)
    lives.crash(seconds=3)
    shell = lives.begin()
    shell.add("first", OnDemand(), nothing)
    shell.add("sweep", TEN_SECONDS, note, rerun_after_crash=True)
    lives.go()
    assert RAN == [("sweep", 1, 2)]
    told = [(run.number, run.attempt, run.outcome) for run in shell.runs("sweep")]
    assert told == [(1, 1, Outcome.LOST), (1, 2, Outcome.FINISHED)]
    assert shell.counts("sweep") == {Fate.STARTED: 1}


def test_a_run_that_is_repeated_without_its_code_fails(
    lives: Lifetimes, clock: VirtualClock
) -> None:
    """It does not pass for one that went well."""
    lives.begin().add("sweep", TEN_SECONDS, sleeper("1h"), rerun_after_crash=True)
    lives.go()
    clock.advance(seconds=12)
    lives.crash()
    shell = lives.begin()
    lives.go()
    last = shell.runs("sweep")[-1]
    assert (last.attempt, last.outcome) == (2, Outcome.FAILED)
    assert "declare the task in code again" in last.error


def test_a_retry_that_was_waited_for_comes(lives: Lifetimes, clock: VirtualClock) -> None:
    """At its time, or at once where that has passed."""

    def fail() -> None:
        raise RuntimeError("not yet")

    def declare(function: Callable[..., object]) -> None:
        shell = lives.begin()
        shell.add("late", Once("2026-01-01T12:00:01Z"), function, retry="retry(2, 5s)")
        shell.add("soon", Once("2026-01-01T12:00:01Z"), function, retry="retry(2, 15s)")
        lives.go()

    declare(fail)
    clock.advance(seconds=2)
    lives.crash(seconds=10)
    declare(note)
    assert RAN == [("late", 1, 2)]
    clock.advance(seconds=4)
    assert RAN == [("late", 1, 2), ("soon", 1, 2)]


def test_what_waited_for_a_run_starts_when_it_is_lost(
    lives: Lifetimes, clock: VirtualClock
) -> None:
    """The buffered occurrence takes the slot; none of those that waited is forgotten."""
    lives.begin().add("sweep", TEN_SECONDS, sleeper("1h"), overlap="buffer_all")
    lives.go()
    clock.advance(seconds=32)
    lives.crash()
    shell = lives.begin()
    shell.add("sweep", TEN_SECONDS, note, overlap="buffer_all")
    lives.go()
    assert RAN == [("sweep", 2, 1), ("sweep", 3, 1)]
    assert shell.counts("sweep") == {Fate.STARTED: 3}


@pytest.mark.parametrize("most", [1, None])
def test_what_waited_for_a_slot_starts(
    lives: Lifetimes, clock: VirtualClock, most: int | None
) -> None:
    """Also where today's settings limit the slots no more."""
    shell = lives.begin(Settings(max_running=1))
    shell.add("a", TEN_SECONDS, sleeper("1h"), priority=-1)
    shell.add("b", TEN_SECONDS, sleeper("1h"))
    lives.go()
    clock.advance(seconds=12)
    lives.crash()
    shell = lives.begin(Settings(max_running=most))
    shell.add("a", TEN_SECONDS, note)
    shell.add("b", TEN_SECONDS, note)
    lives.go()
    assert RAN == [("b", 1, 1)]


def test_a_delay_after_each_run_goes_on(lives: Lifetimes, clock: VirtualClock) -> None:
    """A run that is lost counts as one that has ended."""
    lives.begin().add("poll", AfterFinish(seconds=10), sleeper("1h"))
    lives.go()
    clock.advance(seconds=12)
    lives.crash(seconds=3)
    shell = lives.begin()
    shell.add("poll", AfterFinish(seconds=10), sleeper("1s"))
    lives.go()
    clock.advance(seconds=11)
    assert starts(shell, "poll") == [10, 25]


# Occurrences meanwhile


@pytest.mark.parametrize(
    ("catch_up", "started", "merged", "missed"),
    [
        ("none", [40], 0, 3),
        ("latest", [35, 40], 2, 0),
        ("earliest", [35, 40], 2, 0),
        ("all", [35, 35, 35, 40], 0, 0),
        ("last(2)", [35, 35, 40], 1, 0),
    ],
)
def test_what_was_missed_is_made_up_for_by_policy(
    lives: Lifetimes,
    clock: VirtualClock,
    catch_up: str,
    started: list[float],
    merged: int,
    missed: int,
) -> None:
    """Every due time of the outage has one fate."""
    shell = lives.begin()
    shell.add("sweep", TEN_SECONDS, nothing, catch_up=catch_up, window="1h")
    lives.go()
    lives.crash(seconds=35)
    shell = lives.begin()
    shell.add("sweep", TEN_SECONDS, nothing, catch_up=catch_up, window="1h")
    lives.go()
    clock.advance(seconds=5)
    assert starts(shell, "sweep") == started
    counts = shell.counts("sweep")
    assert (counts.get(Fate.MERGED, 0), counts.get(Fate.MISSED, 0)) == (merged, missed)
    assert sum(counts.values()) == 4


def test_what_was_found_is_told(
    lives: Lifetimes, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """As a record, as text, and in the log."""
    shell = lives.begin()
    assert str(shell.recovery) == "0 task(s) taken over"
    shell.add("busy", TEN_SECONDS, sleeper("1h"))
    shell.add("again", TEN_SECONDS, sleeper("1h"), rerun_after_crash=True)
    shell.add("quick", TEN_SECONDS, lambda: None)
    lives.go()
    clock.advance(seconds=12)
    lives.crash(seconds=23)
    shell = lives.begin()
    shell.add("busy", TEN_SECONDS, nothing)
    shell.add("again", TEN_SECONDS, sleeper("1h"), rerun_after_crash=True)
    with caplog.at_level(logging.INFO, "duetime.adapters.heir"):
        lives.go()
    found = str(shell.recovery)
    first, second = found.splitlines()
    assert first == (
        "3 task(s) taken over, 2 run(s) lost, 1 of them started again, "
        "1 due time(s) caught up with, 2 merged, 1 skipped"
    )
    assert second.startswith("task 'quick': its callable: it has no import path")
    assert found in caplog.text


# For good


def test_what_was_removed_stays_away(lives: Lifetimes, clock: VirtualClock) -> None:
    """Also where a run of it was still going."""
    shell = lives.begin()
    shell.add("idle", TEN_SECONDS, note)
    shell.add("busy", TEN_SECONDS, sleeper("1h"))
    lives.go()
    clock.advance(seconds=12)
    shell.remove("idle")
    shell.remove("busy")
    lives.crash(seconds=30)
    shell = lives.begin()
    lives.go()
    clock.advance(seconds=30)
    assert shell.names() == []
    assert RAN == [("idle", 1, 1)]
    assert shell.runs("busy")[0].outcome is Outcome.LOST


def test_numbers_and_generations_are_never_used_again(
    lives: Lifetimes, clock: VirtualClock
) -> None:
    """The same name added again, in the next process, is a new generation with higher numbers."""
    shell = lives.begin()
    shell.add("sweep", TEN_SECONDS, nothing)
    lives.go()
    clock.advance(seconds=20)
    shell.remove("sweep")
    lives.crash()
    shell = lives.begin()
    shell.add("sweep", TEN_SECONDS, nothing)
    lives.go()
    clock.advance(seconds=10)
    found = [(run.generation, run.number) for run in shell.runs("sweep")]
    assert found == [(1, 1), (1, 2), (2, 3)]


def test_books_of_before_are_there(lives: Lifetimes, clock: VirtualClock) -> None:
    """Runs and fates, started ones and others, also after the shutdown."""
    for _ in range(2):
        shell = lives.begin()
        shell.add("sweep", TEN_SECONDS, sleeper("15s"))
        lives.go()
        clock.advance(seconds=30)
        shell.shutdown()
        found = [(each.fate, each.number) for each in shell.fates("sweep")]
    started, skipped = Fate.STARTED, Fate.SKIPPED
    assert found[:3] == [(started, 1), (skipped, None), (started, 2)]
    assert [run.number for run in shell.runs("sweep")] == [1, 2, 3, 4]


def test_a_restart_and_another_are_one(lives: Lifetimes, clock: VirtualClock) -> None:
    """Whoever restarts twice finds what one restart finds."""
    shell = lives.begin()
    shell.add("busy", TEN_SECONDS, sleeper("1h"))
    shell.add("sweep", TEN_SECONDS, note)
    lives.go()
    clock.advance(seconds=12)
    lives.crash()
    views = []
    for _ in range(2):
        shell = lives.begin()
        views.append([shell.view(name) for name in shell.names()])
        lives.crash()
    assert views[0] == views[1]
