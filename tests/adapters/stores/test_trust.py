"""Databases that cannot be trusted: none is opened, and none is changed."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from duetime.adapters.stores.sqlite import SqliteStore
from duetime.adapters.testing.conformance.keeping import Kept, added, ticked
from duetime.engine.errors import StoreDamagedError, StoreError, StoreVersionError
from duetime.engine.machine import Settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a store with enough in it that it has many pages."""
    path = tmp_path / "store.db"
    kept = Kept(SqliteStore(path))
    kept.say(*(added(f"task {number}") for number in range(200)))
    kept.say(ticked(60))
    kept.store.close()
    return path


def refused(path: Path, kind: type[StoreError], message: str) -> None:
    """See that a store is neither opened nor changed, by whoever wants to."""
    before = path.read_bytes()
    folder = {each.name for each in path.parent.iterdir()} | {path.name + ".lock"}
    with pytest.raises(kind, match=message):
        SqliteStore(path).open(Settings())
    with pytest.raises(kind, match=message):
        SqliteStore(path).backup(path.with_name("backup.db"))
    assert path.read_bytes() == before
    assert {each.name for each in path.parent.iterdir()} == folder


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"[tasks]\n", "is no database"),
        (b"SQLite format 3\x00", "is no database"),
        (os.urandom(10_000), "is no database"),
    ],
)
def test_a_file_that_is_no_database_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    """Whatever it is, it is not made one."""
    path = tmp_path / "file"
    path.write_bytes(content)
    refused(path, StoreDamagedError, message)


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    """It has another application id."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE jobs (id)")
    db.close()
    refused(path, StoreDamagedError, "of another program")


def test_a_store_of_a_newer_release_is_refused(path: Path) -> None:
    """The error names both versions."""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 7")
    db.close()
    refused(path, StoreVersionError, "has schema version 7; this release reads 1 to 1")


@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
def test_a_store_that_was_cut_off_is_refused(path: Path, share: float) -> None:
    """It has fewer pages than its header says."""
    os.truncate(path, int(path.stat().st_size * share))
    refused(path, StoreDamagedError, "was cut off")


def test_a_copy_with_holes_is_refused(path: Path) -> None:
    """Its length is right, so that only a check of the whole file finds it."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    copy = path.with_name("copy.db")
    copy.write_bytes(data)
    refused(copy, StoreDamagedError, "copy that is not whole")


def test_a_whole_copy_is_opened(path: Path) -> None:
    """It is checked once, and then known."""
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    for _ in range(2):
        store = SqliteStore(copy)
        snapshot = store.open(Settings()).snapshot
        assert snapshot is not None
        assert len(snapshot.entries) == 200
        store.close()


def test_a_crash_while_a_store_is_made_leaves_none(tmp_path: Path) -> None:
    """What was half made is made anew."""
    path = tmp_path / "store.db"
    path.with_name("store.db.new").write_bytes(b"half")
    store = SqliteStore(path)
    assert store.open(Settings()).snapshot is None
    store.close()
    assert not path.with_name("store.db.new").exists()


@pytest.mark.parametrize("where", ["nowhere/store.db", "file/store.db"])
def test_a_folder_that_is_not_there_is_named(tmp_path: Path, where: str) -> None:
    """No folder is made."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="a store needs a folder that exists"):
        SqliteStore(tmp_path / where).open(Settings())
    assert {each.name for each in tmp_path.iterdir()} == {"file"}


def test_history_of_a_store_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Nothing is made by looking."""
    with pytest.raises(StoreError, match="cannot be opened"):
        SqliteStore(tmp_path / "store.db").runs()
    with pytest.raises(StoreError, match="there is no store"):
        SqliteStore(tmp_path / "store.db").backup(tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


ANOTHER_USER = """
import os, sys
from duetime import StoreError
from duetime.adapters.stores.sqlite import SqliteStore
from duetime.engine.machine import Settings
if os.geteuid() == 0:
    os.setuid(65534)
try:
    SqliteStore(sys.argv[1]).open(Settings())
except StoreError as error:
    print(error)
print(len(SqliteStore(sys.argv[2]).runs()) if len(sys.argv) > 2 else "")
"""


@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_that_may_not_be_written_is_named(path: Path, *, exists: bool) -> None:
    """History can be read there all the same."""
    folder = Path(tempfile.mkdtemp())
    if exists:
        shutil.copy(path, folder / "store.db")
    folder.chmod(0o555)
    arguments = [str(folder / "store.db")] * (1 + exists)
    said = subprocess.run(
        [sys.executable, "-c", ANOTHER_USER, *arguments], capture_output=True, text=True, check=True
    )
    folder.chmod(0o755)
    shutil.rmtree(folder)
    assert "store.db.lock cannot be written: Permission denied" in said.stdout
    assert said.stdout.splitlines()[-1] == ("200" if exists else "")
