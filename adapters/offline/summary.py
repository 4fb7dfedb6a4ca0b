"""What a simulated plan came to, in figures for each task, from windows of runs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import compress
from operator import sub

from duetime.adapters.offline.crowd import Crowd
from duetime.adapters.offline.tallies import Tally
from duetime.adapters.offline.windows import (
    CAUSES,
    ENDINGS,
    FATES,
    FateColumns,
    RunColumns,
    Window,
    plain,
)
from duetime.engine.catchup import Fate
from duetime.engine.instants import Instant, Span
from duetime.engine.messages import Cause

_DUE_FIRST = (CAUSES.index(Cause.DUE), 1)


@dataclass(slots=True, kw_only=True)
class TaskFigures:
    """The figures of one task. Spans are in ns.

    `runs`: without further attempts; `endings`: of attempts, by how they ended; `busy`: how long
    they took in all; `longest`; `latest`: the most that one started after its planned time, further
    attempts left out.
    """

    runs: int = 0
    fates: Counter[Fate] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    busy: Span = 0
    longest: Span = 0
    latest: Span = 0

    def add_runs(self, runs: RunColumns) -> None:
        """Take in runs."""
        started, ended = plain(runs.started), plain(runs.ended)
        lasted = list(map(sub, ended, started))
        attempts = plain(runs.attempt)
        kinds = Counter(zip(plain(runs.cause), attempts, strict=True))
        self.runs += sum(count for (_, attempt), count in kinds.items() if attempt == 1)
        self.fates[Fate.STARTED] += kinds[_DUE_FIRST]
        for ending, count in Counter(plain(runs.ending)).items():
            self.endings[ENDINGS[ending]] += count
        self.busy += sum(lasted)
        self.longest = max([self.longest, *lasted])
        late = compress(map(sub, started, plain(runs.planned)), map((1).__eq__, attempts))
        self.latest = max([self.latest, *late])

    def add_fates(self, fates: FateColumns) -> None:
        """Take in other fates."""
        for fate, count in zip(plain(fates.fate), plain(fates.count), strict=True):
            self.fates[FATES[fate]] += count


class Summary:
    """The figures of all tasks, and how many of their runs went at once."""

    def __init__(self, names: Iterable[str], begin: Instant, end: Instant) -> None:
        """Start with nothing."""
        self.tasks = {name: TaskFigures() for name in names}
        self.crowd = Crowd(begin, end)

    def take(self, window: Window) -> None:
        """Take in a window."""
        for name, runs in window.runs.items():
            self.tasks[name].add_runs(runs)
        for name, fates in window.fates.items():
            self.tasks[name].add_fates(fates)
        self.crowd.take(window)

    def tallies(self) -> list[Tally]:
        """Return runs and fates of each task."""
        return [Tally(name, each.runs, +each.fates) for name, each in self.tasks.items()]
