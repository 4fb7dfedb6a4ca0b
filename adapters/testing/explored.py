"""One run of a scenario on a tape, with the checks that every run has to pass."""

import inspect
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from duetime.adapters.testing.checks import check_safety
from duetime.adapters.testing.tape import Tape
from duetime.adapters.testing.wayward import WaywardSimulation
from duetime.adapters.testing.world import KINDS
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadArgumentError
from duetime.engine.instants import iso
from duetime.engine.journal import JournalRecord
from duetime.engine.machine import Settings
from duetime.engine.messages import StartRun

USUAL = frozenset({"order", "duration", "outcome"})
"""What is left to the tape if nothing else is said."""

START = "2026-01-01T00:00Z"

LATEST = 20
"""So many lines of the timeline are shown."""

Scenario = Callable[..., object]
"""Takes a simulation and its clock, and `choose` if it has a third parameter."""


@dataclass(slots=True)
class Outcome:
    """What came of one run."""

    tape: Tape
    marks: Counter[str] = field(default_factory=Counter)
    error: Exception | None = None
    timeline: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Exploration:
    """A scenario, and what of it is left to a tape."""

    scenario: Scenario
    choices: frozenset[str] = USUAL
    start: str = START
    settings: Settings | None = None

    def __post_init__(self) -> None:
        """Raise BadArgumentError for a kind of choice that there is not."""
        unknown = sorted(set(self.choices) - KINDS)
        if unknown:
            raise BadArgumentError(f"choices: {unknown} are unknown; allowed are {sorted(KINDS)}")

    @property
    def name(self) -> str:
        """The name of the scenario."""
        return getattr(self.scenario, "__name__", "scenario")

    def again(self, tape: str) -> str:
        """Return the line that runs the scenario on this tape."""
        options = {"tape": repr(tape)}
        if self.choices != USUAL:
            options["choices"] = repr(sorted(self.choices))
        if self.start != START:
            options["start"] = repr(self.start)
        if self.settings is not None:
            options["settings"] = repr(self.settings)
        return f"explore_once({self.name}, {', '.join(f'{k}={v}' for k, v in options.items())})"

    def run(self, tape: Tape) -> Outcome:
        """Run the scenario on a tape; what it raises is in the outcome."""
        outcome = Outcome(tape)
        clock = VirtualClock(self.start)
        sim = WaywardSimulation(clock, tape, kinds=self.choices, settings=self.settings)
        try:
            self._play(sim, clock, tape)
            clock.settle()
            check_safety(sim.machine, list(sim.journal))
        except Exception as error:
            outcome.error = error
        finally:
            outcome.timeline = timeline(list(sim.journal))
            outcome.marks.update(sim.marks)
            sim.crash()
        return outcome

    def _play(self, sim: WaywardSimulation, clock: VirtualClock, tape: Tape) -> None:
        if len(inspect.signature(self.scenario).parameters) > 2:
            self.scenario(sim, clock, tape.choose)
        else:
            self.scenario(sim, clock)


def timeline(records: list[JournalRecord]) -> list[str]:
    """Tell the latest inputs and the starts that they led to, a line each."""
    lines = list[str]()
    for record in records:
        said = record.input
        name = getattr(said, "name", "") or getattr(getattr(said, "task", None), "name", "")
        who = f" {name!r}" if name else ""
        number = f" run {number}" if (number := getattr(said, "number", 0)) else ""
        starts = [
            f"starts {each.name!r} run {each.number}"
            for each in record.effects
            if isinstance(each, StartRun)
        ]
        told = f"{iso(said.at.wall)} {type(said).__name__}{who}{number}"
        lines.append(f"{told}: {', '.join(starts)}" if starts else told)
    return lines[-LATEST:]
