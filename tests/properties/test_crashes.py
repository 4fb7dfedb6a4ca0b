"""Durability across crashes: what has been decided outlives the process, and nothing else does."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from duetime.adapters.calls import RunHandle
from duetime.adapters.simulate import Simulation
from duetime.adapters.stores.log import LogStore
from duetime.adapters.testing import crash_everywhere
from duetime.adapters.testing.crashes import START, Scenario
from duetime.adapters.testing.disk import Cut, Disk, Points
from duetime.adapters.testing.rehearsal import Rehearsal, World
from duetime.clocks.virtual import VirtualClock
from duetime.engine.journal import JournalRecord, state_hash
from duetime.engine.machine import Settings
from duetime.engine.triggers.every import Every
from tests.properties.crash_programs import a_night, scenarios


def test_p48_a_crash_anywhere_loses_nothing_and_repeats_nothing() -> None:
    """Cut before and after each write, sync and start, and at every byte of the last write."""

    def scenario(sim: Simulation, clock: VirtualClock) -> None:
        sim.add("once", Every(seconds=20), takes="25s")
        sim.add("again", Every(seconds=20), takes="8s", rerun_after_crash=True)
        clock.advance(seconds=20)

    crash_everywhere(scenario)


@pytest.mark.slow
@settings(max_examples=5)
@given(scenarios())
def test_p48_any_tasks_and_verbs_survive(scenario: Scenario) -> None:
    """Whatever their policies are."""
    crash_everywhere(scenario)


@pytest.mark.slow
def test_p48_a_night_with_all_that_can_be_cut_short() -> None:
    """Buffered, retried, repeated, paused, removed, edited: each at each point."""
    assert crash_everywhere(a_night).points > 100


@pytest.mark.slow
def test_p48_what_waits_for_a_slot_is_not_lost() -> None:
    """Nor is it started twice."""

    def scenario(sim: Simulation, clock: VirtualClock) -> None:
        for name in "abc":
            sim.add(name, Every(seconds=20), takes="8s", rerun_after_crash=name == "b")
        clock.advance(seconds=45)

    crash_everywhere(scenario, settings=Settings(max_running=1))


def test_p49_nothing_is_done_before_it_is_durable() -> None:
    """When the code of a run is called, its start is on the disk, and synchronised."""
    disk, there = Disk(), list[bool]()

    def look(run: RunHandle) -> None:
        kept = LogStore(Disk(disk.durable)).runs(run.name)
        there.append(any((each.number, each.attempt) == (run.number, run.attempt) for each in kept))

    sim = Simulation(START, store=LogStore(disk))
    sim.add("look", Every(minutes=1), look)
    sim.clock.advance(minutes=3)
    sim.demand("look")
    sim.crash()
    assert there == [True] * 4


def test_p50_a_crash_during_a_restart_is_one_before_it() -> None:
    """Wherever the restart is cut off, and however often it is made, the same is found."""
    first = Disk()
    sim = Simulation(START, store=LogStore(first))
    for name in "ab":
        sim.add(name, Every(minutes=1), takes="hold")
    sim.clock.advance(minutes=2)
    sim.crash()
    torn = first.durable[:-3]
    expected = known(torn, sim.clock)
    assert known(first.durable, sim.clock) == known(
        known_bytes(first.durable, sim.clock), sim.clock
    )
    for left in crashes_of_a_restart(torn, sim.clock):
        assert known(left, sim.clock) == expected


def known_bytes(data: bytes, clock: VirtualClock, points: Points | None = None) -> bytes:
    """Restart on a disk; return what it has written by then."""
    disk = Disk(data, points)
    Simulation(clock, store=LogStore(disk)).crash()
    return bytes(disk.written)


def known(data: bytes, clock: VirtualClock) -> str:
    """Restart on a disk; return what is known then."""
    world = World(START)
    world.clock = clock  # type: ignore[assignment]  # only looked at
    disk = Disk(data)
    shell = Rehearsal(world, store=LogStore(disk), settings=Settings(), points=disk.points)
    shell.crash()
    return state_hash(shell.machine)


def crashes_of_a_restart(data: bytes, clock: VirtualClock) -> Iterator[bytes]:
    """Cut a restart off at each of its points; yield what may be left on the disk."""
    points = Points()
    known_bytes(data, clock, points)
    for at in range(len(points.reached)):
        disk = Disk(data, Points(at))
        with pytest.raises(Cut):
            Simulation(clock, store=LogStore(disk))
        yield from disk.leavings().values()


def test_p52_a_write_that_fails_has_never_been() -> None:
    """Tried again, all goes on as if the disk had never failed, whichever write that was."""
    expected, points = play(Points())
    failing = [at for at, what in enumerate(points.reached) if what.startswith("before")]
    for at in failing:
        if at >= (points.recovered or 0):
            assert play(Points(at, fails=True))[0] == expected


def play(points: Points) -> tuple[list[JournalRecord], Points]:
    """Play a scenario; return its journal."""

    def scenario(sim: Simulation, clock: VirtualClock) -> None:
        sim.add("sweep", Every(seconds=20), takes="25s", overlap="buffer_one")
        clock.advance(seconds=30)
        sim.demand("sweep")
        sim.disable("sweep")
        clock.advance(seconds=30)

    world = World(START)
    shell = Rehearsal(
        world, store=LogStore(Disk(points=points)), settings=Settings(), points=points
    )
    world.progress.begin()
    scenario(shell, world.clock)
    records = list(shell.store.records())
    shell.crash()
    return records, points
