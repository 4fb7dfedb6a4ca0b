"""What is different between two plans: tasks, due times, and what becomes of them."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from duetime.adapters.offline.by_steps import declare
from duetime.adapters.offline.occurrences import MOST, Occurrences, occurrences
from duetime.adapters.offline.scenario import Scenario
from duetime.adapters.plans.records import Plan, PlannedTask
from duetime.adapters.simulate import Simulation
from duetime.clocks.virtual import VirtualClock
from duetime.engine.comparison import Difference, diff
from duetime.engine.errors import BadArgumentError
from duetime.engine.history import History
from duetime.engine.instants import HOUR, Instant, Span, span_text, to_datetime, to_timedelta
from duetime.engine.machine import Settings
from duetime.engine.tasks import Task
from duetime.engine.triggers.every import AfterFinish

TOLERANCE = HOUR
"""By so much a due time may be moved; beyond, one is removed and another added."""

_SPANS = ("window", "time_limit", "step", "forward", "back")


class Kind(StrEnum):
    """What has become of a task."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    SAME = "same"
    """As it was; other time-zone data may move it all the same."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that says something else, as text."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDiff:
    """What is different about a task: `fields`, if it was changed, and its due times."""

    name: str
    kind: Kind
    fields: tuple[FieldChange, ...] = ()
    added: tuple[Instant, ...] = ()
    removed: tuple[Instant, ...] = ()
    moved: tuple[tuple[Instant, Instant], ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything is different."""
        return self.kind is not Kind.SAME or bool(self.added or self.removed or self.moved)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDiff:
    """What is different between two plans. `tasks`: those with a difference, by name.

    `settings`: of the scheduler. `runs`: runs and fates; None where they were not compared.
    """

    tasks: tuple[TaskDiff, ...]
    settings: tuple[FieldChange, ...] = ()
    runs: Difference | None = None

    def __bool__(self) -> bool:
        """Return whether anything is different."""
        return bool(self.tasks or self.settings or self.runs)


def diff_plans(old: Plan, new: Plan, begin: Instant, end: Instant) -> PlanDiff:
    """Compare two plans after `begin` and up to `end`: also what becomes of each due time.

    Raises BadArgumentError where one has more than a million due times in that span.
    """
    found = diff_occurrences(
        old, new, before=occurrences(old, begin, end), after=occurrences(new, begin, end)
    )
    if not found:
        return found
    runs = diff(simulated(old, begin, end), simulated(new, begin, end))
    return PlanDiff(tasks=found.tasks, settings=found.settings, runs=runs)


def diff_occurrences(old: Plan, new: Plan, *, before: Occurrences, after: Occurrences) -> PlanDiff:
    """Compare two plans and their due times, which may come from other time-zone data each."""
    ones, others = old.by_name(), new.by_name()
    tasks = [
        _task_diff(
            name, ones.get(name), others.get(name), before.get(name, []), after.get(name, [])
        )
        for name in sorted({*ones, *others})
    ]
    return PlanDiff(
        tasks=tuple(each for each in tasks if each),
        settings=tuple(_changes(_texts(old.settings), _texts(new.settings))),
    )


def simulated(plan: Plan, begin: Instant, end: Instant) -> History:
    """Run a plan in virtual time, nothing of it called; return its runs and fates.

    Raises BadArgumentError where more than a million runs would follow each other.
    """
    for each in plan.tasks:
        trigger = each.task.trigger
        if isinstance(trigger, AfterFinish) and (end - begin) // trigger.delay > MOST:
            raise BadArgumentError(
                f"{plan.path}: task {each.name!r} may run more than {MOST:,} times; take a shorter "
                "span, by --for or --until"
            )
    clock = VirtualClock(to_datetime(begin))
    with Simulation(clock, settings=plan.settings) as sim:
        for each in plan.tasks:
            declare(sim, each, Scenario())
        clock.advance(to_timedelta(end - begin))
        return sim.history


def field_changes(before: PlannedTask, after: PlannedTask) -> tuple[FieldChange, ...]:
    """Return what is different about how a task is declared."""
    return tuple(_changes(_task_texts(before), _task_texts(after)))


def _task_diff(
    name: str,
    one: PlannedTask | None,
    other: PlannedTask | None,
    before: list[Instant],
    after: list[Instant],
) -> TaskDiff:
    kind, changes = Kind.SAME, tuple[FieldChange, ...]()
    if one is not None and other is not None:
        changes = field_changes(one, other)
        kind = Kind.CHANGED if changes else Kind.SAME
    else:
        kind = Kind.ADDED if one is None else Kind.REMOVED
    added, removed, moved = _pairs(before, after)
    return TaskDiff(name=name, kind=kind, fields=changes, added=added, removed=removed, moved=moved)


def _pairs(
    before: list[Instant], after: list[Instant]
) -> tuple[tuple[Instant, ...], tuple[Instant, ...], tuple[tuple[Instant, Instant], ...]]:
    """Return those added, those removed, and those that are near to each other: moved."""
    same = {*before} & {*after}
    ones = deque(each for each in before if each not in same)
    others = deque(each for each in after if each not in same)
    added, removed = list[Instant](), list[Instant]()
    moved = list[tuple[Instant, Instant]]()
    while ones and others:
        distance = others[0] - ones[0]
        if abs(distance) <= TOLERANCE:
            moved.append((ones.popleft(), others.popleft()))
        elif distance > 0:
            removed.append(ones.popleft())
        else:
            added.append(others.popleft())
    return (*added, *others), (*removed, *ones), tuple(moved)


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[FieldChange]:
    for name, text in before.items():
        if text != after[name]:
            yield FieldChange(name, text, after[name])


def _task_texts(planned: PlannedTask) -> dict[str, str]:
    """Write each field of a task as text."""
    own = {"run": f"{planned.run or 'none'}", "takes": f"{planned.takes or 'none'}"}
    return _texts(planned.task) | own


def _texts(record: Task | Settings) -> dict[str, str]:
    found = {}
    for field in fields(record):
        value: object = getattr(record, field.name)
        if field.name in _SPANS and isinstance(value, Span):
            value = span_text(value)
        found[field.name] = "none" if value is None else str(value)
    return found
