"""What an inquiry has found, told as an `Account`: the inputs, each with its part in words."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from duetime.engine.accounts import Account, Part, Standing
from duetime.engine.catchup import Fate
from duetime.engine.errors import UnknownTaskError
from duetime.engine.inquiry import Case, Inquiry
from duetime.engine.instants import LAST_INSTANT, Instant, Reading, to_datetime
from duetime.engine.journal import JournalRecord
from duetime.engine.life import Life
from duetime.engine.machine import Settings, Snapshot
from duetime.engine.messages import RecordFate
from duetime.engine.wording import (
    LAST_BEFORE,
    Line,
    came_due,
    came_into_force,
    ended,
    fated,
    paused,
    run_record,
)


def tell(
    records: Iterable[JournalRecord],
    name: str,
    nominal: Instant,
    *,
    settings: Settings,
    base: Snapshot | None = None,
    now: Reading | None = None,
) -> Account:
    """Tell from the records of a journal why a due time met its fate, or how it stands.

    `nominal`: wall-clock ns, a whole number of microseconds; `settings`, `base`: of the journal;
    `now`: what the clock shows, where that is later than the last record.
    Raises UnknownTaskError for a name of which the journal knows nothing.
    """
    inquiry = Inquiry(name, nominal, settings=settings, base=base)
    for record in records:
        inquiry.take(record)
    inquiry.end(now)
    if inquiry.in_force is None:
        raise UnknownTaskError(name, tuple(sorted(inquiry.known)))
    told = [_fated(inquiry, case) for case in inquiry.told]
    told += _standing(inquiry)
    if not told and base is not None and base.last is not None and nominal <= base.last.wall:
        account = _account(inquiry, inquiry.in_force, Standing.UNKNOWN, ())
        return replace(account, reason="before the journal")
    *earlier, last = told or [_no_occurrence(inquiry, inquiry.in_force)]
    return replace(last, earlier=tuple(earlier))


def _fated(inquiry: Inquiry, case: Case) -> Account:
    """Tell of a due time that has met its fate."""
    lines = [*came_into_force(case.life), *came_due(case), *fated(case)]
    if isinstance(case.effect, RecordFate):
        effect = case.effect
        account = _account(inquiry, case.life, effect.fate, lines)
        return replace(account, generation=effect.generation, reason=effect.reason)
    assert case.run is not None
    account = _account(inquiry, case.life, Fate.STARTED, lines)
    first, *others = map(run_record, case.run.attempts)
    return replace(
        account, generation=first.generation, number=first.number, attempts=(first, *others)
    )


def _standing(inquiry: Inquiry) -> Iterator[Account]:
    """Tell of the due time in the present life, if it is there and has met no fate yet."""
    case = inquiry.case
    if case is None or case.target is None or not case.life.live:
        return
    planned = case.life.planned(case.target)
    lines = [*came_into_force(case.life), *came_due(case)]
    if case.seen is not None:
        lines.append((case.seen, "it waits" if case.busy else "it waits for a slot"))
        yield _account(inquiry, case.life, Standing.WAITING, lines)
    elif planned > inquiry.lives.time_of(case.life):
        hold = inquiry.lives.hold
        lines += paused(None if hold is None else hold.noted, planned + case.shift)
        yield _account(inquiry, case.life, Standing.AHEAD, lines)
    else:
        lines += () if case.before is None else [(case.before, LAST_BEFORE)]
        yield _account(inquiry, case.life, Standing.OVERDUE, lines)


def _no_occurrence(inquiry: Inquiry, life: Life) -> Account:
    """Tell of a time at which the task was not due, and of the nearest at which it was or will be.

    `life`: the one in force then, or the first.
    """
    _note_ahead(inquiry)
    lines, reason = [*came_into_force(life)], ""
    if life.declared is not None and life.declared.input.at.wall > inquiry.nominal:
        reason = "not declared yet"
    elif not life.live and (life.ended is None or life.ended.input.at.wall <= inquiry.nominal):
        reason = "error" if life.broken else "removed"
        lines += ended(life)
    return replace(
        _account(inquiry, life, Standing.NO_OCCURRENCE, lines),
        reason=reason,
        before=None if inquiry.earlier is None else to_datetime(inquiry.earlier),
        after=None if inquiry.later is None else to_datetime(inquiry.later),
    )


def _note_ahead(inquiry: Inquiry) -> None:
    """Note the nearest due times of the present life, which may have met no fate yet."""
    life = inquiry.lives.life
    if life is None or not life.live:
        return
    shift = inquiry.lives.shift(life)
    low = inquiry.nominal - shift
    before = life.last_before(low)
    if before is not None and before >= life.since:
        inquiry.note_other(before, shift)
    inquiry.note_other(life.occurrence(max(low, life.since), LAST_INSTANT), shift)


def _account(inquiry: Inquiry, life: Life, fate: Fate | Standing, lines: Iterable[Line]) -> Account:
    """Put the lines in the order of the records; those of one record become one part."""
    parts: list[Part] = []
    for _, group in groupby(sorted(lines, key=_index), key=_index):
        told = list(group)
        input_ = told[0][0].input
        text = "; ".join(dict.fromkeys(text for _, text in told))
        parts.append(Part(at=to_datetime(input_.at.wall), input=input_, text=text))
    return Account(
        name=inquiry.name,
        nominal=to_datetime(inquiry.nominal),
        generation=life.generation,
        fate=fate,
        parts=tuple(parts),
        as_of=to_datetime(inquiry.lives.time.now.wall),
    )


def _index(line: Line) -> int:
    return line[0].index
