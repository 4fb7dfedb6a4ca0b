"""Triggers: when a task is due. The table of all of them, and their way back from JSON."""

from duetime.engine.errors import BadTriggerError, DuetimeError
from duetime.engine.triggers.base import Json, Trigger
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
TRIGGERS = {kind.__name__: kind for kind in _KINDS}


def trigger_from_json(data: Json) -> Trigger:
    """Make a trigger from what its `to_json` gave.

    Raises BadTriggerError for an unknown type or fields that the type does not take.
    """
    named = data.get("type") if isinstance(data, dict) else None
    kind = TRIGGERS.get(named) if isinstance(named, str) else None
    if kind is None or not isinstance(data, dict):
        raise BadTriggerError(
            f"{data!r} is no trigger; its type must be one of {', '.join(TRIGGERS)}"
        )
    try:
        fields = {name: value for name, value in data.items() if name != "type"}
        if issubclass(kind, Combined):
            return kind.from_parts(fields, trigger_from_json)
        return kind.from_json(fields)
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        if isinstance(error, DuetimeError):
            raise
        raise BadTriggerError(f"{data!r}: {error}") from None
