"""What the tests of single moves are made of: the facts at noon, occurrences around it."""

from duetime.engine.catchup import Due
from duetime.engine.instants import MINUTE
from duetime.engine.messages import Effect, RecordFate
from duetime.engine.states import Facts, Going
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from tests.engine.builders import NOON, TEN_MINUTES

ONE = (Going(1, 3),)


def facts(trigger: Trigger = TEN_MINUTES, *, shift: int = 0, **policies: object) -> Facts:
    """Say that it is noon, and elapsed time `shift` behind."""
    return Facts(
        task=Task(name="t", trigger=trigger, **policies),  # type: ignore[arg-type]
        trigger=trigger,
        before=trigger,
        generation=1,
        generation_before=1,
        wall=NOON,
        elapsed=NOON - shift,
        shift=shift,
    )


def at(minutes: float) -> Due:
    """Return the occurrence so many minutes after noon."""
    instant = NOON + int(minutes * MINUTE)
    return Due(instant, instant)


def of(effects: tuple[Effect, ...]) -> list[tuple[str, int]]:
    """Return the fates with their counts."""
    return [(str(each.fate), each.count) for each in effects if isinstance(each, RecordFate)]
