"""Reads a crontab: comments, settings and entries, as crontab(5) has them.

What differs from Debian's cron and from cronie stands in docs/reference/crontab.md.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from hashlib import sha256
from pathlib import Path

from duetime.adapters.crontab.entries import CrontabError, Entry, Notice, Problem
from duetime.adapters.crontab.table import Crontab
from duetime.adapters.local_zone import local_zone
from duetime.engine.errors import CronSyntaxError, UnknownZoneError
from duetime.engine.instants import FIRST_INSTANT
from duetime.engine.tasks import NAME_LIMIT
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.combine import Jitter
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.cron_text import NICKNAMES, DayRule
from duetime.engine.triggers.once import OnDemand
from duetime.engine.zones import zone_key

SYSTEM_CRONTAB = Path("/etc/crontab")
SYSTEM_FOLDER = Path("/etc/cron.d")
LONGEST_DELAY = 24 * 60
"""The largest RANDOM_DELAY, in minutes. Source: cronie."""

_BLANKS = " \t"
_WORD = re.compile(r"[^ \t]+")
_SETTING = re.compile(
    r"""(?:(?P<mark>["'])(?P<quoted>(?:(?!(?P=mark))[^=])+)(?P=mark)|(?P<name>[^\s="'][^\s=]*))"""
    r"""\s*=\s*"""
    r"""(?:(?P<quote>["'])(?P<text>(?:(?!(?P=quote)).)*)(?P=quote)|(?P<plain>[^\s"'].*))\s*"""
)
_ALMOST_SETTING = re.compile(r"\s*[A-Za-z_]\w*\s*=")
_MAIL = ("MAILTO", "MAILFROM")
_FIELDS = "minute hour day-of-month month day-of-week"
_COMMAND = re.compile(r"(?:\\.|[^\\%])*\\?", re.DOTALL)
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_PERCENT = re.compile(r"\\?%")
_NAME_LIMIT = NAME_LIMIT - 20
"""Room is left for what tells names apart that begin alike."""
_STAR = "begins with *; a crontab has five fields, and no seconds"


def load(
    path: str | Path, *, system: bool | None = None, tz: tzinfo | str | None = None
) -> Crontab:
    """Read a crontab; nothing is run, and nothing is added to any scheduler.

    `system`: whether a user stands before each command; if it is left out, that is so for
    /etc/crontab and the files in /etc/cron.d. `tz`: the zone of the times above any CRON_TZ; the
    local one if it is left out.
    Raises CrontabError with all lines that cannot be read, OSError for a file that cannot.
    """
    file = Path(path)
    if system is None:
        system = file == SYSTEM_CRONTAB or file.parent == SYSTEM_FOLDER
    reader = _Reader(path=file, system=system, tz=zone_key(local_zone() if tz is None else tz))
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise CrontabError(file, (Problem(line, 1, "this is no UTF-8 text"),)) from None
    for number, line_text in enumerate(text.split("\n"), 1):
        reader.read(number, line_text)
    if reader.problems:
        raise CrontabError(file, tuple(reader.problems))
    return Crontab(path=file, entries=tuple(reader.entries), notices=tuple(reader.notices))


class _RefusedError(Exception):
    """A line means nothing. `column` counts from 1."""

    def __init__(self, column: int, text: str) -> None:
        super().__init__(text)
        self.column = column


@dataclass(slots=True, kw_only=True)
class _Reader:
    """What the lines so far have come to; each entry has the settings above it."""

    path: Path
    system: bool
    tz: str
    delay_minutes: int = 0
    settings: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def read(self, number: int, text: str) -> None:
        """Take the next line."""
        if text.lstrip(_BLANKS)[:1] in ("", "#"):
            return
        setting = read_setting(text)
        try:
            if setting is not None:
                self._set(number, *setting)
            elif (almost := _ALMOST_SETTING.match(text)) is not None:
                name = almost[0].strip(" \t=")
                raise _RefusedError(
                    almost.end(),
                    f"{name}: the value is missing, or its quotes do not match; for an empty one "
                    f'write {name}=""',
                )
            else:
                self.entries.append(self._entry(number, text))
        except _RefusedError as refused:
            self.problems.append(Problem(number, refused.column, str(refused)))

    def _set(self, number: int, name: str, value: str) -> None:
        self.settings = {**self.settings, name: value}
        if name == "CRON_TZ":
            try:
                self.tz = zone_key(value)
            except UnknownZoneError as error:
                raise _RefusedError(1, f"CRON_TZ: {error}") from None
        if name == "RANDOM_DELAY":
            self.delay_minutes = _read_delay(value) or 0
        for text in _notices_of(name, value):
            self.notices.append(Notice(number, text))

    def _entry(self, number: int, text: str) -> Entry:
        """Read a line with a command."""
        if text.lstrip(_BLANKS).startswith("-"):
            self.notices.append(Notice(number, "the - is ignored: nothing goes to syslog anyway"))
            text = text.replace("-", " ", 1)
        words = list(_WORD.finditer(text))
        count = 1 if text.lstrip(_BLANKS).startswith("@") else 5
        if len(words) < count:
            raise _RefusedError(len(text) + 1, f"{len(words)} fields; there are five: {_FIELDS}")
        times, rest = text[: words[count - 1].end()], text[words[count - 1].end() :].lstrip(_BLANKS)
        name = self._name(rest)
        trigger = self._trigger(number, times, name)
        user, rest = self._user(rest, len(text))
        command, stdin = split_percent(rest)
        if not command.strip() or command.startswith("*"):
            what = _STAR if command.startswith("*") else "is missing"
            raise _RefusedError(len(text) - len(rest) + 1, f"the command {what}")
        return Entry(
            line=number,
            name=name,
            trigger=trigger,
            at_start=times.strip(_BLANKS) == "@reboot",
            command=command,
            stdin=stdin,
            environment=self.settings,
            user=user,
        )

    def _trigger(self, number: int, times: str, name: str) -> Trigger:
        word = times.strip(_BLANKS)
        if word == "@reboot":
            return OnDemand()
        if word.startswith("@") and word not in NICKNAMES:
            allowed = ", ".join([*NICKNAMES, "@reboot"])
            raise _RefusedError(len(times) - len(word) + 1, f"{word}; allowed are {allowed}")
        try:
            cron = Cron(times, tz=self.tz, day_rule=DayRule.VIXIE).named(name)
        except CronSyntaxError as error:
            # The line is shown with its column already, and wrap= is not for crontabs.
            text = str(error).partition("': ")[2] or str(error)
            text = text.removesuffix(", or pass wrap=True")
            text = text.replace(f" at column {error.column}", "", 1)
            raise _RefusedError(error.column, text) from None
        if cron.next_after(FIRST_INSTANT) is None:
            self.notices.append(Notice(number, f"{word} is never due"))
        return Jitter(cron, f"{self.delay_minutes}m") if self.delay_minutes else cron

    def _user(self, rest: str, end: int) -> tuple[str | None, str]:
        """Take the user off the front, where there is one."""
        if not self.system:
            return None, rest
        user = _WORD.match(rest)
        if user is None or user[0].startswith("*"):
            what = _STAR if user else "is missing"
            raise _RefusedError(end - len(rest) + 1, f"the user before the command {what}")
        return user[0], rest[user.end() :].lstrip(_BLANKS)

    def _name(self, rest: str) -> str:
        """Name a task by the file and the command; the second one alike gets a number."""
        printable = "".join(each if each.isprintable() else " " for each in rest)
        name = f"{self.path.name}: {' '.join(printable.split())}"
        if len(name) > _NAME_LIMIT:
            name = f"{name[:_NAME_LIMIT]}… {sha256(rest.encode()).hexdigest()[:8]}"
        taken = {each.name for each in self.entries}
        same = (f"{name} ({count})" if count > 1 else name for count in itertools.count(1))
        return next(each for each in same if each not in taken)


def read_setting(text: str) -> tuple[str, str] | None:
    """Read a line that sets a variable, as name and value; None for any other.

    Name and value may be in quotes; else the value ends with its last character that is no blank.
    """
    found = _SETTING.fullmatch(text.lstrip(_BLANKS))
    if found is None:
        return None
    value = found["text"] if found["plain"] is None else found["plain"].rstrip()
    return found["quoted"] or found["name"], value


def split_percent(text: str) -> tuple[str, str | None]:
    """Split what follows the times into the command and what it reads, or None.

    The first `%` that is not `\\%` ends the command; every further one is a new line. A line end is
    put after the last line.
    """
    found = _COMMAND.match(text)
    assert found is not None  # it matches any text
    command = _ESCAPED.sub(lambda pair: "%" if pair[0] == "\\%" else pair[0], found[0])
    if found.end() == len(text):
        return command, None
    lines = text[found.end() + 1 :]
    lines = _PERCENT.sub(lambda sign: "\n" if sign[0] == "%" else "%", lines)
    return command, lines if not lines or lines.endswith("\n") else lines + "\n"


def _read_delay(value: str) -> int | None:
    """Read a RANDOM_DELAY, in minutes; None for what is none."""
    short = value.isdecimal() and len(value) <= len(str(LONGEST_DELAY))
    return int(value) if short and int(value) <= LONGEST_DELAY else None


def _notices_of(name: str, value: str) -> Iterator[str]:
    """Say what a setting does not do here."""
    if name in _MAIL and value:
        yield f"{name} is ignored: no mail is sent, what commands write is logged"
    elif name == "TZ":
        yield "TZ is for the commands only; the times follow CRON_TZ"
    elif name in ("LOGNAME", "USER"):
        yield f"{name} is ignored: commands get the name of the user who runs them"
    elif name == "RANDOM_DELAY" and _read_delay(value) is None:
        yield f"RANDOM_DELAY {value!r} is ignored: allowed are 0 to {LONGEST_DELAY} minutes"
    elif name == "RANDOM_DELAY" and _read_delay(value):
        yield (
            f"starts are put off by less than {value} minutes, each by another amount and none "
            "past the next one"
        )
    if "$" in value:
        yield f"$ is not expanded: {name} is {value!r}"
