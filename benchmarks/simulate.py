"""Offline simulation: a year of fates, ten years of occurrences, and many seeds, beside the peers.

- 100 tasks for a year, every due time with its fate, beside SimPy processes that count.
- 1,000 mixed schedules for ten years, as arrays and merged in order of time; cron expressions of
  them beside cronsim, croniter and APScheduler, for a month.
- 1,000 simulations with drawn lengths of runs, in processes, beside SimPy doing the same.
- `duetime next` from a cold start, beside `python -c pass`.

Run: python benchmarks/simulate.py [--years 10] [--rounds 3] [--seeds 1000] [--processes 2]
"""

import argparse
import random
import statistics
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import takewhile
from pathlib import Path

import simpy
from apscheduler.triggers.cron import CronTrigger
from croniter import croniter
from cronsim import CronSim
from figures import machine_line, median_rates, print_table, timed
from replay import DAILY_AT, PERIODS, START, with_simpy

from duetime import Cron, Daily, Every, Monthly, Weekly
from duetime.adapters.declare import read_task
from duetime.adapters.offline.arrays import instant_array, merged_arrays
from duetime.adapters.offline.many import simulate_many
from duetime.adapters.offline.simulating import simulate_plan
from duetime.adapters.plans import Plan, PlannedTask
from duetime.engine.instants import DAY, to_instant
from duetime.engine.preview import merged
from duetime.engine.triggers.base import Trigger

BEGIN = to_instant(START)
LASTS_SECONDS = 30
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo")
CRON_DAYS = 30
DRAWN_DAYS = 7
DRAWN_TASKS = 10


def planned(name: str, trigger: Trigger, takes: str) -> PlannedTask:
    """Make a task of a plan."""
    return PlannedTask(task=read_task(name, trigger), takes=takes)


def hundred() -> Plan:
    """Return the plan of a hundred tasks, whose runs take half a minute each."""
    takes = f"{LASTS_SECONDS}s"
    tasks = [planned(f"every-{i}", Every(seconds=each), takes) for i, each in enumerate(PERIODS)]
    for i, at in enumerate(DAILY_AT):
        text = f"{at // 3600:02d}:{at % 3600 // 60:02d}"
        tasks.append(planned(f"daily-{i}", Daily(text, tz="UTC"), takes))
    return Plan(path=Path("hundred.toml"), tasks=tuple(tasks))


def year_with_duetime(days: int) -> int:
    """Simulate the hundred tasks in columns; count the runs that started."""
    windows = simulate_plan(hundred(), BEGIN, BEGIN + days * DAY)
    return sum(len(runs) for window in windows for runs in window.runs.values())


def mixed(count: int) -> dict[str, Trigger]:
    """Return schedules of many kinds, the same each time."""
    draw = random.Random(1)
    return {f"task-{number}": schedule(number % 8, draw) for number in range(count)}


def schedule(kind: int, draw: random.Random) -> Trigger:
    """Draw a schedule of a kind."""
    hour, minute, tz = draw.randrange(24), draw.randrange(60), draw.choice(ZONES)
    at = f"{hour:02}:{minute:02}"
    if kind < 2:
        return Every(minutes=draw.choice((45, 60, 90, 120, 180, 240, 360, 720)), anchor=START)
    if kind < 5:
        hours, days = (("*", "*"), (str(hour), "1-5"), ("*/2", "*"))[kind - 2]
        minutes = f"*/{draw.choice((20, 30))}" if kind == 2 else str(minute)
        return Cron(f"{minutes} {hours} * * {days}", tz=tz)
    if kind == 5:
        return Daily(at, tz=tz)
    return Weekly(["mon", "thu"], at, tz=tz) if kind == 6 else Monthly([1, -1], at, tz=tz)


def generated(schedules: dict[str, Trigger], days: int) -> int:
    """Count the occurrences of all schedules, as arrays."""
    until = BEGIN + days * DAY
    return sum(len(instant_array(each, BEGIN, until)) for each in schedules.values())


def merged_with_numpy(schedules: dict[str, Trigger], days: int) -> int:
    """Count them in order of time, as arrays."""
    return sum(len(times) for times, _ in merged_arrays(schedules, BEGIN, BEGIN + days * DAY))


def merged_without(schedules: dict[str, Trigger], days: int) -> int:
    """Count them in order of time, one by one."""
    return sum(1 for _ in merged(schedules, after=BEGIN, until=BEGIN + days * DAY))


def crons(schedules: dict[str, Trigger]) -> list[str]:
    """Return the cron expressions of the schedules in UTC."""
    return [each.expression for each in schedules.values() if isinstance(each, Cron)]


def crons_with_duetime(expressions: list[str], days: int) -> int:
    """Count the occurrences of cron expressions as arrays."""
    until = BEGIN + days * DAY
    return sum(len(instant_array(Cron(each), BEGIN, until)) for each in expressions)


def count_until(times: Iterator[datetime], end: datetime) -> int:
    """Count times up to an end."""
    return sum(1 for _ in takewhile(lambda at: at <= end, times))


def crons_with_cronsim(expressions: list[str], days: int) -> int:
    """Do so with cronsim."""
    end = START + timedelta(days=days)
    return sum(count_until(CronSim(each, START), end) for each in expressions)


def crons_with_croniter(expressions: list[str], days: int) -> int:
    """Do so with croniter."""
    end = START + timedelta(days=days)
    return sum(count_until(croniter(each, START).all_next(datetime), end) for each in expressions)


def crons_with_apscheduler(expressions: list[str], days: int) -> int:
    """Do so with APScheduler."""
    end = START + timedelta(days=days)

    def times(trigger: CronTrigger) -> Iterator[datetime]:
        at = START
        while True:
            at = trigger.get_next_fire_time(at, at + timedelta(microseconds=1))
            yield at

    return sum(
        count_until(times(CronTrigger.from_crontab(apscheduler_text(each), UTC)), end)
        for each in expressions
    )


def apscheduler_text(expression: str) -> str:
    """Write an expression for APScheduler, which counts weekdays from Monday."""
    return expression.replace("1-5", "mon-fri")


def drawn() -> Plan:
    """Return a plan whose runs last between half a minute and six minutes."""
    tasks = [planned(f"task-{i}", Every(minutes=5 + i), "30s..6m") for i in range(DRAWN_TASKS)]
    return Plan(path=Path("drawn.toml"), tasks=tuple(tasks))


def seeds_with_duetime(seeds: int, processes: int) -> list[int]:
    """Simulate once for each seed; return how many runs started in each."""
    plan, end = drawn(), BEGIN + DRAWN_DAYS * DAY
    samples = simulate_many(plan, BEGIN, end, range(seeds), processes=processes)
    return [sum(each.get("runs", 0) for each in sample.figures.values()) for sample in samples]


def seeds_with_simpy(seeds: int) -> list[int]:
    """SimPy in one process: due times that find a run going are skipped; counts are kept."""
    return [simpy_run(random.Random(seed)) for seed in range(seeds)]


def simpy_run(draw: random.Random) -> int:
    """Simulate once."""
    env, started = simpy.Environment(), [0]

    def run(busy: list[bool]):  # type: ignore[no-untyped-def]
        yield env.timeout(draw.uniform(30, 360))
        busy[0] = False

    def task(period: int):  # type: ignore[no-untyped-def]
        busy = [False]
        while True:
            yield env.timeout(period)
            if not busy[0]:
                busy[0] = True
                started[0] += 1
                env.process(run(busy))

    for i in range(DRAWN_TASKS):
        env.process(task((5 + i) * 60))
    env.run(until=DRAWN_DAYS * 86_400 + 0.5)
    return started[0]


def peak_mebibytes(work: Callable[[], object]) -> float:
    """Return how much memory was in use at most while something was done."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1024**2


def show_year(days: int, rounds: int) -> None:
    """Measure the hundred tasks."""
    assert year_with_duetime(10) == with_simpy(10)
    sides = {
        "duetime, all fates": lambda: year_with_duetime(days),
        "SimPy, counting": lambda: with_simpy(days),
    }
    rates = median_rates(sides, rounds=rounds)
    rows = [
        [name, f"{rate:,.0f}", f"{rate / rates['SimPy, counting']:.1f}"]
        for name, rate in rates.items()
    ]
    print_table(f"100 tasks, {days} days", ["engine", "runs/s", "× SimPy"], rows)


def show_occurrences(days: int, rounds: int) -> None:
    """Measure the thousand schedules, and the cron expressions among them."""
    schedules = mixed(1_000)
    few = mixed(50)
    assert generated(few, 400) == merged_with_numpy(few, 400) == merged_without(few, 400)
    total = generated(schedules, days)
    pure_days = min(days, 365)
    sides = {
        "arrays": lambda: generated(schedules, days),
        "arrays, merged": lambda: merged_with_numpy(schedules, days),
        f"without numpy, merged ({pure_days} days)": lambda: merged_without(schedules, pure_days),
    }
    rates = median_rates(sides, rounds=rounds)
    rows = [[name, f"{rate / 1e6:.1f}"] for name, rate in rates.items()]
    title = f"1,000 schedules, {days} days, {total:,} occurrences"
    print_table(title, ["", "million/s"], rows)
    mebibytes = [
        peak_mebibytes(partial(merged_with_numpy, schedules, years * 365)) for years in (1, 4)
    ]
    print(f"memory at most, merged: {mebibytes[0]:.0f} MiB for 1 year, {mebibytes[1]:.0f} for 4")
    expressions = crons(schedules)
    peers: dict[str, Callable[[], int]] = {
        "duetime": lambda: crons_with_duetime(expressions, CRON_DAYS),
        "cronsim": lambda: crons_with_cronsim(expressions, CRON_DAYS),
        "croniter": lambda: crons_with_croniter(expressions, CRON_DAYS),
        "APScheduler": lambda: crons_with_apscheduler(expressions, CRON_DAYS),
    }
    counts = {name: work() for name, work in peers.items()}
    assert len(set(counts.values())) == 1, counts
    rates = median_rates(peers, rounds=1)
    rows = [
        [name, f"{rate:,.0f}", f"{rates['duetime'] / rate:.0f}"] for name, rate in rates.items()
    ]
    title = f"{len(expressions)} cron expressions, {CRON_DAYS} days, {counts['duetime']:,} times"
    print_table(title, ["", "occurrences/s", "duetime is × as fast"], rows)


def show_seeds(seeds: int, processes: int) -> None:
    """Measure many simulations; the mean of what started must be the same within one percent."""
    few = 20
    ours = statistics.mean(seeds_with_duetime(few, 1))
    theirs = statistics.mean(seeds_with_simpy(few))
    assert abs(ours - theirs) < theirs / 100, (ours, theirs)
    seconds = timed(lambda: seeds_with_duetime(seeds, processes))
    peer = timed(lambda: seeds_with_simpy(seeds // 10)) * 10
    rows = [
        [f"duetime, {processes} processes", f"{seconds:.1f}", f"{peer / seconds:.2f}"],
        ["SimPy, 1 process", f"{peer:.1f}", "1.00"],
    ]
    title = f"{seeds:,} simulations of {DRAWN_TASKS} tasks, {DRAWN_DAYS} days, lengths drawn"
    print_table(title, ["", "seconds", "× SimPy"], rows)


def show_next(rounds: int) -> None:
    """Measure the command from a cold start, as a whole process."""
    commands = {
        "duetime next": [sys.executable, "-m", "duetime", "next", "0 9 * * MON-FRI"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }
    rows = []
    for name, command in commands.items():
        run = partial(subprocess.run, command, check=True, capture_output=True)
        times = [timed(run) for _ in range(rounds * 3)]
        rows.append([name, f"{statistics.median(times) * 1000:.0f}"])
    print_table("a whole process", ["", "ms"], rows)


def main() -> None:
    """Check that all sides compute the same, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=1_000)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    print(machine_line("numpy", "simpy", "cronsim", "croniter", "apscheduler"))
    show_year(365, options.rounds)
    show_occurrences(options.years * 365, options.rounds)
    show_seeds(options.seeds, options.processes)
    show_next(options.rounds)


if __name__ == "__main__":
    main()
