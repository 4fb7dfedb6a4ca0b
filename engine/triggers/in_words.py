"""Triggers in plain English: when each is due, for people who read a list of tasks."""

from collections.abc import Callable, Sequence
from datetime import time

from duetime.engine.instants import iso, span_text
from duetime.engine.triggers.base import Trigger, plain_text
from duetime.engine.triggers.calendar import Daily, Monthly, Weekly, Yearly
from duetime.engine.triggers.calendar_text import Calendar
from duetime.engine.triggers.combine import AllOf, AnyOf, Jitter, Limit, Shift
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.every import AfterFinish, ElapsedGrid, Every
from duetime.engine.triggers.exclude import Except, Exclusions
from duetime.engine.triggers.once import Once, OnDemand
from duetime.engine.triggers.rrule import RRule
from duetime.engine.triggers.within import Within

_WEEKDAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
_MONTHS = {
    "jan": "January",
    "feb": "February",
    "mar": "March",
    "apr": "April",
    "may": "May",
    "jun": "June",
    "jul": "July",
    "aug": "August",
    "sep": "September",
    "oct": "October",
    "nov": "November",
    "dec": "December",
}
_WORDS = {**_WEEKDAYS, **_MONTHS}


def in_words(trigger: Trigger) -> str:
    """Say when a trigger is due; the zone of its times is not said.

    >>> in_words(Monthly(["last fri", -1], "18:00", tz="Europe/Berlin"))
    'at 18:00, on the last day and the last Friday of the month'
    """
    found = _SAYERS.get(type(trigger))
    return repr(trigger) if found is None else found(trigger)


def _daily(trigger: Daily) -> str:
    often = "every day" if trigger.every == 1 else f"every {trigger.every} days"
    return f"{_times(trigger.at)}, {often}{_since(trigger)}"


def _weekly(trigger: Weekly) -> str:
    days = _join([_WEEKDAYS[day] for day in trigger.days])
    return f"{_times(trigger.at)}, on {days}{_steps(trigger, 'week')}{_since(trigger)}"


def _monthly(trigger: Monthly) -> str:
    days = _month_days(trigger.days)
    often = _steps(trigger, "month") + _since(trigger)
    return f"{_times(trigger.at)}, on {days} of the month{often}"


def _yearly(trigger: Yearly) -> str:
    months = _join([_MONTHS[month] for month in trigger.month])
    days = _month_days(trigger.days)
    return f"{_times(trigger.at)}, on {days} of {months}{_steps(trigger, 'year')}{_since(trigger)}"


def _except(trigger: Except) -> str:
    excluded = [
        f"on {each.name} ({len(each.dates)})" if isinstance(each, Exclusions) else in_words(each)
        for each in trigger.excluded
    ]
    instead = {"next_allowed": "; then on the next day allowed"}
    instead |= {"previous_allowed": "; then on the last day allowed before"}
    rest = instead.get(str(trigger.on_excluded), "")
    return f"{in_words(trigger.trigger)}; not {_join(excluded)}{rest}"


def _within(trigger: Within) -> str:
    parts = []
    if trigger.window is not None:
        parts.append(" to ".join(map(_time, trigger.window)))
    if trigger.days is not None:
        parts.append(f"on {_join([_WEEKDAYS[day] for day in trigger.days])}")
    return f"{in_words(trigger.trigger)}; only {', '.join(parts)}"


def _limit(trigger: Limit) -> str:
    parts = []
    if trigger.start is not None:
        parts.append(f"from {iso(trigger.start)}")
    if trigger.end is not None:
        parts.append(f"until {iso(trigger.end)}")
    if trigger.most is not None:
        parts.append(f"{trigger.most} times")
    return f"{in_words(trigger.trigger)}; {', '.join(parts)}"


def _shift(trigger: Shift) -> str:
    way = "later" if trigger.by > 0 else "earlier"
    return f"{in_words(trigger.trigger)}; {span_text(abs(trigger.by))} {way}"


def _times(times: Sequence[time]) -> str:
    return f"at {_join([_time(each) for each in times])}"


def _time(moment: time) -> str:
    return plain_text(moment).strip("'")


def _steps(trigger: Weekly | Monthly | Yearly, unit: str) -> str:
    return "" if trigger.every == 1 else f", every {trigger.every} {unit}s"


def _since(trigger: Daily | Weekly | Monthly | Yearly) -> str:
    return "" if trigger.anchor is None else f", from {trigger.anchor}"


def _month_days(days: Sequence[int | str]) -> str:
    return _join([_month_day(day) for day in days])


def _month_day(day: int | str) -> str:
    if isinstance(day, str):
        return f"the {' '.join(_WORDS.get(word, word) for word in day.split())}"
    if day > 0:
        return f"day {day}"
    return "the last day" if day == -1 else f"the last day but {-day - 1}"


def _join(parts: Sequence[str]) -> str:
    *others, last = parts
    return f"{', '.join(others)} and {last}" if others else last


_SAYERS: dict[type[Trigger], Callable[..., str]] = {
    Once: lambda trigger: f"once, at {iso(trigger.at)}",
    OnDemand: lambda trigger: "on demand only",
    Every: Every.describe,
    ElapsedGrid: lambda trigger: Every(span_text(trigger.period)).describe(),
    AfterFinish: AfterFinish.describe,
    Daily: _daily,
    Weekly: _weekly,
    Monthly: _monthly,
    Yearly: _yearly,
    Cron: Cron.describe,
    Calendar: lambda trigger: f"as systemd reads {trigger.normalised!r}",
    RRule: lambda trigger: f"by the rule {trigger.rule}, from {trigger.start:%Y-%m-%d %H:%M:%S}",
    AnyOf: lambda trigger: "; or ".join(map(in_words, trigger.triggers)),
    AllOf: lambda trigger: "; and at once ".join(map(in_words, trigger.triggers)),
    Except: _except,
    Within: _within,
    Limit: _limit,
    Shift: _shift,
    Jitter: lambda trigger: f"{in_words(trigger.trigger)}; up to {span_text(trigger.spread)} later",
}
"""Who says it, for each kind of trigger."""
