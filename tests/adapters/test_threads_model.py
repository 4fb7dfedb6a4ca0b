"""The shell on threads under a model checker: every order of its threads that makes a difference.

frontrun runs real threads one instruction at a time and tries, by dynamic partial-order reduction,
each order of their reads, writes and locks that no other order is equal to. The scheduler's own
loop is one of the threads; its clock stands still, and notes until when the loop went to sleep
after all had been said. Nothing ends that sleep: a wake-up that was lost stays lost.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

import frontrun
import pytest
from frontrun.common import InterleavingResult

from duetime.adapters.calls import RunHandle
from duetime.adapters.health import time_left
from duetime.adapters.threads import Scheduler
from duetime.clocks.base import Waker
from duetime.engine.instants import Reading, Span, to_datetime, to_instant
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import AfterFinish, Every

START = Reading(to_instant("2026-03-02T09:00Z"), 0, "model")


class StillWaker:
    """Ends the present sleep, or else the next one."""

    def __init__(self, clock: "StillClock") -> None:
        """Start unwoken."""
        self.clock = clock
        self.woken = False

    def wake(self) -> None:
        """Note it, and let the sleeper look."""
        with self.clock.changed:
            self.woken = True
            self.clock.changed.notify_all()


class StillClock:
    """A clock that stands still; a sleep lasts until its waker wakes or all has been said.

    `speakers`: how many threads have not said all. `last_sleep`: until when the scheduler went to
    sleep with nobody left to wake it, None: for ever.
    """

    longest_wait: ClassVar[Span | None] = None

    def __init__(self, speakers: int) -> None:
        """Start with so many that will speak."""
        self.changed = threading.Condition()
        self.speakers = speakers
        self.asleep = False
        self.last_sleep: int | None = None

    def read(self) -> Reading:
        """Return the one time that there is."""
        return START

    def now(self) -> datetime:
        """Return it as a datetime."""
        return to_datetime(START.wall)

    def new_waker(self) -> StillWaker:
        """Return a waker."""
        return StillWaker(self)

    def wait(self, waker: Waker, until_mono: int | None) -> None:
        """Sleep."""
        assert isinstance(waker, StillWaker)
        with self.changed:
            while self.speakers and not waker.woken:
                self.changed.wait()
            if not waker.woken:
                self.asleep, self.last_sleep = True, until_mono
            waker.woken = False

    def give_way(self, waker: Waker) -> bool:
        """Let the present thread go on; the explorer tries the others first as well."""
        return True

    def hold(self, who: str) -> None:
        """Do nothing: time stands still in any case."""

    def release(self, who: str) -> None:
        """Do nothing."""

    def fall_silent(self) -> None:
        """Say that one speaker has said all."""
        with self.changed:
            self.speakers -= 1
            self.changed.notify_all()


def work(run: RunHandle) -> None:
    """Do nothing, as a run."""


class World:
    """A scheduler whose threads are the explorer's: the loop, and what each speaker says."""

    def __init__(self, shell: type[Scheduler], trigger: Trigger, speakers: int) -> None:
        """`trigger`: that of the one task; one that is demanded first if it follows its runs."""
        self.clock = StillClock(speakers)
        self.scheduler = shell(self.clock)
        self.scheduler._thread = threading.current_thread()
        self.runs: list[RunHandle] = []
        vars(self.scheduler)["_start_runs"] = self.runs.extend  # the explorer's threads run them
        self.scheduler.add("a", trigger, work)
        if trigger.follows_runs:
            self.scheduler.demand("a")

    def loop(self) -> None:
        """Be the scheduler's thread, until it sleeps and nobody is left to wake it."""
        while not self.clock.asleep:
            assert self.scheduler._guarded_round()

    def add_sooner(self) -> None:
        """Declare a task that is due before the other one."""
        self.scheduler.add("b", SOON, work)
        self.clock.fall_silent()

    def edit_to_sooner(self) -> None:
        """Let the task be due earlier than it was."""
        self.scheduler.reschedule("a", SOONER)
        self.clock.fall_silent()

    def pause_and_go_on(self) -> None:
        """Take the due time away and give it back."""
        self.scheduler.disable("a")
        self.scheduler.enable("a")
        self.clock.fall_silent()

    def end_run(self) -> None:
        """Come to the end of a run, on its own thread."""
        self.scheduler._run(self.runs[0])
        self.clock.fall_silent()

    def is_in_time(self) -> bool:
        """Whether the last sleep ends when the next is due, and no end of a run lies unread."""
        left = time_left(self.scheduler._machine.next_wakeup(), START)
        until = self.clock.last_sleep
        slept_past = left is not None and (until is None or until > left)
        return not slept_past and not self.scheduler._ended


HOURLY, SOON, SOONER = Every(hours=1), Every(seconds=7), Every(seconds=3)
AFTER = AfterFinish(seconds=3)
SCENES: dict[str, tuple[Trigger, Callable[[World], None], int]] = {
    "a sooner task is added": (HOURLY, World.add_sooner, 37),
    "the task is due sooner": (HOURLY, World.edit_to_sooner, 28),
    "the task is disabled and enabled": (HOURLY, World.pause_and_go_on, 23),
    "a run ends": (AFTER, World.end_run, 107),
}
"""What one thread says beside the loop, and how many orders there are of that on Python 3.11."""
PAIRS: dict[str, tuple[Trigger, list[Callable[[World], None]]]] = {
    "a run ends and a task is added": (AFTER, [World.end_run, World.add_sooner]),
    "an edit and an addition": (HOURLY, [World.edit_to_sooner, World.add_sooner]),
}
"""What two threads say beside the loop."""
MOST_ORDERS = 5_000
MOST_ORDERS_OF_PAIRS = 200


class Deaf(Scheduler):
    """Its thread is not told that the next due time came forward."""

    def _wake_if_earlier(self) -> None:
        pass


class SaysItLate(Scheduler):
    """Its thread says until when it will sleep after it has let go of the lock."""

    def _round(self) -> bool:
        with self._lock:
            at = self.clock.read()
            left = time_left(self._machine.next_wakeup(), at)
        until = None if left is None else at.mono + left
        self._asleep_until = 1 << 63 if until is None else until
        if self._ended:
            return True
        self.clock.wait(self._waker, until)
        return True


class LooksTooSoon(Scheduler):
    """Its thread looks for runs that have ended before it says that it will sleep."""

    def _round(self) -> bool:
        if self._ended:
            return True
        with self._lock:
            at = self.clock.read()
            left = time_left(self._machine.next_wakeup(), at)
            until = None if left is None else at.mono + left
            self._asleep_until = 1 << 63 if until is None else until
        self.clock.wait(self._waker, until)
        return True


@pytest.fixture(autouse=True)
def _explorer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let frontrun put its own locks in place of real ones while it explores."""
    monkeypatch.setenv("FRONTRUN_ACTIVE", "1")


def explored(
    trigger: Trigger,
    speakers: list[Callable[[World], None]],
    shell: type[Scheduler] = Scheduler,
    *,
    most: int = MOST_ORDERS,
) -> InterleavingResult:
    """Try the orders of a scene, without a limit on how often threads take turns."""
    return frontrun.explore(
        setup=lambda: World(shell, trigger, len(speakers)),
        workers=[World.loop, *speakers],
        invariant=World.is_in_time,
        clock="virtual",  # so that a thread that waits counts as one that cannot go on
        preemption_bound=None,
        max_executions=most,
        detect_io=False,
        reproduce_on_failure=0,
    )


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_p56_no_order_of_two_threads_loses_a_wake_up(scene: str) -> None:
    """Whatever one thread says, in all orders that differ the loop does not sleep past it."""
    trigger, speaker, least = SCENES[scene]
    result = explored(trigger, [speaker])
    result.assert_holds()
    assert least // 2 <= result.num_explored < MOST_ORDERS


@pytest.mark.slow
@pytest.mark.parametrize("scene", PAIRS)
def test_p56_no_order_tried_of_three_threads_loses_a_wake_up(scene: str) -> None:
    """Nor does it in the first so many orders of what two threads say."""
    trigger, speakers = PAIRS[scene]
    result = explored(trigger, speakers, most=MOST_ORDERS_OF_PAIRS)
    result.assert_holds()
    assert result.num_explored == MOST_ORDERS_OF_PAIRS


@pytest.mark.parametrize(
    ("shell", "scene"),
    [
        (Deaf, "a sooner task is added"),
        (Deaf, "the task is due sooner"),
        (SaysItLate, "the task is due sooner"),
        (LooksTooSoon, "a run ends"),
    ],
)
def test_p56_a_lost_wake_up_is_found_in_some_order(shell: type[Scheduler], scene: str) -> None:
    """A shell that can sleep past a due time is found out, however rare the order is."""
    trigger, speaker, _ = SCENES[scene]
    result = explored(trigger, [speaker], shell)
    assert result.property_holds is False


def test_p56_no_order_of_a_pause_loses_a_wake_up() -> None:
    """The smallest scene is tried in full each time."""
    trigger, speaker, _ = SCENES["the task is disabled and enabled"]
    explored(trigger, [speaker]).assert_holds()
