"""Reading a journal line by line: is each line whole, and does it follow the one before?

The first line is the header. Then come records, numbered from 1, and marks: what is known of the
state after a record. A journal that was cut short at its beginning starts with a mark that holds
the whole state, a snapshot.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from duetime.engine import codec
from duetime.engine.errors import JournalError, JournalVersionError
from duetime.engine.machine import Settings
from duetime.engine.seals import parse, unseal
from duetime.engine.triggers.base import Json

VERSION = 2
READABLE = (1, VERSION)
"""The versions that are read; lines of version 1 have neither numbers nor checksums."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line after the header. `place`: its number in the file; `number`: that of the record.

    A mark has the number of the record that it stands after.
    """

    text: str
    place: int
    number: int
    data: dict[str, Json]

    @property
    def is_mark(self) -> bool:
        """Whether it tells of the state, not of an input."""
        return "hash" in self.data

    def error(self, error: Exception) -> JournalError:
        """Return the error that names the line."""
        return JournalError(f"line {self.place} of the journal {error}")


class Scan:
    """A walk over the lines of a journal.

    `header`: the first of them; `last`: the number of the last record so far; `notice`: what a
    person should know of a torn last line, which is left out; known at the end.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        """Read the header.

        Raises JournalError for what is none, JournalVersionError for another version.
        """
        self._lines = iter(lines)
        self.header = next(self._lines, "").rstrip("\r\n")
        self.last = 0
        self.notice = ""
        try:
            data = parse(self.header)
            self.version = _version(data, self.header)
            self._open(self.header)
        except JournalVersionError:
            raise
        except JournalError as error:
            raise JournalError(f"line 1 of the journal {error}") from None
        self.settings = _settings(data.get("settings"))
        self.zone_data = str(data.get("zone_data", ""))
        self.product = str(data.get("product", ""))

    def __iter__(self) -> Iterator[Line]:
        """Yield all further lines; call it once.

        Raises JournalError, naming the line, for a damaged one that is not the last, and for one
        that does not follow.
        """
        torn = ""
        for place, text in enumerate(self._lines, 2):
            if torn:
                raise JournalError(torn)
            try:
                data = self._open(text)
            except JournalError as error:
                torn = f"line {place} of the journal {error}; record {self.last + 1} was expected"
                continue
            line = Line(text=text, place=place, number=self._number(data, place), data=data)
            self.last = line.number
            yield line
        if torn:
            self.notice = f"{torn}; it is the last line and was left out"

    def _open(self, text: str) -> dict[str, Json]:
        return parse(text) if self.version == 1 else unseal(text)

    def _number(self, data: dict[str, Json], place: int) -> int:
        """Return the number of a line; raises JournalError for one that does not follow."""
        if self.version == 1:
            return self.last + 1
        is_mark = "hash" in data
        number, expected = data.get("n"), self.last if is_mark else self.last + 1
        begins = place == 2 and "snapshot" in data
        if type(number) is int and (number == expected or (begins and number > 0)):
            return number
        what = "is a mark after record" if is_mark else "is record"
        raise JournalError(
            f"line {place} of the journal {what} {number!r}; {expected} was expected: there is a "
            "gap, or a line stands there twice"
        )


def _version(header: dict[str, Json], text: str) -> int:
    found = header.get("duetime")
    if found is None:
        raise JournalError(f"is no header of a journal of duetime: {text[:60]!r}")
    if type(found) is not int or found not in READABLE:
        raise JournalVersionError(
            f"the journal is of version {found!r}; this release reads versions "
            f"{' and '.join(map(str, READABLE))}"
        )
    return found


def _settings(data: Json) -> Settings:
    try:
        settings = codec.from_json(data, {"Settings": Settings})
    except JournalError as error:
        raise JournalError(f"line 1 of the journal: settings: {error}") from None
    assert isinstance(settings, Settings)
    return settings
