"""What `lint` finds in a plan: findings, each with a code that keeps its meaning for good."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from duetime.adapters.plans.records import PlannedTask


class Code(StrEnum):
    """What is found. A code is never used for anything else; docs/reference/lint-codes.md."""

    NEVER_FIRES = "D101"
    """A trigger that is not due any more, or never was."""
    EITHER_DAY = "D102"
    """A cron expression in which a day of the month or a weekday is enough."""
    UNEVEN_STEP = "D103"
    """A step of a cron expression that does not divide its field."""
    SKIPPED_MONTHS = "D104"
    """A day that some months do not have."""
    LEAP_DAY_ONLY = "D105"
    """Due on 29 February only."""
    GAP_TIME = "D201"
    """A time that a change of the clock skips."""
    DOUBLED_TIME = "D202"
    """A time that a change of the clock makes happen twice."""
    OVERLAPS = "D301"
    """A run may still be going when the next ones come due."""
    ALWAYS_OVERLAPS = "D302"
    """Every run is still going when the next ones come due."""
    OVER_CAPACITY = "D303"
    """More runs go at once than may."""
    SAME_MINUTE = "D304"
    """Several tasks that are due in the same minute."""
    NOTICE = "D401"
    """What stands in the plan and is done otherwise here, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found. `tasks`: whom it is about, none: the plan. `line`: of the first, or 0.

    `what`: is so; `why`: it matters; `remedy`: what to do.
    """

    code: Code
    tasks: tuple[str, ...]
    line: int
    what: str
    why: str
    remedy: str


def about(task: PlannedTask, code: Code, *, what: str, why: str, remedy: str) -> Finding:
    """Return a finding about one task."""
    return Finding(code=code, tasks=(task.name,), line=task.line, what=what, why=why, remedy=remedy)


def listed(parts: Sequence[str], most: int = 5) -> str:
    """Join a few, and say how many more there are."""
    rest = f" and {len(parts) - most} more" if len(parts) > most else ""
    return ", ".join(parts[:most]) + rest
