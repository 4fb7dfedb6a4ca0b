"""How much of the past an SQLite store keeps, and how the rest goes: a little with each write."""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from duetime.adapters.stores.books import Told
from duetime.engine.errors import BadArgumentError
from duetime.engine.instants import DAY, Instant

KEEP_RUNS = 1_000
KEEP_DAYS = 365
KEEP_RECORDS = 100_000
EVERY_RECORDS = 100
"""After so many records it is seen what has become too old."""
PER_RECORD = 4
"""So many old rows of a table go then for each record that was written."""
SNAPSHOT_TASKS = 4
"""A snapshot is made no more often than after so many records for each task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """What is kept.

    `runs`: of each task, and as many fates; a tenth more may be there. `days`: how old runs and
    fates become. `records`: of the journal, which begins with a snapshot; about twice as many may
    be there.
    """

    runs: int = KEEP_RUNS
    days: int = KEEP_DAYS
    records: int = KEEP_RECORDS

    def __post_init__(self) -> None:
        """Raises BadArgumentError, naming the number, for one below 1."""
        for name, number in (("runs", self.runs), ("days", self.days), ("records", self.records)):
            if type(number) is not int or number < 1:
                raise BadArgumentError(f"keep_{name} {number!r} must be a whole number from 1 up")


class Sweeper:
    """Takes old rows out of the tables of what happened."""

    def __init__(self, keep: Keep) -> None:
        """Start without knowing what is there."""
        self._keep = keep
        self._step = max(keep.runs // 10, 1)
        self._since: dict[str, Counter[object]] = {"runs": Counter(), "fates": Counter()}
        self._records = 0

    def sweep(self, db: sqlite3.Connection, told: Told, now: Instant) -> bool:
        """Do what is due after a write; say whether old rows were looked for."""
        self._thin_out(db, "runs", "started", (row[1] for row in told.started))
        self._thin_out(db, "fates", "first", (row[0] for row in told.fates))
        self._records += len(told.lines)
        if self._records < EVERY_RECORDS:
            return False
        most, self._records = PER_RECORD * self._records, 0
        for table, column in (("runs", "started"), ("fates", "first")):
            db.execute(
                f"DELETE FROM {table} WHERE id IN "
                f"(SELECT id FROM {table} WHERE {column} < ? ORDER BY {column} LIMIT ?)",
                (now - self._keep.days * DAY, most),
            )
        self._shorten_journal(db, most)
        return True

    def wants_snapshot(self, db: sqlite3.Connection, last: int) -> bool:
        """Tell whether the journal up to record `last` is long enough for another snapshot."""
        latest: int = db.execute("SELECT coalesce(max(n), 0) FROM snapshots").fetchone()[0]
        if last - latest < self._keep.records:
            return False
        tasks: int = db.execute("SELECT count(*) FROM states").fetchone()[0]
        return last - latest >= SNAPSHOT_TASKS * tasks

    def _thin_out(
        self, db: sqlite3.Connection, table: str, column: str, names: Iterable[object]
    ) -> None:
        """Delete what a task has too many of; the first time, and then after each tenth."""
        since = self._since[table]
        for name in names:
            since[name] += 1
            if since[name] == 1 or since[name] > self._step:
                since[name] = 1
                db.execute(
                    f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE name = ? "
                    f"ORDER BY {column} DESC, id DESC LIMIT ? OFFSET ?)",
                    (name, 2 * self._step + PER_RECORD, self._keep.runs),
                )

    def _shorten_journal(self, db: sqlite3.Connection, most: int) -> None:
        """Delete what comes before the last snapshot but one."""
        kept = db.execute("SELECT n FROM snapshots ORDER BY n DESC LIMIT 1 OFFSET 1").fetchone()
        if kept is None:
            return
        first = db.execute("SELECT min(n) FROM journal").fetchone()[0] or 0
        db.execute("DELETE FROM journal WHERE n <= ?", (min(kept[0], first + most),))
        old = db.execute("SELECT min(n) FROM snapshots").fetchone()[0]
        if old < kept[0]:
            gone = db.execute(
                "DELETE FROM snapshot_tasks WHERE n = ? AND name IN "
                "(SELECT name FROM snapshot_tasks WHERE n = ? LIMIT ?)",
                (old, old, most),
            ).rowcount
            if gone < most:
                db.execute("DELETE FROM snapshots WHERE n = ?", (old,))
