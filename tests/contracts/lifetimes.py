"""One store and several processes, one after the other: what restarts are tested with."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeAlias

from duetime.adapters.calls import RunHandle
from duetime.adapters.simulate import Simulation
from duetime.adapters.stores.base import Batch, Store, Stored
from duetime.adapters.threads import Scheduler
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import StoreError
from duetime.engine.history import Occurrence, Run
from duetime.engine.journal import Journal, JournalRecord
from duetime.engine.machine import Settings
from tests.contracts.stage import AnyShell

MakeStore: TypeAlias = Callable[[], Store]
"""Makes a store anew on what the one before has left."""

RAN: list[tuple[str, int, int]] = []
"""(name, number, attempt) of each call of `note`, in this process."""


def note(run: RunHandle) -> None:
    """Be a callable that has an import path."""
    RAN.append((run.name, run.number, run.attempt))


def note_word(run: RunHandle, word: str = "none") -> None:
    """Be one with an argument."""
    RAN.append((word, run.number, run.attempt))


class Faulty:
    """A store that can fail, or be cut off as if its process had died.

    `fails`: whether writes do, from now on.
    """

    def __init__(self, store: Store) -> None:
        """Be as good as that store."""
        self.inner = store
        self.fails = False

    def open(self, settings: Settings) -> Stored:
        """Open it."""
        return self.inner.open(settings)

    def write(self, batch: Batch) -> None:
        """Write, or fail."""
        if self.fails:
            raise StoreError("the disk is full")
        self.inner.write(batch)

    def records(self) -> Iterator[JournalRecord]:
        """Yield the journal."""
        return self.inner.records()

    def journal(self) -> Journal:
        """Return the journal."""
        return self.inner.journal()

    def runs(self, name: str | None = None) -> list[Run]:
        """Return runs."""
        return self.inner.runs(name)

    def fates(self, name: str | None = None) -> list[Occurrence]:
        """Return fates."""
        return self.inner.fates(name)

    def close(self) -> None:
        """Close it."""
        self.inner.close()

    def cut_off(self) -> None:
        """Take nothing more."""
        self.fails = True
        self.inner.close()


class Lifetimes:
    """Processes that follow each other on one store and one clock."""

    def __init__(self, kind: type[AnyShell], clock: VirtualClock, make_store: MakeStore) -> None:
        """Start none."""
        self.clock = clock
        self._kind = kind
        self._make_store = make_store
        self._shell: AnyShell | None = None
        self.store = Faulty(make_store())

    def begin(self, settings: Settings | None = None) -> AnyShell:
        """Make the shell of a new process; it waits for what is declared."""
        self.store = Faulty(self._make_store())
        self._shell = self._kind(self.clock, store=self.store, settings=settings)
        return self._shell

    def go(self) -> None:
        """Let the shell do what there is to be done at once."""
        assert self._shell is not None
        self._shell.start()
        self.clock.advance(seconds=0)

    def crash(self, **outage: int) -> None:
        """Let the process die, and time pass until the next one.

        A scheduler is cut off from its store: whatever it still does is not kept.
        """
        shell, self._shell = self._shell, None
        if isinstance(shell, Simulation):
            shell.crash()
        elif isinstance(shell, Scheduler):
            self.store.cut_off()
            shell.shutdown(timedelta(0))
        self.store.close()
        self.clock.advance(**outage)

    def end(self) -> None:
        """Shut down what is left."""
        if self._shell is not None:
            self._shell.shutdown()
