"""From one process to the next: a machine as a store knew it, and what became of its tasks.

A shell that has a store begins where the last one stopped. Whoever declares a task that is there
takes it over, with its pause, due time and counts. What nobody declares is called by its import
path, as long as there is one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from duetime.adapters.calls import Call, read_callable
from duetime.adapters.stores.base import Stored
from duetime.engine.catchup import Fate
from duetime.engine.errors import BadTaskError
from duetime.engine.machine import Machine, Settings
from duetime.engine.messages import Effect, RecordEvent, RecordFate, StartRun
from duetime.engine.states import Broken, Leaving
from duetime.engine.triggers.base import Json

UNCALLABLE = "its callable: "
"""How the error of a task begins that cannot be run for want of its code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What a restart came upon, and what it made of it.

    `tasks`: how many were found; `lost`: runs that were going; `rerun`: those of them that are
    started again; `caught_up`: due times since then that start now; `fates`: how many met which
    other fate; `damaged`: the error of each task that could not be taken over; `notices`: of the
    store.
    """

    tasks: int
    lost: int = 0
    rerun: int = 0
    caught_up: int = 0
    fates: Mapping[Fate, int] = field(default_factory=dict)
    damaged: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in a line, then a line for each thing that somebody should look at."""
        counts = [(self.lost, "run(s) lost"), (self.rerun, "of them started again")]
        counts += [(self.caught_up, "due time(s) caught up with")]
        counts += [(count, str(fate)) for fate, count in self.fates.items()]
        told = [f"{count} {what}" for count, what in counts if count]
        lines = [f"{self.tasks} task(s) taken over" + "".join(f", {each}" for each in told)]
        lines += [f"task {name!r}: {error}" for name, error in sorted(self.damaged.items())]
        return "\n".join([*lines, *self.notices])

    def and_then(self, effects: Iterable[Effect], damaged: Mapping[str, str] = {}) -> "Recovery":
        """Return it with what was decided, and which tasks turned out to be damaged, afterwards."""
        fates = dict(self.fates)
        lost, rerun, caught_up = self.lost, self.rerun, self.caught_up
        for effect in effects:
            match effect:
                case StartRun(attempt=attempt):
                    rerun, caught_up = rerun + (attempt > 1), caught_up + (attempt == 1)
                case RecordFate(fate=fate, count=count):
                    fates[fate] = fates.get(fate, 0) + count
                case RecordEvent(event="lost"):
                    lost += 1
        return replace(
            self,
            lost=lost,
            rerun=rerun,
            caught_up=caught_up,
            fates=fates,
            damaged={**self.damaged, **damaged},
        )


def machine_of(stored: Stored, settings: Settings | None) -> Machine:
    """Make the machine that goes on from what was stored, with the settings of today."""
    if stored.snapshot is None:
        return Machine(settings)
    return Machine.restore(replace(stored.snapshot, settings=settings or Settings()))


@dataclass(frozen=True, slots=True)
class Uncallable:
    """Stands for a callable that is not to be found: whoever calls it is told why."""

    why: str

    def __call__(self, **_: object) -> None:
        """Raises BadTaskError."""
        raise BadTaskError(self.why)


def call_of(name: str, path: str | None, args: Mapping[str, Json]) -> Call:
    """Import what a stored task calls.

    Raises BadTaskError where there is no such thing any more, or never was a path to it.
    """
    if path is None:
        raise BadTaskError("it has no import path; declare the task in code again")
    return read_callable(path, name, args)


def uncallable(machine: Machine) -> dict[str, str]:
    """Return the tasks that cannot be run for want of their code, each with its error."""
    states = {name: entry.state for name, entry in machine.roster.entries.items()}
    return {
        name: state.error
        for name, state in states.items()
        if isinstance(state, Broken) and state.error.startswith(UNCALLABLE)
    }


def unclaimed(machine: Machine) -> set[str]:
    """Return the tasks that are there and that nobody has declared yet."""
    entries = machine.roster.entries.items()
    return {name for name, entry in entries if not isinstance(entry.state, Leaving)}
