"""How every shell can be watched: metrics, health, attendance, the heartbeat."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from duetime.adapters.calls import RunHandle
from duetime.adapters.watch import Heartbeat, check_heartbeat
from duetime.clocks.virtual import VirtualClock
from duetime.engine.catchup import Fate
from duetime.engine.errors import BadArgumentError, BadTimeError
from duetime.engine.history import Outcome
from duetime.engine.journal import Journal
from duetime.engine.machine import Settings
from duetime.engine.metrics import Meter
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import START, AnyShell, Failing, nothing, sleeper, starts, threads_left

TEN_SECONDS = Every(seconds=10)
MINUTE = timedelta(minutes=1)


def failing() -> None:
    """Be a run that fails."""
    raise OSError("no line")


# Metrics


def test_metrics_add_up_over_all_tasks(shell: AnyShell, clock: VirtualClock) -> None:
    """Removed ones too; by fate and by outcome, beside what is going on now."""
    shell.add("slow", TEN_SECONDS, sleeper("15s"), overlap="buffer_one")
    shell.add("failing", Every(seconds=20), failing, retry="retry(2, 1s)")
    shell.add("gone", Every(seconds=9), nothing)
    clock.advance(seconds=19)
    shell.remove("gone")
    clock.advance(seconds=3)
    shell.disable("failing")
    shell.run_now("failing")
    metrics = shell.metrics()
    assert metrics.occurrences[Fate.STARTED] == 4
    assert metrics.runs == {Outcome.FINISHED: 2, Outcome.FAILED: 1, Outcome.LOST: 0}
    assert (metrics.retries, metrics.refused) == (1, 1)
    assert (metrics.running, metrics.waiting) == (1, 1)
    assert metrics.durations.total == timedelta(0)
    clock.advance(seconds=8)
    assert shell.metrics().lateness.longest == timedelta(seconds=5)
    assert shell.metrics().durations.quantile(1) == timedelta(seconds=15)


def test_metrics_are_those_of_the_journal(
    shell: AnyShell, clock: VirtualClock, journal: Journal
) -> None:
    """Whatever way a run took, plain ones as well: inputs and effects alone say it."""
    shell.add("plain", Every(seconds=1), nothing)
    shell.add("late", TEN_SECONDS, sleeper("3s"), catch_up="all", window="1m")
    clock.advance(seconds=30)
    clock.stall(seconds=42)
    clock.advance(seconds=30)
    meter = Meter()
    for record in journal:
        meter.note(record.input, record.effects)
    assert shell.metrics() == meter.read(
        running=1, waiting=shell.metrics().waiting, dropped_events=0, listener_errors=0
    )
    assert shell.metrics().runs[Outcome.FINISHED] > 60


# Health


def test_a_start_that_waits_for_a_slot_too_long_is_bad_health(
    kind: type[AnyShell], clock: VirtualClock
) -> None:
    """One that waits for a run of its own task is not: its overlap policy says so."""
    with kind(clock, settings=Settings(max_running=1)) as shell:
        shell.add("long", OnDemand(), sleeper("1m"), overlap="buffer_all")
        shell.add("other", TEN_SECONDS, nothing)
        shell.demand("long")
        shell.demand("long")
        clock.advance(seconds=15)
        well = shell.health()
        assert (well.ok, well.running, well.waiting) == (True, 1, 2)
        assert well.overdue == timedelta(seconds=5)
        assert not shell.health(late=timedelta(seconds=4)).ok
        clock.advance(seconds=1)
        assert not shell.health().ok
        clock.advance(minutes=2)
        assert shell.health().ok


def test_runs_past_their_limit_are_named(shell: AnyShell, clock: VirtualClock) -> None:
    """From their limit to their end; health itself is about being on time."""
    seen: list[tuple[list[int], bool]] = []

    def work(run: RunHandle) -> None:
        run.sleep("1m")
        health = shell.health()
        seen.append(([each.number for each in health.overrunning], health.ok))

    shell.add("a", TEN_SECONDS, work, time_limit="5s")
    shell.add("other", Every(seconds=1), nothing)
    clock.advance(seconds=14)
    assert shell.health().overrunning == ()
    clock.advance(seconds=12)
    assert seen == [([1], True), ([2], True)]
    assert shell.health().overrunning == ()


def test_the_last_look_is_told(shell: AnyShell, clock: VirtualClock) -> None:
    """When the shell last looked at what is due; a stall shows in it where there is a thread."""
    shell.add("a", TEN_SECONDS, nothing)
    clock.advance(seconds=30)
    assert shell.health().beat == clock.now()
    clock.stall(seconds=2)
    assert shell.health().ok


# Attendance


def test_whoever_ran_when_due_is_there(shell: AnyShell, clock: VirtualClock) -> None:
    """Expected as the triggers name them, seen as the books have them."""
    shell.add("every", TEN_SECONDS, nothing)
    shell.add("daily", Daily("12:00:30", tz="UTC"), sleeper("2s"))
    shell.add("asked", OnDemand(), nothing)
    shell.run_now("asked")
    clock.advance(minutes=1)
    found = shell.attendance(START)
    assert (found.ok, found.absent, found.until) == (True, (), clock.now())
    assert [(task.name, task.expected, task.seen) for task in found.tasks] == [
        ("asked", 0, 0),
        ("daily", 1, 1),
        ("every", 6, 6),
    ]
    (_, _, every) = shell.attendance(START, "2026-01-01T12:00:35Z").tasks
    assert (every.expected, every.seen) == (3, 3)


def test_whoever_did_not_run_is_named(shell: AnyShell, clock: VirtualClock) -> None:
    """One that never ends, one that nobody looks at, one that is broken; a paused one is not."""
    shell.add("stuck", Every(seconds=1), sleeper("1h"))
    shell.add("torn", Failing(last=3), nothing)
    shell.add("paused", TEN_SECONDS, nothing)
    shell.add("well", Every(seconds=6), nothing)
    shell.disable("paused")
    clock.advance(seconds=60)
    found = shell.attendance(clock.now() - timedelta(seconds=30))
    assert found.absent == ("stuck", "torn")
    texts = {task.name: task.text for task in found.tasks}
    assert texts["stuck"] == "did not run: 30 skipped overlap"
    assert texts["torn"].endswith("raised RuntimeError: the calendar is torn")
    clock.stall(seconds=20)
    assert shell.attendance(START).absent == ("paused", "stuck", "torn", "well")
    assert "well" not in shell.attendance(START, late=MINUTE).absent
    clock.settle()
    assert shell.attendance(START).absent == ("torn",)


def test_an_attendance_looks_back(shell: AnyShell) -> None:
    """A span that ends before it begins is a mistake."""
    with pytest.raises(
        BadTimeError, match=r"from 2026-01-01T.* until 2025-01-01T00:00Z is no span"
    ):
        shell.attendance(START, "2025-01-01T00:00Z")


# The heartbeat


def test_a_heartbeat_says_how_a_shell_is(
    kind: type[AnyShell], clock: VirtualClock, tmp_path: Path
) -> None:
    """Scheduled as any other task; a watchdog reads it, and misses it when it stops."""
    path = tmp_path / "beat.json"
    with kind(clock) as shell:
        shell.add("torn", Failing(last=3), nothing)
        shell.add("heartbeat", Every(seconds=30), Heartbeat(shell, path))
        clock.advance(seconds=70)
        pulse = check_heartbeat(path, MINUTE, clock)
        assert (pulse.ok, pulse.text, pulse.age) == (True, "", timedelta(seconds=10))
        assert pulse.health["broken"] == shell.health().broken
        assert starts(shell, "heartbeat") == [30, 60]
    clock.advance(seconds=51)
    pulse = check_heartbeat(path, MINUTE, clock)
    assert (pulse.ok, pulse.age) == (False, timedelta(seconds=61))
    assert pulse.text == "the last heartbeat is 0:01:01 old; at most 0:01:00 is allowed"
    assert [each.name for each in tmp_path.iterdir()] == ["beat.json"]
    assert threads_left() == []


def test_a_heartbeat_that_says_no_is_not_ok(
    shell: AnyShell, clock: VirtualClock, tmp_path: Path
) -> None:
    """The file is young, but the scheduler is late."""
    path = tmp_path / "beat.json"
    beat = Heartbeat(shell, path)
    shell.add("a", TEN_SECONDS, nothing)
    clock.stall(seconds=20)
    beat()
    pulse = check_heartbeat(path, MINUTE, clock)
    assert (pulse.ok, pulse.text) == (False, "the scheduler says that it is not well")
    assert json.loads(path.read_text("utf-8"))["overdue_seconds"] == 10
    clock.step_wall(hours=-1)
    ahead = check_heartbeat(path, MINUTE, clock)
    assert (ahead.ok, ahead.text) == (
        False,
        "the last heartbeat is dated 1:00:00 ahead of this clock",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "there is no heartbeat at "),
        ("", "is no heartbeat: JSONDecodeError: "),
        ("[]", "is no heartbeat: TypeError: "),
        ("{}", "is no heartbeat: KeyError: 'written'"),
        ('{"written": "today"}', "is no heartbeat: ValueError: "),
        ('{"written": "2026-01-01T12:00:00"}', "is no heartbeat: TypeError: "),
        ('{"written": "2026-01-01T12:00:00Z"}', "the scheduler says that it is not well"),
    ],
)
def test_what_is_no_heartbeat_is_told_and_not_raised(
    clock: VirtualClock, tmp_path: Path, text: str | None, problem: str
) -> None:
    """A watchdog has to bark, whatever it finds."""
    path = tmp_path / "beat.json"
    if text is not None:
        path.write_text(text, "utf-8")
    pulse = check_heartbeat(path, MINUTE, clock)
    assert not pulse.ok
    assert problem in pulse.text


def test_a_heartbeat_in_no_folder_is_refused(shell: AnyShell, tmp_path: Path) -> None:
    """When it is made, and not when it first beats."""
    with pytest.raises(BadArgumentError, match=r"there is no folder .*; make it first"):
        Heartbeat(shell, tmp_path / "missing" / "beat.json")
    assert not check_heartbeat(tmp_path, MINUTE).ok
