"""Crash tests of crash tests: what is planted is found, what is right is let pass."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from duetime.adapters.calls import RunHandle
from duetime.adapters.simulate import Simulation
from duetime.adapters.stores.base import Batch
from duetime.adapters.stores.log import LogStore
from duetime.adapters.stores.medium import Medium
from duetime.adapters.testing import CrashError, crash_everywhere, survives_crashes
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadTaskError
from duetime.engine.instants import Span
from duetime.engine.journal import JournalRecord
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.lifetimes import note


def short(sim: Simulation, clock: VirtualClock) -> None:
    """Be a scenario: two tasks, two occurrences."""
    sim.add("sweep", Every(minutes=1), note)
    sim.add("long", Every(minutes=1), takes="90s", rerun_after_crash=True)
    clock.advance(minutes=1)


class Late(LogStore):
    """Writes a batch when the next one comes: after it has been acted on."""

    late: Batch | None = None

    def write(self, batch: Batch) -> None:
        """Write the one before."""
        batch, self.late = self.late, batch  # type: ignore[assignment]  # None at first
        if batch is not None:
            super().write(batch)

    def records(self) -> Iterator[JournalRecord]:
        """Yield all that was handed in."""
        if self.late is not None:
            super().write(self.late)
            self.late = None
        return super().records()


class Forgetful:
    """A medium on which `sync` does nothing."""

    def __init__(self, medium: Medium) -> None:
        """Be a medium but for that."""
        self.inner = medium

    def open(self, wait: Span | None) -> None:
        """Open it."""
        self.inner.open(wait)

    def read(self) -> bytes:
        """Read it."""
        return self.inner.read()

    def append(self, data: bytes) -> None:
        """Write to it."""
        self.inner.append(data)

    def sync(self) -> None:
        """Forget it."""

    def truncate(self, size: int) -> None:
        """Cut it."""
        self.inner.truncate(size)

    def close(self) -> None:
        """Close it."""
        self.inner.close()


class InTwo(LogStore):
    """Writes what was decided, and then in another batch what was declared."""

    def write(self, batch: Batch) -> None:
        """Write both parts."""
        super().write(replace(batch, definitions={}))
        super().write(replace(batch, records=()))


class Careless(LogStore):
    """Takes a batch for written that was not."""

    def write(self, batch: Batch) -> None:
        """Write it, or not."""
        try:
            super().write(batch)
        except Exception:
            self._last += len(batch.records)


def test_a_store_that_is_right_survives() -> None:
    """Each point has been the end, in more than one way."""
    tried = crash_everywhere(short)
    assert tried.points > 20
    assert tried.cases > 5 * tried.points


@pytest.mark.parametrize(
    ("store", "complaint"),
    [
        (Late, "started twice|is gone|cannot be replayed"),
        (lambda medium: LogStore(Forgetful(medium)), "is gone|started twice"),
        (InTwo, "had the import path|cannot be replayed"),
        (Careless, "was expected|is gone|cannot be replayed|another state"),
    ],
    ids=["late", "forgetful", "in two", "careless"],
)
def test_a_planted_bug_is_found(store: Callable[[Medium], LogStore], complaint: str) -> None:
    """With one line that shows it again."""
    with pytest.raises(CrashError, match=complaint) as caught:
        crash_everywhere(short, store=store)
    again = re.search(r"again: crash_everywhere\(short, only='(.*)'\)", str(caught.value))
    assert again is not None
    with pytest.raises(CrashError, match=complaint):
        crash_everywhere(short, store=store, only=again[1])


def test_a_scenario_must_do_the_same_each_time() -> None:
    """What was done is found by its place."""

    def once(sim: Simulation, clock: VirtualClock) -> None:
        if not sim.names():
            sim.add("sweep", Every(minutes=1), note)
        clock.advance(minutes=1)

    with pytest.raises(CrashError, match="act 0 of the scenario was add 'sweep' and now is adv"):
        crash_everywhere(once)


@pytest.mark.slow
def test_everything_a_scenario_can_do_is_gone_on_with() -> None:
    """Each verb and each move is done once, or once more if it was cut short."""

    def verbs(sim: Simulation, clock: VirtualClock) -> None:
        sim.add("a", OnDemand(), takes="hold")
        assert sim.demand("a") in (True, False)
        sim.run_now("a")
        sim.finish("a")
        sim.stop("a")
        sim.add("b", Every(seconds=10), note)
        clock.step()
        sim.disable("b")
        clock.stall("15s")
        sim.enable("b")
        sim.reschedule("b", Every(seconds=7))
        clock.step_wall("1s")
        clock.slew(100, "1s")
        clock.run_until("2026-01-01T00:00:40Z")
        clock.settle()
        sim.remove("b")

    assert crash_everywhere(verbs).points > 60


def test_code_that_sleeps_is_cut_off() -> None:
    """What stands behind the sleep is not executed by the process that has died."""
    woken: list[int] = []

    def nap(run: RunHandle) -> None:
        run.sleep("10s")
        woken.append(run.number)

    def scenario(sim: Simulation, clock: VirtualClock) -> None:
        sim.add("nap", Every(minutes=1), nap)
        clock.advance(seconds=65)

    crash_everywhere(scenario)
    assert woken == []


@survives_crashes
def test_the_decorator_makes_a_test(sim: Simulation, clock: VirtualClock) -> None:
    """This is one."""
    sim.add("sweep", Every(minutes=1), note)


def test_a_scenario_that_is_wrong_is_told_as_it_is() -> None:
    """Its own error comes through."""

    def wrong(sim: Simulation, clock: VirtualClock) -> None:
        sim.add("", OnDemand())

    with pytest.raises(BadTaskError, match="needs a name"):
        crash_everywhere(wrong)
