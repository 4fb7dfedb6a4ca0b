"""The verbs of every shell, on a virtual clock: what they do and what they return."""

from datetime import timedelta

import pytest

from duetime.adapters.calls import RunHandle
from duetime.clocks.virtual import VirtualClock
from duetime.engine.catchup import Fate
from duetime.engine.journal import Journal, record_line
from duetime.engine.messages import Added, Cause, Rescheduled
from duetime.engine.states import Idle, Paused, Running
from duetime.engine.triggers.combine import Jitter
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import Once, OnDemand
from tests.contracts.stage import (
    AnyShell,
    nothing,
    offset,
    others,
    sleeper,
    spans,
    starts,
)

TEN_SECONDS = Every(seconds=10)


# add, task


def test_a_task_runs_whenever_it_is_due(shell: AnyShell, clock: VirtualClock) -> None:
    """Each occurrence starts at its time, not before and not twice."""
    shell.add("sweep", TEN_SECONDS, nothing)
    shell.add("once", Once("2026-01-01T12:00:15Z"), nothing)
    clock.advance(seconds=9.999)
    assert starts(shell, "sweep") == []
    clock.advance(seconds=20.001)
    assert starts(shell, "sweep") == [10, 20, 30]
    assert starts(shell, "once") == [15]


def test_a_delay_after_each_run_counts_from_its_end(shell: AnyShell, clock: VirtualClock) -> None:
    """AfterFinish is counted from the end of the last run, and at first from the adding."""
    shell.add("poll", AfterFinish(seconds=10), sleeper("5s"))
    clock.advance(seconds=50)
    assert spans(shell, "poll") == [(10, 15), (25, 30), (40, 45)]


def test_the_decorator_takes_the_name_of_the_function(shell: AnyShell, clock: VirtualClock) -> None:
    """`task` declares the function under its own name or the given one, and gives it back."""
    found: list[str] = []

    @shell.task(TEN_SECONDS)
    def sweep() -> None:
        found.append("sweep")

    again = shell.task(TEN_SECONDS, name="again", priority=-1, args={"word": "hello"})
    word = again(lambda word: found.append(word))
    clock.advance(seconds=10)
    assert shell.names() == ["again", "sweep"]
    assert sorted(found) == ["hello", "sweep"]
    assert (sweep.__name__, word.__name__) == ("sweep", "<lambda>")


def test_adding_a_name_again_replaces_the_task(shell: AnyShell, clock: VirtualClock) -> None:
    """The new declaration is a new generation; its grid starts now, the old one is gone."""
    shell.add("a", TEN_SECONDS, nothing)
    clock.advance(seconds=14)
    shell.add("a", Every(seconds=7), nothing)
    clock.advance(seconds=14)
    assert shell.view("a").generation == 2
    assert starts(shell, "a") == [10, 21, 28]
    assert others(shell, "a") == [(20, "superseded", 1)]


def test_an_existing_task_is_kept_on_request(shell: AnyShell, clock: VirtualClock) -> None:
    """on_conflict="keep" leaves the task and its callable as they are."""
    shell.add("a", TEN_SECONDS, nothing)
    shell.add("a", Every(seconds=1), sleeper("1h"), on_conflict="keep")
    clock.advance(seconds=20)
    assert spans(shell, "a") == [(10, 10), (20, 20)]


def test_h_is_spread_by_the_name_of_the_task(
    shell: AnyShell, clock: VirtualClock, journal: Journal
) -> None:
    """A cron expression without a name takes that of its task; the journal has what is in force."""
    shell.add("sweep", Jitter(Cron("H H * * *"), "1m"), nothing)
    shell.add("given", Cron("H H * * *", name="sweep"), nothing)
    shell.reschedule("sweep", Cron("H H * * *"))
    clock.advance(days=1)
    assert starts(shell, "sweep") == starts(shell, "given")
    assert len(starts(shell, "sweep")) == 1
    edits = [each for each in journal if isinstance(each.input, Added | Rescheduled)]
    written = [record_line(each, 1) for each in edits]
    assert [line.count('"name":"sweep"') for line in written] == [2, 1, 2]


# run_now


def test_run_now_starts_a_run_at_once(shell: AnyShell, clock: VirtualClock) -> None:
    """The run is one asked for, with no fate, and the next due time stays."""
    shell.add("a", TEN_SECONDS, nothing)
    clock.advance(seconds=3)
    assert shell.run_now("a", {}) is True
    clock.advance(seconds=7)
    first, second = shell.runs("a")
    assert (first.cause, offset(first.nominal), first.number) == (Cause.RUN_NOW, 3, 1)
    assert (second.cause, offset(second.nominal), second.number) == (Cause.DUE, 10, 2)
    assert shell.counts("a") == {Fate.STARTED: 1}


@pytest.mark.parametrize(
    ("overlap", "accepted", "expected"),
    [
        ("skip", False, [(0, 10)]),
        ("buffer_one", True, [(0, 10), (10, 20)]),
        ("cancel_other", True, [(0, 1), (1, 11)]),
        ("allow(2)", True, [(0, 10), (1, 11)]),
        ("allow(1)", False, [(0, 10)]),
    ],
)
def test_run_now_obeys_the_overlap_policy(
    shell: AnyShell,
    clock: VirtualClock,
    overlap: str,
    accepted: bool,
    expected: list[tuple[float, float]],
) -> None:
    """It returns whether there will be a run; where there will be none, it leaves no trace."""
    shell.add("a", OnDemand(), sleeper("10s"), overlap=overlap)
    assert shell.run_now("a")
    clock.advance(seconds=1)
    assert shell.run_now("a") is accepted
    clock.advance(seconds=30)
    assert spans(shell, "a") == expected


# demand


def test_a_demand_starts_an_idle_task_at_once(shell: AnyShell, clock: VirtualClock) -> None:
    """A task that waits for demands only is due at no other time."""
    shell.add("a", OnDemand(), nothing)
    clock.advance(hours=1)
    assert shell.demand("a") is True
    clock.advance(hours=1)
    assert [run.cause for run in shell.runs("a")] == [Cause.DEMAND]
    assert starts(shell, "a") == [3600]


def test_many_demands_during_a_run_give_one_more(shell: AnyShell, clock: VirtualClock) -> None:
    """However many are made, one run follows the present one; the latest arguments win."""
    words: list[object] = []

    def work(run: RunHandle, word: str) -> None:
        words.append(word)
        run.sleep("10s")

    shell.add("a", OnDemand(), work, args={"word": "declared"})
    shell.demand("a")
    clock.advance(seconds=1)
    assert [shell.demand("a", {"word": word}) for word in ("one", "two", "three")] == [True] * 3
    clock.advance(hours=1)
    assert spans(shell, "a") == [(0, 10), (10, 20)]
    assert words == ["declared", "three"]
    assert shell.demand("a")


# stop


def test_stop_asks_a_run_and_ends_its_sleep(shell: AnyShell, clock: VirtualClock) -> None:
    """It returns whether a run was going; `proceed` is False from then on, `sleep` returns."""
    answers: list[bool] = []

    def work(run: RunHandle) -> None:
        answers.extend([run.proceed(), run.sleep("1h"), run.proceed(), run.sleep("1h")])

    shell.add("a", OnDemand(), work)
    assert shell.stop("a") is False
    shell.run_now("a")
    clock.advance(minutes=10)
    assert shell.stop("a") is True
    clock.settle()
    assert answers == [True, False, False, False]
    assert spans(shell, "a") == [(0, 600)]
    assert shell.stop("a") is False


def test_a_stopped_run_does_not_stop_the_next_one(shell: AnyShell, clock: VirtualClock) -> None:
    """To stop is to end the present runs; the task goes on."""
    shell.add("a", TEN_SECONDS, sleeper("5s"))
    clock.advance(seconds=12)
    shell.stop("a")
    clock.advance(seconds=20)
    assert spans(shell, "a") == [(10, 12), (20, 25), (30, None)]


# disable, enable


def test_a_disabled_task_starts_by_nothing(shell: AnyShell, clock: VirtualClock) -> None:
    """Neither by its trigger nor on request; what comes due meanwhile is skipped."""
    shell.add("a", TEN_SECONDS, nothing)
    shell.disable("a", reason="repairs")
    clock.advance(seconds=25)
    assert (shell.run_now("a"), shell.demand("a")) == (False, False)
    assert shell.runs("a") == []
    state = shell.view("a").state
    assert isinstance(state, Paused)
    assert state.pause.reason == "repairs"
    shell.enable("a")
    clock.advance(seconds=5)
    assert starts(shell, "a") == [30]
    assert shell.counts("a") == {Fate.SKIPPED: 2, Fate.STARTED: 1}


def test_a_task_on_demand_can_be_disabled(shell: AnyShell, clock: VirtualClock) -> None:
    """Demands are refused meanwhile; one that waited for a run is dropped."""
    shell.add("a", OnDemand(), sleeper("10s"))
    shell.demand("a")
    assert shell.demand("a")
    shell.disable("a")
    assert not shell.demand("a")
    clock.advance(minutes=1)
    assert spans(shell, "a") == [(0, 10)]
    shell.enable("a")
    assert shell.demand("a")
    assert starts(shell, "a") == [0, 60]


def test_a_task_can_be_disabled_for_a_time(shell: AnyShell, clock: VirtualClock) -> None:
    """`until` enables it by itself, also in the middle of its period; the phase is kept."""
    shell.add("a", TEN_SECONDS, nothing)
    shell.disable("a", until=clock.now() + timedelta(seconds=35))
    clock.advance(seconds=50)
    assert starts(shell, "a") == [40, 50]
    assert shell.counts("a")[Fate.SKIPPED] == 3


def test_disabling_leaves_a_run_alone(shell: AnyShell, clock: VirtualClock) -> None:
    """A run in progress ends in its own time."""
    shell.add("a", TEN_SECONDS, sleeper("15s"))
    clock.advance(seconds=12)
    shell.disable("a")
    clock.advance(seconds=30)
    assert spans(shell, "a") == [(10, 25)]


def test_saying_it_twice_is_saying_it_once(shell: AnyShell, clock: VirtualClock) -> None:
    """A second enable or disable changes nothing."""
    shell.add("a", TEN_SECONDS, nothing)
    shell.enable("a")
    shell.disable("a")
    shell.disable("a")
    clock.advance(seconds=15)
    shell.enable("a")
    shell.enable("a")
    clock.advance(seconds=10)
    assert starts(shell, "a") == [20]


# reschedule, remove


def test_a_new_trigger_leaves_the_present_run_alone(shell: AnyShell, clock: VirtualClock) -> None:
    """It holds from the next due time on; `Every` keeps the anchor that it had."""
    shell.add("a", TEN_SECONDS, sleeper("9s"))
    clock.advance(seconds=12)
    shell.reschedule("a", Every(seconds=15))
    clock.advance(seconds=40)
    assert spans(shell, "a") == [(10, 19), (30, 39), (45, None)]
    assert others(shell, "a") == [(20, "superseded", 1), (15, "skipped overlap", 1)]


def test_a_removed_task_never_comes_back(shell: AnyShell, clock: VirtualClock) -> None:
    """Its run goes on and ends; nothing starts it again, and its runs can still be seen."""
    shell.add("a", TEN_SECONDS, sleeper("15s"), overlap="buffer_all")
    clock.advance(seconds=22)
    shell.remove("a")
    assert shell.names() == []
    clock.advance(minutes=5)
    assert spans(shell, "a") == [(10, 25)]
    assert others(shell, "a") == [(20, "superseded", 1)]


def test_a_name_that_was_removed_is_free_again(shell: AnyShell, clock: VirtualClock) -> None:
    """The same name is a new generation, which does not start beside a run of the old one."""
    shell.add("a", TEN_SECONDS, sleeper("15s"))
    clock.advance(seconds=11)
    shell.remove("a")
    shell.add("a", Every(seconds=6), nothing)
    clock.advance(seconds=20)
    assert [(run.generation, run.number, offset(run.started)) for run in shell.runs("a")] == [
        (1, 1, 10),
        (2, 2, 29),
    ]
    assert others(shell, "a") == [(17, "skipped overlap", 1), (23, "skipped overlap", 1)]


# Views


def test_a_view_shows_state_and_next_due_time(shell: AnyShell, clock: VirtualClock) -> None:
    """Idle, running or paused, with the next due time on the wall clock."""
    shell.add("a", Every(minutes=1), sleeper("10s"), priority=3)
    first = shell.view("a")
    clock.advance(seconds=65)
    second = shell.view("a")
    clock.advance(seconds=10)
    assert [type(view.state) for view in (first, second, shell.view("a"))] == [Idle, Running, Idle]
    assert second.due is not None
    assert first.due is not None
    assert second.due - first.due == 60_000_000_000
    assert second.task.priority == 3


def test_the_timeline_tells_what_happened_in_order(shell: AnyShell, clock: VirtualClock) -> None:
    """A line for each start, end and other fate; ends come first at equal times, then by name."""
    shell.add("slow", TEN_SECONDS, sleeper("12s"))
    shell.add("quick", Every(seconds=20), nothing)
    clock.advance(seconds=24)
    shell.demand("quick")
    clock.settle()
    assert shell.timeline().splitlines() == [
        "2026-01-01T12:00:10Z slow #1 started (due)",
        "2026-01-01T12:00:20Z slow skipped (overlap)",
        "2026-01-01T12:00:20Z quick #1 started (due)",
        "2026-01-01T12:00:20Z quick #1 finished",
        "2026-01-01T12:00:22Z slow #1 finished",
        "2026-01-01T12:00:24Z quick #2 started (demand)",
        "2026-01-01T12:00:24Z quick #2 finished",
    ]


def test_health_tells_late_and_broken_from_well(shell: AnyShell, clock: VirtualClock) -> None:
    """A shell is well while it is started and sees due times within five seconds."""
    shell.add("a", TEN_SECONDS, sleeper("25s"), overlap="buffer_all")
    clock.advance(seconds=32)
    well = shell.health()
    assert (well.ok, well.started, well.tasks, well.running, well.waiting) == (True, True, 1, 1, 2)
    clock.stall(seconds=15)
    late = shell.health()
    assert (late.ok, late.overdue) == (False, timedelta(seconds=7))
    clock.settle()
    assert shell.health().ok
