"""Runs and fates, counted for each task."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from duetime.adapters.cli.screen import NOTHING, Screen
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


def show_tallies(tallies: Sequence[Tally], screen: Screen) -> None:
    """Show a table with a column for each fate that somebody met, and the sums."""
    fates = [fate for fate in Fate if any(tally.fates.get(fate) for tally in tallies)]
    rows = [[each.name, *_figures(each, fates)] for each in tallies]
    if len(tallies) > 1:
        rows.append(["all", *_figures(_sum(tallies), fates)])
    screen.table(["task", "runs", "due", *map(str, fates)], rows)


def _figures(tally: Tally, fates: Sequence[Fate]) -> list[str]:
    counts = [tally.runs, sum(tally.fates.values()), *(tally.fates.get(fate, 0) for fate in fates)]
    return [f"{count:,}" if count else NOTHING for count in counts]


def _sum(tallies: Sequence[Tally]) -> Tally:
    fates: Counter[Fate] = Counter()
    for tally in tallies:
        fates.update(tally.fates)
    return Tally("all", sum(tally.runs for tally in tallies), fates)
