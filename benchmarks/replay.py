"""Virtual time: events per second of the machine under Simulation, beside SimPy and others.

One hundred tasks, fifty periodic (5 to 60 minutes) and fifty daily, each with a callback that
counts. All sides run the same due times, and the counts must agree. Daily times lie in UTC, where
every side can say them.

Run: python benchmarks/replay.py [--days 365] [--rounds 3]
"""

import argparse
import heapq
import sched
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import simpy
import time_machine
from apscheduler.schedulers.base import BaseScheduler
from figures import machine_line, median_rates, print_table
from twisted.internet.task import Clock as TwistedClock

from duetime import Daily, Every, Simulation, VirtualClock
from duetime.engine.journal import Journal

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, DAY = 60, 86_400
PERIODS = [(5 + round(i * 55 / 49)) * MINUTE for i in range(50)]
DAILY_AT = [(i * 28 % 1440 + 1) * MINUTE for i in range(50)]

Plan = list[tuple[int, int]]
"""(first due time, period) of every task, in seconds after the start."""


def plan() -> Plan:
    """Return the hundred tasks."""
    return [(period, period) for period in PERIODS] + [(at, DAY) for at in DAILY_AT]


def expected(days: int) -> int:
    """Count the due times within the days, both ends included, by arithmetic."""
    end = days * DAY
    return sum((end - first) // period + 1 for first, period in plan() if first <= end)


def with_duetime(days: int, journal: bool = False) -> int:
    """Simulation: the full machine, with policies, fates, history and callbacks."""
    counter = [0]

    def count() -> None:
        counter[0] += 1

    clock = VirtualClock(START)
    with Simulation(clock, journal=Journal() if journal else None) as sim:
        for index, period in enumerate(PERIODS):
            sim.add(f"every-{index}", Every(seconds=period), count)
        for index, at in enumerate(DAILY_AT):
            text = f"{at // 3600:02d}:{at % 3600 // 60:02d}"
            sim.add(f"daily-{index}", Daily(text, tz="UTC"), count)
        clock.advance(days=days)
        assert sum(len(sim.runs(name)) for name in sim.names()[:1]) > 0
    return counter[0]


def with_simpy(days: int) -> int:
    """SimPy: one process for each task; no rules of scheduling."""
    counter = [0]
    env = simpy.Environment()

    def process(first: int, period: int):  # type: ignore[no-untyped-def]
        yield env.timeout(first)
        while True:
            counter[0] += 1
            yield env.timeout(period)

    for first, period in plan():
        env.process(process(first, period))
    env.run(until=days * DAY + 0.5)
    return counter[0]


def with_sched(days: int) -> int:
    """The standard library's sched on a clock that jumps."""
    counter, now, end = [0], [0.0], days * DAY

    def sleep(seconds: float) -> None:
        now[0] += seconds

    scheduler = sched.scheduler(lambda: now[0], sleep)

    def fire(at: int, period: int) -> None:
        counter[0] += 1
        if at + period <= end:
            scheduler.enterabs(at + period, 0, fire, (at + period, period))

    for first, period in plan():
        scheduler.enterabs(first, 0, fire, (first, period))
    scheduler.run()
    return counter[0]


def with_twisted(days: int) -> int:
    """Twisted's Clock, advanced from one due time to the next, since it jumps past them."""
    counter, clock, end = [0], TwistedClock(), days * DAY

    def fire(at: int, period: int) -> None:
        counter[0] += 1
        if at + period <= end:
            clock.callLater(at + period - clock.seconds(), fire, at + period, period)

    for first, period in plan():
        clock.callLater(first, fire, first, period)
    while clock.calls:
        clock.advance(clock.calls[0].getTime() - clock.seconds())
    return counter[0]


class _Stepped(BaseScheduler):  # type: ignore[misc]
    """APScheduler without a loop of its own."""

    def wakeup(self) -> None:
        """Do nothing: the benchmark steps it."""

    def shutdown(self, wait: bool = True) -> None:
        """Shut down."""
        super().shutdown(wait)


def with_apscheduler(days: int) -> int:
    """APScheduler 3 with the clock moved by time-machine, its runs inline."""
    from apscheduler.executors.debug import DebugExecutor

    counter = [0]

    def count() -> None:
        counter[0] += 1

    end = START + timedelta(days=days)
    with time_machine.travel(START, tick=False) as traveller:
        scheduler = _Stepped(timezone=UTC, executors={"default": DebugExecutor()})
        for first, period in plan():
            scheduler.add_job(
                count,
                "interval",
                seconds=period,
                start_date=START + timedelta(seconds=first),
                misfire_grace_time=None,
            )
        scheduler.start()
        due = [START + timedelta(seconds=first) for first, _ in plan()]
        heapq.heapify(due)
        while (wait := scheduler._process_jobs()) is not None:
            now = datetime.now(UTC) + timedelta(seconds=wait)
            if now > end:
                break
            traveller.move_to(now)
        scheduler.shutdown()
    return counter[0]


def main() -> None:
    """Check that all sides count the same, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    few, days = 2, options.days
    sides: dict[str, Callable[[int], int]] = {
        "duetime Simulation": with_duetime,
        "duetime, journal in memory": lambda days: with_duetime(days, journal=True),
        "SimPy processes": with_simpy,
        "stdlib sched": with_sched,
        "Twisted Clock": with_twisted,
        "APScheduler + time-machine": with_apscheduler,
    }
    for name, side in sides.items():
        assert side(few) == expected(few), f"{name}: {side(few)} runs, {expected(few)} expected"
    slow = {"Twisted Clock": 10, "APScheduler + time-machine": 20}
    rates = median_rates(
        {name: (lambda s=side, n=name: s(days // slow.get(n, 1))) for name, side in sides.items()},
        rounds=options.rounds,
    )
    base = rates["SimPy processes"]
    print(machine_line("simpy", "twisted", "apscheduler", "time-machine"))
    print_table(
        f"{expected(days):,} runs of 100 tasks in {days} days, median of {options.rounds}",
        ["engine", "runs/s", "× SimPy"],
        [[name, f"{rate:,.0f}", f"{rate / base:.2f}"] for name, rate in rates.items()],
    )


if __name__ == "__main__":
    main()
