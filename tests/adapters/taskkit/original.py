"""The original TaskKit, driven by hand: its own code, with no threads and no real time.

`Original` plays the calls that `reference.OriginalRules` plays. Threads that the code would start
are kept in a list, and are begun and ended as the rules say; its main loop is left where it would
wait.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

import webware

from tests.adapters.taskkit.reference import HANDLE_VERBS, INSIDE_WORK, Op, Work

PATH = webware.__path__[0]


def load(name: str) -> ModuleType:
    """Import a module of Webware, whose folder is on the path for as long as that takes."""
    sys.path.insert(0, PATH)
    try:
        return import_module(name)
    finally:
        sys.path.remove(PATH)


SCHEDULER = load("TaskKit.Scheduler")
HANDLER = load("TaskKit.TaskHandler")
TASK = load("TaskKit.Task")


class ParkedError(Exception):
    """The main loop would wait now."""


class HandDriven(SCHEDULER.Scheduler):  # type: ignore[name-defined, misc]  # known at run time
    """The original scheduler, whose loop can be left."""

    def wait(self, seconds: float | None = None) -> None:
        """Leave the loop in place of waiting."""
        raise ParkedError


class HeldThread:
    """Stands for a thread: `start` only notes that it is to be begun."""

    begun: "list[HeldThread]"

    def __init__(self, _: None, target: Callable[..., None], name: str, args: tuple[Any]) -> None:
        """Take what `threading.Thread` takes."""
        self.task, self.handle = target.__self__, args[0]  # type: ignore[attr-defined]
        self.name, self.number, self.end = name, 0, 0

    def start(self) -> None:
        """Wait to be begun."""
        self.begun.append(self)


class Original:
    """The original scheduler in whole seconds."""

    def __init__(self, start: int) -> None:
        """`start`: the time at first."""
        self.now, self.count, self.dead = start, 0, False
        self.log: list[tuple[object, ...]] = []
        self.begun: list[HeldThread] = []
        self.going: list[HeldThread] = []
        self.scheduler: Any = HandDriven(exceptionHandler=lambda: None)
        self.scheduler._isRunning = True

    def do(self, op: Op, work: Work | None = None, handle: Any = None) -> object:
        """Make a call and return the answer."""
        with self.in_place():
            return self._do(op, work or Work(), handle)

    def state(self) -> tuple[list[str], dict[str, int], list[str]]:
        """Return who is running, who is scheduled when, who waits for a demand."""
        scheduled = self.scheduler.scheduledTasks()
        times = {name: scheduled[name].startTime() for name in sorted(scheduled)}
        return sorted(self.scheduler.runningTasks()), times, sorted(self.scheduler.onDemandTasks())

    def settle(self) -> None:
        """Do all that is due now."""
        with self.in_place():
            while True:
                while self.begun:
                    self._begin(self.begun.pop(0))
                self._turn()
                if not self.begun:
                    return

    def advance(self, seconds: int) -> None:
        """Let time pass, event by event."""
        target = self.now + seconds
        while True:
            look = None if self.dead else self.scheduler.nextTime() or None
            times = [run.end for run in self.going] + ([] if look is None else [look])
            if min(times, default=target + 1) > target:
                break
            self.now = min(times)
            with self.in_place():
                while ended := [run for run in self.going if run.end <= self.now]:
                    self._end(min(ended, key=lambda run: (run.name, run.number)))
                    while self.begun:
                        self._begin(self.begun.pop(0))
            self.settle()
        self.now = target

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let the code see this time, and these threads, for a while."""
        kept = SCHEDULER.time, HANDLER.time, HANDLER.Thread
        HeldThread.begun = self.begun
        SCHEDULER.time = HANDLER.time = lambda: self.now
        HANDLER.Thread = HeldThread
        try:
            yield
        finally:
            SCHEDULER.time, HANDLER.time, HANDLER.Thread = kept

    def _do(self, op: Op, work: Work, handle: Any) -> object:
        verb, name, *rest = op
        numbers = [int(number) for number in rest]
        scheduler, task = self.scheduler, TASK.Task()
        task.work = work
        found = scheduler.running(name) or scheduler.scheduled(name) or scheduler.onDemand(name)
        handle = handle or found
        match verb:
            case "addTimedAction":
                scheduler.addTimedAction(self.now + numbers[0], task, name)
            case "addPeriodicAction":
                scheduler.addPeriodicAction(self.now + numbers[0], numbers[1], task, name)
            case "addActionOnDemand":
                scheduler.addActionOnDemand(task, name)
            case "setPeriod" | "startTime":
                shift = self.now if verb == "startTime" else 0
                if handle:
                    getattr(handle, verb)(shift + numbers[0])
            case "unregisterTask":
                return scheduler.unregisterTask(name) is not None
            case _:
                return getattr(scheduler, verb)(name)
        return None

    def _turn(self) -> None:
        """Let the main loop go round until it would wait."""
        try:
            if not self.dead:
                self.scheduler.run()
        except ParkedError:
            pass
        except TypeError:
            self.dead = True

    def _begin(self, run: HeldThread) -> None:
        self.count += 1
        run.number = self.count
        run.task._name, run.task._handle = run.handle.name(), run.handle
        self.log.append((self.now, "start", run.name))
        run.end = self.now + run.task.work.length
        self.going.append(run)
        for op in run.task.work.inside:
            answer = self._do(op, INSIDE_WORK, run.handle if op[0] in HANDLE_VERBS else None)
            self.log.append((self.now, op, answer))
        if not run.task.work.length:
            self._end(run)

    def _end(self, run: HeldThread) -> None:
        """Do what `Task._run` does after `run()`."""
        self.going.remove(run)
        fails = run.task.work.fails
        self.log.append((self.now, "fail" if fails else "end", run.name))
        if fails:
            run.handle.notifyFailure()
        run.handle.notifyCompletion()
