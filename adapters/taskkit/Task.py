"""TaskKit's Task: what an application derives its tasks from."""

import threading
from contextvars import ContextVar
from dataclasses import dataclass

from duetime.adapters.calls import RunHandle
from duetime.adapters.taskkit.entries import Entry, Runnable
from duetime.adapters.taskkit.TaskHandler import TaskHandler


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """What a task is told about itself while it runs."""

    task: Runnable
    entry: Entry[TaskHandler]
    run: RunHandle


_current: ContextVar[Binding | None] = ContextVar("duetime.taskkit", default=None)


class Task:
    """Derive from this, and override `run`. One object may be registered under several names."""

    # What the original set at each run; on other threads than that of a run, the last one counts.
    _name: str | None = None
    _handle: TaskHandler | None = None
    _binding: Binding | None = None

    def __init__(self) -> None:
        """Do nothing; subclasses need not call it."""

    def run(self) -> None:
        """Do the work; a long run asks `proceed()` now and then. Override this."""
        raise NotImplementedError(f"{type(self).__name__} must override run()")

    def proceed(self) -> bool:
        """Return False once this run has been asked to stop, or is over; True before any run."""
        bound = self._bound()
        return bound is None or (bound.entry.run is bound.run and bound.run.proceed())

    def handle(self) -> TaskHandler | None:
        """Return the handle of this run; None before any run."""
        bound = self._bound()
        return None if bound is None else bound.entry.handle

    def name(self) -> str | None:
        """Return the name that this run goes by; None before any run."""
        bound = self._bound()
        return None if bound is None else bound.entry.name

    def _bound(self) -> Binding | None:
        current = _current.get()
        return current if current is not None and current.task is self else self._binding

    def _bind(self, binding: Binding) -> None:
        self._binding, self._name, self._handle = binding, binding.entry.name, binding.entry.handle


def call_task(entry: Entry[TaskHandler], run: RunHandle) -> BaseException | None:
    """Run the code of a task, on a thread that bears its name meanwhile; return its error.

    SystemExit is a normal end: it ends the run and nothing else.
    """
    binding = Binding(entry.task, entry, run)
    if isinstance(entry.task, Task):
        # Not public: an application's class may have a method of any name.
        entry.task._bind(binding)  # pyright: ignore[reportPrivateUsage]
    token, thread = _current.set(binding), threading.current_thread()
    usual, thread.name = thread.name, entry.name
    try:
        entry.task.run()
    except SystemExit:
        return None
    except BaseException as error:
        return error
    finally:
        _current.reset(token)
        thread.name = usual
    return None
