"""A machine that is kept in a store, batch by batch, without any shell."""

from collections.abc import Iterable

from duetime.adapters.calls import Call
from duetime.adapters.intake import Place
from duetime.adapters.keeping import StoreKeeper
from duetime.adapters.restart import machine_of
from duetime.adapters.stores.base import Store
from duetime.engine.instants import SECOND, Reading, to_instant
from duetime.engine.journal import JournalRecord
from duetime.engine.machine import Machine, Settings
from duetime.engine.messages import Added, Effect, Input, Ticked
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import Every

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


def keep(store: Store, machine: Machine, records: Iterable[JournalRecord]) -> None:
    """Write one batch of what has changed since `keep_undo`; task "a" calls "code:a"."""
    paths: dict[str, str | None] = {name: path_of(name) for name in machine.names()}
    StoreKeeper(store, machine, paths).keep([_place(record) for record in records])


def path_of(name: str) -> str:
    """Return the import path of what a task calls; there is no such code."""
    return f"code:{name}"


def _place(record: JournalRecord) -> Place:
    input_ = record.input
    call = None
    if isinstance(input_, Added):
        call = Call(lambda: None, takes_run=False, path=path_of(input_.task.name))
    place = Place(lambda at: input_, call)
    place.input, place.effects = input_, record.effects
    return place


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
        keep(self.store, self.machine, records)
        return [effect for record in records for effect in record.effects]
