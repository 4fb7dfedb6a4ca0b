"""Wakes: the scheduler's thread never sleeps past a due time that was brought forward.

What is asserted is each wait that timed out. A real wait ends after thirty seconds in any case, so
the final state shows nothing of a wake-up that was lost.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from duetime.adapters.calls import RunHandle
from duetime.adapters.declare import policies_of
from duetime.adapters.health import time_left
from duetime.adapters.testing.playing import move, say
from duetime.adapters.testing.program_strategies import (
    AHEAD,
    CALM,
    DISABLES,
    RESCHEDULES,
    SAYINGS,
    SLOTS,
    declares,
    programs,
)
from duetime.adapters.testing.programs import (
    START,
    Act,
    Declare,
    Disable,
    Limit,
    Pass,
    Program,
    Reschedule,
    Say,
)
from duetime.adapters.threads import Scheduler
from duetime.clocks.base import Waker
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import UnknownTaskError
from duetime.engine.instants import SECOND, iso, span_text
from duetime.engine.machine import Settings
from duetime.engine.policies import Retry
from duetime.engine.tasks import Task
from duetime.engine.triggers.every import AfterFinish, Every

CAP = 30 * SECOND
LIMIT_SECONDS = 30


class WatchfulClock(VirtualClock):
    """A clock with capped waits that notes what had been left undone when one timed out.

    `intruder`: what another thread does just before the scheduler's thread begins to wait.
    """

    def __init__(self) -> None:
        """Start without a scheduler."""
        super().__init__(iso(START))
        self.scheduler: Scheduler | None = None
        self.intruder: Callable[[], None] | None = None
        self.timeouts = 0
        self.overslept: list[str] = []
        self.over: dict[tuple[str, int, int], int] = {}

    def wait(self, waker: Waker, until_mono: int | None) -> None:
        """Wait no longer than the cap; look around when the time is up."""
        now = self.read().mono
        until = now + CAP if until_mono is None else min(until_mono, now + CAP)
        own = threading.current_thread().name == "duetime"
        if own and self.intruder is not None:
            intruder = threading.Thread(target=self.intruder)
            self.intruder = None
            intruder.start()
            intruder.join(LIMIT_SECONDS)
        super().wait(waker, until)
        if own and self.scheduler is not None and self.read().mono >= until:
            self.timeouts += 1
            self._look(self.scheduler)

    def work(self, run: RunHandle) -> None:
        """Be the code of a task: last a while, edit the own task now and then, note the end.

        The first attempt of some runs fails.
        """
        run.sleep("500ms")
        if run.number % 3 == 0:
            with suppress(UnknownTaskError):
                run.handle.reschedule(Every(seconds=1 + run.number % 5))
        self.over[run.name, run.number, run.attempt] = self.read().mono
        if run.number % 4 == 2 and run.attempt == 1:
            raise RuntimeError("planned")

    def _look(self, scheduler: Scheduler) -> None:
        """Note what is overdue, and runs that ended at an earlier time and are not known to.

        What waits for a slot is overdue as well, but no wait can help it.
        """
        left = time_left(scheduler._machine.next_wakeup(), self.read())
        if left is not None and left < 0:
            self.overslept.append(f"{span_text(-left)} overdue")
        for (name, *attempt), ended in list(self.over.items()):
            if ended < self.read().mono:
                del self.over[name, *attempt]
                if attempt in going(scheduler, name):
                    self.overslept.append(f"{attempt} of {name!r} ended at {ended}")


def going(scheduler: Scheduler, name: str) -> list[list[int]]:
    """Return number and attempt of the runs whose code the scheduler takes to be going."""
    with suppress(UnknownTaskError):
        runs = getattr(scheduler.view(name).state, "runs", ())
        return [[run.number, run.attempt] for run in runs if run.retry_at is None]
    return []


def do(scheduler: Scheduler, clock: WatchfulClock, act: Act) -> None:
    """Say a verb; on an absent name it changes nothing."""
    with suppress(UnknownTaskError):
        match act:
            case Declare(task):
                scheduler.add(task.name, task.trigger, clock.work, **policies_of(task))
            case Say(verb, name):
                say(scheduler, verb, name)
            case Disable(name, span):
                until = None if span is None else iso(clock.read().wall + span)
                scheduler.disable(name, until=until)
            case Reschedule(name, trigger):
                scheduler.reschedule(name, trigger)


def overslept(program: Program, shell: type[Scheduler] = Scheduler, *, intrude: bool) -> list[str]:
    """Play a program; return what had been left undone whenever a wait timed out.

    `intrude`: verbs are said in between the look at the agenda and the wait that follows.
    """
    clock = WatchfulClock()
    limits = Settings(max_running=next((a.slots for a in program if isinstance(a, Limit)), None))
    with shell(clock, settings=limits) as scheduler:
        clock.scheduler = scheduler
        for act in program:
            if isinstance(act, Pass):
                move(clock, act)
            elif intrude:
                clock.intruder = partial(do, scheduler, clock, act)
                clock.step_wall("0s")  # the thread looks at the agenda once more
                clock.settle()
            else:
                do(scheduler, clock, act)
    assert clock.timeouts
    return clock.overslept


TASKS = declares(AHEAD)
PROGRAMS = programs(SAYINGS, DISABLES, RESCHEDULES, TASKS, CALM, first=TASKS, slots=SLOTS)


@settings(max_examples=40)
@given(PROGRAMS, st.booleans())
def test_p56_no_wait_times_out_past_a_due_time(program: Program, intrude: bool) -> None:
    """Whatever brings the next due time forward ends the wait before it is over."""
    assert overslept(program, intrude=intrude) == []


class Deaf(Scheduler):
    """A scheduler whose thread is not told that the next due time came forward."""

    def _wake_if_earlier(self) -> None:
        pass


def test_p56_a_lost_wake_up_is_found() -> None:
    """A shell that does not wake its thread sleeps past a due time, and the watch sees it."""
    hourly, often = Task(name="a", trigger=Every(hours=1)), Task(name="b", trigger=Every(seconds=7))
    program = Program([Declare(hourly), Pass(5 * SECOND), Declare(often), Pass(100 * SECOND)])
    for intrude in (False, True):
        assert overslept(program, intrude=intrude) == []
        assert overslept(program, Deaf, intrude=intrude) != []


def test_p56_the_end_of_a_run_brings_a_due_time_forward() -> None:
    """What follows runs is planned at the end of a run, on the run's own thread."""
    task = Task(name="a", trigger=AfterFinish(seconds=3))
    assert overslept(Program([Declare(task), Pass(50 * SECOND)]), intrude=False) == []


def test_p56_the_end_of_an_attempt_brings_the_next_one_forward() -> None:
    """When the next attempt is due is decided at the end of one, on the run's own thread."""
    task = Task(name="a", trigger=Every(seconds=10), retry=Retry(2, "1s"))
    assert overslept(Program([Declare(task), Pass(50 * SECOND)]), intrude=False) == []
