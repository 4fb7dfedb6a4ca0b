"""What the shells are tested with: callables, triggers, and their books as short lists."""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from duetime.adapters.calls import RunHandle
from duetime.adapters.journals import replay
from duetime.adapters.simulate import Simulation
from duetime.adapters.threads import Scheduler
from duetime.engine.catchup import Fate
from duetime.engine.instants import SECOND, Instant, to_instant
from duetime.engine.journal import Journal
from duetime.engine.messages import RecordEvent

AnyShell = Simulation | Scheduler
SHELLS = (Simulation, Scheduler)

START = "2026-01-01T12:00:00+00:00"
PATIENCE_SECONDS = 20
"""So long a test waits for a fact that another thread brings about."""


def nothing() -> None:
    """Be a run that ends at once."""


def sleeper(span: str) -> Callable[[RunHandle], None]:
    """Make a run that sleeps, and ends early when it is asked to stop."""

    def sleep(run: RunHandle) -> None:
        run.sleep(span)

    return sleep


class Failing:
    """A trigger: every second, but asked for a time after `last` and before `well` it raises."""

    def __init__(self, last: float, well: float = 1e9) -> None:
        """`last`, `well`: in seconds after `START`."""
        self.last, self.well = (to_instant(START) + int(at * SECOND) for at in (last, well))

    def next_after(self, after: Instant) -> Instant:
        """Raise where its time has come."""
        if self.last <= after < self.well:
            raise RuntimeError("the calendar is torn")
        return after + SECOND - after % SECOND


def offset(moment: datetime) -> float:
    """Return how many seconds after `START` a moment is."""
    return (moment - datetime.fromisoformat(START)).total_seconds()


def starts(shell: AnyShell, name: str) -> list[float]:
    """Return when the runs of a task started."""
    return [offset(run.started) for run in shell.runs(name)]


def spans(shell: AnyShell, name: str) -> list[tuple[float, float | None]]:
    """Return when the runs of a task started and ended."""
    return [
        (offset(run.started), None if run.ended is None else offset(run.ended))
        for run in shell.runs(name)
    ]


def others(shell: AnyShell, name: str) -> list[tuple[float, str, int]]:
    """Return the fates of occurrences that did not start: from when, which and why, how many."""
    return [
        (offset(each.nominal), f"{each.fate} {each.reason}".strip(), each.count)
        for each in shell.fates(name)
        if each.fate is not Fate.STARTED
    ]


def recorded(journal: Journal, name: str) -> list[tuple[str, str]]:
    """Return what was recorded of a task that is neither a start nor a fate, and its text."""
    effects = [effect for record in journal for effect in record.effects]
    events = [effect for effect in effects if isinstance(effect, RecordEvent)]
    return [(each.event, each.text) for each in events if each.name == name]


def books(shell: AnyShell, journal: Journal) -> tuple[object, ...]:
    """Return all that a shell knows, as far as it lets anybody see."""
    views = [shell.view(name) for name in shell.names()]
    runs = [(shell.runs(view.name), shell.fates(view.name)) for view in views]
    return views, runs, shell.timeline(), shell.health(), journal.records


def assert_replays(shell: AnyShell, journal: Journal | str | Path) -> None:
    """See that a fresh machine decides the same, record by record, and tells the same story."""
    replayed = replay(journal)
    machine, history = replayed.machine, replayed.history
    assert machine.names() == shell.names()
    assert list(map(machine.view, machine.names())) == list(map(shell.view, shell.names()))
    for name in history.names():
        assert history.runs(name) == shell.runs(name)
        assert history.fates(name) == shell.fates(name)


def comes_true(fact: Callable[[], object]) -> bool:
    """Wait until something that other threads bring about is so; say whether it came to be."""
    looks = iter(range(PATIENCE_SECONDS * 1000))
    while not fact() and next(looks, None) is not None:
        threading.Event().wait(0.001)
    return bool(fact())


OTHERS: set[threading.Thread] = set()
"""Threads that were there before the present test."""


def threads_left() -> list[str]:
    """Wait for the threads of this test's shells to end; return the names of those that do not."""
    ours = [
        each
        for each in threading.enumerate()
        if each.name.startswith("duetime") and each not in OTHERS
    ]
    comes_true(lambda: not any(thread.is_alive() for thread in ours))
    return [thread.name for thread in ours if thread.is_alive()]
