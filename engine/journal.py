"""The journal: what went into the machine, record by record, and what can be told from it.

What an engine does is a function of its inputs, so a journal is the list of the inputs. Beside each
stand the effects that it had, so that a replay can tell whether it decides the same, and a person
can read what happened. As text it is one sealed JSON object a line: a header, then the records,
numbered from 1, and now and then a mark, which tells of the state after the record before it.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from duetime.engine import codec
from duetime.engine.errors import DuetimeError, JournalError, JournalVersionError, ReplayError
from duetime.engine.history import History
from duetime.engine.instants import Reading
from duetime.engine.machine import Machine, Settings, Snapshot, TaskView, Wakeup
from duetime.engine.messages import (
    Added,
    AskToStop,
    Damaged,
    Demanded,
    Disabled,
    Effect,
    Enabled,
    Input,
    RecordEvent,
    RecordFate,
    Redeclared,
    Removed,
    Rescheduled,
    Restarted,
    RunFailed,
    RunFinished,
    RunLost,
    RunRequested,
    StartRun,
    StopRequested,
    Ticked,
)
from duetime.engine.roster import Retired
from duetime.engine.scan import READABLE, VERSION, Line, Scan
from duetime.engine.seals import canonical, seal, unseal
from duetime.engine.states import Entry
from duetime.engine.stride import Ending, Walk, plain_start
from duetime.engine.triggers.base import Json

_INPUTS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        Added,
        Redeclared,
        Damaged,
        Removed,
        Demanded,
        RunRequested,
        StopRequested,
        Disabled,
        Enabled,
        Rescheduled,
        RunFinished,
        RunFailed,
        RunLost,
        Ticked,
        Restarted,
    )
}
_EFFECTS: dict[str, type] = {
    kind.__name__: kind for kind in (StartRun, AskToStop, RecordFate, RecordEvent)
}
_SNAPSHOTS: dict[str, type] = {kind.__name__: kind for kind in (Snapshot, Entry, Retired)}


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """One input and the effects that it had."""

    input: Input
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrideRecords:
    """The records of a stride, written out only when somebody reads them.

    `start`: a reading before it; `order`: whose run it was, each time.
    """

    start: Reading
    order: list[Walk]
    ending: Ending

    def __iter__(self) -> Iterator[JournalRecord]:
        """Yield what the steps would have written: for each time a tick, then the ends."""
        index_of: dict[int, int] = {}
        starts: list[StartRun] = []
        for walk in self.order:
            index = index_of[id(walk)] = index_of.get(id(walk), -1) + 1
            going = self.ending.going
            start = (
                plain_start(walk, index) if going is None or index < len(walk.nominals) else going
            )
            if starts and start.nominal != starts[0].nominal:
                yield from self._records(starts, ())
                starts = []
            starts.append(start)
        yield from self._records(starts, self.ending.started)

    def _records(
        self, starts: list[StartRun], others: tuple[Effect, ...]
    ) -> Iterator[JournalRecord]:
        passed = starts[0].nominal - self.start.wall
        at = Reading(self.start.wall + passed, self.start.mono + passed, self.start.boot)
        yield JournalRecord(Ticked(at=at), (*starts, *others))
        for start in starts:
            if start is not self.ending.going:
                name, generation, number = start.name, start.generation, start.number
                ended = RunFinished(at=at, name=name, generation=generation, number=number)
                yield JournalRecord(ended, ())


class Journal:
    """A journal in memory.

    `zone_data`, `product`: the versions of the time-zone data and of duetime that it was taken
    with. `base`: what the machine knew before the first record, if that was not nothing; `first`:
    the number of that record. `marks`: hashes of the state, by the number of the record before.
    `notice`: what a person should know about how it was read, such as a torn end.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.settings = Settings()
        self.zone_data = ""
        self.product = ""
        self.base: Snapshot | None = None
        self.first = 1
        self.marks: dict[int, str] = {}
        self.notice = ""
        self._parts: list[JournalRecord | StrideRecords] = []

    @property
    def records(self) -> list[JournalRecord]:
        """All records, in order."""
        return list(self)

    def __iter__(self) -> Iterator[JournalRecord]:
        """Yield all records, in order."""
        for part in self._parts:
            if isinstance(part, JournalRecord):
                yield part
            else:
                yield from part

    def begin(self, settings: Settings, snapshot: Callable[[], Snapshot] | None = None) -> None:
        """Take in the settings of the machine that is journalled, before its first input.

        `snapshot`: makes one of all that the machine knows, for a journal that wants some.
        Raises JournalError when there are records already.
        """
        if self._parts:
            raise JournalError("this journal has records of another machine; give a new one")
        self.settings = settings

    def check(self, input_: Input) -> None:
        """Raise for an input that could not be written down; memory keeps any."""

    def append(self, input_: Input, effects: tuple[Effect, ...]) -> None:
        """Keep one record; a shell does nothing that is not in the journal yet."""
        self._parts.append(JournalRecord(input_, effects))

    def extend(self, records: Sequence[JournalRecord]) -> None:
        """Keep several records: all of them, or none and raise."""
        for record in records:
            self.append(record.input, record.effects)

    def append_stride(self, stride: StrideRecords) -> None:
        """Keep the records of a stride."""
        self._parts.append(stride)

    def close(self) -> None:
        """Let go of what the journal is written to; one in memory has nothing."""

    def lines(self) -> Iterator[str]:
        """Yield the journal as JSON, a line a record, the header first."""
        yield header_line(self.settings, zone_data=self.zone_data, product=self.product)
        if self.base is not None:
            yield snapshot_line(self.base, self.first - 1)
        for number, record in enumerate(self, self.first):
            yield record_line(record, number)
            if number in self.marks:
                yield seal({"hash": self.marks[number], "n": number})

    @staticmethod
    def parse(lines: Iterable[str]) -> "Journal":
        """Read a journal from its lines; a torn last one is left out, which is its notice.

        Raises JournalError, naming the line, for what is none; JournalVersionError for another
        version.
        """
        journal = Journal()
        journal._parts.extend(journal.walk(lines))
        return journal

    def walk(self, lines: Iterable[str]) -> Iterator[JournalRecord]:
        """Read a journal from its lines and yield its records, which are not kept; see `parse`.

        All else is taken in on the way: what stands before the first record is known with that.
        """
        scan = Scan(lines)
        self.begin(scan.settings)
        self.zone_data, self.product = scan.zone_data, scan.product
        for line in scan:
            try:
                record = self._take(line)
            except JournalError as error:
                raise line.error(error) from None
            if record is not None:
                yield record
        self.notice = scan.notice

    def _take(self, line: Line) -> JournalRecord | None:
        """Read a record, or take in a mark. Only a snapshot at the beginning is of any use."""
        if not line.is_mark:
            return _read_record(line.data)
        self.marks[line.number] = str(line.data["hash"])
        if "snapshot" in line.data and line.place == 2:
            self.base, self.first = _read_snapshot(line.data["snapshot"]), line.number + 1
        return None


class Engine(Protocol):
    """What a replay needs of a machine."""

    def handle(self, input_: Input) -> tuple[Effect, ...]:
        """Take one input and return what is to be done, in order."""

    def next_wakeup(self) -> Wakeup:
        """Return when the next `Ticked` is needed, on each clock."""

    def names(self) -> list[str]:
        """Return the names of all tasks, sorted."""

    def view(self, name: str) -> TaskView:
        """Return what can be seen of a task."""

    def snapshot(self) -> Snapshot:
        """Return all that it knows."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay came to: the machine at the end, the history, the number of records.

    `notice`: what a person should know about how the journal was read.
    """

    machine: Engine
    history: History
    records: int
    notice: str = ""


def replay(journal: Journal, engine: Callable[[Settings], Engine] = Machine) -> Replay:
    """Feed a journal to a fresh machine, and see that it decides the same.

    `engine`: makes the machine. The history begins where the journal does.
    Raises ReplayError, naming the first record that differs and both its effects, or the first
    that is refused, or after which the state is another.
    """
    machine, history, count = begin(journal, engine), History(), 0
    for number, record in enumerate(journal, journal.first):
        verify(machine, record, number)
        compare_state(machine, journal, number)
        history.note(record.input, record.effects)
        count += 1
    return Replay(machine, history, count, journal.notice)


def begin(journal: Journal, engine: Callable[[Settings], Engine] = Machine) -> Engine:
    """Make the machine as it was before the first record.

    Raises ReplayError where its state is another, JournalError for an engine that cannot take up a
    snapshot.
    """
    if journal.base is None:
        return engine(journal.settings)
    if not (isinstance(engine, type) and issubclass(engine, Machine)):
        raise JournalError(
            f"the journal begins with a snapshot after record {journal.first - 1}, which "
            f"{engine!r} cannot take up; replay it with a Machine"
        )
    machine = engine.restore(journal.base)
    compare_state(machine, journal, journal.first - 1)
    return machine


def verify(machine: Engine, record: JournalRecord, number: int) -> None:
    """Feed a record to a machine; raises ReplayError where it decides otherwise."""
    try:
        effects = machine.handle(record.input)
    except DuetimeError as error:
        raise ReplayError(
            f"record {number}, {record.input!r}: this engine refuses it: {error}", number=number
        ) from error
    if effects != record.effects:
        raise ReplayError(
            f"record {number}, {record.input!r}: the journal says {list(record.effects)!r}, "
            f"this engine decides {list(effects)!r}",
            number=number,
        )


def compare_state(machine: Engine, journal: Journal, number: int) -> None:
    """Raise ReplayError where a journal knows the state after a record, and it is another."""
    said = journal.marks.get(number)
    if said is not None and (found := state_hash(machine)) != said:
        raise ReplayError(
            f"record {number}: the journal says that the state after it has the hash {said}, "
            f"that of this engine has {found}",
            number=number,
        )


def fold(inputs: Iterable[Input], machine: Machine | None = None) -> tuple[Machine, list[Effect]]:
    """Feed inputs to a machine; return it with all effects."""
    machine = machine or Machine()
    effects: list[Effect] = []
    for input_ in inputs:
        effects.extend(machine.handle(input_))
    return machine, effects


def dump(machine: Engine) -> Json:
    """Return all that a machine knows, as versioned JSON."""
    return {"version": VERSION, "state": codec.to_json(machine.snapshot())}


def load(data: Json) -> Machine:
    """Make the machine that `dump` wrote.

    Raises JournalVersionError for another version, JournalError for anything else.
    """
    if not isinstance(data, dict) or data.get("version") not in READABLE:
        raise JournalVersionError(
            f"this is no snapshot of version {' or '.join(map(str, READABLE))}; it cannot be loaded"
        )
    return Machine.restore(_read_snapshot(data.get("state")))


def state_hash(machine: Engine) -> str:
    """Return a digest of all that a machine knows: equal exactly when it would go on alike."""
    return _digest(codec.to_json(machine.snapshot()))


def header_line(settings: Settings, *, zone_data: str = "", product: str = "") -> str:
    """Write the first line of a journal.

    `zone_data`, `product`: the versions of the time-zone data and of duetime, if known.
    """
    data: dict[str, Json] = {"duetime": VERSION, "settings": codec.to_json(settings)}
    if product:
        data["product"] = product
    if zone_data:
        data["zone_data"] = zone_data
    return seal(data)


def record_line(record: JournalRecord, number: int) -> str:
    """Write one record as a line; records are numbered from 1, without a gap."""
    data: dict[str, Json] = {"input": codec.to_json(record.input), "n": number}
    if record.effects:
        data["effects"] = codec.to_json(record.effects)
    return seal(data)


def snapshot_line(snapshot: Snapshot, number: int) -> str:
    """Write all that a machine knows after the record of this number as a line."""
    state = codec.to_json(snapshot)
    return seal({"hash": _digest(state), "n": number, "snapshot": state})


def read_record(line: str, number: int) -> JournalRecord:
    """Read the line that `record_line` wrote for this number.

    Raises JournalError for one that is damaged, that has another number or that is no record.
    """
    try:
        data = unseal(line)
        if data.get("n") != number:
            raise JournalError(f"has the number {data.get('n')!r}")
        return _read_record(data)
    except JournalError as error:
        raise JournalError(f"record {number} of the journal {error}") from None


def _digest(state: Json) -> str:
    return hashlib.sha256(canonical(state).encode("utf-8", "backslashreplace")).hexdigest()


def _read_record(data: Mapping[str, Json]) -> JournalRecord:
    try:
        made = codec.from_json(data.get("input"), _INPUTS)
        done = [codec.from_json(each, _EFFECTS) for each in codec.as_list(data.get("effects", []))]
    except JournalError as error:
        raise JournalError(f"cannot be read: {error}") from None
    assert isinstance(made, Input)
    return JournalRecord(made, tuple(each for each in done if isinstance(each, Effect)))


def _read_snapshot(data: Json) -> Snapshot:
    try:
        snapshot = codec.from_json(data, _SNAPSHOTS)
    except JournalError as error:
        raise JournalError(f"cannot be read: {error}") from None
    if not isinstance(snapshot, Snapshot):
        raise JournalError(f"cannot be read: a snapshot was expected, not {snapshot!r}")
    return snapshot
