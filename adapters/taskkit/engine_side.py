"""The engine's side of the face: one task of the engine for each registration.

Its next start is the task's due time, a run of it a run of the engine. So what TaskKit calls
running, scheduled and on demand is read off the engine, and kept nowhere else.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Generic

from duetime.adapters.calls import RunHandle
from duetime.adapters.simulate import Simulation
from duetime.adapters.taskkit.entries import Entry, H, Place
from duetime.adapters.threads import Scheduler as Threads
from duetime.engine.errors import UnknownTaskError
from duetime.engine.instants import MILLISECOND, Instant
from duetime.engine.policies import CatchUp, Overlap
from duetime.engine.states import Absent, Going, Idle, Running, State
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.once import OnDemand

AT_ANY_LATENESS = "100000d"
"""TaskKit runs what is due, however late it is."""
NEAR = MILLISECOND
"""Two readings of one start agree within this; what differs by more is another start."""


class EngineSide(Generic[H]):
    """What the face says to the engine and reads off it."""

    def __init__(
        self, shell: Threads | Simulation, call: Callable[[Entry[H], RunHandle], None]
    ) -> None:
        """`call`: what a run of an entry does."""
        self.shell = shell
        self.stopped = False
        self._call = call

    def together(self) -> AbstractContextManager[object]:
        """Make several steps one: every method of the face works inside of this."""
        return self.shell.together()

    def now(self) -> Instant:
        """Return the wall-clock time."""
        return self.shell.clock.read().wall

    # Said

    def declare(self, entry: Entry[H], trigger: Trigger | None = None) -> None:
        """Declare the task of an entry, with this trigger or its own; what waits is forgotten.

        What comes due while it is running is skipped: in TaskKit there is no next start then.
        Beside a run of an older registration it waits for that to end.
        """
        entry.in_force = entry.rhythm
        self.shell.add(
            entry.name,
            trigger or entry.trigger(self.now()),
            partial(self._call, entry),
            may_never_fire=True,
            overlap=Overlap.BUFFER_ONE if entry.beside else Overlap.SKIP,
            catch_up=CatchUp.EARLIEST,
            window=AT_ANY_LATENESS,
            priority=entry.rank,
        )

    def plan(self, entry: Entry[H]) -> None:
        """Tell of the next start, or that there is none.

        To give the engine the trigger that it has changes nothing, so a start that it has had
        already is declared anew.
        """
        if not entry.beside:
            entry.in_force = entry.rhythm
            self.shell.reschedule(entry.name, entry.trigger(self.now()))
            due = self.due(entry)
            if due is None or not entry.planned or near(entry.start, due) == entry.start:
                return
        entry.beside = self.runs(entry.name) != self.own_runs(entry)
        self.declare(entry)

    def run_again(self, entry: Entry[H]) -> None:
        """Let another run follow the one that is about to end."""
        if entry.beside:
            entry.beside = False
            self.declare(entry, OnDemand())
        self.shell.demand(entry.name)

    # Read

    def place(self, entry: Entry[H]) -> Place:
        """Return where an entry is; one that was skipped for the last time is absent."""
        if entry.rank == 0:
            return Place.ABSENT
        if self.own_runs(entry):
            return Place.RUNNING
        if self.waits(entry) or self.due(entry) is not None:
            return Place.SCHEDULED
        return Place.ABSENT if entry.planned and not entry.on_demand else Place.ON_DEMAND

    def start_of(self, entry: Entry[H]) -> Instant:
        """Return the next start, or that of the run which is going or waits; wall-clock ns."""
        if self.place(entry) is not Place.SCHEDULED or self.waits(entry):
            return entry.start
        due = self.due(entry)
        return entry.start if due is None else near(entry.start, due)

    def due(self, entry: Entry[H]) -> Instant | None:
        """Return when the engine will start it by itself."""
        return self.shell.view(entry.name).due

    def waits(self, entry: Entry[H]) -> bool:
        """Return whether a start waits for a detached run to end."""
        state = self.shell.view(entry.name).state
        return isinstance(state, Running) and bool(state.waiting)

    def runs(self, name: str) -> tuple[Going, ...]:
        """Return the runs of a name that are going, detached ones included."""
        try:
            state: State = self.shell.view(name).state
        except UnknownTaskError:
            return ()
        return () if isinstance(state, Absent | Idle) else state.runs

    def own_runs(self, entry: Entry[H]) -> tuple[Going, ...]:
        """Return the runs of this registration that are going."""
        return tuple(run for run in self.runs(entry.name) if run.generation >= entry.generation)


def near(told: Instant, read: Instant) -> Instant:
    """Return a start as it was told, where what is read off the engine means the same."""
    return told if abs(read - told) < NEAR else read
