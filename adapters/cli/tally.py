"""Tables of tallies."""

from collections import Counter
from collections.abc import Sequence

from duetime.adapters.cli.screen import Screen, count_text
from duetime.adapters.offline.tallies import Tally
from duetime.engine.catchup import Fate


def show_tallies(tallies: Sequence[Tally], screen: Screen) -> None:
    """Show a table with a column for each fate that somebody met, and the sums."""
    fates = [fate for fate in Fate if any(tally.fates.get(fate) for tally in tallies)]
    rows = [[each.name, *_figures(each, fates)] for each in tallies]
    if len(tallies) > 1:
        rows.append(["all", *_figures(_sum(tallies), fates)])
    screen.table(["task", "runs", "due", *map(str, fates)], rows)


def _figures(tally: Tally, fates: Sequence[Fate]) -> list[str]:
    counts = [tally.runs, sum(tally.fates.values()), *(tally.fates.get(fate, 0) for fate in fates)]
    return [*map(count_text, counts)]


def _sum(tallies: Sequence[Tally]) -> Tally:
    fates: Counter[Fate] = Counter()
    for tally in tallies:
        fates.update(tally.fates)
    return Tally("all", sum(tally.runs for tally in tallies), fates)
