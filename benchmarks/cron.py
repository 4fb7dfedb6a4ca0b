"""Cron: the next occurrence at a random instant, iterating a year, and parsing, beside the peers.

Eight expressions, in UTC and America/New_York. All sides are first checked to say the same. A peer
is asked in its fastest way: an object is used again where it can be. What is counted is the time of
the processor, so that other programs do not disturb. Peers that are not installed, and expressions
that a peer does not have, are named.

Run: python benchmarks/cron.py [--instants 200] [--rounds 3]
"""

import argparse
import random
import statistics
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from importlib.util import find_spec
from itertools import islice, takewhile
from typing import ClassVar
from zoneinfo import ZoneInfo

from figures import machine_line, print_table

from duetime import Cron
from duetime.engine.preview import upcoming
from duetime.engine.zones import zone

EXPRESSIONS = (
    "* * * * *",
    "*/5 * * * *",
    "30 2 * * *",
    "0 9 * * 1-5",
    "0 0 1 * *",
    "0 17 * * 5L",
    "0 0 29 2 *",
    "15 10 4 7 *",
)
ZONES = ("UTC", "America/New_York")
PARSED = "*/5 9-17 * * 1-5"
YEAR = 2024
"""A leap year, so that each of the eight is due."""
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
DAY_SECONDS = 86_400
SECOND = 10**9

ENOUGH = 0.02
"""Questions are asked again until so many seconds are spent."""

Figures = dict[str, float]
"""What each side reaches per second."""
Ask = Callable[[object], object]
"""Takes an instant as the side wants it, returns the next occurrence."""


class UnsupportedError(Exception):
    """A side does not have an expression, or a zone."""


class Side:
    """One contestant. `give` and `take` turn seconds into what it works with and back."""

    name = ""
    package = ""
    fast = True
    """A year is walked; of slow sides, a week is enough to measure by."""

    def give(self, second: int, info: tzinfo) -> object:
        """Return an instant as the side wants it."""
        return datetime.fromtimestamp(second, info)

    def take(self, found: object) -> int:
        """Return the second of what the side answers."""
        assert isinstance(found, datetime)
        return int(found.timestamp())

    def supported(self, key: str) -> list[str]:
        """Return the expressions that the side has in a zone."""
        return [each for each in EXPRESSIONS if self.has(each, key)]

    def has(self, expression: str, key: str) -> bool:
        """Tell whether the side has an expression in a zone."""
        try:
            self.ask(expression, key)
        except UnsupportedError:
            return False
        return True

    def ask(self, expression: str, key: str) -> Ask:
        """Return what answers for an expression."""
        raise NotImplementedError

    def year(self, expression: str, key: str, start: object, end: object) -> Iterable[object]:
        """Return what is due after `start` and before `end`."""
        raise NotImplementedError

    def parse(self, expression: str) -> object:
        """Read an expression."""
        raise NotImplementedError


class DuetimeInts(Side):
    """Instants are integers, nanoseconds since the epoch."""

    name = "duetime, ints"

    def give(self, second: int, info: tzinfo) -> object:
        return second * SECOND

    def take(self, found: object) -> int:
        assert isinstance(found, int)
        return found // SECOND

    def ask(self, expression: str, key: str) -> Ask:
        return Cron(expression, tz=key).next_after  # type: ignore[return-value]  # takes an int

    def year(self, expression: str, key: str, start: object, end: object) -> Iterable[object]:
        assert isinstance(start, int)
        assert isinstance(end, int)
        return Cron(expression, tz=key).between(start, end - 1)

    def parse(self, expression: str) -> object:
        return Cron(expression)


class DuetimeDatetimes(Side):
    """Instants are datetimes in the zone."""

    name = "duetime, datetimes"

    def ask(self, expression: str, key: str) -> Ask:
        trigger = Cron(expression, tz=key)
        return lambda moment: next(upcoming(trigger, after=moment))  # type: ignore[arg-type]

    def year(self, expression: str, key: str, start: object, end: object) -> Iterable[object]:
        assert isinstance(start, datetime)
        assert isinstance(end, datetime)
        before = end - timedelta(microseconds=1)
        return upcoming(Cron(expression, tz=key), after=start, until=before)

    def parse(self, expression: str) -> object:
        return Cron(expression)


class Cronsim(Side):
    """cronsim; the object is set to another time, which spares it the parsing."""

    name = package = "cronsim"

    def ask(self, expression: str, key: str) -> Ask:
        from cronsim import CronSim

        times = CronSim(expression, FIRST.astimezone(ZoneInfo(key)))

        def ask(moment: datetime) -> object:
            times.dt = moment if times.fixup_tz is None else moment.replace(tzinfo=None)
            return next(times)

        return ask  # type: ignore[return-value]  # takes a datetime

    def year(self, expression: str, key: str, start: object, end: object) -> Iterable[object]:
        from cronsim import CronSim

        return takewhile(lambda found: found < end, CronSim(expression, start))

    def parse(self, expression: str) -> object:
        from cronsim import CronSim

        return CronSim(expression, FIRST)


class Croniter(Side):
    """croniter; it writes the last Friday as L5."""

    name = package = "croniter"
    fast = False

    def ask(self, expression: str, key: str) -> Ask:
        from croniter import croniter

        times = croniter(expression.replace("5L", "L5"), FIRST)
        return lambda moment: times.get_next(datetime, start_time=moment)

    def year(self, expression: str, key: str, start: object, end: object) -> Iterable[object]:
        from croniter import croniter

        times = croniter(expression.replace("5L", "L5"), start)
        return takewhile(lambda found: found < end, times.all_next(datetime))

    def parse(self, expression: str) -> object:
        from croniter import croniter

        return croniter(expression, FIRST)


class CroniterRs(Side):
    """croniter-rs, the Rust binding: seconds as floats, UTC only."""

    name = package = "croniter-rs"

    def give(self, second: int, info: tzinfo) -> object:
        return float(second)

    def take(self, found: object) -> int:
        assert isinstance(found, float)
        return int(found)

    def ask(self, expression: str, key: str) -> Ask:
        from croniter_rs import croniter

        if key != "UTC":
            raise UnsupportedError(key)
        times = croniter(expression.replace("5L", "L5"), FIRST.timestamp())

        def ask(second: float) -> object:
            times.set_current(second)
            return times.get_next(float)

        return ask  # type: ignore[return-value]  # takes a float

    def year(self, expression: str, key: str, start: object, end: object) -> Iterable[object]:
        from croniter_rs import croniter

        if key != "UTC":
            raise UnsupportedError(key)
        times = croniter(expression.replace("5L", "L5"), start)
        return takewhile(lambda found: found < end, iter(lambda: times.get_next(float), None))

    def parse(self, expression: str) -> object:
        from croniter_rs import croniter

        return croniter(expression, FIRST.timestamp())


class APScheduler(Side):
    """APScheduler's CronTrigger; it counts weekdays from Monday, and its next may be now."""

    name = package = "APScheduler"
    fast = False

    def ask(self, expression: str, key: str) -> Ask:
        trigger = self.trigger(expression, key)
        second = timedelta(seconds=1)
        return lambda moment: trigger.get_next_fire_time(None, moment + second)

    def trigger(self, expression: str, key: str):  # type: ignore[no-untyped-def]  # untyped peer
        """Make the trigger, with the days said by name."""
        from apscheduler.triggers.cron import CronTrigger

        minute, hour, day, month, weekday = expression.split()
        if weekday == "5L":
            day, weekday = "last fri", "*"
        return CronTrigger(
            minute=minute,
            hour=hour,
            day=day,
            month=month,
            day_of_week=weekday.replace("1-5", "mon-fri"),
            timezone=ZoneInfo(key),
        )

    def year(self, expression: str, key: str, start: object, end: object) -> Iterator[object]:
        trigger = self.trigger(expression, key)
        assert isinstance(start, datetime)
        found = trigger.get_next_fire_time(None, start + timedelta(seconds=1))
        while found is not None and found < end:
            yield found
            found = trigger.get_next_fire_time(found, found)

    def parse(self, expression: str) -> object:
        return self.trigger(expression, "UTC")


class Celery(Side):
    """Celery's crontab; it has no last Friday."""

    name, package = "Celery", "celery"
    fast = False
    apps: ClassVar[dict[str, object]] = {}

    def ask(self, expression: str, key: str) -> Ask:
        schedule, info = self.schedule(expression, key), ZoneInfo(key)

        def ask(moment: object) -> object:
            last_run, delta, _ = schedule.remaining_delta(moment, tz=info)
            return last_run + delta

        return ask

    def schedule(self, expression: str, key: str):  # type: ignore[no-untyped-def]  # untyped peer
        """Make the schedule; the zone is that of an application."""
        from celery import Celery as Application
        from celery.schedules import crontab

        if "L" in expression:
            raise UnsupportedError(expression)
        app = self.apps.setdefault(key, Application(set_as_current=False, broker="memory://"))
        app.conf.timezone = key
        minute, hour, day, month, weekday = expression.split()
        return crontab(
            minute=minute,
            hour=hour,
            day_of_month=day,
            month_of_year=month,
            day_of_week=weekday,
            nowfun=lambda: FIRST,
            app=app,
        )

    def year(self, expression: str, key: str, start: object, end: object) -> Iterator[object]:
        ask = self.ask(expression, key)
        found = ask(start)
        while found < end:  # type: ignore[operator]  # datetimes
            yield found
            found = ask(found)

    def parse(self, expression: str) -> object:
        return self.schedule(expression, "UTC")


class Dateutil(Side):
    """dateutil's rrule, in words of recurrence rules; a new rule starts at each instant."""

    name, package = "dateutil", "python-dateutil"

    def ask(self, expression: str, key: str) -> Ask:
        make = self.maker(expression)
        minute = timedelta(minutes=1)
        return lambda moment: next(iter(make(dtstart=moment.replace(second=0) + minute)))

    def maker(self, expression: str):  # type: ignore[no-untyped-def]  # untyped peer
        """Return what makes the rule, in the frequency that suits it."""
        from functools import partial

        from dateutil import rrule as r

        by = {
            "* * * * *": (r.MINUTELY, {}),
            "*/5 * * * *": (r.HOURLY, {"byminute": range(0, 60, 5)}),
            "30 2 * * *": (r.DAILY, {"byhour": 2, "byminute": 30}),
            "0 9 * * 1-5": (r.DAILY, {"byhour": 9, "byminute": 0, "byweekday": range(5)}),
            "0 0 1 * *": (r.MONTHLY, {"byhour": 0, "byminute": 0, "bymonthday": 1}),
            "0 17 * * 5L": (r.MONTHLY, {"byhour": 17, "byminute": 0, "byweekday": r.FR(-1)}),
            "0 0 29 2 *": (r.YEARLY, {"byhour": 0, "byminute": 0, "bymonth": 2, "bymonthday": 29}),
            "15 10 4 7 *": (
                r.YEARLY,
                {"byhour": 10, "byminute": 15, "bymonth": 7, "bymonthday": 4},
            ),
        }
        if expression not in by:
            raise UnsupportedError(expression)
        frequency, parts = by[expression]
        return partial(r.rrule, frequency, bysecond=0, **parts)

    def year(self, expression: str, key: str, start: object, end: object) -> Iterable[object]:
        assert isinstance(start, datetime)
        assert isinstance(end, datetime)
        until = end - timedelta(seconds=1)
        return self.maker(expression)(dtstart=start + timedelta(minutes=1), until=until)

    def parse(self, expression: str) -> object:
        raise UnsupportedError(expression)


PEERS = (Cronsim(), Dateutil(), APScheduler(), Celery(), Croniter(), CroniterRs())


def sides() -> tuple[list[Side], list[str]]:
    """Return the contestants, and the peers that are not installed."""
    modules = {"python-dateutil": "dateutil", "croniter-rs": "croniter_rs"}
    missing = [
        peer.package
        for peer in PEERS
        if find_spec(modules.get(peer.package, peer.package.lower())) is None
    ]
    found = [peer for peer in PEERS if peer.package not in missing]
    return [DuetimeInts(), DuetimeDatetimes(), *found], missing


def instants(count: int, key: str) -> list[int]:
    """Return random seconds, none within two days of a change of the clocks."""
    rnd = random.Random(key)
    drawn = iter(lambda: rnd.randrange(int(FIRST.timestamp()), int(LAST.timestamp())), None)
    return list(islice((second for second in drawn if not near_change(second, key)), count))


def near_change(second: int, key: str) -> bool:
    """Tell whether the clocks change within two days; there, peers have rules of their own."""
    around = 2 * DAY_SECONDS * SECOND
    return bool(zone(key).changes(second * SECOND - around, second * SECOND + around))


def check(side: Side, expression: str, key: str, seconds: list[int]) -> list[int]:
    """Hold a side against duetime; return the instants at which it gives another next one.

    What is due in the year must be the same, but for the days on which the clocks change.
    """
    info, ask = ZoneInfo(key), side.ask(expression, key)
    trigger = Cron(expression, tz=key)
    different = []
    for second in seconds:
        expected = (trigger.next_after(second * SECOND) or 0) // SECOND
        found = side.take(ask(side.give(second, info)))
        if found != expected and not near_change(expected, key):
            different.append(second)
    start, end = bounds(side, key)
    year = side.year(expression, key, side.give(start, info), side.give(end, info))
    found_year = [each for each in map(side.take, year) if not on_change(each, key)]
    between = (each // SECOND for each in trigger.between(start * SECOND, end * SECOND - 1))
    assert found_year == [each for each in between if not on_change(each, key)], (
        f"{side.name}: {expression} in {key} is due at other times"
    )
    return different


def checked(contestants: list[Side], key: str, seconds: list[int]) -> dict[str, list[int]]:
    """Return for each expression the instants at which all sides say the same."""
    agreed = {each: list(seconds) for each in EXPRESSIONS}
    for side in contestants:
        supported = side.supported(key)
        lacking = ", ".join(repr(each) for each in EXPRESSIONS if each not in supported)
        if lacking:
            print(f"{side.name} does not have {lacking if supported else 'any'} in {key}")
        for each in supported:
            different = check(side, each, key, seconds)
            if different:
                share = f"{len(different)} of {len(seconds)}"
                print(f"{side.name} differs for {each!r} in {key} at {share} instants, left out")
                assert len(different) < len(seconds) / 10
            agreed[each] = [second for second in agreed[each] if second not in different]
    return agreed


def bounds(side: Side, key: str) -> tuple[int, int]:
    """Return the last minute before the year, and its end; for the slow ones, that of a week."""
    info = ZoneInfo(key)
    start = int(datetime(YEAR, 1, 1, tzinfo=info).timestamp())
    end = datetime(YEAR + 1, 1, 1, tzinfo=info) if side.fast else datetime(YEAR, 1, 8, tzinfo=info)
    return start - 60, int(end.timestamp())


def on_change(second: int, key: str) -> bool:
    """Tell whether the clocks change within a day, by the changes of the year."""
    changes = CHANGES[key]
    index = bisect_right(changes, second - DAY_SECONDS)
    return index < len(changes) and changes[index] < second + DAY_SECONDS


CHANGES = {key: [each // SECOND for each in zone(key).changes(0, 2**61)] for key in ZONES}
"""The seconds at which the clocks change."""


def microseconds_per_next(side: Side, expression: str, key: str, seconds: list[int]) -> float:
    """Return how long one question takes."""
    ask, info = side.ask(expression, key), ZoneInfo(key)
    given = [side.give(second, info) for second in seconds]
    ask(given[0])  # what is worked out once, at the first question, is no part of the others
    asked, begin = 0, time.process_time()
    while (taken := time.process_time() - begin) < ENOUGH:
        for each in given:
            ask(each)
        asked += len(given)
    return taken / asked * 1e6


def nexts(contestants: list[Side], key: str, seconds: dict[str, list[int]], rounds: int) -> Figures:
    """Return the questions per second of each side: the median of the rounds and expressions."""
    taken: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):
        for side in contestants:
            for each in side.supported(key):
                figure = microseconds_per_next(side, each, key, seconds[each])
                taken.setdefault((side.name, each), []).append(figure)
    medians: dict[str, list[float]] = {}
    for (name, _), figures in taken.items():
        medians.setdefault(name, []).append(statistics.median(figures))
    return {name: 1e6 / statistics.median(figures) for name, figures in medians.items()}


def years(contestants: list[Side], key: str, rounds: int) -> Figures:
    """Return the occurrences per second of each side over the expressions that it has."""
    rates: dict[str, list[float]] = {}
    for _ in range(rounds):
        for side in contestants:
            supported = side.supported(key)
            begin = time.process_time()
            count = sum(length(side, each, key) for each in supported)
            if supported:
                rates.setdefault(side.name, []).append(count / (time.process_time() - begin))
    return {name: statistics.median(figures) for name, figures in rates.items()}


def length(side: Side, expression: str, key: str) -> int:
    """Walk all that is due in the year; return how many there were."""
    start, end = (side.give(second, ZoneInfo(key)) for second in bounds(side, key))
    walked = deque(enumerate(side.year(expression, key, start, end), 1), maxlen=1)
    return walked[0][0] if walked else 0


def parses(contestants: list[Side], expressions: list[str], rounds: int) -> Figures:
    """Return the expressions per second that each side reads."""
    rates: dict[str, list[float]] = {}
    for _ in range(rounds):
        for side in contestants:
            begin = time.process_time()
            try:
                for each in expressions:
                    side.parse(each)
            except UnsupportedError:
                continue
            rate = len(expressions) / (time.process_time() - begin)
            rates.setdefault(side.name, []).append(rate)
    return {name: statistics.median(figures) for name, figures in rates.items()}


def show(title: str, figures: Figures, unit: Callable[[float], str]) -> None:
    """Print the figures, and how many times as fast the sides of duetime are."""
    leads = [name for name in figures if name.startswith("duetime")]
    rows = [
        [name, unit(rate), *(f"{figures[lead] / rate:.2f}" for lead in leads)]
        for name, rate in figures.items()
    ]
    print_table(title, ["", "", *(f"{lead} ×" for lead in leads)], rows)


def main() -> None:
    """Check that all sides say the same, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instants", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    contestants, missing = sides()
    print(machine_line(*(side.package for side in contestants if side.package)))
    for package in missing:
        print(f"{package} is not installed and left out")
    agreed = {key: checked(contestants, key, instants(options.instants, key)) for key in ZONES}
    for key in ZONES:
        figures = nexts(contestants, key, agreed[key], options.rounds)
        title = f"next at a random instant, {key}, median of eight expressions"
        show(title, figures, lambda rate: f"{1e6 / rate:,.2f} µs")
    for key in ZONES:
        figures = years(contestants, key, options.rounds)
        show(f"iterating {YEAR}, {key}, all eight", figures, lambda rate: f"{rate:,.0f}/s")
    for title, expressions in (
        (f"reading {PARSED!r}", [PARSED] * 500),
        ("reading 500 different ones", [f"{n % 60} {n // 60}-23 * * 1-5" for n in range(500)]),
    ):
        figures = parses([*contestants[:1], *contestants[2:]], expressions, options.rounds)
        show(title, figures, lambda rate: f"{1e6 / rate:,.1f} µs")


if __name__ == "__main__":
    main()
