"""Real time: how late timers start on real threads, quiet and beside a computing thread.

A thousand timers are due within ten seconds, at the same random times for every side; lateness is
the start of the callable minus the planned time. Then five thousand timers that are due at once are
drained. The limits are loops with no rules of scheduling: `Condition.wait`, alone and with a queue
and four workers.

Run: python benchmarks/lateness.py [--timers 1000] [--seconds 10] [--drain 5000]
"""

import argparse
import heapq
import logging
import queue
import random
import sched
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import TracebackType

from apscheduler.schedulers.background import BackgroundScheduler
from figures import machine_line, percentile, print_table

from duetime import Once, Scheduler

Timers = list[tuple[float, Callable[[], None]]]
"""(due, callable), due in seconds since the epoch."""


class Side(AbstractContextManager["Side"]):
    """One scheduler under test: it is given all timers, then started, and stopped at the end."""

    def __init__(self, timers: Timers) -> None:
        """Take the timers in; nothing runs yet."""
        self.timers = sorted(timers, key=lambda timer: timer[0])

    def start(self) -> None:
        """Begin to run them."""
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self) -> None:
        """Run all timers in order, on the side's own thread."""
        raise NotImplementedError

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the end."""
        self.thread.join()


class ConditionLoop(Side):
    """The limit: one loop of Condition.wait that calls in its own thread."""

    def loop(self) -> None:
        """Wait for each timer and call it."""
        condition = threading.Condition()
        heap = [(due, index) for index, (due, _) in enumerate(self.timers)]
        heapq.heapify(heap)
        with condition:
            while heap:
                left = heap[0][0] - time.time()
                if left > 0:
                    condition.wait(left)
                else:
                    self.call(self.timers[heapq.heappop(heap)[1]][1])

    def call(self, function: Callable[[], None]) -> None:
        """Call it here."""
        function()


class ConditionAndWorkers(ConditionLoop):
    """The limit with workers: the loop hands over to four threads by a queue."""

    def start(self) -> None:
        """Start the workers as well."""
        self.calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.workers = [threading.Thread(target=self.work, daemon=True) for _ in range(4)]
        for worker in self.workers:
            worker.start()
        super().start()

    def work(self) -> None:
        """Call what comes."""
        while (function := self.calls.get()) is not None:
            function()

    def call(self, function: Callable[[], None]) -> None:
        """Hand it over."""
        self.calls.put(function)

    def __exit__(self, *error: object) -> None:
        """Let the workers end."""
        self.thread.join()
        for _ in self.workers:
            self.calls.put(None)


class StdlibSched(Side):
    """The standard library's sched, which calls in its own thread."""

    def loop(self) -> None:
        """Enter all timers and run."""
        scheduler = sched.scheduler(time.time, time.sleep)
        for due, function in self.timers:
            scheduler.enterabs(due, 0, function)
        scheduler.run()


class APScheduler(Side):
    """APScheduler 3 with its default pool of ten threads."""

    def start(self) -> None:
        """Add a job for each timer, paused, then resume."""
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self.scheduler = BackgroundScheduler(timezone=UTC)
        self.scheduler.start(paused=True)
        for due, function in self.timers:
            at = datetime.fromtimestamp(due, UTC)
            self.scheduler.add_job(function, "date", run_date=at, misfire_grace_time=None)
        self.scheduler.resume()

    def __exit__(self, *error: object) -> None:
        """Shut down."""
        self.scheduler.shutdown()


class Duetime(Side):
    """duetime's Scheduler."""

    def __init__(self, timers: Timers) -> None:
        """Declare a task for each timer."""
        super().__init__(timers)
        self.scheduler = Scheduler()
        for index, (due, function) in enumerate(self.timers):
            at = datetime.fromtimestamp(due, UTC)
            self.scheduler.add(f"timer {index}", Once(at), function, window="1h")

    def start(self) -> None:
        """Start."""
        self.scheduler.start()

    def __exit__(self, *error: object) -> None:
        """Shut down."""
        self.scheduler.shutdown()


SIDES: dict[str, type[Side]] = {
    "limit: Condition.wait": ConditionLoop,
    "limit: Condition, 4 workers": ConditionAndWorkers,
    "stdlib sched": StdlibSched,
    "APScheduler": APScheduler,
    "duetime": Duetime,
}


class Busy:
    """A thread that computes all the time."""

    def __enter__(self) -> None:
        self.stop = False
        self.thread = threading.Thread(target=self.compute, daemon=True)
        self.thread.start()

    def compute(self) -> None:
        """Count until told to stop."""
        number = 0
        while not self.stop:
            number += 1

    def __exit__(self, *error: object) -> None:
        self.stop = True
        self.thread.join()


def lateness(side: type[Side], offsets: list[float]) -> list[float]:
    """Return the lateness of each timer, in milliseconds; every timer must have run once."""
    late: list[float] = []
    done = threading.Event()
    begin = time.time() + 1.5

    def timer(due: float) -> Callable[[], None]:
        def function() -> None:
            late.append((time.time() - due) * 1000)
            if len(late) == len(offsets):
                done.set()

        return function

    with side([(begin + offset, timer(begin + offset)) for offset in offsets]) as running:
        running.start()
        assert done.wait(offsets[-1] + 60), "timers were lost"
    assert min(late) >= -0.001, "a timer was early"
    return late


def drain(side: type[Side], count: int) -> float:
    """Return the runs per second when all timers are due at once."""
    done, ran = threading.Event(), []

    def function() -> None:
        ran.append(None)
        if len(ran) == count:
            done.set()

    due = time.time() - 1
    with side([(due, function)] * count) as running:
        begin = time.perf_counter()
        running.start()
        assert done.wait(120), f"{len(ran)} of {count} timers ran"
        took = time.perf_counter() - begin
    assert len(ran) == count
    return count / took


def main() -> None:
    """Measure all sides in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timers", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--drain", type=int, default=5000)
    options = parser.parse_args()
    draw = random.Random(1)
    offsets = sorted(draw.uniform(0, options.seconds) for _ in range(options.timers))
    print(machine_line("apscheduler"))
    rows = []
    for name, side in SIDES.items():
        quiet = lateness(side, offsets)
        with Busy():
            busy = lateness(side, offsets)
        rows.append([name, *(f"{f(each):.2f}" for each in (quiet, busy) for f in MEASURES)])
    head = ["", "quiet p50", "p99", "max", "busy p50", "p99", "max"]
    print_table(f"Lateness of {options.timers} timers in {options.seconds:.0f} s, ms", head, rows)
    rates = {
        name: statistics.median(drain(side, options.drain) for _ in range(5))
        for name, side in SIDES.items()
    }
    print_table(
        f"{options.drain} timers due at once",
        ["", "runs/s", "× APScheduler"],
        [[n, f"{rate:,.0f}", f"{rate / rates['APScheduler']:.1f}"] for n, rate in rates.items()],
    )


MEASURES: tuple[Callable[[list[float]], float], ...] = (
    lambda values: percentile(values, 0.5),
    lambda values: percentile(values, 0.99),
    max,
)

if __name__ == "__main__":
    main()
