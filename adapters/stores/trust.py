"""Whether a database can be trusted, looked at before anything in it is touched."""

from pathlib import Path

from duetime.adapters.stores.schema import (
    APPLICATION,
    check_version,
    has_log,
    reading,
    version_of,
)
from duetime.engine.errors import StoreDamagedError, StoreError

_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100


def check_database(path: Path) -> None:
    """Look whether a file is a whole store of this release.

    Source of the offsets: https://www.sqlite.org/fileformat.html, section 1.3.
    Raises StoreDamagedError for what is none, was cut off or was copied half-way, StoreVersionError
    for one of a newer release.
    """
    header, size = _read_header(path)
    if size == 0:
        raise StoreDamagedError(f"{path} is empty; a new store needs a path where nothing is")
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise StoreDamagedError(f"{path} is no database; give the path of a store, or a new path")
    if _number(header, 68, 4) != APPLICATION:
        raise StoreDamagedError(f"{path} is a database of another program, not of duetime")
    pages, page_bytes = _number(header, 28, 4), _number(header, 16, 2)
    page_bytes = 65_536 if page_bytes == 1 else page_bytes
    # With a log, the database may be shorter: the log has the rest.
    if not has_log(path) and size < pages * page_bytes:
        raise StoreDamagedError(
            f"{path} was cut off: {size:,} bytes of {pages * page_bytes:,}; copy it again with "
            "`duetime backup`, or restore a backup"
        )
    with reading(path) as db:
        check_version(path, version_of(db))
        if _is_copy(path, dict(db.execute("SELECT key, value FROM meta"))):
            found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise StoreDamagedError(
                    f"{path} is a copy that is not whole: {found}; copy it again with "
                    "`duetime backup`"
                )


def identity(path: Path) -> str:
    """Return what tells a file from its copies: the numbers of its device and of the file."""
    stat = path.stat()
    return f"{stat.st_dev}:{stat.st_ino}"


def _is_copy(path: Path, meta: dict[str, str]) -> bool:
    return meta.get("file") != identity(path)


def _read_header(path: Path) -> tuple[bytes, int]:
    try:
        with path.open("rb") as file:
            return file.read(_HEADER_BYTES), path.stat().st_size
    except FileNotFoundError:
        raise StoreError(f"there is no store {path}") from None
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from None


def _number(header: bytes, offset: int, size: int) -> int:
    return int.from_bytes(header[offset : offset + size], "big")
