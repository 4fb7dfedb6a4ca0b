"""Ten minutes of everything at once, in real time: 1,000 tasks, eight threads that say every verb.

The callables end at once, fail and are tried again, take a while, run until they are asked to stop;
a few do not even stop then. Starts wait for a slot now and then. Afterwards the journal is replayed
and held against arithmetic: for every trigger that was ever in force, the fates must add up to the
occurrences that it had. No thread and no memory may be left behind.

Run: python benchmarks/soak.py [--minutes 10] [--seed 1]; exit status 1 when a bound is broken
"""

import argparse
import gc
import logging
import random
import sys
import tempfile
import threading
import time
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psutil
from figures import machine_line, print_table

from duetime import (
    AfterFinish,
    Cron,
    DuetimeError,
    Every,
    Once,
    OnDemand,
    RealClock,
    Scheduler,
    UnknownTaskError,
)
from duetime.engine.catchup import Fate
from duetime.engine.history import Outcome
from duetime.engine.instants import Instant
from duetime.engine.journal import Journal, JournalRecord
from duetime.engine.machine import Machine, Settings
from duetime.engine.messages import (
    Added,
    Cause,
    Effect,
    Enabled,
    Input,
    RecordFate,
    Removed,
    Rescheduled,
    ResumeFrom,
    StartRun,
)
from duetime.engine.states import Leaving, Paused
from duetime.engine.triggers.base import Trigger

TASKS = 1_000
STUBBORN = 4
THREADS = 8
MAX_RUNNING = 64
"""Slots for all tasks together; now and then two hundred are due at once."""
REST_SECONDS = 0.05
"""How long a thread rests between two verbs, on average."""
SNAPSHOT = '"snapshot":{'
"""What is in a line of the journal that holds the whole state, and in no other."""
GRACE = timedelta(seconds=3)
PATIENCE_SECONDS = 30.0

LEAK_BYTES = 1_000_000
"""More than that may not be left when the scheduler is gone."""
BYTES_PER_RUN = 4_000
"""Memory grows with the runs that are remembered, by no more than this for each."""

ANCHOR = "2026-01-01T00:00Z"
TOGETHER = Every(seconds=10, anchor=ANCHOR)
CRON = Cron("7,8,30 * * * * *")
assert CRON.next_after(0)  # what it works out is kept for the life of the process

NAMES = [f"task {number}" for number in range(TASKS)]
RELEASED = threading.Event()
"""Set at the very end, for those that do not stop when they are asked to."""


# What the tasks do


def quick(run: object, word: int = 0) -> None:
    """End at once."""


def fail(run: object, word: int = 0) -> None:
    """Fail."""
    raise ValueError("on purpose")


def take_a_while(run, word: int = 0) -> None:  # type: ignore[no-untyped-def]  # a run
    """Sleep for up to a second."""
    run.sleep(0.1 * (run.number % 10))


def never_end(run, word: int = 0) -> None:  # type: ignore[no-untyped-def]  # a run
    """Go on until asked to stop."""
    while run.proceed():
        run.sleep(60)


def ignore_all(run: object, word: int = 0) -> None:
    """Go on when asked to stop, until the soak is over."""
    RELEASED.wait()


def callable_of(name: str) -> Callable[..., None]:
    """Return what a task does: the same whenever it is declared anew."""
    number = int(name.removeprefix("task "))
    if number < STUBBORN:
        return ignore_all
    kinds = [quick] * 12 + [fail] * 3 + [take_a_while] * 4 + [never_end]
    return kinds[number % len(kinds)]


# What the threads say


@dataclass
class Storm:
    """One thread that says something random, again and again."""

    scheduler: Scheduler
    seed: int
    until: float
    said: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unexpected: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Choose by the seed."""
        self.random = random.Random(self.seed)
        self.verbs = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("say_")]
        # What looks at all tasks takes long, and the lock meanwhile.
        self.weights = [1 if verb.__name__.endswith("_of_all") else 10 for verb in self.verbs]

    def rage(self) -> None:
        """Go on until the time is over."""
        while time.monotonic() < self.until:
            verb = self.random.choices(self.verbs, self.weights)[0]
            self.said[verb.__name__.removeprefix("say_")] += 1
            try:
                verb(self.random.choice(NAMES))
            except DuetimeError as error:
                self.refused[type(error).__name__] += 1
            except BaseException as error:
                self.unexpected.append(error)
            time.sleep(self.random.uniform(0, 2 * REST_SECONDS))

    def say_add(self, name: str) -> None:
        add(self.scheduler, name, self.random)

    def say_add_if_new(self, name: str) -> None:
        conflict = self.random.choice(["raise", "keep"])
        self.scheduler.add(name, new_trigger(self.random), callable_of(name), on_conflict=conflict)

    def say_remove(self, name: str) -> None:
        self.scheduler.remove(name)

    def say_reschedule(self, name: str) -> None:
        self.scheduler.reschedule(name, new_trigger(self.random))

    def say_run_now(self, name: str) -> None:
        self.scheduler.run_now(name, {"word": 1})

    def say_demand(self, name: str) -> None:
        self.scheduler.demand(name, {self.random.choice(["word", "word", "wrong"]): 2})

    def say_stop(self, name: str) -> None:
        self.scheduler.stop(name)

    def say_disable(self, name: str) -> None:
        until = self.scheduler.clock.now() + timedelta(seconds=self.random.uniform(0, 5))
        self.scheduler.disable(name, reason="soak", until=self.random.choice([None, until]))

    def say_enable(self, name: str) -> None:
        self.scheduler.enable(name, from_=self.random.choice(list(ResumeFrom)))

    def say_enable_again(self, name: str) -> None:
        self.scheduler.enable(name)

    def say_views(self, name: str) -> None:
        scheduler = self.scheduler
        scheduler.view(name), scheduler.counts(name)
        scheduler.runs(name), scheduler.fates(name)

    def say_views_of_all(self, name: str) -> None:
        scheduler = self.scheduler
        scheduler.names(), scheduler.tasks(status="running"), scheduler.metrics()

    def say_attendance_of_all(self, name: str) -> None:
        now = self.scheduler.clock.now()
        self.scheduler.attendance(now - timedelta(seconds=10), now)


def add(scheduler: Scheduler, name: str, draw: random.Random) -> None:
    """Declare a task with random policies; what does not end by itself has a time limit."""
    function = callable_of(name)
    scheduler.add(
        name,
        new_trigger(draw),
        function,
        overlap=draw.choice(["skip", "buffer_one", "buffer_all", "cancel_other", "allow(2)"]),
        catch_up=draw.choice(["latest", "earliest", "all", "last(2)", "none"]),
        window=draw.choice(["50ms", "1s", None]),
        priority=draw.randrange(3),
        retry="retry(3, 200ms, jitter=0.5)" if function is fail else None,
        time_limit="2s" if function in (never_end, ignore_all) else None,
        clock_step=draw.choice(["by_size", "make_up"]),
    )


def new_trigger(draw: random.Random) -> Trigger:
    """Return a trigger of some seconds, now and then one of another kind."""
    period = timedelta(milliseconds=draw.randrange(500, 60_000))
    return draw.choices(
        [
            Every(period),
            Every(period, anchor=ANCHOR),
            TOGETHER,
            CRON,
            AfterFinish(period),
            Once(RealClock().now() + period),
            OnDemand(),
        ],
        [50, 15, 20, 5, 4, 3, 3],
    )[0]


# What became of it


@dataclass
class Ledger:
    """The journal, replayed and held against what the triggers say by themselves.

    `due`, `met`: occurrences of the generations that are closed, and how many of them had a fate.
    """

    machine: Machine
    records: int = 0
    differing: int = 0
    generations: int = 0
    due: int = 0
    met: int = 0
    wrong: list[str] = field(default_factory=list)
    _lead: int | None = None
    _open: dict[str, tuple[int, Trigger, Instant]] = field(default_factory=dict)
    _fates: dict[tuple[str, int], list[tuple[Instant, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def take(self, record: JournalRecord) -> None:
        """Take the next record."""
        input_, self.records = record.input, self.records + 1
        if self._lead is None:
            self._lead = input_.at.wall - input_.at.mono
        held_up = self._held_up(input_)
        effects = self.machine.handle(input_)
        self.differing += effects != record.effects
        for effect in effects:
            self._note(effect)
        if isinstance(input_, Added | Rescheduled | Removed | Enabled):
            self._follow(input_, held_up)

    def _held_up(self, input_: Input) -> Instant | None:
        """Return the first occurrence that a pause held up, where it is to be due again."""
        if not (isinstance(input_, Enabled) and input_.from_ is ResumeFrom.PAUSE):
            return None
        state = self.machine.view(input_.name).state
        first = state.pause.first if isinstance(state, Paused) else None
        return None if first is None else first.nominal

    def _note(self, effect: Effect) -> None:
        if isinstance(effect, StartRun) and effect.cause is Cause.DUE and effect.attempt == 1:
            self._fates[effect.name, effect.generation].append((effect.nominal, 1))
        elif isinstance(effect, RecordFate):
            self._fates[effect.name, effect.generation].append((effect.first, effect.count))

    def _follow(self, input_: Input, held_up: Instant | None) -> None:
        """Close the generation that an edit ends, and open the one that it begins."""
        assert self._lead is not None
        name = input_.task.name if isinstance(input_, Added) else getattr(input_, "name", "")
        elapsed = input_.at.mono + self._lead
        generation = self._generation(name)
        before = self._open.get(name)
        if before is not None and before[0] != generation:
            self._close(name, elapsed if before[1].elapsed else input_.at.wall)
        if generation is None or name in self._open:
            return
        if isinstance(input_, Added):
            trigger = input_.task.trigger.bind(elapsed, None)
        elif isinstance(input_, Rescheduled):
            trigger = input_.trigger.bind(elapsed, before[1] if before else None)
        else:
            assert before is not None  # to be enabled it must have been declared
            trigger = before[1]
        now = elapsed if trigger.elapsed else input_.at.wall
        first = held_up if isinstance(input_, Enabled) else trigger.first(now)
        since = now if first is None else min(now, first - 1)
        self._open[name] = (generation, trigger, since)

    def _generation(self, name: str) -> int | None:
        try:
            view = self.machine.view(name)
        except UnknownTaskError:
            return None
        return None if isinstance(view.state, Leaving) else view.generation

    def _close(self, name: str, now: Instant) -> None:
        """Hold the fates of a generation against its trigger, up to now."""
        generation, trigger, since = self._open.pop(name)
        fates = self._fates.pop((name, generation), [])
        if trigger.follows_runs:
            return
        due = trigger.count(since, now)
        met = sum(count for first, count in fates if first <= now)
        self.generations, self.due, self.met = self.generations + 1, self.due + due, self.met + met
        if due != met:
            self.wrong.append(f"{name} {generation}: {trigger!r} was due {due} times, {met} met")

    def finish(self) -> None:
        """See that nothing is open any more."""
        if self._open or self._fates:
            self.wrong.append(f"not closed: {sorted(self._open)}, {sorted(self._fates)}"[:500])


def read_ledger(path: Path) -> Ledger:
    """Replay the journal in a file, some of it at a time."""
    ledger: Ledger | None = None
    for part in parts(path):
        if ledger is None:
            ledger = Ledger(Machine(part.settings))
        if part.base is not None:
            ledger.differing += ledger.machine.snapshot() != part.base
        for record in part:
            ledger.take(record)
    assert ledger is not None
    ledger.finish()
    return ledger


def parts(path: Path) -> Iterator[Journal]:
    """Yield the journal in a file as several short ones, from one snapshot to the next."""
    with path.open(encoding="utf-8") as lines:
        header = next(lines)
        some: list[str] = []
        for line in lines:
            if SNAPSHOT in line and some:
                yield Journal.parse([header, *some])
                some = []
            some.append(line)
        yield Journal.parse([header, *some])


# The soak


@dataclass
class Figures:
    """What is measured, and whether a bound is broken."""

    rows: list[list[str]] = field(default_factory=list)
    broken: bool = False

    def show(self, name: str, value: object, *, holds: bool | None = None) -> None:
        """Note a figure; `holds`: whether its bound does, if it has one."""
        text = f"{value:,}" if type(value) is int else str(value)
        self.rows.append([name, text, "" if holds is None else "ok" if holds else "BROKEN"])
        self.broken |= holds is False


@dataclass(frozen=True)
class Load:
    """What the process needs at some moment."""

    threads: int
    traced: int
    resident: int

    @classmethod
    def now(cls) -> "Load":
        """Look, when all that can be thrown away has been."""
        gc.collect()
        resident = psutil.Process().memory_info().rss
        return cls(threading.active_count(), tracemalloc.get_traced_memory()[0], resident)


def soak(path: Path, seconds: float, seed: int, figures: Figures) -> None:
    """Let it rage, shut it down, and note what it came to."""
    scheduler = Scheduler(journal=path, settings=Settings(max_running=MAX_RUNNING))
    draw = random.Random(seed)
    for name in NAMES:
        add(scheduler, name, draw)
    begin = Load.now()
    until = time.monotonic() + seconds
    storms = [Storm(scheduler, seed + number, until) for number in range(1, THREADS + 1)]
    threads = [threading.Thread(target=storm.rage) for storm in storms]
    scheduler.start()
    for thread in threads:
        thread.start()
    most_threads, looks, well = 0, 0, 0
    while any(thread.is_alive() for thread in threads):
        time.sleep(min(1.0, seconds / 10))
        most_threads = max(most_threads, threading.active_count())
        looks, well = looks + 1, well + scheduler.health().ok
    healthy = comes_true(lambda: scheduler.health().ok)
    end = Load.now()
    tell_of_the_verbs(storms, figures)
    tell_of_the_runs(scheduler, begin, end, figures)
    figures.show("health at the end", healthy, holds=healthy)
    figures.show("health true, of all looks", f"{well} of {looks}")
    figures.show("threads at most", most_threads, holds=most_threads <= THREADS + MAX_RUNNING + 16)
    for name in scheduler.names():
        scheduler.remove(name)
    left = scheduler.shutdown(GRACE).still_running
    RELEASED.set()
    stubborn = {run.name for run in left} <= set(NAMES[:STUBBORN])
    figures.show("runs that did not stop when asked", len(left), holds=stubborn)


def tell_of_the_verbs(storms: list[Storm], figures: Figures) -> None:
    """Note what was said, and what was refused."""
    said = sum((storm.said for storm in storms), Counter[str]())
    refused = sum((storm.refused for storm in storms), Counter[str]())
    expected = {"UnknownTaskError", "TaskExistsError", "BadTaskError", "BadTimeError"}
    unexpected = [error for storm in storms for error in storm.unexpected]
    figures.show("verbs said", sum(said.values()), holds=len(said) == len(storms[0].verbs))
    figures.show("refused", sum(refused.values()), holds=refused.keys() <= expected)
    figures.show("errors that were not refusals", len(unexpected), holds=not unexpected)
    for error in unexpected[:5]:
        print(repr(error), file=sys.stderr)


def tell_of_the_runs(scheduler: Scheduler, begin: Load, end: Load, figures: Figures) -> None:
    """Note what ran, and what remembering it takes."""
    metrics = scheduler.metrics()
    for outcome in (Outcome.FINISHED, Outcome.FAILED):
        figures.show(f"runs {outcome}", metrics.runs[outcome], holds=metrics.runs[outcome] > 0)
    figures.show("retries", metrics.retries, holds=metrics.retries > 0)
    for fate in Fate:
        figures.show(f"occurrences {fate}", metrics.occurrences[fate])
    figures.show("lateness, 99 of 100", metrics.lateness.quantile(0.99))
    remembered = sum(len(scheduler.runs(name)) for name in NAMES)
    each = (end.traced - begin.traced) // max(remembered, 1)
    figures.show("bytes for each run remembered", each, holds=each <= BYTES_PER_RUN)


def comes_true(fact: Callable[[], object]) -> bool:
    """Wait until something is so; say whether it came to be."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(fact())


def tell_of_the_journal(path: Path, figures: Figures) -> None:
    """Note what the journal says by arithmetic."""
    ledger = read_ledger(path)
    figures.show("records", ledger.records)
    figures.show("records that replay otherwise", ledger.differing, holds=ledger.differing == 0)
    figures.show("triggers that were in force", ledger.generations, holds=ledger.generations > 0)
    figures.show("occurrences due", ledger.due, holds=ledger.due > 0)
    figures.show("occurrences lost", ledger.due - ledger.met, holds=not ledger.wrong)
    for text in ledger.wrong[:5]:
        print(text, file=sys.stderr)


def main() -> int:
    """Soak, show the figures, and say whether all bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    figures = Figures()
    tracemalloc.start()
    before = Load.now()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        soak(path, options.minutes * 60, options.seed, figures)
        gone = comes_true(lambda: threading.active_count() <= before.threads)
        after = Load.now()
        figures.show("threads before", before.threads)
        figures.show("threads after", after.threads, holds=gone)
        figures.show("bytes in use before", before.traced)
        leaked = after.traced - before.traced
        figures.show("bytes in use after", after.traced, holds=leaked <= LEAK_BYTES)
        figures.show("resident bytes before", before.resident)
        figures.show("resident bytes after", after.resident)
        tracemalloc.stop()
        tell_of_the_journal(path, figures)
    print(machine_line("psutil"))
    print_table(f"{TASKS:,} tasks for {options.minutes:g} min", ["", "", "bound"], figures.rows)
    return int(figures.broken)


if __name__ == "__main__":
    sys.exit(main())
