"""On which line each key of a TOML file stands; the standard library's reader does not say."""

import tomllib
from collections import Counter
from typing import TypeAlias

from duetime.engine.triggers.base import Json

KeyPath: TypeAlias = "tuple[str | int, ...]"
"""The keys on the way to a value; a number: which one of an array of tables."""


def lines_of(text: str) -> dict[KeyPath, int]:
    """Return the line of each table and key of a text that is valid TOML, counted from 1.

    Each statement is read by itself: it ends where the reader accepts it.
    """
    lines = text.split("\n")
    found: dict[KeyPath, int] = {}
    arrays: Counter[KeyPath] = Counter()
    table: KeyPath = ()
    first = 0
    while first < len(lines):
        start = lines[first].strip()
        if not start or start.startswith("#"):
            first += 1
            continue
        last, said = _statement(lines, first)
        if start.startswith("["):
            table = _header(said, arrays)
            found.setdefault(table, first + 1)
        else:
            _note(said, table, first + 1, found)
        first = last
    return found


def _statement(lines: list[str], first: int) -> tuple[int, dict[str, Json]]:
    """Return the line after a statement, and what it says."""
    for last in range(first + 1, len(lines)):
        try:
            return last, tomllib.loads("\n".join(lines[first:last]))
        except tomllib.TOMLDecodeError:
            continue
    return len(lines), tomllib.loads("\n".join(lines[first:]))


def _header(said: dict[str, Json], arrays: Counter[KeyPath]) -> KeyPath:
    """Return the path of the table that a header begins."""
    path: KeyPath = ()
    inner: Json = said
    while isinstance(inner, dict) and inner:
        [(key, inner)] = inner.items()
        path = (*path, key)
        if isinstance(inner, list):
            arrays[path] += 1
        if arrays[path]:
            path = (*path, arrays[path] - 1)
    return path


def _note(said: Json, path: KeyPath, line: int, found: dict[KeyPath, int]) -> None:
    if isinstance(said, dict):
        for key, value in said.items():
            found.setdefault((*path, key), line)
            _note(value, (*path, key), line, found)
