"""How long the runs of a journal lasted and how they ended, to let others last as long."""

from collections import defaultdict, deque
from dataclasses import dataclass, replace
from typing import TypeAlias

from duetime.engine.instants import Reading, Span
from duetime.engine.journal import Journal
from duetime.engine.messages import RunFinished, RunInput, StartRun

RunKey: TypeAlias = tuple[str, int, int, int]
"""Name, generation, number and attempt."""


@dataclass(slots=True, kw_only=True)
class RecordedRun:
    """One attempt of a run in a journal. `end`: None where it has none."""

    start: StartRun
    at: Reading
    end: RunInput | None = None

    @property
    def length(self) -> Span | None:
        """How long it lasted, in elapsed ns; None: nobody knows."""
        if self.end is None or self.end.at.boot != self.at.boot:
            return None
        return self.end.at.mono - self.at.mono


class RecordedRuns:
    """The runs of a journal."""

    def __init__(self, journal: Journal) -> None:
        """Look for the start and the end of each."""
        self._by_key: dict[RunKey, RecordedRun] = {}
        self._by_nominal: defaultdict[object, deque[RecordedRun]] = defaultdict(deque)
        for record in journal:
            input_ = record.input
            if isinstance(input_, RunInput):
                run = self.find(input_)
                if run is not None and run.end is None:
                    run.end = input_
            for effect in record.effects:
                if isinstance(effect, StartRun):
                    run = RecordedRun(start=effect, at=input_.at)
                    self._by_key[run_key(effect)] = run
                    self._by_nominal[_nominal(effect)].append(run)
        self._lengths: defaultdict[str, list[Span]] = defaultdict(list)
        for run in self._by_key.values():
            if run.length is not None:
                self._lengths[run.start.name].append(run.length)
        self._taken: defaultdict[str, int] = defaultdict(int)

    def find(self, ended: RunInput) -> RecordedRun | None:
        """Return the run that an input ends, if its start is in the journal."""
        return self._by_key.get(run_key(ended))

    def model(self, start: StartRun, at: Reading) -> RecordedRun:
        """Return what a run that starts now is to be like.

        That is the recorded run of its nominal time; else one that ends well, after as long as the
        recorded one in the same place of the order, or as the median of all.
        """
        place = self._taken[start.name]
        self._taken[start.name] += 1
        same = self._by_nominal.get(_nominal(start))
        if same:
            return same.popleft()
        lengths = self._lengths[start.name]
        middle = sorted(lengths)[len(lengths) // 2] if lengths else 0
        length = lengths[place] if place < len(lengths) else middle
        end = RunFinished(
            at=replace(at, wall=at.wall + length, mono=at.mono + length),
            name=start.name,
            generation=start.generation,
            number=start.number,
            attempt=start.attempt,
        )
        return RecordedRun(start=start, at=at, end=end)


def run_key(run: StartRun | RunInput) -> RunKey:
    """Return what tells an attempt from all others."""
    return run.name, run.generation, run.number, run.attempt


def _nominal(start: StartRun) -> object:
    """Return what the runs of one time in two plans have in common."""
    return start.name, start.cause, start.nominal + start.shift, start.attempt
