"""Which files are plans, and what of a crontab becomes of one."""

from pathlib import Path

import pytest

from duetime.adapters.crontab.commands import Command
from duetime.adapters.plans import PlanError, is_plan, read_plan
from duetime.adapters.plans.reading import LONGEST
from duetime.engine.triggers import Cron, OnDemand


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plan.toml", True),
        ("backup.timer", True),
        ("crontab", True),
        ("web.cron", True),
        ("web.crontab", True),
        ("/etc/crontab", True),
        ("/etc/cron.d/web", True),
        ("journal.jsonl", False),
        ("schedule.db", False),
        ("sqlite:///schedule.db", False),
        ("toml", False),
    ],
)
def test_a_plan_is_known_by_its_name(name: str, expected: bool) -> None:
    """Whether it is there or not."""
    assert is_plan(name) == expected


def test_a_crontab_is_a_plan_that_runs_its_commands(tmp_path: Path) -> None:
    """Tasks are called as `load` calls them; @reboot runs once at the start."""
    path = tmp_path / "crontab"
    path.write_text("CRON_TZ=UTC\nMAILTO=paul\n30 2 * * * backup\n@reboot warm-up\n", "utf-8")
    plan = read_plan(path)
    night, start = plan.tasks
    assert (night.task.trigger, night.at_start, night.line) == (
        Cron("30 2 * * *", day_rule="vixie"),
        False,
        3,
    )
    assert (start.task.trigger, start.at_start, start.line) == (OnDemand(), True, 4)
    assert all(isinstance(each.run, Command) for each in plan.tasks)
    assert [(each.line, each.text.split()[0]) for each in plan.notices] == [(2, "MAILTO")]


def test_all_wrong_lines_of_a_crontab_are_told(tmp_path: Path) -> None:
    """Each with its line and column."""
    path = tmp_path / "web.cron"
    path.write_text("* * * * * ok\n61 * * * * no\n* * * *\n", "utf-8")
    with pytest.raises(PlanError) as caught:
        read_plan(path)
    assert [(each.line, each.key) for each in caught.value.problems] == [
        (2, "column 1"),
        (3, "column 8"),
    ]


def make_folder(path: Path) -> None:
    """Make a folder."""
    path.mkdir()


def make_binary(path: Path) -> None:
    """Write what is no text."""
    path.write_bytes(b"a = 1\n\xff\xfe")


def make_huge(path: Path) -> None:
    """Write more than is read."""
    with path.open("wb") as file:
        file.truncate(LONGEST + 1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "No such file or directory"),
        (make_folder, "Is a directory"),
        (make_binary, "line 2: this is no UTF-8 text"),
        (make_huge, "at most 10,000,000 bytes are read"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, make: object, words: str
) -> None:
    """A directory, a binary, what is too long or not there."""
    path = tmp_path / "plan.toml"
    make(path)
    with pytest.raises(PlanError) as caught:
        read_plan(path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_called_like_no_plan_is_refused(tmp_path: Path) -> None:
    """It says how plans are called."""
    path = tmp_path / "plan.yaml"
    path.write_text("tasks:", "utf-8")
    with pytest.raises(PlanError, match=r"a plan is called \*\.toml"):
        read_plan(path)
