"""What outlives a simulated crash: the last state, and nothing else."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from duetime.adapters.stores.base import Batch, Definition, Stored
from duetime.engine.errors import StoreError
from duetime.engine.history import Occurrence, Run
from duetime.engine.journal import Journal, JournalRecord
from duetime.engine.machine import Settings, Snapshot


class LastState:
    """A store that keeps what the next process begins with.

    A store of the package keeps every record as well, at several times the cost of the simulation;
    here the windows have them already.
    """

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._snapshot: Callable[[], Snapshot] | None = None
        self._definitions: dict[str, Definition] = {}

    def open(self, settings: Settings) -> Stored:
        """Return the last state; of a process that has crashed, it is what it knew at its end."""
        snapshot = None if self._snapshot is None else self._snapshot()
        return Stored(snapshot=snapshot, definitions=dict(self._definitions))

    def write(self, batch: Batch) -> None:
        """Keep what there is now in place of what there was."""
        self._snapshot = batch.snapshot
        for name, definition in batch.definitions.items():
            self._definitions.pop(name, None)
            if definition is not None:
                self._definitions[name] = definition

    def records(self) -> Iterator[JournalRecord]:
        """Yield nothing."""
        return iter(())

    def journal(self) -> Journal:
        """Return an empty one."""
        return Journal()

    def runs(
        self,
        name: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[Run]:
        """Return nothing."""
        return []

    def fates(
        self,
        name: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[Occurrence]:
        """Return nothing."""
        return []

    def backup(self, path: str | Path) -> None:
        """Raises StoreError: there is nothing that could be copied."""
        raise StoreError(f"{path}: the state of a simulation has no copy")

    def close(self) -> None:
        """Stay as it is, for the next process."""
