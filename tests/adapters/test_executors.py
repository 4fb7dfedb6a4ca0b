"""Workers: a thread of its own for each call while it lasts, and none too many."""

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from duetime.adapters import executors
from duetime.adapters.executors import Workers
from duetime.adapters.testing.conformance import ExecutorConformance
from duetime.adapters.testing.conformance.executors import Calls
from duetime.adapters.threads import Scheduler
from duetime.clocks.virtual import VirtualClock
from duetime.engine.triggers.every import Every
from tests.contracts.stage import PATIENCE_SECONDS, comes_true


class TestWorkers(ExecutorConformance):
    """What is promised of every executor."""

    def make(self) -> Workers:
        """Make workers."""
        return Workers("duetime-conformance")


@pytest.fixture
def calls() -> Iterator[Calls]:
    """Make calls; in the end, let all of them go."""
    calls = Calls(PATIENCE_SECONDS)
    yield calls
    calls.gate.set()


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Make workers, and see that all of them end."""
    workers = Workers("duetime-test")
    yield workers
    workers.close()
    for thread in threading.enumerate():
        if thread.name == "duetime-test":
            thread.join(PATIENCE_SECONDS)
    assert workers.count() == 0


def are_idle(workers: Workers, count: int) -> bool:
    """Wait until so many workers are idle; say whether they came to be."""
    return comes_true(lambda: workers._free == count)


def test_an_idle_worker_is_used_again(workers: Workers, calls: Calls) -> None:
    """One call after another needs one thread."""
    for _ in range(50):
        workers.start([calls.quick])
        assert calls.have_come(1)
        assert are_idle(workers, 1)
    assert len(set(calls.threads)) == workers.count() == 1


def test_only_missing_workers_are_made(workers: Workers, calls: Calls) -> None:
    """Two idle workers and three calls make one more thread."""
    workers.start([calls.long, calls.long])
    assert calls.have_come(2)
    calls.gate.set()
    assert are_idle(workers, 2)
    calls.gate.clear()
    workers.start([calls.long] * 3)
    assert calls.have_come(3)
    assert workers.count() == 3


def test_idle_workers_end_after_a_while(
    workers: Workers, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy hour leaves no threads behind; whoever comes later gets a new one."""
    assert executors.IDLE_SECONDS == 10
    monkeypatch.setattr(executors, "IDLE_SECONDS", 0.001)
    workers.start([calls.quick] * 10)
    assert calls.have_come(10)
    for thread in set(calls.threads):
        thread.join(PATIENCE_SECONDS)
    assert workers.count() == 0
    workers.start([calls.quick])
    assert calls.have_come(1)


def test_no_call_is_lost_to_a_worker_that_ends(
    workers: Workers, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers that give up all the time, and calls that come just then."""
    monkeypatch.setattr(executors, "IDLE_SECONDS", 1e-5)
    for _ in range(1000):
        workers.start([calls.quick, calls.quick])
        assert calls.have_come(2)


def test_calls_wait_where_no_thread_is_to_be_had(
    workers: Workers, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They run as soon as a worker becomes free, or a thread can be had again."""
    workers.start([calls.long])
    assert calls.have_come(1)

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        workers.start([calls.long, calls.long])
    assert workers.count() == 1
    calls.gate.set()
    assert calls.have_come(2)
    assert len(set(calls.threads)) == 1


def test_missing_workers_are_made_up_for(
    workers: Workers, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next start brings as many threads as are missing by then."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        workers.start([calls.long, calls.long])
    workers.start([calls.long])
    assert calls.have_come(3)
    assert len(set(calls.threads)) == 3


def test_closing_ends_the_idle_now_and_the_busy_later(workers: Workers, calls: Calls) -> None:
    """Nobody is interrupted; each thread ends after its call."""
    for call in (calls.long, calls.quick):
        workers.start([call])
        assert calls.have_come(1)
    assert are_idle(workers, 1)
    workers.close()
    busy, idle = calls.threads
    idle.join(PATIENCE_SECONDS)
    assert (idle.is_alive(), busy.is_alive(), workers.count()) == (False, True, 1)
    calls.gate.set()
    busy.join(PATIENCE_SECONDS)
    assert workers.count() == 0


class Counting(Workers):
    """Workers that count what they are told."""

    started = closed = 0

    def start(self, calls: Sequence[Callable[[], None]]) -> None:
        """Count the calls."""
        self.started += len(calls)
        super().start(calls)

    def close(self) -> None:
        """Count it."""
        self.closed += 1
        super().close()


def test_a_scheduler_lets_its_runs_happen_where_it_is_told() -> None:
    """All of them; a shutdown closes the executor."""
    clock, executor = VirtualClock("2026-01-01T00:00Z"), Counting("duetime-test")
    with Scheduler(clock, executor=executor) as scheduler:
        scheduler.add("page", Every(minutes=1), lambda: None)
        clock.advance(minutes=3)
        assert (len(scheduler.runs("page")), executor.started, executor.closed) == (3, 3, 0)
    assert executor.closed == 1
