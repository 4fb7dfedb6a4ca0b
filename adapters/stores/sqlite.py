"""A store in one SQLite file: the embedded default.

Written with a write-ahead log, one transaction for each batch. `synchronous` says what a commit
promises: "normal": a decision outlives the process that made it, and after a power failure the last
ones may be gone, never a part of one; "full": it outlives a power failure as well.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from duetime.adapters.calls import RunKey
from duetime.adapters.stores.base import Batch, Stored
from duetime.adapters.stores.books import Going, RunBook, Told
from duetime.adapters.stores.contents import (
    PUT_RETIRED,
    Contents,
    begin_anew,
    make_snapshot,
    read_base,
    read_contents,
)
from duetime.adapters.stores.files import put_in_place
from duetime.adapters.stores.lock import StoreLock
from duetime.adapters.stores.queries import FATES, RUNS, read_fates, read_runs
from duetime.adapters.stores.rows import TaskRows, task_rows
from duetime.adapters.stores.schema import (
    Synchronous,
    connect,
    make_database,
    migrate,
    reading,
    require_sqlite,
    transaction,
    translated,
)
from duetime.adapters.stores.sweeping import (
    KEEP_DAYS,
    KEEP_RECORDS,
    KEEP_RUNS,
    Keep,
    Sweeper,
)
from duetime.adapters.stores.trust import check_database, identity
from duetime.engine.errors import BadArgumentError, JournalError, StoreDamagedError, StoreError
from duetime.engine.history import Occurrence, Run
from duetime.engine.instants import to_span
from duetime.engine.journal import Journal, JournalRecord, read_record, record_line
from duetime.engine.machine import Settings
from duetime.engine.policies import parse_enum

_PUT_DEFINITION = "INSERT OR REPLACE INTO definitions VALUES (?, ?)"
_PUT_STATE = "INSERT OR REPLACE INTO states VALUES (?, ?)"
_PUT_CLOCKS = "INSERT OR REPLACE INTO clocks VALUES (1, ?, ?, ?, ?, ?)"
_ADD_RECORD = "INSERT INTO journal VALUES (?, ?)"
_ADD_RUN = f"INSERT INTO runs VALUES ({', '.join('?' * 13)})"
_END_RUN = "UPDATE runs SET ended = ?, outcome = ?, error = ? WHERE id = ?"
_ADD_FATE = f"INSERT INTO fates ({FATES.columns}) VALUES ({', '.join('?' * 7)})"


class SqliteStore:
    """A store in an SQLite file."""

    def __init__(
        self,
        path: str | Path,
        *,
        synchronous: str = Synchronous.NORMAL,
        wait: timedelta | str | None = None,
        keep_runs: int = KEEP_RUNS,
        keep_days: int = KEEP_DAYS,
        keep_records: int = KEEP_RECORDS,
    ) -> None:
        """Touch nothing yet.

        `synchronous`: "normal" or "full". `wait`: how long to stand by for a process that holds the
        store; None: not at all. `keep_…`: see `Keep`.
        Raises BadArgumentError for what makes no sense.
        """
        self.path = Path(path)
        self._synchronous = parse_enum(Synchronous, synchronous, BadArgumentError)
        self._wait = None if wait is None else to_span(wait)
        self._keep = Keep(runs=keep_runs, days=keep_days, records=keep_records)
        self._right = StoreLock(self.path)
        self._db: sqlite3.Connection | None = None
        self._mutex = threading.Lock()
        self._book = RunBook({}, 1)
        self._sweeper = Sweeper(self._keep)
        self._last = 0
        self._settings = Settings()

    def open(self, settings: Settings) -> Stored:
        """Take the sole right to write, and read what is there; a new file is made.

        Raises StoreBusyError, StoreVersionError, StoreDamagedError or StoreError; nothing in the
        file is changed then.
        """
        if self._db is not None:
            raise StoreError(f"{self.path} is open already")
        require_sqlite()
        self._right.take(self._wait)
        try:
            with translated(self.path):
                if not self.path.exists():
                    make_database(self.path)
                check_database(self.path)
                self._db = connect(self.path, self._synchronous)
                migrate(self._db, self.path)
                with reading(self.path) as db:
                    contents = read_contents(db, self.path)
                self._begin(self._db, contents, settings)
        except BaseException:
            self.close()
            raise
        return contents.stored(settings)

    def write(self, batch: Batch) -> None:
        """Write a batch as one transaction.

        Raises StoreError when that was not possible, BadTriggerError for a trigger that has no JSON
        form; the batch then has left no trace.
        """
        told = self._book.tell(batch.records)
        last = self._last + len(batch.records)
        told.lines = [
            (number, record_line(record, number))
            for number, record in enumerate(batch.records, self._last + 1)
        ]
        rows = task_rows(batch)
        with self._mutex, translated(self.path):
            if self._db is None:
                raise StoreError(f"{self.path} is not open")
            with transaction(self._db):
                _put(self._db, rows)
                _add(self._db, told)
                swept = self._sweeper.sweep(self._db, told, batch.last.wall)
                if swept and self._sweeper.wants_snapshot(self._db, last):
                    make_snapshot(self._db, last, self._settings)
        self._book.take(told)
        self._last = last

    def records(self) -> Iterator[JournalRecord]:
        """Yield the journal that is kept, oldest record first."""
        with reading(self.path) as db:
            yield from _read_records(db, self.path, 0)

    def journal(self) -> Journal:
        """Return the journal from its first snapshot on, which `replay` takes."""
        journal = Journal()
        with reading(self.path) as db:
            after, settings, journal.base = read_base(db, self.path)
            journal.begin(settings)
            journal.first = after + 1
            journal.extend(list(_read_records(db, self.path, after)))
        return journal

    def runs(
        self,
        name: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[Run]:
        """Return runs, the latest last: of one task or all, started in [since, until)."""
        query, values = RUNS.asked(name, since=since, until=until, limit=limit)
        with reading(self.path) as db:
            return read_runs(reversed(db.execute(query, values).fetchall()))

    def fates(
        self,
        name: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> list[Occurrence]:
        """Return fates other than `started`, the latest last; nominal times in [since, until)."""
        query, values = FATES.asked(name, since=since, until=until, limit=limit)
        with reading(self.path) as db:
            return read_fates(reversed(db.execute(query, values).fetchall()))

    def backup(self, path: str | Path) -> None:
        """Write a copy that can be opened as a store, while this one is in use.

        Raises StoreError for a path that exists already or cannot be written.
        """
        target = Path(path)
        if target.exists():
            raise StoreError(f"{target} exists already; give a new path for the backup")
        check_database(self.path)
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            with reading(self.path) as db, translated(target):
                copy = sqlite3.connect(part)
                try:
                    db.backup(copy)
                finally:
                    copy.close()
            put_in_place(part, target)
        except OSError as error:
            raise StoreError(f"{target} cannot be written: {error.strerror}") from None
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def close(self) -> None:
        """Give the right to write back; a second call changes nothing."""
        with self._mutex:
            if self._db is not None:
                self._db.close()
                self._db = None
            self._right.release()

    def _begin(self, db: sqlite3.Connection, contents: Contents, settings: Settings) -> None:
        """Make the database ready to be written to, and know where it stands."""
        with transaction(db):
            db.execute("INSERT OR REPLACE INTO meta VALUES ('file', ?)", (identity(self.path),))
            if contents.settings != settings or contents.damaged:
                begin_anew(db, contents, settings)
        going: dict[RunKey, Going] = {}
        for name in contents.busy():
            rows = db.execute(
                "SELECT generation, number, attempt, id FROM runs WHERE name = ? AND ended IS NULL",
                (name,),
            )
            for generation, number, attempt, id_ in rows:
                going[name, generation, number] = (attempt, id_)
        next_id = db.execute("SELECT coalesce(max(id), 0) + 1 FROM runs").fetchone()[0]
        self._book = RunBook(going, next_id)
        self._last, self._settings = contents.last, settings


def _put(db: sqlite3.Connection, rows: TaskRows) -> None:
    """Write what has changed."""
    if rows.definitions:
        db.executemany(_PUT_DEFINITION, rows.definitions)
    if rows.states:
        db.executemany(_PUT_STATE, rows.states)
    if rows.gone:
        db.executemany("DELETE FROM states WHERE name = ?", rows.gone)
        db.executemany("DELETE FROM definitions WHERE name = ?", rows.gone)
    if rows.retired:
        db.executemany(PUT_RETIRED, rows.retired)
    if rows.forgotten:
        db.executemany("DELETE FROM retired WHERE name = ?", rows.forgotten)
    db.execute(_PUT_CLOCKS, rows.clocks)


def _add(db: sqlite3.Connection, told: Told) -> None:
    """Write what happened: the records, and the runs and fates that they tell of."""
    db.executemany(_ADD_RECORD, told.lines)
    if told.started:
        db.executemany(_ADD_RUN, told.started)
    if told.ended:
        db.executemany(_END_RUN, told.ended)
    if told.fates:
        db.executemany(_ADD_FATE, told.fates)


def _read_records(db: sqlite3.Connection, path: Path, after: int) -> Iterator[JournalRecord]:
    try:
        for number, line in db.execute("SELECT n, line FROM journal WHERE n > ?", (after,)):
            yield read_record(line, number)
    except JournalError as error:
        raise StoreDamagedError(f"{path}: {error}") from None
