"""What is different between two histories: runs added, removed and moved, and fates that changed.

Runs are matched by task and nominal time; those that are left over, in their order, as far as they
are near enough to each other.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from duetime.engine.catchup import Fate
from duetime.engine.errors import BadArgumentError
from duetime.engine.history import History, Run, fate_text, time_text
from duetime.engine.messages import Cause

TOLERANCE = timedelta(hours=1)
"""By so much a run may be moved before it counts as removed, and another as added."""

LINES = 20
"""So many differences are shown as text."""


class HasHistory(Protocol):
    """What has a history, such as a replay or a simulation."""

    @property
    def history(self) -> History:
        """Return the runs and fates."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A run that starts at another time."""

    before: Run
    after: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A due time, or the first of several, that came to something else.

    `before`, `after`: how its run ended, such as "finished", or its other fate, such as
    "skipped (overlap)"; "going" for a run without an end, "not due" where there was none.
    """

    name: str
    nominal: datetime
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is different; each in the order of names, then of nominal times. As text: a table.

    A difference is true where there is any.
    """

    added: tuple[Run, ...]
    removed: tuple[Run, ...]
    moved: tuple[Moved, ...]
    changed: tuple[Changed, ...]

    def __bool__(self) -> bool:
        """Return whether anything is different."""
        return bool(self.added or self.removed or self.moved or self.changed)

    def __str__(self) -> str:
        """Write how many of each there are, and the first in order of time, a line each."""
        if not self:
            return "no difference"
        rows = sorted(_rows(self))
        width = max(len(name) for _, name, *_ in rows[:LINES])
        counts = f"{len(self.added)} added, {len(self.removed)} removed, {len(self.moved)} moved"
        lines = [
            f"{counts}, {len(self.changed)} changed",
            *(f"{time_text(at)}  {name:{width}}  {what}" for at, name, what in rows[:LINES]),
        ]
        if len(rows) > LINES:
            lines.append(f"and {len(rows) - LINES} more")
        return "\n".join(lines)


def diff(
    before: History | HasHistory, after: History | HasHistory, *, tolerance: timedelta = TOLERANCE
) -> Difference:
    """Compare what happened with what happened otherwise: two histories, replays or simulations.

    `tolerance`: by how much the nominal time of a run may differ for it to be moved; else one is
    removed and another added. Further attempts of a run count as part of it.
    Raises BadArgumentError for what has no history.
    """
    one, other = _history(before), _history(after)
    added: list[Run] = []
    removed: list[Run] = []
    moved: list[Moved] = []
    changed: list[Changed] = []
    for name in sorted({*one.names(), *other.names()}):
        for run, then in _pairs(one.runs(name), other.runs(name), tolerance):
            if then is None:
                removed += [run] if run is not None else []
            elif run is None:
                added.append(then)
            elif run.started != then.started:
                moved.append(Moved(run, then))
        changed += _changes(name, one, other)
    return Difference(
        added=tuple(added), removed=tuple(removed), moved=tuple(moved), changed=tuple(changed)
    )


def _history(of: History | HasHistory) -> History:
    found = of if isinstance(of, History) else getattr(of, "history", None)
    if not isinstance(found, History):
        raise BadArgumentError(
            f"diff: {of!r} has no history; give two replays, simulations or histories"
        )
    return found


def _pairs(
    before: list[Run], after: list[Run], tolerance: timedelta
) -> list[tuple[Run | None, Run | None]]:
    """Pair the runs of a task, those of one nominal time first; a run without another has None."""
    others: defaultdict[object, deque[Run]] = defaultdict(deque)
    for then in _firsts(after):
        others[then.cause, then.nominal].append(then)
    pairs: list[tuple[Run | None, Run | None]] = []
    left: list[Run] = []
    for run in _firsts(before):
        same = others[run.cause, run.nominal]
        if same:
            pairs.append((run, same.popleft()))
        else:
            left.append(run)
    rest = [then for same in others.values() for then in same]
    for cause in Cause:
        pairs += _near(
            [run for run in left if run.cause is cause],
            [then for then in rest if then.cause is cause],
            tolerance,
        )
    return sorted(pairs, key=_nominal)


def _near(
    before: list[Run], after: list[Run], tolerance: timedelta
) -> Iterator[tuple[Run | None, Run | None]]:
    """Pair runs in their order, as far as they are near to each other."""
    ones, others = deque(sorted(before, key=_time)), deque(sorted(after, key=_time))
    while ones and others:
        gap = others[0].nominal - ones[0].nominal
        if abs(gap) <= tolerance:
            yield ones.popleft(), others.popleft()
        elif gap > timedelta():
            yield ones.popleft(), None
        else:
            yield None, others.popleft()
    yield from ((run, None) for run in ones)
    yield from ((None, then) for then in others)


def _firsts(runs: Iterable[Run]) -> list[Run]:
    return [run for run in runs if run.attempt == 1]


def _time(run: Run) -> datetime:
    return run.nominal


def _nominal(pair: tuple[Run | None, Run | None]) -> datetime:
    return next(run.nominal for run in pair if run is not None)


def _changes(name: str, before: History, after: History) -> Iterator[Changed]:
    """Yield the due times of a task that came to something else.

    A run that is there only once is told as added, removed or moved already.
    """
    (ones, own), (others, their) = _ends(name, before), _ends(name, after)
    for nominal in sorted({*ones, *others}):
        one, other = ones.get(nominal), others.get(nominal)
        told = (other is None and nominal in own) or (one is None and nominal in their)
        if one != other and not told:
            yield Changed(
                name=name, nominal=nominal, before=one or "not due", after=other or "not due"
            )


def _ends(name: str, history: History) -> tuple[dict[datetime, str], set[datetime]]:
    """Return what became of each nominal time of a task, and which of them had a run."""
    last = {(run.generation, run.number): run for run in history.runs(name)}
    found: defaultdict[datetime, list[str]] = defaultdict(list)
    for run in last.values():
        found[run.nominal].append(str(run.outcome or "going"))
    ran = set(found)
    for each in history.fates(name):
        if each.fate is not Fate.STARTED:
            found[each.nominal].append(fate_text(each))
    return {nominal: ", ".join(sorted(texts)) for nominal, texts in found.items()}, ran


def _rows(difference: Difference) -> Iterator[tuple[datetime, str, str]]:
    """Yield when, whose and what, for each thing that is different."""
    for run in difference.added:
        yield run.nominal, run.name, "added"
    for run in difference.removed:
        yield run.nominal, run.name, "removed"
    for each in difference.moved:
        at = each.before.started
        yield at, each.before.name, f"moved to {time_text(each.after.started)}"
    for change in difference.changed:
        yield change.nominal, change.name, f"{change.before} -> {change.after}"
