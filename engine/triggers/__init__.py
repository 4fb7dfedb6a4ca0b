"""Triggers: when a task is due. The table of all of them, and their way back from JSON."""

from typing import TypeVar

from duetime.engine.errors import BadTriggerError, DuetimeError
from duetime.engine.triggers.base import Json, Trigger, type_name
from duetime.engine.triggers.calendar import Daily, Monthly, Weekly, Yearly
from duetime.engine.triggers.calendar_text import Calendar
from duetime.engine.triggers.combine import (
    AllOf,
    AnyOf,
    Combined,
    ElapsedJitter,
    Jitter,
    Limit,
    Shift,
)
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.every import AfterFinish, ElapsedGrid, Every
from duetime.engine.triggers.exclude import Except
from duetime.engine.triggers.once import Once, OnDemand
from duetime.engine.triggers.rrule import RRule
from duetime.engine.triggers.within import Within

_KINDS: tuple[type[Trigger], ...] = (
    *(Once, OnDemand, Every, ElapsedGrid, AfterFinish),
    *(Daily, Weekly, Monthly, Yearly, Cron, Calendar, RRule),
    *(AnyOf, AllOf, Except, Within, Limit, Shift, Jitter, ElapsedJitter),
)
TRIGGERS = {type_name(kind): kind for kind in _KINDS}

K = TypeVar("K", bound=type[Trigger])

_registered: dict[str, type[Trigger]] = {}


def register_trigger(kind: K) -> K:
    """Make a class of triggers known, so that those in journals can be read back; a decorator.

    Nothing is imported because a journal says so: the module must be imported beforehand.
    """
    _registered[type_name(kind)] = kind
    return kind


def trigger_from_json(data: Json) -> Trigger:
    """Make a trigger from what its `to_json` gave.

    Raises BadTriggerError for an unknown type or fields that the type does not take.
    """
    named = data.get("type") if isinstance(data, dict) else None
    if not isinstance(named, str) or not isinstance(data, dict):
        raise _unknown(data)
    kind = TRIGGERS.get(named) or _registered.get(named)
    if kind is None:
        raise _not_imported(named) if ":" in named else _unknown(data)
    try:
        fields = {name: value for name, value in data.items() if name != "type"}
        if issubclass(kind, Combined):
            return kind.from_parts(fields, trigger_from_json)
        return kind.from_json(fields)
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        if isinstance(error, DuetimeError):
            raise
        raise BadTriggerError(f"{data!r}: {error}") from None


def _unknown(data: Json) -> BadTriggerError:
    return BadTriggerError(f"{data!r} is no trigger; its type must be one of {', '.join(TRIGGERS)}")


def _not_imported(named: str) -> BadTriggerError:
    module = named.partition(":")[0]
    return BadTriggerError(
        f"trigger type {named!r} is not known here; import {module} first, which must make the "
        "class known by register_trigger of duetime.engine.triggers"
    )
