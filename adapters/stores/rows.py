"""Rows: how tasks and their states are written in a database.

The task as declared and the state that it is in are written apart, each as JSON with a checksum, so
that one row that was damaged costs one task and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from duetime.adapters.stores.base import Batch, Definition
from duetime.engine import codec
from duetime.engine.errors import JournalError, StoreDamagedError
from duetime.engine.seals import canonical, parse, seal, unseal
from duetime.engine.states import Entry
from duetime.engine.triggers.base import Json

Row: TypeAlias = tuple[object, ...]

_ENTRIES: dict[str, type] = {"Entry": Entry}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLines:
    """What was read of one task. `damage`: what is wrong with it, if it cannot be used."""

    entry: Entry | None = None
    call: str | None = None
    damage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRows:
    """What a batch changes in the tables of tasks. `gone`, `forgotten`: names."""

    definitions: list[Row]
    states: list[Row]
    gone: list[Row]
    retired: list[Row]
    forgotten: list[Row]
    clocks: Row


def task_rows(batch: Batch) -> TaskRows:
    """Write what a batch changes; a task that is leaving keeps its definition until it has left.

    Raises BadTriggerError for a trigger that has no JSON form.
    """
    last = batch.last
    return TaskRows(
        definitions=[
            (name, definition_line(each))
            for name, each in batch.definitions.items()
            if each is not None
        ],
        states=[(n, state_line(n, each)) for n, each in batch.states.items() if each is not None],
        gone=[(name,) for name, each in batch.states.items() if each is None],
        retired=[
            (name, each.generation, each.number, each.at)
            for name, each in batch.retired.items()
            if each is not None
        ],
        forgotten=[(name,) for name, each in batch.retired.items() if each is None],
        clocks=(last.wall, last.mono, last.boot, batch.lead, batch.shift),
    )


def definition_line(definition: Definition) -> str:
    """Write what was declared. Raises BadTriggerError for a trigger that has no JSON form."""
    return seal({"call": definition.call, "task": codec.to_json(definition.task)})


def state_line(name: str, entry: Entry) -> str:
    """Write how far a task has come: its entry, less what was declared."""
    data: dict[str, Json] = {
        "name": name,
        "trigger": codec.to_json(entry.trigger),
        "generation": entry.generation,
        "state": codec.to_json(entry.state),
    }
    if entry.counts:
        data["counts"] = codec.to_json(entry.counts)
    if entry.lived:
        data["lived"] = True
    return seal(data)


def read_task(name: str, definition: str | None, state: str | None) -> TaskLines:
    """Read what was stored of one task, whatever state its lines are in."""
    try:
        declared = _unsealed("definition", definition)
        entry = _unsealed("state", state)
        entry |= {"type": "Entry", "task": declared.get("task")}
        named = entry.pop("name", None)
        made = codec.from_json(entry, _ENTRIES)
    except Exception as error:  # whatever one row makes of itself concerns its task alone
        return TaskLines(damage=str(error))
    call = declared.get("call")
    if not isinstance(made, Entry) or named != name or made.task.name != name:
        return TaskLines(damage="its stored state or definition is that of another task")
    return TaskLines(entry=made, call=call if isinstance(call, str) else None)


def generation_of(state: str | None) -> int:
    """Return the generation that a damaged state still tells, else 0."""
    try:
        told = parse(state or "").get("generation")
    except JournalError:
        return 0
    return told if isinstance(told, int) else 0


def args_text(args: Mapping[str, Json]) -> str | None:
    """Write arguments; None where there are none."""
    return canonical(dict(args)) if args else None


def plain_text(text: str) -> str:
    """Write what UTF-8 cannot say, half a surrogate pair, with a backslash."""
    return text.encode("utf-8", "backslashreplace").decode()


def _unsealed(what: str, line: str | None) -> dict[str, Json]:
    if line is None:
        raise StoreDamagedError(f"its stored {what} is missing")
    try:
        return unseal(line)
    except JournalError as error:
        raise StoreDamagedError(f"its stored {what} {error}") from None
