"""A recurrence as lines of iCalendar: DTSTART, RRULE, RDATE, EXDATE.

Source: RFC 5545, sections 3.1 (folded lines), 3.8.2.4, 3.8.5.1 to 3.8.5.3.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import to_datetime
from duetime.engine.policies import Fold, Gap
from duetime.engine.triggers.rrule_text import read_time, time_text
from duetime.engine.triggers.rrule_walls import wall_of
from duetime.engine.zones import zone

_NAMES = ("DTSTART", "RRULE", "RDATE", "EXDATE")
_LINE = re.compile(r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"]*"|[^";:]*))*):(.*)', re.IGNORECASE)
_PARAMETER = re.compile(r';([A-Z-]+)=(?:"([^"]*)"|([^";:]*))', re.IGNORECASE)
_FOLD = re.compile(r"\r?\n[ \t]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What the lines say. A time without a zone is one of `tz`."""

    rule: str
    start: datetime
    tz: str
    rdates: tuple[datetime, ...] = ()
    exdates: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Property:
    """One line, taken apart."""

    line: str
    name: str
    tz: str
    value: str

    def bad(self, why: str) -> BadTriggerError:
        """Make the error for this line."""
        return BadTriggerError(f"{self.line!r}: {why}")


def read_lines(text: str, tz: str | None) -> Lines:
    """Read the lines of a recurrence, in any order. `tz`: where DTSTART names no zone.

    Raises BadTriggerError that quotes the line.
    """
    found: dict[str, list[_Property]] = {name: [] for name in _NAMES}
    for line in _FOLD.sub("", text.strip()).splitlines():
        if line.strip():
            read = _read_property(line.strip())
            found[read.name].append(read)
    for name in ("DTSTART", "RRULE"):
        if len(found[name]) != 1:
            raise BadTriggerError(
                f"{text!r}: there must be one line {name}, and there are {len(found[name])}; "
                "several recurrences are several RRule, combined by AnyOf"
            )
    (start_line,), (rule_line,) = found["DTSTART"], found["RRULE"]
    start = _read_times(start_line, whole_days=True)[0]
    zone_name = "UTC" if start.tzinfo else start_line.tz or tz
    if zone_name is None:
        raise start_line.bad("no zone; write DTSTART;TZID=Europe/Berlin:…, or pass tz=")
    whole_days = "T" not in start_line.value.upper()
    return Lines(
        rule=rule_line.value,
        start=start,
        tz=zone_name,
        rdates=_collect(found["RDATE"], zone_name, whole_days=whole_days),
        exdates=_collect(found["EXDATE"], zone_name, whole_days=whole_days),
    )


def write_lines(lines: Lines) -> str:
    """Write the lines, each once, without a line break at the end."""
    utc = lines.tz == "UTC"
    zone_part = "" if utc else f";TZID={lines.tz}"

    def written(name: str, times: Iterable[datetime]) -> list[str]:
        local = ",".join(time_text(time) + "Z" * utc for time in times if time.tzinfo is None)
        fixed = ",".join(time_text(time) for time in times if time.tzinfo is not None)
        return [f"{name}{zone_part}:{local}"] * bool(local) + [f"{name}:{fixed}"] * bool(fixed)

    return "\n".join(
        [
            *written("DTSTART", (lines.start,)),
            f"RRULE:{lines.rule}",
            *written("RDATE", lines.rdates),
            *written("EXDATE", lines.exdates),
        ]
    )


def _read_property(line: str) -> _Property:
    match = _LINE.fullmatch(line)
    name = match[1].upper() if match else ""
    if match is None or name not in _NAMES:
        raise BadTriggerError(
            f"{line!r} is no line of a recurrence; allowed are {', '.join(_NAMES)}, written like "
            "'DTSTART;TZID=Europe/Berlin:20260101T090000'"
        )
    parameters = {
        key.upper(): quoted or plain for key, quoted, plain in _PARAMETER.findall(match[2])
    }
    return _Property(line=line, name=name, tz=parameters.get("TZID", ""), value=match[3].strip())


def _collect(properties: Iterable[_Property], tz: str, *, whole_days: bool) -> tuple[datetime, ...]:
    """Return all times of some lines; those of another zone as instants."""
    found = []
    for each in properties:
        for time in _read_times(each, whole_days=whole_days):
            if time.tzinfo is None and each.tz not in ("", tz):
                there = zone(each.tz).instants(wall_of(time), Gap.SHIFT, Fold.FIRST)
                found.append(to_datetime(there[0]))
            else:
                found.append(time)
    return tuple(found)


def _read_times(given: _Property, *, whole_days: bool) -> list[datetime]:
    """Read a list of times; of a period, its start. `whole_days`: dates are allowed."""
    found = []
    for part in given.value.upper().split(","):
        text = part.partition("/")[0].strip()
        time = read_time(text)
        if time is None:
            raise given.bad(f"{part!r} is no time; write it like 20260101T090000")
        if not whole_days and "T" not in text:
            raise given.bad(f"{part!r} is a date, but DTSTART has a time; write {text}T…")
        found.append(time)
    return found
