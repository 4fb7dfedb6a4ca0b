"""How long a modelled run lasts: a span, a range that a seed draws from, or until it is told."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from duetime.adapters.calls import RunKey
from duetime.engine.errors import BadTaskError, BadTimeError
from duetime.engine.instants import Span, to_span

Takes: TypeAlias = timedelta | str | tuple[timedelta, timedelta] | None
"""A span, a range such as "2s..10s", "hold", or None: as long as the code of the run."""


@dataclass(frozen=True, slots=True)
class Length:
    """A range of spans, both ends included; `held`: until somebody ends the run by hand."""

    low: Span
    high: Span
    held: bool = False

    def draw(self, seed: int, run: RunKey) -> Span:
        """Pick a span: the same for the same seed and run, on every machine."""
        text = f"{seed}/{run[0]}/{run[1]}/{run[2]}".encode()
        number = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
        return self.low + number % (self.high - self.low + 1)


def read_takes(takes: Takes, name: str) -> Length | None:
    """Read a length at the border; None stays None.

    Raises BadTaskError, naming the task, for what is none.
    """
    if takes is None:
        return None
    if takes == "hold":
        return Length(0, 0, held=True)
    try:
        if isinstance(takes, tuple):
            low, high = to_span(takes[0]), to_span(takes[1])
        elif isinstance(takes, str) and ".." in takes:
            low, high = (to_span(part) for part in takes.split("..", 1))
        else:
            low = high = to_span(takes)
    except BadTimeError as error:
        raise BadTaskError(f"task {name!r}: takes: {error}") from None
    if not 0 <= low <= high:
        raise BadTaskError(f"task {name!r}: takes {takes!r}: must be from 0 up, the shorter first")
    return Length(low, high)
