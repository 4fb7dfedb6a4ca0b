"""Runs that are tried again and runs that take too long, as every shell carries them out."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from duetime.adapters.calls import RunHandle
from duetime.clocks.virtual import VirtualClock
from duetime.engine.history import Outcome
from duetime.engine.journal import Journal
from duetime.engine.messages import Cause
from duetime.engine.states import runs_of
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


def failing(times: int, *, after: str = "0s") -> Callable[[RunHandle], None]:
    """Make a run whose first attempts fail, so many, each after a while."""

    def work(run: RunHandle) -> None:
        run.sleep(after)
        if run.attempt <= times:
            raise ValueError(f"attempt {run.attempt}")

    return work


def attempts(shell: AnyShell, name: str) -> list[tuple[int, int, float, str]]:
    """Return number, attempt, start and error of each attempt."""
    return [
        (run.number, run.attempt, offset(run.started), run.error.rpartition(" ")[2])
        for run in shell.runs(name)
    ]


# Retries


@pytest.mark.parametrize(
    ("retry", "expected"),
    [
        ("retry(3)", [60, 61, 63]),
        ("retry(2, 10s)", [60, 70]),
        ("retry(4, 10s)", [60, 70, 90, 130]),
        ("retry(5, 4s, 1)", [60, 64, 68, 72, 76]),
        ("retry(5, 10s, 10, 20s)", [60, 70, 90, 110, 130]),
        ("retry(3, 0s)", [60, 60, 60]),
        ("retry(1)", [60]),
        (None, [60]),
    ],
)
def test_a_run_that_fails_is_tried_again(
    shell: AnyShell, clock: VirtualClock, retry: str | None, expected: list[float]
) -> None:
    """So often, and after such delays, as the policy says; then it is given up."""
    shell.add("a", MINUTE, failing(9), retry=retry, overlap="buffer_one")
    clock.advance(seconds=60)
    shell.reschedule("a", OnDemand())
    clock.advance(minutes=5)
    assert attempts(shell, "a") == [
        (1, number, start, str(number)) for number, start in enumerate(expected, 1)
    ]


def test_the_delay_counts_from_the_end_of_an_attempt(shell: AnyShell, clock: VirtualClock) -> None:
    """However long the attempts are, there is that much rest between them."""
    shell.add("a", MINUTE, failing(2, after="3s"), retry="retry(3, 10s)")
    clock.advance(seconds=110)
    assert spans(shell, "a") == [(60, 63), (73, 76), (96, 99)]
    assert [run.outcome for run in shell.runs("a")] == ["failed", "failed", "finished"]


def test_all_attempts_are_one_run(shell: AnyShell, clock: VirtualClock) -> None:
    """They share number, nominal time, cause and arguments; the fate and its count are one."""
    seen: list[tuple[object, ...]] = []

    def work(run: RunHandle, page: str) -> None:
        seen.append((run.number, run.cause, offset(run.nominal), page))
        raise ValueError(run.attempt)

    shell.add("a", MINUTE, work, retry="retry(3, 1s, 1)", args={"page": "index"})
    clock.advance(seconds=100)
    assert seen == [(1, Cause.DUE, 60, "index")] * 3
    assert [run.attempt for run in shell.runs("a")] == [1, 2, 3]
    assert shell.counts("a") == {"started": 1}
    assert [(each.fate, each.count, each.number) for each in shell.fates("a")] == [
        ("started", 1, 1)
    ]


def test_a_run_holds_its_slot_between_two_attempts(shell: AnyShell, clock: VirtualClock) -> None:
    """What comes due meanwhile meets the overlap policy, a demand waits for the last attempt."""
    shell.add("a", Every(seconds=10), failing(1), retry="retry(2, 25s)")
    clock.advance(seconds=20)
    assert (shell.run_now("a"), shell.demand("a")) == (False, True)
    clock.advance(seconds=19)
    assert attempts(shell, "a") == [
        (1, 1, 10, "1"),
        (1, 2, 35, ""),
        (2, 1, 35, "1"),
    ]
    assert others(shell, "a") == [(20, "skipped overlap", 1), (30, "skipped overlap", 1)]


def test_a_delay_after_each_run_counts_from_its_last_attempt(
    shell: AnyShell, clock: VirtualClock
) -> None:
    """`AfterFinish` is planned when no other attempt follows."""
    shell.add("a", AfterFinish(seconds=10), failing(1), retry="retry(2, 4s)")
    clock.advance(seconds=30)
    assert [start for _, _, start, _ in attempts(shell, "a")] == [10, 14, 24, 28]


def test_the_jitter_of_a_retry_is_the_same_each_time(
    kind: type[AnyShell], clock: VirtualClock
) -> None:
    """It shortens a delay by what a hash says: seed, name, nominal time and attempt decide."""
    found = []
    for seed in (1, 1, 2):
        with kind(VirtualClock(clock.now())) as shell:
            policy = f"retry(4, 10s, 1, jitter=0.5, seed={seed})"
            shell.add("a", MINUTE, failing(9), retry=policy)
            shell.clock.advance(seconds=110)
            found.append(starts(shell, "a"))
    assert found[0] == found[1] != found[2]
    for times in found:
        pauses = [after - before for before, after in pairwise(times)]
        assert all(5 <= pause <= 10 for pause in pauses)


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        (lambda shell: shell.stop("a"), 1),
        (lambda shell: shell.remove("a"), 1),
        (lambda shell: shell.add("a", OnDemand(), nothing, retry="retry(9)"), 1),
        (lambda shell: shell.disable("a"), 2),
        (lambda shell: shell.reschedule("a", OnDemand()), 2),
    ],
    ids=["stop", "remove", "replace", "disable", "reschedule"],
)
def test_what_ends_the_attempts_of_a_run(
    shell: AnyShell, clock: VirtualClock, verb: Callable[[AnyShell], object], expected: int
) -> None:
    """Whoever stops, removes or replaces it wants no more of it; the others leave it alone."""
    for between in (True, False):
        shell.add("a", OnDemand(), failing(1, after="5s"), retry="retry(2, 10s)")
        shell.demand("a")
        clock.advance(seconds=8 if between else 2)
        before = len(shell.runs("a"))
        verb(shell)
        clock.advance(minutes=1)
        assert len(shell.runs("a")) == before + expected - 1
        if "a" in shell.names():
            shell.enable("a")


def test_a_run_that_is_given_up_between_attempts_is_told(
    shell: AnyShell, clock: VirtualClock, journal: Journal
) -> None:
    """The next attempt is announced with its time; a stop says that it will not be, and frees the
    slot.
    """
    shell.add("a", OnDemand(), failing(1), retry="retry(2, 10s)")
    shell.demand("a")
    clock.advance(seconds=1)
    assert shell.stop("a")
    assert not shell.stop("a")
    assert recorded(journal, "a") == [
        ("retry", "1/1: attempt 2 at 2026-01-01T12:00:10Z"),
        ("given_up", "1/1"),
    ]
    assert shell.demand("a")
    assert [run.number for run in shell.runs("a")] == [1, 2]


def test_the_attempts_of_a_broken_task_go_on(shell: AnyShell, clock: VirtualClock) -> None:
    """A trigger that fails concerns due times, not the run that is there."""
    shell.add("a", Failing(last=3), failing(1), retry="retry(2, 5s)", overlap="skip")
    clock.advance(seconds=10)
    assert attempts(shell, "a")[:2] == [(1, 1, 1, "1"), (1, 2, 6, "")]
    assert shell.health().broken


# Time limits


def test_a_run_past_its_time_limit_is_asked_to_stop(
    shell: AnyShell, clock: VirtualClock, journal: Journal
) -> None:
    """Its sleep ends, and an event says why; the limit counts from its start."""
    shell.add("a", MINUTE, sleeper("1h"), time_limit="20s")
    clock.advance(seconds=150)
    assert spans(shell, "a") == [(60, 80), (120, 140)]
    assert recorded(journal, "a") == [("overrunning", "1/1"), ("overrunning", "1/2")]


def test_a_run_past_its_limit_shows_that_it_overruns(shell: AnyShell, clock: VirtualClock) -> None:
    """It stays visible and keeps its slot until it ends, which is its own affair."""
    seen: list[tuple[bool, bool, list[bool]]] = []

    def work(run: RunHandle) -> None:
        for span in ("10s", "1h"):
            slept = run.sleep(span)
            over = [each.overrunning for each in runs_of(shell.view("a").state)]
            seen.append((slept, run.proceed(), over))

    shell.add("a", OnDemand(), work, time_limit="20s")
    shell.demand("a")
    shell.demand("a")
    clock.advance(seconds=15)
    assert seen == [(True, True, [False])]
    clock.advance(seconds=14)
    assert seen[1:] == [(False, False, [True])]
    assert spans(shell, "a") == [(0, 20), (20, None)]


def test_each_attempt_has_the_whole_limit(shell: AnyShell, clock: VirtualClock) -> None:
    """One that was asked to stop at its limit and then fails is tried again."""

    def work(run: RunHandle) -> None:
        if not run.sleep("30s" if run.attempt < 3 else "15s"):
            raise TimeoutError(run.attempt)

    shell.add("a", MINUTE, work, time_limit="20s", retry="retry(3, 10s, 1)", overlap="buffer_one")
    clock.advance(seconds=140)
    assert spans(shell, "a")[:3] == [(60, 80), (90, 110), (120, 135)]
    outcomes = [run.outcome for run in shell.runs("a")][:3]
    assert outcomes == [Outcome.FAILED, Outcome.FAILED, Outcome.FINISHED]


def test_a_limit_counts_elapsed_time(shell: AnyShell, clock: VirtualClock) -> None:
    """Setting the wall clock neither shortens nor lengthens it."""
    shell.add("a", MINUTE, sleeper("1h"), time_limit="20s")
    clock.advance(seconds=65)
    clock.step_wall(hours=1)
    clock.advance(seconds=14)
    clock.step_wall(hours=-1)
    clock.advance(seconds=10)
    assert spans(shell, "a") == [(60, 80)]


@pytest.mark.parametrize("verb", ["remove", "disable"])
def test_a_limit_outlives_the_task(shell: AnyShell, clock: VirtualClock, verb: str) -> None:
    """The run of a task that was removed or disabled is asked to stop like any other."""
    shell.add("a", MINUTE, sleeper("1h"), time_limit="20s")
    clock.advance(seconds=65)
    getattr(shell, verb)("a")
    clock.advance(seconds=60)
    assert spans(shell, "a") == [(60, 80)]
