"""Tasks: declarations that make sense, and copies that nobody can change."""

from dataclasses import FrozenInstanceError

import pytest

from duetime.engine.errors import BadTaskError
from duetime.engine.policies import CatchUp, Overlap
from duetime.engine.tasks import NAME_LIMIT, Task, read_args
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand

FIVE_MINUTES = Every(minutes=5)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"name": ""}, "name '': a task needs a name"),
        ({"name": " \t"}, "text that is not blank"),
        ({"name": None}, "name None: a task needs a name"),
        ({"name": "x" * (NAME_LIMIT + 1)}, "at most 200 printable characters"),
        ({"name": "two\nlines"}, "printable"),
        ({"window": -1}, "task 't': window must not be negative"),
        ({"priority": "high"}, "task 't': priority 'high' must be an integer"),
        ({"buffer_limit": "x"}, "task 't': buffer_limit 'x' must be 1 to 1,000,000"),
        ({"buffer_limit": 0}, "task 't': buffer_limit 0 must be 1 to 1,000,000"),
        ({"buffer_limit": 1_000_001}, "buffer_limit 1000001"),
        ({"args": {"x": object()}}, "task 't': args must be plain JSON"),
        ({"args": {"x": float("nan")}}, "args must be plain JSON"),
        ({"args": {3: "x"}}, "the names of args must be text"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_refused(
    fields: dict[str, object], complaint: str
) -> None:
    """The message names the task, the field and what is allowed."""
    with pytest.raises(BadTaskError, match=complaint):
        Task(**{"name": "t", "trigger": FIVE_MINUTES, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x" * NAME_LIMIT},
        {"name": "PageGenerator for static.html"},
        {"window": 0},
        {"buffer_limit": 1},
        {"buffer_limit": 1_000_000},
    ],
)
def test_the_limits_themselves_are_allowed(fields: dict[str, object]) -> None:
    """A limit is the last value that is allowed."""
    task = Task(**{"name": "t", "trigger": FIVE_MINUTES, **fields})  # type: ignore[arg-type]
    assert {name: getattr(task, name) for name in fields} == fields


def test_a_task_is_a_frozen_and_comparable_value() -> None:
    """Equal declarations are equal; nothing can be changed afterwards."""
    task = Task(name="t", trigger=FIVE_MINUTES)
    assert task == Task(name="t", trigger=FIVE_MINUTES, overlap=Overlap.SKIP)
    with pytest.raises(FrozenInstanceError):
        task.name = "other"  # type: ignore[misc]  # wrong on purpose


def test_args_are_copied_all_the_way_down() -> None:
    """Whoever keeps the arguments of a declaration cannot change the task by them."""
    inner = [1, 2]
    args = {"pages": inner}
    task = Task(name="t", trigger=FIVE_MINUTES, args=args)
    inner.append(3)
    args["more"] = []
    assert task.args == {"pages": [1, 2]}


@pytest.mark.parametrize("nothing", [None, {}])
def test_no_args_are_an_empty_mapping(nothing: dict[str, object] | None) -> None:
    """Nothing given is nothing passed."""
    assert read_args(nothing, "t") == {}  # type: ignore[arg-type]  # object is no JSON


def test_a_time_limit_is_longer_than_nothing() -> None:
    """A run that may not take any time is no run."""
    with pytest.raises(BadTaskError, match="time_limit must be longer than nothing"):
        Task(name="t", trigger=OnDemand(), time_limit=0)


def test_to_run_again_after_a_crash_is_yes_or_no() -> None:
    """A word would be taken for a yes, whatever it says."""
    with pytest.raises(BadTaskError, match="rerun_after_crash 'no' must be True or False"):
        Task(name="t", trigger=OnDemand(), rerun_after_crash="no")  # type: ignore[arg-type]


def test_what_is_caught_up_with_must_be_able_to_wait() -> None:
    """Two policies that contradict each other are refused, both named."""
    with pytest.raises(BadTaskError, match=r"catch_up last\(3\) contradicts buffer_limit 2"):
        Task(name="t", trigger=OnDemand(), catch_up=CatchUp.last(3), buffer_limit=2)
