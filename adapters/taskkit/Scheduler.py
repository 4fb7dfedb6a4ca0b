"""TaskKit's Scheduler, on this engine."""

import threading
from collections.abc import Callable
from datetime import timedelta, tzinfo
from typing import TypeVar

from duetime.adapters.simulate import Simulation
from duetime.adapters.taskkit.book import Book
from duetime.adapters.taskkit.entries import Place, Runnable
from duetime.adapters.taskkit.starts import first_daily, read_daily, read_period, to_ns
from duetime.adapters.taskkit.Task import call_task
from duetime.adapters.taskkit.TaskHandler import TaskHandler, read_task
from duetime.adapters.threads import Scheduler as Threads
from duetime.clocks.base import Clock, Waker
from duetime.clocks.real import RealClock
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadTaskError
from duetime.engine.instants import SECOND, Instant, Span
from duetime.engine.triggers.calendar import Daily

D = TypeVar("D")

STOP_GRACE = timedelta(seconds=3)
"""So long `stop()` waits at most, as it always did."""
LOOK = 2 * SECOND
"""A wait is cut to this, so that a set wall clock is noticed soon."""


class Scheduler:
    """Runs tasks: at a time, periodically, daily or on demand.

    Moments are seconds since the epoch, as `time.time()` gives them. On a VirtualClock the
    scheduler is driven by the clock, and the add methods take `takes`: how many seconds of virtual
    time each run lasts (0 if left out).
    """

    def __init__(
        self,
        daemon: bool = True,
        exceptionHandler: Callable[[], object] | None = None,
        *,
        clock: Clock | None = None,
        store: None = None,
    ) -> None:
        """`exceptionHandler`: called without arguments inside of the except block of a failed run.

        `daemon`: whether the process may end while threads of the scheduler go on.
        Raises BadTaskError for a store: there is none yet.
        """
        if store is not None:
            raise BadTaskError(f"store {store!r}: the TaskKit face keeps nothing yet; leave it out")
        self.daemon = daemon
        self._notified = threading.Event()
        self._over = threading.Event()
        shell = _make_shell(clock, daemon=daemon)
        self.book = Book[TaskHandler](shell, call_task, exceptionHandler)

    # Life

    def start(self) -> None:
        """Begin to run what is due. Raises RuntimeError the second time, and after `stop`."""
        shell = self.book.side.shell
        with self.book.side.together():
            if self.book.started or self.book.side.stopped:
                raise RuntimeError("a scheduler can be started once only; make a new one")
            self.book.started = True
        if isinstance(shell, Simulation):
            shell.clock.attach(shell)
            shell.come_due()
        else:
            shell.start()

    def stop(self) -> None:
        """End: start nothing more, ask all runs to stop, and wait for them, at most 3 seconds.

        Before `start`, and the second time, it does no harm; inside a run it does not wait for it.
        """
        shell = self.book.side.shell
        if isinstance(shell, Simulation) and not self.book.started:
            shell.clock.attach(shell)
        self.book.started = True
        self.book.close(STOP_GRACE)
        self._over.set()
        self.notify()

    def isRunning(self) -> bool:
        """Return whether due tasks are started: from `start` to `stop`."""
        return self.book.started and not self.book.side.stopped

    def is_alive(self) -> bool:
        """Return the same as `isRunning`: the original was a thread."""
        return self.isRunning()

    def join(self, timeout: float | None = None) -> None:
        """Wait for `stop`, at most `timeout` seconds."""
        _wait(self._over, timeout)

    def run(self) -> None:
        """Wait for `stop`; the work is done on a thread of its own."""
        if self.isRunning():
            self.join()

    def wait(self, seconds: float | None = None) -> None:
        """Wait for `notify`, at most `seconds`."""
        _wait(self._notified, seconds)
        self._notified.clear()

    def notify(self) -> None:
        """End a `wait`; the scheduler itself needs no waking."""
        self._notified.set()

    # Adding: an existing task of the name is replaced

    def addTimedAction(
        self, actionTime: float, task: Runnable, name: str, *, takes: float = 0
    ) -> None:
        """Run a task once, at a moment; at once if that is past."""
        self._add(name, task, takes, start=to_ns(actionTime, "actionTime"))

    def addActionOnDemand(self, task: Runnable, name: str, *, takes: float = 0) -> None:
        """Run a task when it is demanded."""
        self._add(name, task, takes)

    def addPeriodicAction(
        self, start: float, period: float, task: Runnable, name: str, *, takes: float = 0
    ) -> None:
        """Run a task from a moment on every `period` seconds; 0: once."""
        self._add(name, task, takes, start=to_ns(start, "start"), period=read_period(period))

    def addDailyAction(
        self,
        hour: int,
        minute: int,
        task: Runnable,
        name: str,
        *,
        takes: float = 0,
        tz: tzinfo | str | None = None,
    ) -> None:
        """Run a task every day at a time of day, in the local zone or `tz`.

        Where that minute has begun already, the first run is now.
        """
        daily = read_daily(hour, minute, tz)
        start = first_daily(daily, self.book.side.now())
        self._add(name, task, takes, start=start, daily=daily)

    def unregisterTask(self, name: str) -> TaskHandler | None:
        """Take a task away; return its handle. A run in progress goes on."""
        with self.book.side.together():
            entry = self.book.find(name)
            if entry is None:
                return None
            self.book.forget(name)
            entry.handle.unregister()
            return entry.handle

    # Verbs

    def runTaskNow(self, name: str) -> bool:
        """Run a task now, unless it is running; say whether it is there.

        Its next start stays where it is. A disabled task is there, but is not run.
        """
        with self.book.side.together():
            entry = self.book.find(name)
            if entry is None or self.book.side.stopped:
                return False
            if self.book.side.place(entry) is not Place.RUNNING:
                self.book.start_now(entry)
            return True

    def demandTask(self, name: str) -> bool:
        """Run an on-demand task now, or any task that is running once more after its run.

        However often it is demanded during a run, that leads to one more.
        Say False for a scheduled or an unknown task.
        """
        with self.book.side.together():
            entry = self.book.find(name)
            if entry is None or self.book.side.stopped:
                return False
            place = self.book.side.place(entry)
            if place is Place.RUNNING:
                entry.re_run = True
            elif place is Place.ON_DEMAND:
                self.book.start_now(entry)
            return place is not Place.SCHEDULED

    def stopTask(self, name: str) -> bool:
        """Ask a running task to stop; say False if it is not running."""
        with self.book.side.together():
            handle = self.running(name)
            if handle is None:
                return False
            handle.stop()
            return True

    def stopAllTasks(self) -> None:
        """Ask all running tasks to stop."""
        for handle in self.runningTasks().values():
            handle.stop()

    def disableTask(self, name: str) -> bool:
        """Let a task start no more, and skip what comes due; say whether it is there."""
        entry = self.book.find(name)
        if entry is not None:
            entry.handle.disable()
        return entry is not None

    def enableTask(self, name: str) -> bool:
        """Let a task start again, by its old schedule; say whether it is there."""
        entry = self.book.find(name)
        if entry is not None:
            entry.handle.enable()
        return entry is not None

    # Lists: copies, in order of registration

    def runningTasks(self) -> dict[str, TaskHandler]:
        """Return the handles of all running tasks."""
        return self._handles(Place.RUNNING)

    def scheduledTasks(self) -> dict[str, TaskHandler]:
        """Return the handles of all tasks that have a next start and are not running."""
        return self._handles(Place.SCHEDULED)

    def onDemandTasks(self) -> dict[str, TaskHandler]:
        """Return the handles of all tasks that wait for a demand."""
        return self._handles(Place.ON_DEMAND)

    def running(self, name: str, default: D | None = None) -> TaskHandler | D | None:
        """Return the handle of a running task."""
        return self._handle_at(Place.RUNNING, name) or default

    def scheduled(self, name: str, default: D | None = None) -> TaskHandler | D | None:
        """Return the handle of a scheduled task."""
        return self._handle_at(Place.SCHEDULED, name) or default

    def onDemand(self, name: str, default: D | None = None) -> TaskHandler | D | None:
        """Return the handle of a task that waits for a demand."""
        return self._handle_at(Place.ON_DEMAND, name) or default

    def hasRunning(self, name: str) -> bool:
        """Return whether a task is running."""
        return self._handle_at(Place.RUNNING, name) is not None

    def hasScheduled(self, name: str) -> bool:
        """Return whether a task is scheduled."""
        return self._handle_at(Place.SCHEDULED, name) is not None

    def hasOnDemand(self, name: str) -> bool:
        """Return whether a task waits for a demand."""
        return self._handle_at(Place.ON_DEMAND, name) is not None

    def nextTime(self) -> float | None:
        """Return the earliest start of all scheduled tasks."""
        with self.book.side.together():
            return min((h.startTime() for h in self.scheduledTasks().values()), default=None)

    # What the original used internally

    def runTask(self, handle: TaskHandler) -> None:
        """Run the task of a handle, if it is scheduled or on demand, and not disabled."""
        handle.runTask()

    def scheduleTask(self, handle: TaskHandler) -> None:
        """Register a handle, to be started at its start time."""
        self.book.register(handle.entry, planned=True)

    def setScheduled(self, handle: TaskHandler) -> None:
        """Do the same as `scheduleTask`."""
        self.scheduleTask(handle)

    def setOnDemand(self, handle: TaskHandler) -> None:
        """Register a handle, to be started when it is demanded."""
        self.book.register(handle.entry, planned=False)

    def setRunning(self, handle: TaskHandler) -> None:
        """Do nothing: a task is running while a run of it is going."""

    def setNextTime(self, nextTime: float | None) -> None:
        """Do nothing: the next time is what the tasks say."""

    def delRunning(self, name: str) -> TaskHandler | None:
        """Take a running task away and return its handle; the run goes on."""
        return self._delete(Place.RUNNING, name)

    def delScheduled(self, name: str) -> TaskHandler | None:
        """Take a scheduled task away and return its handle."""
        return self._delete(Place.SCHEDULED, name)

    def delOnDemand(self, name: str) -> TaskHandler | None:
        """Take a task that waits for a demand away and return its handle."""
        return self._delete(Place.ON_DEMAND, name)

    def notifyCompletion(self, handle: TaskHandler) -> None:
        """End the run of a handle, though its code goes on; a second end is ignored."""
        handle.notifyCompletion()

    def notifyFailure(self, handle: TaskHandler) -> None:
        """End the run of a handle as a failed one, then call the exceptionHandler."""
        handle.notifyFailure()

    # Private parts

    def _add(
        self,
        name: str,
        task: Runnable,
        takes: float,
        *,
        start: Instant | None = None,
        period: Span = 0,
        daily: Daily | None = None,
    ) -> None:
        """Register a task; without a start it waits for a demand.

        A handle that is not running is used again, as those who hold on to it expect.
        """
        lasts = self._read_takes(takes)
        with self.book.side.together():
            old = self.book.find(name)
            free = old is not None and self.book.side.place(old) is not Place.RUNNING
            handle = old.handle if old and free else TaskHandler(self, 0, 0, task, name)
            handle.entry.renew(
                read_task(task),
                start=self.book.side.now() if start is None else start,
                period=period,
                daily=daily,
                takes=lasts,
            )
            handle.setOnDemand(start is None)
            self.book.register(handle.entry, planned=start is not None)

    def _read_takes(self, takes: float) -> Span:
        lasts = to_ns(takes, "takes")
        if lasts and not isinstance(self.book.side.shell, Simulation):
            raise ValueError("takes is for a VirtualClock; in real time a run lasts as it lasts")
        if lasts < 0:
            raise ValueError(f"takes {takes!r} must not be negative")
        return lasts

    def _handles(self, place: Place) -> dict[str, TaskHandler]:
        return {name: entry.handle for name, entry in self.book.at(place).items()}

    def _handle_at(self, place: Place, name: str) -> TaskHandler | None:
        with self.book.side.together():
            entry = self.book.find(name)
            return entry.handle if entry and self.book.side.place(entry) is place else None

    def _delete(self, place: Place, name: str) -> TaskHandler | None:
        with self.book.side.together():
            handle = self._handle_at(place, name)
            if handle is not None:
                self.book.forget(name)
            return handle


def _make_shell(clock: Clock | None, *, daemon: bool) -> Threads | Simulation:
    if not isinstance(clock, VirtualClock):
        return Threads(clock or _WatchfulClock(), daemon=daemon)
    shell = Simulation(clock)
    clock.detach(shell)  # nothing is due before start()
    return shell


class _WatchfulClock(RealClock):
    """The real clock, whose waits are short enough that a set wall clock is noticed soon."""

    __slots__ = ()

    def wait(self, waker: Waker, until_mono: int | None) -> None:
        """Wait until `until_mono`, until woken, or 2 seconds, whichever comes first."""
        look = self.read().mono + LOOK
        super().wait(waker, look if until_mono is None else min(until_mono, look))


def _wait(event: threading.Event, seconds: float | None) -> None:
    """Wait for an event, as long as the system can wait at most."""
    event.wait(None if seconds is None else min(max(seconds, 0), threading.TIMEOUT_MAX))
