"""How calendar triggers read what they are given: times of day, weekdays, days of a month.

Each function takes the name of the trigger first, for its BadTriggerError: what was given, what is
allowed, what to do.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TypeAlias, TypeVar

from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import MICROSECOND, SECOND, Span
from duetime.engine.triggers.day_rules import DayNumber, DayRule, NthWeekday

At: TypeAlias = str | time | Iterable[str | time]
"""One time of day or several: "HH:MM", "HH:MM:SS", with a fraction of a second, or a `time`."""
Names: TypeAlias = int | str | Iterable[int | str]
"""A number or a name, or several."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = tuple(
    "january february march april may june july august september october november december".split()
)

_TIME = re.compile(r"(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?")
_TIME_HINT = "write it like '02:30' or '02:30:15', or pass a datetime.time"
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_NTH = re.compile(rf"(?:(\d+)(?:st|nd|rd|th)|({'|'.join(_ORDINALS)})|(?=last))(\s?last)? ([a-z]+)")
_NEAREST = re.compile(r"weekday nearest (-?\d+)")
_DAYS_HINT = (
    "allowed are 1 to 31, -1 to -31 (from the end), and text such as '2nd tue', 'last fri', "
    "'3rd weekday' or 'weekday nearest 15'"
)

T = TypeVar("T")


def read_times(name: str, at: At) -> tuple[time, ...]:
    """Read times of day: sorted, each once."""
    return tuple(sorted({read_time(name, "at", one) for one in _several(name, "at", at)}))


def read_time(name: str, part: str, given: str | time) -> time:
    """Read one time of day."""
    if isinstance(given, time):
        if given.tzinfo is not None:
            raise BadTriggerError(f"{name}: {part} {given!r} has a zone; give that as tz=")
        return given.replace(fold=0)
    match = _TIME.fullmatch(given.strip()) if isinstance(given, str) else None
    if match is None:
        raise BadTriggerError(f"{name}: {part} {given!r} is no time of day; {_TIME_HINT}")
    hour, minute, second = (int(digits or 0) for digits in match.groups()[:3])
    if (hour, minute, second) == (24, 0, 0):
        raise BadTriggerError(
            f"{name}: {part} {given!r}: a day ends before 24:00; use '00:00' of the next day"
        )
    try:
        return time(hour, minute, second, int((match[4] or "").ljust(6, "0")))
    except ValueError as error:
        raise BadTriggerError(f"{name}: {part} {given!r}: {error}; {_TIME_HINT}") from None


def day_spans(at: tuple[time, ...]) -> tuple[Span, ...]:
    """Return times of day as nanoseconds since midnight."""
    return tuple(
        (one.hour * 3600 + one.minute * 60 + one.second) * SECOND + one.microsecond * MICROSECOND
        for one in at
    )


def read_step(name: str, every: int) -> int:
    """Check that `every` is a whole number from 1."""
    if not is_whole(every) or every < 1:
        raise BadTriggerError(f"{name}: every={every!r}; allowed are the whole numbers from 1")
    return every


def read_anchor(name: str, anchor: date | str | None) -> date | None:
    """Read a date, ISO text, or None for none."""
    return None if anchor is None else read_date(name, "anchor", anchor)


def read_date(name: str, part: str, given: date | str) -> date:
    """Read a date or ISO text."""
    try:
        found = date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        found = None
    if not isinstance(found, date) or isinstance(found, datetime):
        raise BadTriggerError(
            f"{name}: {part} {given!r} is no date; pass date(2026, 1, 1) or '2026-01-01'"
        )
    return found


def read_weekdays(name: str, days: Names) -> tuple[int, ...]:
    """Read weekdays, by name or from 0 for Monday, as numbers: sorted, each once."""
    return _read_names(name, "weekday", days, WEEKDAYS, 0)


def read_months(name: str, month: Names) -> tuple[int, ...]:
    """Read months, by name or from 1 for January, as numbers: sorted, each once."""
    return _read_names(name, "month", month, MONTHS, 1)


def short_names(numbers: Iterable[int], names: tuple[str, ...], first: int) -> tuple[str, ...]:
    """Write numbers as names of three letters."""
    return tuple(names[number - first][:3] for number in numbers)


def read_month_days(name: str, days: Names) -> tuple[DayRule, ...]:
    """Read days of a month: numbers first, then weekdays, each once."""
    rules = {_read_day_rule(name, day) for day in _several(name, "days", days)}
    return tuple(sorted(rules, key=_rank))


def day_rule_text(rule: DayRule) -> int | str:
    """Write a day of a month the way `read_month_days` reads it."""
    if isinstance(rule, DayNumber):
        return f"weekday nearest {rule.number}" if rule.nearest_weekday else rule.number
    what = WEEKDAYS[rule.weekdays[0]][:3] if len(rule.weekdays) == 1 else "weekday"
    nth = abs(rule.nth)
    ending = "th" if nth in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(nth % 10, "th")
    if rule.nth > 0:
        return f"{nth}{ending} {what}"
    return f"last {what}" if nth == 1 else f"{nth}{ending} last {what}"


def is_whole(number: object) -> bool:
    """Tell whether this is a whole number; True and False are none."""
    return isinstance(number, int) and not isinstance(number, bool)


def _several(name: str, part: str, given: T | str | Iterable[T | str]) -> tuple[T | str, ...]:
    """Return one or several values as a tuple that is not empty."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        return (given,)
    found = tuple(given)
    if not found:
        raise BadTriggerError(f"{name}: {part} is empty; give at least one")
    return found


def _read_names(
    name: str, what: str, given: Names, names: tuple[str, ...], first: int
) -> tuple[int, ...]:
    last = first + len(names) - 1
    found = set()
    for one in _several(name, what, given):
        number = _name_number(one, names, first) if isinstance(one, str) else one
        if number is None or not is_whole(number) or not first <= number <= last:
            raise BadTriggerError(
                f"{name}: {what} {one!r} is unknown; allowed are '{names[0][:3]}' to "
                f"'{names[-1][:3]}', or {first} ({names[0].title()}) to {last}"
            )
        found.add(number)
    return tuple(sorted(found))


def _name_number(text: str, names: tuple[str, ...], first: int) -> int | None:
    """Return the number of a name that is spelt out or cut to three letters; None for others."""
    wanted = text.strip().lower()
    for number, known in enumerate(names, first):
        if wanted in (known, known[:3]):
            return number
    return None


def _read_day_rule(name: str, day: int | str) -> DayRule:
    text = " ".join(day.lower().split()) if isinstance(day, str) else ""
    nearest, nth = _NEAREST.fullmatch(text), _NTH.fullmatch(text)
    rule: DayRule | None = None
    if nearest is not None:
        rule = DayNumber(int(nearest[1]), nearest_weekday=True)
    elif nth is not None:
        rule = _nth_rule(nth)
    elif not isinstance(day, str) and is_whole(day):
        rule = DayNumber(day)
    if rule is None or (isinstance(rule, DayNumber) and not 1 <= abs(rule.number) <= 31):
        raise BadTriggerError(f"{name}: day {day!r} is unknown; {_DAYS_HINT}")
    return rule


def _nth_rule(match: re.Match[str]) -> NthWeekday | None:
    digits, word, last, what = match.groups()
    nth = int(digits) if digits else _ORDINALS.index(word) + 1 if word else 1
    signed = -nth if last else nth
    if what == "weekday":
        return NthWeekday(signed, (0, 1, 2, 3, 4)) if 1 <= nth <= 23 else None
    number = _name_number(what, WEEKDAYS, 0)
    return NthWeekday(signed, (number,)) if number is not None and 1 <= nth <= 5 else None


def _rank(rule: DayRule) -> tuple[bool, bool, int, tuple[int, ...]]:
    """Sort numbers before weekdays, and within each those from the end last."""
    if isinstance(rule, DayNumber):
        return rule.nearest_weekday, rule.number < 0, rule.number, ()
    return True, rule.nth < 0, rule.nth, rule.weekdays
