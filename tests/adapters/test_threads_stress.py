"""Many threads, all verbs, real time: nothing escapes, nothing is lost, and it can be replayed."""

import random
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

import pytest

from duetime.adapters.calls import RunHandle
from duetime.adapters.threads import Scheduler
from duetime.clocks.real import RealClock
from duetime.engine.errors import UnknownTaskError
from duetime.engine.instants import MICROSECOND, Instant
from duetime.engine.journal import Journal, replay
from duetime.engine.machine import Machine
from duetime.engine.messages import Cause, RecordFate, StartRun
from duetime.engine.states import Leaving
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import AfterFinish, ElapsedGrid, Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import PATIENCE_SECONDS, nothing, threads_left

NAMES = [f"task {number}" for number in range(12)]
THREADS = 8
VERBS_EACH = 1_000
A_WHILE = timedelta(milliseconds=10)
OVERLAPS = ["skip", "buffer_one", "buffer_all", "cancel_other", "allow(3)"]
CATCH_UPS = ["latest", "earliest", "all", "last(2)", "none"]

Key = tuple[str, int]
"""(name, generation)"""


def fail() -> None:
    """Be a run that fails."""
    raise ValueError


def doze(run: RunHandle) -> None:
    """Be a run that sleeps for some milliseconds."""
    run.sleep(0.001 * (run.number % 30))


def conduct(run: RunHandle) -> None:
    """Be a run that works on its own task, which may be gone by now."""
    if run.number % 3:
        run.handle.demand()
    else:
        run.handle.reschedule(Every(seconds=0.02))


class WatchedScheduler(Scheduler):
    """A scheduler that keeps the errors of its own thread."""

    def __init__(self, journal: Journal) -> None:
        """Start without any."""
        super().__init__(journal=journal)
        self.escaped: list[BaseException] = []

    def _round(self) -> bool:
        """Keep what should not happen."""
        try:
            return super()._round()
        except Exception as error:
            self.escaped.append(error)
            raise


@dataclass
class Storm:
    """One thread that says something random, again and again."""

    scheduler: WatchedScheduler
    seed: int

    def __post_init__(self) -> None:
        """Choose by the seed."""
        self.random = random.Random(self.seed)

    def rage(self) -> None:
        """Say so many things; only that a task is absent is no surprise."""
        clock = RealClock()
        for _ in range(VERBS_EACH):
            try:
                self.random.choice(self.verbs())(self.random.choice(NAMES))
            except UnknownTaskError:
                continue
            except BaseException as error:
                self.scheduler.escaped.append(error)
            span = self.random.randrange(8_000) * MICROSECOND
            clock.wait(clock.new_waker(), clock.read().mono + span)

    def verbs(self) -> list[Callable[[str], object]]:
        """Return all that can be said about a task; what ends an interval is said less often."""
        scheduler = self.scheduler
        return [
            *[scheduler.run_now, scheduler.demand, scheduler.stop] * 5,
            *[scheduler.enable, scheduler.enable, scheduler.disable] * 2,
            lambda name: scheduler.disable(name, until=scheduler.clock.now() + A_WHILE),
            lambda name: scheduler.reschedule(name, self.trigger()),
            self.add,
            self.add,
            scheduler.remove,
            lambda name: (scheduler.view(name), scheduler.runs(name), scheduler.fates(name)),
            lambda name: (scheduler.health(), scheduler.names()),
        ]

    def add(self, name: str) -> None:
        """Declare a task, or another one in its place."""
        catch_up = self.random.choice(CATCH_UPS)
        self.scheduler.add(
            name,
            self.trigger(),
            self.random.choice([nothing, fail, doze, doze, conduct]),
            overlap=self.random.choice(OVERLAPS),
            catch_up=catch_up,
            window=self.random.choice(["0s", "20ms", None]),
            priority=self.random.randrange(3),
            buffer_limit=self.random.choice([1, 3, 1000] if catch_up != "last(2)" else [3, 1000]),
        )

    def trigger(self) -> Trigger:
        """Return a trigger of some milliseconds, now and then one of another kind."""
        milliseconds = timedelta(milliseconds=self.random.randrange(1, 20))
        return self.random.choice(
            [Every(milliseconds)] * 4 + [AfterFinish(milliseconds), OnDemand()]
        )


@dataclass
class Accounts:
    """What was due and what became of it, for every interval that was ever in force.

    Only triggers of elapsed time with a grid are looked at: what they had is a division.
    """

    due: dict[Key, int] = field(default_factory=dict)
    fates: dict[Key, list[tuple[Instant, Instant, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _since: dict[Key, tuple[ElapsedGrid, Instant]] = field(default_factory=dict)

    def take(self, journal: Journal) -> None:
        """Follow a journal, record by record, on a machine of one's own."""
        machine = Machine(journal.settings)
        for record in journal:
            for effect in machine.handle(record.input):
                if isinstance(effect, StartRun) and effect.cause is Cause.DUE:
                    nominal = effect.nominal
                    self.fates[effect.name, effect.generation].append((nominal, nominal, 1))
                elif isinstance(effect, RecordFate):
                    fate = (effect.first, effect.last, effect.count)
                    self.fates[effect.name, effect.generation].append(fate)
            self._follow(machine)

    def _follow(self, machine: Machine) -> None:
        """Note which intervals have come into force, and close those that are no more."""
        snapshot = machine.snapshot()
        assert snapshot.last is not None
        now = snapshot.last.mono + snapshot.lead
        present = {
            (entry.task.name, entry.generation): entry.trigger
            for entry in snapshot.entries
            if not isinstance(entry.state, Leaving)
        }
        for key in self._since.keys() - present.keys():
            trigger, since = self._since.pop(key)
            self.due[key] = trigger.count(since, now)
            ahead = [fate for fate in self.fates[key] if fate[0] > now]
            assert len(ahead) <= 1, "an edit leaves one occurrence behind that lies ahead"
            self.fates[key] = [fate for fate in self.fates[key] if fate[0] <= now]
        for key, trigger in present.items():
            if not isinstance(trigger, ElapsedGrid):
                self.due.pop(key, None)  # what left no trace is forgotten: the number is used again
            elif key not in self._since:
                self._since[key] = (trigger, now)


@pytest.fixture(scope="module")
def journal() -> Journal:
    """Give the journal of a scheduler that went through a storm, and see that it is well."""
    journal = Journal()
    scheduler = WatchedScheduler(journal)
    storms = [Storm(scheduler, seed) for seed in range(THREADS)]
    threads = [threading.Thread(target=storm.rage, daemon=True) for storm in storms]
    with scheduler:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for name in scheduler.names():
            scheduler.remove(name)
        report = scheduler.shutdown(timedelta(seconds=PATIENCE_SECONDS))
    assert scheduler.escaped == []
    assert report.ok
    assert scheduler.health().running == 0
    assert threads_left() == []
    return journal


@pytest.mark.slow
def test_a_storm_of_verbs_replays_identically(journal: Journal) -> None:
    """A fresh machine decides the same, record by record."""
    replayed = replay(journal)
    assert replayed.machine.names() == []
    assert replayed.records > THREADS * VERBS_EACH / 2
    runs = [run for name in NAMES for run in replayed.history.runs(name)]
    assert len(runs) > 1_000
    assert all(run.outcome is not None for run in runs)


@pytest.mark.slow
def test_a_storm_of_verbs_loses_no_occurrence(journal: Journal) -> None:
    """For every interval that was in force, the fates add up to what was due (property 26)."""
    accounts = Accounts()
    accounts.take(journal)
    assert len(accounts.due) > 200
    assert sum(accounts.due.values()) > 1_000
    met = {key: sum(count for _, _, count in accounts.fates[key]) for key in accounts.due}
    assert met == accounts.due


@pytest.mark.slow
def test_a_storm_of_verbs_repeats_no_occurrence(journal: Journal) -> None:
    """No due time has two fates."""
    accounts = Accounts()
    accounts.take(journal)
    for fates in accounts.fates.values():
        assert all(one[1] < other[0] for one, other in pairwise(sorted(fates)))
