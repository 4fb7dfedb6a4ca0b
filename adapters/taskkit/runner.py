"""What a run of a registration does, and what follows its end."""

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeAlias

from duetime.adapters.calls import RunHandle, error_text
from duetime.adapters.taskkit.engine_side import NEAR, EngineSide, near
from duetime.adapters.taskkit.entries import Entry, H
from duetime.engine.instants import Instant, span_text, to_instant
from duetime.engine.messages import Cause

log = logging.getLogger(__name__)

CallTask: TypeAlias = Callable[[Entry[H], RunHandle], BaseException | None]
"""Runs the code of an entry's task; returns its error."""


class Runner(Generic[H]):
    """Runs the tasks of a scheduler."""

    def __init__(
        self,
        call_task: CallTask[H],
        on_error: Callable[[], object] | None,
        forget: Callable[[str], object],
    ) -> None:
        """`on_error`: the exceptionHandler; `forget`: takes away a name that will not run again."""
        self._call_task = call_task
        self._on_error = on_error
        self._forget = forget
        self._here = threading.local()

    def is_inside(self) -> bool:
        """Return whether the present thread is that of a run."""
        return getattr(self._here, "inside", False)

    def run(self, side: EngineSide[H], entry: Entry[H], run: RunHandle) -> None:
        """Be a run of the engine: the code, the end, and who is told of an error, in this order."""
        entry.run = run
        self._here.inside = True
        try:
            error = self._call_task(entry, run)
            _wait_out(side, entry, run)
            self.complete(side, entry, run, error)
            if error is not None:
                self.report(entry.name, error)
        finally:
            self._here.inside = False

    def complete(
        self,
        side: EngineSide[H],
        entry: Entry[H],
        run: RunHandle | None,
        error: BaseException | None = None,
    ) -> None:
        """End a run, once: what follows is planned, and the engine told, in one step.

        A run that has ended already, or none, changes nothing.
        """
        with side.together():
            if run is None or entry.run is not run:
                return
            entry.run = None
            if entry.owns(run) and not side.stopped and not _plan_next(side, entry, run):
                self._forget(entry.name)
            side.shell.end_run(run, None if error is None else error_text(error))

    def report(self, name: str, error: BaseException) -> None:
        """Call the exceptionHandler inside of an except block; without one, log the error."""
        if self._on_error is None:
            log.error("a run of task %r failed", name, exc_info=error)
            return
        try:
            raise error
        except BaseException:
            try:
                self._on_error()
            except Exception:
                log.exception("the exceptionHandler failed itself, over task %r", name)


def _wait_out(side: EngineSide[H], entry: Entry[H], run: RunHandle) -> None:
    """Let virtual time pass until the run is as long as it is said to be."""
    clock = side.shell.clock
    until = clock.read().mono + entry.takes
    while (left := until - clock.read().mono) > 0 and not side.stopped:
        side.shell.sleep_run(run, span_text(left))


def _plan_next(side: EngineSide[H], entry: Entry[H], run: RunHandle) -> bool:
    """Plan what follows the end of a run, in TaskKit's order; say whether anything can."""
    now = side.now()
    on_time = run.cause is Cause.DUE and not entry.moved
    if on_time:
        entry.start = near(entry.start, to_instant(run.nominal))
    again, entry.re_run = entry.re_run and not entry.suspended, False
    if again:
        side.run_again(entry)
        return True
    if entry.start > now and not on_time and (entry.moved or entry.planned):
        _keep_start(side, entry)
    elif entry.recurs:
        _come_again(side, entry, now)
    elif entry.on_demand:
        _wait_for_demand(side, entry)
    else:
        return False
    entry.moved = False
    return True


def _keep_start(side: EngineSide[H], entry: Entry[H]) -> None:
    """Wait for the start that was set by hand, or from which the run was brought forward."""
    entry.planned = True
    if entry.moved or entry.beside:
        side.plan(entry)


def _come_again(side: EngineSide[H], entry: Entry[H], now: Instant) -> None:
    """Wait for the start that the period gives; where the engine has it already, leave it."""
    entry.start = entry.next_start(now)
    told = entry.planned and entry.in_force == entry.rhythm and not entry.beside
    due = side.due(entry)
    entry.planned = True
    if not told or due is None or abs(due - entry.start) >= NEAR:
        side.plan(entry)


def _wait_for_demand(side: EngineSide[H], entry: Entry[H]) -> None:
    if entry.planned or entry.beside:
        entry.planned = False
        side.plan(entry)
