"""What happens to a simulated plan from outside: failures, outages, changes of the clock, verbs.

[fails]                    the share of the attempts of a task that fail
report = 0.05
[takes]                    in place of what the plan says
report = "10m..2h"
[[events]]
at = "2026-07-14T01:00+02:00"
suspend = "2h"
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from duetime.adapters.expressions import read_expression
from duetime.adapters.plans.reading import read_text
from duetime.adapters.plans.records import Plan
from duetime.adapters.plans.toml_lines import KeyPath, load_toml, toml_error
from duetime.adapters.simulate import Simulation
from duetime.adapters.takes import Takes, read_takes
from duetime.clocks.passing import MOST_SLEW_PPM
from duetime.engine.errors import BadTaskError, BadTimeError, DuetimeError, UnknownTaskError
from duetime.engine.instants import Instant, to_span, to_timedelta
from duetime.engine.triggers.base import Json, Trigger
from duetime.engine.triggers.once import Once

FAULTS = ("suspend", "stall", "crash", "step_wall", "slew")
VERBS = ("run_now", "demand", "stop", "disable", "enable", "remove")
MOST_EVENTS = 100_000
"""So many events may happen at most; one that comes again counts each time."""

_WHEN = ("at", "when", "tz")
_LASTING = ("slew", "disable")
"""What takes `for`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happens, once or again and again.

    `kind`: one of `FAULTS` or `VERBS`. `name`: the task, for verbs. `span`: how long it lasts, or
    by how much the clock is set; of `disable`, until it is enabled again, None: never. `ppm`: how
    much faster the wall clock runs during a slew.
    """

    trigger: Trigger
    kind: str
    name: str = ""
    span: timedelta | None = None
    ppm: int = 0

    def happen(self, sim: Simulation) -> None:
        """Let it happen to a simulation; a crash is not for the simulation to survive."""
        clock, span = sim.clock, self.span or timedelta()
        if self.kind == "suspend":
            clock.suspend(span)
        elif self.kind == "stall":
            clock.stall(span)
        elif self.kind == "step_wall":
            clock.step_wall(span)
        elif self.kind == "slew":
            clock.slew(self.ppm, span)
        elif self.name not in sim.names():
            return  # it has been removed by an event before
        elif self.kind == "disable":
            sim.disable(self.name, until=clock.now() + span if self.span else None)
        else:
            verb: Callable[[str], object] = getattr(sim, self.kind)
            verb(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What happens from outside. `fails`, `takes`: by task; `takes` is in place of the plan's."""

    fails: Mapping[str, float] = field(default_factory=dict)
    takes: Mapping[str, Takes] = field(default_factory=dict)
    events: tuple[Event, ...] = ()

    @property
    def has_crash(self) -> bool:
        """Whether a process ends on the way."""
        return any(event.kind == "crash" for event in self.events)

    def check(self, plan: Plan) -> None:
        """Raise UnknownTaskError for a task that the plan does not have."""
        names = plan.names()
        named = [*self.fails, *self.takes, *(event.name for event in self.events if event.name)]
        for name in named:
            if name not in names:
                raise UnknownTaskError(name, tuple(names))

    def happenings(self, begin: Instant, end: Instant) -> list[tuple[Instant, Event]]:
        """List what happens after `begin` and before `end`, in order of time.

        Raises BadTimeError for more than `MOST_EVENTS`.
        """
        found: list[tuple[Instant, int]] = []
        for place, event in enumerate(self.events):
            for at in event.trigger.bind(begin, None).between(begin, end - 1):
                found.append((at, place))
                if len(found) > MOST_EVENTS:
                    raise BadTimeError(
                        f"a scenario has at most {MOST_EVENTS:,} events; give a shorter time, or "
                        "events that come less often"
                    )
        return [(at, self.events[place]) for at, place in sorted(found)]


def read_scenario(path: str | Path) -> Scenario:
    """Read a scenario from a TOML file.

    Raises PlanError with all that is wrong with it, or with why it cannot be read at all.
    """
    file = Path(path)
    text = read_text(file)
    reader = _Reader()
    scenario = reader.scenario(load_toml(file, text))
    if reader.problems:
        raise toml_error(file, text, reader.problems)
    return scenario


class _Reader:
    """Reads a scenario part by part; what is wrong is kept, and the rest is read on."""

    def __init__(self) -> None:
        self.problems: list[tuple[KeyPath, str]] = []

    def scenario(self, data: Mapping[str, Json]) -> Scenario:
        for key in data:
            if key not in ("fails", "takes", "events"):
                self.problems.append(((key,), "unknown key; allowed are fails, takes, events"))
        fails = dict(self._shares(data.get("fails", {})))
        takes = dict(self._lengths(data.get("takes", {})))
        events = data.get("events", [])
        if not isinstance(events, list):
            self.problems.append((("events",), "write each event as a table [[events]]"))
            events = []
        found = [self._event(("events", place), each) for place, each in enumerate(events)]
        return Scenario(
            fails=fails, takes=takes, events=tuple(each for each in found if each is not None)
        )

    def _shares(self, table: Json) -> Iterator[tuple[str, float]]:
        for name, share in self._items("fails", table):
            if isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1:
                yield name, share
            else:
                self.problems.append((("fails", name), f"{share!r} must be a share, from 0 to 1"))

    def _lengths(self, table: Json) -> Iterator[tuple[str, Takes]]:
        for name, given in self._items("takes", table):
            try:
                if not isinstance(given, str | list):
                    raise BadTaskError(f"{given!r} must be text such as '5m', or a list of such")
                read_takes(given, name)  # type: ignore[arg-type]  # a list of no texts is refused
                yield name, given  # type: ignore[misc]  # it has been read
            except DuetimeError as error:
                self.problems.append((("takes", name), str(error)))

    def _items(self, key: str, table: Json) -> list[tuple[str, Json]]:
        if isinstance(table, dict):
            return list(table.items())
        self.problems.append(((key,), f"{table!r} must be a table of tasks"))
        return []

    def _event(self, path: KeyPath, given: Json) -> Event | None:
        try:
            if not isinstance(given, dict):
                raise BadTaskError(f"{given!r} must be a table")
            kinds = [key for key in (*FAULTS, *VERBS) if key in given]
            if len(kinds) != 1:
                raise BadTaskError(f"give one of {', '.join((*FAULTS, *VERBS))}")
            kind = kinds[0]
            _check_keys(kind, given)
            return _make(kind, given, _when(given))
        except (DuetimeError, TypeError, ValueError) as error:
            self.problems.append((path, str(error)))
            return None


def _check_keys(kind: str, given: Mapping[str, Json]) -> None:
    for key in given:
        if key not in (kind, *_WHEN, "for"):
            raise BadTaskError(f"unknown key {key!r}")
    if "for" in given and kind not in _LASTING:
        raise BadTaskError(f"{kind} takes no for; {' and '.join(_LASTING)} do")
    if kind == "slew" and "for" not in given:
        raise BadTaskError("slew needs for: how long it lasts")


def _when(given: Mapping[str, Json]) -> Trigger:
    if ("at" in given) == ("when" in given):
        raise BadTaskError("give either at, a time, or when, an expression as in `duetime next`")
    if "at" in given:
        if "tz" in given:
            raise BadTaskError("tz goes with when; the offset of at says what is meant")
        return Once(given["at"])  # type: ignore[arg-type]  # what is no time is refused
    return read_expression(str(given["when"]), tz=str(given.get("tz", "UTC")))


def _make(kind: str, given: Mapping[str, Json], trigger: Trigger) -> Event:
    value = given[kind]
    lasts = given.get("for")
    if kind in VERBS:
        if not isinstance(value, str):
            raise BadTaskError(f"{kind}: {value!r} must be the name of a task")
        span = None if lasts is None else to_timedelta(_span(lasts))
        return Event(trigger=trigger, kind=kind, name=value, span=span)
    if kind == "slew":
        if type(value) is not int:
            raise BadTaskError(f"slew: {value!r} must be a whole number of ppm; for says how long")
        if abs(value) > MOST_SLEW_PPM:
            raise BadTaskError(f"slew: {value:,} ppm; at most {MOST_SLEW_PPM:,} are possible")
        return Event(trigger=trigger, kind=kind, ppm=value, span=to_timedelta(_span(lasts)))
    is_back = kind == "step_wall" and isinstance(value, str) and value.startswith("-")
    span = to_timedelta(_span(value[1:] if is_back and isinstance(value, str) else value))
    return Event(trigger=trigger, kind=kind, span=-span if is_back else span)


def _span(given: Json) -> int:
    return to_span(given)  # type: ignore[arg-type]  # what is no text is refused
