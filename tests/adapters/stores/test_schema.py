"""The schema and its versions."""

import sqlite3
from pathlib import Path

import pytest

from duetime.adapters.stores.schema import (
    APPLICATION,
    SCHEMA,
    VERSION,
    connect,
    make_database,
    migrate,
    require_sqlite,
    translated,
    version_of,
)
from duetime.engine.errors import StoreDamagedError, StoreError, StoreVersionError

STEPS = (
    "ALTER TABLE runs RENAME COLUMN started TO begun;",
    """
    CREATE TABLE labels (
        name TEXT PRIMARY KEY
    ) STRICT;
    INSERT INTO labels VALUES ('new');
    """,
)
"""From a version 1 to 2, and from 2 to 3, as later releases could have them."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make an empty store."""
    path = tmp_path / "store.db"
    make_database(path)
    return path


def shape(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return the statements that make all there is."""
    return sorted(db.execute("SELECT name, coalesce(sql, '') FROM sqlite_schema"))


def test_a_new_database_has_the_present_version(path: Path) -> None:
    """And says in its header what it belongs to."""
    db = connect(path, "full")
    assert version_of(db) == VERSION
    assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)
    db.close()


def test_an_older_database_is_brought_forward_step_by_step(path: Path) -> None:
    """Each step is done once; a second time nothing is left to do."""
    db = connect(path, "normal")
    migrate(db, path, STEPS[:1])
    assert version_of(db) == 2
    migrate(db, path, STEPS)
    migrate(db, path, STEPS)
    assert version_of(db) == 3
    assert db.execute("SELECT count(begun) FROM runs").fetchone() == (0,)
    assert db.execute("SELECT name FROM labels").fetchall() == [("new",)]
    db.close()


def test_a_step_that_fails_changes_nothing(path: Path) -> None:
    """Not even what the steps before it have done."""
    db = connect(path, "normal")
    before = shape(db)
    with pytest.raises(StoreError, match="no such table"), translated(path):
        migrate(db, path, (*STEPS, "DROP TABLE absent;"))
    assert (version_of(db), shape(db)) == (1, before)
    db.close()


def test_a_newer_database_is_refused(path: Path) -> None:
    """It stays as it is."""
    db = connect(path, "normal")
    migrate(db, path, STEPS)
    before = shape(db)
    with pytest.raises(StoreVersionError, match="schema version 3; this release reads 1 to 1"):
        migrate(db, path)
    assert (version_of(db), shape(db)) == (3, before)
    db.close()


def test_every_table_is_strict() -> None:
    """SQLite would take text for a number otherwise."""
    tables = [part for part in SCHEMA.split(";") if "CREATE TABLE" in part]
    assert all("STRICT" in table for table in tables)


def test_a_library_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """STRICT tables came with 3.37."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(StoreError, match=r"needs 3\.37 or newer"):
        require_sqlite()


def test_damage_has_an_error_of_its_own(path: Path) -> None:
    """What SQLite calls corrupt is no passing trouble."""
    error = sqlite3.DatabaseError("malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    with pytest.raises(StoreDamagedError, match="is damaged"), translated(path):
        raise error
