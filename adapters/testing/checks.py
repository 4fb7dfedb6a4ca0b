"""What must hold across crashes: nothing twice, nothing lost, nobody gone."""

from collections.abc import Iterable, Iterator, Sequence

from duetime.adapters.testing.progress import Progress
from duetime.adapters.testing.rehearsal import Ran, Rehearsal, WrongError
from duetime.engine.errors import JournalError
from duetime.engine.instants import Instant, iso
from duetime.engine.journal import Journal, JournalRecord, replay, state_hash
from duetime.engine.machine import Machine
from duetime.engine.messages import (
    Cause,
    RecordFate,
    Rescheduled,
    RunFailed,
    RunFinished,
    StartRun,
)
from duetime.engine.states import Broken, Entry, Idle, Paused, Running, runs_of

Span = tuple[Instant, Instant]
"""The first and the last of the occurrences that met a fate together."""


def check_found(shell: Rehearsal, progress: Progress) -> None:
    """See that a restart has found each task, with its import path."""
    names, expected, touched = set(shell.names()), progress.expected, progress.touched
    for name, path in expected.items():
        if name in touched:
            continue
        if name not in names:
            raise WrongError(f"task {name!r} is gone")
        found = shell.paths.get(name)
        if found != path:
            raise WrongError(f"task {name!r} had the import path {path!r}, and now has {found!r}")
    for name in sorted(names - set(expected) - touched):
        raise WrongError(f"task {name!r} was removed, and is there again")


def check_end(
    machine: Machine, records: Sequence[JournalRecord], ran: Iterable[Ran], broken: set[str]
) -> None:
    """See what has become of everything at the end of a scenario.

    `broken`: the tasks that are in the error state without any crash.
    """
    _check_started_once(machine, ran)
    _check_decided_first(records, ran)
    _check_done_at_least_once(machine, records, ran)
    for name, entry in machine.roster.entries.items():
        if is_broken(entry) and name not in broken:
            raise WrongError(f"task {name!r} is in the error state: {entry.state}")
        _check_due(machine, entry)
        _check_fates(entry, records)
    _check_replay(machine, records)


def check_safety(machine: Machine, records: Sequence[JournalRecord]) -> None:
    """See that each due time has one fate, and that the journal leads to the present state.

    Whose trigger was changed on the way has had due times that nobody can list any more.
    """
    changed = {each.input.name for each in records if isinstance(each.input, Rescheduled)}
    for name, entry in machine.roster.entries.items():
        if name not in changed:
            _check_fates(entry, records)
    _check_replay(machine, records)


def is_broken(entry: Entry) -> bool:
    """Return whether a task is in the error state."""
    return isinstance(entry.state, Broken)


def _check_started_once(machine: Machine, ran: Iterable[Ran]) -> None:
    """No attempt and no occurrence is started twice; only where that is asked for, a run is."""
    attempts, occurrences = set[tuple[object, ...]](), dict[tuple[object, ...], int]()
    for run in ran:
        who = f"{run.name!r} number {run.number}"
        attempt = (run.name, run.generation, run.number, run.attempt)
        if attempt in attempts:
            raise WrongError(f"attempt {run.attempt} of {who} was started twice")
        attempts.add(attempt)
        entry = machine.roster.entries.get(run.name)
        task = entry.task if entry and entry.generation == run.generation else None
        if task and run.attempt > 1 and not (task.retry or task.rerun_after_crash):
            raise WrongError(f"{who} was started again, and was to run at most once")
        occurrence = (run.name, run.generation, run.nominal)
        if run.cause is Cause.DUE and occurrences.setdefault(occurrence, run.number) != run.number:
            raise WrongError(f"{run.name!r} was started twice for {run.nominal.isoformat()}")


def _check_decided_first(records: Iterable[JournalRecord], ran: Iterable[Ran]) -> None:
    """Whatever was started is in the store."""
    kept = {
        (each.name, each.generation, each.number, each.attempt)
        for record in records
        for each in record.effects
        if isinstance(each, StartRun)
    }
    for run in ran:
        if (run.name, run.generation, run.number, run.attempt) not in kept:
            raise WrongError(
                f"{run.name!r} number {run.number} was started, and the store has no record"
            )


def _check_done_at_least_once(
    machine: Machine, records: Iterable[JournalRecord], ran: Iterable[Ran]
) -> None:
    """A run that is to be started again after a crash has been, until it came to an end."""
    called = {(run.name, run.generation, run.number) for run in ran}
    ended = {
        (each.input.name, each.input.generation, each.input.number)
        for each in records
        if isinstance(each.input, RunFinished | RunFailed)
    }
    for key in sorted(ended - called):
        raise WrongError(f"{key[0]!r} number {key[2]} has ended, and its code was never called")
    for name, entry in machine.roster.entries.items():
        going = {run.number for run in runs_of(entry.state)}
        for _, generation, number in sorted(key for key in called if key[0] == name):
            done = (name, generation, number) in ended or number in going
            if entry.task.rerun_after_crash and generation == entry.generation and not done:
                raise WrongError(f"{name!r} number {number} was cut short, and never started again")


def _check_due(machine: Machine, entry: Entry) -> None:
    """An enabled task that will come due knows when."""
    state, trigger, time = entry.state, entry.trigger, machine.roster.time
    if not isinstance(state, Idle | Running | Paused) or state.due or trigger.follows_runs:
        return
    following = trigger.next_after(time.elapsed if trigger.elapsed else time.now.wall)
    if following is not None:
        raise WrongError(f"task {entry.task.name!r} has no due time, but {iso(following)} is one")


def _check_fates(entry: Entry, records: Iterable[JournalRecord]) -> None:
    """Each due time of the declaration in force has one fate, and none is left out."""
    name, trigger = entry.task.name, entry.trigger
    passed: Instant | None = None
    for first, last in sorted(_spans(entry, records)):
        if passed is not None and first <= passed:
            raise WrongError(f"{name!r}: what was due at {iso(first)} has two fates")
        expected = first if passed is None or trigger.follows_runs else trigger.next_after(passed)
        if expected != first:
            raise WrongError(f"{name!r}: what was due at {iso(expected or 0)} has no fate")
        passed = last


def _spans(entry: Entry, records: Iterable[JournalRecord]) -> Iterator[Span]:
    """Yield the occurrences of a declaration that have met a fate, or wait for a run."""
    for record in records:
        for each in record.effects:
            match each:
                case StartRun(cause=Cause.DUE, attempt=1, nominal=nominal):
                    span = nominal, nominal
                case RecordFate(first=first, last=last):
                    span = first, last
                case _:
                    continue
            if (each.name, each.generation) == (entry.task.name, entry.generation):
                yield span
    if isinstance(entry.state, Running):
        for waits in entry.state.ready + entry.state.waiting:
            if waits.cause is Cause.DUE:
                yield waits.nominal, waits.nominal


def _check_replay(machine: Machine, records: Sequence[JournalRecord]) -> None:
    """What the machine knows follows from what is in the store."""
    journal = Journal()
    journal.begin(machine.settings)
    journal.extend(records)
    try:
        same = state_hash(replay(journal).machine) == state_hash(machine)
    except JournalError as error:
        raise WrongError(f"the journal in the store cannot be replayed: {error}") from None
    if not same:
        raise WrongError("the journal in the store leads to another state than the present one")
