"""The sole right to write to a store: a lock of the operating system on a file beside it.

It ends with the process that has it, however that ends. The file says who that is, for people to
read; that it is there means nothing.
"""

import json
import os
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from duetime.engine.errors import StoreBusyError, StoreError
from duetime.engine.instants import SECOND, Span, span_text

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOOK_SECONDS = 0.05
"""So often a standby looks whether the store is free."""
_FAR = 1 << 30
"""Windows locks bytes against reading, so the one that is locked lies behind the text."""

_HELD: "set[StoreLock]" = set()


class StoreLock:
    """The lock of one store."""

    def __init__(self, store: Path) -> None:
        """Take nothing yet."""
        self.path = store.with_name(store.name + ".lock")
        self._file: int | None = None

    def take(self, wait: Span | None) -> None:
        """Take the lock. `wait`: ns to wait for another holder to go; None: not at all.

        Raises StoreBusyError, naming the holder, StoreError where the file cannot be written.
        """
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StoreError(
                f"{self.path} cannot be written: {error.strerror}; a store needs a folder that "
                "exists and that this user may write to"
            ) from None
        try:
            until = None if wait is None else time.monotonic() + wait / SECOND
            while not _try_lock(file):
                if until is None or time.monotonic() >= until:
                    raise self._busy(wait)
                time.sleep(LOOK_SECONDS)
            since = datetime.now(UTC).isoformat(timespec="seconds")
            holder = {"host": socket.gethostname(), "pid": os.getpid(), "since": since}
            os.ftruncate(file, 0)
            os.write(file, json.dumps(holder).encode())
        except BaseException:
            os.close(file)
            raise
        self._file = file
        _HELD.add(self)

    def release(self) -> None:
        """Give the lock back, if it has been taken; closing the file is enough."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        _HELD.discard(self)

    def _busy(self, wait: Span | None) -> StoreBusyError:
        holder = read_holder(self.path)
        waited = "" if wait is None else f" (waited {span_text(wait)})"
        return StoreBusyError(
            f"{self.path.name.removesuffix('.lock')} is held for scheduling by {holder}{waited}; "
            "stop that process, or be its standby with wait=",
            holder=holder,
        )


def read_holder(lock: Path) -> str:
    """Say who holds, or last held, the lock of a store."""
    try:
        data = json.loads(lock.read_text("utf-8"))
        return f"process {data['pid']} on {data['host']} since {data['since']}"
    except (OSError, ValueError, LookupError, TypeError):
        return "an unknown process"


def _try_lock(file: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(file, _FAR, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            os.lseek(file, 0, os.SEEK_SET)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except PermissionError:  # what Windows says
        return False
    return True


def _forget_in_child() -> None:
    """A forked process shares the lock and would keep it longer than its parent lives."""
    for lock in list(_HELD):
        lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
