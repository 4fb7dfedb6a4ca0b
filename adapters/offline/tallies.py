"""Runs and fates, counted for each task."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from duetime.engine.catchup import Fate
from duetime.engine.history import History
from duetime.engine.triggers.base import Json


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of one task. `runs`: those that were asked for by hand included."""

    name: str
    runs: int
    fates: Mapping[Fate, int]

    def to_json(self) -> Json:
        """Return it as plain JSON."""
        return {"runs": self.runs, "fates": {str(fate): n for fate, n in self.fates.items()}}


def tally_history(history: History) -> list[Tally]:
    """Count what a history holds."""
    tallies = []
    for name in history.names():
        fates: Counter[Fate] = Counter()
        for each in history.fates(name):
            fates[each.fate] += each.count
        tallies.append(Tally(name, len(history.runs(name)), fates))
    return tallies
