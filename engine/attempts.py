"""What happens to the runs of a task: attempts that follow one another, time limits, ends.

A run is one unit of work and holds its slot until it is over; an attempt is one call of the
callable for it. What waits for elapsed time here is a timer: the next attempt of a run that has
failed, and the time limit of one that is going.
"""

from dataclasses import replace

from duetime.engine.instants import Instant, iso
from duetime.engine.messages import (
    AskToStop,
    Effect,
    RecordEvent,
    RunFailed,
    RunInput,
    StartRun,
)
from duetime.engine.states import Facts, Going

Runs = tuple[Going, ...]
Effects = tuple[Effect, ...]


def going(facts: Facts, effect: StartRun) -> Going:
    """Return the run that an effect starts, or starts again."""
    task = facts.task
    limit, again = task.time_limit, task.retry is not None or task.rerun_after_crash
    if limit is None and not again and effect.attempt == 1:
        return Going(effect.generation, effect.number)
    return Going(
        effect.generation,
        effect.number,
        attempt=effect.attempt,
        origin=effect if again else None,
        limit_at=None if limit is None else facts.elapsed + limit,
    )


def end(facts: Facts, runs: Runs, ended: RunInput) -> tuple[Runs, Effects] | None:
    """Take the end of an attempt: its run is over, or another attempt follows.

    None: there is no such attempt.
    """
    key = (ended.generation, ended.number, ended.attempt)
    for index, run in enumerate(runs):
        if (run.generation, run.number, run.attempt) == key and run.retry_at is None:
            earlier, later = runs[:index], runs[index + 1 :]
            again = _again(facts, run) if isinstance(ended, RunFailed) else None
            if again is None:
                return earlier + later, ()
            return (*earlier, again, *later), (_retry_event(facts, again),)
    return None


def _again(facts: Facts, run: Going) -> Going | None:
    """Return a run that has failed as it waits for its next attempt, if it has one."""
    retry, origin = facts.task.retry, run.origin
    if retry is None or origin is None or run.attempt >= retry.attempts:
        return None
    delay = retry.delay(facts.task.name, origin.nominal, run.attempt)
    return Going(
        run.generation,
        run.number,
        attempt=run.attempt,
        origin=origin,
        retry_at=facts.elapsed + delay,
    )


def first_timer(runs: Runs) -> Instant | None:
    """Return the elapsed time at which something is to be done about a run."""
    first: Instant | None = None
    for run in runs:
        at = run.limit_at if run.retry_at is None else run.retry_at
        if at is not None and (first is None or at < first):
            first = at
    return first


def run_timers(facts: Facts, runs: Runs) -> tuple[Runs, Effects]:
    """Start the attempts whose time has come, and ask runs to stop that are past their limit."""
    now, left, effects = facts.elapsed, list(runs), list[Effect]()
    for index, run in enumerate(runs):
        if run.origin is not None and run.retry_at is not None and run.retry_at <= now:
            effect = replace(run.origin, attempt=run.attempt + 1)
            left[index] = going(facts, effect)
            effects.append(effect)
        elif run.limit_at is not None and run.limit_at <= now:
            left[index] = replace(run, asked=True, limit_at=None, overrunning=True)
            effects.append(_event(facts, run, "overrunning"))
            effects += () if run.asked else (_ask(facts, run),)
    return tuple(left), tuple(effects)


def ask_to_stop(facts: Facts, runs: Runs) -> tuple[Runs, Effects]:
    """Ask every run once. None of them is tried again; one between two attempts is over."""
    left, effects = give_up(facts, runs)
    effects += tuple(_ask(facts, run) for run in left if not run.asked)
    return tuple(replace(run, asked=True) for run in left), effects


def give_up(facts: Facts, runs: Runs) -> tuple[Runs, Effects]:
    """Let no further attempt follow; a run between two attempts is over."""
    over = tuple(_event(facts, run, "given_up") for run in runs if run.retry_at is not None)
    left = tuple(replace(run, origin=None) for run in runs if run.retry_at is None)
    return left, over


def lose(facts: Facts, runs: Runs) -> tuple[Runs, Effects]:
    """Give up what was going in the process before, or start it again where the task says so.

    A run between two attempts was not going, and goes on waiting.
    """
    left: list[Going] = []
    effects: list[Effect] = []
    for run in runs:
        if run.retry_at is not None:
            left.append(run)
            continue
        effects.append(_event(facts, run, "lost"))
        if run.origin is not None and facts.task.rerun_after_crash:
            effect = replace(run.origin, attempt=run.attempt + 1)
            effects.append(effect)
            left.append(going(facts, effect))
    return tuple(left), tuple(effects)


def _ask(facts: Facts, run: Going) -> AskToStop:
    return AskToStop(name=facts.task.name, generation=run.generation, number=run.number)


def _event(facts: Facts, run: Going, event: str) -> RecordEvent:
    text = f"{run.generation}/{run.number}"
    return RecordEvent(name=facts.task.name, event=event, text=text)


def _retry_event(facts: Facts, run: Going) -> RecordEvent:
    assert run.retry_at is not None
    at = iso(run.retry_at + facts.shift)
    text = f"{run.generation}/{run.number}: attempt {run.attempt + 1} at {at}"
    return RecordEvent(name=facts.task.name, event="retry", text=text)
