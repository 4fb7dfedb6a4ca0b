"""The shell on real threads: which thread does what, how many there are, and how it wakes."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from duetime.adapters.calls import RunHandle
from duetime.adapters.journals import replay
from duetime.adapters.threads import Scheduler
from duetime.clocks.base import Waker
from duetime.clocks.virtual import VirtualClock
from duetime.engine.history import Outcome
from duetime.engine.instants import HOUR, SECOND, Instant, to_instant
from duetime.engine.journal import Journal
from duetime.engine.messages import Effect, Input, RunFinished, StartRun, Ticked
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import (
    PATIENCE_SECONDS,
    START,
    assert_replays,
    comes_true,
    nothing,
    sleeper,
    spans,
    starts,
    threads_left,
)

TEN_SECONDS = Every(seconds=10)
NOON = to_instant(START)


@pytest.fixture
def clock() -> VirtualClock:
    """Make a clock that shows `START`."""
    return VirtualClock(START)


@pytest.fixture
def scheduler(clock: VirtualClock) -> Iterator[Scheduler]:
    """Give a scheduler that has been started; in the end, see that its threads are gone."""
    with Scheduler(clock) as scheduler:
        yield scheduler
    assert threads_left() == []


# Which thread does what


def test_each_run_has_its_own_thread_while_it_lasts(
    scheduler: Scheduler, clock: VirtualClock
) -> None:
    """Runs that go on at the same time are on different threads, and none on the scheduler's."""
    threads: list[threading.Thread] = []
    together = threading.Barrier(4)

    def work() -> None:
        threads.append(threading.current_thread())
        together.wait(PATIENCE_SECONDS)

    for name in "abc":
        scheduler.add(name, TEN_SECONDS, work)
    scheduler.add("d", TEN_SECONDS, work)
    clock.advance(seconds=10)
    assert len(set(threads)) == 4
    assert {thread.name for thread in threads} == {"duetime-run"}
    assert threading.current_thread() not in threads


def test_idle_workers_are_used_again(scheduler: Scheduler, clock: VirtualClock) -> None:
    """A hundred runs one after another need hardly more than one thread."""
    threads: set[threading.Thread] = set()
    scheduler.add("a", TEN_SECONDS, lambda: threads.add(threading.current_thread()))
    clock.advance(seconds=1000)
    assert len(starts(scheduler, "a")) == 100
    assert len(threads) <= 3


def test_there_is_no_thread_for_a_task(clock: VirtualClock) -> None:
    """A thousand tasks that wait need the scheduler's thread only."""
    before = threading.active_count()
    with Scheduler(clock) as scheduler:
        for number in range(1000):
            scheduler.add(f"task {number}", TEN_SECONDS, nothing)
        clock.advance(seconds=9)
        assert threading.active_count() == before + 1
    assert threads_left() == []
    assert threading.active_count() == before


def test_no_code_of_the_user_runs_on_the_schedulers_thread(
    scheduler: Scheduler, clock: VirtualClock
) -> None:
    """Whatever starts a run: a due time, a verb, the end of another run."""
    names: set[str] = set()

    def work(run: RunHandle) -> None:
        names.add(threading.current_thread().name)
        run.sleep("12s")

    scheduler.add("a", TEN_SECONDS, work, overlap="buffer_all")
    scheduler.run_now("a")
    scheduler.demand("a")
    clock.advance(minutes=1)
    assert len(scheduler.runs("a")) > 4
    assert names == {"duetime-run"}


def test_threads_can_be_such_that_the_process_waits_for_them(clock: VirtualClock) -> None:
    """Usually it does not: a run that hangs keeps no process alive."""
    for daemon in (True, False):
        kinds: list[bool] = []
        with Scheduler(clock, daemon=daemon) as scheduler:
            scheduler.add("a", OnDemand(), lambda kinds=kinds: kinds.append(is_daemon()))
            scheduler.demand("a")
            clock.settle()
            kinds += [each.daemon for each in threading.enumerate() if each.name == "duetime"]
        assert kinds == [daemon, daemon]


def is_daemon() -> bool:
    """Return whether the process would wait for the present thread."""
    return threading.current_thread().daemon


def test_a_scheduler_that_gets_no_thread_can_be_started_later(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error goes to whoever starts it, and nothing has changed."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    scheduler = Scheduler(clock)
    scheduler.add("a", TEN_SECONDS, nothing)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="new thread"):
            scheduler.start()
    assert not scheduler.health().started
    clock.advance(seconds=5)
    with scheduler:
        clock.advance(seconds=5)
    assert starts(scheduler, "a") == [10]


# Waking


@dataclass(frozen=True, slots=True)
class Rare(Trigger):
    """An instant, and another a day later; all of them note what they are asked."""

    at: Instant
    asked: ClassVar[list[Instant]] = []

    def next_after(self, after: Instant) -> Instant | None:
        """Return an instant that counts."""
        self.asked.append(after)
        return next((Counted(at) for at in (self.at, self.at + 24 * HOUR) if at > after), None)


class Counted(int):
    """An instant that counts how often it is compared."""

    compared = 0

    def __lt__(self, other: int) -> bool:
        """Count."""
        Counted.compared += 1
        return int(self) < other

    def __eq__(self, other: object) -> bool:
        """Count."""
        Counted.compared += 1
        return int(self) == other

    __hash__ = int.__hash__


class NotingClock(VirtualClock):
    """A virtual clock that notes until when it is waited for."""

    def __init__(self) -> None:
        """Start at `START`."""
        super().__init__(START)
        self.waits: list[float | None] = []

    def wait(self, waker: Waker, until_mono: int | None) -> None:
        """Note, and wait."""
        self.waits.append(None if until_mono is None else until_mono / SECOND)
        super().wait(waker, until_mono)


@pytest.mark.slow
def test_whoever_waits_costs_nothing_when_another_one_is_due() -> None:
    """Of 100,000 waiting tasks one is due: it starts, and nobody looks at the others."""
    clock, journal = NotingClock(), Journal()
    scheduler = Scheduler(clock, journal=journal)
    for number in range(100_000):
        scheduler.add(f"task {number}", Rare(NOON + 2 * HOUR + number), nothing)
    scheduler.add("first", Rare(NOON + HOUR), nothing)
    with scheduler:
        clock.settle()
        before = len(journal.records)
        clock.waits.clear()
        Rare.asked.clear()
        Counted.compared = 0
        clock.advance(hours=1)
        assert [type(record.input) for record in journal.records[before:]] == [Ticked, RunFinished]
        assert len(Rare.asked) <= 2
        assert Counted.compared <= 150
        assert len(clock.waits) <= 3
    assert starts(scheduler, "first") == [3600]


def test_whatever_brings_a_due_time_forward_shortens_the_wait() -> None:
    """The scheduler's thread never sleeps past a due time: its wait ends at the earliest of all."""
    clock = NotingClock()
    with Scheduler(clock) as scheduler:
        verbs = [
            lambda: None,
            lambda: scheduler.add("hourly", Every(hours=1), nothing),
            lambda: scheduler.add("minutely", Every(minutes=1), nothing),
            lambda: scheduler.add("daily", Every(days=1), nothing),
            lambda: scheduler.reschedule("hourly", Every(seconds=30)),
            lambda: scheduler.disable("daily", until="2026-01-01T12:00:20Z"),
            lambda: scheduler.add("often", Every(seconds=1), nothing),
            lambda: scheduler.remove("often"),
        ]
        seen = []
        for verb in verbs:
            verb()
            clock.settle()
            seen.append(clock.waits[-1])
    assert seen == [None, 3600, 60, 60, 30, 20, 1, 1]


def test_a_wait_that_was_in_vain_is_not_repeated() -> None:
    """A due time that was taken back costs one look, and the next wait is the right one."""
    clock = NotingClock()
    with Scheduler(clock) as scheduler:
        scheduler.add("hourly", Every(hours=1), nothing)
        scheduler.add("often", Every(seconds=1), nothing)
        scheduler.remove("often")
        clock.advance(minutes=30)
        assert clock.waits[-1] == 3600
        assert len(clock.waits) <= 5


# Errors of its own


class FullDisk(Journal):
    """A journal that cannot write the first `Ticked`."""

    def __init__(self) -> None:
        """Be full."""
        super().__init__()
        self.full = True

    def append(self, input_: Input, effects: tuple[Effect, ...]) -> None:
        """Fail, once."""
        if self.full and isinstance(input_, Ticked):
            self.full = False
            raise OSError("no space left on device")
        super().append(input_, effects)


def test_the_scheduler_survives_an_error_of_its_own(
    clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and other tasks go on after a pause."""
    with Scheduler(clock, journal=FullDisk()) as scheduler:
        scheduler.add("a", TEN_SECONDS, nothing)
        scheduler.add("b", Every(seconds=15), nothing)
        clock.advance(seconds=35)
        assert starts(scheduler, "b") == [15, 30]
    assert "goes on after an error of its own" in caplog.text


# The end


def test_runs_that_do_not_stop_are_reported(
    scheduler: Scheduler, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """With name and number, in the log as well; their ends are taken in when they come."""
    gate = threading.Event()
    for name in "ab":
        scheduler.add(name, OnDemand(), lambda: bool(gate.wait(PATIENCE_SECONDS)))
        scheduler.demand(name)
    scheduler.add("polite", OnDemand(), sleeper("1h"))
    scheduler.demand("polite")
    report = scheduler.shutdown(timedelta(0))
    stubborn = [run for run in report.still_running if run.name != "polite"]
    assert [(run.name, run.number, run.ended) for run in stubborn] == [
        ("a", 1, None),
        ("b", 1, None),
    ]
    assert not report.ok
    warnings = [each.message for each in caplog.records if each.levelno == logging.WARNING]
    assert "run 1 of task 'a' did not stop in time" in warnings
    gate.set()
    assert scheduler.shutdown().ok
    assert [scheduler.runs(name)[0].outcome for name in "ab"] == [Outcome.FINISHED] * 2


def test_a_run_that_was_decided_but_not_begun_is_lost(clock: VirtualClock) -> None:
    """A shutdown that comes between leaves no run without an end."""
    journal = Journal()
    scheduler = Scheduler(clock, journal=journal)
    scheduler.add("a", OnDemand(), nothing)
    begin = scheduler._after

    def shut_down_first(effects: tuple[Effect, ...]) -> None:
        scheduler._after = begin  # type: ignore[method-assign]  # a thread that comes between
        if any(isinstance(effect, StartRun) for effect in effects):
            scheduler.shutdown(timedelta(0))
        begin(effects)

    scheduler._after = shut_down_first  # type: ignore[method-assign]
    assert scheduler.run_now("a")
    assert [run.outcome for run in scheduler.runs("a")] == [Outcome.LOST]
    assert scheduler.shutdown().ok
    assert_replays(scheduler, journal)


def test_an_end_just_before_a_shutdown_is_taken_in(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the scheduler's thread has just looked for ends, and will not look again."""
    scheduler, gate, looked = Scheduler(clock), threading.Event(), threading.Event()
    look = scheduler._take_ends
    monkeypatch.setattr(scheduler, "_take_ends", lambda: (look(), looked.set()))
    scheduler.add("a", OnDemand(), lambda: bool(gate.wait(PATIENCE_SECONDS)))
    scheduler.start()
    scheduler.demand("a")
    with scheduler.together():
        looked.clear()
        scheduler._waker.wake()
        assert looked.wait(PATIENCE_SECONDS)
        gate.set()
        assert comes_true(lambda: scheduler._ended)
        scheduler._stop_all()
    assert scheduler.shutdown(timedelta(seconds=PATIENCE_SECONDS)).ok
    assert threads_left() == []


def test_a_stop_and_the_beginning_of_a_sleep_may_meet() -> None:
    """A run that is just about to sleep does not sleep through the request."""
    with Scheduler() as scheduler:
        for _ in range(300):
            begun = threading.Event()

            def work(run: RunHandle, begun: threading.Event = begun) -> None:
                begun.set()
                run.sleep("1h")

            scheduler.add("a", OnDemand(), work, overlap="allow(2)")
            scheduler.demand("a")
            begun.wait(PATIENCE_SECONDS)
            scheduler.stop("a")
        assert comes_true(lambda: scheduler.health().running == 0)


def test_only_the_last_thousand_runs_are_kept(scheduler: Scheduler, clock: VirtualClock) -> None:
    """A scheduler that is up for years does not grow."""
    scheduler.add("a", Every(seconds=1), nothing)
    clock.advance(seconds=1100)
    assert [run.number for run in scheduler.runs("a")] == list(range(101, 1101))
    assert scheduler.counts("a") == {"started": 1100}


# In real time


@pytest.mark.realtime
def test_p54_what_ran_in_real_time_replays_in_virtual_time(tmp_path: Path) -> None:
    """The journal of real threads on the real clock gives the same decisions and the same story."""
    path, calls = tmp_path / "journal.jsonl", threading.Semaphore(0)
    with Scheduler(journal=path) as scheduler:
        scheduler.add("quick", Every(seconds=0.01), calls.release)
        scheduler.add("failing", Every(seconds=0.015), lambda: 1 / 0)
        scheduler.add("sleeping", Every(seconds=0.02), sleeper("50ms"), overlap="buffer_one")
        for _ in range(50):
            assert calls.acquire(timeout=PATIENCE_SECONDS)
            scheduler.demand("failing")
        scheduler.disable("quick")
        scheduler.stop("sleeping")
    assert_replays(scheduler, path)
    assert replay(path).records > 150
    assert all((end or 0) >= start for start, end in spans(scheduler, "sleeping"))
    assert all(run.started >= run.planned for run in scheduler.runs("quick"))
