"""Accounts: why an occurrence met its fate, as data and in words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from duetime.engine.catchup import Fate
from duetime.engine.history import Run
from duetime.engine.messages import Input


class Standing(StrEnum):
    """How a due time stands that has no fate."""

    WAITING = "waiting"
    """It has come due, and waits for a run to end or for a slot."""
    OVERDUE = "overdue"
    """It is due, and nobody has looked yet."""
    AHEAD = "ahead"
    """It lies ahead."""
    NO_OCCURRENCE = "no occurrence"
    """The task is not due at that time."""
    UNKNOWN = "unknown"
    """There is no journal, and nothing of it is remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An input that led to a fate. `at`: its wall-clock time, in UTC; `text`: its part in words."""

    at: datetime
    input: Input
    text: str

    def __str__(self) -> str:
        """Write it as a line."""
        return f"{shown(self.at)} {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Why an occurrence met its fate, or how it stands. All times are aware UTC datetimes.

    `generation`, `fate`, `reason`: as in `Occurrence`; `generation` is that of the task at that
    time where it is no occurrence. `number`, `attempts`: of the run that started.
    `parts`: the inputs that led there, in their order; none where there is no journal.
    `before`, `after`: the nearest due times, where it is no occurrence.
    `earlier`: accounts of the same time in earlier generations of the task, in their order.
    `as_of`: up to when things are told.
    """

    name: str
    nominal: datetime
    generation: int
    fate: Fate | Standing
    reason: str = ""
    number: int | None = None
    attempts: tuple[Run, ...] = ()
    parts: tuple[Part, ...] = ()
    before: datetime | None = None
    after: datetime | None = None
    earlier: tuple["Account", ...] = ()
    as_of: datetime
    journalled: bool = True

    def __str__(self) -> str:
        """Write a line for the fate, and one for each input and attempt; the latest comes last."""
        told = (*self.earlier, self)
        return "\n".join(line for each in told for line in each._lines(several=len(told) > 1))

    def _lines(self, *, several: bool) -> list[str]:
        generation = f", generation {self.generation}" if several else ""
        reason = f" ({self.reason})" if self.reason else ""
        lines = [f"{self.name}, {shown(self.nominal)}{generation}: {self.fate}{reason}"]
        lines += [f"- {part}" for part in self.parts]
        lines += [f"- {run_text(run)}" for run in self.attempts]
        if self.before is not None or self.after is not None:
            near = [shown(each) for each in (self.before, self.after) if each is not None]
            lines.append(f"- the nearest due times are {' and '.join(near)}")
        if not self.journalled:
            lines.append("- no journal is kept, so the inputs that led there are not known")
        return lines


def run_text(run: Run) -> str:
    """Say of a run when it started and how it ended."""
    again = f", attempt {run.attempt}" if run.attempt > 1 else ""
    return f"run {run.number}{again} started {shown(run.started)}, {end_text(run)}"


def end_text(run: Run) -> str:
    """Say of a run how it ended."""
    if run.ended is None:
        return "has not ended"
    error = f": {run.error}" if run.error else ""
    return f"{run.outcome} {shown(run.ended)}{error}"


def shown(moment: datetime) -> str:
    """Write a time in UTC."""
    return moment.isoformat().replace("+00:00", "Z")
