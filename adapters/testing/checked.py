"""A simulation that a test leaves tidy: at its end, what was left over fails the test."""

import sys
import threading
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from inspect import currentframe
from types import FrameType, TracebackType

from duetime.adapters.calls import Call
from duetime.adapters.listing import Kind, kind_of
from duetime.adapters.shell import OnConflict
from duetime.adapters.simulate import Simulation
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadArgumentError
from duetime.engine.history import Outcome, Run, Runs
from duetime.engine.journal import Journal, state_hash
from duetime.engine.machine import Settings
from duetime.engine.policies import parse_enum
from duetime.engine.states import Entry, Running, due_of, runs_of
from duetime.engine.tasks import Task

PATIENCE_SECONDS = 1.0
"""Real seconds in all that threads are given to end by themselves."""

RunName = tuple[str, int, int]
"""Task, generation and number of a run."""


class Leftover(StrEnum):
    """What a test may leave over, if it is allowed to."""

    RUNS = "runs"
    """A run is going, or waits for its next attempt."""
    HOLDS = "holds"
    """A run with takes="hold" was not finished."""
    ONE_SHOTS = "one_shots"
    """A task that is due once has not been started, or a start that was asked for waits."""
    ERRORS = "errors"
    """A run failed, and the test neither expected nor saw it."""
    THREADS = "threads"
    """A thread was started during the test, and is alive."""


class LeftoverError(AssertionError):
    """A test left something over; the message lists it, with where each task was declared."""


class CheckedSimulation(Simulation):
    """A simulation that raises LeftoverError at the end of its `with`, if anything is left over.

    An error that comes out of the block is not masked. What the test ended itself, by `shutdown` or
    `crash`, is not held against it.
    """

    def __init__(
        self,
        clock: VirtualClock | datetime | str = "2026-01-01T00:00Z",
        *,
        seed: int = 0,
        allow: Iterable[Leftover | str] = (),
        settings: Settings | None = None,
    ) -> None:
        """`allow`: what may be left over; the rest as for any simulation.

        Raises BadArgumentError for an unknown word in `allow`.
        """
        if isinstance(allow, str):
            raise BadArgumentError(f"allow {allow!r} must be a set of words, such as {{{allow!r}}}")
        self._allowed = {parse_enum(Leftover, each, BadArgumentError) for each in allow}
        self._places: dict[str, str] = {}
        self._expected: set[str] = set()
        self._seen: set[RunName] = set()
        self._threads_before = set(threading.enumerate())
        self._trace = Journal()
        super().__init__(clock, seed=seed, journal=self._trace, settings=settings)

    def expect_failures(self, *names: str) -> None:
        """Say that runs of these tasks may fail."""
        self._expected.update(names)

    def runs(
        self,
        name: str,
        *,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
    ) -> Runs:
        """Return the runs of a task; failures among them are seen by this."""
        found = super().runs(name, since=since, until=until)
        self._seen.update(_name_of(run) for run in found if run.outcome is Outcome.FAILED)
        return found

    def trace(self) -> list[str]:
        """Return all that was decided, a line for each record, and a hash of the state."""
        return [*self._trace.lines(), f"state {state_hash(self._machine)}"]

    def conclude(self) -> None:
        """Shut down.

        Raises LeftoverError for what is left over and not allowed.
        """
        found = [] if self._closed else [*self._going(), *self._waiting()]
        found += self._failed()
        self.shutdown()
        found += self._alive()
        told = [(kind, text) for kind, text in found if kind not in self._allowed]
        if told:
            lines = "\n".join(f"  {kind}: {text}" for kind, text in told)
            allow = ", ".join(repr(str(kind)) for kind in dict(told))
            raise LeftoverError(
                f"left over at the end:\n{lines}\n  to permit it: allow={{{allow}}}"
            )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Shut down; see whether anything is left over, unless there is an error already."""
        if error is None:
            self.conclude()
        else:
            self.shutdown()

    # Private parts

    def _declare(
        self, task: Task, call: Call | None, *, on_conflict: OnConflict, may_never_fire: bool
    ) -> bool:
        added = super()._declare(task, call, on_conflict=on_conflict, may_never_fire=may_never_fire)
        if added:
            self._places[task.name] = _place_outside(currentframe())
        return added

    def _entries(self) -> Iterator[tuple[str, Entry]]:
        yield from sorted(self._machine.roster.entries.items())

    def _going(self) -> Iterator[tuple[Leftover, str]]:
        held = set(self._models.held_keys())
        for name, entry in self._entries():
            for run in runs_of(entry.state):
                what = f"run {run.number} of {self._told(name)}"
                if (name, run.generation, run.number) in held:
                    yield Leftover.HOLDS, f"{what} was not finished"
                elif run.retry_at is not None:
                    yield Leftover.RUNS, f"{what} waits for its next attempt"
                else:
                    yield Leftover.RUNS, f"{what} is going"

    def _waiting(self) -> Iterator[tuple[Leftover, str]]:
        for name, entry in self._entries():
            state = entry.state
            if kind_of(entry.trigger) is Kind.ONCE and due_of(state) is not None:
                yield Leftover.ONE_SHOTS, f"{self._told(name)} was not started"
            if isinstance(state, Running) and state.ready + state.waiting:
                yield Leftover.ONE_SHOTS, f"{self._told(name)} waits for another start"

    def _failed(self) -> Iterator[tuple[Leftover, str]]:
        """Yield the runs that failed in their last attempt; who waits for another is going."""
        last = {_name_of(run): run for name in self._history.names() for run in self._runs(name)}
        going = {
            (name, run.generation, run.number)
            for name, entry in self._entries()
            for run in runs_of(entry.state)
        }
        for key in sorted(last.keys() - self._seen - going):
            run = last[key]
            if run.outcome is Outcome.FAILED and run.name not in self._expected:
                what = f"run {run.number} of {self._told(run.name)} failed"
                yield Leftover.ERRORS, f"{what}: {run.error}"

    def _alive(self) -> Iterator[tuple[Leftover, str]]:
        share = PATIENCE_SECONDS
        for thread in set(threading.enumerate()) - self._threads_before:
            thread.join(share)
            if thread.is_alive():
                share = 0.0
                yield Leftover.THREADS, f"{thread.name!r} is alive, {_code_of(thread)}"

    def _told(self, name: str) -> str:
        return f"{name!r} (declared at {self._places.get(name, 'an unknown place')})"


def _name_of(run: Run) -> RunName:
    return run.name, run.generation, run.number


def _place_outside(frame: FrameType | None) -> str:
    """Return file and line of the nearest code that is not duetime's own."""
    while frame is not None and frame.f_globals.get("__name__", "").startswith("duetime."):
        frame = frame.f_back
    return "an unknown place" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _code_of(thread: threading.Thread) -> str:
    """Say which code a thread was started with."""
    frames = sys._current_frames()  # pyright: ignore[reportPrivateUsage]  # a documented one
    frame, code = frames.get(thread.ident or 0), None
    while frame is not None:
        if frame.f_code.co_filename != threading.__file__:
            code = frame.f_code
        frame = frame.f_back
    if code is None:
        return "in unknown code"
    return f"in {code.co_name} ({code.co_filename}:{code.co_firstlineno})"
