"""Strides: many plain occurrences in one go, for simulation.

An occurrence is plain when its task is idle, its run starts on time and ends at once. Then the
state before and after is the same but for the next due time and the number, and there is nothing to
build for `step` to look at. A stride walks through plain occurrences in their order, straight on
the agendas; whoever walks runs each. What the steps would have made of it is put in place at the
end, and a test compares.

A stride ends before the first occurrence that is not plain, and as soon as anything else happens.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heapreplace

from duetime.engine.agenda import Agendas
from duetime.engine.agenda import Entry as AgendaEntry
from duetime.engine.catchup import Due, Fate
from duetime.engine.history import PlainRuns
from duetime.engine.instants import LAST_INSTANT, Instant
from duetime.engine.messages import Cause, Effect, StartRun
from duetime.engine.states import Entry, Going, Idle, Running
from duetime.engine.triggers.base import Trigger


class Walk:
    """One task in a stride: what to run, the nominal times so far, those to come."""

    __slots__ = (
        "args",
        "entry",
        "first",
        "function",
        "generation",
        "name",
        "nominals",
        "top",
        "upcoming",
    )

    def __init__(
        self, name: str, entry: Entry, function: Callable[[], object], due: Instant
    ) -> None:
        """`due`: the first occurrence of the walk."""
        self.name = name
        self.entry = entry
        self.generation = entry.generation
        self.args = entry.task.args
        self.first = entry.state.number + 1
        self.function = function
        self.nominals: array[int] = array("q")
        self.top: AgendaEntry | None = None
        self.upcoming: Iterator[Instant] = iter(entry.trigger.between(due, LAST_INSTANT - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a stride came to: the runs that ended, the one that still goes, the time of the last.

    `walked`: whether there was any; `started`: what else came due at that time, and was started
    with it.
    """

    walked: bool
    plain: tuple[PlainRuns, ...]
    going: StartRun | None
    now: Instant
    started: tuple[Effect, ...] = ()


class Stride:
    """A walk over plain occurrences; `due` is the time of the present one."""

    __slots__ = ("_agendas", "_entries", "_plain", "_present", "_until", "_walks", "due", "order")

    def __init__(
        self,
        entries: Mapping[str, Entry],
        agendas: Agendas,
        plain: Mapping[str, Callable[[], object]],
        now: Instant,
        until: Instant,
        *,
        record: bool,
    ) -> None:
        """`plain`: the tasks whose runs are known to end at once, and what to call for each.

        `record`: keep the order of the walks, for a journal.
        """
        self._entries = entries
        self._agendas = agendas
        self._plain = plain
        self._until = until
        self._walks: dict[str, Walk] = {}
        self.due = now
        self.order: list[Walk] | None = [] if record else None
        self._present: Walk | None = None

    def __iter__(self) -> Iterator[Walk]:
        """Yield the task of each plain occurrence; its run is over when the next is asked for."""
        one, other = self._agendas.wall, self._agendas.elapsed
        one_heap, one_live, other_heap, other_live = one.heap, one.live, other.heap, other.live
        walks, until, now, order = self._walks, self._until, self.due, self.order
        while True:
            if one_heap and not (other_heap and other_heap[0] < one_heap[0]):
                heap, live = one_heap, one_live
            elif other_heap:
                heap, live = other_heap, other_live
            else:
                return
            top = heap[0]
            due, priority, name = top
            walk = walks.get(name)
            if walk is None or walk.top is not top:
                if live.get(name) is not top:
                    heappop(heap)
                    continue
                walk = walk or self._begin(name, due)
                if walk is None or due < now:
                    return
            if due > until:
                return
            try:
                following = next(walk.upcoming, None)
            except Exception:
                return  # its trigger failed; the step to come puts the task into the error state
            if following is None:
                heappop(heap)
                del live[name]
            elif following <= due:
                return  # a trigger that does not go on is a failed one, too
            else:
                moved: AgendaEntry = (following, priority, name)
                live[name] = walk.top = moved
                heapreplace(heap, moved)
            walk.nominals.append(due)
            if order is not None:
                order.append(walk)
            self._present = walk
            self.due = due
            yield walk

    def _begin(self, name: str, due: Instant) -> Walk | None:
        """Take a task into the stride, if it is plain."""
        entry, function = self._entries[name], self._plain.get(name)
        kind, state = type(entry.trigger), entry.state
        if function is None or not isinstance(state, Idle):
            return None
        if kind.planned is not Trigger.planned or kind.follows_runs:
            return None
        task = entry.task
        if task.retry is not None or task.time_limit is not None or task.rerun_after_crash:
            return None
        try:
            walk = self._walks[name] = Walk(name, entry, function, due)
        except Exception:
            return None
        return walk

    def end(self, *, going: bool) -> Ending:
        """Write the states that the steps would have led to."""
        last, start = self._present, None
        if going and last is not None:
            start = plain_start(last, len(last.nominals) - 1)
        live = {**self._agendas.wall.live, **self._agendas.elapsed.live}
        plain = []
        for name, walk in sorted(self._walks.items()):
            entry, count = walk.entry, len(walk.nominals)
            if count == 0:
                continue
            number = walk.first + count - 1
            due = Due(live[name][0], live[name][0]) if name in live else None
            entry.counts[Fate.STARTED] = entry.counts.get(Fate.STARTED, 0) + count
            entry.lived = True
            if start is not None and walk is last:
                run = Going(entry.generation, number)
                entry.state = Running(number=number, due=due, runs=(run,))
                walk.nominals.pop()
            else:
                entry.state = Idle(number=number, due=due)
            if walk.nominals:
                runs = PlainRuns(name, entry.generation, walk.first, walk.nominals, walk.args)
                plain.append(runs)
        walked = last is not None
        return Ending(walked=walked, plain=tuple(plain), going=start, now=self.due)


def plain_start(walk: Walk, index: int) -> StartRun:
    """Return the effect that started the run of this index in a walk."""
    nominal = walk.nominals[index]
    return StartRun(
        name=walk.name,
        generation=walk.generation,
        number=walk.first + index,
        nominal=nominal,
        planned=nominal,
        cause=Cause.DUE,
        args=walk.args,
    )
