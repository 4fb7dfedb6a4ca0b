"""What a store is, and what passes between a shell and a store.

A shell decides in memory and writes what it has decided in one go, a `Batch`, before any of it is
done. A store keeps three things apart: what was declared (definitions), how far it has come (the
states of tasks, the clocks), and what happened (the journal, and the runs and fates told from it).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from duetime.engine.history import Occurrence, Run
from duetime.engine.instants import Reading, Span
from duetime.engine.journal import Journal, JournalRecord
from duetime.engine.machine import Settings, Snapshot
from duetime.engine.roster import Retired
from duetime.engine.states import Entry
from duetime.engine.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A task as it was declared. `call`: the import path of its callable, such as "web.pages:make".

    None: it has no such path, and only the code that declares it again can run it.
    """

    task: Task
    call: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is written in one go: all of it, or nothing.

    `records`: inputs with their effects, in order. `definitions`, `states`: of the tasks that
    changed; None: gone. `retired`: names whose generations must not be used again; None: forgotten.
    `last`, `lead`, `shift`: the clocks of the machine afterwards. `snapshot`: makes one of all that
    the machine then knows; costly, for stores that want one now and then.
    """

    records: tuple[JournalRecord, ...]
    definitions: Mapping[str, Definition | None]
    states: Mapping[str, Entry | None]
    retired: Mapping[str, Retired | None]
    last: Reading
    lead: Span
    shift: Span
    snapshot: Callable[[], Snapshot]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a store held when it was opened.

    `snapshot`: None for a new store. `damaged`: tasks whose stored rows cannot be read, with the
    reason; they are not in the snapshot. `notices`: what else a person should know, such as a torn
    tail that was cut off.
    """

    snapshot: Snapshot | None = None
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    damaged: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


class Store(Protocol):
    """Where a shell keeps what must not be lost."""

    def open(self, settings: Settings) -> Stored:
        """Take the sole right to write, and read what is there. Called once, before any write.

        Raises StoreBusyError where another process holds the store, StoreVersionError for a schema
        of a newer release, StoreDamagedError for what cannot be trusted, StoreError otherwise;
        nothing is changed then.
        """

    def write(self, batch: Batch) -> None:
        """Make a batch durable, all of it or nothing.

        Raises StoreError when that was not possible; the batch then has left no trace.
        """

    def records(self) -> Iterator[JournalRecord]:
        """Yield the journal that is kept, oldest record first."""

    def journal(self) -> Journal:
        """Return the journal from its first snapshot on, which `replay` takes."""

    def runs(
        self,
        name: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[Run]:
        """Return runs, the latest last: of one task or all, started in [since, until)."""

    def fates(
        self,
        name: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[Occurrence]:
        """Return fates other than `started`, the latest last; nominal times in [since, until)."""

    def backup(self, path: str | Path) -> None:
        """Write a copy that can be opened as a store, while this one is in use.

        Raises StoreError for a path that exists already or cannot be written.
        """

    def close(self) -> None:
        """Give the right to write back; a second call changes nothing."""
