"""Cron expressions as text: what the fields mean, and what is wrong with those that mean nothing.

The dialect is that of the Open Cron Pattern Specification; docs/reference/cron-dialect.md has all
of it. What a field picks is a set of numbers, kept as the bits of an integer: bit n for n.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from duetime.engine.errors import CronSyntaxError
from duetime.engine.triggers.cron_days import DateRule

MAX_LENGTH = 2_000
"""More characters than an expression with every number of every field written out."""

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class DayRule(StrEnum):
    """How day-of-month and day-of-week go together where both are restricted."""

    OCPS = "ocps"
    """Either is enough; only a field that is exactly `*` or `?` is unrestricted."""
    AND = "and"
    """Both must match."""
    VIXIE = "vixie"
    """Either is enough, unless one of the two begins with `*`: then both must. Source: cronie."""


class CronFields(NamedTuple):
    """What an expression means.

    `wildcard`: the minute field or the hour field begins with `*`.
    `with_seconds`: there are six fields or seven.
    """

    seconds: int
    minutes: int
    hours: int
    dates: DateRule
    wildcard: bool
    with_seconds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field and its numbers. `top`: the last number of `*` and of `3/2`; 7 is one more Sunday.

    `spread_top`: the last number that H may stand for.
    """

    name: str
    first: int
    last: int
    top: int
    spread_top: int
    allowed: str
    names: dict[str, int] = field(default_factory=dict)
    full: int


def _plain_field(name: str, first: int, last: int, *, spread_top: int | None = None) -> Field:
    return Field(
        name=name,
        first=first,
        last=last,
        top=last,
        spread_top=last if spread_top is None else spread_top,
        allowed=f"{first}-{last}",
        full=_progression(first, last, 1),
    )


def _named_field(name: str, names: str, *, first: int, last: int) -> Field:
    numbers = {text: number for number, text in enumerate(names.split(), first)}
    texts, top = list(numbers), max(numbers.values())
    return Field(
        name=name,
        first=first,
        last=last,
        top=top,
        spread_top=top,
        allowed=f"{first}-{last} or {texts[0]}-{texts[-1]}",
        names=numbers,
        full=_progression(first, top, 1),
    )


def _progression(low: int, high: int, step: int) -> int:
    """Return the bits low, low + step, … up to high."""
    if step == 1:
        return (2 << high) - (1 << low)
    count = (high - low) // step + 1
    return ((1 << step * count) - 1) // ((1 << step) - 1) << low


SECOND = _plain_field("second", 0, 59)
MINUTE = _plain_field("minute", 0, 59)
HOUR = _plain_field("hour", 0, 23)
MONTH_DAY = _plain_field("day-of-month", 1, 31, spread_top=28)
MONTH = _named_field("month", "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", first=1, last=12)
WEEKDAY = _named_field("day-of-week", "SUN MON TUE WED THU FRI SAT", first=0, last=7)
YEAR = _plain_field("year", 1970, 2199)
FIELDS = (SECOND, MINUTE, HOUR, MONTH_DAY, MONTH, WEEKDAY, YEAR)

_WORD = re.compile(r"[^ \t]+")
_H = re.compile(r"(?<![A-Za-z@])[Hh]")
_PLAIN = {str(number): number for number in range(60)}
_VALUE = r"([0-9]+|[A-Za-z]{3})"
_PART = re.compile(rf"(?:\*|{_VALUE}(?:-{_VALUE})?)(?:/([0-9]+))?")
_SPREAD = re.compile(rf"[Hh](?:\({_VALUE}-{_VALUE}\))?(?:/([0-9]+))?")
_NEAR = re.compile(r"([0-9]+)[Ww]|[Ll](?:-([0-9]+))?([Ww])?")
_NTH = re.compile(rf"{_VALUE}(?:#([0-9]+)|#?[Ll])")
_LONGEST_STEP = 300
"""No field has more numbers, so every longer step comes to the same."""

_STEP_HINT = "a step is a whole number from 1, as in */5 or 10-30/5"
_NEAR_HINT = "W goes with a single day, as in 15W or LW, not with a range or a list"
_HINTS = tuple(
    (re.compile(pattern), hint)
    for pattern, hint in (
        (r"=", "the time zone is given beside the expression, as tz="),
        (r"~", "nothing is drawn at random; H spreads by the name of the task"),
        (r"%", "% belongs to the command of a crontab line"),
        (r"[0-9][Ww]", _NEAR_HINT),
        (r"\?", "? stands alone, in day-of-month or day-of-week"),
        (r"\+", "+ stands first in day-of-week: both day fields must match then"),
        (r"#", "# stands in day-of-week, as in 5#2 for the second Friday"),
        (r"^[Hh]", "H may have a range and a step, as in H(0-29)/10"),
        (r"^[Ll]", "L stands in day-of-month, and after a weekday, as in 5L for the last Friday"),
        (r"[0-9][Ll]", "L stands in day-of-month, and after a weekday, as in 5L"),
        (r"/", _STEP_HINT),
        (r"\*", "* stands alone or before a step, as in */5"),
        (r"-", "a range goes from one number to another, as in 1-5"),
    )
)
_NICKNAME_HINTS = {
    "@reboot": "a start of the machine is no time; run the task when your program starts "
    "(run_now), or use Once",
    "@every": "an interval is a trigger of its own: Every('1h 30m')",
}


class _How(NamedTuple):
    """The settings that reading depends on."""

    name: str
    wrap: bool


class _RefusedError(Exception):
    """A part of a field makes no sense. `at`: where in the part."""

    def __init__(self, field: Field, part: str, given: str, *, hint: str = "", at: int = 0) -> None:
        super().__init__(given)
        self.field = field
        self.part = part
        self.given = given
        self.hint = hint
        self.at = at


def parse_cron(
    text: str, *, name: str = "", wrap: bool = False, day_rule: DayRule = DayRule.OCPS
) -> CronFields:
    """Read an expression of five, six or seven fields, or a nickname.

    `name`: what H spreads by. `wrap`: a range may run over the end, as in FRI-MON.
    Raises CronSyntaxError with the field, the column and what is allowed.
    """
    words = _words(text)
    with_seconds = len(words) > 5
    if not with_seconds:
        words = ["0", *words]
    second, minute, hour, month_day, month, weekday = words[:6]
    year = words[6] if len(words) == 7 else "*"
    how = _How(name, wrap)
    try:
        return CronFields(
            seconds=_numbers(SECOND, second, how),
            minutes=_numbers(MINUTE, minute, how),
            hours=_numbers(HOUR, hour, how),
            dates=_dates((month_day, month, weekday, year), how, day_rule),
            wildcard=minute[0] == "*" or hour[0] == "*",
            with_seconds=with_seconds,
        )
    except _RefusedError as refused:
        raise _located(text, refused) from None


def has_spread(expression: str) -> bool:
    """Tell whether an expression that can be read has an H in it."""
    return _H.search(expression) is not None


def _dates(words: tuple[str, str, str, str], how: _How, day_rule: DayRule) -> DateRule:
    month_day, month, weekday, year = words
    both = weekday[0] == "+"
    if both:
        weekday = weekday[1:]
    days, days_before_last, near, near_before_last = _month_days(month_day, how)
    weekdays, nth_weekdays, last_weekdays = _weekdays(weekday, how)
    if day_rule is DayRule.VIXIE:
        either = month_day[0] not in "*?" and weekday[0] not in "*?"
    else:
        either = month_day not in ("*", "?") and weekday not in ("*", "?")
    return DateRule(
        days=days,
        days_before_last=days_before_last,
        near=near,
        near_before_last=near_before_last,
        weekdays=weekdays,
        nth_weekdays=nth_weekdays,
        last_weekdays=last_weekdays,
        either=either and not both and day_rule is not DayRule.AND,
        months=_numbers(MONTH, month, how),
        years=None if year == "*" else _numbers(YEAR, year, how) >> YEAR.first,
    )


def _month_days(word: str, how: _How) -> tuple[int, int, int, int]:
    """Return days, days before the last, and the same for the nearest from Monday to Friday."""
    if word in ("*", "?"):
        return MONTH_DAY.full, 0, 0, 0
    days, before_last, near, near_before_last = 0, 0, 0, 0
    for part in word.split(","):
        match = _NEAR.fullmatch(part) if part[-1:] in "WwLl" or part[0] in "Ll" else None
        if match is None:
            days |= _part_numbers(MONTH_DAY, part, how)
        elif match[1] is not None:
            near = 1 << _value(MONTH_DAY, part, match, 1)
        elif match[3] is not None:
            near_before_last = 1 << _back(part, match)
        else:
            before_last |= 1 << _back(part, match)
        if (near or near_before_last) and part != word:
            raise _RefusedError(MONTH_DAY, part, part, hint=_NEAR_HINT)
    return days, before_last, near, near_before_last


def _back(part: str, match: re.Match[str]) -> int:
    """Return the number after L-, or 0 for L alone."""
    if match[2] is None:
        return 0
    back = int(match[2])
    if not 1 <= back <= 30:
        raise _RefusedError(MONTH_DAY, part, part, hint="L-1 to L-30 count back from the last day")
    return back


def _weekdays(word: str, how: _How) -> tuple[int, int, int]:
    """Return weekdays, those of a certain number in the month, and the last ones."""
    if word in ("*", "?"):
        return WEEKDAY.full, 0, 0
    plain, nth, last = 0, 0, 0
    for part in word.split(","):
        match = _NTH.fullmatch(part) if "#" in part or part[-1:] in "Ll" else None
        if match is None:
            plain |= _part_numbers(WEEKDAY, part, how)
            continue
        weekday = _value(WEEKDAY, part, match, 1) % 7
        if match[2] is None:
            last |= 1 << weekday
        elif match[2] in ("1", "2", "3", "4", "5"):
            nth |= 1 << 7 * (int(match[2]) - 1) + weekday
        else:
            hint = "the number after # is 1 to 5, or L for the last"
            raise _RefusedError(WEEKDAY, part, part, hint=hint, at=match.start(2))
    return (plain | plain >> 7) & WEEKDAY.full, nth, last


def _numbers(field: Field, word: str, how: _How) -> int:
    if word == "*":
        return field.full
    bits = 0
    for part in word.split(","):
        bits |= _part_numbers(field, part, how)
    return bits


def _part_numbers(field: Field, part: str, how: _How) -> int:
    """Return the bits of one number, range, `*` or H, each with or without a step."""
    number = _PLAIN.get(part)
    if number is not None and field.first <= number <= field.last:
        return 1 << number
    match = _PART.fullmatch(part)
    if match is None:
        return _spread(field, part, how)
    low_text, high_text, step_text = match.groups()
    step = _step(field, part, match) if step_text else 1
    if low_text is None:
        return _progression(field.first, field.top, step)
    low = _value(field, part, match, 1)
    if high_text is None:
        return _progression(low, max(field.top, low), step) if step_text else 1 << low
    high = _value(field, part, match, 2)
    if high == 0 < low and high_text.isalpha():
        high = 7
    if low <= high:
        return _progression(low, high, step)
    return _wrapped(field, part, (low, high, step), how)


def _spread(field: Field, part: str, how: _How) -> int:
    """Return the bits that H stands for; they come from the name and nothing else."""
    match = _SPREAD.fullmatch(part)
    if match is None or field is YEAR:
        raise _RefusedError(field, part, repr(part), hint=_hint_for(field, part))
    low, high = field.first, field.spread_top
    if match[1] is not None:
        low, high = _value(field, part, match, 1), _value(field, part, match, 2)
    if low > high:
        raise _RefusedError(field, part, part, hint="the range of H goes from low to high")
    step = _step(field, part, match) if match[3] is not None else 0
    digest = sha256(f"{field.name}\0{how.name}".encode()).digest()
    number = int.from_bytes(digest[:8], "big") % min(step or high - low + 1, high - low + 1)
    return _progression(low + number, high, step) if step else 1 << low + number


def _wrapped(field: Field, part: str, span: tuple[int, int, int], how: _How) -> int:
    """Return the bits of a range that runs over the end of its field."""
    low, high, step = span
    if field is YEAR or not how.wrap:
        hint = "the range runs backwards"
        if field is not YEAR:
            low_text, high_text = part.split("/")[0].split("-")
            split = f"{_text(field, field.first, high_text)}-{high_text}"
            if low <= field.top:
                split = f"{low_text}-{_text(field, field.top, low_text)},{split}"
            hint += f"; write {split}, or pass wrap=True"
        raise _RefusedError(field, part, part, hint=hint)
    bits = 0
    for number in [*range(low, field.top + 1), *range(field.first, high + 1)][::step]:
        bits |= 1 << number
    return bits


def _value(field: Field, part: str, match: re.Match[str], group: int) -> int:
    """Return the number that a group of a match says, by digits or by name."""
    text = match[group]
    plain = _PLAIN.get(text)
    if plain is not None and field.first <= plain <= field.last:
        return plain
    if text.isdigit():
        number = int(text)
        if field.first <= number <= field.last:
            return number
        hint = "24:00 is 0:00 of the next day" if field is HOUR and number == 24 else ""
        raise _RefusedError(field, part, text, hint=hint, at=match.start(group))
    named = field.names.get(text.upper())
    if named is None:
        hint = _hint_for(field, text)
        raise _RefusedError(field, part, text, hint=hint, at=match.start(group))
    return named


def _step(field: Field, part: str, match: re.Match[str]) -> int:
    step = int(match[3])
    if step == 0:
        raise _RefusedError(field, part, "step 0", hint=_STEP_HINT, at=match.start(3))
    return min(step, _LONGEST_STEP)


def _text(field: Field, number: int, like: str) -> str:
    """Write a number as a name where `like` is one."""
    if like.isdigit():
        return str(number)
    return next(name for name, each in field.names.items() if each == number)


def _hint_for(field: Field, part: str) -> str:
    """Say what is meant to be written instead of something that nothing can be made of."""
    name = part[:3].upper()
    if part.isalpha() and name in field.names:
        return f"names have three letters: {name}"
    if part.upper() in MONTH.names or part.upper() in WEEKDAY.names:
        return f"{name} is a {'month' if name in MONTH.names else 'day of the week'}"
    if not part:
        return "a number is missing"
    for pattern, hint in _HINTS:
        if pattern.search(part):
            return hint
    return ""


def _words(text: str) -> list[str]:
    """Return the fields of an expression: five, six or seven.

    Raises CronSyntaxError for any other number, and for what is no expression at all.
    """
    if not isinstance(text, str):
        raise CronSyntaxError(f"cron {text!r} is no text; write it like '30 2 * * *'")
    if len(text) > MAX_LENGTH:
        raise CronSyntaxError(
            f"cron expression of {len(text)} characters; allowed are {MAX_LENGTH}",
            column=MAX_LENGTH + 1,
        )
    words = _WORD.findall(text)
    if 5 <= len(words) <= 7:
        return words
    if len(words) == 1 and words[0] in NICKNAMES:
        return NICKNAMES[words[0]].split()
    raise _miscounted(text, words)


def _miscounted(text: str, words: list[str]) -> CronSyntaxError:
    first = words[0] if words else ""
    column = text.find(first) + 1
    if first.startswith("@"):
        hint = _NICKNAME_HINTS.get(first, f"allowed are {', '.join(NICKNAMES)}")
        if first in NICKNAMES:
            hint = "a nickname stands alone"
        elif first.lower() in NICKNAMES:
            hint = f"write {first.lower()}"
        return CronSyntaxError(
            f"cron {text!r}: {first} at column {column}; {hint}", field="nickname", column=column
        )
    if len(words) > 7:
        column = [match.start() for match in _WORD.finditer(text)][7] + 1
        what = f"{len(words)} fields, one too many at column {column}"
    else:
        column = len(text.rstrip(" \t")) + 1
        what = f"{len(words)} fields, more expected at column {column}"
    return CronSyntaxError(
        f"cron {text!r}: {what}; allowed are 5 (minute hour day-of-month month day-of-week), "
        "6 (second first) or 7 (year last)",
        field="year" if len(words) > 7 else FIELDS[len(words) + 1].name,
        column=column,
    )


def _located(text: str, refused: _RefusedError) -> CronSyntaxError:
    """Return the error with the column, counted from 1, of what was refused."""
    found = list(_WORD.finditer(text))
    index = FIELDS.index(refused.field) - (len(found) == 5)
    start, word = (found[index].start(), found[index][0]) if len(found) > 1 else (0, text)
    parts = word.removeprefix("+").split(",") if refused.field is WEEKDAY else word.split(",")
    before = parts[: parts.index(refused.part)]
    column = start + len(word) - len(",".join(parts)) + sum(len(part) + 1 for part in before)
    column += refused.at + 1
    hint = f"; {refused.hint}" if refused.hint else ""
    return CronSyntaxError(
        f"cron {text!r}: {refused.field.name} {refused.given} at column {column}; "
        f"allowed {refused.field.allowed}{hint}",
        field=refused.field.name,
        column=column,
    )
