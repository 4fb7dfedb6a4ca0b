"""What is different between two plans."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.offline.occurrences import occurrences, occurrences_with
from duetime.adapters.offline.plan_diff import (
    FieldChange,
    Kind,
    diff_occurrences,
    diff_plans,
    simulated,
)
from duetime.adapters.plans import Plan, read_plan
from duetime.engine.errors import BadArgumentError
from duetime.engine.instants import DAY, HOUR, MINUTE, iso
from tests.adapters.offline.plan_files import BEGIN, YEAR_LATER, one_task, plan_of

WEEK = BEGIN + 7 * DAY
TWO = 'tz = "UTC"\n[tasks.keep]\ndaily = "05:00"\n[tasks.{}]\ndaily = "06:00"\n'


def test_a_plan_does_not_differ_from_itself() -> None:
    """Nothing is simulated then."""
    plan = one_task('daily = "05:00"')
    found = diff_plans(plan, plan, BEGIN, YEAR_LATER)
    assert not found
    assert found.runs is None


def test_tasks_that_come_and_go_are_told_with_their_due_times() -> None:
    """A task that has another name is another task."""
    old, new = (plan_of("[defaults]\n" + TWO.format(name)) for name in ("a", "b"))
    found = diff_plans(old, new, BEGIN, WEEK)
    assert [(each.name, each.kind) for each in found.tasks] == [
        ("a", Kind.REMOVED),
        ("b", Kind.ADDED),
    ]
    assert len(found.tasks[0].removed) == len(found.tasks[1].added) == 7
    assert found.runs is not None
    assert (len(found.runs.added), len(found.runs.removed)) == (7, 7)


def test_a_due_time_is_moved_by_an_hour_at_most() -> None:
    """Beyond, one is removed and another added."""
    old, new = one_task('daily = ["05:00", "12:00"]'), one_task('daily = ["06:00", "13:01"]')
    [task] = diff_plans(old, new, BEGIN, BEGIN + DAY).tasks
    assert [(iso(at)[11:16], iso(to)[11:16]) for at, to in task.moved] == [("04:00", "05:00")]
    assert [iso(at)[11:16] for at in task.added] == ["12:01"]
    assert [iso(at)[11:16] for at in task.removed] == ["11:00"]


def test_fields_that_say_something_else_are_told_as_text() -> None:
    """Trigger, policies, what is called and how long it takes; none where nothing is said."""
    old = one_task('daily = "05:00"', 'takes = "5m"', 'window = "90s"')
    new = one_task('daily = "05:00"', 'run = "mail:send"', 'overlap = "allow(2)"', 'window = "2m"')
    [task] = diff_plans(old, new, BEGIN, WEEK).tasks
    assert {*task.fields} == {
        FieldChange("overlap", "skip", "allow(2)"),
        FieldChange("window", "1m 30s", "2m"),
        FieldChange("run", "none", "mail:send"),
        FieldChange("takes", "5m", "none"),
    }
    assert (task.kind, task.added, task.removed, task.moved) == (Kind.CHANGED, (), (), ())


def test_of_a_crontab_settings_and_input_are_compared(tmp_path: Path) -> None:
    """They belong to what is called; the line does not."""
    path = tmp_path / "crontab"
    plans = []
    for text in ("0 5 * * * tidy\n0 6 * * * mail%x\n", "\nA=1\n0 6 * * * tidy\n0 6 * * * mail%x\n"):
        path.write_text(text, "utf-8")
        plans.append(read_plan(path))
    mail, tidy = diff_plans(*plans, BEGIN, WEEK).tasks
    assert mail.fields == (FieldChange("run", "mail%x", "A=1 mail%x"),)
    assert [each.name for each in tidy.fields] == ["trigger", "run"]


def test_a_fate_that_changes_is_told() -> None:
    """Two plans are run in virtual time: longer runs make the next due time a skipped one."""
    line = 'daily = ["05:00", "05:30"]'
    old, new = one_task(line, 'takes = "30m"'), one_task(line, 'takes = "31m"')
    runs = diff_plans(old, new, BEGIN, BEGIN + DAY).runs
    assert runs is not None
    [change] = runs.changed
    assert (change.before, change.after) == ("finished", "skipped (overlap)")


def test_settings_of_the_scheduler_are_compared() -> None:
    """Fewer slots make runs wait."""
    text = '[settings]\nmax_running = {}\n[defaults]\ntakes = "1h"\n' + TWO.format("b")
    old, new = (plan_of(text.format(slots).replace("06:00", "05:30")) for slots in (2, 1))
    found = diff_plans(old, new, BEGIN, BEGIN + DAY)
    assert found.settings == (FieldChange("max_running", "2", "1"),)
    assert found.runs is not None
    assert [each.after.started - each.before.started for each in found.runs.moved] == [
        each.after.started - each.after.nominal for each in found.runs.moved
    ]


def test_too_many_due_times_are_refused() -> None:
    """A million at most, also of a task that follows its own runs; the remedy is told."""
    for line in ('every = "1s"', 'after_finish = "1s"'):
        old, new = one_task(line), one_task(line, "priority = 1")
        with pytest.raises(BadArgumentError, match=r"1,000,000.*take a shorter span"):
            diff_plans(old, new, BEGIN, YEAR_LATER)


def test_every_policy_of_a_plan_holds_in_the_simulation() -> None:
    """A run that is not made up for would be missed; a plan says how late it may be."""
    plan = one_task('every = "1h"', 'takes = "90m"', 'overlap = "buffer_all"', "buffer_limit = 1")
    fates = [str(each.fate) for each in simulated(plan, BEGIN, BEGIN + 6 * HOUR).fates("it")]
    assert "dropped" in fates


minutes = st.lists(st.integers(0, 23 * 60), min_size=1, max_size=5, unique=True)


def at(times: list[int]) -> Plan:
    """Return a plan of one task that is due at these minutes of the day."""
    texts = [f"{each // 60:02}:{each % 60:02}" for each in times]
    return one_task(f"daily = {texts}", 'tz = "UTC"')


@given(before=minutes, after=minutes)
def test_every_due_time_is_accounted_for(before: list[int], after: list[int]) -> None:
    """What is there before, less what is removed and moved, and what came, is there afterwards."""
    old, new = at(before), at(after)
    ones, others = (occurrences(each, BEGIN - 1, BEGIN + DAY - 1) for each in (old, new))
    for task in diff_occurrences(old, new, before=ones, after=others).tasks:
        gone = {*task.removed, *(each for each, _ in task.moved)}
        come = {*task.added, *(to for _, to in task.moved)}
        assert {*ones["it"]} - gone | come == {*others["it"]}
        assert all(0 < abs(to - each) <= 60 * MINUTE for each, to in task.moved)
        assert not gone & {*others["it"]}


def data_folder(folder: Path, zone_file: str) -> Path:
    """Make a folder of time-zone data in which Berlin has the clock of another place."""
    target = folder / zone_file.replace("/", "-") / "Europe" / "Berlin"
    target.parent.mkdir(parents=True)
    shutil.copy(str(files("tzdata") / "zoneinfo" / zone_file), target)
    return target.parents[1]


def test_due_times_come_from_the_data_that_is_named(tmp_path: Path) -> None:
    """Another process reads the plan with it; here nothing changes."""
    path = tmp_path / "plan.toml"
    path.write_text('[tasks.it]\ndaily = "05:00"\ntz = "Europe/Berlin"\n', "utf-8")
    plan = read_plan(path)
    here = occurrences(plan, BEGIN, WEEK)
    same = occurrences_with(plan, BEGIN, WEEK, tzdata=data_folder(tmp_path, "Europe/Paris"))
    later = occurrences_with(plan, BEGIN, WEEK, tzdata=data_folder(tmp_path, "Europe/London"))
    assert same == here
    assert later == {"it": [each + HOUR for each in here["it"]]}


def test_a_folder_without_the_zones_of_the_plan_is_refused(tmp_path: Path) -> None:
    """Nobody falls back to other data in silence."""
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Berlin").write_text("no zone", "utf-8")
    with pytest.raises(BadArgumentError, match="has no time-zone data for Europe/Berlin"):
        occurrences_with(one_task('daily = "05:00"'), BEGIN, WEEK, tzdata=tmp_path)


def test_the_zones_of_a_window_and_of_dates_are_needed_as_well(tmp_path: Path) -> None:
    """Wherever a zone stands in a trigger."""
    data = data_folder(tmp_path, "Europe/Berlin")
    inner = "Daily('05:00', tz='Europe/Berlin')"
    plan = one_task(f"trigger = \"Within({inner}, days=['mon'], tz='Asia/Tokyo')\"")
    with pytest.raises(BadArgumentError, match="has no time-zone data for Asia/Tokyo"):
        occurrences_with(plan, BEGIN, WEEK, tzdata=data)


def test_a_plan_that_the_other_process_cannot_read_is_told(tmp_path: Path) -> None:
    """With its last word; this plan's file has gone meanwhile."""
    data = data_folder(tmp_path, "Europe/Berlin")
    with pytest.raises(BadArgumentError, match=r"with the time-zone data in .*No such file"):
        occurrences_with(one_task('daily = "05:00"'), BEGIN, WEEK, tzdata=data)
