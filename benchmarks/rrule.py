"""Recurrence rules: iterating, and the next occurrence at a random instant, beside dateutil.

Seven rules, in UTC and America/New_York, from the year 2000. Both sides are first checked to give
the same. Ours are counted as instants, and as the datetimes that `upcoming` gives; dateutil gives
datetimes. What is counted is the time of the processor.

Run: python benchmarks/rrule.py [--occurrences 2000] [--rounds 5]
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr
from figures import machine_line, print_table

from duetime import RRule, upcoming
from duetime.engine.instants import LAST_INSTANT, to_instant
from duetime.engine.zones import zone

RULES = (
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
    "FREQ=MINUTELY;INTERVAL=15;BYHOUR=9,10",
)
ZONES = ("UTC", "America/New_York")
START = datetime(2000, 1, 1, 9, tzinfo=UTC).replace(tzinfo=None)
"""A local time."""
LAST_YEAR = 2200
QUESTIONS = 200


def sides(text: str, tz: str) -> tuple[RRule, rrule]:
    """Return both triggers, without the start where it does not fit: dateutil leaves it out."""
    info = ZoneInfo(tz)
    peer = rrulestr(text, dtstart=START.replace(tzinfo=info))
    fits = next(iter(peer)) == START.replace(tzinfo=info)
    return RRule(text, start=START, tz=tz, exdates=[] if fits else [START]), peer


def within(peer: rrule, number: int) -> list[datetime]:
    """Return its first occurrences up to a year in which the zone data of both is the same."""
    return [each for each in islice(peer, number) if each.year < LAST_YEAR]


def check(text: str, tz: str, number: int) -> int:
    """Return how many occurrences there are to iterate; stop where the two differ."""
    ours, peer = sides(text, tz)
    expected = [to_instant(each) for each in within(peer, number)]
    found = list(islice(ours.between(0, LAST_INSTANT), len(expected)))
    if found != expected:
        raise SystemExit(f"{text} in {tz}: the two sides differ")
    for instant in random.Random(1).sample(range(expected[-1]), 20):
        following = peer.after(zone(tz).datetime(instant))
        if following is None or ours.next_after(instant) != to_instant(following):
            raise SystemExit(f"{text} in {tz}: the two sides differ after {instant}")
    return len(expected)


def rate(work: Callable[[], Iterable[object]], rounds: int) -> float:
    """Return how many items the work gives per second, the median of several rounds."""
    found = []
    for _ in range(rounds):
        begin = time.process_time()
        count = sum(1 for _ in work())
        found.append(count / max(time.process_time() - begin, 1e-9))
    return statistics.median(found)


def iterate(text: str, tz: str, number: int, rounds: int) -> list[str]:
    """Return a row: occurrences per second, and how many times as many as dateutil."""
    ours, peer = sides(text, tz)
    after = datetime(1999, 1, 1, tzinfo=UTC)
    instants = rate(lambda: islice(ours.between(0, LAST_INSTANT), number), rounds)
    datetimes = rate(lambda: upcoming(ours, after=after, count=number), rounds)
    theirs = rate(lambda: islice(peer, number), rounds)
    return [
        text,
        f"{theirs:,.0f}",
        f"{instants:,.0f}",
        f"{instants / theirs:.1f}",
        f"{datetimes:,.0f}",
        f"{datetimes / theirs:.1f}",
    ]


def ask(text: str, tz: str, rounds: int) -> list[str]:
    """Return a row: the microseconds of one question, on each side."""
    ours, peer = sides(text, tz)
    low, high = to_instant("2001-01-01T00:00Z"), to_instant("2035-01-01T00:00Z")
    instants = random.Random(2).sample(range(low, high), QUESTIONS)
    moments = [zone(tz).datetime(instant) for instant in instants]
    mine = 1e6 / rate(lambda: [ours.next_after(instant) for instant in instants], rounds)
    # It walks from the start each time, so a few questions are enough.
    theirs = 1e6 / rate(lambda: map(peer.after, moments[:5]), 1)
    return [text, f"{theirs:,.1f}", f"{mine:,.2f}", f"{theirs / mine:,.0f}"]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--occurrences", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(machine_line("python-dateutil"))
    for tz in ZONES:
        numbers = {text: check(text, tz, options.occurrences) for text in RULES}
        print_table(
            f"iterating, {tz}, occurrences/s",
            ["rule", "dateutil", "instants", "×", "datetimes", "×"],
            [iterate(text, tz, numbers[text], options.rounds) for text in RULES],
        )
        print_table(
            f"next after a random instant, {tz}, µs",
            ["rule", "dateutil", "ours", "×"],
            [ask(text, tz, options.rounds) for text in RULES],
        )


if __name__ == "__main__":
    main()
