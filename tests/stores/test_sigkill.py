"""Processes that are killed under load: the log of the runs against what the store knows."""

import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from duetime.adapters.stores import open_store
from duetime.adapters.stores.base import Stored
from duetime.engine.catchup import Fate
from duetime.engine.history import Occurrence, Outcome, Run
from duetime.engine.machine import Settings
from duetime.engine.messages import Cause
from duetime.engine.states import Entry, Idle, Running, runs_of
from duetime.engine.triggers.every import ElapsedGrid
from tests.stores.victim import NAMES

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 170
SEED = int(os.environ.get("DUETIME_SEED") or random.randrange(1_000_000))

pytestmark = [pytest.mark.slow, pytest.mark.realtime]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log: that the code of a run was called."""

    name: str
    generation: str
    number: str
    attempt: str
    cause: str
    nominal: str

    @property
    def attempt_key(self) -> tuple[str, ...]:
        """What no two calls may have in common."""
        return (self.name, self.generation, self.number, self.attempt)


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left of all processes."""

    lines: list[Line]
    stored: Stored
    runs: list[Run]
    fates: list[Occurrence]

    def entries(self) -> list[Entry]:
        """Return the tasks."""
        assert self.stored.snapshot is not None
        return list(self.stored.snapshot.entries)


@pytest.fixture(
    scope="module",
    params=[("sqlite:///{}", 200), ("file:///{}", 30)],
    ids=[f"sqlite, seed {SEED}", f"file, seed {SEED}"],
)
def remains(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Remains:
    """Kill so many processes, and gather what is left."""
    url, kills = request.param
    folder = tmp_path_factory.mktemp("killed")
    store, log = url.format(folder / "schedule"), folder / "runs.log"
    command = [sys.executable, "-m", "tests.stores.victim", store, str(log), str(SEED), str(kills)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    kept = open_store(store)
    stored = kept.open(Settings())
    lines = [Line(*line.split("\t")) for line in log.read_text().splitlines()]
    try:
        return Remains(lines, stored, kept.runs(), kept.fates())
    finally:
        kept.close()


def test_no_task_is_gone(remains: Remains) -> None:
    """Each is there, enabled, and knows when it is due; a run may wait for its next attempt."""
    assert sorted(entry.task.name for entry in remains.entries()) == sorted(NAMES)
    assert remains.stored.damaged == {}
    for entry in remains.entries():
        name, state = entry.task.name, entry.state
        assert isinstance(state, Idle | Running), (name, state)
        assert (state.due is None) == name.startswith("demand")
        assert all(run.retry_at is not None for run in runs_of(state)), (name, state)


def test_nothing_was_started_twice(remains: Remains) -> None:
    """No attempt, no occurrence; at most once but for those that are to be repeated."""
    assert len(remains.lines) > 100
    attempts = Counter(line.attempt_key for line in remains.lines)
    assert [key for key, count in attempts.items() if count > 1] == []
    numbers: dict[tuple[str, str], set[str]] = {}
    for line in remains.lines:
        if line.cause == "due":
            numbers.setdefault((line.name, line.nominal), set()).add(line.number)
        if line.name.startswith(("once", "demand")):
            assert line.attempt == "1"
    assert [key for key, found in numbers.items() if len(found) > 1] == []


def test_all_that_was_started_is_known(remains: Remains) -> None:
    """Each call in the log is a run in the store."""
    known = {
        (run.name, str(run.generation), str(run.number), str(run.attempt)) for run in remains.runs
    }
    assert {line.attempt_key for line in remains.lines} - known == set()


def test_what_is_to_be_repeated_came_to_an_end(remains: Remains) -> None:
    """At least once: the last attempt of each such run is finished, whatever was killed before."""
    last = {(run.name, run.number): run for run in remains.runs if run.name.startswith("again")}
    assert {run.outcome for run in last.values()} == {Outcome.FINISHED}
    assert any(run.outcome is Outcome.LOST for run in remains.runs)


def test_each_occurrence_has_one_fate(remains: Remains) -> None:
    """As many as the trigger names up to the next due time, in the counts and in the books."""
    started = Counter(run.name for run in remains.runs if run.cause == "due" and run.attempt == 1)
    others = Counter[str]()
    for fate in remains.fates:
        others[fate.name] += fate.count
    for entry in remains.entries():
        name, state, trigger = entry.task.name, entry.state, entry.trigger
        queue = state.waiting if isinstance(state, Running) else ()
        waiting = sum(each.cause is Cause.DUE for each in queue)
        assert entry.counts.get(Fate.STARTED, 0) == started[name]
        assert sum(entry.counts.values()) == started[name] + others[name]
        if isinstance(trigger, ElapsedGrid) and isinstance(state, Idle | Running) and state.due:
            passed = trigger.count(trigger.anchor, state.due.nominal - 1)
            assert (name, sum(entry.counts.values()) + waiting) == (name, passed)
