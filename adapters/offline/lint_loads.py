"""Findings about runs that meet: of one task, of all, and many in one minute."""

from collections import defaultdict
from collections.abc import Iterator
from heapq import heappop, heappush, merge
from itertools import chain, islice, pairwise

from duetime.adapters.offline.clock_changes import changes_of, clock_parts
from duetime.adapters.offline.findings import Code, Finding, about, listed
from duetime.adapters.plans.records import Plan, PlannedTask
from duetime.engine.instants import DAY, HOUR, MINUTE, Instant, Span, iso, span_text
from duetime.engine.policies import Overlap
from duetime.engine.triggers.combine import zone_name
from duetime.engine.triggers.every import ElapsedGrid
from duetime.engine.zones import zone

MOST_LOOKED_AT = 100_000
"""So many occurrences of a task are looked at; beyond, the days around changes of its clock."""
MOST_TOGETHER = 1_000_000
"""So many occurrences of all tasks are looked at for the capacity."""
SEVERAL = 3
"""So many tasks due in one minute are worth telling."""

_POLICIES = {
    "skip": "what comes due during a run is skipped",
    "buffer_one": "one of those that come due during a run waits, the others are skipped",
    "buffer_all": "what comes due during a run waits, and starts late",
    "cancel_other": "the run is asked to stop when the next one comes due",
}


def overlaps(task: PlannedTask, begin: Instant, end: Instant) -> Iterator[Finding]:
    """Find runs that last longer than it is to the next occurrence that finds no room."""
    length = task.known_length()
    if length is None or not length.high:
        return
    distances = _distances(task, begin, end)
    if distances is None or length.high <= distances[0]:
        return
    shortest, longest = distances
    always = length.low > longest
    at_once = task.task.overlap.at_once
    until = "the next one is" if at_once == 1 else f"{at_once} more are"
    limit = f"{span_text(longest)} at the latest" if always else f"{span_text(shortest)} at times"
    yield about(
        task,
        Code.ALWAYS_OVERLAPS if always else Code.OVERLAPS,
        what=(
            f"a run takes {'at least' if always else 'up to'} "
            f"{span_text(length.low if always else length.high)}, and {until} due after {limit}"
        ),
        why=f'overlap = "{task.task.overlap}": {_policy_text(task.task.overlap)}',
        remedy="make the runs shorter or the distance longer, or choose another overlap",
    )


def over_capacity(plan: Plan, begin: Instant, end: Instant) -> Iterator[Finding]:
    """Find the first time at which more runs would go at once than `max_running` allows.

    Looks at tasks whose `takes` is known, at its longest, each run starting on time.
    """
    most = plan.settings.max_running
    if most is None:
        return
    tasks = plan.by_name()
    lengths = {name: each.known_length() for name, each in tasks.items()}
    longest = {name: length.high for name, length in lengths.items() if length is not None}
    going: list[tuple[Instant, str]] = []
    starts = merge(*(_ranked_starts(tasks[name], begin, end) for name in longest))
    for at, _, name in islice(starts, MOST_TOGETHER):
        while going and going[0][0] <= at:
            heappop(going)
        own = sum(other == name for _, other in going)
        if own >= tasks[name].task.overlap.at_once:
            continue
        if len(going) >= most:
            yield _full(tasks[name], at, [other for _, other in going], most)
            return
        heappush(going, (at + longest[name], name))


def same_minute(plan: Plan, begin: Instant, end: Instant) -> Iterator[Finding]:
    """Find tasks, hourly or rarer, of which several are due in the same minute.

    Looks at the first year, and tells first who meets most often; of further groups, those that
    still are one without them. A task that is due more often meets the others in any case; the
    phase of one that follows elapsed time depends on when it is added.
    """
    until = min(end, begin + 366 * DAY)
    minutes: dict[Instant, set[str]] = defaultdict(set)
    tasks = {each.name: each for each in plan.tasks if _is_seldom(each, begin, until)}
    for task in tasks.values():
        for at, _ in task.starts(begin, until):
            minutes[at // MINUTE].add(task.name)
    times: dict[str, list[Instant]] = defaultdict(list)
    names: dict[str, set[str]] = defaultdict(set)
    for minute, due in sorted(minutes.items()):
        if len(due) >= SEVERAL:
            tz = zone_name(tasks[min(due)].task.trigger)
            shown = f"{zone(tz).datetime(minute * MINUTE):%H:%M} in {tz}"
            times[shown].append(minute * MINUTE)
            names[shown] |= due
    groups: dict[frozenset[str], list[str]] = defaultdict(list)
    for shown, due in names.items():
        groups[frozenset(due)].append(shown)
    numbers = {group: sum(len(times[each]) for each in found) for group, found in groups.items()}
    told: set[str] = set()
    for group in sorted(groups, key=lambda each: (-numbers[each], sorted(each))):
        if len(group - told) >= SEVERAL:
            told |= group
            parts = [tasks[name] for name in sorted(group)]
            yield _together(parts, sorted(groups[group]), numbers[group])


def _ranked_starts(
    task: PlannedTask, begin: Instant, end: Instant
) -> Iterator[tuple[Instant, int, str]]:
    """Yield when runs start, with what decides who goes first."""
    for start, _ in task.starts(begin, end):
        yield start, task.task.priority, task.name


def _distances(task: PlannedTask, begin: Instant, end: Instant) -> tuple[Span, Span] | None:
    """Return the shortest and the longest distance to the occurrence that finds no room."""
    bound, steps = task.task.trigger.bind(begin, None), task.task.overlap.at_once
    if isinstance(bound, ElapsedGrid):
        return bound.period * steps, bound.period * steps
    found = [
        later - at
        for part in _parts(task, begin, end)
        for at, later in zip(part, part[steps:], strict=False)
    ]
    return (min(found), max(found)) if found else None


def _parts(task: PlannedTask, begin: Instant, end: Instant) -> Iterator[list[Instant]]:
    """Yield the first starts; if there are more, also those around each change of the clock."""
    bound = task.task.trigger.bind(begin, None)

    def starts(low: Instant, high: Instant) -> list[Instant]:
        if bound.follows_runs:
            return []
        nominals = islice(bound.between(low, high), MOST_LOOKED_AT)
        return [bound.planned(each, task.name) for each in nominals]

    first = starts(begin, end)
    yield first
    if len(first) == MOST_LOOKED_AT:
        zones = {part.trigger.tz for part in clock_parts(bound)}
        for change in chain.from_iterable(changes_of(tz, first[-1], end) for tz in zones):
            yield starts(change.at - DAY, min(change.at + DAY, end))


def _policy_text(overlap: Overlap) -> str:
    text = _POLICIES.get(str(overlap))
    return text or f"up to {overlap.at_once} go at once, what comes due then is skipped"


def _full(task: PlannedTask, at: Instant, going: list[str], most: int) -> Finding:
    return Finding(
        code=Code.OVER_CAPACITY,
        tasks=(task.name, *sorted({*going} - {task.name})),
        line=task.line,
        what=(
            f"max_running = {most}, and at {iso(at)} {task.name} is due while "
            f"{listed(sorted(going))} may still run"
        ),
        why="what finds no room waits for a run of another task to end, and starts late",
        remedy="raise max_running, make runs shorter, or put the tasks at other times",
    )


def _is_seldom(task: PlannedTask, begin: Instant, end: Instant) -> bool:
    trigger = task.task.trigger.bind(begin, None)
    if trigger.elapsed:
        return False
    first = islice(trigger.between(begin, end), MOST_LOOKED_AT)
    return all(later - at >= HOUR for at, later in pairwise(first))


def _together(tasks: list[PlannedTask], times: list[str], number: int) -> Finding:
    names = [each.name for each in tasks]
    return Finding(
        code=Code.SAME_MINUTE,
        tasks=tuple(names),
        line=min(each.line for each in tasks),
        what=(
            f"{len(names)} tasks are due at {listed(times, 2)}: {listed(names)}; "
            f"{SEVERAL} or more of them together {number:,} times in a year"
        ),
        why="they start at once and compete, while the minutes beside stay empty",
        remedy="put Jitter around a trigger, write H in cron, or take other minutes",
    )
