"""Journals in files: writing, reading, cutting short; and replays of them.

A file holds one JSON object a line: a header, then a record for each input, and now and then a
snapshot. Every record is handed to the operating system before anything of what it says is done.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from io import BufferedReader, FileIO
from itertools import chain, islice
from pathlib import Path

from duetime.adapters.product import VERSION
from duetime.adapters.zone_data import zone_data
from duetime.engine.accounts import Account
from duetime.engine.codec import to_json
from duetime.engine.errors import BadArgumentError, JournalError, JournalVersionError
from duetime.engine.instants import Instant, Reading, to_instant
from duetime.engine.journal import (
    Engine,
    Journal,
    JournalRecord,
    Replay,
    StrideRecords,
    header_line,
    record_line,
    snapshot_line,
)
from duetime.engine.journal import replay as replay_journal
from duetime.engine.machine import Machine, Settings, Snapshot
from duetime.engine.messages import Added, Effect, Input, Redeclared, Rescheduled
from duetime.engine.scan import VERSION as FORMAT
from duetime.engine.scan import Scan
from duetime.engine.telling import tell
from duetime.engine.whatif import Plan, what_if

SNAPSHOT_RECORDS = 10_000
SNAPSHOT_TASKS = 10
"""So many records stand between two snapshots, at least, and so many for each task."""


class FileJournal(Journal):
    """A journal that is written to a file, and not kept in memory.

    A write that fails raises JournalError and leaves nothing behind.
    """

    def __init__(self, path: str | Path, *, go_on: bool = False) -> None:
        """Make the file; the shell that takes the journal writes the header.

        `go_on`: append to a file that is there; a torn last line is cut off, and is the notice.
        Raises JournalError when the file exists already and is not to go on: a journal is the story
        of one scheduler.
        """
        super().__init__()
        self.zone_data = zone_data().version
        self.product = VERSION
        self.path = Path(path)
        self._go_on = go_on
        self._last = 0
        self._torn = False
        self._snapshot: Callable[[], Snapshot] | None = None
        if go_on:
            self._take_up()
        else:
            self._make()
        self._snapshot_after = self._last + SNAPSHOT_RECORDS
        with _writing(self.path):
            self._file = FileIO(self.path, "a")
            self._size = self._file.seek(0, os.SEEK_END)

    def begin(self, settings: Settings, snapshot: Callable[[], Snapshot] | None = None) -> None:
        """Write the header, if there is none yet.

        Raises JournalError for a second machine, and for other settings than those of a journal to
        go on with.
        """
        if self._go_on and settings != self.settings:
            raise JournalError(
                f"{self.path} is the journal of a machine with {self.settings!r}, not {settings!r}"
            )
        if not self._go_on:
            if self._size:
                raise JournalError(f"{self.path} is the journal of another machine already")
            self._write([header_line(settings, zone_data=self.zone_data, product=self.product)])
        super().begin(settings, snapshot)
        self._snapshot, self._go_on = snapshot, False

    def check(self, input_: Input) -> None:
        """Raise BadTriggerError for a trigger that has no JSON form."""
        if isinstance(input_, Added | Redeclared | Rescheduled):
            to_json(input_)

    def append(self, input_: Input, effects: tuple[Effect, ...]) -> None:
        """Write one record."""
        self.extend((JournalRecord(input_, effects),))

    def extend(self, records: Sequence[JournalRecord]) -> None:
        """Write several records in one go, and a snapshot behind them if it is time for one."""
        self._keep([record_line(each, n) for n, each in enumerate(records, self._last + 1)])

    def append_stride(self, stride: StrideRecords) -> None:
        """Write the records of a stride, one by one; a snapshot can only stand behind them all."""
        for record in stride:
            self._write([record_line(record, self._last + 1)])
            self._last += 1
        self._keep([])

    @property
    def size(self) -> int:
        """How many bytes have been written, all lines whole."""
        return self._size

    def close(self) -> None:
        """Close the file; what is still written later opens it for a moment."""
        self._file.close()

    def _make(self) -> None:
        try:
            self.path.touch(exist_ok=False)
        except FileExistsError:
            raise JournalError(f"{self.path} exists already; give a new path") from None
        except OSError as error:
            raise _unwritable(self.path, error) from None

    def _take_up(self) -> None:
        """Read how far the file has come; cut off a torn last line, and end one that is whole."""
        with _lines(self.path) as lines:
            scan = Scan(lines)
            if scan.version != FORMAT:
                raise JournalVersionError(
                    f"{self.path} is of version {scan.version}, which is only read; "
                    f"version {FORMAT} is written"
                )
            for _ in scan:
                pass
        self.settings, self.notice, self._last = scan.settings, scan.notice, scan.last
        with _writing(self.path), self.path.open("r+b") as file:
            file.seek(lines.start if scan.notice else lines.end)
            file.truncate()
            if not lines.ended and not scan.notice:
                file.write(b"\n")

    def _keep(self, lines: list[str]) -> None:
        """Write lines of records, and a snapshot behind them if it is time for one: all or none."""
        last, snapshot = self._last + len(lines), None
        if self._snapshot is not None and last >= self._snapshot_after:
            snapshot = self._snapshot()
            lines.append(snapshot_line(snapshot, last))
        self._write(lines)
        self._last = last
        if snapshot is not None:
            self._snapshot_after = last + max(
                SNAPSHOT_RECORDS, SNAPSHOT_TASKS * len(snapshot.entries)
            )

    def _write(self, lines: Iterable[str]) -> None:
        data = "".join(f"{line}\n" for line in lines).encode()
        try:
            if self._file.closed:
                self._file = FileIO(self.path, "a")
            if self._torn:
                self._mend()
            written = self._file.write(data)
            while written < len(data):
                written += self._file.write(data[written:])
        except OSError as error:
            self._torn = True
            with suppress(OSError):
                self._mend()
            raise _unwritable(self.path, error) from error
        self._size += len(data)

    def _mend(self) -> None:
        """Cut off what a failed write has left; where that fails too, the next write tries."""
        self._file.truncate(self._size)
        self._torn = False


class _Lines:
    """The lines of a file; where the last one that was read starts and ends, in bytes.

    `ended`: whether it had its end of line; `size`: how many bytes are read; None: all.
    """

    def __init__(self, file: BufferedReader, size: int | None) -> None:
        self._file = file
        self._size = size
        self.start = self.end = 0
        self.ended = True

    def __iter__(self) -> Iterator[str]:
        for raw in self._file:
            if self._size is not None and self.end >= self._size:
                return
            self.start, self.end = self.end, self.end + len(raw)
            self.ended = raw.endswith(b"\n")
            yield raw.decode("utf-8", "surrogateescape")


def open_journal(journal: Journal | str | Path | None) -> Journal | None:
    """Return a journal as it is; make one for a path."""
    return FileJournal(journal) if isinstance(journal, str | Path) else journal


def read_journal(path: str | Path) -> Journal:
    """Read a journal from a file; a torn last line is left out, which is its notice.

    Raises JournalError, naming the file and the line, for what is none.
    """
    with _lines(Path(path)) as lines:
        return Journal.parse(lines)


def replay(
    journal: Journal | str | Path,
    *,
    engine: Callable[[Settings], Engine] = Machine,
    plan: Plan | None = None,
) -> Replay:
    """Feed a journal, or the file of one, to a fresh machine, and see that it decides the same.

    `engine`: makes the machine. `plan`: other tasks, by name, to see what they would have led to:
    a trigger, a task, or None for one that is taken out; see `what_if`.
    Raises ReplayError, naming the first record that differs and both its effects.
    """
    read = journal if isinstance(journal, Journal) else read_journal(journal)
    return replay_journal(read, engine) if plan is None else what_if(read, plan, engine)


def explain(journal: Journal | str | Path, name: str, nominal: datetime | str) -> Account:
    """Tell from a journal, or the file of one, why a due time met its fate, or how it stands.

    `nominal`: an aware datetime, or ISO text with an offset. A file is read once, record by record.
    Raises UnknownTaskError for a name that the journal does not know.
    """
    return explain_by(journal, name, to_instant(nominal))


def explain_by(
    journal: Journal | str | Path, name: str, nominal: Instant, *, now: Reading | None = None
) -> Account:
    """Do so for a journal that may be written to meanwhile. `now`: what the clock shows."""
    if isinstance(journal, FileJournal):
        with _lines(journal.path, journal.size) as lines:
            return _explain_lines(lines, name, nominal, now)
    if isinstance(journal, Journal):
        base, settings = journal.base, journal.settings
        return tell(journal, name, nominal, settings=settings, base=base, now=now)
    with _lines(Path(journal)) as lines:
        return _explain_lines(lines, name, nominal, now)


def _explain_lines(
    lines: Iterable[str], name: str, nominal: Instant, now: Reading | None
) -> Account:
    journal = Journal()
    records = journal.walk(lines)
    first = list(islice(records, 1))  # with it, what stands before it is known
    base, settings = journal.base, journal.settings
    return tell(chain(first, records), name, nominal, settings=settings, base=base, now=now)


def compact(path: str | Path, *, keep: int = 0) -> int:
    """Drop the records of a journal up to a snapshot; return how many that were.

    It is the latest snapshot that leaves `keep` records; where there is none, nothing is dropped.
    The file is replaced in one go; nobody may be writing to it.
    Raises JournalError for what is no journal and for a file that cannot be written; the file is as
    it was then.
    """
    path = Path(path)
    if type(keep) is not int or keep < 0:
        raise BadArgumentError(f"keep {keep!r} must be a whole number from 0 up")
    with _lines(path) as lines:
        scan = Scan(lines)
        snapshots = [(line.number, line.place) for line in scan if "snapshot" in line.data]
    begun = snapshots[0][0] if snapshots and snapshots[0][1] == 2 else 0
    cut, place = max((each for each in snapshots if each[0] <= scan.last - keep), default=(0, 0))
    if cut > begun:
        _replace(path, _from(path, place))
    return max(cut - begun, 0)


def _from(path: Path, place: int) -> Iterator[str]:
    """Yield the header of a journal, and its lines from the one at this place on."""
    with _lines(path) as lines:
        scan = Scan(lines)
        yield scan.header
        yield from (line.text.rstrip("\r\n") for line in scan if line.place >= place)


def _replace(path: Path, lines: Iterable[str]) -> None:
    """Write a file anew: beside the old one, then in its place."""
    beside = path.with_name(f"{path.name}.new")
    with _writing(path):
        try:
            with beside.open("wb") as file:
                file.writelines(f"{line}\n".encode() for line in lines)
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(path, beside)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


@contextmanager
def _lines(path: Path, size: int | None = None) -> Iterator[_Lines]:
    try:
        with path.open("rb") as file:
            yield _Lines(file, size)
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}") from None
    except JournalError as error:
        raise type(error)(f"{path}: {error}") from None


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> JournalError:
    return JournalError(f"{path} cannot be written: {error.strerror}")
