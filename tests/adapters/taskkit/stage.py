"""Plays calls on the product, in virtual time, and tells what happened in plain numbers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from duetime.adapters.taskkit import Scheduler, Task, TaskHandler
from duetime.clocks.virtual import VirtualClock
from duetime.engine.history import Outcome
from duetime.engine.instants import MILLISECOND, SECOND, to_datetime
from tests.adapters.taskkit.reference import HANDLE_VERBS, INSIDE_WORK, Op, Work

CASES = Path(__file__).parents[2] / "cases" / "taskkit_traces.jsonl"
NAMES = ("a", "b", "c")
State: TypeAlias = tuple[list[str], dict[str, float], list[str]]


class WorkError(Exception):
    """What a failing task raises."""


class ScriptedTask(Task):
    """A task that does as its work says."""

    def __init__(self, stage: "Stage", work: Work) -> None:
        """`stage`: where it calls, and writes down that it has begun."""
        self.stage = stage
        self.work = work

    def run(self) -> None:
        """Begin; how long it lasts says the stage."""
        self.stage.log.append((self.stage.now(), "start", self.name()))
        for op in self.work.inside:
            own = self.handle() if op[0] in HANDLE_VERBS else None
            answer = self.stage.do(op, INSIDE_WORK, own)
            self.stage.log.append((self.stage.now(), op, answer))
        if self.work.fails:
            raise WorkError


class Stage:
    """A scheduler on a virtual clock; `failures` counts the calls of its exceptionHandler."""

    def __init__(self, start: float = 0) -> None:
        """`start`: seconds since the epoch."""
        self.clock = VirtualClock(to_datetime(round(start * SECOND)))
        self.failures = 0
        self.scheduler = Scheduler(exceptionHandler=self._count_failure, clock=self.clock)
        self.scheduler.start()
        self.log: list[tuple[object, ...]] = []

    def now(self) -> float:
        """Return the time in seconds."""
        return self.clock.read().wall / SECOND

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(milliseconds=round(seconds * SECOND) // MILLISECOND)

    def do(self, op: Op, work: Work | None = None, handle: TaskHandler | None = None) -> object:
        """Make a call and return the answer."""
        verb, name, *rest = op
        numbers = [float(number) for number in rest]
        task, takes = ScriptedTask(self, work or Work()), (work or Work()).length
        scheduler = self.scheduler
        handle = handle or self.find(name)
        match verb:
            case "addTimedAction":
                scheduler.addTimedAction(self.now() + numbers[0], task, name, takes=takes)
            case "addPeriodicAction":
                start = self.now() + numbers[0]
                scheduler.addPeriodicAction(start, numbers[1], task, name, takes=takes)
            case "addActionOnDemand":
                scheduler.addActionOnDemand(task, name, takes=takes)
            case "setPeriod":
                if handle:
                    handle.setPeriod(numbers[0])
            case "startTime":
                if handle:
                    handle.startTime(self.now() + numbers[0])
            case "unregisterTask":
                return scheduler.unregisterTask(name) is not None
            case _:
                return getattr(scheduler, verb)(name)
        return None

    def find(self, name: str) -> TaskHandler | None:
        """Return the handle of a name, wherever it is."""
        scheduler = self.scheduler
        return scheduler.running(name) or scheduler.scheduled(name) or scheduler.onDemand(name)

    def state(self) -> State:
        """Return who is running, who is scheduled when, who waits for a demand."""
        scheduled = sorted(self.scheduler.scheduledTasks().items())
        times = {name: round(handle.startTime(), 6) for name, handle in scheduled}
        return sorted(self.scheduler.runningTasks()), times, sorted(self.scheduler.onDemandTasks())

    def starts_and_ends(self, after: float = -1) -> list[tuple[float, str, str]]:
        """Return when runs started and ended, after a time, sorted."""
        found = []
        for run in (run for name in NAMES for run in self.scheduler.book.side.shell.runs(name)):
            found.append((run.started.timestamp(), "start", run.name))
            if run.ended is not None:
                how = "end" if run.outcome is Outcome.FINISHED else "fail"
                found.append((run.ended.timestamp(), how, run.name))
        return sorted((round(at, 6), how, name) for at, how, name in found if at > after)

    def _count_failure(self) -> None:
        self.failures += 1


def cases() -> Iterator[tuple[str, list[list[object]], list[object]]]:
    """Yield the recorded calls: a name, the calls, the answers."""
    for line in CASES.read_text("utf-8").splitlines():
        case = json.loads(line)
        yield case["id"], case["ops"], case["expect"]
