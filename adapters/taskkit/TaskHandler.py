"""TaskKit's TaskHandler: what is known of one registration, and the verbs for it."""

from typing import Protocol

from duetime.adapters.taskkit.book import Book
from duetime.adapters.taskkit.entries import Entry, Place, Runnable
from duetime.adapters.taskkit.starts import DAY_SECONDS, read_period, to_ns, to_seconds


class HasBook(Protocol):
    """A scheduler, as far as its handles know it."""

    book: "Book[TaskHandler]"


class TaskHandler:
    """The handle of a task, got from a scheduler's lists or, inside a run, from `task.handle()`.

    Times are numbers of seconds, since the epoch where they are moments.
    """

    def __init__(
        self, scheduler: HasBook, start: float, period: float, task: Runnable, name: str
    ) -> None:
        """Make a handle that is not registered yet; the scheduler's add methods do both."""
        self.book = scheduler.book
        self.entry = Entry[TaskHandler](
            handle=self,
            name=name,
            task=read_task(task),
            start=to_ns(start, "start"),
            period=read_period(period),
        )

    # Scheduling

    def reset(self, start: float, period: float, task: Runnable, reRegister: bool) -> None:
        """Give it another start, period and task; `reRegister`: whether it comes again."""
        entry = self.entry
        new_start, new_period = to_ns(start, "start"), read_period(period)
        with self.book.side.together():
            entry.task = read_task(task)
            entry.period, entry.daily = new_period, None
            entry.re_register = bool(reRegister)
            self.book.set_start(entry, new_start)

    def runTask(self) -> None:
        """Run it now, if it is scheduled or on demand, and not disabled."""
        self.book.start_now(self.entry)

    def reschedule(self) -> bool:
        """Move the start time on by a period, and say True; or say False if it has none."""
        with self.book.side.together():
            if self.entry.recurs:
                self.book.set_start(self.entry, self.entry.next_start(self.book.side.now()))
            return self.entry.recurs

    def notifyCompletion(self) -> None:
        """End the run that is going, though its code goes on; a second end is ignored."""
        self.book.runner.complete(self.book.side, self.entry, self.entry.run)

    def notifyFailure(self) -> None:
        """End the run that is going as a failed one, then call the exceptionHandler."""
        error = RuntimeError(f"task {self.name()!r}: notifyFailure was called")
        self.book.runner.complete(self.book.side, self.entry, self.entry.run, error)
        self.book.runner.report(self.name(), error)

    # Attributes

    def isRunning(self) -> bool:
        """Return whether a run is going that has not been asked to stop."""
        return self.book.goes_on(self.entry)

    @property
    def _isRunning(self) -> bool:
        """The flag by its old name, which TaskKit's own test and some tasks look at."""
        return self.isRunning()

    def runAgain(self) -> bool:
        """Return whether one more run is to follow the one that is going."""
        return self.entry.re_run

    def isOnDemand(self) -> bool:
        """Return whether it waits for a demand after a run."""
        return self.entry.on_demand

    def setOnDemand(self, onDemand: bool = True) -> None:
        """Let it wait for a demand after a run, or be gone then."""
        self.entry.on_demand = bool(onDemand)

    def runOnCompletion(self) -> None:
        """Let one more run follow the one that is going, whatever kind of task it is."""
        with self.book.side.together():
            self.entry.re_run = self.book.side.place(self.entry) is Place.RUNNING

    def unregister(self) -> None:
        """Let it not come again after its next run."""
        with self.book.side.together():
            self.entry.re_register = self.entry.re_run = False
            self.book.replan(self.entry)

    def disable(self) -> None:
        """Let it start no more; what comes due meanwhile is skipped."""
        self.book.suspend(self.entry)

    def enable(self) -> None:
        """Let it start again, by its old schedule."""
        self.book.resume(self.entry)

    def period(self) -> float:
        """Return the period; 0: none."""
        if self.entry.daily is not None:
            return DAY_SECONDS
        seconds = to_seconds(self.entry.period)
        return int(seconds) if seconds.is_integer() else seconds

    def setPeriod(self, period: float) -> None:
        """Change the period, for what follows the next start."""
        ns = read_period(period)
        with self.book.side.together():
            if self.entry.daily is None or period != DAY_SECONDS:
                self.entry.period, self.entry.daily = ns, None
                self.book.replan(self.entry)

    def stop(self) -> None:
        """Ask the run that is going to stop: `proceed()` turns False."""
        self.book.stop(self.entry)

    def name(self) -> str:
        """Return the name of the task."""
        return self.entry.name

    def startTime(self, newTime: float | None = None) -> float:
        """Return the start time of the run that is going, else of the next one; or change it."""
        if newTime is not None:
            self.book.set_start(self.entry, to_ns(newTime, "startTime"))
        return to_seconds(self.book.side.start_of(self.entry))


def read_task(task: Runnable) -> Runnable:
    """Return what can be run. Raises TypeError for anything else."""
    if not callable(getattr(task, "run", None)):
        raise TypeError(f"{task!r} has no run(); derive it from duetime.adapters.taskkit.Task")
    return task
