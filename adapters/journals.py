"""Journals in files, and replays of them.

A file holds one JSON object a line: a header, then a record for each input. Every record is written
and flushed to the operating system before anything of what it says is done.
"""

from io import TextIOWrapper
from pathlib import Path

from duetime.adapters.zone_data import zone_data
from duetime.engine.codec import to_json
from duetime.engine.errors import JournalError
from duetime.engine.journal import (
    Journal,
    JournalRecord,
    Replay,
    StrideRecords,
    header_line,
    record_line,
)
from duetime.engine.journal import replay as replay_journal
from duetime.engine.machine import Settings
from duetime.engine.messages import Added, Effect, Input, Rescheduled

ESCAPE = "backslashreplace"
"""What UTF-8 cannot write, half a surrogate pair, is written the way that JSON escapes it."""


class FileJournal(Journal):
    """A journal that is written to a file, and not kept in memory.

    Raises JournalError when the file exists already: a journal is the story of one scheduler.
    """

    def __init__(self, path: str | Path) -> None:
        """Open the file; the shell that takes the journal writes the header."""
        super().__init__()
        self.zone_data = zone_data().version
        self.path = Path(path)
        try:
            self._file: TextIOWrapper = self.path.open(
                "x", encoding="utf-8", errors=ESCAPE, newline="\n"
            )
        except FileExistsError:
            raise JournalError(f"{self.path} exists already; give a new path") from None
        except OSError as error:
            raise JournalError(f"{self.path} cannot be written: {error.strerror}") from None

    def begin(self, settings: Settings) -> None:
        """Write the header."""
        super().begin(settings)
        self._write(header_line(settings, self.zone_data))

    def check(self, input_: Input) -> None:
        """Raise BadTriggerError for a trigger that has no JSON form."""
        if isinstance(input_, Added | Rescheduled):
            to_json(input_)

    def append(self, input_: Input, effects: tuple[Effect, ...]) -> None:
        """Write one record, and flush it."""
        self._write(record_line(JournalRecord(input_, effects)))

    def append_stride(self, stride: StrideRecords) -> None:
        """Write the records of a stride one by one."""
        for record in stride:
            self.append(record.input, record.effects)

    def close(self) -> None:
        """Close the file; what is still written later opens it for a moment."""
        self._file.close()

    def _write(self, line: str) -> None:
        if self._file.closed:
            self._file = self.path.open("a", encoding="utf-8", errors=ESCAPE, newline="\n")
        self._file.write(line + "\n")
        self._file.flush()


def open_journal(journal: Journal | str | Path | None) -> Journal | None:
    """Return a journal as it is; make one for a path."""
    return FileJournal(journal) if isinstance(journal, str | Path) else journal


def read_journal(path: str | Path) -> Journal:
    """Read a journal from a file.

    Raises JournalError, naming the file and the line, for what is none.
    """
    try:
        with Path(path).open(encoding="utf-8") as file:
            return Journal.parse(file)
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise JournalError(f"{path} is no journal: it is not UTF-8 text") from None


def replay(journal: Journal | str | Path) -> Replay:
    """Feed a journal, or the file of one, to a fresh machine, and see that it decides the same.

    Raises ReplayError, naming the first record that differs and both its effects.
    """
    return replay_journal(journal if isinstance(journal, Journal) else read_journal(journal))
