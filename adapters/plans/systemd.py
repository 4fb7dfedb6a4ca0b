"""A systemd timer unit, read as a plan of one task.

What a timer says about the boot of its machine, no plan can know. Source: systemd.timer(5).
"""

import re
from collections.abc import Iterator
from pathlib import Path

from duetime.adapters.declare import read_task
from duetime.adapters.local_zone import local_zone
from duetime.adapters.plans.records import Plan, PlanError, PlannedTask, Problem
from duetime.engine.errors import BadTimeError, DuetimeError
from duetime.engine.instants import (
    DAY,
    HOUR,
    MICROSECOND,
    MILLISECOND,
    MINUTE,
    SECOND,
    Span,
    to_timedelta,
)
from duetime.engine.policies import CatchUp
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar_text import Calendar
from duetime.engine.triggers.combine import AnyOf, Jitter
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.zones import zone_key

_UNITS = {
    unit: size
    for units, size in (
        ("us usec µs", MICROSECOND),
        ("ms msec", MILLISECOND),
        ("s sec second seconds", SECOND),
        ("m min minute minutes", MINUTE),
        ("h hr hour hours", HOUR),
        ("d day days", DAY),
        ("w week weeks", 7 * DAY),
        ("M month months", 2_629_800 * SECOND),
        ("y year years", 31_557_600 * SECOND),
    )
    for unit in units.split()
}
"""Source: systemd.time(7); a month has 30.44 days there, a year 365.25."""
_SPAN_PART = re.compile(r"\s*(\d+)(?:\.(\d+))?\s*([A-Za-zµ]*)\s*")
_BOOT = ("OnBootSec", "OnStartupSec", "OnActiveSec")
_NO_MATTER = (
    *("AccuracySec", "RemainAfterElapse", "WakeSystem", "OnClockChange", "OnTimezoneChange"),
    *("FixedRandomDelay", "DeferReactivation", "RandomizedOffsetSec"),
)


def read(path: Path, text: str) -> Plan:
    """Read a timer unit; expressions that name no zone are local.

    Raises PlanError with all that cannot be read.
    """
    return _Timer(path, zone_key(local_zone())).plan(text)


class _Timer:
    """What has been read of a timer so far."""

    def __init__(self, path: Path, tz: str) -> None:
        self.path = path
        self.tz = tz
        self.triggers: list[Trigger] = []
        self.spread: Span = 0
        self.catch_up = CatchUp.NONE
        self.line = 1
        self.problems: list[Problem] = []
        self.notices: list[Problem] = []

    def plan(self, text: str) -> Plan:
        for line, key, value in _settings(text):
            try:
                self._take(line, key, value)
            except DuetimeError as error:
                self.problems.append(Problem(line, key, str(error)))
        if not self.triggers and not self.problems:
            self.problems.append(
                Problem(
                    0,
                    "[Timer]",
                    "no due time: OnCalendar=, OnUnitActiveSec= or "
                    "OnUnitInactiveSec= is needed; what counts from a boot, no plan knows",
                )
            )
        if self.problems:
            raise PlanError(self.path, self.problems)
        trigger = self.triggers[0] if len(self.triggers) == 1 else AnyOf(*self.triggers)
        if self.spread:
            trigger = Jitter(trigger, to_timedelta(self.spread))
        task = read_task(self.path.stem, trigger, catch_up=self.catch_up)
        planned = PlannedTask(task=task, line=self.line)
        return Plan(path=self.path, tasks=(planned,), notices=tuple(self.notices))

    def _take(self, line: int, key: str, value: str) -> None:
        """Take in one setting of the section; an empty one takes back those before it."""
        if key in ("OnCalendar", "OnUnitActiveSec", "OnUnitInactiveSec"):
            if not value:
                self.triggers.clear()
                return
            self.line = line if not self.triggers else self.line
            self.triggers.append(self._trigger(key, value))
        elif key == "RandomizedDelaySec":
            self.spread = _span(value)
        elif key == "Persistent":
            persistent = value.lower() in ("1", "yes", "true", "on")
            self.catch_up = CatchUp.LATEST if persistent else CatchUp.NONE
        elif key in _BOOT:
            self.notices.append(
                Problem(line, key, "counts from a boot or a start, which no plan knows; left out")
            )
        elif key in _NO_MATTER:
            self.notices.append(Problem(line, key, "has no meaning here; left out"))
        elif key != "Unit":
            self.notices.append(Problem(line, key, "is unknown; left out"))

    def _trigger(self, key: str, value: str) -> Trigger:
        if key == "OnCalendar":
            return Calendar(value, tz=self.tz)
        span = to_timedelta(_span(value))
        return Every(span) if key == "OnUnitActiveSec" else AfterFinish(span)


def _settings(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, key and value of each setting in the section [Timer]."""
    section, number, lines = "", 0, text.split("\n")
    while number < len(lines):
        first, line = number + 1, lines[number].strip()
        while line.endswith("\\") and number + 1 < len(lines):
            number += 1
            line = line[:-1].rstrip() + " " + lines[number].strip()
        number += 1
        if not line or line[0] in "#;":
            continue
        if line.startswith("["):
            section = line.strip("[]")
        elif section == "Timer":
            key, _, value = line.partition("=")
            yield first, key.strip(), value.strip()


def _span(text: str) -> Span:
    """Read a span as systemd writes it; a number without a unit counts seconds."""
    total, position = 0, 0
    while position < len(text) or not text:
        part = _SPAN_PART.match(text, position)
        size = _UNITS.get(part[3] or "s") if part else None
        if part is None or size is None:
            raise BadTimeError(
                f"{text!r} is no span of time; write numbers with units, such as 1h 30min or 90"
            )
        total += int(part[1]) * size + int(part[2] or 0) * size // 10 ** len(part[2] or "")
        position = part.end()
    return total
