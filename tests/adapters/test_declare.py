"""Declarations as people write them."""

from datetime import timedelta

import pytest

from duetime.adapters.declare import read_span, read_task, require_occurrence
from duetime.engine.errors import BadTaskError, BadTimeError, NeverFiresError
from duetime.engine.instants import HOUR, MINUTE, SECOND, Reading, to_instant
from duetime.engine.policies import CatchUp, Overlap
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import Once, OnDemand

MINUTELY = Every(minutes=1)
NOON = to_instant("2026-01-01T12:00Z")


def test_text_and_objects_mean_the_same() -> None:
    """Policies may be given as text, the window as text or timedelta."""
    assert read_task(
        "a",
        MINUTELY,
        args={"page": "index"},
        overlap="allow(3)",
        catch_up="last(2)",
        window="1h",
    ) == Task(
        name="a",
        trigger=MINUTELY,
        args={"page": "index"},
        overlap=Overlap.allow(3),
        catch_up=CatchUp.last(2),
        window=HOUR,
    )
    assert read_task("a", MINUTELY, window=timedelta(hours=1)).window == HOUR


def test_what_is_left_out_has_its_default() -> None:
    """A name and a trigger are enough."""
    assert read_task("a", MINUTELY) == Task(name="a", trigger=MINUTELY)
    assert read_task("a", MINUTELY, window=None).window is None


def test_a_policy_that_does_not_exist_is_refused() -> None:
    """The message has those that do."""
    with pytest.raises(BadTaskError, match="no policy colour, takes; there are overlap, catch_up"):
        read_task("a", MINUTELY, takes="1h", colour="red")  # type: ignore[call-arg]  # on purpose


@pytest.mark.parametrize(
    ("given", "span"),
    [
        ("1m 30s", 90 * SECOND),
        ("1 minute and 30 seconds", 90 * SECOND),
        (timedelta(hours=1), HOUR),
        (60, MINUTE),
        (0.25, SECOND // 4),
        (0, 0),
    ],
)
def test_a_span_may_be_a_number_of_seconds(given: timedelta | str | float, span: int) -> None:
    """Or text, or a timedelta."""
    assert read_span(given) == span


def test_what_is_no_span_is_refused() -> None:
    """As everywhere."""
    with pytest.raises(BadTimeError, match="no duration"):
        read_span(None)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    "trigger",
    [
        MINUTELY,
        OnDemand(),
        AfterFinish(hours=1),
        Once("2026-01-01T12:00Z"),
        Once("2026-01-01T11:59Z"),
    ],
)
def test_a_trigger_with_an_occurrence_ahead_passes(trigger: Trigger) -> None:
    """So does one on demand, which is meant to have none, and a moment that has just passed."""
    require_occurrence(Task(name="a", trigger=trigger), Reading(NOON, 0, "b"))


def test_a_trigger_that_will_never_fire_is_refused() -> None:
    """The message says how to add it all the same."""
    task = Task(name="a", trigger=Once("2026-01-01T11:00Z"))
    with pytest.raises(NeverFiresError, match=r"'a': Once.*has no occurrence.*may_never_fire=True"):
        require_occurrence(task, Reading(NOON, 0, "b"))
