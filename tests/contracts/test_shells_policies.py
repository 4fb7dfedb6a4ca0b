"""The policies, as every shell carries them out: overlap, catch-up, priority, a broken trigger."""

from datetime import timedelta

import pytest

from duetime.clocks.virtual import VirtualClock
from duetime.engine.journal import Journal
from duetime.engine.messages import StartRun
from duetime.engine.states import Broken
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import AnyShell, Failing, nothing, offset, others, sleeper, spans, starts

TEN_SECONDS = Every(seconds=10)

Spans = list[tuple[float, float | None]]
Fates = list[tuple[float, str, int]]


@pytest.mark.parametrize(
    ("overlap", "expected", "skipped", "dropped"),
    [
        ("skip", [(10, 37), (40, None)], [20, 30, 50, 60], []),
        ("buffer_one", [(10, 37), (37, 64), (64, None)], [30, 50, 60], []),
        ("buffer_all", [(10, 37), (37, 64), (64, None)], [], [50, 60]),
        ("cancel_other", [(10, 20), (20, 30), (30, 40), (40, 50), (50, 60), (60, None)], [], []),
        ("allow(2)", [(10, 37), (20, 47), (40, None), (50, None)], [30, 60], []),
    ],
)
def test_a_long_run_meets_the_next_occurrence(
    shell: AnyShell,
    clock: VirtualClock,
    overlap: str,
    expected: Spans,
    skipped: list[float],
    dropped: list[float],
) -> None:
    """A run of 27 seconds every 10: what starts when, and what becomes of the others."""
    shell.add("a", TEN_SECONDS, sleeper("27s"), overlap=overlap, buffer_limit=2)
    clock.advance(seconds=65)
    assert spans(shell, "a") == expected
    assert others(shell, "a") == sorted(
        [(at, "skipped overlap", 1) for at in skipped]
        + [(at, "dropped buffer full", 1) for at in dropped]
    )


def test_at_one_instant_ends_come_before_dues(shell: AnyShell, clock: VirtualClock) -> None:
    """Runs that last exactly one period leave no occurrence out, however many there are."""
    for number in range(10):
        shell.add(f"task {number}", TEN_SECONDS, sleeper("10s"))
        shell.add(f"twin {number}", Every(seconds=5), sleeper("5s"), overlap="buffer_one")
    clock.advance(seconds=59)
    for number in range(10):
        assert starts(shell, f"task {number}") == [10, 20, 30, 40, 50]
        assert starts(shell, f"twin {number}") == list(range(5, 60, 5))


@pytest.mark.parametrize(
    ("catch_up", "window", "expected", "rest"),
    [
        ("latest", None, [300], [(60, "missed", 4)]),
        ("latest", "10m", [300], [(60, "merged", 4)]),
        ("latest", "2m", [300], [(60, "missed", 3), (240, "merged", 1)]),
        ("earliest", "10m", [60], [(120, "merged", 4)]),
        ("all", "10m", [60, 120, 180, 240, 300], []),
        ("all", None, [300], [(60, "missed", 4)]),
        ("last(2)", "10m", [240, 300], [(60, "merged", 3)]),
        ("none", "10m", [], [(60, "missed", 5)]),
        ("latest", "0s", [], [(60, "missed", 5)]),
    ],
)
def test_an_outage_is_made_up_for(
    shell: AnyShell,
    clock: VirtualClock,
    catch_up: str,
    window: str | None,
    expected: list[float],
    rest: Fates,
) -> None:
    """Five minutes and a half unseen, due every minute: which nominal times start afterwards."""
    shell.add("a", Every(minutes=1), nothing, catch_up=catch_up, window=window)
    clock.stall(minutes=5, seconds=30)
    clock.settle()
    assert [offset(run.nominal) for run in shell.runs("a")] == expected
    assert set(starts(shell, "a")) <= {330}
    assert others(shell, "a") == rest


def test_those_made_up_for_run_one_after_another(shell: AnyShell, clock: VirtualClock) -> None:
    """A batch waits in line, even where the overlap policy would skip."""
    shell.add("a", Every(minutes=1), sleeper("5s"), catch_up="all", window="10m")
    clock.stall(minutes=3, seconds=30)
    clock.advance(seconds=20)
    assert spans(shell, "a") == [(210, 215), (215, 220), (220, 225)]


def test_a_suspended_machine_is_an_outage(shell: AnyShell, clock: VirtualClock) -> None:
    """Time asleep counts as elapsed, for triggers of either clock."""
    shell.add("interval", Every(minutes=1), nothing)
    shell.add("daily", Daily("12:03", tz="UTC"), nothing, window="10m")
    clock.suspend(minutes=5)
    clock.settle()
    assert (starts(shell, "interval"), starts(shell, "daily")) == ([300], [300])


def test_a_clock_that_is_set_moves_only_what_follows_it(
    shell: AnyShell, clock: VirtualClock
) -> None:
    """An hour forward brings a daily task forward; an interval keeps to elapsed time."""
    shell.add("interval", Every(minutes=20), nothing)
    shell.add("daily", Daily("13:30", tz="UTC"), nothing)
    clock.advance(minutes=10)
    clock.step_wall(hours=1)
    clock.advance(minutes=30)
    elapsed = [start - 3600 for start in starts(shell, "interval")]
    assert elapsed == [1200, 2400]
    assert starts(shell, "daily") == [5400]


def test_equal_times_go_by_priority_then_by_name(
    shell: AnyShell, clock: VirtualClock, journal: Journal
) -> None:
    """The lower number first, then the name; never the order of adding."""
    for name, priority in [("b", 0), ("c", -1), ("a", 0), ("d", 5)]:
        shell.add(name, TEN_SECONDS, nothing, priority=priority)
    clock.advance(seconds=10)
    effects = [effect for record in journal for effect in record.effects]
    started = [effect.name for effect in effects if isinstance(effect, StartRun)]
    assert started == ["c", "a", "b", "d"]


def test_a_trigger_that_raises_stops_only_its_own_task(
    shell: AnyShell, clock: VirtualClock
) -> None:
    """Its task goes into the error state, with the text; whatever else is due runs on."""
    shell.add("torn", Failing(last=3), nothing)
    shell.add("whole", Every(seconds=1), nothing)
    clock.advance(seconds=10)
    assert starts(shell, "torn") == [1, 2]
    assert starts(shell, "whole") == list(range(1, 11))
    state = shell.view("torn").state
    assert isinstance(state, Broken)
    assert state.error.endswith("raised RuntimeError: the calendar is torn")
    assert shell.health().broken == {"torn": state.error}
    assert shell.health().ok


def test_a_broken_task_can_be_mended(shell: AnyShell, clock: VirtualClock) -> None:
    """Until then it starts by nothing; another trigger makes it well again."""
    shell.add("torn", Failing(last=3), nothing)
    clock.advance(seconds=5)
    assert (shell.run_now("torn"), shell.demand("torn"), shell.stop("torn")) == (False,) * 3
    shell.reschedule("torn", Every(seconds=2))
    clock.advance(seconds=5)
    assert starts(shell, "torn") == [1, 2, 7, 9]
    assert shell.run_now("torn")


def test_a_run_that_never_ends_keeps_its_slot_and_no_other(
    shell: AnyShell, clock: VirtualClock
) -> None:
    """It stays visible and counted; its own occurrences are skipped, all others start."""
    shell.add("endless", TEN_SECONDS, sleeper("1000w"))
    shell.add("other", TEN_SECONDS, nothing)
    clock.advance(hours=1)
    assert spans(shell, "endless") == [(10, None)]
    assert len(shell.runs("other")) == 360
    assert shell.health().running == 1


def test_a_task_on_demand_may_be_disabled_for_a_time(shell: AnyShell, clock: VirtualClock) -> None:
    """A task without due times wakes the shell for the end of its pause all the same."""
    shell.add("a", OnDemand(), nothing)
    shell.disable("a", until=clock.now() + timedelta(hours=1))
    clock.advance(minutes=59)
    assert shell.demand("a") is False
    clock.advance(minutes=1)
    assert shell.demand("a") is True
