"""What must hold in every state that a walk comes to, and in every step between two of them.

Each rule compares what was before an input with what is after it; none decides anything the way the
engine does. The numbers are those of the properties that the documentation lists.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from duetime.engine.attempts import first_timer
from duetime.engine.instants import Instant, iso
from duetime.engine.journal import dump, load
from duetime.engine.machine import Machine, Snapshot
from duetime.engine.messages import (
    Added,
    Cause,
    Effect,
    Enabled,
    Input,
    RecordFate,
    StartRun,
    Ticked,
)
from duetime.engine.states import (
    Absent,
    Entry,
    Idle,
    Leaving,
    Paused,
    Running,
    due_of,
    runs_of,
)


class RuleError(AssertionError):
    """Something does not hold that must hold in every state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One input, with its effects, and what was known before and after it."""

    input: Input
    effects: tuple[Effect, ...]
    before: Snapshot
    after: Snapshot

    @property
    def starts(self) -> list[StartRun]:
        """The runs that start here for the first time."""
        return [each for each in self.effects if isinstance(each, StartRun) and each.attempt == 1]


def check_state(machine: Machine) -> None:
    """Check what must hold in a state; raises RuleError."""
    wakeup, agenda = machine.next_wakeup(), _agenda(machine.snapshot())
    lead = machine.roster.time.lead
    mono = None if wakeup.mono is None else wakeup.mono + lead
    if (wakeup.wall, mono) != agenda:
        raise RuleError(f"the next wake-up is {wakeup}, but the tasks wait for {agenda}")
    if load(dump(machine)).snapshot() != machine.snapshot():
        raise RuleError("what a snapshot restores is not what it was taken of")


def check_step(step: Step) -> None:
    """Check what must hold of one step; raises RuleError."""
    before = {entry.task.name: entry for entry in step.before.entries}
    after = {entry.task.name: entry for entry in step.after.entries}
    for start in step.starts:
        _check_start(step, start, before.get(start.name), after[start.name])
    taken = sum(len(runs_of(entry.state)) for entry in after.values())
    most = step.after.settings.max_running
    if most is not None and taken > most:
        raise RuleError(f"{taken} runs are going, and at most {most} may")
    ready = [name for name, entry in after.items() if _is_ready(entry)]
    if most is not None and taken < most and ready:
        raise RuleError(f"{ready[0]!r} waits for a slot, and one is free")
    for name, entry in before.items():
        _check_fates(step, entry, after.get(name))
    if isinstance(step.input, Ticked):
        _check_nothing_due(step)


def _check_start(step: Step, start: StartRun, before: Entry | None, after: Entry) -> None:
    name, number = start.name, start.number
    retired = step.before.retired.get(name)
    last = before.state.number if before else retired.number if retired else 0
    now = _now(step.after, after)
    # What waited had come due; the wall clock may have been set back since.
    came_due = start.cause is not Cause.DUE or (before and start.nominal in _pending(before))
    if start.planned > now and not came_due:
        raise RuleError(f"{name!r} starts at {iso(now)}, before its time, {iso(start.planned)}")
    if number <= last or number > after.state.number:
        raise RuleError(f"{name!r} starts number {number} after number {last}")
    if len(runs_of(after.state)) > after.task.overlap.at_once:
        raise RuleError(f"{name!r} has more runs going than {after.task.overlap} permits")
    gone = before is None or isinstance(before.state, Leaving | Absent)
    if gone and not isinstance(step.input, Added):
        raise RuleError(f"{name!r} was removed, and starts")
    paused = before is not None and _stays_paused(before, step.after)
    if paused and start.cause is Cause.DUE and not isinstance(step.input, Added | Enabled):
        raise RuleError(f"{name!r} is disabled, and its trigger starts it")


def _check_fates(step: Step, before: Entry, after: Entry | None) -> None:
    """Each occurrence that waited or came due waits on or meets one fate, and none is left out."""
    name = before.task.name
    fates: list[Instant] = []
    for first, last, count in _spans(step, before):
        fates += _times(before, first, last)
        if len(_times(before, first, last)) != count:
            raise RuleError(f"{name!r}: {count} fates are told from {iso(first)} to {iso(last)}")
    if len(fates) != len(set(fates)):
        raise RuleError(f"{name!r}: an occurrence has met two fates")
    waits = _pending(after) if after else []
    for nominal in _pending(before):
        if (nominal in fates) + (nominal in waits) != 1:
            raise RuleError(f"{name!r}: what waited since {iso(nominal)} is lost, or there twice")
    if after is not None and after.generation == before.generation:
        _check_next_due(before, after, _now(step.after, before), {*fates, *waits})


def _check_next_due(before: Entry, after: Entry, now: Instant, settled: set[Instant]) -> None:
    """What came due under a declaration that goes on is settled, and the next one follows it."""
    name, trigger, due = before.task.name, before.trigger, _due(before)
    goes_on = isinstance(after.state, Idle | Running | Paused) and not trigger.follows_runs
    if due is None or not goes_on:
        return
    next_due = _due(after)
    times = [] if next_due == due else _times(before, due, now)
    came = [nominal for nominal in times if trigger.planned(nominal, name) <= now]
    for nominal in came:
        if nominal not in settled:
            raise RuleError(f"{name!r}: what was due at {iso(nominal)} has no fate")
    following = trigger.next_after(came[-1]) if came else due
    if next_due != following:
        raise RuleError(f"{name!r}: the next due time is {next_due}, and should be {following}")


def _check_nothing_due(step: Step) -> None:
    now = step.after.last
    wall, elapsed = _agenda(step.after)
    if now is None:
        return
    late_wall = wall is not None and wall <= now.wall
    if late_wall or (elapsed is not None and elapsed <= now.mono + step.after.lead):
        raise RuleError("somebody is due, and was not dealt with")


def _agenda(snapshot: Snapshot) -> tuple[Instant | None, Instant | None]:
    """Return when the first task wants to be woken, in wall-clock and in elapsed time."""
    walls, elapsed = list[Instant](), list[Instant]()
    for entry in snapshot.entries:
        due, state = due_of(entry.state), entry.state
        if due is not None:
            (elapsed if entry.trigger.elapsed else walls).append(due)
        if isinstance(state, Paused) and state.pause.until is not None:
            walls.append(state.pause.until)
        timer = first_timer(runs_of(state))
        if timer is not None:
            elapsed.append(timer)
    return min(walls, default=None), min(elapsed, default=None)


def _spans(step: Step, entry: Entry) -> Iterator[tuple[Instant, Instant, int]]:
    """Yield the fates that occurrences of one declaration meet here: first, last, how many."""
    life = (entry.task.name, entry.generation)
    for each in step.effects:
        match each:
            case StartRun(cause=Cause.DUE, attempt=1, nominal=nominal):
                span = nominal, nominal, 1
            case RecordFate(first=first, last=last, count=count):
                span = first, last, count
            case _:
                continue
        if (each.name, each.generation) == life:
            yield span


def _times(entry: Entry, first: Instant, last: Instant) -> list[Instant]:
    """Return the occurrences from `first`, which is one, to `last`."""
    times = [first]
    if entry.trigger.follows_runs:
        return times
    while (following := entry.trigger.next_after(times[-1])) is not None and following <= last:
        times.append(following)
    return times


def _now(snapshot: Snapshot, entry: Entry) -> Instant:
    last = snapshot.last
    if last is None:
        raise RuleError("an input was taken without its time")
    return last.mono + snapshot.lead if entry.trigger.elapsed else last.wall


def _pending(entry: Entry) -> list[Instant]:
    """Return the occurrences that wait for a run to end, or for a slot."""
    if not isinstance(entry.state, Running):
        return []
    waiting = entry.state.ready + entry.state.waiting
    return [each.nominal for each in waiting if each.cause is Cause.DUE]


def _due(entry: Entry) -> Instant | None:
    state = entry.state
    if isinstance(state, Idle | Running | Paused) and state.due is not None:
        return state.due.nominal
    return None


def _stays_paused(before: Entry, after: Snapshot) -> bool:
    """Return whether a pause goes on up to what is known afterwards."""
    if not isinstance(before.state, Paused) or after.last is None:
        return False
    until = before.state.pause.until
    return until is None or until > after.last.wall


def _is_ready(entry: Entry) -> bool:
    return isinstance(entry.state, Running) and bool(entry.state.ready)
