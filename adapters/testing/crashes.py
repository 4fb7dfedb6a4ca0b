"""Crash tests: a scenario is cut off at every point at which a process can end, and goes on.

The points lie before and after each write, each synchronisation, and each start of a callable. At
each, the process is killed, or the power fails: then what was not synchronised is lost, or torn, or
doubled. A restart on what is left goes on to the end of the scenario; what must hold, is checked.
Restarts are cut off as well, and at each write the disk is full, once, and at each synchronisation
it fails.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from duetime.adapters.simulate import Simulation
from duetime.adapters.stores.base import Store
from duetime.adapters.stores.log import LogStore
from duetime.adapters.stores.medium import Medium
from duetime.adapters.testing.checks import check_end, check_found, is_broken
from duetime.adapters.testing.disk import Cut, Disk, Points
from duetime.adapters.testing.rehearsal import Rehearsal, World, WrongError
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import StoreError
from duetime.engine.machine import Settings, Snapshot

START = "2026-01-01T00:00Z"

Scenario: TypeAlias = Callable[[Simulation, VirtualClock], object]
"""Declares tasks on a simulation, and moves its clock; does the same each time it is called."""
MakeStore: TypeAlias = Callable[[Medium], Store]


class CrashError(AssertionError):
    """A crash after which something does not hold; the message says where, and how to repeat it."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried: at how many points, and how many crashes and faults in all."""

    points: int
    cases: int


@dataclass(frozen=True, slots=True)
class Case:
    """A crash: at which point, how, and where the restart is cut off as well; None: it is not."""

    point: int
    how: str
    then: int | None = None

    def __str__(self) -> str:
        """Write it as `only` takes it."""
        return f"{self.point} {self.how}" + ("" if self.then is None else f" {self.then}")


def crash_everywhere(
    scenario: Scenario,
    *,
    store: MakeStore = LogStore,
    start: str = START,
    settings: Settings | None = None,
    only: str | None = None,
) -> Tried:
    """Run a scenario once, then once for each crash and each fault of the disk.

    `store`: makes the store on a medium; `start`: what the clock shows at first; `only`: one crash,
    as a failure names it.
    Raises CrashError for the first crash after which something does not hold.
    """
    trials = _Trials(scenario, store, start, settings)
    with _in_silence():
        if only is not None:
            point, how, *then = only.split()
            trials.run(Case(int(point), how, int(then[0]) if then else None))
            return Tried(points=1, cases=1)
        points = trials.rehearse()
        cases = sum(trials.run_all(point) for point in range(points))
    return Tried(points=points, cases=cases)


def survives_crashes(scenario: Scenario) -> Callable[[], None]:
    """Make a test of a scenario: that it survives a crash everywhere."""

    def test() -> None:
        crash_everywhere(scenario)

    test.__name__ = test.__qualname__ = getattr(scenario, "__name__", "scenario")
    test.__doc__, test.__module__ = scenario.__doc__, scenario.__module__
    return test


@contextmanager
def _in_silence() -> Iterator[None]:
    """Let nothing be logged: thousands of crashes are told of otherwise."""
    logger = logging.getLogger("duetime")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


class _Trials:
    """A scenario, and what its crashes are held against."""

    def __init__(
        self, scenario: Scenario, store: MakeStore, start: str, settings: Settings | None
    ) -> None:
        self._scenario = scenario
        self._make_store = store
        self._start = start
        self._settings = settings or Settings()
        self._broken: set[str] = set()
        self._last_write = 0
        self._seen: set[tuple[object, ...]] = set()

    def rehearse(self) -> int:
        """Run the scenario without a crash; return how many points it has."""
        disk, world = Disk(), World(self._start)
        shell = self._live(world, disk)
        assert shell is not None
        self._broken = {
            name for name, entry in shell.machine.roster.entries.items() if is_broken(entry)
        }
        try:
            self._end(shell, world)
        except WrongError as error:
            raise CrashError(f"{error}; that is so without any crash") from error
        points = disk.points.reached
        self._last_write = max(n for n, what in enumerate(points) if what.endswith("were written"))
        return len(points)

    def run_all(self, point: int) -> int:
        """Let a point be the end in every way; return how many there were."""
        count = 0
        for how in ("fails", "killed", "power", "torn", "doubled"):
            points = self.run(Case(point, how))
            count += points is not None
            if how == "killed":
                for then in range(points or 0):
                    self.run(Case(point, how, then))
                    count += 1
        return count

    def run(self, case: Case) -> int | None:
        """Let a case happen; return how many points its restart has, None: there is no such case.

        Raises CrashError.
        """
        world = World(self._start)
        disks = [Disk(points=Points(case.point, fails=case.how == "fails"))]
        try:
            shell = self._live(world, disks[0])
            if shell is None:
                data = disks[0].leavings().get(case.how)
                if data is None or not self._is_new(world, data, case.then):
                    return None
                self._look_at(case, disks[0], world)
                disks.append(Disk(data, Points(case.then)))
                shell = self._live(world, disks[-1])
            if shell is None:
                disks.append(Disk(disks[-1].leavings()["killed"]))
                shell = self._live(world, disks[-1])
            assert shell is not None
            self._end(shell, world)
        except Exception as error:
            raise CrashError(self._tell(case, disks, error)) from error
        if case.how == "fails" and not disks[0].failed:
            return None
        return disks[-1].points.recovered

    def _live(self, world: World, disk: Disk) -> Rehearsal | None:
        """Let a process live, up to the end of the scenario; None: it was cut off."""
        shell: Rehearsal | None = None
        try:
            shell = self._begin(world, disk)
            check_found(shell, world.progress)
            world.progress.begin()
            self._scenario(shell, world.clock)
            world.clock.finish()
        except BaseException as error:
            if shell is not None:
                with suppress(Cut):
                    shell.crash()
            if isinstance(error, Cut):
                return None
            raise
        return shell

    def _begin(self, world: World, disk: Disk) -> Rehearsal:
        """Make the shell of a process; where the disk fails, try once more."""
        try:
            return self._open(world, disk)
        except StoreError:
            if not disk.failed:
                raise
            return self._open(world, disk)

    def _open(self, world: World, disk: Disk) -> Rehearsal:
        store = self._make_store(disk)
        return Rehearsal(world, store=store, settings=self._settings, points=disk.points)

    def _end(self, shell: Rehearsal, world: World) -> None:
        """See what has become of everything, and let the last process go."""
        try:
            check_end(shell.machine, list(shell.store.records()), world.ran, self._broken)
        finally:
            shell.crash()

    def _is_new(self, world: World, data: bytes, then: int | None) -> bool:
        """Return whether no other case has left the same, on the disk and elsewhere."""
        acts = len(world.progress.results)
        left = (data, len(world.ran), acts, world.clock.read().mono, then)
        is_new = left not in self._seen
        self._seen.add(left)
        return is_new

    def _look_at(self, case: Case, disk: Disk, world: World) -> None:
        """See that a store reads what is left for what it is; once for each point."""
        if case.how != "killed" or case.then is not None:
            return
        self._read_badly(bytes(disk.written))
        self._restart_twice(bytes(disk.written), world)
        if case.point == self._last_write:
            self._tear(disk.durable, disk.rest())

    def _read_badly(self, data: bytes) -> None:
        disk = Disk(data)
        disk.unreadable = True
        with suppress(StoreError):
            self._make_store(disk).open(self._settings)
            raise WrongError("the store was opened, although the disk could not be read")
        if bytes(disk.written) != data:
            raise WrongError("the store has changed what it could not read")

    def _restart_twice(self, data: bytes, world: World) -> None:
        """A restart that starts nothing leaves nothing to be done for another one."""
        known: list[Snapshot] = []
        for _ in range(2):
            disk = Disk(data)
            shell = self._open(world, disk)
            found = shell.recovery
            known.append(shell.machine.snapshot())
            shell.crash()
            data = bytes(disk.written)
            if found is None or found.rerun or found.caught_up:
                return
        if known[0] != known[1]:
            raise WrongError("a second restart finds something else than the first")

    def _tear(self, durable: bytes, rest: bytes) -> None:
        """At each byte of the last write, what is found is what there was before it."""
        before = self._found_on(durable)
        for size in range(1, len(rest)):
            if self._found_on(durable + rest[:size]) != before:
                raise WrongError(f"after {size} of {len(rest)} bytes it holds something else")

    def _found_on(self, data: bytes) -> Snapshot | None:
        store = self._make_store(Disk(data))
        snapshot = store.open(self._settings).snapshot
        store.close()
        return snapshot

    def _tell(self, case: Case, disks: list[Disk], error: Exception) -> str:
        """Say what is wrong, where it was cut, what was left, and how to see it again."""
        name = getattr(self._scenario, "__name__", "scenario")
        lines = [f"{error}", f"  again: crash_everywhere({name}, only={str(case)!r})"]
        for disk, following in pairwise(disks):
            what = disk.points.reached[-1]
            left = bytes(following.durable)
            lines += [f"  cut {what}", f"  left: {len(left):,} bytes, the last lines of them:"]
            text = left.decode("utf-8", "replace").splitlines()
            lines += [f"    {line[:160]}" for line in text[-3:]]
        if case.how == "fails":
            lines.append(f"  failed {disks[0].points.reached[case.point]}")
        return "\n".join(lines)
