"""Media: what a log store writes its bytes to, each write and each synchronisation by itself.

A fault that a disk can have is a medium that has it; see `duetime.adapters.testing`.
"""

import os
from pathlib import Path
from typing import Protocol

from duetime.adapters.stores.files import sync_folder
from duetime.adapters.stores.lock import StoreLock
from duetime.engine.errors import StoreBusyError, StoreError
from duetime.engine.instants import Span


class Medium(Protocol):
    """Bytes that grow at their end. Whatever fails raises OSError."""

    def open(self, wait: Span | None) -> None:
        """Take the sole right to write. `wait`: ns to wait for another holder; None: not at all.

        Raises StoreBusyError where another has it, StoreError where it cannot be taken.
        """

    def read(self) -> bytes:
        """Return all that is there; it needs no right."""

    def append(self, data: bytes) -> None:
        """Write at the end; what has been written may be lost until `sync` returns."""

    def sync(self) -> None:
        """Make all that was written durable."""

    def truncate(self, size: int) -> None:
        """Cut off all but the first bytes."""

    def close(self) -> None:
        """Give the right back; a second call changes nothing."""


class MemoryMedium:
    """Bytes in memory: they outlive the store, not the process."""

    def __init__(self, data: bytes = b"") -> None:
        """`data`: what is there already."""
        self._data = bytearray(data)
        self._taken = False

    def __str__(self) -> str:
        """Say where it is."""
        return "the store in memory"

    def open(self, wait: Span | None) -> None:
        """Take the sole right to write; nobody else can give it back, so there is no waiting."""
        if self._taken:
            raise StoreBusyError(
                f"{self} is open in this process already; close it first", holder="this process"
            )
        self._taken = True

    def read(self) -> bytes:
        """Return all that is there."""
        return bytes(self._data)

    def append(self, data: bytes) -> None:
        """Write at the end."""
        self._data += data

    def sync(self) -> None:
        """Do nothing."""

    def truncate(self, size: int) -> None:
        """Cut off all but the first bytes."""
        del self._data[size:]

    def close(self) -> None:
        """Give the right back."""
        self._taken = False


class FileMedium:
    """Bytes in a file, made durable by fsync."""

    def __init__(self, path: str | Path) -> None:
        """Touch nothing yet."""
        self.path = Path(path)
        self._right = StoreLock(self.path)
        self._file: int | None = None

    def __str__(self) -> str:
        """Say where it is."""
        return str(self.path)

    def open(self, wait: Span | None) -> None:
        """Take the sole right to write; make the file, if there is none."""
        if self._file is not None:
            raise StoreError(f"{self} is open already")
        self._right.take(wait)
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            sync_folder(self.path)
        except BaseException:
            self.close()
            raise

    def read(self) -> bytes:
        """Return all that is there."""
        return self.path.read_bytes()

    def append(self, data: bytes) -> None:
        """Write at the end."""
        while data:
            data = data[os.write(self._open_file(), data) :]

    def sync(self) -> None:
        """Make all that was written durable."""
        os.fsync(self._open_file())

    def truncate(self, size: int) -> None:
        """Cut off all but the first bytes."""
        os.ftruncate(self._open_file(), size)

    def close(self) -> None:
        """Give the right back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self._right.release()

    def _open_file(self) -> int:
        if self._file is None:
            raise StoreError(f"{self} is not open")
        return self._file
