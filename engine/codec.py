"""Plain JSON for the engine's records, both ways.

A record is a frozen dataclass. Its JSON is an object: the class as "type", then every field that
has not its default. The types of the fields say how to read it back, so that nothing is ever
guessed or imported.
"""

import dataclasses
import types
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

from duetime.engine.errors import DuetimeError, JournalError
from duetime.engine.instants import Reading
from duetime.engine.policies import CatchUp, Overlap, Retry
from duetime.engine.triggers import trigger_from_json
from duetime.engine.triggers.base import Json, Trigger

Reader: TypeAlias = Callable[[Json], object]
Writer: TypeAlias = Callable[[Any], Json]

_WORDS = (Overlap, CatchUp, Retry)
"""Records that are written as the text which their `parse` reads."""


def to_json(value: object) -> Json:
    """Write a record, or what a field of one holds, as plain JSON."""
    return _writer(type(value))(value)  # type: ignore[arg-type]  # a class is hashable


def from_json(data: Json, classes: Mapping[str, type]) -> object:
    """Read a record of one of these classes.

    Raises JournalError, naming the record and the field, for anything else.
    """
    kind = classes.get(_type_of(data))
    if kind is None:
        raise JournalError(f"{data!r} is no record; its type must be one of {', '.join(classes)}")
    return _reader(kind)(data)


@cache
def _writer(kind: type) -> Writer:
    """Return what writes a value of exactly this type."""
    if issubclass(kind, bool | int | float | types.NoneType):
        return _same
    if issubclass(kind, str):
        return str
    if issubclass(kind, Reading):
        return lambda reading: [reading.wall, reading.mono, reading.boot]
    if issubclass(kind, Trigger):
        return lambda trigger: trigger.to_json()
    if issubclass(kind, _WORDS):
        return str
    if issubclass(kind, tuple | list):
        return lambda parts: [to_json(part) for part in parts]
    if issubclass(kind, Mapping):
        return lambda parts: {str(key): to_json(part) for key, part in parts.items()}
    return _record_writer(kind) if dataclasses.is_dataclass(kind) else _refuse


def _same(value: Json) -> Json:
    return value


def _refuse(value: object) -> Json:
    raise JournalError(f"{value!r} has no JSON form")


def _record_writer(kind: type) -> Writer:
    fields = _fields(kind)

    def write(record: object) -> Json:
        data: dict[str, Json] = {"type": kind.__name__}
        for name, default in fields:
            value = getattr(record, name)
            if value != default:
                data[name] = to_json(value)
        return data

    return write


def _fields(kind: type) -> tuple[tuple[str, object], ...]:
    """Return the fields of a record with the value that is not written."""
    return tuple(
        (
            field.name,
            field.default_factory()
            if field.default_factory is not dataclasses.MISSING
            else field.default,
        )
        for field in dataclasses.fields(kind)
    )


@cache
def _reader(hint: object) -> Reader:
    """Return what reads a value of this type."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union_reader(args)
    if origin is tuple:
        part = _reader(args[0])
        return lambda data: tuple(part(each) for each in as_list(data))
    if origin is dict:
        key_of, part = _reader(args[0]), _reader(args[1])
        return lambda data: {key_of(key): part(each) for key, each in _as_dict(data).items()}
    if origin is Mapping:
        return _as_dict
    if hint is Reading:
        return _read_reading
    if isinstance(hint, type):
        return _class_reader(hint)
    raise JournalError(f"there is no JSON form for {hint!r}")


def _class_reader(kind: type) -> Reader:
    if issubclass(kind, Trigger):
        return trigger_from_json
    if issubclass(kind, Overlap | CatchUp | Retry):
        return lambda data: kind.parse(str(data))
    if issubclass(kind, StrEnum):
        return lambda data: kind(str(data))
    if dataclasses.is_dataclass(kind):
        return _record_reader(kind)
    return lambda data: _as_plain(kind, data)


def _union_reader(kinds: tuple[object, ...]) -> Reader:
    """Read None, the one plain type, or the record that the data names."""
    named = [
        kind
        for kind in kinds
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind not in _WORDS
    ]
    records = {kind.__name__: _reader(kind) for kind in named}
    plain = [_reader(kind) for kind in kinds if kind is not type(None) and kind not in named]

    def read(data: Json) -> object:
        if data is None and type(None) in kinds:
            return None
        reader = records.get(_type_of(data))
        if reader is not None:
            return reader(data)
        if Reading in kinds:
            return _read_reading(data)
        if not plain:
            raise JournalError(f"{data!r} must be one of {', '.join(records)}")
        return plain[0](data)

    return read


def _record_reader(kind: type) -> Reader:
    readers = {}
    for name, hint in get_type_hints(kind).items():
        try:
            readers[name] = _reader(hint)
        except JournalError as error:
            raise JournalError(f"{kind.__name__}.{name}: {error}") from None

    def read(data: Json) -> object:
        fields = _as_dict(data)
        if fields.get("type") != kind.__name__:
            raise JournalError(f"{data!r} must be of type {kind.__name__}")
        values = {}
        for name, value in fields.items():
            if name in readers:
                try:
                    values[name] = readers[name](value)
                except (DuetimeError, ValueError) as error:
                    raise JournalError(f"{kind.__name__}.{name}: {error}") from None
            elif name != "type":
                raise JournalError(f"{kind.__name__} has no {name}: {data!r}")
        try:
            made: object = kind(**values)
        except (TypeError, DuetimeError) as error:
            raise JournalError(f"{kind.__name__}: {error}") from None
        return made

    return read


def _read_reading(data: Json) -> Reading:
    match data:
        case [int(wall), int(mono), str(boot)] if bool not in (type(wall), type(mono)):
            return Reading(wall, mono, boot)
    raise JournalError(f"{data!r} is no reading; it is written [wall, mono, boot]")


def _type_of(data: Json) -> str:
    """Return what record the data says that it is; nothing where it says none."""
    named = data.get("type") if isinstance(data, dict) else None
    return named if isinstance(named, str) else ""


def _as_plain(kind: type, data: Json) -> object:
    if type(data) is not kind:
        raise JournalError(f"{data!r} must be of type {kind.__name__}")
    return data


def as_list(data: Json) -> list[Json]:
    """Return the data if it is a list; raises JournalError otherwise."""
    if not isinstance(data, list):
        raise JournalError(f"{data!r} must be a list")
    return data


def _as_dict(data: Json) -> dict[str, Json]:
    if not isinstance(data, dict):
        raise JournalError(f"{data!r} must be an object")
    return data
