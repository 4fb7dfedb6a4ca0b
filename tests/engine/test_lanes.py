"""A history as lanes of text."""

import pytest

from duetime.engine.errors import BadArgumentError
from duetime.engine.history import History
from duetime.engine.instants import HOUR, MINUTE, SECOND, Reading
from duetime.engine.lanes import lanes
from duetime.engine.machine import Machine
from duetime.engine.messages import Added, Demanded, Input, RunFailed, RunFinished, Ticked
from duetime.engine.policies import CatchUp, Overlap
from duetime.engine.tasks import Task
from duetime.engine.triggers.every import Every


def at(minutes: float) -> Reading:
    """Return a look at both clocks, so many minutes after the epoch."""
    return Reading(int(minutes * MINUTE), int(minutes * MINUTE), "boot")


def history_of(*inputs: Input) -> History:
    """Return what comes of inputs."""
    machine, history = Machine(), History()
    for each in inputs:
        history.note(each, machine.handle(each))
    return history


def task(name: str, minutes: int, catch_up: CatchUp = CatchUp.LATEST) -> Task:
    """Return a task that is due every so many minutes."""
    overlap = Overlap.SKIP
    return Task(name=name, trigger=Every(minutes=minutes), overlap=overlap, catch_up=catch_up)


def ended(name: str, number: int, minutes: float, error: str = "") -> Input:
    """Return the end of a run."""
    if error:
        return RunFailed(at=at(minutes), name=name, generation=1, number=number, error=error)
    return RunFinished(at=at(minutes), name=name, generation=1, number=number)


BUSY = history_of(
    Added(at=at(0), task=task("long", 30)),
    Added(at=at(0), task=task("short", 20, CatchUp.NONE)),
    Ticked(at=at(20)),
    ended("short", 1, 21),
    Ticked(at=at(30)),
    Ticked(at=at(40)),
    ended("short", 2, 55, "no ink"),
    Ticked(at=at(60)),
    ended("short", 3, 75),
    ended("long", 1, 95),
    Demanded(at=at(110), name="long"),
    Ticked(at=at(135)),
)


def test_each_task_has_a_lane() -> None:
    """The gravest mark of each span; what is still going is drawn up to now."""
    expected = """\
      00:20     02:00
long  .S==k==m.Sk===
short B.SXSFmmmmm...
from 1970-01-01T00:20:00Z, 10m each: X failed, m missed, k skipped, B started and finished, \
S started, F finished, = running"""
    assert lanes(BUSY, 10 * MINUTE, now=150 * MINUTE) == expected


def test_a_history_without_anything_is_empty() -> None:
    """There is nothing to draw."""
    assert lanes(History(), MINUTE, now=HOUR) == ""


@pytest.mark.parametrize(
    ("span", "message"),
    [
        (0, r"timeline\('0s'\): give a span longer than nothing"),
        (-SECOND, r"timeline\('-1s'\): give a span"),
        (SECOND // 10, r"timeline\('0.1s'\): 78,001 characters wide, at most 10,000 are drawn"),
    ],
)
def test_a_span_that_cannot_be_drawn_is_refused(span: int, message: str) -> None:
    """It says how wide it would be."""
    with pytest.raises(BadArgumentError, match=message):
        lanes(BUSY, span, now=150 * MINUTE)
