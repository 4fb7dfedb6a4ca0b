"""The ledger of a shell: what was decided, kept, noted and told; the runs that are going.

Each input takes the same way: the intake lets the machine decide and has it kept, `_keep` notes it,
and whoever said it does what the machine says. The verbs stand in `shell.py`.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from duetime.adapters.calls import Call, RunHandle, RunKey
from duetime.adapters.intake import Intake, Make, Place
from duetime.adapters.journals import open_journal
from duetime.adapters.keeping import JournalKeeper, StoreKeeper
from duetime.adapters.listeners import Notice
from duetime.adapters.logs import log_verb
from duetime.adapters.restart import (
    Uncallable,
    machine_of,
    unclaimed,
)
from duetime.adapters.stores import open_store
from duetime.adapters.stores.base import Store, Stored
from duetime.adapters.views import Views
from duetime.clocks.base import Clock
from duetime.engine.errors import (
    BadTaskError,
    ShutdownError,
)
from duetime.engine.history import Run
from duetime.engine.instants import Reading
from duetime.engine.journal import Journal
from duetime.engine.machine import Settings
from duetime.engine.messages import (
    Added,
    AskToStop,
    Effect,
    Input,
    Redeclared,
    Removed,
    RunFailed,
    RunFinished,
    RunInput,
    RunLost,
    StartRun,
    StopRequested,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShutdownReport:
    """How a shutdown went. `still_running`: the runs that did not stop in time."""

    ok: bool
    still_running: tuple[Run, ...]


_GONE = "it was removed before anybody had declared what it is to call"
"""What a run says that was going when the process before ended, and starts again."""


class Ledger(Views):
    """What every shell keeps of what it has decided; what differs is left to the shells."""

    def __init__(
        self,
        clock: Clock,
        lock: AbstractContextManager[object],
        *,
        journal: Journal | str | Path | None,
        store: Store | str | Path | None,
        settings: Settings | None,
        keep: int | None,
    ) -> None:
        """`keep`: how many runs and fates of each task are remembered; None: all."""
        if journal is not None and store is not None:
            raise BadTaskError("give a journal or a store, not both: a store has a journal in it")
        self._store = None if store is None else open_store(store)
        stored = Stored() if self._store is None else self._store.open(settings or Settings())
        super().__init__(clock, lock, machine_of(stored, settings), keep=keep)
        self._intake = Intake(clock, lock, self._machine, self._keep)
        self._calls: dict[str, Call | None] = {}
        self._unclaimed = unclaimed(self._machine)
        self._paths = {name: each.call for name, each in stored.definitions.items()}
        self._journal = open_journal(journal)
        self._own_journal = None if self._journal is journal else self._journal
        if self._journal is not None:
            self._journal.begin(self._machine.settings, self._machine.snapshot)
            self._intake.keeper = JournalKeeper(self._journal)
        self._stored = stored
        if self._store is not None:
            self._intake.keeper = StoreKeeper(self._store, self._machine, self._paths)

    def _submit(self, make: Make, call: Call | None = None) -> tuple[Effect, ...]:
        """Let an input be decided, then do what the machine says."""
        said: list[Input] = []

        def open_make(at: Reading) -> Input | None:
            self._refuse_if_closed()
            input_ = make(at)
            said.extend(() if input_ is None else (input_,))
            return input_

        effects = self._intake.decide(open_make, call)
        for input_ in said:
            log_verb(input_)
        self._after(effects)
        return effects

    def _keep(self, place: Place) -> None:
        """Take in what has been decided and kept."""
        input_ = place.input
        assert input_ is not None
        if isinstance(input_, Added | Redeclared):
            self._calls[input_.task.name] = place.call
            self._unclaimed.discard(input_.task.name)
        elif isinstance(input_, Removed) and input_.name in self._unclaimed:
            self._unclaimed.discard(input_.name)
            self._calls[input_.name] = Call(Uncallable(_GONE), takes_run=False)
        self._take_in(input_, place.effects)

    def _take_in(self, input_: Input, effects: tuple[Effect, ...]) -> None:
        """Note an input and its effects in the books, and tell who wants to know of them."""
        if self._listeners.wanted:
            notices = self._listeners.notices(input_, effects, self._history.find)
            if notices:
                self._publish(notices)
        self._history.note(input_, effects)
        self._meter.note(input_, effects)
        self._roll.note(input_, effects)
        if isinstance(input_, RunInput):
            key = (input_.name, input_.generation, input_.number)
            run = self._live.get(key)
            if run is not None and run.attempt == input_.attempt:
                del self._live[key]
        for effect in effects:
            if isinstance(effect, StartRun):
                self._open_run(effect, input_.at)

    def _end_run(self, run: RunHandle, error: str | None) -> None:
        """Tell the machine that an attempt has ended, once, also after a shutdown."""
        effects = self._intake.decide(ending(run, error, self._live))
        if self._closed:
            self._let_go()
        self._after(effects)

    def _try_end(self, run: RunHandle, error: str | None) -> None:
        """Do so as far as it can be kept: a shutdown has to come to its own end."""
        try:
            self._end_run(run, error)
        except Exception:
            log.exception("the end of %r could not be kept", run)

    def _lose(self, run: RunHandle) -> None:
        """Give up a run that was decided but will not be started, and those that waited for it."""
        lost = [run]
        for each in lost:
            effects = self._intake.decide(partial(_lost, each.key, each.attempt))
            lost += [
                self._live[effect.name, effect.generation, effect.number]
                for effect in effects
                if isinstance(effect, StartRun)
            ]
        self._let_go()
        for each in lost:
            log.warning("%r is lost: the shutdown came before its start", each)

    def _let_go(self) -> None:
        """Close what this shell has opened, once it is shut down.

        A store stays open for the ends of runs that did not stop.
        """
        with self._lock:
            if self._closed and self._own_journal is not None:
                self._own_journal.close()
            if self._closed and self._store is not None and not self._live:
                self._store.close()

    def _stop_all(self) -> tuple[Effect, ...]:
        """Start nothing more, and decide that all runs are to stop; the caller has the lock."""
        self._closed = True
        effects: list[Effect] = []
        names = {key[0] for key in self._live}.intersection(self._machine.names())
        for name in sorted(names):
            try:
                effects += self._intake.decide(partial(_stopped, name))
            except Exception:  # the shutdown goes on, and asks the runs to stop all the same
                log.exception("that the runs of task %r are to stop could not be kept", name)
        return tuple(effects)

    def _report(self) -> ShutdownReport:
        self._let_go()
        with self._lock:
            names = sorted({key[0] for key in self._live})
            still = tuple(run for name in names for run in self._history.going(name))
        return ShutdownReport(ok=not still, still_running=still)

    def _ask(self, effect: AskToStop) -> None:
        handle = self._live.get((effect.name, effect.generation, effect.number))
        if handle is not None:
            handle.ask_to_stop()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise ShutdownError(f"this {type(self).__name__} has been shut down; make a new one")

    # What a shell has to bring along

    def _open_run(self, start: StartRun, started: Reading) -> RunHandle:
        """Make the handle of a run, before anybody can ask the run to stop."""
        raise NotImplementedError

    def _publish(self, notices: list[Notice]) -> None:
        """Let notices be delivered, later and in order; called with the lock."""
        raise NotImplementedError

    def _after(self, effects: tuple[Effect, ...]) -> None:
        """Do what the machine says; called without the lock."""
        raise NotImplementedError


def _stopped(name: str, at: Reading) -> Input:
    return StopRequested(at=at, name=name)


def _lost(key: RunKey, attempt: int, at: Reading) -> Input:
    name, generation, number = key
    return RunLost(at=at, name=name, generation=generation, number=number, attempt=attempt)


def ending(
    run: RunHandle, error: str | None, live: Mapping[RunKey, RunHandle]
) -> Callable[[Reading], RunFinished | RunFailed | None]:
    """Return what makes the end of an attempt; of one that has ended already, nothing."""
    name, generation, number = run.key

    def make(at: Reading) -> RunFinished | RunFailed | None:
        if live.get(run.key) is not run:
            return None
        if error is None:
            return RunFinished(
                at=at, name=name, generation=generation, number=number, attempt=run.attempt
            )
        return RunFailed(
            at=at,
            name=name,
            generation=generation,
            number=number,
            attempt=run.attempt,
            error=error,
        )

    return make
