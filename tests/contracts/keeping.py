"""A player of programs whose machine is kept in a store."""

from collections.abc import Callable

from duetime.adapters.restart import machine_of
from duetime.adapters.stores.base import Store
from duetime.adapters.testing.bare import Bare
from duetime.adapters.testing.conformance.keeping import keep
from duetime.adapters.testing.programs import Act
from duetime.engine.machine import Settings


class KeptPlayer(Bare):
    """A player of programs whose machine is kept in a store, a batch for each act."""

    def __init__(self, store: Callable[[], Store]) -> None:
        """`store`: makes another store with the same contents."""
        super().__init__()
        self._make_store = store
        self._store = store()
        self._store.open(Settings())

    def do(self, act: Act) -> None:
        """Do one act, and write what came of it."""
        before = len(self.records)
        self.machine.roster.keep_undo()
        super().do(act)
        if len(self.records) > before:
            keep(self._store, self.machine, self.records[before:])

    def reopen(self) -> None:
        """Go on with what is stored, and nothing else; runs in progress stay so."""
        self._store.close()
        self._store = self._make_store()
        self.machine = machine_of(self._store.open(Settings()), None)

    def close(self) -> Store:
        """Close the store and return it."""
        self._store.close()
        return self._store
