"""What an inquiry has found, in words: lines that say what a record had to do with a fate."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import TypeAlias

from duetime.engine.accounts import end_text
from duetime.engine.catchup import ON_TIME, Fate, window_of
from duetime.engine.history import Outcome, Run, run_of
from duetime.engine.inquiry import Case
from duetime.engine.instants import MILLISECOND, Instant, iso, span_text, to_datetime
from duetime.engine.life import Life, Noted
from duetime.engine.messages import (
    Added,
    Disabled,
    Enabled,
    RecordFate,
    Redeclared,
    Removed,
    Rescheduled,
    ResumeFrom,
    RunFailed,
    RunFinished,
    RunInput,
    StartRun,
    TaskInput,
)
from duetime.engine.policies import CatchUpKind, Overlap
from duetime.engine.stories import Attempt
from duetime.engine.tasks import Task

Line: TypeAlias = tuple[Noted, str]
"""A record, and what it had to do with a fate."""

NAMED_RUNS = 3
"""Of the runs that were going, so many are told one by one."""

LAST_BEFORE = "the last record before it was due"

_IN_THE_WAY = frozenset({"overlap", "capacity", "buffer full"})
_SPANS = frozenset({"window", "time_limit"})
_UNTOLD = frozenset({"name", "trigger", "priority", "args"})


def came_into_force(life: Life) -> Iterator[Line]:
    """Say how the task was declared, and how its present trigger came into force."""
    declared, begun = life.declared, life.begun
    if declared is not None and isinstance(declared.input, Added | Redeclared):
        yield declared, f"declared: {_task_text(declared.input.task)}"
    if begun is None:
        return
    if life.step:
        yield begun, f"{_step_text(span_text(life.step))}; due times were planned anew"
    elif isinstance(begun.input, Rescheduled):
        yield begun, f"rescheduled: {begun.input.trigger!r}"
    elif isinstance(begun.input, Enabled):
        back = begun.input.from_ is ResumeFrom.PAUSE
        yield begun, f"enabled, {'from its pause on' if back else 'after an error'}"


def ended(life: Life) -> Iterator[Line]:
    """Say how a life ended that no other followed at once."""
    if life.ended is not None:
        yield life.ended, f"error: {life.broken}" if life.broken else "removed"


def came_due(case: Case) -> Iterator[Line]:
    """Say when the due time was seen, how late, and what was going then."""
    seen = case.seen
    if case.before is not None and case.late > ON_TIME:
        yield case.before, LAST_BEFORE
    if case.step is not None:
        yield case.step, _step_text(case.step.events("", "clock_stepped")[0])
    if case.restart is not None:
        yield case.restart, "the process started anew"
    if seen is None:
        return
    met = case.busy if _met_others(case) else ()
    for story in met[:NAMED_RUNS]:
        for attempt in story.attempts[:1]:
            yield attempt.begun, f"run {story.number} started"
    yield seen, _seen_text(case)
    for story in met[:NAMED_RUNS]:
        ended = "".join(f" ({end_text(run_record(each))})" for each in story.attempts[-1:])
        yield seen, f"run {story.number} was still going{ended}"
    if len(met) > NAMED_RUNS:
        yield seen, f"{len(met) - NAMED_RUNS} more runs were going"


def paused(pause: Noted | None, until: Instant | None = None) -> Iterator[Line]:
    """Say why the task is disabled. `until`: when an occurrence lies ahead, in wall-clock ns."""
    disabled = None if pause is None else pause.input
    if pause is None or not isinstance(disabled, Disabled):
        return
    reason = f" ({disabled.reason})" if disabled.reason else ""
    end = "" if disabled.until is None else f" until {iso(disabled.until)}"
    yield pause, f"disabled{reason}{end}"
    if until is not None and (disabled.until is None or disabled.until > until):
        yield pause, "it will be skipped unless the task is enabled first"


def fated(case: Case) -> Iterator[Line]:
    """Say what gave the due time its fate."""
    decided, effect = case.decided, case.effect
    assert decided is not None
    assert effect is not None
    if isinstance(effect, RecordFate) and effect.reason == "disabled":
        yield from paused(case.pause)
    if isinstance(effect, RecordFate) and effect.reason == "clock":
        yield decided, _step_text(decided.events("", "clock_stepped")[0])
    else:
        for text in _input_text(case, decided):
            yield decided, text
    yield decided, _fate_text(case, effect)


def run_record(attempt: Attempt) -> Run:
    """Make the record that people read of an attempt."""
    run = run_of(attempt.start, attempt.begun.input.at.wall)
    if attempt.ended is None:
        return run
    match attempt.ended.input:
        case RunFinished():
            outcome, error = Outcome.FINISHED, ""
        case RunFailed(error=error):
            outcome = Outcome.FAILED
        case _:
            outcome, error = Outcome.LOST, ""
    ended_at = to_datetime(attempt.ended.input.at.wall)
    return replace(run, ended=ended_at, outcome=outcome, error=error)


# Words


def _task_text(task: Task) -> str:
    """Write the trigger, and the policies that have not their default."""
    plain = Task(name=task.name, trigger=task.trigger)
    told = [repr(task.trigger)]
    for field in fields(Task):
        value: object = getattr(task, field.name)
        if field.name not in _UNTOLD and value != getattr(plain, field.name):
            text = span_text(value) if field.name in _SPANS and isinstance(value, int) else value
            told.append(f"{field.name}={text}")
    return ", ".join(told)


def _step_text(step: str) -> str:
    """Say of a step of the wall clock, as it was recorded, which way it went."""
    way = "back" if step.startswith("-") else "forward"
    return f"the wall clock was set {way} by {step.removeprefix('-')}"


def _seen_text(case: Case) -> str:
    assert case.target is not None
    planned, text = case.life.planned(case.target), "came due"
    if planned != case.target:
        text += f", planned for {iso(planned + case.shift)}"
    if case.late <= ON_TIME:
        return text
    late = span_text(case.late // MILLISECOND * MILLISECOND)
    if case.before is None or case.step is not None or case.restart is not None:
        return f"{text}, seen {late} late"
    return f"{text}, seen {late} late: suspended, busy or not running until then"


def _met_others(case: Case) -> bool:
    """Return whether it had to do with other runs that it did not start at once."""
    if case.decided is None or case.seen is None or case.decided.index != case.seen.index:
        return True
    return isinstance(case.effect, RecordFate) and case.effect.reason in _IN_THE_WAY


def _input_text(case: Case, decided: Noted) -> Iterator[str]:
    """Say what the input that decided was, unless it is the look that saw the due time."""
    match decided.input:
        case Added(task=task) | Redeclared(task=task) if task.name == case.life.task.name:
            yield "declared anew"
        case TaskInput(name=name) if name == case.life.task.name:
            yield from _verb_text(decided.input)
        case _ if isinstance(case.effect, StartRun) and decided is not case.seen:
            yield "there was a slot for it"


def _verb_text(input_: TaskInput) -> Iterator[str]:
    """Say what was said about the task, where it has to do with a fate."""
    match input_:
        case Removed():
            yield "removed"
        case Rescheduled(trigger=trigger):
            yield f"rescheduled: {trigger!r}"
        case Enabled():
            yield "enabled"
        case RunInput(number=number):
            yield f"run {number} ended"


def _fate_text(case: Case, effect: StartRun | RecordFate) -> str:
    """Say which fate it was, by which policy, and which others shared it."""
    if isinstance(effect, StartRun):
        return f"started as run {effect.number}"
    task, shift, text = case.life.task, effect.shift, str(effect.fate)
    match effect:
        case RecordFate(fate=Fate.MERGED):
            text = _merged_text(case, effect)
        case RecordFate(fate=Fate.MISSED, reason=""):
            window = window_of(task, _period(case.life, effect.first))
            text = f"missed: it may start up to {span_text(window)} late"
        case RecordFate(fate=Fate.MISSED):
            text = "missed: the new time is taken as it is, nothing is made up for"
        case RecordFate(fate=Fate.SKIPPED, reason="overlap" | "capacity"):
            waits = task.overlap == Overlap.BUFFER_ONE or effect.reason == "capacity"
            text = f"{'another one waits; ' if waits else ''}skipped: overlap is {task.overlap}"
        case RecordFate(fate=Fate.SKIPPED, reason="error"):
            text = f"skipped: {case.life.broken}"
        case RecordFate(fate=Fate.DROPPED, reason=""):
            text = f"dropped: at most {task.buffer_limit:,} are made up for"
        case RecordFate(fate=Fate.DROPPED):
            text = f"dropped: the buffer of {task.buffer_limit:,} was full"
    if effect.count == 1:
        return text
    ends = f"{iso(effect.first + shift)} to {iso(effect.last + shift)}"
    return f"{text}; one of {effect.count:,}, from {ends}"


def _merged_text(case: Case, effect: RecordFate) -> str:
    """Say into which other one it was merged."""
    if case.seen is not case.decided:
        return f"merged: a later one took its place, since overlap is {case.life.task.overlap}"
    life = case.life
    earliest = life.task.catch_up.kind is CatchUpKind.EARLIEST
    other = life.before(effect.first) if earliest else life.after(effect.last)
    return "merged" if other is None else f"merged into {iso(other + effect.shift)}"


def _period(life: Life, first: Instant) -> int:
    following = None if life.trigger.follows_runs else life.after(first)
    return 0 if following is None else following - first
