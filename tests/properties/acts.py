"""Acts: what a scheduler can be put through, as small frozen records, and programs made of them.

A program declares tasks, says verbs, lets time pass well or badly and ends runs by hand. The
players in `players.py` run it, the strategies in `programs.py` draw it.
"""

from dataclasses import dataclass, fields, replace
from typing import Protocol, TypeAlias

from duetime.engine.instants import MINUTE, SECOND, Span, iso, span_text, to_instant
from duetime.engine.policies import CatchUp, ClockStep, Overlap, Retry
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import Once

START = to_instant("2026-03-29T00:58:00Z")
"""Two minutes before the clocks change in Berlin."""
HELD = -1
"""In place of a length: the run lasts until a `Finish`."""


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
        """Name only what has not its default; policies as text."""
        plain = Task(name=self.task.name, trigger=self.task.trigger)
        policies = "".join(
            f", {field.name}={getattr(self.task, field.name)!s}"
            for field in fields(Task)
            if getattr(self.task, field.name) != getattr(plain, field.name)
        )
        takes = "HELD" if self.takes == HELD else span_text(self.takes)
        task = f"{self.task.name!r}, {self.task.trigger!r}{policies}"
        return f"Declare({task}, takes={takes}, beats={self.beats})"


@dataclass(frozen=True, slots=True)
class Limit:
    """Begin with so many slots for the runs of all tasks; stands before all other acts."""

    slots: int


@dataclass(frozen=True, slots=True)
class Say:
    """Say a verb that needs a name only: see `SAID` in `players.py`."""

    verb: str
    name: str


@dataclass(frozen=True, slots=True)
class Disable:
    """Disable a task, for a span of the wall clock or until it is enabled."""

    name: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Reschedule:
    """Give a task another trigger."""

    name: str
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class Finish:
    """End the oldest run of a task that is held, if there is one."""

    name: str
    ok: bool = True


class _Lasting:
    """An act that shows its span as text."""

    __slots__ = ()

    span: Span

    def __repr__(self) -> str:
        return f"{type(self).__name__}({span_text(self.span)!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Pass(_Lasting):
    """Let time pass, event by event."""

    span: Span


@dataclass(frozen=True, slots=True, repr=False)
class Stall(_Lasting):
    """Let time pass without waking anybody."""

    span: Span


@dataclass(frozen=True, slots=True, repr=False)
class Suspend(_Lasting):
    """Let the machine sleep."""

    span: Span


@dataclass(frozen=True, slots=True, repr=False)
class StepWall(_Lasting):
    """Set the wall clock forward, or back."""

    span: Span


@dataclass(frozen=True, slots=True)
class Slew:
    """Let the wall clock gain or lose."""

    ppm: int
    span: Span


@dataclass(frozen=True, slots=True)
class Restart:
    """End the process and start it anew: runs are lost, monotonic time begins at 0."""


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
        """Write an act a line."""
        return "Program(\n" + "".join(f"    {act!r},\n" for act in self) + ")"

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        """Let Hypothesis write it so, too."""
        printer.text(repr(self))


def translated(program: Program, by: Span) -> Program:
    """Move all that a zone-free program says about the wall clock."""
    return Program(_translate(act, by) for act in program)


def _translate(act: Act, by: Span) -> Act:
    match act:
        case Declare(task):
            return replace(act, task=replace(task, trigger=_move_trigger(task.trigger, by)))
        case Reschedule(_, trigger):
            return replace(act, trigger=_move_trigger(trigger, by))
        case _:
            return act


def _move_trigger(trigger: Trigger, by: Span) -> Trigger:
    match trigger:
        case Every(anchor=int(anchor)):
            return Every(f"{trigger.period // SECOND}s", anchor=iso(anchor + by))
        case Once(at=at):
            return Once(iso(at + by))
        case _:
            return trigger


def renamed(program: Program, names: dict[str, str]) -> Program:
    """Give the tasks of a program other names."""
    return Program(
        replace(act, task=replace(act.task, name=names[act.task.name]))
        if isinstance(act, Declare)
        else replace(act, name=names[act.name])
        if isinstance(act, Say | Disable | Reschedule | Finish)
        else act
        for act in program
    )


def _task(name: str, trigger: Trigger, overlap: str = "skip", catch_up: str = "latest") -> Task:
    return Task(
        name=name,
        trigger=trigger,
        overlap=Overlap.parse(overlap),
        catch_up=CatchUp.parse(catch_up),
    )


TRIED = Task(
    name="tried",
    trigger=Every(seconds=60),
    retry=Retry(3, "5s", jitter=0.5, seed=7),
    time_limit=30 * SECOND,
    rerun_after_crash=True,
)
STEADY = Task(
    name="steady",
    trigger=Every(seconds=30, anchor=iso(START)),
    catch_up=CatchUp.ALL,
    window=10 * MINUTE,
    clock_step=ClockStep.ACCEPT,
)


SAMPLE = Program(
    [
        Declare(_task("plain", Every(seconds=7)), beats=(Beat(3, "fail"), Beat(5, "look"))),
        Declare(_task("buffered", Every(seconds=5), "buffer_all", "all"), takes=12 * SECOND),
        Declare(_task("held", Every(seconds=20), "buffer_one", "last(2)"), takes=HELD),
        Declare(_task("daily", Daily(["02:00", "03:01"], tz="Europe/Berlin"), "cancel_other")),
        Declare(_task("after", AfterFinish(seconds=10)), takes=3 * SECOND),
        Declare(_task("once", Once(iso(START + 90 * SECOND)), "allow(2)")),
        Declare(TRIED, takes=HELD, beats=(Beat(1, "fail"), Beat(3, "fail"))),
        Declare(STEADY, takes=SECOND),
        Pass(45 * SECOND),
        Say("demand", "held"),
        Say("run_now", "plain"),
        Disable("buffered", 30 * SECOND),
        Disable("steady"),
        Stall(70 * SECOND),
        Say("enable from the pause", "steady"),
        Finish("held"),
        Slew(400, 60 * SECOND),
        Pass(61 * SECOND),
        Reschedule("plain", Every(seconds=11)),
        StepWall(-50 * SECOND),
        Pass(40 * SECOND),
        Finish("held", ok=False),
        StepWall(4 * 3_600 * SECOND),
        Suspend(33 * SECOND),
        Finish("tried", ok=False),
        Say("stop", "held"),
        Say("remove", "buffered"),
        Declare(_task("buffered", Every(seconds=9), "allow(3)", "earliest"), takes=20 * SECOND),
        Pass(100 * SECOND),
        Say("enable", "plain"),
        Say("remove", "held"),
        Say("remove", "once"),
        Pass(30 * SECOND),
        Finish("held"),
        Finish("held"),
    ]
)
"""One program with every kind of act that a Simulation can do, but for its limit."""
CROWD = Program(
    [
        Limit(2),
        *(Declare(Task(name=name, trigger=Every(seconds=5)), HELD) for name in "abc"),
        Pass(7 * SECOND),
        Say("remove", "a"),
        Finish("a"),
        Finish("b"),
    ]
)
"""More is due at once than there are slots, and one that is free goes to whoever waits."""
