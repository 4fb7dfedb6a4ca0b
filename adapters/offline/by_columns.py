"""A plan simulated in columns: all due times of a task as one array, and its runs and fates too.

That is possible where nothing but the task itself has a say: no limit of the scheduler, no events,
no failures, and a task whose runs last as long as is drawn. The result is that of the steps, which
a test compares. Needs numpy, of the extra `plot`.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from duetime.adapters.extras import has
from duetime.adapters.offline.arrays import instant_array
from duetime.adapters.offline.scenario import Scenario
from duetime.adapters.offline.windows import (
    CAUSES,
    ENDINGS,
    FATES,
    GOING,
    FateColumns,
    RunColumns,
    Window,
)
from duetime.adapters.plans.records import Plan, PlannedTask
from duetime.adapters.takes import Length, read_takes
from duetime.engine.catchup import Fate
from duetime.engine.history import Outcome
from duetime.engine.instants import Instant, Span
from duetime.engine.messages import Cause
from duetime.engine.policies import OverlapKind
from duetime.engine.triggers.base import Trigger

if TYPE_CHECKING:
    from duetime.adapters.offline.arrays import Instants

_FINISHED = ENDINGS.index(Outcome.FINISHED)
_DUE = CAUSES.index(Cause.DUE)
_SKIPPED = FATES.index(Fate.SKIPPED)
_GENERATION = 1


def fits_columns(plan: Plan, scenario: Scenario) -> bool:
    """Say whether the tasks of a plan have nothing to do with each other or anything else."""
    lonely = plan.settings.max_running is None and not scenario.events
    return has("numpy") and lonely and not any(scenario.fails.values())


def is_simple(planned: PlannedTask, scenario: Scenario, begin: Instant) -> bool:
    """Say whether a task can be simulated in columns, in a plan that fits.

    It follows no run, has no jitter, is not late at the begin, and skips what overlaps.
    """
    trigger, length = planned.task.trigger, _length(planned, scenario)
    if trigger.follows_runs or type(trigger).planned is not Trigger.planned:
        return False
    first = trigger.bind(begin, None).first(begin)
    if length.held or planned.at_start or (first is not None and first <= begin):
        return False
    return planned.task.overlap.kind is OverlapKind.SKIP or not length.high


def simulate_by_columns(
    tasks: Sequence[PlannedTask], edges: Sequence[Instant], scenario: Scenario, seed: int
) -> Iterator[Window]:
    """Work out the runs and fates of simple tasks; yield a window between each two edges."""
    walks = [_Walk(each, _length(each, scenario), edges[0], seed) for each in tasks]
    for begin, end in pairwise(edges):
        found = {walk.name: walk.go_on(begin, end, until=edges[-1]) for walk in walks}
        yield Window(
            begin=begin,
            end=end,
            settled=min((walk.settled(end) for walk in walks), default=end),
            runs={name: runs for name, (runs, _) in found.items() if len(runs)},
            fates={name: fates for name, (_, fates) in found.items() if len(fates)},
        )


def _length(planned: PlannedTask, scenario: Scenario) -> Length:
    lasts = scenario.takes.get(planned.name, planned.takes)
    return read_takes(lasts, planned.name) or Length(0, 0)


class _Walk:
    """One task on its way through the windows; at most one of its runs goes at a time."""

    def __init__(self, planned: PlannedTask, length: Length, begin: Instant, seed: int) -> None:
        self.name = planned.name
        self._trigger = planned.task.trigger.bind(begin, None)
        self._length = length
        self._seed = seed
        self._number = 1
        self._going: tuple[list[int], list[int]] = ([], [])
        """Start and end of the run, if there is one, that goes on when a window is over."""

    def go_on(
        self, begin: Instant, end: Instant, *, until: Instant
    ) -> tuple[RunColumns, FateColumns]:
        """Return the runs that ended in a window, and what was skipped there.

        `until`: the end of all windows; what goes on then is told as such.
        """
        import numpy as np

        due = instant_array(self._trigger, begin, end)
        started, ended, skipped = self._run(due)
        told = int(np.searchsorted(ended, end, "right"))
        endings = np.full(len(ended), _FINISHED)
        if end == until:
            endings[told:] = GOING
            ended = np.minimum(ended, until)
            told = len(ended)
        self._going = (started[told:].tolist(), ended[told:].tolist())
        first, self._number = self._number, self._number + told
        runs = _run_columns(first, started[:told], ended[:told], endings[:told])
        return runs, _fate_columns(skipped)

    def settled(self, end: Instant) -> Instant:
        """Return before when all runs have ended, once the window up to `end` is over."""
        return min([end, *self._going[0]])

    def _run(self, due: "Instants") -> "tuple[Instants, Instants, Instants]":
        """Return start and end of each run, with the one that goes on, and what is skipped."""
        import numpy as np

        going, ends = (np.array(each, np.int64) for each in self._going)
        number = self._number + len(going)
        place = int(np.searchsorted(due, ends[0])) if len(ends) else 0
        free = due[place:]
        if len(free) < 2 or (free[1:] - free[:-1]).min() >= self._length.high:
            started, skipped = free, due[:place]
            ended = started + self._spans(number, len(started))
        else:
            taken = np.zeros(len(due), bool)
            started, ended, places = self._run_one_by_one(number, free.tolist())
            taken[place + places] = True
            skipped = due[~taken]
        return np.concatenate((going, started)), np.concatenate((ends, ended)), skipped

    def _spans(self, number: int, count: int) -> "Instants":
        """Return how long so many runs last, the first of them with this number."""
        import numpy as np

        if self._length.low == self._length.high:
            return np.full(count, self._length.low)
        return np.fromiter(map(self._draw, range(number, number + count)), np.int64, count)

    def _run_one_by_one(
        self, number: int, due: list[Instant]
    ) -> "tuple[Instants, Instants, Instants]":
        """Return start, end and place of each run, where some due times find one going."""
        import numpy as np

        ends, places, place = list[Instant](), list[int](), 0
        while place < len(due):
            end = due[place] + self._draw(number + len(ends))
            ends.append(end)
            places.append(place)
            place = bisect_left(due, end, place + 1)
        found = np.array(places, np.int64)
        return np.array(due, np.int64)[found], np.array(ends, np.int64), found

    def _draw(self, number: int) -> Span:
        return self._length.draw(self._seed, (self.name, _GENERATION, number))


def _run_columns(
    first: int, started: "Instants", ended: "Instants", endings: "Instants"
) -> RunColumns:
    import numpy as np

    count = len(started)
    return RunColumns(
        number=range(first, first + count),
        attempt=np.ones(count, np.int64),
        cause=np.full(count, _DUE),
        nominal=started,
        planned=started,
        started=started,
        ended=ended,
        ending=endings,
    )


def _fate_columns(skipped: "Instants") -> FateColumns:
    import numpy as np

    return FateColumns(
        first=skipped,
        last=skipped,
        count=np.ones(len(skipped), np.int64),
        fate=np.full(len(skipped), _SKIPPED),
        reason=["overlap"] * len(skipped),
    )
