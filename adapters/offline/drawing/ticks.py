"""Where a time axis has its ticks, and what stands at them: in the zone, through every change.

An axis has two lines of text: the label of each tick, and under it, where it changes, what all
labels from there on share: the day of hours, the month of days, the year of months.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from duetime.engine.instants import (
    DAY,
    EPOCH,
    HOUR,
    MINUTE,
    SECOND,
    Instant,
    Span,
    to_datetime,
)
from duetime.engine.policies import Fold, Gap
from duetime.engine.zones import Wall, Zone

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MOST_TICKS = 60
GAP_POINTS = 14.0
"""So much stays free between two labels."""

_FRACTIONS = [digit * 10**power for power in range(9) for digit in (1, 2, 5)]
_PARTS = [1, 2, 5, 10, 15, 30]
_HOURS = [1, 2, 3, 6, 12]
_CLOCK_STEPS: list[Span] = [
    *_FRACTIONS,
    *(n * SECOND for n in _PARTS),
    *(n * MINUTE for n in _PARTS),
    *(n * HOUR for n in _HOURS),
]
_MONTH_STEPS = (1, 2, 3, 6)
_YEAR_STEPS = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick; `shared`: what its label has in common with others of the same stretch."""

    at: Instant
    label: str
    shared: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The time that an axis shows: `begin` to `end`, on `points` of paper."""

    zone: Zone
    begin: Instant
    end: Instant
    points: float

    def place(self, instant: Instant) -> float:
        """Return where an instant is, in points from the left."""
        return (instant - self.begin) / (self.end - self.begin) * self.points


def choose_ticks(stretch: Stretch, width: Callable[[str], float]) -> Sequence[Tick]:
    """Return the finest ticks whose labels keep their distance; `width`: of a label, in points."""
    for ticks in _candidates(stretch):
        if ticks and _fits(stretch, ticks, width):
            return ticks
    return [Tick(stretch.begin, moment_text(stretch.zone, stretch.begin), "")]


def shared_labels(
    stretch: Stretch, ticks: Sequence[Tick], width: Callable[[str], float], margin: float
) -> list[tuple[float, str]]:
    """Return what stands in the second line: the middle of each text in points, and the text.

    It may reach over the axis by `margin` at both sides. The first gives way to the second, which
    stands at a real border.
    """
    found: list[tuple[float, str]] = []
    fresh = [tick for i, tick in enumerate(ticks) if i == 0 or tick.shared != ticks[i - 1].shared]
    for number, tick in enumerate(fresh):
        half = width(tick.shared) / 2
        middle = stretch.place(tick.at)
        middle = max(min(middle, stretch.points + margin - half), half - margin)
        if found and middle - half < found[-1][0] + width(found[-1][1]) / 2 + GAP_POINTS / 2:
            if number > 1:
                continue
            found.pop()
        if tick.shared:
            found.append((middle, tick.shared))
    return found


def moment_text(zone: Zone, instant: Instant) -> str:
    """Write an instant on the clock of a zone, as short as it can be said to the second.

    >>> from duetime.engine.zones import zone
    >>> moment_text(zone("Europe/Berlin"), 0)
    'Thu 1 Jan 1970 01:00'
    """
    wall = zone.wall(instant) // SECOND * SECOND
    return f"{_day(wall)} {_civil(wall).year} {_clock(wall, MINUTE)}"


def _candidates(stretch: Stretch) -> Iterator[Sequence[Tick]]:
    span = stretch.end - stretch.begin
    for step in _CLOCK_STEPS:
        if span <= step * MOST_TICKS:
            yield list(_clock_ticks(stretch, step))
    for step in (1, 7):
        if span <= step * DAY * MOST_TICKS:
            days = list(_day_ticks(stretch, step))
            yield [_with_weekday(stretch.zone, tick) for tick in days]
            yield days
    for months in _MONTH_STEPS:
        if span <= 31 * DAY * months * MOST_TICKS:
            yield list(_month_ticks(stretch, months))
    for years in _YEAR_STEPS:
        yield [Tick(tick.at, tick.shared, "") for tick in _month_ticks(stretch, 12 * years)]


def _fits(stretch: Stretch, ticks: Sequence[Tick], width: Callable[[str], float]) -> bool:
    return all(
        stretch.place(right.at) - stretch.place(left.at)
        >= (width(left.label) + width(right.label)) / 2 + GAP_POINTS
        for left, right in pairwise(ticks)
    )


def _clock_ticks(stretch: Stretch, step: Span) -> Iterator[Tick]:
    """Yield the times of day that are multiples of a step, twice where the clock shows it twice."""
    start = stretch.begin
    while start <= stretch.end:
        segment = stretch.zone.segment(start)
        last = min(segment.end - 1, stretch.end) + segment.offset
        first = -(-(start + segment.offset) // step) * step
        for wall in range(first, last + 1, step):
            yield Tick(wall - segment.offset, _clock(wall, step), _day(wall))
        start = segment.end


def _day_ticks(stretch: Stretch, step: int) -> Iterator[Tick]:
    """Yield the midnights of every day, or of every Monday where the step is 7."""
    # The epoch was a Thursday: the first Monday came 4 days later.
    monday = 4 * DAY
    first = (stretch.zone.wall(stretch.begin) - monday) // (step * DAY) * step * DAY + monday
    last = stretch.zone.wall(stretch.end) + DAY
    for wall in range(first, last, step * DAY):
        moment = _civil(wall)
        shared = f"{MONTHS[moment.month - 1]} {moment.year}"
        yield from _at_wall(stretch, wall, str(moment.day), shared)


def _month_ticks(stretch: Stretch, step: int) -> Iterator[Tick]:
    """Yield the first midnight of every so many months, counted from year 0."""
    begin, end = (_civil(stretch.zone.wall(edge)) for edge in (stretch.begin, stretch.end))
    first = (begin.year * 12 + begin.month - 1) // step * step
    for number in range(first, end.year * 12 + end.month, step):
        year, month = divmod(number, 12)
        wall = (date(year, month + 1, 1) - EPOCH.date()).days * DAY
        yield from _at_wall(stretch, wall, MONTHS[month], str(year))


def _at_wall(stretch: Stretch, wall: Wall, label: str, shared: str) -> Iterator[Tick]:
    for instant in stretch.zone.instants(wall, Gap.NEXT_VALID, Fold.FIRST):
        if stretch.begin <= instant <= stretch.end:
            yield Tick(instant, label, shared)


def _with_weekday(where: Zone, tick: Tick) -> Tick:
    day = WEEKDAYS[_civil(where.wall(tick.at)).weekday()]
    return Tick(tick.at, f"{day[:3]} {tick.label}", tick.shared)


def _day(wall: Wall) -> str:
    moment = _civil(wall)
    return f"{WEEKDAYS[moment.weekday()][:3]} {moment.day} {MONTHS[moment.month - 1]}"


def _clock(wall: Wall, step: Span) -> str:
    """Write a time of day as exactly as a step asks for, seconds that are not zero included."""
    minutes, rest = divmod(wall % DAY, MINUTE)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}"
    if step >= MINUTE and not rest:
        return text
    seconds, fraction = divmod(rest, SECOND)
    text += f":{seconds:02d}"
    if step >= SECOND:
        return text
    digits = next(n for n in range(1, 10) if step % 10 ** (9 - n) == 0)
    return f"{text}.{fraction:09d}"[: len(text) + 1 + digits]


def _civil(wall: Wall) -> datetime:
    """Return what a wall clock shows; the zone of the datetime means nothing."""
    return to_datetime(wall)
