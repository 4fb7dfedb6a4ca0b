"""Accounts without a journal: what the books of a shell remember, and none of the inputs."""

from dataclasses import replace

from duetime.engine.accounts import Account, Standing
from duetime.engine.errors import UnknownTaskError
from duetime.engine.history import History, Occurrence, Run
from duetime.engine.instants import MICROSECOND, Instant, to_datetime
from duetime.engine.machine import Machine, TaskView
from duetime.engine.messages import Cause
from duetime.engine.states import Idle, Paused, Running


def recall(
    history: History, machine: Machine, name: str, nominal: Instant, *, now: Instant
) -> Account:
    """Tell what became of a due time, or how it stands, as far as that is remembered.

    `nominal`, `now`: wall-clock ns. Where several occurrences share one record, any time from the
    first to the last of them is told with their fate.
    Raises UnknownTaskError for a name of which nothing is remembered.
    """
    at, fates = to_datetime(nominal), history.fates(name)
    view = machine.view(name) if name in machine.names() else None
    if view is None and not fates:
        raise UnknownTaskError(name, tuple(machine.names()))
    unknown = Account(
        name=name,
        nominal=at,
        generation=fates[-1].generation if view is None else view.generation,
        fate=Standing.UNKNOWN,
        before=max((each.last for each in fates if each.last < at), default=None),
        after=min((each.nominal for each in fates if each.nominal > at), default=None),
        as_of=to_datetime(now),
        journalled=False,
    )
    known = replace(unknown, before=None, after=None)
    told = [
        replace(
            known,
            generation=each.generation,
            fate=each.fate,
            reason=each.reason,
            number=each.number,
            attempts=_attempts(history, each),
        )
        for each in fates
        if each.nominal <= at <= each.last
    ]
    if view is not None and (standing := _standing(view, nominal, now)) is not None:
        told.append(replace(known, fate=standing))
    *earlier, last = told or [unknown]
    return replace(last, earlier=tuple(earlier))


def _standing(view: TaskView, nominal: Instant, now: Instant) -> Standing | None:
    """Return how a due time stands that waits, or that is the next one; None: it is neither."""
    state = view.state
    queue = state.ready + state.waiting if isinstance(state, Running) else ()
    for each in queue:
        if each.cause is Cause.DUE and _shows(each.nominal + each.shift, nominal):
            return Standing.WAITING
    due = state.due if isinstance(state, Idle | Running | Paused) else None
    if due is None or view.due is None:
        return None
    if not _shows(due.nominal + view.due - due.planned, nominal):
        return None
    return Standing.AHEAD if view.due > now else Standing.OVERDUE


def _attempts(history: History, started: Occurrence) -> tuple[Run, ...]:
    """Return the attempts of the run that an occurrence started."""
    key = (started.generation, started.number)
    runs = history.runs(started.name)
    return tuple(run for run in runs if (run.generation, run.number) == key)


def _shows(instant: Instant, nominal: Instant) -> bool:
    """Return whether an instant is this one, as a datetime has it."""
    return nominal <= instant < nominal + MICROSECOND
