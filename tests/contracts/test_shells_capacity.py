"""Capacity: so many runs of all tasks at the same time, and who waits, on every shell."""

from collections.abc import Callable, Iterator

import pytest

from duetime.adapters.calls import RunHandle
from duetime.clocks.virtual import VirtualClock
from duetime.engine.journal import Journal
from duetime.engine.machine import Settings
from duetime.engine.messages import StartRun
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import (
    AnyShell,
    assert_replays,
    nothing,
    others,
    recorded,
    sleeper,
    spans,
    starts,
    threads_left,
)

TEN_SECONDS = Every(seconds=10)


@pytest.fixture
def shell(kind: type[AnyShell], clock: VirtualClock, journal: Journal) -> Iterator[AnyShell]:
    """Give a shell with two slots; afterwards shut it down and replay its journal."""
    shell = kind(clock, journal=journal, settings=Settings(max_running=2))
    shell.start()
    yield shell
    shell.shutdown()
    assert_replays(shell, journal)
    assert threads_left() == []


def order(journal: Journal) -> list[str]:
    """Return who started, in order."""
    effects = [effect for record in journal for effect in record.effects]
    return [effect.name for effect in effects if isinstance(effect, StartRun)]


def test_no_more_runs_go_at_once_than_there_are_slots(shell: AnyShell, clock: VirtualClock) -> None:
    """The others wait, and start late when a slot is free, whichever task had it."""
    for name in "abc":
        shell.add(name, TEN_SECONDS, sleeper("4s"))
    clock.advance(seconds=25)
    assert spans(shell, "a") == [(10, 14), (20, 24)]
    assert spans(shell, "b") == [(10, 14), (20, 24)]
    assert spans(shell, "c") == [(14, 18), (24, None)]
    assert shell.counts("c") == {"started": 2}


def test_what_waits_for_a_slot_is_counted_and_shown(shell: AnyShell, clock: VirtualClock) -> None:
    """In the health of the shell, as the status of the task, and as overdue."""
    for name in "abcd":
        shell.add(name, TEN_SECONDS, sleeper("1h"))
    clock.advance(seconds=13)
    health = shell.health()
    assert (health.running, health.waiting, health.overdue.total_seconds()) == (2, 2, 3)
    assert [task.name for task in shell.tasks(status="ready")] == ["c", "d"]
    assert len(shell.view("c").state.ready) == 1
    shell.stop("a")
    clock.advance(seconds=1)
    assert (shell.health().running, shell.health().waiting) == (2, 1)


def test_slots_go_by_time_then_priority_then_name(
    shell: AnyShell, clock: VirtualClock, journal: Journal
) -> None:
    """Who was due first goes first; priority decides among equal times only."""
    shell.add("long", Every(seconds=8), sleeper("30s"))
    shell.add("long too", Every(seconds=8), sleeper("30s"))
    for name, every, priority in (("a", 10, 0), ("b", 10, -1), ("c", 9, 5), ("d", 10, -1)):
        shell.add(name, Every(seconds=every), nothing, priority=priority)
    clock.advance(seconds=39)
    assert order(journal)[:6] == ["long", "long too", "c", "b", "d", "a"]
    assert starts(shell, "a") == [38]


def test_what_comes_due_behind_one_that_waits_meets_the_overlap_policy(
    shell: AnyShell, clock: VirtualClock
) -> None:
    """The reason says that no run is in the way, but the lack of a slot."""
    for name in ("long", "long too"):
        shell.add(name, Every(seconds=9), sleeper("1h"))
    shell.add("skips", TEN_SECONDS, nothing)
    shell.add("waits", TEN_SECONDS, nothing, overlap="buffer_all", buffer_limit=1)
    shell.add("takes over", TEN_SECONDS, nothing, overlap="cancel_other")
    clock.advance(seconds=35)
    assert others(shell, "skips") == [(20, "skipped capacity", 1), (30, "skipped capacity", 1)]
    assert others(shell, "waits") == [(30, "dropped capacity", 1)]
    assert others(shell, "takes over") == [(10, "merged", 1), (20, "merged", 1)]
    assert shell.health().waiting == 4
    shell.stop("long")
    clock.settle()
    assert starts(shell, "waits") == [35, 35]


@pytest.mark.parametrize("verb", ["run_now", "demand"])
def test_a_request_waits_for_a_slot_like_anything_else(
    shell: AnyShell, clock: VirtualClock, verb: str
) -> None:
    """It is promised; a second demand waits for the end of that run, a second run is refused."""
    for name in ("a", "b"):
        shell.add(name, OnDemand(), sleeper("10s"))
        shell.demand(name)
    shell.add("c", OnDemand(), nothing)
    assert getattr(shell, verb)("c")
    assert getattr(shell, verb)("c") == (verb == "demand")
    clock.advance(seconds=20)
    assert starts(shell, "c") == [10] * (2 if verb == "demand" else 1)


def test_a_run_between_two_attempts_keeps_its_slot(shell: AnyShell, clock: VirtualClock) -> None:
    """It is one run until the last attempt has ended."""

    def work(run: RunHandle) -> None:
        if run.attempt == 1:
            raise ValueError("no")

    for name in ("a", "b"):
        shell.add(name, OnDemand(), work, retry="retry(2, 10s)")
        shell.demand(name)
    shell.add("c", OnDemand(), nothing)
    shell.demand("c")
    clock.advance(seconds=15)
    assert starts(shell, "a") == [0, 10]
    assert starts(shell, "c") == [10]


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        (lambda shell: shell.remove("c"), [("dropped", "demand: superseded")]),
        (lambda shell: shell.add("c", OnDemand(), nothing), [("dropped", "demand: superseded")]),
        (lambda shell: shell.disable("c"), [("dropped", "demand: disabled")]),
        (lambda shell: shell.reschedule("c", Every(hours=1)), []),
    ],
    ids=["remove", "replace", "disable", "reschedule"],
)
def test_a_request_that_loses_its_place_is_told(
    shell: AnyShell,
    clock: VirtualClock,
    journal: Journal,
    verb: Callable[[AnyShell], object],
    told: list[tuple[str, str]],
) -> None:
    """It is no occurrence and has no fate; another trigger leaves it alone."""
    for name in ("a", "b"):
        shell.add(name, OnDemand(), sleeper("10s"))
        shell.demand(name)
    shell.add("c", OnDemand(), nothing)
    shell.demand("c")
    verb(shell)
    clock.advance(seconds=20)
    assert recorded(journal, "c") == told
    assert (order(journal).count("c") == 0) == bool(told)


def test_a_removed_task_holds_a_slot_until_its_run_ends(
    shell: AnyShell, clock: VirtualClock
) -> None:
    """The run is still work that is going on."""
    for name in ("a", "b", "c"):
        shell.add(name, TEN_SECONDS, sleeper("5s"))
    clock.advance(seconds=12)
    shell.remove("a")
    assert starts(shell, "c") == []
    clock.advance(seconds=3)
    assert starts(shell, "c") == [15]
