"""Policies: what is to be done where a scheduler has a choice.

Each is an enum or a frozen record, comparable and printable. Text such as "skip" or "last(3)" is
read by `parse`, at the border only.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeVar

from duetime.engine.errors import BadTaskError, BadTriggerError

_CALL = re.compile(r"\s*([A-Za-z_]+)\s*(?:\(\s*(\d+)\s*\))?\s*")

E = TypeVar("E", bound=StrEnum)


class Gap(StrEnum):
    """What becomes of a wall-clock time that a change of clocks skips."""

    NEXT_VALID = "next_valid"
    """Once, at the first instant after the gap."""
    SHIFT = "shift"
    """Later by the length of the gap. Source: RFC 5545, section 3.3.5."""
    SKIP = "skip"
    """Not at all."""


class Fold(StrEnum):
    """What becomes of a wall-clock time that a change of clocks makes happen twice."""

    FIRST = "first"
    """The earlier of the two."""
    SECOND = "second"
    """The later of the two."""
    BOTH = "both"
    """Both."""


def parse_enum(kind: type[E], value: str) -> E:
    """Read a member of an enum, or its name in any case.

    Raises BadTriggerError for anything else.
    """
    try:
        return kind(value.lower())
    except (ValueError, AttributeError):
        allowed = ", ".join(repr(str(member)) for member in kind)
        what = kind.__name__.lower()
        raise BadTriggerError(f"{what} {value!r} is unknown; allowed are {allowed}") from None


class OverlapKind(StrEnum):
    """The kinds of `Overlap`."""

    SKIP = "skip"
    BUFFER_ONE = "buffer_one"
    BUFFER_ALL = "buffer_all"
    CANCEL_OTHER = "cancel_other"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class Overlap:
    """What happens to an occurrence that comes due while a run of its task is going.

    `at_once`: how many runs of the task may go at the same time; more than 1 with `allow` only.
    Source: Temporal's overlap policies; semantics 4.
    """

    kind: OverlapKind
    at_once: int = 1

    SKIP: ClassVar["Overlap"]
    """It is skipped."""
    BUFFER_ONE: ClassVar["Overlap"]
    """The first waits, later ones are skipped."""
    BUFFER_ALL: ClassVar["Overlap"]
    """All wait in order, up to the task's `buffer_limit`; more are dropped."""
    CANCEL_OTHER: ClassVar["Overlap"]
    """The run is asked to stop; the latest occurrence starts when it has ended."""

    @classmethod
    def allow(cls, at_once: int) -> "Overlap":
        """Up to `at_once` runs at the same time, then as SKIP."""
        if at_once < 1:
            raise BadTaskError(f"overlap allow({at_once}): at least 1 run must be allowed")
        return cls(OverlapKind.ALLOW, at_once)

    @classmethod
    def parse(cls, value: "Overlap | str") -> "Overlap":
        """Read a policy, or text such as "skip", "buffer_one" or "allow(3)"."""
        if isinstance(value, Overlap):
            return value
        name, number = _parse_call(value, "overlap", OverlapKind, takes_number=OverlapKind.ALLOW)
        return cls.allow(number) if number is not None else cls(OverlapKind(name))

    def __str__(self) -> str:
        """Write the text that `parse` reads."""
        return f"allow({self.at_once})" if self.kind is OverlapKind.ALLOW else str(self.kind)


Overlap.SKIP = Overlap(OverlapKind.SKIP)
Overlap.BUFFER_ONE = Overlap(OverlapKind.BUFFER_ONE)
Overlap.BUFFER_ALL = Overlap(OverlapKind.BUFFER_ALL)
Overlap.CANCEL_OTHER = Overlap(OverlapKind.CANCEL_OTHER)


class CatchUpKind(StrEnum):
    """The kinds of `CatchUp`."""

    NONE = "none"
    LATEST = "latest"
    EARLIEST = "earliest"
    ALL = "all"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Which of several occurrences that came due unseen still start, if they are in the window.

    `count`: how many, with `last`.
    """

    kind: CatchUpKind
    count: int = 1

    NONE: ClassVar["CatchUp"]
    """None: an occurrence starts on time (within a second) or is missed."""
    LATEST: ClassVar["CatchUp"]
    """The last; the others are merged into it."""
    EARLIEST: ClassVar["CatchUp"]
    """The first; the others are merged into it."""
    ALL: ClassVar["CatchUp"]
    """All, one after another, in order."""

    @classmethod
    def last(cls, count: int) -> "CatchUp":
        """Start the last `count`, one after another; merge the earlier ones into the first."""
        if count < 1:
            raise BadTaskError(f"catch_up last({count}): at least 1 occurrence must be kept")
        return cls(CatchUpKind.LAST, count)

    @classmethod
    def parse(cls, value: "CatchUp | str") -> "CatchUp":
        """Read a policy, or text such as "latest" or "last(3)"."""
        if isinstance(value, CatchUp):
            return value
        name, number = _parse_call(value, "catch_up", CatchUpKind, takes_number=CatchUpKind.LAST)
        return cls.last(number) if number is not None else cls(CatchUpKind(name))

    def __str__(self) -> str:
        """Write the text that `parse` reads."""
        return f"last({self.count})" if self.kind is CatchUpKind.LAST else str(self.kind)


CatchUp.NONE = CatchUp(CatchUpKind.NONE)
CatchUp.LATEST = CatchUp(CatchUpKind.LATEST)
CatchUp.EARLIEST = CatchUp(CatchUpKind.EARLIEST)
CatchUp.ALL = CatchUp(CatchUpKind.ALL)


def _parse_call(
    value: str, what: str, kinds: type[StrEnum], *, takes_number: StrEnum
) -> tuple[str, int | None]:
    """Read `name` or `name(number)`; only the kind `takes_number` has, and needs, a number."""
    match = _CALL.fullmatch(value) if isinstance(value, str) else None
    name = match[1].lower() if match else ""
    number = int(match[2]) if match and match[2] else None
    if name not in list(kinds) or (number is not None) != (name == takes_number):
        plain = ", ".join(repr(str(kind)) for kind in kinds if kind != takes_number)
        raise BadTaskError(f"{what} {value!r} is unknown; allowed are {plain}, '{takes_number}(3)'")
    return name, number
