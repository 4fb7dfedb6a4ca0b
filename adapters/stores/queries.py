"""Questions about what happened, as a database is asked them, and its answers."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from duetime.engine.catchup import Fate
from duetime.engine.errors import BadArgumentError, StoreDamagedError
from duetime.engine.history import Occurrence, Outcome, Run
from duetime.engine.instants import to_datetime, to_instant
from duetime.engine.messages import Cause


@dataclass(frozen=True, slots=True)
class Question:
    """What can be asked of a table. `time`: the column that says when."""

    table: str
    time: str
    columns: str

    def asked(
        self,
        name: str | None,
        *,
        since: datetime | str | None,
        until: datetime | str | None,
        limit: int | None,
    ) -> tuple[str, list[object]]:
        """Return the query, with its values; the latest row comes first.

        Raises BadArgumentError for a limit below 1, NaiveDatetimeError or BadTimeError.
        """
        bounds: list[tuple[str, object]] = []
        if name is not None:
            bounds.append(("name = ?", name))
        if since is not None:
            bounds.append((f"{self.time} >= ?", to_instant(since)))
        if until is not None:
            bounds.append((f"{self.time} < ?", to_instant(until)))
        query = f"SELECT {self.columns} FROM {self.table}"
        if bounds:
            query += " WHERE " + " AND ".join(text for text, _ in bounds)
        query += f" ORDER BY {self.time} DESC, id DESC"
        values = [value for _, value in bounds]
        if limit is not None:
            query, values = f"{query} LIMIT ?", [*values, check_limit(limit)]
        return query, values


RUNS = Question(
    "runs",
    "started",
    "name, generation, number, attempt, cause, nominal, planned, started, ended, outcome, error, "
    "args",
)
FATES = Question("fates", "first", "name, generation, fate, reason, first, last, count")


def check_limit(limit: int) -> int:
    """Return a limit; raises BadArgumentError for one below 1."""
    if type(limit) is not int or limit < 1:
        raise BadArgumentError(f"limit {limit!r} must be a whole number from 1 up")
    return limit


def read_runs(rows: Iterable[tuple[object, ...]]) -> list[Run]:
    """Read rows of runs.

    Raises StoreDamagedError for what no run can be made of.
    """
    return [_read_run(row) for row in rows]


def read_fates(rows: Iterable[tuple[object, ...]]) -> list[Occurrence]:
    """Read rows of fates.

    Raises StoreDamagedError for what no fate can be made of.
    """
    return [_read_fate(row) for row in rows]


def _read_run(row: tuple[object, ...]) -> Run:
    match row:
        case (
            str(name),
            int(generation),
            int(number),
            int(attempt),
            str(cause),
            int(nominal),
            int(planned),
            int(started),
            int() | None as ended,
            str() | None as outcome,
            str(error),
            str() | None as args,
        ):
            return Run(
                name=name,
                generation=generation,
                number=number,
                attempt=attempt,
                cause=Cause(cause),
                nominal=to_datetime(nominal),
                planned=to_datetime(planned),
                started=to_datetime(started),
                ended=None if ended is None else to_datetime(ended),
                outcome=None if outcome is None else Outcome(outcome),
                error=error,
                args=json.loads(args) if args else {},
            )
    raise StoreDamagedError(f"{row!r} is no run")


def _read_fate(row: tuple[object, ...]) -> Occurrence:
    match row:
        case (
            str(name),
            int(generation),
            str(fate),
            str(reason),
            int(first),
            int(last),
            int(count),
        ):
            return Occurrence(
                name=name,
                generation=generation,
                fate=Fate(fate),
                reason=reason,
                nominal=to_datetime(first),
                last=to_datetime(last),
                count=count,
            )
    raise StoreDamagedError(f"{row!r} is no fate")
