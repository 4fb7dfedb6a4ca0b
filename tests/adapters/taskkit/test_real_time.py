"""The face on real threads: what virtual time cannot show."""

import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from duetime.adapters.taskkit import Scheduler, Task
from tests.adapters.taskkit.original import HANDLER, SCHEDULER, TASK

pytestmark = pytest.mark.realtime
PATIENCE_SECONDS = 20


class CallingTask(Task):
    """Calls a function."""

    def __init__(self, function: Callable[[], object]) -> None:
        """`function`: is the run."""
        self.function = function

    def run(self) -> None:
        """Call it."""
        self.function()


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    """Start a scheduler, and stop it at the end."""
    made = Scheduler()
    made.start()
    yield made
    made.stop()


def test_d11_tasks_that_are_added_from_many_threads_all_run(scheduler: Scheduler) -> None:
    """None is lost, and a name is on some list at any time."""
    left = threading.Semaphore(0)

    def add(who: int) -> None:
        for number in range(50):
            scheduler.addTimedAction(time.time(), CallingTask(left.release), f"{who} {number}")

    adders = [threading.Thread(target=add, args=(who,)) for who in range(4)]
    for adder in adders:
        adder.start()
    assert all(left.acquire(timeout=PATIENCE_SECONDS) for _ in range(200))
    for adder in adders:
        adder.join()


def test_the_handler_sees_the_error_after_the_next_start_is_planned() -> None:
    """On the thread of the run, which bears the name of the task."""
    told = threading.Event()
    seen: list[object] = []

    def handle() -> None:
        seen.extend([sys.exc_info()[0], made.hasScheduled("a"), made.hasRunning("a")])
        told.set()

    names: list[str] = []

    def fail() -> None:
        names.append(threading.current_thread().name)
        raise KeyError

    made = Scheduler(exceptionHandler=handle)
    made.start()
    made.addPeriodicAction(time.time(), 1000, CallingTask(fail), "a")
    assert told.wait(PATIENCE_SECONDS)
    made.stop()
    assert (seen, names) == ([KeyError, True, False], ["a"])


def test_d02_a_slow_handler_holds_up_no_run() -> None:
    """The next run of the task starts beside the handler of the one before."""
    second, runs = threading.Event(), list[int]()

    def fail_once() -> None:
        runs.append(len(runs))
        if len(runs) > 1:
            second.set()
        raise KeyError

    made = Scheduler(exceptionHandler=lambda: second.wait(PATIENCE_SECONDS))
    made.start()
    made.addPeriodicAction(time.time(), 0.05, CallingTask(fail_once), "a")
    assert second.wait(PATIENCE_SECONDS)
    made.stop()


def test_d18_stop_asks_runs_to_stop_and_waits_for_them(scheduler: Scheduler) -> None:
    """A run that looks at proceed() has ended when stop() returns."""
    begun, ended = threading.Event(), threading.Event()

    class PatientTask(Task):
        def run(self) -> None:
            begun.set()
            while self.proceed():
                threading.Event().wait(0.001)
            ended.set()

    scheduler.addTimedAction(0, PatientTask(), "a")
    assert begun.wait(PATIENCE_SECONDS)
    scheduler.stop()
    assert ended.is_set()


@pytest.mark.parametrize("daemon", [True, False])
def test_d19_the_threads_of_runs_are_daemons_as_the_scheduler_is(daemon: bool) -> None:
    """Whoever starts them."""
    seen: list[bool] = []
    done = threading.Event()

    def look() -> None:
        seen.append(threading.current_thread().daemon)
        done.set()

    made = Scheduler(daemon)
    made.addActionOnDemand(CallingTask(look), "a")
    assert made.runTaskNow("a")
    assert done.wait(PATIENCE_SECONDS)
    made.stop()
    assert seen == [daemon]


def test_d19_in_the_original_it_depends_on_who_starts_them() -> None:
    """A daemon scheduler, and a run that keeps the process alive."""
    scheduler, seen = SCHEDULER.Scheduler(daemon=True), list[bool]()
    task = TASK.Task()
    task.run = lambda: seen.append(threading.current_thread().daemon)
    scheduler.addActionOnDemand(task, "a")
    handle = scheduler.onDemand("a")
    assert scheduler.runTaskNow("a")
    handle._thread.join()
    assert seen == [False]


def test_d19_a_thread_that_cannot_be_started_stops_nobody(
    scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run waits for a thread; in the original its name is running for ever."""

    class NoThread:
        def __init__(self, *_: object) -> None:
            """Take what a thread takes."""

        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    original = SCHEDULER.Scheduler()
    original.addActionOnDemand(TASK.Task(), "a")
    monkeypatch.setattr(HANDLER, "Thread", NoThread)
    with pytest.raises(RuntimeError):
        original.runTaskNow("a")
    assert original.hasRunning("a")
    done = threading.Semaphore(0)
    monkeypatch.setattr(threading.Thread, "start", NoThread.start)
    scheduler.addTimedAction(0, CallingTask(done.release), "a")
    scheduler.addActionOnDemand(CallingTask(done.release), "b")
    monkeypatch.undo()
    assert scheduler.runTaskNow("b")
    assert all(done.acquire(timeout=PATIENCE_SECONDS) for _ in range(2))
