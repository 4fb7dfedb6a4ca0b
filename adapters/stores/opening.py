"""Stores by their URL: which kind, which file, which options."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from duetime.adapters.stores.base import Store
from duetime.adapters.stores.log import LogStore
from duetime.adapters.stores.medium import FileMedium, MemoryMedium
from duetime.adapters.stores.sqlite import SqliteStore
from duetime.engine.errors import BadArgumentError, DuetimeError

_URL = re.compile(r"(?P<kind>[a-z]{2,})://(?P<host>[^/?]*)/(?P<path>[^?]*)(?:\?(?P<options>.*))?")
_FORMS = (
    "'sqlite:///schedule.db' (a relative path; 'sqlite:////var/…' an absolute one), "
    "'file:///schedule.log', 'memory:', or the path of an SQLite file"
)
_TEXTS = ("synchronous", "wait")
_NUMBERS = ("keep_runs", "keep_days", "keep_records")


def open_store(store: Store | str | Path) -> Store:
    """Return a store as it is; make the one that a URL or a path names. It is not opened yet.

    Raises BadArgumentError, naming the part, for a URL that cannot be read.
    """
    if isinstance(store, Path):
        return SqliteStore(store)
    if not isinstance(store, str):
        return store
    if store == "memory:":
        return LogStore(MemoryMedium())
    if not re.match(r"[a-z]{2,}:", store):
        return SqliteStore(store)
    url = _URL.fullmatch(store)
    if url is None or url["host"] or not url["path"] or url["kind"] not in ("sqlite", "file"):
        raise BadArgumentError(f"store {store!r} cannot be read; write {_FORMS}")
    options = dict(parse_qsl(url["options"] or "", keep_blank_values=True))
    try:
        return _make(url["kind"], Path(unquote(url["path"])), options)
    except DuetimeError as error:
        raise BadArgumentError(f"store {store!r}: {error}") from None


def _make(kind: str, path: Path, options: Mapping[str, str]) -> Store:
    allowed = ("wait",) if kind == "file" else (*_TEXTS, *_NUMBERS)
    unknown = options.keys() - set(allowed)
    if unknown:
        raise BadArgumentError(
            f"there is no option {', '.join(sorted(unknown))}; there are {', '.join(allowed)}"
        )
    wait = options.get("wait")
    if kind == "file":
        return LogStore(FileMedium(path), wait=wait)
    synchronous = options.get("synchronous", "normal")
    numbers = {name: _number(name, options[name]) for name in _NUMBERS if name in options}
    return SqliteStore(path, synchronous=synchronous, wait=wait, **numbers)


def _number(name: str, text: str) -> int:
    if not text.isdecimal():
        raise BadArgumentError(f"{name} {text!r} must be a whole number from 1 up")
    return int(text)
