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
    load,
    replay,
    state_hash,
)
from duetime.engine.machine import Machine, Settings
from duetime.engine.messages import (
    Added,
    Demanded,
    Disabled,
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
    """A header with the version, then the inputs with their effects; keys are sorted."""
    journal, _ = written(RunFinished(at=after(0), name="ü", generation=1, number=4))
    run = '"generation":1,"name":"ü","number":4,"type":"RunFinished"'
    stale = '{"event":"stale","name":"ü","text":"1/4","type":"RecordEvent"}'
    assert list(journal.lines()) == [
        '{"duetime":1,"settings":{"step":2000000000,"type":"Settings"}}',
        f'{{"effects":[{stale}],"input":{{"at":[{NOON},0,"virtual"],{run}}}}}',
    ]


def test_a_replay_comes_to_the_same_machine() -> None:
    """The same inputs give the same effects, states and history."""
    journal, machine = written(*STORY)
    replayed = replay(Journal.parse(journal.lines()))
    assert state_hash(replayed.machine) == state_hash(machine)
    assert replayed.records == len(STORY)
    assert [run.number for run in replayed.history.runs("report")] == [1, 2]


def test_a_replay_names_the_first_record_that_differs() -> None:
    """Another effect than was written is an error with the index of its record."""
    records = written(*STORY)[0].records
    (sweep, report) = records[2].effects
    assert isinstance(sweep, StartRun)
    changed = Journal()
    for index, record in enumerate(records):
        other = (replace(sweep, number=7), report) if index == 2 else record.effects
        changed.append(record.input, other)
    with pytest.raises(ReplayError, match=r"record 2, Ticked.*journal says.*engine decides") as it:
        replay(changed)
    assert it.value.index == 2


def test_a_replay_names_a_record_that_is_refused() -> None:
    """An input that this engine does not take is a difference as well."""
    changed = Journal()
    changed.append(Enabled(at=after(0), name="nobody"), ())
    with pytest.raises(ReplayError, match=r"record 0, Enabled.*refuses it: there is") as it:
        replay(changed)
    assert it.value.index == 0


def test_an_empty_journal_is_a_machine_without_tasks() -> None:
    """Nothing happened, so there is nothing."""
    replayed = replay(Journal())
    assert (replayed.records, replayed.machine.names()) == (0, [])


def test_a_journal_is_of_one_machine() -> None:
    """A journal that has records takes no other machine."""
    journal, _ = written(*STORY[:1])
    with pytest.raises(JournalError, match="records of another machine"):
        journal.begin(SETTINGS)


HEADER = '{"duetime":1,"settings":{"type":"Settings"}}'


@pytest.mark.parametrize(
    ("lines", "error", "complaint"),
    [
        ([], JournalError, "line 1 of the journal is no JSON: ''"),
        (["PK\x03\x04"], JournalError, "line 1 of the journal is no JSON"),
        (["[1]"], JournalError, "line 1 of the journal is no record"),
        (['{"other":1}'], JournalError, "this is no journal of duetime"),
        (['{"duetime":2}'], JournalVersionError, "of version 2; this release reads version 1"),
        (['{"duetime":1}'], JournalError, "None is no record; its type must be one of Settings"),
        ([HEADER, '{"input"'], JournalError, "line 2 of the journal is no JSON"),
        ([HEADER, "{}"], JournalError, "line 2 of the journal: None is no record"),
        ([HEADER, '{"input":{"type":"StartRun"}}'], JournalError, "line 2 of the journal: .*Added"),
        (
            [HEADER, '{"input":{"type":"Ticked","at":[1,2,"b"]},"effects":{}}'],
            JournalError,
            "line 2 of the journal: {} must be a list",
        ),
        (
            [HEADER, '{"input":{"type":"Ticked","at":[1,2,"b"]},"effects":[{"type":"Ticked"}]}'],
            JournalError,
            "line 2 of the journal: .* must be one of StartRun",
        ),
    ],
)
def test_what_is_no_journal_is_refused(
    lines: list[str], error: type[Exception], complaint: str
) -> None:
    """The message names the line, and what stands there."""
    with pytest.raises(error, match=complaint):
        Journal.parse(lines)


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
        ({"version": 2, "state": {}}, JournalVersionError),
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
