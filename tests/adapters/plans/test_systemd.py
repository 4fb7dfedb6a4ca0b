"""systemd timer units as plans."""

from pathlib import Path

import pytest

from duetime.adapters.plans import PlanError, read_plan
from duetime.engine.instants import to_span, to_timedelta
from duetime.engine.policies import CatchUp
from duetime.engine.triggers import AfterFinish, AnyOf, Calendar, Every, Jitter, Trigger


@pytest.fixture(autouse=True)
def _in_berlin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Expressions that name no zone are local."""
    monkeypatch.setenv("TZ", "Europe/Berlin")


def write(folder: Path, text: str) -> Path:
    """Write a timer unit."""
    path = folder / "backup.timer"
    path.write_text(text, "utf-8")
    return path


def calendar(text: str) -> Calendar:
    """Make an expression of the local zone."""
    return Calendar(text, tz="Europe/Berlin")


@pytest.mark.parametrize(
    ("settings", "trigger"),
    [
        ("OnCalendar=daily", calendar("daily")),
        ("OnCalendar=Mon..Fri 09:00 America/New_York", calendar("Mon..Fri 09:00 America/New_York")),
        (
            "OnCalendar=hourly\nOnCalendar=Sun 3:00",
            AnyOf(calendar("hourly"), calendar("Sun 3:00")),
        ),
        ("OnCalendar=hourly\nOnCalendar=\nOnCalendar=daily", calendar("daily")),
        ("OnUnitActiveSec=1h 30min", Every(minutes=90)),
        ("OnUnitActiveSec=90", Every(seconds=90)),
        ("OnUnitActiveSec=1w", Every(weeks=1)),
        ("OnUnitInactiveSec=2.5s", AfterFinish("2.5s")),
        ("OnCalendar=*-*-* \\\n 04:00", calendar("*-*-* 04:00")),
        (
            "OnCalendar=daily\nRandomizedDelaySec=5min",
            Jitter(calendar("daily"), to_timedelta(to_span("5m"))),
        ),
    ],
)
def test_a_timer_is_a_plan_of_one_task(tmp_path: Path, settings: str, trigger: Trigger) -> None:
    """Called like the unit, missed times not made up for, as systemd has it by default."""
    plan = read_plan(write(tmp_path, f"[Unit]\nOnCalendar=no\n# x\n[Timer]\n{settings}\n"))
    [planned] = plan.tasks
    assert (planned.name, planned.task.trigger) == ("backup", trigger)
    assert planned.task.catch_up == CatchUp.NONE
    assert plan.notices == ()


def test_a_persistent_timer_makes_up_for_what_was_missed(tmp_path: Path) -> None:
    """Once, as systemd does."""
    plan = read_plan(write(tmp_path, "[Timer]\nOnCalendar=daily\nPersistent=true\n"))
    assert plan.tasks[0].task.catch_up == CatchUp.LATEST


def test_what_has_no_meaning_here_is_told(tmp_path: Path) -> None:
    """With its line: boots, accuracy, unknown settings."""
    text = "[Timer]\nOnBootSec=15min\nOnCalendar=daily\nAccuracySec=1us\nUnit=x.service\nOnFoo=1\n"
    plan = read_plan(write(tmp_path, text))
    assert [str(each).split(":")[0] for each in plan.notices] == [
        "line 2, OnBootSec",
        "line 4, AccuracySec",
        "line 6, OnFoo",
    ]
    assert plan.tasks[0].line == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[Timer]\nOnCalendar=no such\n", "line 2, OnCalendar: "),
        ("[Timer]\nOnUnitActiveSec=soon\n", "'soon' is no span of time"),
        ("[Timer]\nOnUnitActiveSec=5 parsecs\n", "'5 parsecs' is no span of time"),
        ("[Timer]\nOnBootSec=5min\n", "[Timer]: no due time"),
        ("[Service]\nOnCalendar=daily\n", "[Timer]: no due time"),
    ],
)
def test_a_timer_without_a_time_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """In one line."""
    with pytest.raises(PlanError) as caught:
        read_plan(write(tmp_path, text))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
