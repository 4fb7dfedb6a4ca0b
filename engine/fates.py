"""The fates that the moves of a task record, for occurrences that will not start."""

from duetime.engine.catchup import Due, Fate, Range, skip_all
from duetime.engine.instants import Instant, Span
from duetime.engine.messages import Effect, RecordEvent, RecordFate
from duetime.engine.overlap import Waiting, due_ranges, requests
from duetime.engine.states import Facts, Idle, Paused, Running


def fates_of(facts: Facts, ranges: tuple[Range, ...]) -> tuple[Effect, ...]:
    """Return the effects that record the fates of occurrences."""
    return tuple(
        RecordFate(
            name=facts.task.name,
            generation=facts.generation,
            fate=each.fate,
            reason=each.reason,
            first=each.first,
            last=each.last,
            count=each.count,
            shift=shift_of(facts) if each.shift is None else each.shift,
        )
        for each in ranges
    )


def one(due: Due, fate: Fate, reason: str = "") -> Range:
    """Return the range of a single occurrence."""
    return Range(fate=fate, reason=reason, first=due.nominal, last=due.nominal, count=1)


def skip(
    facts: Facts, due: Due, until: Instant, fate: Fate = Fate.SKIPPED, reason: str = "disabled"
) -> tuple[tuple[Effect, ...], Due | None]:
    """Give all occurrences from `due` to `until` one fate; return it and the next occurrence."""
    gone, following = skip_all(facts.task, facts.trigger, due, until, fate=fate, reason=reason)
    return fates_of(facts, (gone,)), following


def let_go(
    facts: Facts, waiting: tuple[Waiting, ...], fate: Fate, reason: str = ""
) -> tuple[Effect, ...]:
    """Record what becomes of those that will not run any more: a fate, or a dropped request."""
    return fates_of(facts, due_ranges(waiting, fate, reason)) + tuple(
        RecordEvent(name=facts.task.name, event="dropped", text=f"{each.cause}: {reason or fate}")
        for each in requests(waiting)
    )


def queue(state: Idle | Running | Paused) -> tuple[Waiting, ...]:
    """Return all that waits, in order."""
    return state.ready + state.waiting if isinstance(state, Running) else ()


def shift_of(facts: Facts) -> Span:
    """Return what is to be added to times of the trigger to read them on the wall clock."""
    return facts.shift if facts.trigger.elapsed else 0
