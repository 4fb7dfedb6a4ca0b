"""A store that is one log: a journal, batch after batch, and what each task calls.

States are not written; they are found by folding the journal from its last snapshot on. A log only
grows.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from duetime.adapters.product import VERSION
from duetime.adapters.stores.base import Batch, Definition, Stored
from duetime.adapters.stores.files import write_file
from duetime.adapters.stores.log_lines import LogLines, calls_line, end_line, read_lines
from duetime.adapters.stores.medium import Medium
from duetime.adapters.stores.queries import check_limit
from duetime.adapters.zone_data import zone_data
from duetime.engine.catchup import Fate
from duetime.engine.errors import (
    JournalError,
    StoreDamagedError,
    StoreError,
    StoreVersionError,
)
from duetime.engine.history import History, Occurrence, Run
from duetime.engine.instants import LAST_INSTANT, to_instant, to_span
from duetime.engine.journal import (
    Journal,
    JournalRecord,
    header_line,
    record_line,
    replay,
    snapshot_line,
)
from duetime.engine.machine import Settings, Snapshot
from duetime.engine.states import Leaving

SNAPSHOT_RECORDS = 10_000
SNAPSHOT_TASKS = 2
"""So many records stand between two snapshots, at least, and so many for each task."""

R = TypeVar("R", Run, Occurrence)


class LogStore:
    """A store in a log on a medium: a file, or memory."""

    def __init__(self, medium: Medium, *, wait: timedelta | str | None = None) -> None:
        """Touch nothing yet. `wait`: how long to stand by for a holder; None: not at all."""
        self.medium = medium
        self._wait = None if wait is None else to_span(wait)
        self._mutex = threading.Lock()
        self._is_open = False
        self._is_torn = False
        self._size = 0
        self._last = 0
        self._snapshot_at = SNAPSHOT_RECORDS
        self._first: list[str] = []
        self._calls: dict[str, str | None] = {}

    def open(self, settings: Settings) -> Stored:
        """Take the sole right to write, and fold what is there; a torn end is cut off.

        Raises StoreBusyError, StoreVersionError, StoreDamagedError or StoreError; nothing is
        changed then.
        """
        try:
            self.medium.open(self._wait)
            self._is_open = True
            lines = self._read()
            snapshot = self._fold(lines) if lines.last else None
            self._is_torn = lines.torn > 0
            self._size, self._last, self._calls = lines.size, lines.last, lines.calls
            self._first = []
            if snapshot is None:
                self._size, self._is_torn = 0, lines.size + lines.torn > 0
                header = header_line(settings, zone_data=zone_data().version, product=VERSION)
                self._append([header, end_line(0)])
            elif snapshot.settings != settings:
                snapshot = replace(snapshot, settings=settings)
                self._first = [snapshot_line(snapshot, self._last), calls_line(self._calls)]
            self._cut_off()
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise _failed(self.medium, error) from error
            raise
        return self._stored(snapshot, lines.torn)

    def write(self, batch: Batch) -> None:
        """Write a batch and synchronise.

        Raises StoreError when that was not possible, BadTriggerError for a trigger that has no JSON
        form; the batch then has left no trace.
        """
        calls = {name: each.call for name, each in batch.definitions.items() if each is not None}
        known, last = self._calls | calls, self._last + len(batch.records)
        lines = [
            *self._first,
            *(record_line(each, n) for n, each in enumerate(batch.records, self._last + 1)),
        ]
        snapshot = batch.snapshot() if last >= self._snapshot_at else None
        if snapshot is not None:
            lines += [snapshot_line(snapshot, last), calls_line(known)]
        elif calls:
            lines.append(calls_line(calls))
        with self._mutex:
            self._append([*lines, end_line(last)])
        self._first, self._last, self._calls = [], last, known
        if snapshot is not None:
            self._plan_snapshot(len(snapshot.entries))

    def records(self) -> Iterator[JournalRecord]:
        """Yield the journal, oldest record first."""
        yield from self._read().journal()

    def journal(self) -> Journal:
        """Return the journal since the settings last changed, which `replay` takes."""
        lines = self._read()
        return lines.journal(lines.base)

    def runs(
        self,
        name: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[Run]:
        """Return runs, the latest last: of one task or all, started in [since, until)."""
        history = _tell(self.records())
        names = history.names() if name is None else [name]
        found = [(run.started, run) for each in names for run in history.runs(each)]
        return _choose(found, since, until, limit)

    def fates(
        self,
        name: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[Occurrence]:
        """Return fates other than `started`, the latest last; nominal times in [since, until)."""
        history = _tell(self.records())
        names = history.names() if name is None else [name]
        fates = (fate for each in names for fate in history.fates(each))
        found = [(fate.nominal, fate) for fate in fates if fate.fate is not Fate.STARTED]
        return _choose(found, since, until, limit)

    def backup(self, path: str | Path) -> None:
        """Write a copy that can be opened as a store, while this one is in use.

        Raises StoreError for a path that exists already or cannot be written.
        """
        target = Path(path)
        if target.exists():
            raise StoreError(f"{target} exists already; give a new path for the backup")
        size = self._read().size
        try:
            write_file(target, self.medium.read()[:size])
        except OSError as error:
            raise StoreError(f"{target} cannot be written: {error.strerror}") from None

    def close(self) -> None:
        """Give the right to write back; a second call changes nothing."""
        with self._mutex:
            if self._is_open:
                self._is_open = False
                self.medium.close()

    def _append(self, lines: list[str]) -> None:
        """Write whole lines, or nothing; called with the mutex."""
        if not self._is_open:
            raise StoreError(f"{self.medium} is not open")
        data = "".join(f"{line}\n" for line in lines).encode()
        try:
            self._cut_off()
            self._is_torn = True
            self.medium.append(data)
            self.medium.sync()
        except BaseException as error:
            with suppress(OSError):
                self._cut_off()
            if isinstance(error, OSError):
                raise _failed(self.medium, error) from error
            raise
        self._is_torn = False
        self._size += len(data)

    def _cut_off(self) -> None:
        """Cut off what a write has left that failed, or that a crash came into."""
        if self._is_torn:
            self.medium.truncate(self._size)
            self.medium.sync()
            self._is_torn = False

    def _read(self) -> LogLines:
        try:
            return read_lines(self.medium.read())
        except OSError as error:
            raise _failed(self.medium, error) from error
        except (StoreDamagedError, StoreVersionError) as error:
            raise type(error)(f"{self.medium}: {error}") from None

    def _fold(self, lines: LogLines) -> Snapshot:
        """Return what a machine knows after all that was written."""
        try:
            return replay(lines.journal(lines.latest)).machine.snapshot()
        except JournalError as error:
            raise StoreDamagedError(f"{self.medium}: {error}") from error

    def _plan_snapshot(self, tasks: int) -> None:
        self._snapshot_at = self._last + max(SNAPSHOT_RECORDS, SNAPSHOT_TASKS * tasks)

    def _stored(self, snapshot: Snapshot | None, torn: int) -> Stored:
        cut = f"{self.medium}: {torn:,} bytes of a batch that never came to its end were cut off"
        notices = (cut,) if torn else ()
        if snapshot is None:
            return Stored(notices=notices)
        self._plan_snapshot(len(snapshot.entries))
        definitions = {
            entry.task.name: Definition(task=entry.task, call=self._calls.get(entry.task.name))
            for entry in snapshot.entries
            if not isinstance(entry.state, Leaving)
        }
        return Stored(snapshot=snapshot, definitions=definitions, notices=notices)


def _failed(medium: Medium, error: OSError) -> StoreError:
    return StoreError(f"{medium}: {error.strerror or error}")


def _tell(records: Iterable[JournalRecord]) -> History:
    history = History()
    for record in records:
        history.note(record.input, record.effects)
    return history


def _choose(
    found: list[tuple[datetime, R]],
    since: datetime | None,
    until: datetime | None,
    limit: int | None,
) -> list[R]:
    """Return those in [since, until), the latest last, and of these the last `limit`."""
    first = 0 if since is None else to_instant(since)
    last = LAST_INSTANT if until is None else to_instant(until)
    found.sort(key=lambda each: each[0])
    chosen = [each for at, each in found if first <= to_instant(at) < last]
    return chosen if limit is None else chosen[-check_limit(limit) :]
