"""The journal: lines that can be read back, replays that tell where they differ, snapshots."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.errors import JournalError, JournalVersionError, ReplayError
from duetime.engine.instants import MINUTE, SECOND
from duetime.engine.journal import (
    Journal,
    StrideRecords,
    dump,
    fold,
    header_line,
    load,
    read_record,
    record_line,
    replay,
    snapshot_line,
    state_hash,
)
from duetime.engine.machine import Machine, Settings
from duetime.engine.messages import (
    Added,
    Demanded,
    Disabled,
    Effect,
    Enabled,
    Input,
    Removed,
    Rescheduled,
    Restarted,
    RunFailed,
    RunFinished,
    StartRun,
    StopRequested,
    Ticked,
)
from duetime.engine.policies import Overlap
from duetime.engine.seals import seal
from duetime.engine.tasks import Task
from duetime.engine.triggers.every import Every
from tests.engine.builders import NOON, TEN_MINUTES, after, reading

SETTINGS = Settings(step=2 * SECOND)
SWEEP = Task(name="sweep", trigger=Every(minutes=6), overlap=Overlap.CANCEL_OTHER)
REPORT = Task(name="report", trigger=TEN_MINUTES, args={"pages": [1, 2]})
STORY: tuple[Input, ...] = (
    Added(at=after(0), task=SWEEP),
    Added(at=after(0), task=REPORT),
    Ticked(at=after(600)),
    Ticked(at=after(720)),
    RunFinished(at=after(721), name="sweep", generation=1, number=1),
    RunFailed(at=after(722), name="report", generation=1, number=1, error="ü: no page"),
    Demanded(at=after(723), name="report", args={"pages": []}),
    Disabled(at=after(724), name="sweep", reason="repairs", until=NOON + 3600 * SECOND),
    Rescheduled(at=after(725), name="report", trigger=Every(minutes=1)),
    StopRequested(at=after(726), name="report"),
    Enabled(at=after(730), name="sweep"),
    Restarted(at=reading(NOON + 740 * SECOND, boot="next")),
    Removed(at=reading(NOON + 750 * SECOND, boot="next"), name="report"),
)


def written(*inputs: Input) -> tuple[Journal, Machine]:
    """Let a machine live through inputs, with a journal."""
    journal, machine = Journal(), Machine(SETTINGS)
    journal.begin(machine.settings)
    for input_ in inputs:
        journal.check(input_)
        journal.append(input_, machine.handle(input_))
    journal.close()
    return journal, machine


def test_a_journal_survives_as_text() -> None:
    """Its lines are read back as the same records and settings."""
    journal, _ = written(*STORY)
    again = Journal.parse(list(journal.lines()))
    assert again.records == journal.records
    assert again.settings == SETTINGS
    assert list(again.lines()) == list(journal.lines())


def test_a_journal_is_one_json_object_a_line() -> None:
    """A header with the version, then the inputs with their effects; each with its checksum."""
    journal, _ = written(RunFinished(at=after(0), name="ü", generation=1, number=4))
    run = '"generation":1,"name":"ü","number":4,"type":"RunFinished"'
    stale = '{"event":"stale","name":"ü","text":"1/4","type":"RecordEvent"}'
    assert [line[:-18] for line in journal.lines()] == [
        '{"duetime":2,"settings":{"step":2000000000,"type":"Settings"}',
        f'{{"effects":[{stale}],"input":{{"at":[{NOON},0,"virtual"],{run}}},"n":1',
    ]


def test_a_replay_comes_to_the_same_machine() -> None:
    """The same inputs give the same effects, states and history."""
    journal, machine = written(*STORY)
    replayed = replay(Journal.parse(journal.lines()))
    assert state_hash(replayed.machine) == state_hash(machine)
    assert replayed.records == len(STORY)
    assert [run.number for run in replayed.history.runs("report")] == [1, 2]


def test_a_replay_names_the_first_record_that_differs() -> None:
    """Another effect than was written is an error with the number of its record."""
    records = written(*STORY)[0].records
    (sweep, report) = records[2].effects
    assert isinstance(sweep, StartRun)
    changed = Journal()
    for index, record in enumerate(records):
        other = (replace(sweep, number=7), report) if index == 2 else record.effects
        changed.append(record.input, other)
    with pytest.raises(ReplayError, match=r"record 3, Ticked.*journal says.*engine decides") as it:
        replay(changed)
    assert it.value.number == 3


def test_a_replay_names_a_record_that_is_refused() -> None:
    """An input that this engine does not take is a difference as well."""
    changed = Journal()
    changed.append(Enabled(at=after(0), name="nobody"), ())
    with pytest.raises(ReplayError, match=r"record 1, Enabled.*refuses it: there is") as it:
        replay(changed)
    assert it.value.number == 1


def test_records_that_came_together_are_kept_together() -> None:
    """In their order."""
    journal, together = written(*STORY)[0], Journal()
    together.extend(journal.records[:2])
    together.extend(journal.records[2:])
    assert together.records == journal.records


def test_an_empty_journal_is_a_machine_without_tasks() -> None:
    """Nothing happened, so there is nothing."""
    replayed = replay(Journal())
    assert (replayed.records, replayed.machine.names()) == (0, [])


def test_a_journal_is_of_one_machine() -> None:
    """A journal that has records takes no other machine."""
    journal, _ = written(*STORY[:1])
    with pytest.raises(JournalError, match="records of another machine"):
        journal.begin(SETTINGS)


def sealed(number: int, **data: object) -> str:
    """Write a line with this number and a checksum."""
    return seal({"n": number, **data})  # type: ignore[dict-item]  # wrong on purpose, here and there


HEADER = header_line(Settings())
TICK = {"type": "Ticked", "at": [1, 2, "b"]}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (sealed(1), "None is no record"),
        (sealed(1, input={"type": "StartRun"}), "must be one of Added"),
        (sealed(1, input=TICK, effects={}), "{} must be a list"),
        (sealed(1, input=TICK, effects=[TICK]), "must be one of StartRun"),
        (sealed(1, hash="", snapshot={}), "{} is no record; its type must be one of Snapshot"),
        (sealed(1, hash="", snapshot={"type": "Retired"}), "Retired: "),
        (
            sealed(1, hash="", snapshot={"type": "Retired", "generation": 1, "number": 1, "at": 0}),
            "a snapshot was expected",
        ),
    ],
)
def test_what_cannot_be_read_is_named(line: str, complaint: str) -> None:
    """The message names the line, and what stands there."""
    with pytest.raises(JournalError, match=f"line 2 of the journal cannot be read: .*{complaint}"):
        Journal.parse([HEADER, line])


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (sealed(3, input=TICK), "record 2 of the journal has the number 3"),
        (sealed(2, input=TICK)[:-1], "record 2 of the journal ends with"),
        (sealed(2, input={}), "record 2 of the journal cannot be read"),
    ],
)
def test_a_record_that_is_read_by_itself_is_checked_as_well(line: str, complaint: str) -> None:
    """By its checksum, its number and what it holds."""
    with pytest.raises(JournalError, match=complaint):
        read_record(line, 2)


def test_a_record_is_read_back_by_its_number() -> None:
    """From the line that it was written as."""
    for number, record in enumerate(written(*STORY)[0], 1):
        assert read_record(record_line(record, number), number) == record


def test_a_torn_journal_is_read_up_to_its_last_whole_record() -> None:
    """What was left out is told, by the journal and by its replay."""
    *lines, last = written(*STORY)[0].lines()
    torn = Journal.parse([*lines, last[:-1]])
    assert torn.records == written(*STORY)[0].records[:-1]
    assert f"line {len(lines) + 1} of the journal ends with" in torn.notice
    assert replay(torn).notice == torn.notice


def cut(number: int) -> list[str]:
    """Write the story as a journal that begins with a snapshot after this record."""
    journal, _ = written(*STORY)
    machine, _ = fold(STORY[:number], Machine(SETTINGS))
    header, *lines = journal.lines()
    return [header, snapshot_line(machine.snapshot(), number), *lines[number:]]


@given(st.integers(1, len(STORY)))
def test_a_replay_begins_with_the_snapshot(number: int) -> None:
    """A journal that was cut short comes to the same end, and reads and writes as it is."""
    journal, lines = Journal.parse(cut(number)), cut(number)
    assert list(journal.lines()) == lines
    again = replay(journal)
    assert again.records == len(STORY) - number
    assert state_hash(again.machine) == state_hash(written(*STORY)[1])


def test_a_mark_in_the_middle_is_compared_with_the_state() -> None:
    """Where the state is another, the record before is named, and both hashes."""
    header, *lines = written(*STORY)[0].lines()
    right, wrong = (state_hash(fold(STORY[:count], Machine(SETTINGS))[0]) for count in (3, 4))
    honest = [header, *lines[:3], sealed(3, hash=right), *lines[3:]]
    assert list(Journal.parse(honest).lines()) == honest
    assert replay(Journal.parse(honest)).records == len(STORY)
    other = [header, *lines[:3], sealed(3, hash=wrong), *lines[3:]]
    with pytest.raises(ReplayError, match=f"record 3: .*hash {wrong}, .* has {right}") as caught:
        replay(Journal.parse(other))
    assert caught.value.number == 3


class Eager(Machine):
    """An engine that starts every run with another number."""

    def handle(self, input_: Input) -> tuple[Effect, ...]:
        """Change the numbers."""
        effects = super().handle(input_)
        return tuple(replace(e, number=7) if isinstance(e, StartRun) else e for e in effects)


def test_another_engine_can_be_asked_for_its_decisions() -> None:
    """It is made with the journal's settings, or from its snapshot."""
    journal = Journal.parse(cut(2))
    assert isinstance(replay(journal, Machine).machine, Machine)
    with pytest.raises(ReplayError, match=r"record 3, Ticked.*number=7"):
        replay(journal, Eager)
    with pytest.raises(ReplayError, match=r"record 3, Ticked.*number=7"):
        replay(written(*STORY)[0], Eager)


def test_an_engine_that_takes_no_snapshot_is_refused() -> None:
    """The message says where the journal begins."""
    with pytest.raises(JournalError, match=r"snapshot after record 2.*cannot take up"):
        replay(Journal.parse(cut(2)), lambda settings: Machine(settings))


def test_a_stride_is_written_as_its_records() -> None:
    """A journal keeps a stride whole; whoever reads it finds a tick and the ends of its runs."""
    journal, machine = written(STORY[0], STORY[1])
    stride = machine.stride(
        {"sweep": list, "report": list}, after(0), NOON + 30 * MINUTE, record=True
    )
    assert stride is not None
    names = [walk.name for walk in stride]
    ending = machine.end_stride(stride)
    assert stride.order is not None
    journal.append_stride(StrideRecords(start=after(0), order=stride.order, ending=ending))
    assert names == ["sweep", "report", "sweep", "sweep", "report", "sweep", "report", "sweep"]
    assert [type(record.input).__name__ for record in journal.records[2:5]] == [
        "Ticked",
        "RunFinished",
        "Ticked",
    ]
    assert state_hash(replay(Journal.parse(journal.lines())).machine) == state_hash(machine)


def test_a_stride_that_was_left_has_a_run_without_an_end() -> None:
    """The run that was going when the stride was left ends by a record of its own, or never."""
    journal, machine = written(STORY[0])
    stride = machine.stride({"sweep": list}, after(0), NOON + 30 * MINUTE, record=True)
    assert stride is not None
    assert stride.order is not None
    _ = [next(walks) for walks in [iter(stride)] for _ in range(3)]
    ending = machine.end_stride(stride, going=True)
    journal.append_stride(StrideRecords(start=after(0), order=stride.order, ending=ending))
    names = [type(record.input).__name__ for record in journal.records]
    assert names == ["Added", "Ticked", "RunFinished", "Ticked", "RunFinished", "Ticked"]
    assert state_hash(replay(journal).machine) == state_hash(machine)


@given(st.integers(0, len(STORY)))
def test_a_snapshot_stands_for_all_before_it(cut: int) -> None:
    """A machine that is loaded from a dump goes on as the one that was dumped."""
    first, _ = fold(STORY[:cut], Machine(SETTINGS))
    loaded = load(json.loads(json.dumps(dump(first))))
    assert state_hash(loaded) == state_hash(first)
    whole, effects = fold(STORY[cut:], first)
    other, same_effects = fold(STORY[cut:], loaded)
    assert same_effects == effects
    assert state_hash(other) == state_hash(whole)


def test_the_hash_tells_what_is_different() -> None:
    """Any difference that could matter later is a difference of the hash."""
    hashes = {state_hash(fold(STORY[:cut])[0]) for cut in range(len(STORY) + 1)}
    assert len(hashes) == len(STORY) + 1
    assert state_hash(Machine(SETTINGS)) != state_hash(Machine())


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (None, JournalVersionError),
        ({"version": 3, "state": {}}, JournalVersionError),
        ({"version": 1}, JournalError),
        (
            {"version": 1, "state": {"type": "Retired", "generation": 1, "number": 1, "at": 0}},
            JournalError,
        ),
    ],
)
def test_what_is_no_snapshot_is_refused(data: object, error: type[Exception]) -> None:
    """Another version, or anything else, is not loaded."""
    with pytest.raises(error):
        load(data)  # type: ignore[arg-type]  # wrong on purpose
