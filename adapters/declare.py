"""Declarations as people write them: text and keywords, read at the border."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TypedDict, Unpack

from duetime.engine.errors import BadTaskError, BadTimeError, NeverFiresError
from duetime.engine.instants import Reading, Span, span_text, to_span
from duetime.engine.policies import (
    CatchUp,
    ClockStep,
    Overlap,
    Retry,
    parse_enum,
)
from duetime.engine.tasks import BUFFER_LIMIT, Task, read_args
from duetime.engine.triggers.base import Json, Trigger, as_trigger
from duetime.engine.triggers.once import OnDemand


class Policies(TypedDict, total=False):
    """The policies of a task, as they may be given: see `Task` for what each means."""

    overlap: Overlap | str
    catch_up: CatchUp | str
    window: timedelta | str | None
    priority: int
    buffer_limit: int
    retry: Retry | str | None
    time_limit: timedelta | str | None
    clock_step: ClockStep | str
    rerun_after_crash: bool


def read_task(
    name: str,
    trigger: Trigger,
    *,
    args: Mapping[str, Json] | None = None,
    **policies: Unpack[Policies],
) -> Task:
    """Read a declaration at the border, where text is allowed.

    Raises BadTaskError or BadTriggerError, naming the part that makes no sense.
    """
    unknown = policies.keys() - Policies.__annotations__.keys()
    if unknown:
        raise BadTaskError(
            f"task {name!r}: there is no policy {', '.join(sorted(unknown))}; "
            f"there are {', '.join(Policies.__annotations__)}"
        )
    overlap = Overlap.parse(policies.get("overlap", Overlap.SKIP))
    catch_up = CatchUp.parse(policies.get("catch_up", CatchUp.LATEST))
    retry = policies.get("retry")
    return Task(
        name=name,
        trigger=as_trigger(trigger).named(name),
        overlap=overlap,
        catch_up=catch_up,
        window=_read_optional(policies.get("window"), "window", name),
        priority=policies.get("priority", 0),
        buffer_limit=policies.get("buffer_limit", BUFFER_LIMIT),
        retry=None if retry is None else Retry.parse(retry),
        time_limit=_read_optional(policies.get("time_limit"), "time_limit", name),
        clock_step=parse_enum(
            ClockStep, policies.get("clock_step", ClockStep.BY_SIZE), BadTaskError
        ),
        rerun_after_crash=policies.get("rerun_after_crash", False),
        args=read_args(args, name),
    )


def policies_of(task: Task) -> Policies:
    """Return the policies of a task, as they may be given to `read_task` for another like it."""
    return Policies(
        overlap=task.overlap,
        catch_up=task.catch_up,
        window=None if task.window is None else span_text(task.window),
        priority=task.priority,
        buffer_limit=task.buffer_limit,
        retry=task.retry,
        time_limit=None if task.time_limit is None else span_text(task.time_limit),
        clock_step=task.clock_step,
        rerun_after_crash=task.rerun_after_crash,
    )


def _read_optional(span: timedelta | str | None, what: str, name: str) -> Span | None:
    try:
        return None if span is None else to_span(span)
    except BadTimeError as error:
        raise BadTaskError(f"task {name!r}: {what}: {error}") from None


def read_span(span: timedelta | str | float) -> Span:
    """Read a duration: a timedelta, text, or a number of seconds."""
    if isinstance(span, int | float):
        return to_span(timedelta(seconds=span))
    return to_span(span)


def require_occurrence(task: Task, at: Reading) -> None:
    """Raise NeverFiresError for a task that will never be due, unless it is on demand."""
    trigger = task.trigger
    if isinstance(trigger, OnDemand):
        return
    if trigger.bind(at.wall, None).first(at.wall) is None:
        raise NeverFiresError(
            f"task {task.name!r}: {trigger!r} has no occurrence from now on; "
            "correct it, or add it with may_never_fire=True"
        )
