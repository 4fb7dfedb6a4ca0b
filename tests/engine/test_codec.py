"""Plain JSON both ways: every record survives, and damage is named, never guessed at."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine import codec, messages
from duetime.engine.catchup import Fate
from duetime.engine.errors import JournalError
from duetime.engine.instants import Reading
from duetime.engine.machine import Snapshot
from duetime.engine.messages import (
    INPUTS,
    Added,
    Cause,
    Effect,
    RecordFate,
    ResumeFrom,
    StartRun,
    Ticked,
)
from duetime.engine.policies import CatchUp, ClockStep, Overlap, Retry
from duetime.engine.states import Entry
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Json, Trigger
from duetime.engine.triggers.every import AfterFinish, ElapsedGrid, Every
from duetime.engine.triggers.once import Once, OnDemand
from tests.engine.builders import NOON, TEN_MINUTES, reading
from tests.engine.lifecycle_table import STATES, TRYING

CLASSES = {kind.__name__: kind for kind in (*INPUTS, *get_args(Effect), Entry, Snapshot)}
INTEGERS = st.integers(-(1 << 63), 1 << 63)
TRIGGERS = st.sampled_from(
    [
        Once("2026-03-29T02:30+02:00"),
        OnDemand(),
        Every("90s"),
        TEN_MINUTES,
        ElapsedGrid(90, 7),
        AfterFinish(hours=1),
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
ARGS = st.dictionaries(st.text(max_size=5), JSON, max_size=3)
TASKS = st.builds(
    Task,
    name=st.sampled_from(["t", "ü ¶", "PageGenerator for static.html"]),
    trigger=TRIGGERS,
    overlap=st.sampled_from([Overlap.SKIP, Overlap.CANCEL_OTHER, Overlap.allow(3)]),
    catch_up=st.sampled_from([CatchUp.LATEST, CatchUp.NONE, CatchUp.last(3)]),
    window=st.none() | st.integers(0, 1 << 60),
    priority=st.integers(),
    retry=st.sampled_from([None, Retry(3), Retry(5, "1ms", 1.1, "2d", jitter=0.25, seed=7)]),
    time_limit=st.none() | st.integers(1, 1 << 60),
    clock_step=st.sampled_from(ClockStep),
    rerun_after_crash=st.booleans(),
    args=ARGS,
)
READINGS = st.builds(Reading, INTEGERS, INTEGERS, st.text(max_size=5))
BY_TYPE = {
    Reading: READINGS,
    Task: TASKS,
    Trigger: TRIGGERS,
    Cause: st.sampled_from(Cause),
    Fate: st.sampled_from(Fate),
    ResumeFrom: st.sampled_from(ResumeFrom),
    int: INTEGERS,
    str: st.text(),
    int | None: st.none() | INTEGERS,
}


def records_of(kind: type) -> st.SearchStrategy[object]:
    """Draw records of a class, by the types of its fields."""
    hints = {field.name: field.type for field in fields(kind)}
    return st.builds(kind, **{name: BY_TYPE.get(hint, ARGS) for name, hint in hints.items()})


RECORDS = st.one_of([records_of(kind) for kind in (*INPUTS, *get_args(Effect))])

DAMAGE: list[tuple[Json, str]] = [
    (None, "None is no record; its type must be one of Ticked"),
    ({}, "{} is no record"),
    ({"type": []}, "is no record"),
    ({"type": "Exec"}, "is no record"),
    ({"type": "Ticked"}, "Ticked: .*'at'"),
    ({"type": "Ticked", "at": [1, 2]}, r"Ticked.at: \[1, 2\] is no reading"),
    ({"type": "Ticked", "at": [1, 2, "b"], "x": 1}, "Ticked has no x"),
    ({"type": "Ticked", "at": [1, 2.5, "b"]}, "is no reading"),
    ({"type": "Ticked", "at": [1, True, "b"]}, "is no reading"),
    ({"type": "Ticked", "at": [False, 1, "b"]}, "is no reading"),
    ({"type": "Removed", "at": [1, 2, "b"], "name": 5}, "Removed.name: 5 must be of type str"),
    ({"type": "Disabled", "until": "soon"}, "Disabled.until: 'soon' must be of type int"),
    ({"type": "Added", "task": {"type": "Job"}}, "Added.task: .*Job.* must be of type Task"),
    ({"type": "Added", "task": "t"}, "Added.task: 't' must be an object"),
    ({"type": "Added", "task": {"type": "Task", "name": ""}}, "Added.task: Task: "),
    ({"type": "Rescheduled", "trigger": {"type": "x"}}, "Rescheduled.trigger: .* no trigger"),
    ({"type": "RecordFate", "fate": "lucky"}, "RecordFate.fate: 'lucky' is not a valid Fate"),
    ({"type": "Demanded", "args": [1]}, r"Demanded.args: \[1\] must be an object"),
    ({"type": "Snapshot", "entries": 3}, "Snapshot.entries: 3 must be a list"),
    ({"type": "Snapshot", "retired": 3}, "Snapshot.retired: 3 must be an object"),
    ({"type": "Snapshot", "last": {"x": 1}}, "Snapshot.last: .* is no reading"),
    ({"type": "Entry", "state": {"type": "x"}}, "Entry.state: .* must be one of Absent, Idle"),
    ({"type": "Entry", "counts": {"lucky": 1}}, "Entry.counts: 'lucky' is not a valid Fate"),
    ({"type": "Entry", "counts": {"started": "many"}}, "Entry.counts: 'many' must be of"),
]


def there_and_back(record: object) -> object:
    """Write a record as JSON text and read it again."""
    return codec.from_json(json.loads(json.dumps(codec.to_json(record))), CLASSES)


@given(RECORDS)
def test_every_record_survives(record: object) -> None:
    """What was written is read back equal, to the nanosecond, and of the same classes."""
    again = there_and_back(record)
    assert again == record
    assert repr(again) == repr(record)


@pytest.mark.parametrize("state", [*STATES, *TRYING], ids=lambda state: type(state).__name__)
def test_every_state_survives(state: object) -> None:
    """A snapshot of a task in any state is read back equal."""
    task = Task(name="t", trigger=TEN_MINUTES, overlap=Overlap.BUFFER_ALL)
    counts = {Fate.STARTED: 7, Fate.MERGED: 1}
    entry = Entry(
        task=task,
        trigger=ElapsedGrid(5, 3),
        generation=2,
        state=state,  # type: ignore[arg-type]  # one of STATES
        counts=counts,
        lived=True,
    )
    assert there_and_back(entry) == entry


def test_what_has_its_default_is_not_written() -> None:
    """Records are as short as they can be, and read by field names."""
    task = Task(name="t", trigger=TEN_MINUTES, priority=3)
    assert codec.to_json(Added(at=reading(), task=task)) == {
        "type": "Added",
        "at": [NOON, 0, "virtual"],
        "task": {
            "type": "Task",
            "name": "t",
            "trigger": {"type": "Every", "period": "10m", "anchor": "2026-01-01T00:00:00Z"},
            "priority": 3,
        },
    }


def test_every_input_and_effect_has_a_json_form() -> None:
    """A class that is added to the messages is in the lists that are read back."""
    kinds = {
        kind
        for kind in vars(messages).values()
        if isinstance(kind, type) and kind.__module__ == messages.__name__
    }
    likeness = {messages.Input, messages.TaskInput, messages.RunInput}
    likeness |= {messages.Cause, messages.ResumeFrom}
    assert kinds - likeness == {*INPUTS, *get_args(Effect)}


@given(RECORDS, st.integers(0, 50), JSON)
def test_damage_is_refused_or_read_as_what_it_says(record: object, where: int, junk: Json) -> None:
    """Whatever stands in a record instead of what was written, nothing but JournalError comes."""
    data = codec.to_json(record)
    spots = list(walk(data))
    spots[where % len(spots)](junk)
    try:
        made = codec.from_json(data, CLASSES)
    except JournalError:
        return
    assert codec.to_json(made) is not None


def walk(data: Json) -> list[Callable[[Json], None]]:
    """Return, for each value inside of some JSON, what puts another in its place."""
    found: list[Callable[[Json], None]] = []
    if isinstance(data, dict | list):
        keys = list(data) if isinstance(data, dict) else range(len(data))
        for key in keys:
            found.append(lambda junk, key=key: data.__setitem__(key, junk))  # type: ignore[misc]
            found += walk(data[key])  # type: ignore[index,call-overload]  # the key is of its kind
    return found


@pytest.mark.parametrize(("data", "complaint"), DAMAGE)
def test_damage_is_named(data: Json, complaint: str) -> None:
    """The message names the record, the field and what stands there."""
    with pytest.raises(JournalError, match=complaint):
        codec.from_json(data, CLASSES)


@dataclass(frozen=True)
class Odd:
    """A record with a field of a kind that the codec does not know."""

    field: Callable[[], None]


def test_what_has_no_json_form_is_refused() -> None:
    """Neither writing nor reading guesses."""
    with pytest.raises(JournalError, match="has no JSON form"):
        codec.to_json(object())
    with pytest.raises(JournalError, match="has no JSON form"):
        codec.to_json(Task)
    with pytest.raises(JournalError, match=r"Odd\.field: there is no JSON form for"):
        codec.from_json({"type": "Odd", "field": 1}, {"Odd": Odd})


def test_lists_and_numbers_are_written_as_they_are() -> None:
    """A list of records is a list; an enum is its text; a float is itself."""
    fate = RecordFate(name="t", generation=1, fate=Fate.MISSED, first=1, last=1, count=1)
    start = StartRun(name="t", generation=1, number=1, nominal=1, planned=1, cause=Cause.DUE)
    written = codec.to_json([fate, start, 0.5, Ticked(at=reading())])
    assert isinstance(written, list)
    assert [type(each) for each in written] == [dict, dict, float, dict]
    assert json.loads(json.dumps(written)) == written
