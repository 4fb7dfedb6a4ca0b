"""What a trigger is: a fixed set of instants, asked for one at a time.

A trigger is frozen, comparable, hashable and stateless; who asks, and when, changes nothing about
the set. A new trigger needs `next_after` alone. The rest is derived from it here, and a trigger may
override it where it knows a shorter way. To add one: subclass `Trigger` as a frozen dataclass whose
constructor takes its fields by name. The engine's own stand in the table in
`engine/triggers/__init__.py`; any other is made known by `register_trigger` there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, time
from typing import ClassVar, Protocol, TypeAlias, runtime_checkable

from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import DAY, FIRST_INSTANT, LAST_INSTANT, SECOND, Instant

HORIZON_YEARS = 40
"""A search without a match ends here: 29 February on a given weekday can be 40 years apart."""
HORIZON = HORIZON_YEARS * 366 * DAY


Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@runtime_checkable
class NextAfter(Protocol):
    """The least that a trigger must be able to do."""

    def next_after(self, after: Instant) -> Instant | None:
        """Return the first occurrence strictly later than `after`, or None."""


class Trigger:
    """A set of instants. Subclasses are frozen dataclasses that implement `next_after`."""

    __slots__ = ()

    elapsed: ClassVar[bool] = False
    """True where occurrences follow elapsed time and not the wall clock."""
    follows_runs: ClassVar[bool] = False
    """True where the next occurrence is counted from the end of the last run."""

    def next_after(self, after: Instant) -> Instant | None:
        """Return the first occurrence strictly later than `after`, or None when there is none."""
        raise NotImplementedError

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the last occurrence strictly earlier than `before`, or None when there is none.

        Looks back in steps that grow eightfold, at least to the horizon.
        """
        reach = SECOND
        while True:
            low = max(before - reach, FIRST_INSTANT - 1)
            found = max(self.between(low, before - 1), default=None)
            if found is not None or low < FIRST_INSTANT or reach > HORIZON:
                return found
            reach *= 8

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield the occurrences strictly after `after` and not after `until`, in order."""
        found = self.next_after(after)
        while found is not None and found <= until:
            yield found
            found = self.next_after(found)

    def count(self, after: Instant, until: Instant) -> int:
        """Return how many occurrences `between` would yield."""
        return sum(1 for _ in self.between(after, until))

    def first(self, added: Instant) -> Instant | None:
        """Return the first occurrence of a task that is added at this instant."""
        return self.next_after(added)

    def planned(self, nominal: Instant, task_name: str) -> Instant:
        """Return when the occurrence of this nominal time is to start; jitter may put it later."""
        return nominal

    def bind(self, added: Instant, before: "Trigger | None") -> "Trigger":
        """Return the trigger as it is in force for a task that is added or edited at this instant.

        `before`: the trigger that was in force until now. Only a trigger that leaves something open
        (a grid without an anchor) gives anything but itself.
        """
        return self

    def named(self, name: str) -> "Trigger":
        """Return the trigger as a task of this name has it: what it leaves to the name filled in.

        Only the H of cron expressions does so.
        """
        return self

    def to_json(self) -> dict[str, Json]:
        """Return JSON that `trigger_from_json` reads: the class and what differs from its default.

        Fields that do not take part in comparing are derived from the others and left out.
        """
        data: dict[str, Json] = {"type": type_name(type(self))}
        for field in fields(self):  # type: ignore[arg-type]  # every trigger is a dataclass
            value = getattr(self, field.name)
            if field.compare and value != field.default:
                data[field.name] = plain(value)
        return data

    @classmethod
    def from_json(cls, data: dict[str, Json]) -> "Trigger":
        """Make the trigger from what `to_json` gave, less its type: the fields, by name."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Foreign(Trigger):
    """Somebody's own object with a `next_after`; it has no JSON form, so it cannot be stored."""

    wrapped: NextAfter

    def next_after(self, after: Instant) -> Instant | None:
        """Ask the wrapped object."""
        return self.wrapped.next_after(after)

    def to_json(self) -> dict[str, Json]:
        """Raises BadTriggerError: it cannot be written down."""
        raise BadTriggerError(
            f"{self.wrapped!r} has no JSON form, so it can be neither journalled nor stored; "
            "subclass duetime.engine.triggers.base.Trigger"
        )


def type_name(kind: type[Trigger]) -> str:
    """Return what JSON calls a class of triggers; one that is not the engine's, with its module."""
    module = kind.__module__
    if module.startswith("duetime.engine."):
        return kind.__name__
    return f"{module}:{kind.__qualname__}"


def as_trigger(given: object) -> Trigger:
    """Return a trigger as it is, and wrap any other object that has a `next_after`.

    Raises BadTriggerError for anything else.
    """
    if isinstance(given, Trigger):
        return given
    if isinstance(given, NextAfter) and not isinstance(given, type):
        return Foreign(given)
    raise BadTriggerError(
        f"{given!r} is no trigger; pass one such as Every(minutes=5) or "
        "Daily('02:30', tz='Europe/Berlin')"
    )


def call_text(trigger: Trigger, *positional: str, hide: tuple[str, ...] = ()) -> str:
    """Write a frozen dataclass as the call that makes it, leaving out what has its default.

    `positional`: the fields that are written without their name; `hide`: fields that are not
    written.
    """
    parts = []
    for field in fields(trigger):  # type: ignore[arg-type]  # every trigger is a dataclass
        value = getattr(trigger, field.name)
        if field.name in positional:
            parts.append(plain_text(value))
        elif field.compare and field.name not in hide and value != field.default:
            parts.append(f"{field.name}={plain_text(value)}")
    return f"{type(trigger).__name__}({', '.join(parts)})"


def plain(value: object) -> Json:
    """Write the value of a field as JSON: times and dates as ISO text, triggers as objects."""
    if isinstance(value, Trigger):
        return value.to_json()
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    if isinstance(value, time):
        return _time_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return str(value) if isinstance(value, str) else value
    raise BadTriggerError(f"{value!r} has no JSON form")


def plain_text(value: object) -> str:
    """Write a value the way a person would type it as an argument."""
    if isinstance(value, time):
        return repr(_time_text(value))
    if isinstance(value, date):
        return repr(value.isoformat())
    if isinstance(value, str):
        return repr(str(value))
    if isinstance(value, tuple) and len(value) == 1:
        return plain_text(value[0])
    if isinstance(value, tuple):
        return "[" + ", ".join(plain_text(part) for part in value) + "]"
    return repr(value)


def _time_text(value: time) -> str:
    return value.isoformat(timespec="auto" if value.second or value.microsecond else "minutes")


def clamp(instant: Instant) -> Instant | None:
    """Return the instant, or None where it lies beyond the supported years."""
    return instant if instant < LAST_INSTANT else None
