"""What a database holds of a machine: read when a store is opened, copied for a snapshot."""

import gc
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from duetime.adapters.stores.base import Definition, Stored
from duetime.adapters.stores.rows import generation_of, read_task
from duetime.engine import codec
from duetime.engine.errors import JournalError, StoreDamagedError
from duetime.engine.instants import Reading
from duetime.engine.machine import Settings, Snapshot
from duetime.engine.roster import Retired
from duetime.engine.seals import canonical, parse, seal, unseal
from duetime.engine.states import Entry, Leaving, runs_of

PUT_RETIRED = "INSERT OR REPLACE INTO retired VALUES (?, ?, ?, ?)"
_TASK_LINES = "SELECT name, definitions.line, states.line FROM"
_BOTH = f"{_TASK_LINES} states LEFT JOIN definitions USING (name)"
_STATELESS = f"{_TASK_LINES} definitions LEFT JOIN states USING (name) WHERE states.line IS NULL"


@dataclass(slots=True, kw_only=True)
class Contents:
    """What was read.

    `settings`: None in a new store; `last`: the number of the last record; `known`: what the
    machine knew beside its tasks, None in a new store.
    """

    settings: Settings | None
    last: int
    known: Snapshot | None
    entries: list[Entry] = field(default_factory=list)
    definitions: dict[str, Definition] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)

    def busy(self) -> list[str]:
        """Return the tasks that may have runs in progress."""
        return [*self.damaged, *(e.task.name for e in self.entries if runs_of(e.state))]

    def snapshot(self) -> Snapshot | None:
        """Return all that the machine knew."""
        if self.known is None:
            return None
        entries = sorted(self.entries, key=lambda entry: entry.task.name)
        return replace(self.known, entries=tuple(entries))

    def stored(self, settings: Settings) -> Stored:
        """Return what a shell is told."""
        snapshot = self.snapshot()
        return Stored(
            snapshot=None if snapshot is None else replace(snapshot, settings=settings),
            definitions=self.definitions,
            damaged=self.damaged,
        )

    def add(self, lines: Iterable[tuple[str, str | None, str | None]]) -> dict[str, str | None]:
        """Take in tasks, each in two lines; return the states of the damaged ones."""
        states: dict[str, str | None] = {}
        for name, definition, state in lines:
            found = read_task(name, definition, state)
            if found.entry is None:
                self.damaged[name], states[name] = found.damage, state
                continue
            self.entries.append(found.entry)
            if not isinstance(found.entry.state, Leaving):
                self.definitions[name] = Definition(task=found.entry.task, call=found.call)
        return states


def read_contents(db: sqlite3.Connection, path: Path) -> Contents:
    """Read what a machine needs to go on.

    Raises StoreDamagedError where more than single tasks cannot be read.
    """
    db.text_factory = _lenient
    meta = dict(db.execute("SELECT key, value FROM meta"))
    settings = read_settings(meta["settings"], path) if "settings" in meta else None
    last: int = db.execute("SELECT coalesce(max(n), 0) FROM journal").fetchone()[0]
    known = _read_known(db, settings or Settings())
    contents = Contents(settings=settings, last=last, known=known)
    with _without_collection():
        states = contents.add(db.execute(_BOTH)) | contents.add(db.execute(_STATELESS))
    if known is not None:
        for name, state in states.items():
            known.retired[name] = _as_retired(db, name, state, known)
    elif last or contents.entries or contents.damaged:
        raise StoreDamagedError(f"{path} has tasks but no clocks; restore a backup")
    return contents


def make_snapshot(db: sqlite3.Connection, number: int, settings: Settings) -> None:
    """Copy all that the machine knows after the record of this number; the caller commits."""
    known = _read_known(db, settings)
    if known is None:
        return
    line = seal({"known": codec.to_json(known), "n": number})
    db.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?)", (number, line))
    db.execute("DELETE FROM snapshot_tasks WHERE n = ?", (number,))
    db.execute(
        "INSERT INTO snapshot_tasks SELECT ?, name, definitions.line, states.line "
        "FROM states JOIN definitions USING (name)",
        (number,),
    )


def begin_anew(db: sqlite3.Connection, contents: Contents, settings: Settings) -> None:
    """Let the journal begin here: no replay goes across other settings, or a damaged task."""
    retired = {} if contents.known is None else contents.known.retired
    for name in contents.damaged:
        was = retired[name]
        db.execute(PUT_RETIRED, (name, was.generation, was.number, was.at))
    make_snapshot(db, contents.last, settings)
    text, number = canonical(codec.to_json(settings)), contents.last
    db.executemany(
        "INSERT OR REPLACE INTO meta VALUES (?, ?)", [("settings", text), ("base", str(number))]
    )


def read_base(db: sqlite3.Connection, path: Path) -> tuple[int, Settings, Snapshot | None]:
    """Return after which record the journal that is kept begins, and what was known then.

    That is at the last snapshot but one, or where the settings changed if that is later.
    """
    meta = dict(db.execute("SELECT key, value FROM meta"))
    settings = read_settings(meta.get("settings", ""), path)
    number = int(meta.get("base", 0))
    for (earlier,) in db.execute("SELECT n FROM snapshots ORDER BY n DESC LIMIT 1 OFFSET 1"):
        number = max(number, earlier)
    found = db.execute("SELECT line FROM snapshots WHERE n = ?", (number,)).fetchone()
    if found is None:
        return 0, settings, None
    try:
        known = codec.from_json(unseal(found[0]).get("known"), {"Snapshot": Snapshot})
    except JournalError as error:
        raise StoreDamagedError(f"{path}: the snapshot after record {number} {error}") from None
    assert isinstance(known, Snapshot)
    contents = Contents(settings=settings, last=number, known=known)
    contents.add(
        db.execute("SELECT name, definition, state FROM snapshot_tasks WHERE n = ?", (number,))
    )
    return number, settings, contents.snapshot()


def read_settings(text: str, path: Path) -> Settings:
    """Read the settings of the machine; raises StoreDamagedError for what are none."""
    try:
        settings = codec.from_json(parse(text), {"Settings": Settings})
    except JournalError as error:
        raise StoreDamagedError(f"{path}: what stands there as settings {error}") from None
    assert isinstance(settings, Settings)
    return settings


def _read_known(db: sqlite3.Connection, settings: Settings) -> Snapshot | None:
    """Read what a machine knows beside its tasks; None: it has had no input yet."""
    clocks = db.execute("SELECT wall, mono, boot, lead, shift FROM clocks").fetchone()
    if clocks is None:
        return None
    wall, mono, boot, lead, shift = clocks
    retired = {
        name: Retired(generation=generation, number=number, at=at)
        for name, generation, number, at in db.execute("SELECT * FROM retired ORDER BY name")
    }
    return Snapshot(
        settings=settings,
        last=Reading(wall, mono, boot),
        lead=lead,
        shift=shift,
        entries=(),
        retired=retired,
    )


def _as_retired(db: sqlite3.Connection, name: str, state: str | None, known: Snapshot) -> Retired:
    """Return what of a damaged task is still known, so that no generation or number comes again."""
    generation, number = db.execute(
        "SELECT coalesce(max(generation), 0), coalesce(max(number), 0) FROM runs WHERE name = ?",
        (name,),
    ).fetchone()
    at = known.last.mono + known.lead if known.last else 0
    return Retired(generation=max(generation, generation_of(state)), number=number, at=at)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Let no garbage be looked for: all that is read stays, and looking takes longer than reading.

    Another thread that switches the collector meanwhile may find it as it was before.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _lenient(text: bytes) -> str:
    """Read text that may have been damaged; what is no UTF-8 then fails its checksum."""
    return text.decode("utf-8", "surrogateescape")
