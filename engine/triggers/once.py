"""Once, and on demand only."""

from dataclasses import dataclass
from datetime import datetime

from duetime.engine.instants import MINUTE, Instant, iso, to_instant
from duetime.engine.triggers.base import Json, Trigger

LATE_ADD = MINUTE
"""A single time that has passed by no more than this when it is added starts at once."""


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Once(Trigger):
    """One instant. `at`: ns since the epoch; given as an aware datetime or ISO text with an offset.

    >>> Once("2026-03-29T02:30+02:00")
    Once('2026-03-29T00:30:00Z')
    """

    at: Instant

    def __init__(self, at: datetime | str) -> None:
        """Raises NaiveDatetimeError for a datetime without a zone."""
        object.__setattr__(self, "at", to_instant(at))

    def next_after(self, after: Instant) -> Instant | None:
        """Return the instant while it lies ahead."""
        return self.at if self.at > after else None

    def first(self, added: Instant) -> Instant | None:
        """Return the instant also when it has just passed."""
        return self.at if self.at >= added - LATE_ADD else None

    def to_json(self) -> dict[str, Json]:
        """Return the instant as text."""
        return {"type": "Once", "at": iso(self.at)}

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return f"Once({iso(self.at)!r})"


@dataclass(frozen=True, slots=True)
class OnDemand(Trigger):
    """Never by itself; the task runs by `demand` or `run_now` only."""

    def next_after(self, after: Instant) -> Instant | None:
        """Return None."""
        return None
