"""The sole right to write: real processes hold it, and lose it with their lives."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from duetime.adapters.stores.lock import StoreLock, read_holder
from duetime.adapters.stores.sqlite import SqliteStore
from duetime.adapters.testing.conformance.keeping import Kept
from duetime.engine.errors import StoreBusyError
from duetime.engine.instants import SECOND
from duetime.engine.machine import Settings

HOLDER = """
import sys
from duetime.adapters.testing.conformance.keeping import Kept, added
from duetime.adapters.stores.sqlite import SqliteStore
kept = Kept(SqliteStore(sys.argv[1]))
kept.say(added("page"))
print("held", flush=True)
sys.stdin.read()
kept.store.close()
"""
FORKED = """
import os, sys
from pathlib import Path
from duetime.adapters.stores.lock import StoreLock
StoreLock(Path(sys.argv[1])).take(None)
if os.fork() == 0:
    print(os.getpid(), flush=True)
    sys.stdin.read()
os._exit(0)
"""


@contextmanager
def holding(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold a store; it gives it back when its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_another_process_is_named(tmp_path: Path) -> None:
    """The error says which holds the store, and since when; the store can be read meanwhile."""
    path = tmp_path / "store.db"
    with holding(path) as process:
        with pytest.raises(StoreBusyError) as caught:
            SqliteStore(path).open(Settings())
        assert f"process {process.pid} on " in caught.value.holder
        assert caught.value.holder in str(caught.value)
        assert len(list(SqliteStore(path).records())) == 1
        SqliteStore(path).backup(tmp_path / "copy.db")
    kept = Kept(SqliteStore(tmp_path / "copy.db"))
    assert kept.machine.names() == ["page"]
    kept.store.close()


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    """What it had written is there."""
    path = tmp_path / "store.db"
    with holding(path) as process:
        process.kill()
        process.wait()
        kept = Kept(SqliteStore(path))
        assert kept.machine.names() == ["page"]
        kept.store.close()


def test_a_standby_takes_over_when_the_holder_goes(tmp_path: Path) -> None:
    """It waits for it, and reads what was written last."""
    path = tmp_path / "store.db"
    with holding(path) as process:
        assert process.stdin is not None
        process.stdin.close()
        kept = Kept(SqliteStore(path, wait="20s"))
        assert kept.machine.names() == ["page"]
        kept.store.close()


def test_a_standby_does_not_wait_for_ever(tmp_path: Path) -> None:
    """It says how long it has waited."""
    first, second = StoreLock(tmp_path / "s"), StoreLock(tmp_path / "s")
    first.take(None)
    with pytest.raises(StoreBusyError, match=r"\(waited 0\.1s\)"):
        second.take(SECOND // 10)
    first.release()
    second.take(None)
    second.release()


def test_a_forked_process_does_not_keep_the_lock(tmp_path: Path) -> None:
    """The child of a holder that has gone lives on, and the store is free."""
    process = subprocess.Popen(
        [sys.executable, "-c", FORKED, str(tmp_path / "s")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.wait()
        os.kill(child, 0)
        lock = StoreLock(tmp_path / "s")
        lock.take(None)
        lock.release()


@pytest.mark.parametrize("text", ["", "x", "[]", '{"pid": 1}'])
def test_a_holder_that_cannot_be_read_is_unknown(tmp_path: Path, text: str) -> None:
    """The file is for people; the lock is not in it."""
    path = tmp_path / "s.lock"
    path.write_text(text)
    assert read_holder(path) == "an unknown process"
