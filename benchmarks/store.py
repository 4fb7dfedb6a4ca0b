"""Stores: adds, decided and durable runs, restart and size, beside bare sqlite3 and APScheduler.

A run is two decisions, each written before it is carried out: it starts, and it has ended. The bare
sqlite3 writes the very same rows in the same transactions, without deciding, encoding or checking
anything; what the two have stored is compared. A second bare side updates one row for each run,
which is the least that a scheduler can do. APScheduler 3 keeps its tasks, and no runs, by
SQLAlchemy in an SQLite file with its default settings. Disks differ and others use them: only
ratios of one run of this script mean anything.

Run: python benchmarks/store.py [--runs 2000] [--rounds 3] [--tasks 10000 100000]
     [--records 1000000] [--folder PATH]
"""

import argparse
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine
from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.base import BaseScheduler
from figures import machine_line, print_table

from duetime import Every, Simulation
from duetime.adapters.restart import machine_of
from duetime.adapters.stores.base import Batch, Definition
from duetime.adapters.stores.schema import connect, make_database, reading, transaction
from duetime.adapters.stores.sqlite import SqliteStore
from duetime.engine.instants import SECOND, Reading, to_instant
from duetime.engine.journal import JournalRecord
from duetime.engine.machine import Settings
from duetime.engine.messages import Added, Input, RunFinished, StartRun, Ticked
from duetime.engine.tasks import Task

START = datetime(2026, 1, 1, tzinfo=UTC)
BEGIN = to_instant(START)
LEVELS = ("normal", "full")
TOGETHER = 100
"""So many runs are written in one commit, where they arrive together."""
FEW = 100
"""So many tasks take turns in running."""


def nothing() -> None:
    """Be a run that ends at once."""


class Kept:
    """A machine and its store, without a shell."""

    def __init__(self, path: Path, level: str) -> None:
        """Open the store."""
        self.store = SqliteStore(path, synchronous=level)
        self.machine = machine_of(self.store.open(Settings()), None)

    def say(self, *inputs: Input) -> list[JournalRecord]:
        """Decide, and write it as one batch."""
        roster, machine = self.machine.roster, self.machine
        roster.keep_undo()
        records = [JournalRecord(each, machine.handle(each)) for each in inputs]
        changes = roster.changes()
        self.store.write(
            Batch(
                records=tuple(records),
                definitions={
                    each.task.name: Definition(task=each.task, call="benchmarks:nothing")
                    for each in inputs
                    if isinstance(each, Added)
                },
                states=changes.entries,
                retired=changes.retired,
                last=roster.time.now,
                lead=roster.time.lead,
                shift=roster.time.shift,
                snapshot=machine.snapshot,
            )
        )
        return records


def at(seconds: int) -> Reading:
    """Look at the clock so long after the start."""
    return Reading(BEGIN + seconds * SECOND, seconds * SECOND, "benchmark")


def added(number: int, seconds: int, period: int) -> Added:
    """Declare a task."""
    return Added(at=at(seconds), task=Task(name=f"task-{number}", trigger=Every(seconds=period)))


def ends(records: list[JournalRecord]) -> list[Input]:
    """Say that all runs that have been started ended well."""
    return [
        RunFinished(
            at=record.input.at, name=start.name, generation=start.generation, number=start.number
        )
        for record in records
        for start in record.effects
        if isinstance(start, StartRun)
    ]


# One at a time and many together: each side returns how many it did, and in how many seconds.

Timed = tuple[int, float]


def adds(path: Path, level: str, count: int) -> Timed:
    """Add tasks to a shell, one commit each."""
    with Simulation(START, store=SqliteStore(path, synchronous=level)) as sim:
        begin = time.perf_counter()
        for number in range(count):
            sim.add(f"task-{number}", Every(seconds=60), nothing)
        return count, time.perf_counter() - begin


def bare_adds(path: Path, level: str, count: int) -> Timed:
    """Insert a row for each task, one commit each."""
    with bare(path, level) as db:
        begin = time.perf_counter()
        for number in range(count):
            with transaction(db):
                db.execute("INSERT INTO definitions VALUES (?, ?)", (f"task-{number}", "x" * 120))
        return count, time.perf_counter() - begin


def runs(path: Path, level: str, count: int, together: int = 1) -> Timed:
    """Let so many tasks at a time start and end, with two commits for them."""
    kept = Kept(path, level)
    kept.say(*(added(number, 0, FEW) for number in range(together)))
    if together == 1:
        for number in range(1, FEW):
            kept.say(added(number, number, FEW))
    step = FEW if together > 1 else 1
    moments = range(FEW, FEW + count * step // together, step)
    begin = time.perf_counter()
    for moment in moments:
        kept.say(*ends(kept.say(Ticked(at=at(moment)))))
    spent = time.perf_counter() - begin
    kept.store.close()
    return count, spent


def shell_runs(path: Path, level: str, count: int) -> Timed:
    """Let a shell in virtual time run one task after another."""
    with Simulation(START, store=SqliteStore(path, synchronous=level)) as sim:
        for number in range(FEW):
            sim.add(f"task-{number}", Every(seconds=FEW), nothing)
            sim.clock.advance(seconds=1)
        begin = time.perf_counter()
        sim.clock.advance(seconds=count)
        return count, time.perf_counter() - begin


def bare_runs(path: Path, level: str, model: Path, together: int = 1) -> Timed:
    """Write the rows that `runs` has written to the store `model`, in the same transactions."""
    with reading(model) as db:
        lines = db.execute("SELECT * FROM journal ORDER BY n").fetchall()
        rows = db.execute("SELECT * FROM runs ORDER BY id").fetchall()
        states = dict(db.execute("SELECT name, line FROM states"))
        clocks = db.execute("SELECT * FROM clocks").fetchone()
    first = len(lines) - len(rows) - len(rows) // together
    later = iter(lines[first:])
    with bare(path, level) as db:
        db.executemany("INSERT INTO journal VALUES (?, ?)", lines[:first])
        begin = time.perf_counter()
        for place in range(0, len(rows), together):
            group = rows[place : place + together]
            changed = [(row[1], states[row[1]]) for row in group]
            with transaction(db):
                db.executemany("INSERT OR REPLACE INTO states VALUES (?, ?)", changed)
                db.execute(f"INSERT OR REPLACE INTO clocks VALUES ({MARKS[:16]})", clocks)
                db.execute("INSERT INTO journal VALUES (?, ?)", next(later))
                started = [(*row[:9], None, None, "", row[12]) for row in group]
                db.executemany(f"INSERT INTO runs VALUES ({MARKS[:37]})", started)
            with transaction(db):
                db.executemany("INSERT OR REPLACE INTO states VALUES (?, ?)", changed)
                db.execute(f"INSERT OR REPLACE INTO clocks VALUES ({MARKS[:16]})", clocks)
                db.executemany("INSERT INTO journal VALUES (?, ?)", [next(later) for _ in group])
                ended = [(row[9], row[10], row[11], row[0]) for row in group]
                db.executemany(
                    "UPDATE runs SET ended = ?, outcome = ?, error = ? WHERE id = ?", ended
                )
        spent = time.perf_counter() - begin
    check_same(path, model, "journal", "runs")
    return len(rows), spent


def bare_updates(path: Path, level: str, count: int) -> Timed:
    """Update one row for each run, one commit each."""
    with bare(path, level) as db:
        lines = [(f"task-{number}", "x" * 120) for number in range(FEW)]
        db.executemany("INSERT INTO definitions VALUES (?, ?)", lines)
        begin = time.perf_counter()
        for number in range(count):
            with transaction(db):
                db.execute(
                    "UPDATE definitions SET line = ? WHERE name = ?",
                    ("y" * 120, f"task-{number % FEW}"),
                )
        return count, time.perf_counter() - begin


def peer_adds(path: Path, count: int) -> Timed:
    """Add tasks to APScheduler."""
    with peer(path) as scheduler:
        begin = time.perf_counter()
        for number in range(count):
            scheduler.add_job(nothing, "interval", seconds=60, id=f"task-{number}")
        spent = time.perf_counter() - begin
        assert len(scheduler.get_jobs()) == count
        return count, spent


def peer_runs(path: Path, count: int) -> Timed:
    """Let APScheduler run one task after another, with its clock moved by time-machine."""
    ran = [0]
    RAN.append(ran)
    with time_machine.travel(START, tick=False) as traveller, peer(path) as scheduler:
        for number in range(FEW):
            first = START + timedelta(seconds=FEW + number)
            scheduler.add_job(
                count_run, "interval", seconds=FEW, start_date=first, misfire_grace_time=None
            )
        begin = time.perf_counter()
        for second in range(FEW, FEW + count):
            traveller.move_to(START + timedelta(seconds=second))
            scheduler._process_jobs()
        spent = time.perf_counter() - begin
    assert ran[0] == count, f"{ran[0]} runs, {count} expected"
    return count, spent


RAN: list[list[int]] = []
MARKS = ", ".join("?" * 13)


def count_run() -> None:
    """Be a run of APScheduler, which finds its callable by name."""
    RAN[-1][0] += 1


class _Stepped(BaseScheduler):  # type: ignore[misc]
    """APScheduler without a loop of its own."""

    def wakeup(self) -> None:
        """Do nothing: the benchmark steps it."""

    def shutdown(self, wait: bool = True) -> None:
        """Shut down."""
        super().shutdown(wait)


@contextmanager
def peer(path: Path) -> Iterator[BaseScheduler]:
    """Give an APScheduler with its SQLAlchemy store."""
    tasks = SQLAlchemyJobStore(url=f"sqlite:///{path}")
    scheduler = _Stepped(
        timezone=UTC, jobstores={"default": tasks}, executors={"default": DebugExecutor()}
    )
    scheduler.start()
    yield scheduler
    scheduler.shutdown()


@contextmanager
def bare(path: Path, level: str) -> Iterator[sqlite3.Connection]:
    """Give an empty database with the schema of a store."""
    make_database(path)
    db = connect(path, level)
    yield db
    db.close()


def check_same(one: Path, other: Path, *tables: str) -> None:
    """See that two databases hold the same rows."""
    for table in tables:
        found = []
        for path in (one, other):
            with reading(path) as db:
                found.append(db.execute(f"SELECT * FROM {table}").fetchall())
        assert found[0] == found[1], f"{table}: the sides have not stored the same"


# Restart and size


def restart(path: Path, tasks: int, records: int) -> list[str]:
    """Fill a store, open it again, and read all its rows; return a line of the table."""
    kept = Kept(path, "normal")
    for first in range(0, tasks, 1000):
        batch = range(first, min(first + 1000, tasks))
        kept.say(*(added(number, first // 1000, 60 + number % 977) for number in batch))
    before = kept.machine.snapshot()
    kept.store.close()
    with sqlite3.connect(path) as db:
        line = db.execute("SELECT line FROM journal WHERE n = ?", (tasks,)).fetchone()[0]
        more = ((number, line) for number in range(tasks + 1, records + 1))
        db.executemany("INSERT INTO journal VALUES (?, ?)", more)
    db.close()
    store = SqliteStore(path)
    begin = time.perf_counter()
    machine = machine_of(store.open(Settings()), None)
    opening = time.perf_counter() - begin
    assert machine.snapshot() == before
    store.close()
    begin = time.perf_counter()
    with reading(path) as db:
        count = sum(
            len(db.execute(f"SELECT * FROM {table}").fetchall())
            for table in ("definitions", "states", "journal")
        )
    rows = time.perf_counter() - begin
    size = path.stat().st_size / 1_048_576
    columns = (tasks, records, count)
    return [
        *(f"{each:,}" for each in columns),
        f"{opening:.2f}",
        f"{rows:.2f}",
        f"{opening / rows:.1f}",
        f"{size:.0f}",
    ]


def main() -> None:
    """Measure every side in turn, several times; print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tasks", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where to write; a temporary folder if none")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        print(machine_line("apscheduler", "sqlalchemy"), f"; SQLite {sqlite3.sqlite_version}")
        print_rates(Path(folder), options.runs, options.rounds)
        print_table(
            "restart: seconds to open, and to read the rows",
            ["tasks", "records", "rows", "open", "read", "open / read", "MiB"],
            [
                restart(Path(folder) / f"restart-{tasks}.db", tasks, options.records)
                for tasks in options.tasks
            ],
        )


def print_rates(folder: Path, count: int, rounds: int) -> None:
    """Print how many adds and runs a second each side does."""
    many = count // TOGETHER * TOGETHER * 10
    found: dict[str, list[float]] = {}

    def measure(name: str, work: Callable[[Path], Timed]) -> Path:
        path = folder / f"{name}-{len(found.get(name, ()))}.db".replace(" ", "-").replace(",", "")
        done, spent = work(path)
        found.setdefault(name, []).append(done / spent)
        return path

    for _ in range(rounds):
        measure("adds, APScheduler", lambda path: peer_adds(path, count // 4))
        measure("runs, APScheduler", lambda path: peer_runs(path, count // 4))
        for level in LEVELS:
            measure(f"adds, bare {level}", lambda p, v=level: bare_adds(p, v, count))
            measure(f"adds, duetime {level}", lambda p, v=level: adds(p, v, count))
            measure(f"runs, bare update {level}", lambda p, v=level: bare_updates(p, v, count))
            model = measure(f"runs, duetime {level}", lambda p, v=level: runs(p, v, count))
            measure(f"runs, bare {level}", lambda p, v=level, m=model: bare_runs(p, v, m))
            measure(f"runs, shell {level}", lambda p, v=level: shell_runs(p, v, count))
            model = measure(
                f"together, duetime {level}", lambda p, v=level: runs(p, v, many, TOGETHER)
            )
            measure(
                f"together, bare {level}",
                lambda p, v=level, m=model: bare_runs(p, v, m, TOGETHER),
            )
    medians = {name: statistics.median(rates) for name, rates in found.items()}
    print_table(
        f"per second, median of {rounds}",
        ["what, who", "per second", "x bare", "x APScheduler"],
        [[name, f"{rate:,.0f}", *ratios(name, rate, medians)] for name, rate in medians.items()],
    )


def ratios(name: str, rate: float, rates: dict[str, float]) -> list[str]:
    """Return by how much a side is faster than its bare one, and than APScheduler."""
    what, _, who = name.partition(", ")
    limit = rates[f"{what}, bare {who.split()[-1]}"] if who != "APScheduler" else rate
    peer_rate = rates["adds, APScheduler" if what == "adds" else "runs, APScheduler"]
    return [f"{rate / limit:.2f}" if who != "APScheduler" else "", f"{rate / peer_rate:.1f}"]


if __name__ == "__main__":
    main()
