"""The shell on real threads.

One thread, the scheduler's, waits for the next due time; each run has a thread of its own while it
lasts; there is none for each task. One lock guards the machine, and each critical section is one
input. Effects are done outside the lock. User code never runs on the scheduler's thread.
"""

import logging
import threading
import time
from collections import deque
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

from duetime.adapters.calls import RunHandle, call_failed, call_run
from duetime.adapters.declare import read_span
from duetime.adapters.executors import Executor, Workers
from duetime.adapters.health import time_left
from duetime.adapters.ledger import ShutdownReport, ending
from duetime.adapters.listeners import Courier, Notice
from duetime.adapters.logs import log_effect
from duetime.adapters.shell import GRACE, Shell
from duetime.adapters.stores.base import Store
from duetime.clocks.base import Clock, Waker
from duetime.clocks.real import RealClock
from duetime.engine.instants import SECOND, Reading
from duetime.engine.journal import Journal
from duetime.engine.machine import Settings
from duetime.engine.messages import (
    AskToStop,
    Effect,
    StartRun,
    Ticked,
)

log = logging.getLogger(__name__)

KEEP = 1_000
"""So many runs and fates of each task are remembered."""

PAUSE_AFTER_ERROR = SECOND
"""How long the scheduler's thread rests after an error of its own, in ns."""

_FOREVER = 1 << 63


class Scheduler(Shell):
    """Runs tasks when they are due, on threads.

    Nothing is due before `start()`. Used as a context manager it starts, and shuts down at the end.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        journal: Journal | str | Path | None = None,
        store: Store | str | Path | None = None,
        settings: Settings | None = None,
        executor: Executor | None = None,
        daemon: bool = True,
    ) -> None:
        """`clock`: a RealClock if not given; `journal`: where every input is written first.

        `store`: where tasks and their state outlive the process, such as "sqlite:///schedule.db".
        `executor`: where runs happen, closed by a shutdown; threads for each run if not given.
        `daemon`: whether the process may end while threads of this scheduler go on.
        """
        super().__init__(
            clock or RealClock(),
            threading.RLock(),
            journal=journal,
            store=store,
            settings=settings,
            keep=KEEP,
        )
        self._courier = Courier(self._listeners, self.clock)
        self._workers = Workers("duetime-run", daemon=daemon) if executor is None else executor
        self._waker: Waker = self.clock.new_waker()
        self._looked: Reading | None = None
        self._asleep_until = 0
        self._daemon = daemon
        self._thread: threading.Thread | None = None
        self._sleeping: dict[RunHandle, Waker] = {}
        self._quiet = threading.Condition()
        self._here = threading.local()
        self._ended: deque[tuple[RunHandle, str | None]] = deque()

    # Life

    def start(self) -> None:
        """Begin; a second call changes nothing.

        Raises ShutdownError after a shutdown.
        """
        with self._lock:
            self._refuse_if_closed()
            if self._thread is not None:
                return
            self._catch_up(self._tick)
            thread = threading.Thread(target=self._loop, name="duetime", daemon=self._daemon)
            self.clock.hold("the scheduler's thread")
            self._looked = self.clock.read()
            try:
                thread.start()
            except RuntimeError:  # no new thread to be had
                self.clock.release("the scheduler's thread")
                raise
            self._thread = thread

    def shutdown(self, grace: timedelta = GRACE) -> ShutdownReport:
        """End, in three phases with one deadline: start nothing more, ask runs to stop, wait for
        them.

        `grace`: real time. Runs that do not stop are reported, logged and left to themselves; their
        threads do not keep the process alive. A second call changes nothing but waits again. Called
        from inside a run it does not wait for that run.
        """
        deadline = time.monotonic() + grace.total_seconds()
        with self._lock:
            effects = self._stop_all()
            leaving = list(self._live.values())
        self._waker.wake()
        self._after(effects)
        for handle in leaving:
            self._stop_run(handle)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(max(deadline - time.monotonic(), 0))
        self._take_ends()  # those that could not be kept before
        with self._quiet:
            own = 1 if getattr(self._here, "run", None) is not None else 0
            self._quiet.wait_for(
                lambda: len(self._live) <= own, max(deadline - time.monotonic(), 0)
            )
        self._take_ends()
        self._workers.close()
        self._courier.close(max(deadline - time.monotonic(), 0))
        report = self._report()
        for run in report.still_running:
            log.warning("run %d of task %r did not stop in time", run.number, run.name)
        return report

    # The scheduler's thread

    def _loop(self) -> None:
        try:
            while self._guarded_round():
                pass
        finally:
            self._take_ends()  # those of runs that ended between the last look and the shutdown
            self.clock.release("the scheduler's thread")

    def _guarded_round(self) -> bool:
        """Survive what should not happen, such as a journal that cannot be written."""
        try:
            if self._take_ends():
                return self._round()
        except Exception:
            log.exception("the scheduler goes on after an error of its own")
        if not self._closed:
            self.clock.wait(self._waker, self.clock.read().mono + PAUSE_AFTER_ERROR)
        return not self._closed

    def _round(self) -> bool:
        """Do what is due, or wait until something is; say whether to go on."""
        with self._lock:
            if self._closed:
                return False
            at = self._looked = self.clock.read()
            left = time_left(self._machine.next_wakeup(), at)
            until = None if left is None else at.mono + left
            due = self._machine.needs_tick(at)
            self._asleep_until = _FOREVER if until is None else until
        if self._ended:
            return True
        if not due:
            self.clock.wait(self._waker, until)
        elif self.clock.give_way(self._waker) and not self._ended:
            self._after(self._intake.decide(self._tick))
        return True

    def _tick(self, at: Reading) -> Ticked | None:
        self._asleep_until = 0
        return None if self._closed else Ticked(at=at)

    # Effects

    def _after(self, effects: tuple[Effect, ...]) -> None:
        starts: list[RunHandle] = []
        for effect in effects:
            if isinstance(effect, StartRun):
                starts.append(self._live[effect.name, effect.generation, effect.number])
            elif isinstance(effect, AskToStop):
                self._ask(effect)
            else:
                log_effect(effect)
        if starts:
            self._start_runs(starts)
        self._wake_if_earlier()

    def _prepare_to_tell(self) -> None:
        self._courier.start()

    def _publish(self, notices: list[Notice]) -> None:
        self._courier.put(notices)

    def _start_runs(self, runs: list[RunHandle]) -> None:
        """Hand runs to workers; after a shutdown, or without a thread to be had, they are lost."""
        if self._closed:
            for run in runs:
                self._lose(run)
            self._say_ended()
            return
        for run in runs:
            self._find_call(run)
            self.clock.hold(run.name)
        self._workers.start([partial(self._run, run) for run in runs])

    def _run(self, run: RunHandle) -> None:
        """Run somebody's callable, on a worker."""
        self._here.run = run
        try:
            error = call_run(run)
        except KeyboardInterrupt as interrupt:
            error = call_failed(interrupt, run.name)
        self._here.run = None
        self._ended.append((run, error))
        if self._closed or self._thread is None:
            self._take_ends()
        elif self._asleep_until:
            self._waker.wake()
        self.clock.release(run.name)

    def _take_ends(self) -> bool:
        """Tell the machine which runs have ended, many at a time; False: not all could be kept."""
        while self._ended:
            ended = _take_all(self._ended)
            places = self._intake.decide_all(ending(run, error, self._live) for run, error in ended)
            unkept = [each for each, place in zip(ended, places, strict=True) if place.error]
            self._after(tuple(effect for place in places for effect in place.effects))
            if self._closed:
                self._let_go()
                self._say_ended()
            if unkept:
                self._ended.extendleft(reversed(unkept))
                log.error(
                    "%d ends of runs could not be kept", len(unkept), exc_info=places[0].error
                )
                return False
        return True

    def _say_ended(self) -> None:
        """Let a shutdown see which runs are still going."""
        with self._quiet:
            self._quiet.notify_all()

    def _ask(self, effect: AskToStop) -> None:
        if handle := self._live.get((effect.name, effect.generation, effect.number)):
            self._stop_run(handle)

    def _stop_run(self, run: RunHandle) -> None:
        """Turn `proceed()` False and end the sleep that the run may be in."""
        run.ask_to_stop()
        if (waker := self._sleeping.get(run)) is not None:
            waker.wake()

    def sleep_run(self, run: RunHandle, span: timedelta | str | float) -> None:
        """Let a run sleep on the clock; called by `run.sleep` on the run's own thread."""
        until = self.clock.read().mono + read_span(span)
        waker = self._sleeping[run] = self.clock.new_waker()
        try:
            while run.proceed() and self.clock.read().mono < until:
                self.clock.wait(waker, until)
        finally:
            self._sleeping.pop(run, None)

    def _wake_if_earlier(self) -> None:
        """Bring the wait of the scheduler's thread forward, before it can sleep past a due time.

        A thread that is not asleep looks for itself before it goes to sleep.
        """
        if not self._asleep_until:
            return
        with self._lock:
            at = self.clock.read()
            left = time_left(self._machine.next_wakeup(), at)
            if left is None or at.mono + left >= self._asleep_until:
                return
            self._asleep_until = 0
        self._waker.wake()

    def _beat(self) -> Reading | None:
        return self._looked

    def _is_started(self) -> bool:
        return self._thread is not None and self._thread.is_alive()


def _take_all(line: deque[tuple[RunHandle, str | None]]) -> list[tuple[RunHandle, str | None]]:
    """Empty a queue that other threads fill and empty as well."""
    taken: list[tuple[RunHandle, str | None]] = []
    with suppress(IndexError):
        while True:
            taken.append(line.popleft())
    return taken
