"""Triggers: when a task is due. The table of all of them, and their way back from JSON."""

from duetime.engine.errors import BadTriggerError
from duetime.engine.triggers.base import Json, Trigger
from duetime.engine.triggers.calendar import Daily, Monthly, Weekly, Yearly
from duetime.engine.triggers.every import AfterFinish, ElapsedGrid, Every
from duetime.engine.triggers.once import Once, OnDemand

_KINDS: tuple[type[Trigger], ...] = (
    *(Once, OnDemand, Every, ElapsedGrid, AfterFinish),
    *(Daily, Weekly, Monthly, Yearly),
)
TRIGGERS = {kind.__name__: kind for kind in _KINDS}


def trigger_from_json(data: Json) -> Trigger:
    """Make a trigger from what its `to_json` gave.

    Raises BadTriggerError for an unknown type or fields that the type does not take.
    """
    if not isinstance(data, dict) or data.get("type") not in TRIGGERS:
        raise BadTriggerError(
            f"{data!r} is no trigger; its type must be one of {', '.join(TRIGGERS)}"
        )
    kind = TRIGGERS[str(data["type"])]
    try:
        return kind.from_json({name: value for name, value in data.items() if name != "type"})
    except TypeError as error:
        raise BadTriggerError(f"{data!r}: {error}") from None
