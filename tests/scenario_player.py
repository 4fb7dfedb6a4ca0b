"""Plays a scenario: a dialogue with a simulation, line by line, in virtual time.

A scenario is a text file. It opens with comments that name the rule which it shows; then come

    given COMMAND       how it begins
    when COMMAND        what is done
    then                what has come of it since the last `then`, a line each, or "nothing"
      LINE

A time of day belongs to the zone of the clock; the date stands before it once it is another day
than at the beginning. The commands are the methods of `Commands` below, one word each.
"""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from duetime import (
    AfterFinish,
    Daily,
    DuetimeError,
    Every,
    Once,
    OnDemand,
    Simulation,
    VirtualClock,
)
from duetime.engine.catchup import Fate
from duetime.engine.instants import Instant, to_datetime, to_instant
from duetime.engine.journal import Journal, JournalRecord, StrideRecords
from duetime.engine.machine import Settings
from duetime.engine.messages import (
    AskToStop,
    Cause,
    Effect,
    Input,
    RecordEvent,
    RecordFate,
    RunFailed,
    RunFinished,
    RunLost,
    StartRun,
)
from duetime.engine.states import Broken, Leaving, Pause, Paused, Running, State
from duetime.engine.triggers.base import Trigger
from tests.engine.builders import Fragile, Times

TRIGGERS: dict[str, Callable[..., Trigger]] = {
    **{kind.__name__: kind for kind in (AfterFinish, Daily, Every, Once, OnDemand)},
    "FailsFrom": lambda moment: Fragile(to_instant(moment)),
    "At": lambda *moments: Times(tuple(to_instant(moment) for moment in moments)),
}
_ADD = re.compile(r"(\S+) (\w+\(.*?\))((?: \w+=\S+)*)")


def play(text: str) -> str:
    """Play a scenario; return it with what really came of it after each `then`."""
    commands, played, quoted = Commands(), [], False
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        quoted = quoted and line.startswith("  ")
        if word in ("given", "when"):
            commands.do(rest)
        if not quoted:
            played.append(line)
        if line == "then":
            played += [f"  {said}" for said in commands.take() or ["nothing"]]
            quoted = True
    left = commands.take()
    assert left == [], f"nobody listens to {left}; end with a then"
    return "\n".join(played) + "\n"


class Commands:
    """What a scenario can say: each method but `do` and `take` is a command."""

    def __init__(self) -> None:
        """Begin with the year 2026, unless the first command says otherwise."""
        self._said: list[str] = []
        self._teller = Teller(self._said)
        self._settings = Settings()
        self.clock("2026-01-01T00:00Z")

    def do(self, command: str) -> None:
        """Do a command; an error that the product raises on purpose is told as a line."""
        word, _, rest = command.partition(" ")
        try:
            getattr(self, word)(rest)
        except DuetimeError as error:
            self._said.append(f"{type(error).__name__}: {error}")

    def take(self) -> list[str]:
        """Return what has been said since the last time."""
        said = list(self._said)
        self._said.clear()
        return said

    def clock(self, rest: str) -> None:
        """clock START [ZONE]"""
        start, _, zone = rest.partition(" ")
        self._teller.zone = ZoneInfo(zone or "UTC")
        self._clock = VirtualClock(start)
        self._sim = Simulation(self._clock, journal=self._teller, settings=self._settings)
        self._teller.today = self._clock.now().astimezone(self._teller.zone).date()

    def slots(self, rest: str) -> None:
        """slots COUNT: begin anew, with so many slots for the runs of all tasks"""
        self._settings = Settings(max_running=int(rest))
        self.clock("2026-01-01T00:00Z")

    def add(self, rest: str) -> None:
        """add NAME TRIGGER [POLICY=VALUE …]"""
        name, trigger, options = matched(_ADD, rest)
        given = dict(option.split("=", 1) for option in options.split())
        policies = {key: read_value(key, value) for key, value in given.items()}
        self._sim.add(name, read_trigger(trigger), **policies)  # type: ignore[arg-type]

    def reschedule(self, rest: str) -> None:
        """reschedule NAME TRIGGER"""
        name, _, trigger = rest.partition(" ")
        self._sim.reschedule(name, read_trigger(trigger))

    def demand(self, rest: str) -> None:
        """demand NAME [JSON]: with arguments, if there are any"""
        name, _, args = rest.partition(" ")
        self._sim.demand(name, json.loads(args) if args else None)

    def disable(self, rest: str) -> None:
        """disable NAME [until=TIME]"""
        name, _, until = rest.partition(" until=")
        self._sim.disable(name, until=until or None)

    def enable(self, rest: str) -> None:
        """enable NAME [from=pause]"""
        name, _, start = rest.partition(" from=")
        self._sim.enable(name, from_=start or "now")

    def fail(self, rest: str) -> None:
        """fail NAME TEXT: end a held run with an error"""
        name, _, error = rest.partition(" ")
        self._sim.finish(name, ok=False, error=error)

    def slew(self, rest: str) -> None:
        """slew PPM SPAN"""
        ppm, _, span = rest.partition(" ")
        self._clock.slew(int(ppm), span)

    def show(self, name: str) -> None:
        """show NAME: say the state and the counts of a task"""
        view = self._sim.view(name)
        counts = ", ".join(f"{view.counts[fate]} {fate}" for fate in Fate if fate in view.counts)
        due = f", due {self._teller.time(view.due)}" if view.due is not None else ""
        state = state_text(view.state, self._teller.time)
        self._said.append(f"{name} is {state}{due}" + (f"; {counts}" if counts else ""))

    def __getattr__(self, word: str) -> Callable[[str], object]:
        """Take all other commands from the clock or the simulation, with one text or none."""
        owner = self._clock if word in CLOCK_COMMANDS else self._sim
        method: Callable[..., object] = getattr(owner, word)
        return lambda rest: method(rest) if rest else method()


CLOCK_COMMANDS = ("advance", "run_until", "settle", "stall", "step", "step_wall", "suspend")


class Teller(Journal):
    """A journal that says each record in words, as it is written."""

    def __init__(self, said: list[str]) -> None:
        """`said`: where the lines go."""
        super().__init__()
        self._said_lines = said
        self.zone: tzinfo = ZoneInfo("UTC")
        self.today = date.min

    def append(self, input_: Input, effects: tuple[Effect, ...]) -> None:
        """Say one record."""
        super().append(input_, effects)
        self._say(JournalRecord(input_, effects))

    def append_stride(self, stride: StrideRecords) -> None:
        """Say the records of a stride."""
        super().append_stride(stride)
        for record in stride:
            self._say(record)

    def _say(self, record: JournalRecord) -> None:
        now = record.input.at.wall
        lines = [self.end_text(record.input)]
        lines += [self.effect_text(effect, now) for effect in record.effects]
        self._said_lines += [f"{self.time(now)} {line}" for line in lines if line]

    def time(self, instant: Instant) -> str:
        """Write an instant on the clock of the zone, with the date if that is not the first."""
        local = to_datetime(instant).astimezone(self.zone)
        return day_text(local, self.today) + local.strftime("%H:%M:%S") + offset_text(local)

    def end_text(self, input_: Input) -> str:
        """Say how a run ended."""
        match input_:
            case RunFinished():
                return f"{input_.name} #{input_.number} ends"
            case RunFailed():
                return f"{input_.name} #{input_.number} fails: {input_.error}"
            case RunLost():
                return f"{input_.name} #{input_.number} is lost"
        return ""

    def effect_text(self, effect: Effect, now: Instant) -> str:
        """Say what the engine decided."""
        match effect:
            case StartRun():
                return f"{effect.name} #{effect.number} starts{self.start_text(effect, now)}"
            case AskToStop():
                return f"{effect.name} #{effect.number} is asked to stop"
            case RecordFate():
                reason = f" ({effect.reason})" if effect.reason else ""
                return f"{effect.name} {effect.fate}{reason}{self.range_text(effect, now)}"
            case RecordEvent():
                return f"{effect.name or 'all'} {effect.event}: {effect.text}"

    def start_text(self, start: StartRun, now: Instant) -> str:
        """Say why a run starts, where that is not a due time on time, and with which arguments."""
        nominal = start.nominal + start.shift
        late = "" if nominal == now else f" of {self.time(nominal)}"
        late += f", attempt {start.attempt}" if start.attempt > 1 else ""
        why = "due" if start.cause is Cause.DUE else str(start.cause)
        args = f" {json.dumps(start.args)}" if start.args else ""
        return (f" ({why}{late})" if late or why != "due" else "") + args

    def range_text(self, fate: RecordFate, now: Instant) -> str:
        """Say which occurrences have a fate, where it is not the one that is due just now."""
        first, last = fate.first + fate.shift, fate.last + fate.shift
        if fate.count > 1:
            return f": {fate.count}, {self.time(first)} to {self.time(last)}"
        return "" if first == now else f": {self.time(first)}"


def state_text(state: State, time: Callable[[Instant], str]) -> str:
    """Say a state in a few words."""
    match state:
        case Running(ready=ready, waiting=waiting):
            count = len(ready) + len(waiting)
            return f"running {len(state.runs)}" + (f", waiting {count}" if count else "")
        case Paused(pause=Pause(until=until)):
            going = f", running {len(state.runs)}" if state.runs else ""
            return "disabled" + (f" until {time(until)}" if until else "") + going
        case Broken():
            return f"broken: {state.error}"
        case Leaving(runs=runs):
            return f"removed, running {len(runs)}"
    return type(state).__name__.lower()


def day_text(local: datetime, today: date) -> str:
    """Write the date of another day."""
    return "" if local.date() == today else local.strftime("%m-%d ")


def offset_text(local: datetime) -> str:
    """Write the offset of a zone that has one."""
    return "" if str(local.tzinfo) == "UTC" else local.strftime("%z")


def read_trigger(text: str) -> Trigger:
    """Read a trigger as it is written in code."""
    made: Trigger = eval(text, {"__builtins__": {}}, TRIGGERS)
    return made


def read_value(key: str, value: str) -> object:
    """Read the value of a policy: whole numbers and truth as such, the rest as text."""
    if key in ("priority", "buffer_limit", "may_never_fire", "args"):
        return json.loads(value)
    return value


def matched(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    """Return the groups of a pattern that must fit."""
    found = pattern.fullmatch(text)
    assert found, f"cannot read {text!r}"
    return found.groups()
