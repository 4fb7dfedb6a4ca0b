"""Programs: what a scheduler can be put through, as a list of acts, small frozen records.

A program declares tasks, says verbs, lets time pass well or badly and ends runs by hand. Its `repr`
is the call that makes it, its `str` says it in words. What plays it stands in `playing.py`, the
strategies that draw it in `program_strategies.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeAlias, Unpack

from duetime.adapters.declare import Policies, policies_of, read_task
from duetime.engine.instants import Span, span_text, to_instant, to_span
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.in_words import in_words

START = to_instant("2026-03-29T00:58:00Z")
"""Two minutes before the clocks change in Berlin: where programs begin."""
HELD = -1
"""In place of a length: the run lasts until a `Finish`."""
SAID = ("demand", "run_now", "stop", "enable", "enable from the pause", "remove")
"""What `Say` can say."""


class Printer(Protocol):
    """What Hypothesis prints with."""

    def text(self, text: str) -> None:
        """Write text."""


@dataclass(frozen=True, slots=True)
class Beat:
    """What the code of a task does in its `nth` call: "fail", "interrupt", "look", or an act."""

    nth: int
    what: "str | Act"


@dataclass(frozen=True, slots=True)
class Declare:
    """Add a task. `takes`: how long its runs last, 0 or HELD; `beats`: what its code does.

    An attempt whose code fails ends at once.
    """

    task: Task
    takes: Span = 0
    beats: tuple[Beat, ...] = ()

    def __repr__(self) -> str:
        """Write the call of `declare` that makes it."""
        parts = [f"{self.task.name!r}, {self.task.trigger!r}"]
        if self.takes:
            parts.append("takes='hold'" if self.takes == HELD else f"takes={_text(self.takes)}")
        parts += [f"{name}={value!r}" for name, value in _policies(self.task)]
        parts += [f"args={dict(self.task.args)!r}"] if self.task.args else []
        parts += [f"beats={self.beats!r}"] if self.beats else []
        return f"declare({', '.join(parts)})"

    def __str__(self) -> str:
        """Say it in words."""
        lasts = "until it is finished" if self.takes == HELD else f"for {span_text(self.takes)}"
        parts = [f"add {self.task.name!r}: {in_words(self.task.trigger)}"]
        parts += [f"each run lasts {lasts}"] if self.takes else []
        parts += [f"{name} {value}" for name, value in _policies(self.task)]
        parts += [f"in call {beat.nth} its code does: {beat.what}" for beat in self.beats]
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Limit:
    """Begin with so many slots for the runs of all tasks; stands before all other acts."""

    slots: int

    def __str__(self) -> str:
        """Say it in words."""
        return f"at most {self.slots} runs may go at once"


@dataclass(frozen=True, slots=True)
class Say:
    """Say a verb that needs a name only: one of `SAID`."""

    verb: str
    name: str

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.verb} {self.name!r}"


@dataclass(frozen=True, slots=True)
class Disable:
    """Disable a task, for a span of the wall clock or until it is enabled."""

    name: str
    span: Span | None = None

    def __str__(self) -> str:
        """Say it in words."""
        return f"disable {self.name!r}" + (f" for {span_text(self.span)}" if self.span else "")


@dataclass(frozen=True, slots=True)
class Reschedule:
    """Give a task another trigger."""

    name: str
    trigger: Trigger

    def __str__(self) -> str:
        """Say it in words."""
        return f"reschedule {self.name!r}: {in_words(self.trigger)}"


@dataclass(frozen=True, slots=True)
class Finish:
    """End the oldest run of a task that is held, if there is one."""

    name: str
    ok: bool = True

    def __str__(self) -> str:
        """Say it in words."""
        return f"{'finish' if self.ok else 'fail'} the run of {self.name!r} that is held"


class _Lasting:
    """An act that has a span, which may be given as a timedelta or text."""

    __slots__ = ()

    span: Span

    def __post_init__(self) -> None:
        """Read the span."""
        object.__setattr__(self, "span", _span(self.span))

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return f"{type(self).__name__}({_text(self.span)})"


@dataclass(frozen=True, slots=True, repr=False)
class Pass(_Lasting):
    """Let time pass, event by event."""

    span: Span

    def __str__(self) -> str:
        """Say it in words."""
        return f"{span_text(self.span)} pass"


@dataclass(frozen=True, slots=True, repr=False)
class Stall(_Lasting):
    """Let time pass without waking anybody."""

    span: Span

    def __str__(self) -> str:
        """Say it in words."""
        return f"nobody is woken for {span_text(self.span)}"


@dataclass(frozen=True, slots=True, repr=False)
class Suspend(_Lasting):
    """Let the machine sleep."""

    span: Span

    def __str__(self) -> str:
        """Say it in words."""
        return f"the machine sleeps for {span_text(self.span)}"


@dataclass(frozen=True, slots=True, repr=False)
class StepWall(_Lasting):
    """Set the wall clock forward, or back."""

    span: Span

    def __str__(self) -> str:
        """Say it in words."""
        way = "forward" if self.span >= 0 else "back"
        return f"the wall clock is put {way} by {span_text(abs(self.span))}"


@dataclass(frozen=True, slots=True, repr=False)
class Slew(_Lasting):
    """Let the wall clock gain `ppm` microseconds a second, or lose, for a span."""

    ppm: int
    span: Span

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return f"Slew({self.ppm}, {_text(self.span)})"

    def __str__(self) -> str:
        """Say it in words."""
        return f"the wall clock gains {self.ppm} ppm for {span_text(self.span)}"


@dataclass(frozen=True, slots=True)
class Restart:
    """End the process and start it anew: runs are lost."""

    def __str__(self) -> str:
        """Say it in words."""
        return "the process is killed, and another goes on"


Act: TypeAlias = (
    Limit
    | Declare
    | Say
    | Disable
    | Reschedule
    | Finish
    | Pass
    | Stall
    | Suspend
    | StepWall
    | Slew
    | Restart
)


class Program(tuple[Act, ...]):
    """Acts in order."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Write the call that makes it, an act a line."""
        return "Program([\n" + "".join(f"    {act!r},\n" for act in self) + "])"

    def __str__(self) -> str:
        """Say it in words, an act a line."""
        return "\n".join(map(str, self))

    def line(self) -> str:
        """Write the call that makes it in one line."""
        return f"Program([{', '.join(map(repr, self))}])"

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        """Let Hypothesis write it so, too."""
        printer.text(repr(self))


def declare(
    name: str,
    trigger: Trigger,
    *,
    takes: timedelta | str | None = None,
    beats: Iterable[Beat] = (),
    **policies: Unpack[Policies],
) -> Declare:
    """Make the act that adds a task, from what `add` takes.

    `takes`: how long its runs last; "hold": until a `Finish`. Raises as `add` does.
    """
    length = HELD if takes == "hold" else 0 if takes is None else to_span(takes)
    return Declare(read_task(name, trigger, **policies), length, tuple(beats))


def _policies(task: Task) -> list[tuple[str, object]]:
    """Return those that have not their default, as they may be typed."""
    plain, given = Task(name=task.name, trigger=task.trigger), policies_of(task)
    return [
        (name, value if isinstance(value, bool | int) else str(value))
        for name, value in given.items()
        if getattr(task, name) != getattr(plain, name)
    ]


def _span(given: timedelta | str | Span) -> Span:
    if isinstance(given, int):
        return given
    if isinstance(given, str) and given.startswith("-"):
        return -to_span(given[1:])
    return to_span(given)


def _text(span: Span) -> str:
    return repr(span_text(span))
