"""The heir: a shell takes over what the process before it has left in the store.

What was going is lost or starts again; who declares a task goes on with it; what nobody declares is
called by its import path. It is done when the shell begins, after all has been declared.
"""

import logging
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from duetime.adapters.calls import Call, RunHandle
from duetime.adapters.intake import Make
from duetime.adapters.journals import explain_by
from duetime.adapters.ledger import Ledger
from duetime.adapters.restart import UNCALLABLE, Recovery, Uncallable, call_of, uncallable
from duetime.adapters.stores.base import Store, Stored
from duetime.clocks.base import Clock
from duetime.engine.accounts import Account
from duetime.engine.errors import BadTaskError, UnknownTaskError
from duetime.engine.history import Occurrence, Run, fates_in_order, in_order
from duetime.engine.instants import Instant, Reading
from duetime.engine.journal import Journal
from duetime.engine.machine import Settings
from duetime.engine.messages import Damaged, Effect, Enabled, Input, Restarted
from duetime.engine.states import Broken

log = logging.getLogger(__name__)


class Heir(Ledger):
    """A ledger that may begin where another one has stopped."""

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
        """As for any ledger."""
        super().__init__(clock, lock, journal=journal, store=store, settings=settings, keep=keep)
        self._recovery: Recovery | None = None
        self._held: tuple[Effect, ...] = ()
        self._caught_up = False
        if self._store is not None:
            try:
                self._recover(self._stored)
            except BaseException:
                self._store.close()
                raise

    @property
    def recovery(self) -> Recovery | None:
        """What was found in the store and what was made of it; None without a store."""
        return self._recovery

    def _runs(self, name: str) -> list[Run]:
        if self._store is None:
            return super()._runs(name)
        return sorted(self._store.runs(name), key=in_order)

    def _fates(self, name: str) -> list[Occurrence]:
        if self._store is None:
            return super()._fates(name)
        return fates_in_order(self._store.fates(name), self._runs(name))

    def _explain(self, name: str, nominal: Instant, now: Reading) -> Account | None:
        journal = self._journal if self._store is None else self._store.journal()
        if journal is None:
            return None
        try:
            return explain_by(journal, name, nominal, now=now)
        except UnknownTaskError:
            return None  # the journal may have been kept for less long than the books

    def _recover(self, stored: Stored) -> None:
        """Take over what a store held: what was going is lost or starts again."""
        found = Recovery(
            tasks=len(self._unclaimed), damaged=dict(stored.damaged), notices=stored.notices
        )
        effects: list[Effect] = []
        if stored.snapshot is None:
            self._caught_up = True
        else:
            effects += self._intake.decide(lambda at: Restarted(at=at))
        for name, error in sorted(stored.damaged.items()):
            effects += self._intake.decide(partial(_damaged, name, error))
            self._unclaimed.add(name)
        self._recovery = found.and_then(effects)
        self._held = tuple(effects)

    def _catch_up(self, tick: Make) -> None:
        """Do what a restart has left to be done, once, and say what is made up for."""
        if self._recovery is None or self._caught_up:
            return
        for name in sorted(self._unclaimed):
            self._claim(name)
        effects = self._intake.decide(tick)
        self._caught_up = True
        self._recovery = told = self._recovery.and_then(effects, uncallable(self._machine))
        grave = told.lost or told.damaged or told.fates
        log.log(logging.WARNING if grave else logging.INFO, "%s", told)
        self._after(self._held + effects)

    def _claim(self, name: str) -> None:
        """Let a stored task that nobody has declared be called by its import path, or show why."""
        with self._lock:
            if name not in self._unclaimed:
                return
            effects: tuple[Effect, ...] = ()
            view = self._machine.view(name)
            broken = view.state.error if isinstance(view.state, Broken) else None
            try:
                call = call_of(name, self._paths.get(name), view.task.args)
            except BadTaskError as error:
                call = Call(Uncallable(str(error)), takes_run=False)
                if broken is None:
                    text = f"{UNCALLABLE}{error}"
                    effects = self._intake.decide(partial(_damaged, name, text))
            else:
                if broken is not None and broken.startswith(UNCALLABLE):
                    effects = self._intake.decide(partial(_enabled, name))
            self._calls[name] = call
            self._unclaimed.discard(name)
        self._after(effects)

    def _find_call(self, run: RunHandle) -> None:
        """Find what a run is to call that was decided before anybody had declared its task."""
        if run.call is None:
            self._claim(run.name)
            run.call = self._calls.get(run.name)


def _enabled(name: str, at: Reading) -> Input:
    return Enabled(at=at, name=name)


def _damaged(name: str, error: str, at: Reading) -> Input:
    return Damaged(at=at, name=name, error=error)
