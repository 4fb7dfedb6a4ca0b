"""The faults of the original that virtual time shows, each in its code and mended in ours.

The numbers are those of `docs/reference/taskkit.md`.
"""

import math
import time
from typing import Any

import pytest

from duetime.adapters.taskkit import Scheduler, Task
from duetime.clocks.virtual import VirtualClock
from duetime.engine.instants import to_datetime
from tests.adapters.taskkit.original import SCHEDULER, TASK, HandDriven, Original
from tests.adapters.taskkit.reference import Op, Work
from tests.adapters.taskkit.stage import Stage, WorkError

Either = Original | Stage
BOTH = (Original, Stage)
FAILING = Work(length=2, fails=True)
LONG = Work(length=5)


def play(stage: Either, *ops: Op, work: Work | None = None) -> list[object]:
    """Make calls one after another; "advance" lets time pass. Return the answers."""
    answers: list[object] = []
    for op in ops:
        if op[0] == "advance":
            stage.advance(int(op[1]))
        else:
            answers.append(stage.do(op, work))
        if isinstance(stage, Original):
            stage.settle()
    return answers


def starts(stage: Either) -> list[int]:
    """Return when runs started, in seconds after 1000."""
    return [int(float(str(event[0]))) - 1000 for event in stage.log if event[1] == "start"]


def test_d01_a_disabled_task_that_comes_due_is_skipped() -> None:
    """The original's scheduler dies of it."""
    original, ours = (kind(1000) for kind in BOTH)
    for stage in (original, ours):
        play(stage, ("addPeriodicAction", "a", "2", "3"), ("disableTask", "a"), ("advance", "4"))
        play(stage, ("enableTask", "a"), ("addPeriodicAction", "b", "1", "9"), ("advance", "5"))
    assert (original.dead, starts(original)) == (True, [])
    assert starts(ours) == [5, 5, 8]


def test_d02_a_failing_run_ends_once() -> None:
    """The original ends it twice, and takes the run that follows it for ended as well."""
    original, ours = (kind(1000) for kind in BOTH)
    for stage in (original, ours):
        play(stage, ("addActionOnDemand", "a"), work=FAILING)
        play(stage, ("demandTask", "a"), ("demandTask", "a"), ("advance", "3"))
        assert starts(stage) == [0, 2]
    assert (len(original.going), original.state()[0]) == (1, [])
    assert ours.state()[0] == ["a"]


class RaisingTask(Task):
    """Raises what it was made with."""

    def __init__(self, error: BaseException) -> None:
        """`error`: what `run` raises."""
        self.error = error

    def run(self) -> None:
        """Raise it."""
        raise self.error


@pytest.mark.parametrize(("error", "failures"), [(SystemExit(), 0), (KeyboardInterrupt(), 1)])
def test_d03_whatever_a_run_raises_it_ends(error: BaseException, failures: int) -> None:
    """SystemExit is a normal end, any other such error a failure."""
    ours = Stage(1000)
    ours.scheduler.addActionOnDemand(RaisingTask(error), "a")
    assert ours.scheduler.demandTask("a")
    assert (ours.state()[2], ours.failures) == (["a"], failures)


def test_d03_in_the_original_a_run_that_exits_runs_for_ever() -> None:
    """Neither of its two notices comes."""
    original, task = Original(1000), TASK.Task()
    play(original, ("addActionOnDemand", "a"), ("demandTask", "a"), work=LONG)
    task.run = exit_now
    with pytest.raises(SystemExit):
        task._run(original.scheduler.running("a"))
    assert original.scheduler.hasRunning("a")


def exit_now() -> None:
    """Raise SystemExit."""
    raise SystemExit


def test_d04_a_demand_during_a_run_is_heeded_for_every_kind_of_task() -> None:
    """The original says True and does nothing, but for on-demand tasks."""
    original, ours = (kind(1000) for kind in BOTH)
    for stage in (original, ours):
        play(stage, ("addPeriodicAction", "a", "0", "9"), work=LONG)
        assert play(stage, ("demandTask", "a"), ("demandTask", "a")) == [True, True]
        play(stage, ("advance", "8"))
    assert (starts(original), starts(ours)) == ([0], [0, 5])


def test_d05_a_demand_pending_on_a_disabled_task_is_dropped() -> None:
    """The original calls itself until the stack is full."""
    original, ours = (kind(1000) for kind in BOTH)
    for stage in (original, ours):
        play(stage, ("addActionOnDemand", "a"), work=LONG)
        play(stage, ("demandTask", "a"), ("demandTask", "a"), ("disableTask", "a"))
    with pytest.raises(RecursionError):
        play(original, ("advance", "6"))
    play(ours, ("advance", "6"))
    assert (starts(ours), ours.state()[2]) == ([0], ["a"])


def test_d06_a_name_added_again_while_running_does_not_run_beside_itself() -> None:
    """The new registration waits for the old run, whose end changes nothing else."""
    original, ours = (kind(1000) for kind in BOTH)
    for stage in (original, ours):
        play(stage, ("addPeriodicAction", "a", "0", "3"), work=LONG)
        play(stage, ("addPeriodicAction", "a", "1", "3"), ("advance", "2"), work=LONG)
    assert len(original.going) == 2
    assert (starts(ours), ours.state()) == ([0], ([], {"a": 1001}, []))
    play(ours, ("advance", "4"))
    assert (starts(ours), ours.state()[0]) == ([0, 5], ["a"])


def test_d07_a_registration_inherits_nothing() -> None:
    """In the original a task that is added again is still disabled, and still on demand."""
    original, ours = (kind(1000) for kind in BOTH)
    for stage in (original, ours):
        play(stage, ("addPeriodicAction", "a", "9", "9"), ("disableTask", "a"))
        play(stage, ("addTimedAction", "a", "1"), ("addActionOnDemand", "b"))
        play(stage, ("addTimedAction", "b", "1"), ("advance", "2"))
    assert (starts(original), original.state()[2]) == ([1], ["b"])
    assert (starts(ours), ours.state()[2]) == ([1, 1], [])


def test_d08_idle_on_demand_tasks_can_be_disabled() -> None:
    """The original does not look for them there."""
    original, ours = (kind(1000) for kind in BOTH)
    calls = ("addActionOnDemand", "a"), ("disableTask", "a"), ("demandTask", "a")
    assert (play(original, *calls), starts(original)) == ([None, False, True], [0])
    assert (play(ours, *calls), starts(ours)) == ([None, True, True], [])


def test_d09_stop_says_whether_the_task_was_running() -> None:
    """As the original does, whatever its docstring says."""
    for stage in (kind(1000) for kind in BOTH):
        play(stage, ("addActionOnDemand", "a"), work=LONG)
        assert play(stage, ("stopTask", "a"), ("demandTask", "a"), ("stopTask", "a")) == [
            *(False, True, True)
        ]


def test_d10_d21_lists_may_be_walked_while_they_change() -> None:
    """The original gives its own dictionaries away, and walks them itself in stopAllTasks."""
    original, ours = (kind(1000) for kind in BOTH)
    for stage in (original, ours):
        play(stage, ("addActionOnDemand", "a"), ("addActionOnDemand", "b"))
    with pytest.raises(RuntimeError, match="changed size"):
        unregister_all(original.scheduler)
    unregister_all(ours.scheduler)
    assert ours.state() == ([], {}, [])


def unregister_all(scheduler: Any) -> None:
    """Do it in the documented way."""
    for name in scheduler.onDemandTasks():
        scheduler.unregisterTask(name)


class Interrupted(HandDriven):
    """The original, with another thread that adds a task at the worst moment."""

    meanwhile: Any = None

    def setNextTime(self, nextTime: float | None) -> None:
        """Let the other thread go first."""
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        super().setNextTime(nextTime)


def test_d11_in_the_original_a_task_added_during_a_look_is_lost() -> None:
    """It looks at all tasks, then forgets the time that was set meanwhile; ours has one lock."""
    original = Original(1000)
    original.scheduler = scheduler = Interrupted()
    scheduler._isRunning = True
    play(original, ("addTimedAction", "a", "1"))
    scheduler.meanwhile = lambda: original._do(("addTimedAction", "b", "1"), Work(), None)
    play(original, ("advance", "9"))
    assert (starts(original), list(scheduler.scheduledTasks())) == ([1], ["b"])


def test_d12_a_daily_task_follows_the_clock_on_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """The original keeps the seconds of now, and goes on by days of 86,400 seconds."""
    monkeypatch.setattr(SCHEDULER, "localtime", lambda: time.gmtime(original.now))
    original, ours = (kind(7 * 3600 + 4 * 60 + 5) for kind in BOTH)
    with original.in_place():
        original.scheduler.addDailyAction(8, 0, TASK.Task(), "a")
    ours.scheduler.addDailyAction(8, 0, Task(), "a", tz="UTC")
    assert original.scheduler.nextTime() == 8 * 3600 + 5
    assert ours.scheduler.nextTime() == 8 * 3600


def test_d12_a_daily_task_keeps_its_time_of_day_when_the_clocks_change() -> None:
    """Nor does an overrun move it, and its period is still said to be a day."""
    clock = VirtualClock("2026-03-28T06:00:30+01:00")
    scheduler = Scheduler(clock=clock)
    scheduler.start()
    scheduler.addDailyAction(6, 0, Task(), "now", tz="Europe/Berlin")
    scheduler.addDailyAction(6, 59, SilentTask(), "a", tz="Europe/Berlin", takes=90_000)
    clock.run_until("2026-03-31T12:00+02:00")
    runs = scheduler.book.side.shell.runs("a")
    assert [f"{run.started:%d %H:%M:%S}" for run in runs] == ["28 05:59:00", "30 04:59:00"]
    (first, *_) = scheduler.book.side.shell.runs("now")
    assert f"{first.started:%H:%M:%S}" == "05:00:30"
    assert scheduler.scheduled("now").period() == 86_400  # type: ignore[union-attr]


class SilentTask(Task):
    """Does nothing."""

    def run(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda s: s.addDailyAction(25, 0, SilentTask(), "a"), ValueError),
        (lambda s: s.addDailyAction(0, 61, SilentTask(), "a"), ValueError),
        (lambda s: s.addDailyAction("8", 0, SilentTask(), "a"), TypeError),
        (lambda s: s.addTimedAction(None, SilentTask(), "a"), TypeError),
        (lambda s: s.addTimedAction("12:00", SilentTask(), "a"), TypeError),
        (lambda s: s.addTimedAction(math.nan, SilentTask(), "a"), ValueError),
        (lambda s: s.addPeriodicAction(math.inf, 1, SilentTask(), "a"), ValueError),
        (lambda s: s.addPeriodicAction(0, None, SilentTask(), "a"), TypeError),
        (lambda s: s.addActionOnDemand(print, "a"), TypeError),
        (lambda s: s.addActionOnDemand(SilentTask(), ""), ValueError),
        (lambda s: s.addActionOnDemand(SilentTask(), "a", takes=-1), ValueError),
    ],
)
def test_d13_what_makes_no_sense_is_refused_where_it_is_said(call: Any, error: type) -> None:
    """The original takes it, and its scheduler dies of it later, or never runs the task."""
    ours = Stage(1000)
    with pytest.raises(error):
        call(ours.scheduler)
    assert ours.state() == ([], {}, [])


def test_d13_in_the_original_a_start_of_none_kills_the_scheduler() -> None:
    """It is found out on the scheduler's own thread."""
    original = Original(1000)
    original.scheduler.addTimedAction(None, TASK.Task(), "a")
    play(original, ("addTimedAction", "b", "1"), ("advance", "2"))
    assert (original.dead, starts(original)) == (True, [])


def test_d13_the_sign_of_a_period_does_not_matter_and_minute_60_is_the_full_hour() -> None:
    """TaskKit's own test adds one minute to the present one, without a look at the clock."""
    ours = Stage(23 * 3600 + 59 * 60)
    play(ours, ("addPeriodicAction", "a", "1", "-5"), ("setPeriod", "a", "-7"))
    assert ours.scheduler.scheduledTasks()["a"].period() == 7
    ours.scheduler.addDailyAction(23, 60, SilentTask(), "d", tz="UTC")
    assert ours.scheduler.scheduledTasks()["d"].startTime() == 24 * 3600


def test_d14_a_start_of_zero_is_a_start() -> None:
    """To the original it is none."""
    original, ours = (kind(1000) for kind in BOTH)
    for stage in (original, ours):
        play(stage, ("addTimedAction", "a", "-1000"), ("advance", "5"))
    assert (starts(original), starts(ours)) == ([], [0])


def test_d15_a_start_that_is_moved_forward_is_heeded() -> None:
    """The original sleeps on."""
    original, ours = (kind(1000) for kind in BOTH)
    for stage in (original, ours):
        play(stage, ("addTimedAction", "a", "9"), ("startTime", "a", "2"), ("advance", "12"))
    assert (starts(original), starts(ours)) == ([9], [2])


def test_d16_no_wait_is_too_long() -> None:
    """The original asks the system for more than it can do."""
    with pytest.raises(OverflowError):
        SCHEDULER.Scheduler().wait(1e20)
    ours = Scheduler()
    ours.notify()
    ours.wait(1e20)
    assert not ours.isRunning()


def test_d17_a_wall_clock_that_is_set_back_parks_no_periodic_task() -> None:
    """The original waits until the old time comes again."""
    original, ours = (kind(1000) for kind in BOTH)
    for stage in (original, ours):
        play(stage, ("addPeriodicAction", "a", "0", "10"), ("advance", "5"))
    original.now -= 600
    ours.clock.step_wall("-600s")
    for stage in (original, ours):
        play(stage, ("advance", "20"))
    assert (len(starts(original)), len(starts(ours))) == (1, 3)


def test_d17_an_on_demand_task_stays_on_demand_when_the_clock_is_set_back() -> None:
    """The original schedules it for when it was registered, which now lies ahead."""
    original, ours = (kind(1000) for kind in BOTH)
    for stage in (original, ours):
        play(stage, ("addActionOnDemand", "a"), ("demandTask", "a"), work=LONG)
    ours.clock.step_wall("-600s")
    original.now -= 600
    for run in original.going:
        run.end -= 600
    for stage in (original, ours):
        play(stage, ("advance", "6"))
    assert (list(original.state()[1]), ours.state()) == (["a"], ([], {}, ["a"]))


def test_d18_a_scheduler_can_be_stopped_at_any_time() -> None:
    """Before it is started and twice, too; afterwards it starts nothing more."""
    with pytest.raises(RuntimeError):
        SCHEDULER.Scheduler().stop()
    for clock in (VirtualClock(to_datetime(0)), None):
        ours = Scheduler(clock=clock)
        ours.addActionOnDemand(SilentTask(), "a")
        ours.stop()
        ours.stop()
        assert (ours.runTaskNow("a"), ours.demandTask("a"), ours.isRunning()) == (False,) * 3
        assert ours.addTimedAction(0, SilentTask(), "b") is None
        with pytest.raises(RuntimeError):
            ours.start()


def test_d20_a_task_object_may_have_two_names() -> None:
    """Each run knows its own; the original knows the last one only."""
    ours, told = Stage(1000), list[object]()

    class SharedTask(Task):
        def run(self) -> None:
            if self.name() == "a":
                ours.scheduler.runTaskNow("b")
            told.append((self.name(), self.proceed()))

    task = SharedTask()
    assert (task.proceed(), task.name(), task.handle()) == (True, None, None)
    ours.scheduler.addActionOnDemand(task, "a")
    ours.scheduler.addActionOnDemand(task, "b")
    ours.scheduler.runTaskNow("a")
    assert sorted(told) == [("a", True), ("b", True)]
    assert (task.name(), task.proceed()) == ("b", False)


def test_d20_in_the_original_a_task_object_knows_its_last_name_only() -> None:
    """And before its first run it knows nothing."""
    original = Original(1000)
    with pytest.raises(AttributeError):
        TASK.Task().proceed()
    task, told = TASK.Task(), []
    for name in ("a", "b"):
        original.scheduler.addActionOnDemand(task, name)
    handle_a, handle_b = original.scheduler.onDemandTasks().values()
    task.run = lambda: (task.name() == "a" and task._run(handle_b), told.append(task.name()))
    task._run(handle_a)
    assert told == ["b", "b"]


def test_d22_what_is_due_at_one_time_starts_in_order_of_registration() -> None:
    """The earlier due time first, then the earlier registration."""
    ours = Stage(1000)
    play(ours, ("addTimedAction", "c", "5"), ("addTimedAction", "a", "4"))
    play(ours, ("addTimedAction", "b", "5"))
    ours.clock.stall("9s")
    play(ours, ("advance", "0"))
    assert [event[2] for event in ours.log] == ["a", "c", "b"]


def test_d23_the_original_says_that_it_runs_when_it_is_dead() -> None:
    """Ours lives: an exceptionHandler that fails itself is logged, and that is all."""
    original = Original(1000)
    play(original, ("addPeriodicAction", "a", "0", "3"), ("disableTask", "a"))
    play(original, ("addPeriodicAction", "a", "1", "3"), ("disableTask", "a"), ("advance", "2"))
    assert original.scheduler.isRunning()
    ours = Scheduler(exceptionHandler=lambda: 1 / 0, clock=(clock := VirtualClock(to_datetime(0))))
    ours.start()
    ours.addPeriodicAction(0, 5, RaisingTask(WorkError()), "a")
    clock.advance(seconds=12)
    assert (ours.isRunning(), len(ours.book.side.shell.runs("a"))) == (True, 3)
