"""What is logged of the verbs and of what the machine decides, and at which level.

Starts and ends of runs are not: there are too many of them. Who wants them logged listens to their
events. That a run has failed is logged where that is caught, with its traceback.
"""

import logging

from duetime.engine.catchup import Fate
from duetime.engine.events import events_of
from duetime.engine.history import Run
from duetime.engine.messages import Input, RecordEvent, RecordFate

log = logging.getLogger(__name__)

LEVELS = {
    "broken": logging.ERROR,
    "lost": logging.WARNING,
    "overrunning": logging.WARNING,
    "clock_stepped": logging.WARNING,
    Fate.MISSED: logging.WARNING,
    Fate.DROPPED: logging.WARNING,
    "stale": logging.DEBUG,
}
"""The levels of all that is not logged at INFO."""


def log_verb(input_: Input) -> None:
    """Log that a task was added, removed, disabled, enabled or rescheduled."""
    if log.isEnabledFor(logging.INFO):
        for event in events_of(input_, (), _find_nothing):
            _write(logging.INFO, event.name, f"{event.kind} {event.text}")


def log_effect(effect: RecordFate | RecordEvent) -> None:
    """Log what the machine wants to be recorded."""
    if isinstance(effect, RecordFate):
        text = f"{effect.count} occurrence(s) {effect.fate} {effect.reason}"
        _write(LEVELS.get(effect.fate, logging.INFO), effect.name, text)
    else:
        level = LEVELS.get(effect.event, logging.INFO)
        _write(level, effect.name, f"{effect.event} {effect.text}")


def _write(level: int, name: str, text: str) -> None:
    log.log(level, "%s: %s", f"task {name!r}" if name else "all tasks", text.rstrip())


def _find_nothing(name: str, generation: int, number: int) -> Run | None:
    return None
