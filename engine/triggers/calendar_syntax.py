"""The calendar expressions of systemd, read and written: "Mon..Fri *-*-01..07 09:00".

Source: systemd.time(7), section "Calendar events"; the answers of `systemd-analyze calendar` 252
are a test.
"""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple

from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import EPOCH
from duetime.engine.triggers.calendar_fields import WEEKDAYS

MICROSECONDS = 1_000_000
"""Seconds are read in microseconds."""

SHORTHANDS = {
    "minutely": "*-*-* *:*:00",
    "hourly": "*-*-* *:00:00",
    "daily": "*-*-* 00:00:00",
    "weekly": "Mon *-*-* 00:00:00",
    "monthly": "*-*-01 00:00:00",
    "quarterly": "*-01,04,07,10-01 00:00:00",
    **dict.fromkeys(("yearly", "annually", "anually"), "*-01-01 00:00:00"),
    **dict.fromkeys(
        ("semiannually", "semi-annually", "biannually", "bi-annually"), "*-01,07-01 00:00:00"
    ),
}

_NUMBER = re.compile(r"\d+")
_FRACTION = re.compile(r"\.(\d{1,6})(\d*)")
_NAME = re.compile(r"[A-Za-z]+")
_MOMENT = re.compile(r"@(\d+)")
_ZONE = re.compile(r" ([A-Za-z][\w+/-]*)$")


@dataclass(frozen=True, slots=True)
class Part:
    """A number; or from `start` every `step` up to `stop`, or as far as the field goes."""

    start: int
    stop: int | None = None
    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A place of an expression: its smallest and largest number, and how many digits it has."""

    name: str
    low: int
    high: int
    width: int = 2
    unit: int = 1
    backwards: bool = False

    def numbers(self, part: Part) -> range:
        """Return the numbers of a part; days counted from the end from the largest on."""
        if part.step is None:
            return range(part.start, part.start + 1)
        if self.backwards:
            first, last = (part.start, self.low) if part.stop is None else (part.stop, part.start)
            return range(first, last - 1, -part.step)
        return range(part.start, (self.high if part.stop is None else part.stop) + 1, part.step)

    def allows(self, part: Part) -> bool:
        """Tell whether a part lies in the field, with room for at least one step."""
        stop = part.start if part.stop is None else part.stop
        if not (self.low <= part.start <= self.high and self.low <= stop <= self.high):
            return False
        if part.step is None:
            return True
        if part.step > self.high - self.low:
            return False
        if part.stop is not None:
            return part.start + part.step <= part.stop
        if self.backwards:
            return part.start - part.step >= self.low
        return part.start + part.step <= self.high


YEAR = Field(name="year", low=1970, high=2199, width=4)
MONTH = Field(name="month", low=1, high=12)
DAY_OF_MONTH = Field(name="day", low=1, high=31)
DAY_FROM_END = Field(name="day from the end", low=1, high=28, backwards=True)
HOUR = Field(name="hour", low=0, high=23)
MINUTE = Field(name="minute", low=0, high=59)
SECONDS = Field(name="second", low=0, high=60 * MICROSECONDS - 1, unit=MICROSECONDS)

EVERY_SECOND = Part(0, None, MICROSECONDS)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one field, in order; without any, every number."""

    field: Field
    parts: tuple[Part, ...]

    def __str__(self) -> str:
        """Write them as systemd does."""
        field = self.field
        if not self.parts or (field is SECONDS and self.parts == (EVERY_SECOND,)):
            return "*"
        return ",".join(_part_text(field, part) for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarText:
    """An expression that has been read. `weekdays`: 0 is Monday; `zone`: a name, or empty."""

    weekdays: tuple[int, ...]
    years: Parts
    months: Parts
    days: Parts
    hours: Parts
    minutes: Parts
    seconds: Parts
    zone: str

    def __str__(self) -> str:
        """Write the form that systemd calls normalised."""
        weekdays = _weekdays_text(self.weekdays)
        mark = "~" if self.days.field is DAY_FROM_END else "-"
        date = f"{self.years}-{self.months}{mark}{self.days}"
        time = f"{self.hours}:{self.minutes}:{self.seconds}"
        return " ".join(text for text in (weekdays, date, time, self.zone) if text)


def read_calendar(text: str) -> CalendarText:
    """Read an expression.

    Raises BadTriggerError with the column and what is allowed.

    >>> str(read_calendar("Mon..Fri 9:00 Europe/Berlin"))
    'Mon..Fri *-*-* 09:00:00 Europe/Berlin'
    """
    if not isinstance(text, str) or not text.strip():
        raise BadTriggerError(f"calendar {text!r} is empty; write it like 'Mon..Fri 09:00'")
    given = text.strip()
    zoned = _ZONE.search(given)
    body = given[: zoned.start()] if zoned else given
    zone = zoned[1] if zoned else ""
    body = SHORTHANDS.get(body.lower(), body)
    moment = _MOMENT.fullmatch(body)
    if moment is not None:
        body, zone = _moment_text(given, int(moment[1])), "UTC"
    return _Reader(given, body).read("UTC" if zone.upper() == "UTC" else zone)


class _Reader:
    """Reads `body` from left to right; `given` is the whole that an error shows."""

    def __init__(self, given: str, body: str) -> None:
        self.given = given
        self.body = body
        self.position = 0

    def read(self, zone: str) -> CalendarText:
        weekdays = self.weekdays()
        years, months, days = self.date()
        hours, minutes, seconds = self.time()
        return CalendarText(
            weekdays=weekdays,
            years=years,
            months=months,
            days=days,
            hours=hours,
            minutes=minutes,
            seconds=seconds,
            zone=zone,
        )

    def weekdays(self) -> tuple[int, ...]:
        """Read "Mon", "Mon,Wed" or "Mon..Fri" with what separates it; all days without one."""
        if not _NAME.match(self.body):
            return tuple(range(7))
        found: set[int] = set()
        while True:
            first = last = self.weekday()
            if self.accept("..") or self.accept("-"):
                last = self.weekday()
                if last < first:
                    both = _weekdays_text((*range(last + 1), *range(first, 7)))
                    raise self.error(f"the range ends before it begins; write {both}")
            found.update(range(first, last + 1))
            more = self.accept(",")
            if self.at_end() or self.accept(" "):
                self.skip_spaces()
                return tuple(sorted(found))
            if not more:
                raise self.error("expected ',', '..' or a space after a weekday")

    def weekday(self) -> int:
        match = _NAME.match(self.body, self.position)
        name = match[0].lower() if match else ""
        for number, weekday in enumerate(WEEKDAYS):
            if match and name in (weekday, weekday[:3]):
                self.position = match.end()
                return number
        raise self.error(
            f"{name!r} is no weekday; allowed are Mon to Sun, and {', '.join(SHORTHANDS)}"
        )

    def date(self) -> tuple[Parts, Parts, Parts]:
        """Read year-month-day or month-day, with ~ before days from the end; or nothing."""
        start = self.position
        chains: list[_Chain] = []
        days = DAY_OF_MONTH
        while not self.at_end():
            chains.append(self.chain(seconds=False))
            if days is DAY_FROM_END or len(chains) == 3:
                break
            if self.accept("~"):
                days = DAY_FROM_END
            elif not self.accept("-"):
                break
        if len(chains) < 2:
            self.position = start
            return Parts(YEAR, ()), Parts(MONTH, ()), Parts(DAY_OF_MONTH, ())
        if not self.at_end() and not self.accept(" "):
            raise self.error("the date should end here; write it like 2026-12-24, 12-24 or 12~01")
        self.skip_spaces()
        *years, month, day = chains
        return (
            self.checked(YEAR, _full_years(years[0])) if years else Parts(YEAR, ()),
            self.checked(MONTH, month),
            self.checked(days if day.parts else DAY_OF_MONTH, day),
        )

    def time(self) -> tuple[Parts, Parts, Parts]:
        """Read hour:minute or hour:minute:second; midnight where nothing is left."""
        hours = minutes = seconds = _Chain((Part(0),), 0)
        if not self.at_end():
            hours = self.chain(seconds=False)
            if not self.accept(":"):
                raise self.error("expected ':' after the hour")
            minutes = self.chain(seconds=False)
            if self.accept(":"):
                seconds = self.chain(seconds=True)
            if not self.at_end():
                raise self.error("the time should end here; write it like 09:00 or 09:00:00")
        return (
            self.checked(HOUR, hours),
            self.checked(MINUTE, minutes),
            self.checked(SECONDS, seconds),
        )

    def chain(self, *, seconds: bool) -> "_Chain":
        """Read "*", or a list of numbers, ranges and repetitions."""
        column = self.position + 1
        if self.accept("*"):
            return _Chain((EVERY_SECOND,) if seconds else (), column)
        found = [self.part(seconds=seconds)]
        while self.accept(","):
            found.append(self.part(seconds=seconds))
        return _Chain(tuple(found), column)

    def part(self, *, seconds: bool) -> Part:
        start = self.number(seconds=seconds)
        stop, step = None, None
        if self.accept(".."):
            stop, step = self.number(seconds=seconds), MICROSECONDS if seconds else 1
        if self.accept("/"):
            step = self.number(seconds=seconds)
            if step == 0:
                raise self.error("a step of 0 leads nowhere; allowed are steps from 1")
        if stop is None or step is None:
            return Part(start, stop, step)
        if stop > start:
            stop -= (stop - start) % step
        return Part(start) if stop == start else Part(start, stop, step)

    def number(self, *, seconds: bool) -> int:
        match = _NUMBER.match(self.body, self.position)
        if match is None:
            raise self.error("expected a number or '*'")
        self.position = match.end()
        if not seconds:
            return int(match[0])
        fraction = _FRACTION.match(self.body, self.position)
        if fraction is None:
            return int(match[0]) * MICROSECONDS
        self.position = fraction.end()
        digits = int(fraction[1].ljust(6, "0")) + (fraction[2][:1] >= "5")
        return int(match[0]) * MICROSECONDS + digits

    def checked(self, field: Field, chain: "_Chain") -> Parts:
        """Check that all parts lie in the field, and sort them."""
        for part in chain.parts:
            if not field.allows(part):
                room = "" if part.step is None else ", upwards, with room for one step at least"
                raise self.error(
                    f"{_part_text(field, part)} is no {field.name}; allowed are "
                    f"{field.low // field.unit} to {field.high // field.unit}{room}",
                    chain.column,
                )
        return Parts(field, tuple(sorted(set(chain.parts), key=_rank)))

    def at_end(self) -> bool:
        return self.position == len(self.body)

    def accept(self, text: str) -> bool:
        if not self.body.startswith(text, self.position):
            return False
        self.position += len(text)
        return True

    def skip_spaces(self) -> None:
        while self.accept(" "):
            pass

    def error(self, what: str, column: int | None = None) -> BadTriggerError:
        where = f" at column {column or self.position + 1}"
        return BadTriggerError(f"calendar {self.given!r}{where}: {what}")


class _Chain(NamedTuple):
    """What was read for one field, and where it begins."""

    parts: tuple[Part, ...]
    column: int


def _full_years(chain: _Chain) -> _Chain:
    """Read 0 to 69 as 2000 to 2069, 70 to 99 as 1970 to 1999."""
    parts = (
        replace(
            part,
            start=_full_year(part.start),
            stop=None if part.stop is None else _full_year(part.stop),
        )
        for part in chain.parts
    )
    return chain._replace(parts=tuple(parts))


def _full_year(year: int) -> int:
    return year + (2000 if year < 70 else 1900 if year < 100 else 0)


def _rank(part: Part) -> tuple[int, int, int]:
    return part.start, -1 if part.stop is None else part.stop, part.step or 0


def _part_text(field: Field, part: Part) -> str:
    text = _number_text(field, part.start, field.width)
    if part.stop is not None:
        text += ".." + _number_text(field, part.stop, field.width)
    if part.step is not None and not (part.stop is not None and part.step == field.unit):
        text += "/" + _number_text(field, part.step, 1)
    return text


def _number_text(field: Field, number: int, width: int) -> str:
    whole, fraction = divmod(number, field.unit)
    return f"{whole:0{width}d}" + (f".{fraction:06d}" if fraction else "")


def _weekdays_text(weekdays: tuple[int, ...]) -> str:
    """Write weekdays: three or more in a row as a range; nothing for all seven."""
    if len(weekdays) == 7:
        return ""
    runs: list[list[int]] = []
    for weekday in weekdays:
        if runs and runs[-1][-1] == weekday - 1:
            runs[-1].append(weekday)
        else:
            runs.append([weekday])
    texts = []
    for run in runs:
        first, last = (WEEKDAYS[weekday][:3].title() for weekday in (run[0], run[-1]))
        between = {1: "", 2: f",{last}"}.get(len(run), f"..{last}")
        texts.append(first + between)
    return ",".join(texts)


def _moment_text(given: str, seconds: int) -> str:
    """Write seconds since the epoch as an expression."""
    try:
        return (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")
    except OverflowError:
        raise BadTriggerError(f"calendar {given!r}: allowed are the years 1970 to 2199") from None
