"""The lines of a log: which batches are whole, and what they say.

A log is a journal in which batches end with a line `{"end": n}`, n being the number of the last
record so far; the header is a batch of its own. A line `{"calls": {…}}` names what tasks call.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from duetime.engine.errors import JournalError, StoreDamagedError, StoreVersionError
from duetime.engine.journal import Journal
from duetime.engine.scan import VERSION
from duetime.engine.seals import parse, seal, unseal
from duetime.engine.triggers.base import Json

_BEGINNING = b'{"duetime":'


@dataclass(slots=True, kw_only=True)
class LogLines:
    """What a log says, as far as its batches are whole.

    `header`, `lines`: of the journal; `latest`, `base`: where its last snapshot stands, and the
    last one with other settings than before; `calls`: what each task calls; `last`: the number of
    the last record; `size`: in bytes; `torn`: how many bytes stand after that.
    """

    header: str = ""
    settings: Json = None
    lines: list[str] = field(default_factory=list)
    latest: int = 0
    base: int = 0
    calls: dict[str, str | None] = field(default_factory=dict)
    last: int = 0
    size: int = 0
    torn: int = 0

    def journal(self, first: int = 0) -> Journal:
        """Return the journal from a line on, that is the first one or a snapshot."""
        journal = Journal.parse([self.header, *self.lines[first:]])
        if journal.base is not None:
            journal.settings = journal.base.settings
        return journal

    def take(self, batch: list[tuple[str, dict[str, Json]]]) -> None:
        """Take in the lines of a batch; raises StoreDamagedError where a record is missing."""
        for text, data in batch:
            match data:
                case {"duetime": _, "settings": settings}:
                    self.header, self.settings = text, settings
                case {"calls": dict(calls)}:
                    self.calls |= {
                        name: str(call) if call else None for name, call in calls.items()
                    }
                case {"snapshot": {"settings": settings}}:
                    self.latest = len(self.lines)
                    if settings != self.settings:
                        self.base, self.settings = self.latest, settings
                    self.lines.append(text)
                case {"input": _, "n": int(number)} if number == self.last + 1:
                    self.last = number
                    self.lines.append(text)
                case _:
                    raise StoreDamagedError(
                        f"record {self.last + 1} was expected, not {text[:60]!r}"
                    )


def read_lines(data: bytes) -> LogLines:
    """Read a log; a batch that never came to its end is left out, and so is one that is doubled.

    Raises StoreDamagedError for what is no log, and for damage that is not at its end,
    StoreVersionError for another version.
    """
    _check_beginning(data)
    found, batch = LogLines(), list[tuple[str, dict[str, Json]]]()
    place, damage, previous = 0, "", b""
    for number, raw in enumerate(data.split(b"\n")[:-1], 1):
        place += len(raw) + 1
        try:
            text = raw.decode()
            line = unseal(text)
        except (UnicodeDecodeError, JournalError) as error:
            damage = damage or f"line {number} {error}"
            continue
        if "end" not in line:
            batch.append((text, line))
        elif not damage:
            chunk = data[found.size : place]
            if chunk != previous:
                found.take(batch)
            previous, found.size, batch = chunk, place, []
        elif place < len(data) and data.rfind(b'\n{"end":', place - 1) >= 0:
            raise StoreDamagedError(f"{damage}, and later lines are whole")
    found.torn = len(data) - found.size
    if not found.size and data.count(b"\n") > 1:
        raise StoreDamagedError("it has no end of a batch in it, as every store has")
    return found


def calls_line(calls: Mapping[str, str | None]) -> str:
    """Write what tasks call."""
    return seal({"calls": dict(calls)})


def end_line(last: int) -> str:
    """Write the end of a batch. `last`: the number of the last record."""
    return seal({"end": last})


def _check_beginning(data: bytes) -> None:
    """Refuse what is no log, before a part of it is taken for the torn end of one."""
    if not (data.startswith(_BEGINNING) or _BEGINNING.startswith(data)):
        raise StoreDamagedError(f"it is no store: it begins {data[:40]!r}")
    if b"\n" in data:
        try:
            version = parse(data.split(b"\n", 1)[0].decode()).get("duetime")
        except (UnicodeDecodeError, JournalError):
            raise StoreDamagedError(f"its first line is damaged: {data[:40]!r}") from None
        if version != VERSION:
            raise StoreVersionError(
                f"it is of version {version!r}; this release reads version {VERSION}"
            )
