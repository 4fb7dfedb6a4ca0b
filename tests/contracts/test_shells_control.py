"""Control in full, on every shell: pauses made up for, steps of the clock, the error state."""

from collections.abc import Callable

import pytest

from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import TaskExistsError
from duetime.engine.history import Outcome
from duetime.engine.journal import Journal
from duetime.engine.messages import Added
from duetime.engine.states import Broken, Idle, Paused
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import (
    AnyShell,
    Failing,
    nothing,
    offset,
    others,
    recorded,
    sleeper,
    spans,
    starts,
)

MINUTE = Every(minutes=1)


# Back from a pause


@pytest.mark.parametrize(
    ("catch_up", "nominals", "rest"),
    [
        ("latest", [240], [(120, "merged", 2)]),
        ("all", [120, 180, 240], []),
        ("last(2)", [180, 240], [(120, "merged", 1)]),
        ("none", [], [(120, "missed", 3)]),
    ],
)
def test_a_pause_can_be_made_up_for(
    shell: AnyShell,
    clock: VirtualClock,
    catch_up: str,
    nominals: list[float],
    rest: list[tuple[float, str, int]],
) -> None:
    """Enabled from the pause, what came due in it has been missed; the catch-up policy decides.

    In the generation before it is skipped; the phase is kept.
    """
    shell.add("a", MINUTE, nothing, catch_up=catch_up, window="1h")
    clock.advance(seconds=90)
    shell.disable("a", reason="repairs")
    clock.advance(seconds=180)
    shell.enable("a", from_="pause")
    clock.settle()
    due = [run for run in shell.runs("a") if run.generation == 2]
    assert [offset(run.nominal) for run in due] == nominals
    skipped = [(120, "skipped disabled", 1), (180, "skipped disabled", 1)]
    assert others(shell, "a") == [*skipped, (240, "skipped disabled", 1), *rest]
    clock.advance(seconds=40)
    assert starts(shell, "a")[-1] == 300


def test_without_anything_held_up_a_pause_just_ends(shell: AnyShell, clock: VirtualClock) -> None:
    """From where it was paused is from now, if nothing came due; twice is once."""
    shell.add("a", MINUTE, nothing)
    shell.disable("a")
    clock.advance(seconds=30)
    shell.enable("a", from_="pause")
    shell.enable("a", from_="pause")
    clock.advance(seconds=100)
    assert starts(shell, "a") == [60, 120]
    assert shell.view("a").generation == 2
    assert others(shell, "a") == []


def test_a_delay_after_each_run_is_not_made_up_for(shell: AnyShell, clock: VirtualClock) -> None:
    """It has no grid to go back to: whatever is asked for, it goes on as it would have."""
    shell.add("a", AfterFinish(minutes=1), nothing)
    shell.disable("a")
    clock.advance(seconds=150)
    shell.enable("a", from_="pause")
    clock.advance(seconds=70)
    assert starts(shell, "a") == [180]
    assert shell.view("a").generation == 1


def test_who_has_outlasted_its_pause_takes_requests_at_once(
    shell: AnyShell, clock: VirtualClock
) -> None:
    """Nobody needs to have looked since `until`."""
    shell.add("a", OnDemand(), nothing)
    shell.disable("a", until="2026-01-01T12:01:00Z")
    clock.advance(seconds=59)
    assert not shell.demand("a")
    clock.stall(seconds=1)
    assert shell.demand("a")


# Steps of the wall clock


@pytest.mark.parametrize(
    ("clock_step", "hours", "nominals"),
    [
        ("by_size", 2, ["12:30", "14:30"]),
        ("make_up", 2, ["12:30", "14:30"]),
        ("accept", 2, ["14:30"]),
        ("by_size", 5, ["17:30"]),
        ("make_up", 5, ["14:30", "17:30"]),
        ("accept", 5, ["17:30"]),
    ],
)
def test_a_task_says_what_a_step_forward_means_to_it(
    shell: AnyShell, clock: VirtualClock, clock_step: str, hours: int, nominals: list[str]
) -> None:
    """Hours that were jumped over have been missed, or never were."""
    times = [f"{hour:02}:30" for hour in (12, 14, 17)]
    shell.add("a", Daily(times, tz="UTC"), nothing, window="5h", clock_step=clock_step)
    clock.step_wall(hours=hours)
    clock.advance(minutes=45)
    assert [f"{run.nominal:%H:%M}" for run in shell.runs("a")] == nominals


@pytest.mark.parametrize(
    ("clock_step", "hours", "count"),
    [
        ("by_size", -1, 1),
        ("make_up", -1, 1),
        ("accept", -1, 2),
        ("by_size", -5, 2),
        ("make_up", -5, 1),
        ("accept", -5, 2),
    ],
)
def test_a_task_says_what_a_step_back_means_to_it(
    shell: AnyShell, clock: VirtualClock, clock_step: str, hours: int, count: int
) -> None:
    """What has had its fate is not repeated, or comes again in a new generation."""
    shell.add("a", Daily("12:30", tz="UTC"), nothing, clock_step=clock_step)
    clock.advance(minutes=40)
    clock.step_wall(hours=hours)
    clock.advance(hours=6)
    assert len(shell.runs("a")) == count
    assert [run.generation for run in shell.runs("a")] == list(range(1, count + 1))


# The error state


@pytest.mark.parametrize(
    ("way", "generation"),
    [
        (lambda shell: shell.reschedule("a", Every(seconds=4)), 2),
        (lambda shell: shell.add("a", Every(seconds=4), nothing), 2),
    ],
    ids=["reschedule", "add"],
)
def test_another_trigger_leads_out_of_the_error_state(
    shell: AnyShell, clock: VirtualClock, way: Callable[[AnyShell], object], generation: int
) -> None:
    """The text of the error can be seen until then; requests are refused."""
    shell.add("a", Failing(last=3), nothing)
    clock.advance(seconds=5)
    state = shell.view("a").state
    assert isinstance(state, Broken)
    assert "the calendar is torn" in state.error
    assert shell.health().broken == {"a": state.error}
    assert (shell.demand("a"), shell.run_now("a")) == (False, False)
    way(shell)
    assert shell.health().broken == {}
    assert shell.view("a").generation == generation
    assert shell.demand("a")


def test_enable_tries_the_trigger_again(
    shell: AnyShell, clock: VirtualClock, journal: Journal
) -> None:
    """What was due when it failed is skipped; if it still fails, the task is broken again."""
    shell.add("a", Failing(last=3, well=7), nothing)
    clock.advance(seconds=5)
    shell.enable("a")
    assert isinstance(shell.view("a").state, Broken)
    clock.advance(seconds=2)
    shell.enable("a")
    clock.advance(seconds=3)
    assert starts(shell, "a") == [1, 2, 8, 9, 10]
    assert others(shell, "a") == [(3, "skipped error", 1)]
    assert [event for event, _ in recorded(journal, "a")] == ["broken", "broken"]


def test_a_broken_task_can_be_disabled_and_stays_so(shell: AnyShell, clock: VirtualClock) -> None:
    """Out of the error state it is paused still, until it is enabled or its time has come."""
    shell.add("a", Failing(last=3), nothing)
    clock.advance(seconds=5)
    shell.disable("a", reason="repairs", until="2026-01-01T12:00:20Z")
    shell.reschedule("a", Every(seconds=4))
    state = shell.view("a").state
    assert isinstance(state, Paused)
    assert state.pause.reason == "repairs"
    clock.advance(seconds=20)
    assert starts(shell, "a") == [1, 2, 21, 25]


def test_a_pause_outlives_the_error_of_its_task(shell: AnyShell, clock: VirtualClock) -> None:
    """A trigger may fail while its task is disabled; `enable` ends both."""
    shell.add("a", Failing(last=3, well=5), nothing)
    shell.disable("a", reason="holidays")
    clock.advance(seconds=5)
    state = shell.view("a").state
    assert isinstance(state, Broken)
    assert state.pause is not None
    assert state.pause.reason == "holidays"
    shell.enable("a")
    assert isinstance(shell.view("a").state, Idle)


def test_the_run_of_a_broken_task_goes_on(shell: AnyShell, clock: VirtualClock) -> None:
    """It ends as it would have; it can be stopped."""
    shell.add("a", Failing(last=3), sleeper("1h"))
    clock.advance(seconds=5)
    assert isinstance(shell.view("a").state, Broken)
    assert shell.stop("a")
    clock.settle()
    assert spans(shell, "a") == [(1, 5)]
    assert shell.runs("a")[0].outcome is Outcome.FINISHED


# Names and buffers


@pytest.mark.parametrize("on_conflict", ["replace", "raise", "keep"])
def test_a_name_that_is_free_can_be_added_under_any_rule(
    shell: AnyShell, clock: VirtualClock, on_conflict: str
) -> None:
    """A removed task is no conflict, though its run goes on."""
    shell.add("a", MINUTE, sleeper("1h"), on_conflict=on_conflict)
    clock.advance(seconds=70)
    shell.remove("a")
    shell.add("a", MINUTE, nothing, on_conflict=on_conflict)
    assert shell.view("a").generation == 2


def test_a_conflict_leaves_everything_as_it_was(
    shell: AnyShell, clock: VirtualClock, journal: Journal
) -> None:
    """Neither "raise" nor "keep" writes a record; a run in progress is not touched."""
    shell.add("a", MINUTE, sleeper("5s"))
    clock.advance(seconds=62)
    shell.add("a", OnDemand(), nothing, on_conflict="keep")
    with pytest.raises(TaskExistsError):
        shell.add("a", OnDemand(), nothing, on_conflict="raise")
    clock.advance(seconds=60)
    assert spans(shell, "a") == [(60, 65), (120, None)]
    assert sum(isinstance(record.input, Added) for record in journal) == 1


def test_what_a_full_buffer_drops_is_counted(shell: AnyShell, clock: VirtualClock) -> None:
    """So many wait as the limit says, each other one is dropped with its reason."""
    shell.add("a", Every(seconds=1), sleeper("1h"), overlap="buffer_all", buffer_limit=3)
    clock.advance(seconds=10)
    assert shell.health().waiting == 3
    assert others(shell, "a") == [(at, "dropped buffer full", 1) for at in range(5, 11)]
    assert shell.counts("a") == {"started": 1, "dropped": 6}


def test_a_full_buffer_bounds_what_is_made_up_for(shell: AnyShell, clock: VirtualClock) -> None:
    """After an outage the first so many start, the rest is one record."""
    shell.add("a", Every(seconds=1), nothing, catch_up="all", window="1h", buffer_limit=3)
    clock.stall(seconds=10)
    clock.settle()
    assert [offset(run.nominal) for run in shell.runs("a")] == [1, 2, 3]
    assert others(shell, "a") == [(4, "dropped", 7)]
    assert shell.counts("a") == {"started": 3, "dropped": 7}
