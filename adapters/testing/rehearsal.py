"""A simulation and a clock that count what a scenario does, and can be cut off at any point."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar, Unpack

from duetime.adapters.calls import RunHandle
from duetime.adapters.declare import Policies
from duetime.adapters.intake import Make
from duetime.adapters.shell import OnConflict
from duetime.adapters.simulate import Simulation
from duetime.adapters.stores.base import Store
from duetime.adapters.takes import Takes
from duetime.adapters.testing.disk import Points
from duetime.adapters.testing.progress import Progress
from duetime.clocks.passing import Units
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import StoreError
from duetime.engine.instants import span_text, to_instant, to_span
from duetime.engine.journal import state_hash
from duetime.engine.machine import Settings
from duetime.engine.messages import Cause, ResumeFrom
from duetime.engine.triggers.base import Json, Trigger

T = TypeVar("T")


class WrongError(AssertionError):
    """Something does not hold that must hold across crashes."""


@dataclass(frozen=True, slots=True)
class Ran:
    """That the code of a run was called."""

    name: str
    generation: int
    number: int
    attempt: int
    cause: Cause
    nominal: datetime


class ScenarioClock(VirtualClock):
    """A clock whose moves are acts; a move that was cut short goes on to where it was to end."""

    def __init__(self, start: str, progress: Progress) -> None:
        """`start`: as for any virtual clock."""
        super().__init__(start)
        self._progress = progress

    def advance(self, span: timedelta | str | None = None, **units: Unpack[Units]) -> None:
        """Move on by a span, or by what is left of it."""
        self._move("advance", super().advance, span, units)

    def stall(self, span: timedelta | str | None = None, **units: Unpack[Units]) -> None:
        """Let time pass without anybody being woken."""
        self._move("stall", super().stall, span, units)

    def advance_exactly(self, span: timedelta | str | None = None, **units: Unpack[Units]) -> None:
        """Move on by a span in which nothing is due, or by what is left of it."""
        self._move("advance_exactly", super().advance_exactly, span, units)

    def run_until_idle(self, limit: timedelta | str) -> bool:
        """Move on until nothing more is due, at most by a span or what is left of it."""
        idle, length = super().run_until_idle, to_span(limit)
        found = self._act(
            "run_until_idle", lambda: idle(span_text(self._progress.left(self._mono, length)))
        )
        return bool(found)

    def walk_while(self, fact: Callable[[], object], span: timedelta | str) -> bool:
        """Move on while a fact is so, at most by a span or what is left of it."""
        walk, length = super().walk_while, to_span(span)
        found = self._act(
            "walk_while", lambda: walk(fact, span_text(self._progress.left(self._mono, length)))
        )
        return bool(found)

    def run_until(self, moment: datetime | str, *, inclusive: bool = True) -> None:
        """Move on until the wall clock shows `moment`."""
        move, settle = partial(super().run_until, moment, inclusive=inclusive), super().settle
        self._act("run_until", lambda: settle() if self._wall > to_instant(moment) else move())

    def step(self) -> None:
        """Move on to the next due time; a step that was cut short is not made twice."""
        step, settle = super().step, super().settle
        self._act("step", lambda: step() if self._progress.left(self._mono, 1) else settle())

    def settle(self) -> None:
        """Do all that is due now."""
        self._act("settle", super().settle)

    def finish(self) -> None:
        """Do all that is due now, at the end of a scenario; this is no act."""
        super().settle()

    def step_wall(self, span: timedelta | str | None = None, **units: Unpack[Units]) -> None:
        """Set the wall clock by a span."""
        self._act("step_wall", partial(super().step_wall, span, **units))

    def slew(self, ppm: int, for_: timedelta | str) -> None:
        """Let the wall clock gain for a span."""
        self._act("slew", partial(super().slew, ppm, for_))

    def _move(
        self,
        what: str,
        move: Callable[[str], None],
        span: timedelta | str | None,
        units: Units,
    ) -> None:
        length = to_span(timedelta(**units) if span is None else span)
        self._act(what, lambda: move(span_text(self._progress.left(self._mono, length))))

    def _act(self, what: str, move: Callable[[], T]) -> T | None:
        def persist() -> T:
            try:
                return move()
            except StoreError:  # the disk failed, once
                return move()

        return self._progress.do(what, persist)


class World:
    """What outlives a process: the time, the acts of the scenario so far, what code was called."""

    def __init__(self, start: str) -> None:
        """`start`: what the clock shows."""
        self.progress = Progress()
        self.clock = ScenarioClock(start, self.progress)
        self.ran: list[Ran] = []


class Rehearsal(Simulation):
    """A process of a scenario: a simulation whose verbs are acts, and whose starts are points."""

    def __init__(self, world: World, *, store: Store, settings: Settings, points: Points) -> None:
        """Open the store and take over what is there. `paths`: the import paths that were kept."""
        self._points = points
        self._world = world
        self._progress = world.progress
        self.store = store
        super().__init__(world.clock, store=store, settings=settings)
        self.machine = self._machine
        self.paths = self._paths
        if self._caught_up:
            points.recovered = len(points.reached)

    # Verbs

    def add(
        self,
        name: str,
        trigger: Trigger,
        function: Callable[..., object] | str | None = None,
        *,
        args: Mapping[str, Json] | None = None,
        on_conflict: OnConflict = "replace",
        may_never_fire: bool = False,
        takes: Takes = None,
        fails: float = 0.0,
        **policies: Unpack[Policies],
    ) -> None:
        """Declare a task, in each process in which it is still there."""
        declare = partial(
            super().add,
            name,
            trigger,
            function,
            args=args,
            on_conflict=on_conflict,
            may_never_fire=may_never_fire,
            takes=takes,
            fails=fails,
            **policies,
        )
        again = self._progress.is_latest(name) and name in self._unclaimed
        with self._progress.touching(name):
            self._act(f"add {name!r}", declare, again=again)
        if name in self._machine.names():
            self._progress.expected[name] = self._paths.get(name)

    def remove(self, name: str) -> None:
        """Take a task away."""
        with self._progress.touching(name):
            self._act(f"remove {name!r}", partial(super().remove, name))
        if name not in self._machine.names():
            self._progress.expected.pop(name, None)

    def run_now(self, name: str, args: Mapping[str, Json] | None = None) -> bool:
        """Start a run at once."""
        return bool(self._act(f"run_now {name!r}", partial(super().run_now, name, args)))

    def demand(self, name: str, args: Mapping[str, Json] | None = None) -> bool:
        """Ask for a run."""
        return bool(self._act(f"demand {name!r}", partial(super().demand, name, args)))

    def stop(self, name: str) -> bool:
        """Ask the runs of a task to stop."""
        return bool(self._act(f"stop {name!r}", partial(super().stop, name)))

    def disable(self, name: str, *, reason: str = "", until: datetime | str | None = None) -> None:
        """Let a task start no more."""
        disable = partial(super().disable, name, reason=reason, until=until)
        self._act(f"disable {name!r}", disable)

    def enable(self, name: str, *, from_: ResumeFrom | str = ResumeFrom.NOW) -> None:
        """Let a task start again."""
        self._act(f"enable {name!r}", partial(super().enable, name, from_=from_))

    def reschedule(self, name: str, trigger: Trigger) -> None:
        """Give a task another trigger."""
        self._act(f"reschedule {name!r}", partial(super().reschedule, name, trigger))

    def finish(self, name: str, *, ok: bool = True, error: str = "failed") -> None:
        """End a run that is held."""
        self._act(f"finish {name!r}", partial(super().finish, name, ok=ok, error=error))

    def _act(self, what: str, act: Callable[[], T], *, again: bool = False) -> T | None:
        """Do an act; where the disk fails, see that nothing came of it, and say it again."""

        def persist() -> T:
            before = state_hash(self._machine)
            try:
                return act()
            except StoreError:
                if state_hash(self._machine) != before:
                    raise WrongError(f"{what} could not be written, but changed things") from None
                return act()

        if not self._points.fails:
            return self._progress.do(what, act, again=again)
        return self._progress.do(what, persist, again=again)

    # Points

    def _catch_up(self, tick: Make) -> None:
        was = self._caught_up
        super()._catch_up(tick)
        if not was and self._caught_up:
            self._points.recovered = len(self._points.reached)

    def _begin(self, run: RunHandle) -> None:
        what = f"{run.name!r} number {run.number}, attempt {run.attempt}"
        self._points.reach(f"before the start of {what}")
        self._world.ran.append(Ran(*run.key, run.attempt, run.cause, run.nominal))
        super()._begin(run)
        self._points.reach(f"after the start of {what}")

    def _end_run(self, run: RunHandle, error: str | None) -> None:
        self._points.reach(f"before the end of {run.name!r} number {run.number} is known")
        super()._end_run(run, error)
