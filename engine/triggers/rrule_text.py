"""The text of a recurrence rule: read into a frozen record, and written back.

Source: RFC 5545, section 3.3.10, and RFC 7529, section 4 (SKIP, with RSCALE=GREGORIAN). What an RFC
forbids is refused; what it leaves open stands in docs/reference/rrule.md.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple, TypeVar

from duetime.engine.errors import BadTriggerError

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""The weekdays by their number: 0 is Monday."""


class Freq(StrEnum):
    """How long one period of a rule is."""

    YEARLY = "YEARLY"
    MONTHLY = "MONTHLY"
    WEEKLY = "WEEKLY"
    DAILY = "DAILY"
    HOURLY = "HOURLY"
    MINUTELY = "MINUTELY"
    SECONDLY = "SECONDLY"


class Skip(StrEnum):
    """What becomes of a date that does not exist. Source: RFC 7529, section 4.1."""

    OMIT = "OMIT"
    """Nothing."""
    BACKWARD = "BACKWARD"
    """The last day before it that exists."""
    FORWARD = "FORWARD"
    """The first day after it that exists."""


class ByDay(NamedTuple):
    """A weekday, 0 for Monday. `nth`: which of them; −1 is the last, 0 means each."""

    weekday: int
    nth: int = 0

    def __str__(self) -> str:
        """Write it as in a rule."""
        return f"{self.nth or ''}{WEEKDAYS[self.weekday]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """A rule, part by part. A list is sorted, has each member once, and is empty if not given.

    `until`: an instant in UTC, or a local time without a zone.
    """

    freq: Freq
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    by_month: tuple[int, ...] = ()
    by_week_no: tuple[int, ...] = ()
    by_year_day: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_day: tuple[ByDay, ...] = ()
    by_hour: tuple[int, ...] = ()
    by_minute: tuple[int, ...] = ()
    by_second: tuple[int, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    wkst: int = 0
    skip: Skip = Skip.OMIT

    def __str__(self) -> str:
        """Write the text that `read_rule` reads, without what has its default.

        >>> str(read_rule("byday=fr,1mo;freq=monthly;interval=1"))
        'FREQ=MONTHLY;BYDAY=1MO,FR'
        """
        skips = self.skip is not Skip.OMIT
        parts = (
            ("RSCALE", "GREGORIAN" if skips else ""),
            ("FREQ", self.freq),
            ("INTERVAL", self.interval if self.interval > 1 else ""),
            ("COUNT", self.count or ""),
            ("UNTIL", time_text(self.until) if self.until else ""),
            ("BYMONTH", _listed(self.by_month)),
            ("BYWEEKNO", _listed(self.by_week_no)),
            ("BYYEARDAY", _listed(self.by_year_day)),
            ("BYMONTHDAY", _listed(self.by_month_day)),
            ("BYDAY", _listed(self.by_day)),
            ("BYHOUR", _listed(self.by_hour)),
            ("BYMINUTE", _listed(self.by_minute)),
            ("BYSECOND", _listed(self.by_second)),
            ("BYSETPOS", _listed(self.by_set_pos)),
            ("WKST", WEEKDAYS[self.wkst] if self.wkst else ""),
            ("SKIP", self.skip if skips else ""),
        )
        return ";".join(f"{name}={value}" for name, value in parts if value)


class _Allowed(NamedTuple):
    """The numbers that a list may hold; `signed`: also those below zero, counted from the end."""

    low: int
    high: int
    signed: bool = False

    def __str__(self) -> str:
        """Say which they are."""
        return f"{self.low} to {self.high}" + f" and -{self.low} to -{self.high}" * self.signed


_LISTS = {
    "BYMONTH": _Allowed(1, 12),
    "BYWEEKNO": _Allowed(1, 53, signed=True),
    "BYYEARDAY": _Allowed(1, 366, signed=True),
    "BYMONTHDAY": _Allowed(1, 31, signed=True),
    "BYHOUR": _Allowed(0, 23),
    "BYMINUTE": _Allowed(0, 59),
    "BYSECOND": _Allowed(0, 60),
    "BYSETPOS": _Allowed(1, 366, signed=True),
}
_PARTS = (
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "RSCALE", "SKIP", "BYDAY"),
    *_LISTS,
)
_SUB_DAILY = (Freq.HOURLY, Freq.MINUTELY, Freq.SECONDLY)
_ONLY_WITH = {
    "BYWEEKNO": (Freq.YEARLY,),
    "BYYEARDAY": (Freq.YEARLY, *_SUB_DAILY),
    "BYMONTHDAY": (Freq.YEARLY, Freq.MONTHLY, Freq.DAILY, *_SUB_DAILY),
}
"""Which FREQ a part may stand with. Source: the table in RFC 5545, section 3.3.10."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}")
_BY_DAY = re.compile(r"([+-]?[0-9]{1,2})?([A-Z]{2})")
_TIME = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})([0-9]{2})(Z)?)?")
_MOST_SHOWN = 100

E = TypeVar("E", bound=StrEnum)


def read_rule(text: str) -> RuleText:
    """Read a rule, with or without `RRULE:` before it, in any case and order.

    Raises BadTriggerError that names the part.

    >>> read_rule("FREQ=MONTHLY;BYDAY=-1FR").by_day
    (ByDay(weekday=4, nth=-1),)
    """
    reader = _Reader(text)
    rule = RuleText(
        freq=reader.choice("FREQ", Freq),
        interval=reader.whole("INTERVAL") or 1,
        count=reader.whole("COUNT"),
        until=reader.time("UNTIL"),
        by_month=reader.numbers("BYMONTH"),
        by_week_no=reader.numbers("BYWEEKNO"),
        by_year_day=reader.numbers("BYYEARDAY"),
        by_month_day=reader.numbers("BYMONTHDAY"),
        by_day=reader.days("BYDAY"),
        by_hour=reader.numbers("BYHOUR"),
        by_minute=reader.numbers("BYMINUTE"),
        by_second=reader.numbers("BYSECOND"),
        by_set_pos=reader.numbers("BYSETPOS"),
        wkst=reader.weekday("WKST"),
        skip=reader.choice("SKIP", Skip, Skip.OMIT),
    )
    reader.check_together(rule)
    return rule


def read_time(text: str) -> datetime | None:
    """Read a time of iCalendar: local, or with Z in UTC; a date is its midnight; None for others.

    >>> read_time("19970902T090000Z")
    datetime.datetime(1997, 9, 2, 9, 0, tzinfo=datetime.timezone.utc)
    """
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        found = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return found if match[7] else found.replace(tzinfo=None)


def time_text(time: datetime) -> str:
    """Write a local time, or an aware one in UTC, the way `read_time` reads it."""
    # Not strftime: its %Y has no leading zeros for the years before 1000.
    local = time.replace(tzinfo=None).isoformat(timespec="seconds")
    return local.replace("-", "").replace(":", "") + ("Z" if time.tzinfo else "")


def _listed(members: Iterable[object]) -> str:
    return ",".join(str(member) for member in members)


class _Reader:
    """The parts of one rule by their names, and how each kind of part is read."""

    def __init__(self, text: str) -> None:
        """Take the text apart; no part may be unknown or stand there twice."""
        if not isinstance(text, str):
            raise BadTriggerError(
                f"rrule {text!r} is no text; write it like 'FREQ=MONTHLY;BYDAY=-1FR'"
            )
        self.text = text
        self.parts: dict[str, str] = {}
        for part in text.strip().upper().removeprefix("RRULE:").split(";"):
            name, equals, value = (piece.strip() for piece in part.partition("="))
            if not equals:
                raise self.bad(f"{part!r} is no part of a rule; write parts like FREQ=DAILY")
            if name not in _PARTS:
                raise self.bad(f"part {name!r} is unknown; allowed are {', '.join(_PARTS)}")
            if name in self.parts:
                raise self.bad(f"{name} stands there twice; give it once, as a list if need be")
            self.parts[name] = value
        if "FREQ" not in self.parts:
            raise self.bad("FREQ is missing; begin with one of FREQ=" + ", FREQ=".join(Freq))

    def bad(self, why: str) -> BadTriggerError:
        """Make the error for this rule."""
        text = self.text
        shown = text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"
        return BadTriggerError(f"rrule {shown!r}: {why}")

    def choice(self, name: str, kind: type[E], default: E | None = None) -> E:
        """Read one of a few words."""
        value = self.parts.get(name, default)
        if value not in list(kind):
            raise self.bad(f"{name} {value!r} is unknown; allowed are {', '.join(kind)}")
        return kind(value)

    def whole(self, name: str) -> int | None:
        """Read a whole number from 1."""
        value = self.parts.get(name)
        if value is None:
            return None
        number = _integer(value)
        if number is None or number < 1:
            raise self.bad(f"{name} {value!r}; allowed are the whole numbers from 1, to 15 digits")
        return number

    def numbers(self, name: str) -> tuple[int, ...]:
        """Read a list of numbers."""
        allowed = _LISTS[name]
        found = set()
        for value in self._members(name):
            number = _integer(value)
            size = None if number is None else abs(number) if allowed.signed else number
            if number is None or size is None or not allowed.low <= size <= allowed.high:
                raise self.bad(f"{name} {value!r}; allowed are {allowed}")
            found.add(number)
        return tuple(sorted(found))

    def days(self, name: str) -> tuple[ByDay, ...]:
        """Read a list of weekdays, each with or without a number before it."""
        found = set()
        for value in self._members(name):
            match = _BY_DAY.fullmatch(value)
            nth = int(match[1]) if match and match[1] else None
            if (
                match is None
                or match[2] not in WEEKDAYS
                or (nth is not None and not 1 <= abs(nth) <= 53)
            ):
                raise self.bad(
                    f"{name} {value!r}; allowed are {', '.join(WEEKDAYS)}, and with MONTHLY and "
                    "YEARLY a number before them, 1 to 53 or -1 to -53: 2MO, -1FR"
                )
            found.add(ByDay(WEEKDAYS.index(match[2]), nth or 0))
        return tuple(sorted(found))

    def weekday(self, name: str) -> int:
        """Read one weekday; Monday if it is not given."""
        value = self.parts.get(name, "MO")
        if value not in WEEKDAYS:
            raise self.bad(f"{name} {value!r}; allowed are {', '.join(WEEKDAYS)}")
        return WEEKDAYS.index(value)

    def time(self, name: str) -> datetime | None:
        """Read a time."""
        value = self.parts.get(name)
        found = None if value is None else read_time(value)
        if value is not None and found is None:
            raise self.bad(
                f"{name} {value!r} is no time; write it like 20261231T235959Z (in UTC) or "
                "20261231T235959 (local)"
            )
        return found

    def check_together(self, rule: RuleText) -> None:
        """Refuse parts that must not stand with each other."""
        for name, freqs in _ONLY_WITH.items():
            if name in self.parts and rule.freq not in freqs:
                raise self.bad(f"{name} is not allowed with {rule.freq}; use {' or '.join(freqs)}")
        if rule.count is not None and rule.until is not None:
            raise self.bad("COUNT and UNTIL exclude each other; give one of them")
        if any(day.nth for day in rule.by_day):
            if rule.freq not in (Freq.YEARLY, Freq.MONTHLY):
                raise self.bad(
                    f"BYDAY with numbers is not allowed with {rule.freq}; leave them out"
                )
            if rule.by_week_no:
                raise self.bad("BYDAY with numbers is not allowed with BYWEEKNO; leave them out")
        if rule.by_set_pos and not any(
            name.startswith("BY") for name in self.parts if name != "BYSETPOS"
        ):
            raise self.bad("BYSETPOS needs another BY… part to pick from, such as BYDAY")
        scale = self.parts.get("RSCALE", "GREGORIAN" if "SKIP" not in self.parts else "")
        if scale != "GREGORIAN":
            raise self.bad(
                f"RSCALE {scale!r}; the only calendar is GREGORIAN, and SKIP needs RSCALE=GREGORIAN"
            )

    def _members(self, name: str) -> list[str]:
        return self.parts[name].split(",") if name in self.parts else []


def _integer(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None
