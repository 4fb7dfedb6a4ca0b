"""The schema of an SQLite store, its versions, and how a database comes to have it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from duetime.adapters.stores.files import put_in_place
from duetime.engine.errors import StoreDamagedError, StoreError, StoreVersionError

APPLICATION = int.from_bytes(b"duet")
"""What the header of a database calls the program that it belongs to."""
OLDEST_SQLITE = (3, 37)
"""The first one with STRICT tables."""
PATIENCE_SECONDS = 5.0
"""So long a statement waits for another program that has locked the database."""

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE definitions (name TEXT PRIMARY KEY, line TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE states (name TEXT PRIMARY KEY, line TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE clocks (
    id INTEGER PRIMARY KEY CHECK (id = 1), wall INTEGER NOT NULL, mono INTEGER NOT NULL,
    boot TEXT NOT NULL, lead INTEGER NOT NULL, shift INTEGER NOT NULL
) STRICT;
CREATE TABLE retired (
    name TEXT PRIMARY KEY, generation INTEGER NOT NULL, number INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE journal (n INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT;
CREATE TABLE snapshots (n INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT;
CREATE TABLE snapshot_tasks (
    n INTEGER NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (n, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, generation INTEGER NOT NULL,
    number INTEGER NOT NULL, attempt INTEGER NOT NULL, cause TEXT NOT NULL,
    nominal INTEGER NOT NULL, planned INTEGER NOT NULL, started INTEGER NOT NULL, ended INTEGER,
    outcome TEXT, error TEXT NOT NULL, args TEXT
) STRICT;
CREATE INDEX runs_of_task ON runs (name, started);
CREATE INDEX runs_by_time ON runs (started);
CREATE TABLE fates (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, generation INTEGER NOT NULL, fate TEXT NOT NULL,
    reason TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL
) STRICT;
CREATE INDEX fates_of_task ON fates (name, first);
CREATE INDEX fates_by_time ON fates (first);
"""

STEPS: tuple[str, ...] = ()
"""What brings a database of version k + 1 to version k + 2, for each k; statements end with ";"."""
VERSION = 1 + len(STEPS)

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "it may not be written",
    sqlite3.SQLITE_PERM: "it may not be opened",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; is the folder there, and may it be written?",
    sqlite3.SQLITE_BUSY: "another program has locked it",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
}


class Synchronous(StrEnum):
    """What a commit promises."""

    NORMAL = "normal"
    """It outlives the process; after a power failure the last ones may be gone."""
    FULL = "full"
    """It outlives a power failure."""


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the errors of SQLite into those of a store."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGED:
            raise StoreDamagedError(
                f"{path} is damaged: {error}; restore a backup, or give another path"
            ) from error
        reason = _REASONS.get(code)
        raise StoreError(f"{path}: {f'{reason} ({error})' if reason else error}") from error


def connect(path: Path, synchronous: str) -> sqlite3.Connection:
    """Open a database for writing; any thread may use the connection, one at a time."""
    db = sqlite3.connect(
        _uri(path, "rw"),
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=PATIENCE_SECONDS,
    )
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {synchronous}")
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database for reading, beside whoever writes to it; nothing in its folder changes."""
    with translated(path):
        # A database without a log beside it is in use by nobody; reading it so leaves none behind.
        mode = "ro" if has_log(path) else "ro&immutable=1"
        db = sqlite3.connect(_uri(path, mode), uri=True, timeout=PATIENCE_SECONDS)
        try:
            yield db
        finally:
            db.close()


def make_database(path: Path) -> None:
    """Make a new store, complete or not at all."""
    require_sqlite()
    part = path.with_name(path.name + ".new")
    part.unlink(missing_ok=True)
    db = sqlite3.connect(part, isolation_level=None)
    try:
        db.executescript(
            f"BEGIN; PRAGMA application_id = {APPLICATION}; {SCHEMA}"
            f"PRAGMA user_version = {VERSION}; COMMIT;"
        )
    finally:
        db.close()
    put_in_place(part, path)


def migrate(db: sqlite3.Connection, path: Path, steps: Sequence[str] = STEPS) -> None:
    """Bring a database to the present version, in one transaction.

    Raises StoreVersionError for one of a newer release; nothing is changed then.
    """
    version = version_of(db)
    check_version(path, version, 1 + len(steps))
    if version == 1 + len(steps):
        return
    with transaction(db):
        for step in steps[version - 1 :]:
            for statement in _statements(step):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {1 + len(steps)}")


def check_version(path: Path, version: int, newest: int = VERSION) -> None:
    """Raise StoreVersionError for a version that this release does not know."""
    if not 1 <= version <= newest:
        raise StoreVersionError(
            f"{path} has schema version {version}; this release reads 1 to {newest}: use the "
            "release that wrote it, or a later one"
        )


def version_of(db: sqlite3.Connection) -> int:
    """Return the version of the schema that a database has."""
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    return found


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Write all that is done inside, or nothing of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def has_log(path: Path) -> bool:
    """Tell whether there is something in the write-ahead log beside a database."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size > 0
    except OSError:
        return False


def require_sqlite() -> None:
    """Raise StoreError for a library that is too old."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} is too old; a store needs "
            f"{'.'.join(map(str, OLDEST_SQLITE))} or newer"
        )


def _statements(script: str) -> Iterator[str]:
    part = ""
    for line in script.splitlines(keepends=True):
        part += line
        if sqlite3.complete_statement(part):
            yield part
            part = ""


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(str(path))}?mode={mode}"
