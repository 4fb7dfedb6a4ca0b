"""The queue: what waiting tasks cost.

The agenda beside a bare heap and the standard library's sched; the cost of one wake-up with more
and more tasks waiting; the processor time of a scheduler that waits with 100,000 tasks; catching up
after a day asleep.

Run: python benchmarks/waiting.py [--entries 1000000] [--idle 60]
"""

import argparse
import gc
import heapq
import random
import sched
import time
from datetime import timedelta

from figures import machine_line, print_table, timed

from duetime import Every, Scheduler
from duetime.engine.agenda import Agenda
from duetime.engine.catchup import collect, due_after
from duetime.engine.instants import DAY, SECOND, Reading, to_instant
from duetime.engine.machine import Machine
from duetime.engine.messages import Added, RunFinished, StartRun, Ticked
from duetime.engine.tasks import Task

START = to_instant("2026-01-01T00:00Z")


def agenda_rows(entries: int) -> list[list[str]]:
    """Time adding, moving, cancelling and taking out, each a row, in ns an entry."""
    draw = random.Random(1)
    dues = [draw.randrange(10 * DAY) for _ in range(entries)]
    names = [f"task {index}" for index in range(entries)]
    few = min(entries, 2000)

    heap: list[tuple[int, int, str]] = []
    agenda, cancel = Agenda(), Agenda()
    scheduler = sched.scheduler(time.time, time.sleep)

    def push_heap() -> None:
        for due, name in zip(dues, names, strict=True):
            heapq.heappush(heap, (due, 0, name))

    def pop_heap() -> None:
        taken = [heapq.heappop(heap)[0] for _ in range(entries)]
        assert taken == sorted(dues)

    def add() -> None:
        for due, name in zip(dues, names, strict=True):
            agenda.put(name, due, 0)

    def move() -> None:
        for due, name in zip(dues, names, strict=True):
            agenda.put(name, due + 1, 0)

    def take() -> None:
        taken = [due for due, _, _ in agenda.pop_until(11 * DAY)]
        assert taken == sorted(due + 1 for due in dues)

    def drop() -> None:
        for name in names:
            cancel.drop(name)
        assert cancel.first() is None

    def cancel_sched() -> None:
        for event in events[:few]:
            scheduler.cancel(event)

    gc.disable()
    bare_push, bare_pop = timed(push_heap), timed(pop_heap)
    added, moved, taken = timed(add), timed(move), timed(take)
    for due, name in zip(dues, names, strict=True):
        cancel.put(name, due, 0)
    dropped = timed(drop)
    events = [scheduler.enterabs(due, 0, print) for due in dues[: min(entries, 100_000)]]
    by_sched = timed(cancel_sched) / few * entries
    gc.enable()

    def row(what: str, took: float, peer: str, peer_took: float) -> list[str]:
        ours, theirs = (f"{each / entries * 1e9:,.0f}" for each in (took, peer_took))
        return [what, ours, peer, theirs, f"{took / peer_took:.3g}"]

    return [
        row("add", added, "bare heap", bare_push),
        row("take out in order", taken, "bare heap", bare_pop),
        row("move", moved, "bare heap push", bare_push),
        row("cancel", dropped, "sched, 100,000 waiting", by_sched),
    ]


def wake_rows(sizes: tuple[int, ...]) -> list[list[str]]:
    """Time one wake-up, start and end of a run, with more and more tasks waiting, in µs."""
    return [[f"{size:,}", f"{wake_cost(size) * 1e6:.1f}"] for size in sizes]


def wake_cost(size: int) -> float:
    """Return the seconds that it takes to wake, start one run, end it and look at the next time."""
    machine = Machine()

    def at(seconds: float) -> Reading:
        return Reading(START + int(seconds * SECOND), int(seconds * SECOND), "benchmark")

    for index in range(size):
        task = Task(name=f"task {index}", trigger=Every(days=30))
        machine.handle(Added(at=at(0), task=task))
    machine.handle(Added(at=at(0), task=Task(name="busy", trigger=Every(seconds=1))))
    rounds = 2000

    def wake() -> None:
        for second in range(1, rounds + 1):
            (start,) = machine.handle(Ticked(at=at(second)))
            assert isinstance(start, StartRun)
            machine.handle(
                RunFinished(at=at(second), name="busy", generation=1, number=start.number)
            )
            machine.next_wakeup()

    return timed(wake) / rounds


def idle_share(seconds: float, tasks: int) -> float:
    """Return the share of a processor that a scheduler takes while all its tasks wait."""
    scheduler = Scheduler()
    for index in range(tasks):
        scheduler.add(f"task {index}", Every(days=1), _nothing)
    scheduler.start()
    time.sleep(1)
    begin = time.process_time()
    time.sleep(seconds)
    used = time.process_time() - begin
    scheduler.shutdown(timedelta(seconds=1))
    return used / seconds


def catch_up_cost() -> float:
    """Return the seconds of deciding about a day asleep, for a task of one second."""
    task, rounds = Task(name="busy", trigger=Every(seconds=1)), 2000
    trigger = task.trigger.bind(START, None)
    due = due_after(task, trigger, START)
    assert due is not None
    batch = collect(task, trigger, due, START + DAY)
    assert sum(fate.count for fate in batch.fates) + len(batch.starts) == 86_400
    return timed(lambda: [collect(task, trigger, due, START + DAY) for _ in range(rounds)]) / rounds


def _nothing() -> None:
    """Do nothing."""


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--idle", type=float, default=60)
    options = parser.parse_args()
    print(machine_line())
    head = ["", "ns each", "beside", "ns each", "ratio"]
    print_table(f"Agenda, {options.entries:,} entries", head, agenda_rows(options.entries))
    sizes = (10, 1_000, 100_000)
    print_table("One wake-up, start and end, µs", ["tasks waiting", "µs"], wake_rows(sizes))
    print(f"\nDeciding about a day asleep, task of 1 s: {catch_up_cost() * 1e6:.1f} µs")
    share = idle_share(options.idle, 100_000)
    print(f"Processor while 100,000 tasks wait, over {options.idle:.0f} s: {share:.3%}")


if __name__ == "__main__":
    main()
