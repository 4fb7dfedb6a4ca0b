"""TaskKit's rules, written down naively, in whole seconds and without threads.

`OriginalRules` does what the original's code does, faults included: three dictionaries, flags, a
scan of everything. `MendedRules` overrides what is mended, and notes in `touched` the number of
each fault that it came upon. Neither knows anything of the product.

At one instant runs end first, by name; then what is due starts. A run does what it does to the
scheduler when it starts, and then lasts.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import TypeAlias

Op: TypeAlias = tuple[str, ...]
"""A call: the method, the name, numbers in text; ("advance", "3") lets time pass."""


HANDLE_VERBS = ("setPeriod", "startTime")


RUNS = 1_000
"""More runs than a program can have, unless the original starts copies without end (D2)."""


class UnpredictableError(Exception):
    """What the original does now has no end, or depends on how deep its stack is (D2, D5)."""


class DiedError(Exception):
    """The original's scheduler thread ends with a TypeError (D1)."""


@dataclass(frozen=True)
class Work:
    """What a task does: lasts so long, fails at the end, calls something at the start."""

    length: int = 0
    fails: bool = False
    inside: tuple[Op, ...] = ()


INSIDE_WORK = Work(length=1)
"""What a task does that is added from inside of a run."""


@dataclass(eq=False)
class Handle:
    """The original's TaskHandler: flags and times."""

    name: str
    work: Work
    start: int
    period: int = 0
    last: int | None = None
    re_register: bool = True
    re_run: bool = False
    suspended: bool = False
    on_demand: bool = False
    run: "Run | None" = None
    waiting: bool = False
    idle: bool = False
    rank: int = 0


@dataclass(eq=False)
class Run:
    """One thread."""

    handle: Handle
    work: Work
    number: int
    end: int = 0


@dataclass
class OriginalRules:
    """What the original does."""

    now: int
    log: list[tuple[object, ...]] = field(default_factory=list)
    scheduled: dict[str, Handle] = field(default_factory=dict)
    running: dict[str, Handle] = field(default_factory=dict)
    on_demand: dict[str, Handle] = field(default_factory=dict)
    going: list[Run] = field(default_factory=list)
    begun: deque[Run] = field(default_factory=deque)
    next_time: int | None = None
    dead: bool = False
    count: int = 0
    touched: set[str] = field(default_factory=set)

    # What a test asks

    def do(self, op: Op, work: Work | None = None, caller: Handle | None = None) -> object:
        """Make a call and return the answer; inside of a run, `caller` is its handle."""
        verb, name, *numbers = op
        handle = caller or self.find(name)
        match verb:
            case "addTimedAction":
                self.add(Handle(name, work or Work(), self.now + int(numbers[0])))
            case "addPeriodicAction":
                start = self.now + int(numbers[0])
                self.add(Handle(name, work or Work(), start, int(numbers[1])))
            case "addActionOnDemand":
                self.add(Handle(name, work or Work(), self.now, on_demand=True))
            case "setPeriod":
                if handle:
                    handle.period = abs(int(numbers[0]))
            case "startTime":
                if handle:
                    self.set_start(handle, self.now + int(numbers[0]))
            case "unregisterTask":
                return self.unregister(name) is not None
            case _:
                return bool(getattr(self, verb)(name))
        return None

    def state(self) -> tuple[list[str], dict[str, int], list[str]]:
        """Return who is running, who is scheduled when, who waits for a demand."""
        times = {name: self.scheduled[name].start for name in sorted(self.scheduled)}
        return sorted(self.running), times, sorted(self.on_demand)

    def settle(self) -> None:
        """Do all that is due now."""
        while True:
            while self.begun:
                self.begin(self.begun.popleft())
            look = self.next_look()
            if look is None or look > self.now:
                return
            self.run_due()

    def advance(self, seconds: int) -> None:
        """Let time pass, event by event."""
        target = self.now + seconds
        while True:
            look = self.next_look()
            times = [run.end for run in self.going] + ([] if look is None else [look])
            if min(times, default=target + 1) > target:
                break
            self.now = min(times)
            while ended := [run for run in self.going if run.end <= self.now]:
                self.end(min(ended, key=lambda run: (run.handle.name, run.number)))
                while self.begun:
                    self.begin(self.begun.popleft())
            self.settle()
        self.now = target

    # The scheduler's code

    def find(self, name: str) -> Handle | None:
        """Return the handle of a name."""
        return self.running.get(name) or self.scheduled.get(name) or self.on_demand.get(name)

    def add(self, given: Handle) -> None:
        """Register; an existing handle is used again, and only `reset`."""
        handle = self.unregister(given.name)
        if handle is None:
            handle = given
        else:
            handle.start, handle.period = given.start, given.period
            handle.work, handle.re_register = given.work, True
        if given.on_demand:
            handle.on_demand = True
            self.on_demand[handle.name] = handle
        else:
            self.schedule(handle)

    def unregister(self, name: str) -> Handle | None:
        """Take a name out of all lists."""
        lists = (self.running, self.scheduled, self.on_demand)
        handle = next((found for each in lists if (found := each.pop(name, None))), None)
        if handle is not None:
            handle.re_register = handle.re_run = False
        return handle

    def schedule(self, handle: Handle) -> None:
        """Put a handle on the list, and bring the next look forward."""
        self.scheduled[handle.name] = handle
        if self.next_time is None or handle.start < self.next_time:
            self.next_time = handle.start

    def runTaskNow(self, name: str) -> bool:
        """Run it unless it is running."""
        if name in self.running:
            return True
        handle = self.scheduled.get(name) or self.on_demand.get(name)
        if handle is not None:
            self.run_task(handle)
        return handle is not None

    def demandTask(self, name: str) -> bool:
        """Run it, or note that it is to run again."""
        if name in self.running:
            self.running[name].re_run = True
        elif name in self.on_demand:
            self.run_task(self.on_demand[name])
        else:
            return False
        return True

    def stopTask(self, name: str) -> bool:
        """Say whether there was anything to stop; the runs here do not heed it."""
        return name in self.running

    def disableTask(self, name: str) -> bool:
        """Suspend what is running or scheduled."""
        handle = self.running.get(name) or self.scheduled.get(name)
        if handle is not None:
            handle.suspended = True
        return handle is not None

    def enableTask(self, name: str) -> bool:
        """End that."""
        handle = self.running.get(name) or self.scheduled.get(name)
        if handle is not None:
            handle.suspended = False
        return handle is not None

    def next_look(self) -> int | None:
        """Return when the scheduler looks for what is due."""
        return None if self.dead else self.next_time

    def set_start(self, handle: Handle, start: int) -> None:
        """Change the start time; nobody is woken."""
        handle.start = start

    def run_due(self) -> None:
        """Scan everything once."""
        due = [handle for handle in self.scheduled.values() if handle.start <= self.now]
        later = [handle.start for handle in self.scheduled.values() if handle.start > self.now]
        self.next_time = min(later, default=None)
        try:
            for handle in due:
                self.run_task(handle)
        except DiedError:
            self.dead = True

    def run_task(self, handle: Handle) -> None:
        """Move a handle to the running ones, and start its thread."""
        if self.scheduled.pop(handle.name, None) or self.on_demand.pop(handle.name, None):
            self.running[handle.name] = handle
            self.start(handle)

    def start(self, handle: Handle) -> None:
        """Start a thread; a suspended handle is done at once."""
        if handle.suspended:
            self.complete(handle)
            return
        handle.re_run = False
        self.count += 1
        handle.run = Run(handle, handle.work, self.count)
        self.begun.append(handle.run)

    def begin(self, run: Run) -> None:
        """Be the start of a thread."""
        if self.count > RUNS:
            raise UnpredictableError
        self.log.append((self.now, "start", run.handle.name))
        run.end = self.now + run.work.length
        self.going.append(run)
        for op in run.work.inside:
            own = run.handle if op[0] in HANDLE_VERBS else None
            answer = self.do(op, INSIDE_WORK, own)
            self.log.append((self.now, op, answer))
        if not run.work.length:
            self.end(run)

    def end(self, run: Run) -> None:
        """Be the end of a thread: a failing one completes twice."""
        self.going.remove(run)
        self.log.append((self.now, "fail" if run.work.fails else "end", run.handle.name))
        for _ in range(2 if run.work.fails else 1):
            run.handle.last = self.now
            self.complete(run.handle)

    def complete(self, handle: Handle) -> None:
        """Do what follows a run: by name, whoever's it was."""
        if self.running.pop(handle.name, None) is None:
            return
        if handle.start > self.now or self.reschedule(handle):
            self.schedule(handle)
        elif handle.on_demand:
            self.on_demand[handle.name] = handle
            if handle.re_run and handle.suspended:
                raise UnpredictableError
            if handle.re_run:
                self.run_task(handle)

    def reschedule(self, handle: Handle) -> bool:
        """Move the start time on, by the overrun rule."""
        if not handle.period or not handle.re_register:
            return False
        if handle.last is None:
            raise DiedError
        if handle.last - handle.start > handle.period:
            handle.start = handle.last + handle.period
        else:
            handle.start += handle.period
        return True


MENDED = {
    "D1": "a disabled task that comes due is skipped, and the scheduler lives on",
    "D2": "a failing run ends once",
    "D4": "a demand during a run is heeded for every kind of task",
    "D5": "a demand during a run that is disabled is dropped",
    "D6": "a name added again while running does not run beside itself",
    "D7": "a registration inherits nothing",
    "D8": "disable and enable find tasks that wait for a demand",
    "D15": "a changed start time is heeded at once",
    "D22": "what is due at one time starts in the order of registration",
}
"""The mended faults that calls in virtual time can come upon, by their numbers."""


@dataclass
class MendedRules(OriginalRules):
    """What the product is to do."""

    def touch(self, fault: str, *, where: object = True) -> None:
        """Note a fault that the original may show here."""
        if where:
            self.touched.add(fault)

    def add(self, given: Handle) -> None:
        """D6, D7: a registration is new in everything; an old run goes on, detached."""
        self.touch("D6", where=given.name in self.running or self.is_detached(given.name))
        old = self.find(given.name)
        self.touch("D7", where=old and (old.suspended or old.on_demand or old.last is not None))
        self.unregister(given.name)
        self.count += 1
        given.rank = self.count
        (self.on_demand if given.on_demand else self.scheduled)[given.name] = given

    def schedule(self, handle: Handle) -> None:
        """Put a handle on the list; when to look is read off the list."""
        self.scheduled[handle.name] = handle

    def next_look(self) -> int | None:
        """D15: the earliest start time, whoever changed it."""
        starts = [handle.start for handle in self.scheduled.values() if not handle.waiting]
        return max(min(starts), self.now) if starts else None

    def is_detached(self, name: str) -> bool:
        """Return whether a run of an older registration is going."""
        runs = [run for run in (*self.going, *self.begun) if run.handle.name == name]
        return any(self.running.get(name) is not run.handle for run in runs)

    def runTaskNow(self, name: str) -> bool:
        """D6: behind a detached run it waits."""
        handle = self.find(name)
        if handle is not None and name not in self.running and not handle.waiting:
            self.start_now(handle)
        return handle is not None

    def demandTask(self, name: str) -> bool:
        """D6: behind a detached run it waits."""
        if name in self.running:
            self.running[name].re_run = True
        elif name in self.on_demand:
            self.start_now(self.on_demand[name])
        else:
            return False
        return True

    def start_now(self, handle: Handle) -> None:
        """Run it, or let it wait; a disabled one stays where it is."""
        if handle.suspended:
            self.touch("D8", where=handle.on_demand)
        elif self.is_detached(handle.name):
            handle.idle = self.on_demand.pop(handle.name, None) is not None
            handle.waiting = True
            self.scheduled[handle.name] = handle
        else:
            self.run_task(handle)

    def disableTask(self, name: str) -> bool:
        """D8: all are found. D5: what it was to do next is dropped."""
        handle = self.find(name)
        self.touch("D8", where=name in self.on_demand)
        if handle is not None:
            self.touch("D5", where=handle.re_run)
            handle.suspended, handle.re_run = True, False
            waited, handle.waiting = handle.waiting, False
            if waited and (handle.idle or handle.start <= self.now):
                self.skip(handle)
        return handle is not None

    def enableTask(self, name: str) -> bool:
        """D8: all are found."""
        handle = self.find(name)
        self.touch("D8", where=name in self.on_demand)
        if handle is not None:
            handle.suspended = False
        return handle is not None

    def set_start(self, handle: Handle, start: int) -> None:
        """D15: what waited is planned anew."""
        handle.start = start
        if self.scheduled.get(handle.name) is handle:
            self.touch("D15")
            handle.waiting = handle.idle = False

    def run_due(self) -> None:
        """D22: the earlier first, then the one registered first."""
        due = [h for h in self.scheduled.values() if h.start <= self.now and not h.waiting]
        self.touch("D22", where=len(due) > 1)
        for handle in sorted(due, key=lambda handle: (handle.start, handle.rank)):
            if handle.suspended:
                self.skip(handle)
            elif self.is_detached(handle.name):
                handle.waiting = True
            else:
                self.run_task(handle)

    def skip(self, handle: Handle) -> None:
        """D1: a disabled task passes its start over."""
        self.touch("D1", where=handle.period)
        if handle.idle or not (handle.period and handle.re_register):
            del self.scheduled[handle.name]
            if handle.on_demand:
                handle.idle = False
                self.on_demand[handle.name] = handle
            return
        while handle.start <= self.now:
            handle.start += handle.period

    def end(self, run: Run) -> None:
        """D2: one end. D6: only of its own registration; who waited for it starts."""
        handle, name = run.handle, run.handle.name
        self.going.remove(run)
        self.log.append((self.now, "fail" if run.work.fails else "end", name))
        self.touch("D2", where=run.work.fails and handle.re_run)
        handle.last = self.now
        if self.running.get(name) is handle:
            self.complete(handle)
        waiting = self.scheduled.get(name)
        if waiting is not None and waiting.waiting and not self.is_detached(name):
            waiting.waiting = waiting.idle = False
            self.run_task(waiting)

    def complete(self, handle: Handle) -> None:
        """D4: demanded meanwhile, any kind runs once more. D5: unless it is disabled."""
        del self.running[handle.name]
        again = handle.re_run and not handle.suspended
        self.touch("D5", where=handle.re_run and handle.suspended)
        self.touch("D4", where=again and not self.is_only_on_demand(handle))
        handle.re_run = False
        if again:
            self.running[handle.name] = handle
            self.start(handle)
        elif handle.start > self.now or self.reschedule(handle):
            self.schedule(handle)
        elif handle.on_demand:
            self.on_demand[handle.name] = handle

    def is_only_on_demand(self, handle: Handle) -> bool:
        """Return whether the original would look at a demand during the run."""
        comes_back = handle.period and handle.re_register
        return handle.on_demand and not comes_back and handle.start <= self.now
