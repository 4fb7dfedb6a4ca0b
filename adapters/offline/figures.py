"""What is drawn of a simulated plan, ready to be drawn; no extra is needed to make it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from duetime.adapters.offline.tallies import Tally
from duetime.engine.instants import Instant

Bar: TypeAlias = tuple[Instant, Instant, str]
"""Start and end of a run, and how it ended: "finished", "failed", "lost" or "going"."""
Mark: TypeAlias = tuple[Instant, str]
"""A due time that started nothing, and its fate: "merged", "skipped", "missed", "dropped" or
"superseded"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One task in the timeline."""

    name: str
    bars: Sequence[Bar]
    marks: Sequence[Mark]


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """How many runs go at once, for equal spans from `begin` on.

    `size`: ns, of each span; `most`, `mean`: in each span.
    """

    begin: Instant
    size: int
    most: Sequence[int]
    mean: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All that is drawn. Instants are ns since the epoch, UTC; they are shown in the zone `tz`.

    `begin`, `end`: what was simulated; `changes`: when the clock of the zone was put forward or
    back, and by how many ns. `lanes`: what happened from `lanes_begin` to `lanes_end`, a part of
    it. `week`: starts of runs, by weekday (Monday first) and hour of that zone, 7 by 24.
    `tallies`: runs and fates of each task, of the whole.
    """

    title: str
    tz: str
    begin: Instant
    end: Instant
    changes: Mapping[Instant, int]
    lanes_begin: Instant
    lanes_end: Instant
    lanes: Sequence[Lane]
    week: Sequence[Sequence[int]]
    busy: Busy
    tallies: Sequence[Tally]
