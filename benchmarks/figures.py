"""What the benchmarks share: the machine, repeated runs, and tables of figures and ratios."""

import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version


def machine_line(*packages: str) -> str:
    """Return the Python, the machine and the versions of the peers, in one line."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}; {versions}"
    )


def timed(work: Callable[[], object]) -> float:
    """Return how long the work takes, in seconds."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def median_rates(contestants: Mapping[str, Callable[[], int]], *, rounds: int) -> dict[str, float]:
    """Run all contestants in turn, `rounds` times; return the median events per second of each.

    A contestant returns how many events it handled.
    """
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, work in contestants.items():
            begin = time.perf_counter()
            events = work()
            rates[name].append(events / (time.perf_counter() - begin))
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return {name: statistics.median(each) for name, each in rates.items()}


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table with aligned columns, the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    print(f"\n{title}")
    for row in [head, *rows]:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  ".join(cells).rstrip())
