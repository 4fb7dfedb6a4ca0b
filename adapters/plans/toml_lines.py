"""TOML, and on which line each key of it stands: the standard library's reader does not say."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from duetime.adapters.plans.records import PlanError, Problem
from duetime.engine.triggers.base import Json

KeyPath: TypeAlias = "tuple[str | int, ...]"
"""The keys on the way to a value; a number: which one of an array of tables."""


_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def load_toml(path: Path, text: str) -> dict[str, Json]:
    """Read a TOML file. Raises PlanError for what is none."""
    try:
        data: dict[str, Json] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        raise PlanError(path, [Problem(line, "", f"this is no TOML: {error}")]) from None
    return data


def toml_error(path: Path, text: str, problems: Iterable[tuple[KeyPath, str]]) -> PlanError:
    """Return the error for keys that make no sense, each with its line.

    Of a key that is not there, it is that of the table that it is missing in.
    """
    lines = lines_of(text)
    found = []
    for keys, what in problems:
        known = next((keys[:end] for end in range(len(keys), 0, -1) if keys[:end] in lines), ())
        shown = ".".join(part if _BARE.fullmatch(part) else repr(part) for part in map(str, keys))
        found.append(Problem(lines.get(known, 0), shown, what))
    return PlanError(path, found)


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
