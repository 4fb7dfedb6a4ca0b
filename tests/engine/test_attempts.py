"""Attempts: which follow, when, and what ends them; time limits; runs of a process that died."""

from dataclasses import replace

from duetime.engine import attempts
from duetime.engine.instants import MINUTE, SECOND
from duetime.engine.machine import Machine
from duetime.engine.messages import (
    Added,
    AskToStop,
    Demanded,
    Disabled,
    Effect,
    RecordEvent,
    Removed,
    Restarted,
    RunFailed,
    RunFinished,
    StartRun,
    StopRequested,
)
from duetime.engine.policies import Overlap, Retry
from duetime.engine.states import Going, runs_of
from duetime.engine.tasks import Task
from duetime.engine.triggers.once import OnDemand
from tests.engine.builders import NOON, after, machine_with, reading, tick
from tests.engine.facts import facts

TRIED = Task(name="t", trigger=OnDemand(), retry=Retry(3, "10s"), time_limit=MINUTE)


def fail(machine: Machine, start: Effect, seconds: float) -> tuple[Effect, ...]:
    """Let an attempt fail."""
    assert isinstance(start, StartRun)
    key = {"generation": start.generation, "number": start.number, "attempt": start.attempt}
    return machine.handle(RunFailed(at=after(seconds), name=start.name, error="no", **key))


def begin(task: Task = TRIED) -> tuple[Machine, Effect]:
    """Declare a task and ask for a run of it."""
    machine, _ = machine_with(task)
    return machine, machine.handle(Demanded(at=reading(), name="t"))[0]


def test_attempts_follow_one_another_until_there_are_no_more() -> None:
    """All are of one run; each begins a delay after the end of the one before."""
    machine, first = begin()
    assert [str(event.text) for event in fail(machine, first, 1)] == [
        "1/1: attempt 2 at 2026-01-01T12:00:11Z"
    ]
    assert tick(machine, 10.9) == ()
    (second,) = tick(machine, 11)
    assert second == replace(first, attempt=2)
    fail(machine, second, 12)
    (third,) = tick(machine, 32)
    assert fail(machine, third, 33) == ()
    assert runs_of(machine.view("t").state) == ()


def test_whoever_waits_for_the_end_of_a_run_waits_for_its_last_attempt() -> None:
    """Where there is room for two as well: a run that will be tried again has not ended."""
    machine, first = begin(replace(TRIED, overlap=Overlap.allow(2)))
    machine.handle(Demanded(at=after(0), name="t"))
    assert [type(effect) for effect in fail(machine, first, 1)] == [RecordEvent]
    tick(machine, 11)
    ended = RunFinished(at=after(12), name="t", generation=1, number=1, attempt=2)
    assert [type(effect) for effect in machine.handle(ended)] == [StartRun]


def test_what_ends_well_is_not_tried_again() -> None:
    """The run is over, and its slot is free."""
    machine, _ = begin()
    machine.handle(RunFinished(at=after(1), name="t", generation=1, number=1))
    assert runs_of(machine.view("t").state) == ()
    assert machine.next_wakeup().mono is None


def test_the_end_of_another_attempt_is_stale() -> None:
    """An attempt ends once, and only while it is going."""
    machine, first = begin()
    fail(machine, first, 1)
    assert fail(machine, first, 2) == (RecordEvent(name="t", event="stale", text="1/1"),)
    tick(machine, 11)
    assert fail(machine, first, 12) == (RecordEvent(name="t", event="stale", text="1/1"),)


def test_a_stop_ends_a_run_between_two_attempts() -> None:
    """Nobody is asked, and nothing follows."""
    machine, first = begin()
    fail(machine, first, 1)
    effects = machine.handle(StopRequested(at=after(2), name="t"))
    assert effects == (RecordEvent(name="t", event="given_up", text="1/1"),)
    assert runs_of(machine.view("t").state) == ()


def test_what_was_asked_to_stop_is_not_tried_again() -> None:
    """Whoever stops a run wants no more of it."""
    machine, first = begin()
    machine.handle(StopRequested(at=after(1), name="t"))
    assert fail(machine, first, 2) == ()


def test_the_attempts_of_a_disabled_task_go_on() -> None:
    """A run in progress is left alone, and its attempts are part of it."""
    machine, first = begin()
    machine.handle(Disabled(at=after(0.5), name="t"))
    fail(machine, first, 1)
    assert [type(effect) for effect in tick(machine, 11)] == [StartRun]


def test_a_removed_or_replaced_task_is_not_tried_again() -> None:
    """Its run goes on, for the last time."""
    removed, first = begin()
    removed.handle(Removed(at=after(0.5), name="t"))
    assert fail(removed, first, 1) == ()
    replaced, first = begin()
    fail(replaced, first, 1)
    effects = replaced.handle(Added(at=after(2), task=TRIED))
    assert effects == (RecordEvent(name="t", event="given_up", text="1/1"),)


def test_past_its_limit_a_run_is_asked_to_stop_and_shows_it() -> None:
    """It keeps its slot; if it then fails, it is tried again, with a limit of its own."""
    machine, first = begin()
    assert tick(machine, 60) == (
        RecordEvent(name="t", event="overrunning", text="1/1"),
        AskToStop(name="t", generation=1, number=1),
    )
    (run,) = runs_of(machine.view("t").state)
    assert run.overrunning
    fail(machine, first, 70)
    tick(machine, 80)
    (run,) = runs_of(machine.view("t").state)
    assert (run.overrunning, run.asked, run.limit_at) == (False, False, NOON + 140 * SECOND)


def test_who_has_been_asked_already_is_not_asked_at_the_limit() -> None:
    """Still it shows that it overruns."""
    machine, _ = begin()
    machine.handle(StopRequested(at=after(1), name="t"))
    assert tick(machine, 60) == (RecordEvent(name="t", event="overrunning", text="1/1"),)


def test_a_run_that_died_with_its_process_is_started_again_where_it_is_asked_for() -> None:
    """It keeps its number; without that it is lost."""
    for rerun, attempt in ((True, [2]), (False, [])):
        machine, _ = begin(replace(TRIED, rerun_after_crash=rerun))
        lost, *starts = machine.handle(Restarted(at=after(5)))
        assert lost == RecordEvent(name="t", event="lost", text="1/1")
        assert [start.attempt for start in starts if isinstance(start, StartRun)] == attempt


def test_a_run_between_two_attempts_survives_its_process() -> None:
    """No code of it was going, so nothing is lost."""
    machine, first = begin()
    fail(machine, first, 1)
    assert machine.handle(Restarted(at=after(5))) == ()
    assert [type(effect) for effect in tick(machine, 11)] == [StartRun]


def test_a_retry_is_due_in_its_order_among_the_others() -> None:
    """In one late tick, what was to happen first happens first."""
    machine, first = begin(replace(TRIED, retry=Retry(2, "10s")))
    ten = replace(TRIED, name="a", trigger=facts().trigger)
    machine.handle(Added(at=after(0), task=ten))
    fail(machine, first, 595)
    starts = [effect for effect in tick(machine, 606) if isinstance(effect, StartRun)]
    assert [(start.name, start.attempt) for start in starts] == [("a", 1), ("t", 2)]


def test_the_first_timer_is_the_earliest() -> None:
    """A limit, or the time of the next attempt, whichever comes first."""
    runs = (Going(1, 1, limit_at=9), Going(1, 2), Going(1, 3, retry_at=7), Going(1, 4, limit_at=8))
    assert attempts.first_timer(runs) == 7
    assert attempts.first_timer(runs[1:2]) is None


def test_a_timer_of_one_run_leaves_the_others_alone() -> None:
    """Each has its own."""
    runs = (Going(1, 1, limit_at=NOON + 1), Going(1, 2, limit_at=NOON), Going(1, 3))
    left, effects = attempts.run_timers(facts(), runs)
    assert [run.overrunning for run in left] == [False, True, False]
    assert len(effects) == 2
