"""What a task is: a declaration, without a callable and without state."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from duetime.engine.errors import BadTaskError
from duetime.engine.instants import Span
from duetime.engine.policies import CatchUp, CatchUpKind, ClockStep, Overlap, Retry
from duetime.engine.triggers.base import Json, Trigger

NAME_LIMIT = 200
BUFFER_LIMIT = 1_000
"""So many occurrences of one task wait at most; more are dropped and counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task: when it is due and what holds for its runs.

    `window`: ns, how late an occurrence may still start; None: one period, at least 60 s.
    `priority`: among equal due times the lower number goes first; then the name.
    `buffer_limit`: how many occurrences may wait for a run to end.
    `retry`: how a run that has failed is tried again; None: it is not.
    `time_limit`: ns after the start of an attempt at which it is asked to stop; None: never.
    `rerun_after_crash`: whether a run that was going when the process ended is started again.
    `args`: keyword arguments for the callable; plain JSON.
    """

    name: str
    trigger: Trigger
    overlap: Overlap = Overlap.SKIP
    catch_up: CatchUp = CatchUp.LATEST
    window: Span | None = None
    priority: int = 0
    buffer_limit: int = BUFFER_LIMIT
    retry: Retry | None = None
    time_limit: Span | None = None
    clock_step: ClockStep = ClockStep.BY_SIZE
    rerun_after_crash: bool = False
    args: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises BadTaskError, naming the field, for what makes no sense."""
        if not isinstance(self.name, str) or not self.name.strip():
            raise BadTaskError(f"name {self.name!r}: a task needs a name, text that is not blank")
        if len(self.name) > NAME_LIMIT or not self.name.isprintable():
            raise BadTaskError(
                f"name {self.name[:40]!r}…: at most {NAME_LIMIT} printable characters are allowed"
            )
        if self.window is not None and self.window < 0:
            raise BadTaskError(f"task {self.name!r}: window must not be negative")
        if not isinstance(self.priority, int):
            raise BadTaskError(f"task {self.name!r}: priority {self.priority!r} must be an integer")
        if not isinstance(self.buffer_limit, int) or not 1 <= self.buffer_limit <= 1_000_000:
            raise BadTaskError(
                f"task {self.name!r}: buffer_limit {self.buffer_limit!r} must be 1 to 1,000,000"
            )
        if self.catch_up.kind is CatchUpKind.LAST and self.catch_up.count > self.buffer_limit:
            raise BadTaskError(
                f"task {self.name!r}: catch_up {self.catch_up} contradicts buffer_limit "
                f"{self.buffer_limit}: more are to be made up for than may wait; raise the limit"
            )
        if self.time_limit is not None and self.time_limit <= 0:
            raise BadTaskError(f"task {self.name!r}: time_limit must be longer than nothing")
        if not isinstance(self.rerun_after_crash, bool):
            raise BadTaskError(
                f"task {self.name!r}: rerun_after_crash {self.rerun_after_crash!r} must be True or "
                "False"
            )
        object.__setattr__(self, "args", read_args(self.args, self.name))


def read_args(args: Mapping[str, Json] | None, name: str) -> Mapping[str, Json]:
    """Copy keyword arguments through JSON, so that nobody can change them afterwards.

    Raises BadTaskError for what JSON cannot say.
    """
    if not args:
        return {}
    try:
        copy: dict[str, Json] = json.loads(json.dumps(dict(args), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise BadTaskError(
            f"task {name!r}: args must be plain JSON (text, numbers, lists, …): {error}"
        ) from None
    if copy.keys() != args.keys():
        raise BadTaskError(f"task {name!r}: the names of args must be text")
    return copy
