"""Findings about when a task is due: never, seldom, or otherwise than it looks."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice, product

from duetime.adapters.offline.clock_changes import OnAClock, clock_parts, cron_fields, on_utc
from duetime.adapters.offline.findings import Code, Finding, about, listed
from duetime.adapters.plans.records import PlannedTask
from duetime.engine.instants import Instant, iso, to_datetime
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Monthly, Yearly
from duetime.engine.triggers.calendar_fields import MONTHS
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.cron_text import NICKNAMES
from duetime.engine.triggers.once import OnDemand
from duetime.engine.triggers.rrule import RRule
from duetime.engine.triggers.rrule_text import Freq, read_rule

_STEP = re.compile(r"(\*|[Hh]|\d+)/\d+")
_LATE_DAY = re.compile(r"29|30|31")
_FIFTH = re.compile(r"(\d|[A-Za-z]{3})#5")
_NAMES = [name.capitalize() for name in MONTHS]
_MOST = 100_000
"""So many occurrences of a day are looked at."""
_FIELDS = ("second", "minute", "hour", "day-of-month", "month", "day-of-week")


def never_fires(task: PlannedTask, begin: Instant) -> Iterator[Finding]:
    """Find a task that will never be due; one on demand is not meant to be."""
    trigger = task.task.trigger
    if not isinstance(trigger, OnDemand) and trigger.bind(begin, None).first(begin) is None:
        yield about(
            task,
            Code.NEVER_FIRES,
            what=f"{trigger!r} has no occurrence after {iso(begin)}",
            why="the task never runs, and adding it to a scheduler is refused",
            remedy="correct the date, or take the task out",
        )


def either_day(task: PlannedTask) -> Iterator[Finding]:
    """Find cron expressions that restrict both day fields, where either is enough."""
    for cron in _crons(task):
        if cron_fields(cron).dates.either:
            count, words = _fields(cron)
            words[5] = f"+{words[5]}"
            both = " ".join(words[count == 5 :])
            yield about(
                task,
                Code.EITHER_DAY,
                what=f"{cron.expression!r} is due {cron.describe()}",
                why="where both day fields are restricted, either of them is enough",
                remedy=f"write {both!r} if both must match; two tasks, if either is meant",
            )


def uneven_steps(task: PlannedTask) -> Iterator[Finding]:
    """Find steps that do not divide their field: the last distance is another one."""
    for cron in _crons(task):
        for field, word, what in _uneven(cron):
            yield about(
                task,
                Code.UNEVEN_STEP,
                what=f"{word} in {field} of {cron.expression!r}: {what}",
                why="a step starts anew with its field, so it is no interval",
                remedy='take a step that divides the field, or every = "…" for an interval',
            )


def skipped_months(task: PlannedTask, begin: Instant, end: Instant) -> Iterator[Finding]:
    """Find days that some of the months meant do not have, and those of leap years only."""
    for part in clock_parts(task.task.trigger):
        picks = on_utc(part.trigger)
        if _is_leap_day(picks, begin):
            yield about(
                task,
                Code.LEAP_DAY_ONLY,
                what=f"{part.trigger!r} is due on 29 February only",
                why="there is one in leap years only: every four years, or eight",
                remedy='take 28 February or 1 March; yearly has overflow = "clip" and "next"',
            )
            continue
        for item in _day_items(part.trigger):
            missing = _months_without(item, begin, end)
            if missing:
                yield about(
                    task,
                    Code.SKIPPED_MONTHS,
                    what=f"{item.text} is not in every month: none in {listed(missing, 8)}",
                    why="in a month without such a day the task does not run",
                    remedy='take the last day (-1, or L in cron), or overflow = "clip" of monthly',
                )


@dataclass(frozen=True, slots=True)
class _DayItem:
    """A day of the month that a trigger names. `months`: of the year, in which it is meant."""

    text: str
    trigger: Trigger
    months: frozenset[int]


def _crons(task: PlannedTask) -> Iterator[Cron]:
    for part in clock_parts(task.task.trigger):
        if isinstance(part.trigger, Cron):
            yield part.trigger


def _fields(cron: Cron) -> tuple[int, list[str]]:
    """Return how many fields are written, and the fields from the second on."""
    words = NICKNAMES.get(cron.expression, cron.expression).split()
    return len(words), words if len(words) > 5 else ["0", *words]


def _uneven(cron: Cron) -> Iterator[tuple[str, str, str]]:
    """Yield field, word, and what is uneven about it."""
    fields = cron_fields(cron)
    sets = (fields.seconds, fields.minutes, fields.hours)
    bits = (*sets, fields.dates.days, fields.dates.months, fields.dates.weekdays)
    sizes = ((0, 60), (0, 60), (0, 24), (1, 31), (1, 12), (0, 7))
    _, words = _fields(cron)
    for name, word, mask, (low, size) in zip(_FIELDS, words, bits, sizes, strict=False):
        if not _STEP.fullmatch(word.removeprefix("+")):
            continue
        numbers = [number for number in range(low, low + size) if mask >> number & 1]
        step = int(word.rpartition("/")[2])
        last = numbers[0] + size - numbers[-1]
        # A start of its own, as in 30/5, is a range that is meant to end with the field.
        is_start = not word[0].isdigit() or numbers[0] < low + step
        if len(numbers) == 1 and step > 1:
            yield name, word, f"picks {numbers[0]} alone"
        elif is_start and last != step:
            yield name, word, f"from {numbers[-1]} to {numbers[0]} it is {last}, not {step}"


def _is_leap_day(picks: Trigger, begin: Instant) -> bool:
    first = picks.next_after(begin)
    dates: list[datetime] = []
    while first is not None and len(dates) < 3:
        dates.append(to_datetime(first))
        first = picks.next_after(first)
    return bool(dates) and all((date.month, date.day) == (2, 29) for date in dates)


def _day_items(trigger: OnAClock) -> Iterator[_DayItem]:
    """Yield the days of the month that not every month may have, each as a trigger of its own."""
    every_month = frozenset(range(1, 13))
    if isinstance(trigger, Monthly | Yearly) and trigger.every == 1 and trigger.overflow == "skip":
        months = every_month
        if isinstance(trigger, Yearly):
            names = [name[:3] for name in MONTHS]
            months = frozenset(names.index(name) + 1 for name in trigger.month)
        for day in trigger.days:
            text = f"day {day}" if isinstance(day, int) else str(day)
            if not isinstance(day, int) or abs(day) > 28:
                yield _DayItem(text, on_utc(replace(trigger, days=(day,), anchor=None)), months)
    elif isinstance(trigger, Cron):
        yield from _cron_items(trigger)
    elif isinstance(trigger, RRule):
        rule = read_rule(trigger.rule)
        if rule.freq is Freq.MONTHLY and rule.interval == 1 and not rule.by_month:
            yield _DayItem(trigger.rule, on_utc(trigger), every_month)


def _cron_items(cron: Cron) -> Iterator[_DayItem]:
    count, words = _fields(cron)
    fields = cron_fields(cron)
    restricted = [words[place] not in ("*", "?") for place in (3, 5)]
    if len(words) == 7 or (all(restricted) and not fields.dates.either):
        return  # What both fields must match is seldom anyway.
    months = frozenset(month for month in range(1, 13) if fields.dates.months >> month & 1)
    found = [(word, [*words[:3], word, words[4], "*"], _LATE_DAY) for word in words[3].split(",")]
    found += [(word, [*words[:3], "*", words[4], word], _FIFTH) for word in words[5].split(",")]
    for word, alone, pattern in found:
        if pattern.fullmatch(word):
            text = f"day {word}" if pattern is _LATE_DAY else word
            expression = " ".join(alone[6 - count :])
            picks = on_utc(replace(cron, expression=expression))
            yield _DayItem(f"{text} of {cron.expression!r}", picks, months)


def _months_without(item: _DayItem, begin: Instant, end: Instant) -> list[str]:
    """Name the months without the day, between two that have it; by the year if not in each."""
    dates = map(to_datetime, islice(item.trigger.between(begin, end), _MOST))
    found = {(date.year, date.month) for date in dates}
    if not found:
        return []
    missing = [
        month
        for month in product(range(min(found)[0], max(found)[0] + 1), sorted(item.months))
        if min(found) < month < max(found) and month not in found
    ]
    times = Counter(month for _, month in missing)
    sometimes = {month for _, month in found}
    always = [month for month in sorted(times) if times[month] > 1 and month not in sometimes]
    dated = [(year, month) for year, month in missing if month not in always]
    names = [_NAMES[month - 1] for month in always]
    return [*names, *(f"{_NAMES[month - 1]} {year}" for year, month in dated)]
