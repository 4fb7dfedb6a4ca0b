"""How long runs took, from what a scheduler has recorded: to be drawn from in a simulation."""

from collections import defaultdict
from datetime import timedelta
from pathlib import Path

from duetime.adapters.journals import replay
from duetime.adapters.stores import open_store
from duetime.engine.errors import BadArgumentError
from duetime.engine.history import Outcome, Run

MOST = 10_000
"""So many runs of each task are taken, the latest."""

_SQLITE = b"SQLite format 3\x00"


def recorded_lengths(source: str) -> dict[str, list[timedelta]]:
    """Return how long the finished runs of each task took.

    `source`: a journal, or a store, by its path or URL.
    Raises BadArgumentError for one without a finished run, and as the readers of both do.
    """
    found: defaultdict[str, list[timedelta]] = defaultdict(list)
    for run in _runs(source):
        if run.outcome is Outcome.FINISHED and run.ended is not None:
            found[run.name].append(run.ended - run.started)
    if not found:
        raise BadArgumentError(f"{source}: no run has finished there that says how long it took")
    return {name: lengths[-MOST:] for name, lengths in found.items()}


def _runs(source: str) -> list[Run]:
    if is_journal(source):
        history = replay(source).history
        return [run for name in history.names() for run in history.runs(name)]
    return open_store(source).runs()


def is_journal(source: str) -> bool:
    """Say whether a source is a journal; else it is a store.

    Raises BadArgumentError for a file that cannot be read.
    """
    if "://" in source or source == "memory:":
        return False
    try:
        with Path(source).open("rb") as opened:
            return not opened.read(len(_SQLITE)).startswith(_SQLITE)
    except OSError as error:
        raise BadArgumentError(f"{source}: {error.strerror}") from None
