"""Keepers: a journal, or a store, as the place where a shell keeps what it has decided."""

from collections.abc import Sequence

from duetime.adapters.intake import Place, records_of
from duetime.adapters.stores.base import Batch, Definition, Store
from duetime.engine.codec import to_json
from duetime.engine.journal import Journal
from duetime.engine.machine import Machine
from duetime.engine.messages import Added, Input, Redeclared, Removed, Rescheduled
from duetime.engine.states import Leaving


class JournalKeeper:
    """Keeps inputs in a journal."""

    def __init__(self, journal: Journal) -> None:
        """The journal has begun."""
        self._journal = journal

    def check(self, input_: Input) -> None:
        """Raise for an input that could not be written down."""
        self._journal.check(input_)

    def keep(self, places: Sequence[Place]) -> None:
        """Write one record for each input."""
        self._journal.extend(records_of(places))


class StoreKeeper:
    """Keeps inputs in a store, along with all that they have changed."""

    def __init__(self, store: Store, machine: Machine, paths: dict[str, str | None]) -> None:
        """`paths`: the import path of each task, as far as that has been kept."""
        self._store = store
        self._machine = machine
        self._paths = paths

    def check(self, input_: Input) -> None:
        """Raise BadTriggerError for a trigger that has no JSON form."""
        if isinstance(input_, Added | Redeclared | Rescheduled):
            to_json(input_)

    def keep(self, places: Sequence[Place]) -> None:
        """Write one batch."""
        roster = self._machine.roster
        changes, time = roster.changes(), roster.time
        definitions = self._definitions(places)
        self._store.write(
            Batch(
                records=records_of(places),
                definitions=definitions,
                states=changes.entries,
                retired=changes.retired,
                last=time.now,
                lead=time.lead,
                shift=time.shift,
                snapshot=self._machine.snapshot,
            )
        )
        self._paths.update((name, each.call) for name, each in definitions.items() if each)

    def _definitions(self, places: Sequence[Place]) -> dict[str, Definition | None]:
        """Return what was declared, edited or taken away."""
        found: dict[str, Definition | None] = {}
        paths: dict[str, str | None] = {}
        for place in places:
            match place.input:
                case Added(task=task) | Redeclared(task=task):
                    name = task.name
                    paths[name] = place.call.path if place.call else None
                case Rescheduled(name=name) | Removed(name=name):
                    pass
                case _:
                    continue
            entry, path = self._machine.roster.entries.get(name), paths.get(name)
            if name not in paths:
                path = self._paths.get(name)
            gone = entry is None or isinstance(entry.state, Leaving)
            found[name] = None if entry is None or gone else Definition(task=entry.task, call=path)
        return found
