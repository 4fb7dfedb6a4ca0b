"""Files that come to be at once: written beside, then put in place."""

import os
from pathlib import Path


def write_file(path: Path, data: bytes) -> None:
    """Write a new file, complete or not at all."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        put_in_place(part, path)
    finally:
        part.unlink(missing_ok=True)


def put_in_place(part: Path, path: Path) -> None:
    """Give a complete file its name, so that a crash leaves the old one or the new one."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(part, path)
    sync_folder(path)


def sync_folder(path: Path) -> None:
    """Make the name of a file durable, where folders can be synchronised."""
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
