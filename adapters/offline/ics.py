"""The occurrences of a plan as a calendar file. Source: RFC 5545."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge

from duetime.adapters.plans.records import Plan, PlannedTask
from duetime.adapters.product import VERSION
from duetime.engine.errors import BadArgumentError
from duetime.engine.instants import SECOND, Instant, Span, to_datetime
from duetime.engine.triggers.in_words import in_words

MOST = 100_000
"""So many events has a calendar at most."""
OCTETS = 75
"""So long may a line be, its end not counted. Source: section 3.1."""


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """The text of a calendar, how many events it has, and whose times nobody can know."""

    text: str
    events: int
    left_out: tuple[str, ...]


def calendar_file(plan: Plan, begin: Instant, end: Instant) -> CalendarFile:
    """Write an event for each occurrence after `begin` and not after `end`, in order of time.

    An event lasts as long as the longest run (`takes`), in whole seconds; none of unknown length.
    The same plan and times give the same text. A task that follows its own runs is left out.
    Raises BadArgumentError for more than 100,000 occurrences.
    """
    known = [each for each in plan.tasks if not each.task.trigger.follows_runs]
    starts = merge(*(_named_starts(each, begin, end) for each in known))
    tasks = {each.name: _Event(each) for each in known}
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//duetime//duetime {VERSION}//EN",
        "CALSCALE:GREGORIAN",
    ]
    events = 0
    for start, name, nominal in starts:
        events += 1
        if events > MOST:
            raise BadArgumentError(
                f"{plan.path}: more than {MOST:,} occurrences; take a shorter span, by --for or "
                "--until"
            )
        lines += tasks[name].lines(start, nominal, begin)
    lines.append("END:VCALENDAR")
    text = "".join(f"{part}\r\n" for line in lines for part in folded(line))
    return CalendarFile(text, events, tuple(sorted({*plan.names()} - {*tasks})))


def folded(line: str) -> Iterator[str]:
    """Yield a line in parts of at most 75 octets; all but the first begin with a space.

    A character is never cut in two.
    """
    part, size = "", 0
    for character in line:
        octets = len(character.encode("utf-8"))
        if size + octets > OCTETS:
            yield part
            part, size = " ", 1
        part += character
        size += octets
    yield part


def escaped(text: str) -> str:
    r"""Write text as a value: with `\` before what would have a meaning there.

    Source: section 3.3.11.
    """
    for character, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(character, written)
    return text


class _Event:
    """What the events of one task have in common."""

    def __init__(self, task: PlannedTask) -> None:
        self._name = task.name
        self._summary = f"SUMMARY:{escaped(task.name)}"
        self._description = f"DESCRIPTION:{escaped(in_words(task.task.trigger))}"
        length = task.known_length()
        self._duration = [] if length is None else [_duration(length.high)]

    def lines(self, start: Instant, nominal: Instant, written: Instant) -> list[str]:
        """Return the lines of one event; its UID comes from name and nominal time alone."""
        digest = hashlib.sha256(f"{self._name}\0{nominal}".encode()).hexdigest()[:32]
        return [
            "BEGIN:VEVENT",
            f"UID:{digest}@duetime",
            f"DTSTAMP:{_time(written)}",
            f"DTSTART:{_time(start)}",
            *self._duration,
            self._summary,
            self._description,
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]


def _named_starts(
    task: PlannedTask, begin: Instant, end: Instant
) -> Iterator[tuple[Instant, str, Instant]]:
    for start, nominal in task.starts(begin, end):
        yield start, task.name, nominal


def _time(instant: Instant) -> str:
    return f"{to_datetime(instant):%Y%m%dT%H%M%SZ}"


def _duration(span: Span) -> str:
    """Write a span in whole seconds, rounded up. Source: section 3.3.6."""
    return f"DURATION:PT{-(-span // SECOND)}S"
