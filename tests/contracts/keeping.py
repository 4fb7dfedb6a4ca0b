"""A machine that is kept in a store, batch by batch, without any shell."""

from collections.abc import Callable, Sequence

from duetime.adapters.restart import machine_of
from duetime.adapters.stores.base import Batch, Definition, Store
from duetime.engine.instants import SECOND, Reading, to_instant
from duetime.engine.journal import JournalRecord
from duetime.engine.machine import Machine, Settings
from duetime.engine.messages import (
    Added,
    Effect,
    Input,
    Redeclared,
    Removed,
    Rescheduled,
    Ticked,
)
from duetime.engine.states import Leaving
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import Every
from tests.properties.acts import Act
from tests.properties.players import Bare

START = to_instant("2026-01-01T12:00:00+00:00")
MINUTE = Every(minutes=1)


def at(seconds: float) -> Reading:
    """Look at the clocks so long after `START`."""
    span = round(seconds * SECOND)
    return Reading(START + span, span, "boot 1")


def task(name: str, trigger: Trigger = MINUTE) -> Task:
    """Declare a task; it runs every minute if nothing else is said."""
    return Task(name=name, trigger=trigger)


def added(name: str, trigger: Trigger = MINUTE, seconds: float = 0) -> Added:
    """Say that a task was added."""
    return Added(at=at(seconds), task=task(name, trigger))


def ticked(seconds: float) -> Ticked:
    """Say that time has passed."""
    return Ticked(at=at(seconds))


def batch_of(machine: Machine, records: Sequence[JournalRecord]) -> Batch:
    """Make the batch of what has changed since `keep_undo`."""
    roster = machine.roster
    changes, time = roster.changes(), roster.time
    definitions: dict[str, Definition | None] = {}
    for record in records:
        match record.input:
            case Added(task=Task(name=name)) | Redeclared(task=Task(name=name)):
                pass
            case Rescheduled(name=name) | Removed(name=name):
                pass
            case _:
                continue
        entry = roster.entries.get(name)
        gone = entry is None or isinstance(entry.state, Leaving)
        definitions[name] = (
            None if entry is None or gone else Definition(task=entry.task, call=f"code:{name}")
        )
    return Batch(
        records=tuple(records),
        definitions=definitions,
        states=changes.entries,
        retired=changes.retired,
        last=time.now,
        lead=time.lead,
        shift=time.shift,
        snapshot=machine.snapshot,
    )


class Kept:
    """A machine, and the store that it is kept in."""

    def __init__(self, store: Store, settings: Settings | None = None) -> None:
        """Open the store, and go on from what it holds."""
        self.store = store
        self.stored = store.open(settings or Settings())
        self.machine = machine_of(self.stored, settings)

    def say(self, *inputs: Input) -> list[Effect]:
        """Let the machine decide, and write it as one batch."""
        self.machine.roster.keep_undo()
        records = [JournalRecord(each, self.machine.handle(each)) for each in inputs]
        self.store.write(batch_of(self.machine, records))
        return [effect for record in records for effect in record.effects]


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
            self._store.write(batch_of(self.machine, self.records[before:]))

    def reopen(self) -> None:
        """Go on with what is stored, and nothing else; runs in progress stay so."""
        self._store.close()
        self._store = self._make_store()
        self.machine = machine_of(self._store.open(Settings()), None)

    def close(self) -> Store:
        """Close the store and return it."""
        self._store.close()
        return self._store
