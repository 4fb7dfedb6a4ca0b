"""What a run is told and can do in every shell, and what becomes of one that fails."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from duetime.adapters.calls import RunHandle
from duetime.clocks.virtual import VirtualClock
from duetime.engine.history import Outcome
from duetime.engine.messages import Cause
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import AnyShell, nothing, offset, others, sleeper, spans, starts

TEN_SECONDS = Every(seconds=10)


class OddError(BaseException):
    """An error that no `except Exception` catches."""


class SilentError(Exception):
    """An error that cannot be written."""

    def __str__(self) -> str:
        """Fail."""
        raise RuntimeError("no words")


def test_a_run_knows_what_it_is(shell: AnyShell, clock: VirtualClock) -> None:
    """Name, number, generation, cause and arguments; due, planned and started in aware UTC."""
    seen: list[RunHandle] = []
    shell.add("other", TEN_SECONDS, nothing)
    shell.add("a", TEN_SECONDS, lambda run, page: seen.append(run), args={"page": "index"})
    clock.advance(seconds=10)
    clock.stall(seconds=12)
    clock.settle()
    run = seen[1]
    assert (run.name, run.number, run.generation, run.cause) == ("a", 2, 1, Cause.DUE)
    assert (offset(run.nominal), offset(run.planned), offset(run.started)) == (20, 20, 22)
    assert run.nominal.tzname() == "UTC"
    assert run.args == {"page": "index"}
    assert repr(run) == "<run 2 of 'a'>"


def test_a_callback_sees_its_own_due_time(shell: AnyShell, clock: VirtualClock) -> None:
    """Whatever the length of the move, the clock shows each run the time at which it is due."""
    seen: list[float] = []
    shell.add("plain", Every(seconds=7), lambda: seen.append(offset(clock.now())))
    shell.add("long", Every(seconds=11), lambda run: seen.append(offset(shell.clock.now())))
    clock.advance(seconds=30)
    assert seen == [7, 11, 14, 21, 22, 28]


def test_a_run_sleeps_in_the_time_of_its_shell(shell: AnyShell, clock: VirtualClock) -> None:
    """For a timedelta, text, or seconds; the clock goes on by exactly that."""
    seen: list[tuple[float, bool]] = []

    def work(run: RunHandle) -> None:
        lengths = (timedelta(seconds=5), "1m 5s", 2.5, 3, 0)
        seen.extend((offset(clock.now()), run.sleep(span)) for span in lengths)

    shell.add("a", OnDemand(), work)
    shell.run_now("a")
    clock.advance(minutes=5)
    assert seen == [(0, True), (5, True), (70, True), (72.5, True), (75.5, True)]
    assert spans(shell, "a") == [(0, 75.5)]


def test_runs_of_several_tasks_sleep_side_by_side(shell: AnyShell, clock: VirtualClock) -> None:
    """A sleeping run keeps nobody from starting."""
    shell.add("slow", TEN_SECONDS, sleeper("1m"), overlap="allow(3)")
    shell.add("quick", Every(seconds=15), sleeper("1s"))
    clock.advance(seconds=46)
    assert spans(shell, "slow") == [(10, None), (20, None), (30, None)]
    assert spans(shell, "quick") == [(15, 16), (30, 31), (45, 46)]


# The verbs of a run's own task


def test_a_run_can_lengthen_its_own_period(shell: AnyShell, clock: VirtualClock) -> None:
    """A task that gets a new period from inside its run keeps its grid's anchor."""
    shell.add("a", TEN_SECONDS, lambda run: run.handle.reschedule(Every(seconds=20 * run.number)))
    clock.advance(seconds=130)
    assert starts(shell, "a") == [10, 20, 40, 60, 80, 100, 120]
    assert [run.generation for run in shell.runs("a")] == list(range(1, 8))


def test_a_run_can_demand_one_more_of_itself(shell: AnyShell, clock: VirtualClock) -> None:
    """It starts when this one has ended."""

    def work(run: RunHandle) -> None:
        if run.cause is Cause.DUE:
            assert run.handle.demand({"again": True})
        run.sleep("2s")

    shell.add("a", TEN_SECONDS, lambda run, again=False: work(run))
    clock.advance(seconds=15)
    assert spans(shell, "a") == [(10, 12), (12, 14)]


@pytest.mark.parametrize(
    ("verb", "expected", "rest"),
    [
        (lambda handle: handle.stop(), [(10, 10), (20, 20)], []),
        (lambda handle: handle.disable(reason="enough"), [(10, 15)], [(20, "skipped disabled", 1)]),
        (lambda handle: handle.remove(), [(10, 15)], []),
        (lambda handle: handle.enable(), [(10, 15), (20, None)], []),
    ],
    ids=["stop", "disable", "remove", "enable"],
)
def test_a_run_can_use_the_verbs_on_its_own_task(
    shell: AnyShell,
    clock: VirtualClock,
    verb: Callable[[object], object],
    expected: list[tuple[float, float | None]],
    rest: list[tuple[float, str, int]],
) -> None:
    """They do from inside what they do from outside."""

    def work(run: RunHandle) -> None:
        verb(run.handle)
        run.sleep("5s")

    shell.add("a", TEN_SECONDS, work)
    clock.advance(seconds=22)
    assert spans(shell, "a") == expected
    assert others(shell, "a") == rest


def test_a_run_can_work_on_other_tasks(shell: AnyShell, clock: VirtualClock) -> None:
    """It may add, run, stop and remove them; what it asks for happens at the same time."""

    def conduct() -> None:
        shell.add("new", OnDemand(), sleeper("1h"))
        shell.run_now("new")
        shell.remove("old")
        shell.demand("idle")

    shell.add("conduct", TEN_SECONDS, conduct)
    shell.add("old", Every(seconds=4), nothing)
    shell.add("idle", OnDemand(), nothing)
    clock.advance(seconds=15)
    assert shell.names() == ["conduct", "idle", "new"]
    assert (starts(shell, "old"), starts(shell, "idle")) == ([4, 8], [10])
    assert spans(shell, "new") == [(10, None)]


# Runs that fail


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("no page"), "ValueError: no page"),
        (SystemExit(3), "SystemExit: 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (asyncio.CancelledError(), "CancelledError"),
        (OddError("odd"), "OddError: odd"),
        (SilentError(), "SilentError: (its message cannot be read)"),
        (ValueError("half a pair: \ud83d"), "ValueError: half a pair: \\ud83d"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_a_run_raises_fails_that_run_alone(
    shell: AnyShell, clock: VirtualClock, error: BaseException, text: str
) -> None:
    """Its error is kept as text; the task goes on, and so does everything due at that time."""

    def fail(run: RunHandle) -> None:
        raise error

    shell.add("a", TEN_SECONDS, fail)
    shell.add("b", TEN_SECONDS, nothing)
    clock.advance(seconds=20)
    assert [(run.outcome, run.error) for run in shell.runs("a")] == [(Outcome.FAILED, text)] * 2
    assert starts(shell, "a") == starts(shell, "b") == [10, 20]


def test_a_plain_callable_may_fail_now_and_then(shell: AnyShell, clock: VirtualClock) -> None:
    """Runs before and after a failed one are well."""
    calls = iter(range(10))

    def work() -> None:
        if next(calls) == 1:
            raise OddError("the second")

    shell.add("a", TEN_SECONDS, work)
    clock.advance(seconds=30)
    assert [run.error for run in shell.runs("a")] == ["", "OddError: the second", ""]
    assert spans(shell, "a") == [(10, 10), (20, 20), (30, 30)]


def test_a_verb_that_is_refused_inside_a_run_fails_it(shell: AnyShell, clock: VirtualClock) -> None:
    """The error is raised where it was caused, in the code of the run."""
    shell.add("a", TEN_SECONDS, lambda run: shell.remove("absent"))
    shell.add("b", TEN_SECONDS, lambda run: run.sleep("tomorrow"))
    shell.add("c", TEN_SECONDS, lambda run: clock.advance(seconds=1))
    clock.advance(seconds=15)
    errors = [shell.runs(name)[0].error for name in "abc"]
    assert errors[0].startswith("UnknownTaskError: there is no task 'absent'")
    assert errors[1].startswith("BadTimeError: duration 'tomorrow'")
    assert errors[2].startswith("ClockError: the clock is being moved already")
    assert starts(shell, "a") == [10]


# Ends that are not those of the code


def test_a_run_can_be_ended_while_its_code_goes_on(shell: AnyShell, clock: VirtualClock) -> None:
    """Its slot is free at once; what the code does from then on is no run any more."""
    story: list[tuple[int, bool]] = []

    def work(run: RunHandle) -> None:
        if run.number == 1:
            shell.end_run(run, "given up")
            shell.end_run(run)
        run.sleep("15s")
        story.append((run.number, run.proceed()))

    shell.add("a", TEN_SECONDS, work)
    clock.advance(seconds=36)
    assert spans(shell, "a") == [(10, 10), (20, 35)]
    assert [run.error for run in shell.runs("a")] == ["given up", ""]
    assert story == [(1, True), (2, True)]


def test_several_verbs_can_be_made_one(shell: AnyShell, clock: VirtualClock) -> None:
    """Nobody else comes between what is said in one go."""
    with shell.together():
        shell.add("a", TEN_SECONDS, nothing)
        shell.disable("a")
    clock.advance(seconds=15)
    assert starts(shell, "a") == []
