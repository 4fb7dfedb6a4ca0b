"""A plan put in force in a scheduler."""

from pathlib import Path

import pytest

from duetime.adapters.plans import Plan, PlanError, read_plan
from duetime.adapters.plans.applying import Applied, apply_plan
from duetime.adapters.threads import Scheduler
from duetime.engine.triggers import Every

OLD = """
[tasks.gone]
every = "1h"
run = "os:getcwd"
[tasks.kept]
every = "1h"
run = "os:getcwd"
[tasks.other]
every = "1h"
run = "os:getcwd"
"""
NEW = """
[tasks.kept]
every = "1h"
run = "os:getcwd"
[tasks.new]
every = "1h"
run = "os:getcwd"
[tasks.other]
every = "2h"
run = "os:getcwd"
"""


def plan_of(folder: Path, text: str) -> Plan:
    """Write a plan and read it."""
    path = folder / "plan.toml"
    path.write_text(text, "utf-8")
    return read_plan(path)


def test_another_plan_takes_the_place_of_the_one_in_force(tmp_path: Path) -> None:
    """What is the same is left alone, with its pause; the rest is added, changed, removed."""
    old, new = plan_of(tmp_path, OLD), plan_of(tmp_path, NEW)
    with Scheduler() as scheduler:
        first = apply_plan(scheduler, old)
        scheduler.disable("kept")
        generation = scheduler.view("kept").generation
        second = apply_plan(scheduler, new, old)
        assert first == Applied(added=("gone", "kept", "other"), changed=(), removed=(), same=())
        assert second == Applied(
            added=("new",), changed=("other",), removed=("gone",), same=("kept",)
        )
        assert scheduler.names() == ["kept", "new", "other"]
        assert scheduler.view("other").task.trigger == Every(hours=2)
        assert scheduler.view("kept").generation == generation
        assert [each.name for each in scheduler.tasks(status="paused")] == ["kept"]


def test_what_a_store_holds_goes_on_and_what_is_in_no_plan_is_removed(tmp_path: Path) -> None:
    """Also without the plan of before, as after a restart."""
    store = tmp_path / "schedule.db"
    old, new = plan_of(tmp_path, OLD), plan_of(tmp_path, NEW)
    with Scheduler(store=store) as scheduler:
        apply_plan(scheduler, old)
        scheduler.disable("kept")
    again = Scheduler(store=store)
    applied = apply_plan(again, new)
    with again:
        assert (applied.added, applied.removed) == (("new",), ("gone",))
        assert again.names() == ["kept", "new", "other"]
        assert [each.name for each in again.tasks(status="paused")] == ["kept"]


def test_a_plan_that_cannot_be_called_changes_nothing(tmp_path: Path) -> None:
    """All that is missing is told, with its line."""
    wrong = plan_of(
        tmp_path,
        """
        [tasks.a]
        every = "1h"
        [tasks.b]
        every = "1h"
        run = "os:no_such"
        [tasks.c]
        every = "1h"
        run = "no_such_module:x"
        [tasks.d]
        every = "1h"
        run = "os:getcwd"
        args = { x = 1 }
        """,
    )
    with Scheduler() as scheduler:
        with pytest.raises(PlanError) as caught:
            apply_plan(scheduler, wrong)
        assert scheduler.names() == []
    assert [(each.line, each.key) for each in caught.value.problems] == [
        (2, "tasks.a.run"),
        (4, "tasks.b.run"),
        (7, "tasks.c.run"),
        (10, "tasks.d.run"),
    ]
