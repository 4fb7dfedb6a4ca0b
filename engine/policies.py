"""Policies: what is to be done where a scheduler has a choice.

Each is an enum or a frozen record, comparable and printable. Text such as "skip" or "last(3)" is
read by `parse`, at the border only.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar, TypeVar

from duetime.engine.errors import BadTaskError, BadTimeError, BadTriggerError, DuetimeError
from duetime.engine.instants import Instant, Span, span_text, to_span

MOST_ATTEMPTS = 1_000
"""A run is tried so often at most."""

_CALL = re.compile(r"\s*([A-Za-z_]+)\s*(?:\(\s*(\d+)\s*\))?\s*")
_NUMBER = r"(\d+(?:\.\d+)?(?:e[+-]?\d+)?)"
_RETRY = re.compile(
    rf"retry\( *(\d+) *(?:, *([^,()=]+))?(?:, *{_NUMBER} *)?(?:, *([^,()=]+))?"
    rf"(?:, *jitter *= *{_NUMBER} *)?(?:, *seed *= *(\d+) *)?\)"
)
_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")

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


class ClockStep(StrEnum):
    """What a step of the wall clock means to a task whose trigger follows that clock.

    Source: cronie's classes of changes of time; semantics 7.
    """

    BY_SIZE = "by_size"
    """As MAKE_UP up to the limits of the scheduler's `Settings`, beyond them as ACCEPT."""
    MAKE_UP = "make_up"
    """Forward: what was jumped over has been missed. Back: what has had its fate is not repeated.
    """
    ACCEPT = "accept"
    """The new time is taken as it is: nothing is made up for, and nominal times may come again."""


def parse_enum(kind: type[E], value: str, error: type[DuetimeError] = BadTriggerError) -> E:
    """Read a member of an enum, or its name in any case.

    Raises `error` for anything else.
    """
    try:
        return kind(value.lower())
    except (ValueError, AttributeError):
        allowed = ", ".join(repr(str(member)) for member in kind)
        what = _WORD_START.sub("_", kind.__name__).lower()
        raise error(f"{what} {value!r} is unknown; allowed are {allowed}") from None


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


@dataclass(frozen=True, slots=True, init=False)
class Retry:
    """How a run that has failed is tried again.

    `attempts`: how many in all, the first included. `first_delay`: ns from the end of the first
    attempt to the second. `factor`: each further delay is so much longer than the one before.
    `max_delay`: ns, no delay is longer. `jitter`: the share, 0 to 1, by which a hash of (`seed`,
    task, nominal time, attempt) may shorten a delay, so that what failed together does not come
    back together.

    >>> retry = Retry(5, "10s", max_delay="1m")
    >>> [span_text(retry.delay("sync", 0, failed)) for failed in (1, 2, 3, 4)]
    ['10s', '20s', '40s', '1m']
    """

    attempts: int
    first_delay: Span
    factor: float
    max_delay: Span
    jitter: float
    seed: int

    def __init__(
        self,
        attempts: int,
        first_delay: timedelta | str = "1s",
        factor: float = 2.0,
        max_delay: timedelta | str = "1h",
        *,
        jitter: float = 0.0,
        seed: int = 0,
    ) -> None:
        """Raises BadTaskError, naming the part, for what has no end or makes no sense."""
        first, longest = _delay("first_delay", first_delay), _delay("max_delay", max_delay)
        if type(attempts) is not int or not 1 <= attempts <= MOST_ATTEMPTS:
            raise BadTaskError(
                f"retry: attempts {attempts!r} must be a whole number from 1 to {MOST_ATTEMPTS:,}; "
                "what must never give up is a task that is due again"
            )
        if type(factor) not in (int, float) or not 1 <= factor <= 1_000:
            raise BadTaskError(f"retry: factor {factor!r} must be a number from 1 to 1,000")
        if type(jitter) not in (int, float) or not 0 <= jitter <= 1:
            raise BadTaskError(f"retry: jitter {jitter!r} must be a number from 0 to 1")
        if type(seed) is not int or seed < 0:
            raise BadTaskError(f"retry: seed {seed!r} must be a whole number from 0 up")
        if first > longest:
            raise BadTaskError(
                f"retry: first_delay {span_text(first)} is longer than max_delay "
                f"{span_text(longest)}; give a max_delay that is not shorter"
            )
        values = (attempts, first, float(factor), longest, float(jitter), seed)
        for name, value in zip(self.__slots__, values, strict=True):
            object.__setattr__(self, name, value)

    @classmethod
    def parse(cls, value: "Retry | str") -> "Retry":
        """Read a policy, or text such as "retry(3)" or "retry(5, 10s, 2.0, 1h, jitter=0.5)"."""
        if isinstance(value, Retry):
            return value
        match = _RETRY.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            raise BadTaskError(
                f"retry {value!r} cannot be read; write 'retry(5)' or "
                "'retry(5, 10s, 2.0, 1h, jitter=0.5, seed=1)': attempts, first delay, factor, "
                "longest delay"
            )
        attempts, first, factor, longest, jitter, seed = match.groups()
        return cls(
            int(attempts),
            first or "1s",
            float(factor or 2),
            longest or "1h",
            jitter=float(jitter or 0),
            seed=int(seed or 0),
        )

    def __str__(self) -> str:
        """Write the text that `parse` reads."""
        first, longest = span_text(self.first_delay), span_text(self.max_delay)
        jitter = f", jitter={self.jitter!r}" if self.jitter else ""
        seed = f", seed={self.seed}" if self.seed else ""
        return f"retry({self.attempts}, {first}, {self.factor!r}, {longest}{jitter}{seed})"

    def delay(self, name: str, nominal: Instant, failed: int) -> Span:
        """Return how long after the end of attempt number `failed` the next one begins."""
        delay = self.first_delay
        for _ in range(failed - 1):
            if delay == self.max_delay:
                break
            delay = min(int(delay * self.factor), self.max_delay)
        most = int(delay * self.jitter)
        text = f"{self.seed}/{name}/{nominal}/{failed}"
        return delay - hashed(text) % (most + 1) if most else delay


def hashed(text: str) -> int:
    """Return the number below 2**64 that a text stands for, the same on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "backslashreplace")).digest()[:8])


def _delay(what: str, given: timedelta | str) -> Span:
    try:
        delay = to_span(given)
    except BadTimeError as error:
        raise BadTaskError(f"retry: {what}: {error}") from None
    if delay < 0:
        raise BadTaskError(f"retry: {what} {given!r} must not be negative")
    return delay


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
