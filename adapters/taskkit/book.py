"""The book of a scheduler: all registrations, and the verbs for one of them."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Generic

from duetime.adapters.calls import RunHandle
from duetime.adapters.simulate import Simulation
from duetime.adapters.taskkit.engine_side import EngineSide
from duetime.adapters.taskkit.entries import Entry, H, Place
from duetime.adapters.taskkit.runner import CallTask, Runner
from duetime.adapters.threads import Scheduler as Threads
from duetime.engine.instants import Instant

log = logging.getLogger(__name__)


class Book(Generic[H]):
    """The registrations by name. Every method is one step to all other threads."""

    def __init__(
        self,
        shell: Threads | Simulation,
        call_task: CallTask[H],
        on_error: Callable[[], object] | None,
    ) -> None:
        """`call_task`: runs the code of an entry; `on_error`: the exceptionHandler."""
        self.side = EngineSide[H](shell, self._run)
        self.runner = Runner[H](call_task, on_error, self.forget)
        self.started = False
        self._entries: dict[str, Entry[H]] = {}
        self._rank = 0

    # Registrations

    def register(self, entry: Entry[H], *, planned: bool) -> None:
        """Put an entry in place of any other of its name; after a stop nothing is put anywhere."""
        with self.side.together():
            self.forget(entry.name)
            if self.side.stopped:
                log.warning("task %r is added to a scheduler that has been stopped", entry.name)
                return
            self._rank += 1
            entry.rank, entry.planned, entry.moved = self._rank, planned, False
            entry.beside = bool(self.side.runs(entry.name))
            self.side.declare(entry)
            entry.generation = self.side.shell.view(entry.name).generation
            self._entries[entry.name] = entry
            if entry.suspended:
                self.side.shell.disable(entry.name)
        self._nudge()

    def forget(self, name: str) -> Entry[H] | None:
        """Take a registration away; a run in progress goes on, detached."""
        entry = self._entries.pop(name, None)
        if entry is not None:
            entry.rank = 0
            if not self.side.stopped:
                self.side.shell.remove(name)
        return entry

    def find(self, name: str) -> Entry[H] | None:
        """Return the registration of a name."""
        with self.side.together():
            entry = self._entries.get(name)
            if entry is not None and self.side.place(entry) is Place.ABSENT:
                self.forget(name)
                return None
            return entry

    def at(self, place: Place) -> dict[str, Entry[H]]:
        """Return the registrations that are at a place, by name, in order of registration."""
        with self.side.together():
            found = [entry for name in list(self._entries) if (entry := self.find(name))]
            return {each.name: each for each in found if self.side.place(each) is place}

    # Verbs

    def start_now(self, entry: Entry[H]) -> None:
        """Start a run, at once or as soon as a detached one has ended; a suspended one not."""
        with self.side.together():
            if not self.side.stopped and not entry.suspended and entry.rank:
                entry.start = self.side.start_of(entry)
                entry.re_run = False
                self.side.shell.run_now(entry.name)
        self._nudge()

    def stop(self, entry: Entry[H]) -> None:
        """Ask the run of an entry to stop."""
        with self.side.together():
            if self.side.place(entry) is Place.RUNNING and not self.side.stopped:
                self.side.shell.stop(entry.name)
            elif entry.run is not None:
                entry.run.ask_to_stop()

    def goes_on(self, entry: Entry[H]) -> bool:
        """Return whether a run of an entry is going and has not been asked to stop."""
        with self.side.together():
            if self.side.place(entry) is Place.RUNNING:
                return not any(run.asked for run in self.side.own_runs(entry))
            return entry.run is not None and entry.run.proceed()

    def suspend(self, entry: Entry[H]) -> None:
        """Let an entry start no more, until it is resumed."""
        with self.side.together():
            entry.suspended, entry.re_run = True, False
            place = self.side.place(entry)
            if place is Place.ABSENT or self.side.stopped:
                return
            self.side.shell.disable(entry.name)
            if place is Place.SCHEDULED and entry.planned and entry.in_force != entry.rhythm:
                self.side.plan(entry)
        self._nudge()

    def resume(self, entry: Entry[H]) -> None:
        """Let an entry start again; what was skipped stays skipped."""
        with self.side.together():
            entry.start = self.side.start_of(entry)
            entry.suspended = False
            if self.side.place(entry) is not Place.ABSENT and not self.side.stopped:
                self.side.shell.enable(entry.name)

    def set_start(self, entry: Entry[H], start: Instant) -> None:
        """Set the next start; an entry that runs or waits for a demand heeds it after a run."""
        with self.side.together():
            place = self.side.place(entry)
            entry.start = start
            if place is Place.SCHEDULED and not self.side.stopped:
                entry.planned = True
                self.side.plan(entry)
            else:
                entry.moved = place is not Place.ABSENT
        self._nudge()

    def replan(self, entry: Entry[H]) -> None:
        """Heed another period for what follows the next start, which stays.

        While a start waits for a detached run to end, the end of its own run heeds it.
        """
        with self.side.together():
            scheduled = self.side.place(entry) is Place.SCHEDULED
            if scheduled and not self.side.waits(entry) and not self.side.stopped:
                entry.start = self.side.start_of(entry)
                self.side.plan(entry)

    def close(self, grace: timedelta) -> None:
        """Start nothing more, ask all runs to stop, and wait for them; once."""
        with self.side.together():
            if self.side.stopped:
                return
            self.side.stopped = True
        self.side.shell.shutdown(grace)

    # Private parts

    def _run(self, entry: Entry[H], run: RunHandle) -> None:
        self.runner.run(self.side, entry, run)

    def _nudge(self) -> None:
        """Let virtual time do what is due now, as the thread of a real scheduler would."""
        shell = self.side.shell
        going = self.started and not self.side.stopped
        if isinstance(shell, Simulation) and going and not self.runner.is_inside():
            shell.come_due()
