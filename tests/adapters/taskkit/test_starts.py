"""The triggers of the face: their way into a journal and back."""

from pathlib import Path

import pytest

from duetime.adapters.journals import read_journal, replay
from duetime.adapters.simulate import Simulation
from duetime.adapters.taskkit.starts import StartAt, StartIn, Starts
from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import MINUTE, SECOND, to_instant
from duetime.engine.messages import Added
from duetime.engine.triggers import trigger_from_json
from duetime.engine.triggers.base import Json, Trigger
from duetime.engine.triggers.calendar import Daily

START = "2026-01-01T00:00Z"
AT = to_instant(START)


@pytest.mark.parametrize(
    "trigger",
    [
        StartAt(AT + MINUTE),
        StartAt(AT + MINUTE, Daily("02:30", tz="Europe/Berlin")),
        StartIn(-SECOND, MINUTE),
        Starts(MINUTE, AT),
    ],
)
def test_a_journal_with_triggers_of_the_face_is_read_back(tmp_path: Path, trigger: Trigger) -> None:
    """What was added is read as it was, and replays to the same."""
    path = tmp_path / "journal.jsonl"
    with Simulation(START, journal=path) as simulation:
        simulation.add("page", trigger)
        simulation.clock.advance(minutes=3)
    added = read_journal(path).records[0].input
    assert isinstance(added, Added)
    assert added.task.trigger == trigger
    assert replay(path).history.runs("page") == simulation.runs("page") != []


@pytest.mark.parametrize(
    "data",
    [
        {"type": "duetime.adapters.taskkit.starts:StartAt", "at": "soon"},
        {"type": "duetime.adapters.taskkit.starts:StartAt", "at": 1, "then": 2},
        {"type": "duetime.adapters.taskkit.starts:StartIn", "delay": 1.5, "period": 1},
        {"type": "duetime.adapters.taskkit.starts:StartIn", "delay": 1},
        {"type": "duetime.adapters.taskkit.starts:Starts", "period": 0, "anchor": 0},
    ],
)
def test_json_that_is_no_start_is_refused(data: Json) -> None:
    """By the error that every trigger gives."""
    with pytest.raises(BadTriggerError):
        trigger_from_json(data)
