"""The journal: what went into the machine, record by record, and what can be told from it.

What an engine does is a function of its inputs, so a journal is the list of the inputs. Beside each
stand the effects that it had, so that a replay can tell whether it decides the same, and a person
can read what happened. As text it is one JSON object a line: a header, then the records.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from duetime.engine import codec
from duetime.engine.errors import DuetimeError, JournalError, JournalVersionError, ReplayError
from duetime.engine.history import History
from duetime.engine.instants import Reading
from duetime.engine.machine import Machine, Retired, Settings, Snapshot
from duetime.engine.messages import (
    Added,
    AskToStop,
    Demanded,
    Disabled,
    Effect,
    Enabled,
    Input,
    RecordEvent,
    RecordFate,
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
from duetime.engine.states import Entry
from duetime.engine.stride import Ending, Walk, plain_start
from duetime.engine.triggers.base import Json

VERSION = 1

_INPUTS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        Added,
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
    """A journal in memory. `zone_data`: the version of the time-zone data it was taken with."""

    def __init__(self) -> None:
        """Start empty."""
        self.settings = Settings()
        self.zone_data = ""
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

    def begin(self, settings: Settings) -> None:
        """Take in the settings of the machine that is journalled, before its first input.

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

    def append_stride(self, stride: StrideRecords) -> None:
        """Keep the records of a stride."""
        self._parts.append(stride)

    def close(self) -> None:
        """Let go of what the journal is written to; one in memory has nothing."""

    def lines(self) -> Iterator[str]:
        """Yield the journal as JSON, a line a record, the header first."""
        yield header_line(self.settings, self.zone_data)
        for record in self:
            yield record_line(record)

    @staticmethod
    def parse(lines: Iterable[str]) -> "Journal":
        """Read a journal from its lines.

        Raises JournalError, naming the line, for what is none; JournalVersionError for another
        version.
        """
        numbered = enumerate(lines, 1)
        journal = Journal()
        header = _read_header(next(numbered, (1, ""))[1])
        journal.begin(_read_settings(header))
        journal.zone_data = str(header.get("zone_data", ""))
        for number, line in numbered:
            journal._parts.append(_read_record(line, number))
        return journal


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay came to: the machine at the end, the history, the number of records."""

    machine: Machine
    history: History
    records: int


def replay(journal: Journal) -> Replay:
    """Feed a journal to a fresh machine, and see that it decides the same.

    Raises ReplayError, naming the first record that differs and both its effects, or the first
    that is refused.
    """
    machine, history, count = Machine(journal.settings), History(), 0
    for index, record in enumerate(journal):
        try:
            effects = machine.handle(record.input)
        except DuetimeError as error:
            raise ReplayError(
                f"record {index}, {record.input!r}: this engine refuses it: {error}", index=index
            ) from error
        if effects != record.effects:
            raise ReplayError(
                f"record {index}, {record.input!r}: the journal says {list(record.effects)!r}, "
                f"this engine decides {list(effects)!r}",
                index=index,
            )
        history.note(record.input, effects)
        count = index + 1
    return Replay(machine, history, count)


def fold(inputs: Iterable[Input], machine: Machine | None = None) -> tuple[Machine, list[Effect]]:
    """Feed inputs to a machine; return it with all effects."""
    machine = machine or Machine()
    effects: list[Effect] = []
    for input_ in inputs:
        effects.extend(machine.handle(input_))
    return machine, effects


def dump(machine: Machine) -> Json:
    """Return all that a machine knows, as versioned JSON."""
    return {"version": VERSION, "state": codec.to_json(machine.snapshot())}


def load(data: Json) -> Machine:
    """Make the machine that `dump` wrote.

    Raises JournalVersionError for another version, JournalError for anything else.
    """
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise JournalVersionError(f"this is no snapshot of version {VERSION}; it cannot be loaded")
    snapshot = codec.from_json(data.get("state"), _SNAPSHOTS)
    if not isinstance(snapshot, Snapshot):
        raise JournalError(f"a snapshot was expected, not {snapshot!r}")
    return Machine.restore(snapshot)


def state_hash(machine: Machine) -> str:
    """Return a digest of all that a machine knows: equal exactly when it would go on alike."""
    return hashlib.sha256(_canonical(dump(machine)).encode("utf-8", "backslashreplace")).hexdigest()


def header_line(settings: Settings, zone_data: str) -> str:
    """Write the first line of a journal. `zone_data`: the time-zone data's version, if known."""
    data: dict[str, Json] = {"duetime": VERSION, "settings": codec.to_json(settings)}
    return _canonical(data | {"zone_data": zone_data} if zone_data else data)


def record_line(record: JournalRecord) -> str:
    """Write one record as a line."""
    data: dict[str, Json] = {"input": codec.to_json(record.input)}
    if record.effects:
        data["effects"] = codec.to_json(record.effects)
    return _canonical(data)


def _canonical(data: Json) -> str:
    return json.dumps(data, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def _read_line(line: str, number: int) -> dict[str, Json]:
    try:
        data: Json = json.loads(line)
    except ValueError:
        raise JournalError(f"line {number} of the journal is no JSON: {line[:60]!r}") from None
    if not isinstance(data, dict):
        raise JournalError(f"line {number} of the journal is no record: {line[:60]!r}")
    return data


def _read_header(line: str) -> dict[str, Json]:
    data = _read_line(line, 1)
    if "duetime" not in data:
        raise JournalError(f"this is no journal of duetime; it begins with {line[:60]!r}")
    if data["duetime"] != VERSION:
        raise JournalVersionError(
            f"the journal is of version {data['duetime']!r}; this release reads version {VERSION}"
        )
    return data


def _read_settings(header: dict[str, Json]) -> Settings:
    try:
        settings = codec.from_json(header.get("settings"), {"Settings": Settings})
    except JournalError as error:
        raise JournalError(f"line 1 of the journal: settings: {error}") from None
    assert isinstance(settings, Settings)
    return settings


def _read_record(line: str, number: int) -> JournalRecord:
    data = _read_line(line, number)
    effects = data.get("effects", [])
    try:
        made = codec.from_json(data.get("input"), _INPUTS)
        done = [codec.from_json(each, _EFFECTS) for each in codec.as_list(effects)]
    except JournalError as error:
        raise JournalError(f"line {number} of the journal: {error}") from None
    assert isinstance(made, Input)
    return JournalRecord(made, tuple(each for each in done if isinstance(each, Effect)))
