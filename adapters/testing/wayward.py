"""A simulation that leaves to a tape whatever the world may do in one way or another.

The order of what happens at one instant, how long runs last, whether they fail, how late the
scheduler looks and whether it is woken for nothing: each is a choice with a label.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from heapq import heapify

from duetime.adapters.calls import RunHandle, RunKey
from duetime.adapters.declare import read_span
from duetime.adapters.health import time_left
from duetime.adapters.simulate import Simulation
from duetime.adapters.strands import Strands
from duetime.adapters.takes import Length, Models
from duetime.adapters.testing.tape import Tape
from duetime.adapters.testing.world import Doing, World, told
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadArgumentError, UnsettledError
from duetime.engine.instants import Reading, Span, iso
from duetime.engine.journal import Journal
from duetime.engine.machine import Settings, Wakeup
from duetime.engine.messages import Restarted, Ticked

MOST_EVENTS = 10_000
"""So many events at one instant of an explored run are a mistake."""


class WaywardSimulation(Simulation):
    """A simulation in which a tape decides what the world does."""

    def __init__(
        self,
        clock: VirtualClock,
        tape: Tape,
        *,
        kinds: frozenset[str],
        settings: Settings | None = None,
    ) -> None:
        """`kinds`: those of KINDS that are left to the tape."""
        self._world = World(tape, kinds)
        self._outside: list[tuple[int, int, Callable[[], object]]] = []
        self._said = 0
        self._blind_until: int | None = None
        self.journal = Journal()
        super().__init__(clock, journal=self.journal, settings=settings)
        self.machine = self._machine

        def lasts(run: RunHandle, length: Length) -> Span:
            at = clock.read()
            left = time_left(self._machine.next_wakeup(), at)
            return self._world.lasts(at.wall, run.key, length, left)

        self._models = self._chosen = _ChosenModels(lasts)

    # For scenarios

    def may_fail(self, *names: str) -> None:
        """Say of which tasks runs that end well may fail instead."""
        self._world.failing.update(names)

    def may_be_late(self, by: timedelta | str) -> None:
        """Say how late the scheduler looks if it is late; otherwise that is a second."""
        self._world.late = read_span(by)

    def concurrently(
        self, *calls: Callable[[], object], after: timedelta | str | None = None
    ) -> None:
        """Let calls come in any order among themselves and with what is due at the same instant.

        `after`: so long from now, when the clock comes there; None: now.
        Raises BadArgumentError for what cannot be called.
        """
        for call in calls:
            if not callable(call):
                raise BadArgumentError(
                    f"concurrently: {call!r} cannot be called; pass functions, such as "
                    "lambda: sim.demand('sweep')"
                )
        at = self.clock.read().mono + (0 if after is None else read_span(after))
        for call in calls:
            self._said += 1
            self._outside.append((at, self._said, call))
        if after is None:
            self.clock.settle()

    # What the clock asks

    def glide(self, until: Span) -> None:
        """Glide nowhere: each event is a choice."""

    def next_wakeup(self) -> Wakeup:
        """Return when `come_due` wants to be called; later, if the scheduler looks late."""
        if self._blind_until is None:
            return super().next_wakeup()
        own = self._next_own()
        return Wakeup(None, self._blind_until if own is None else min(own, self._blind_until))

    def come_due(self) -> None:
        """Do all that is due now, one after another, in an order that the tape decides.

        Raises UnsettledError when that does not end.
        """
        self._after(())
        now = self.clock.read().wall
        for _ in range(MOST_EVENTS):
            due = self._due()
            if due:
                self._world.first(now, due).do()
                continue
            if self._blind_until is None and self._world.wakes(now):
                self._look()
            if self._world.dies(now):
                self._start_anew()
            return
        raise UnsettledError(
            f"{MOST_EVENTS:,} events at {iso(now)} and no end; next: "
            f"{', '.join(map(str, self._due())) or 'nothing'}"
        )

    # Private parts

    def _due(self) -> list[Doing]:
        """List what is due now, in the ordinary order."""
        at = self.clock.read()
        due = [
            Doing(f"the end of {told(key)}", partial(self._end_due, key, attempt))
            for key, attempt in self._chosen.due(at.mono)
        ]
        due += [
            Doing(f"{told(key)} wakes", partial(_wake, self, key))
            for key in self._strands.due(at.mono)
        ]
        due += [
            Doing(f"outside input {said[1]}", partial(self._let_in, said))
            for said in sorted(self._outside, key=lambda each: each[:2])
            if said[0] <= at.mono
        ]
        if self._machine.needs_tick(at):
            due += [Doing("the scheduler looks", self._look)] if self._sees(at) else []
        elif self._blind_until is not None and self._blind_until <= at.mono:
            self._blind_until = None  # what it would have seen has gone meanwhile
        return due

    def _sees(self, at: Reading) -> bool:
        """Return whether the scheduler is awake by now; decided once for each time it is needed."""
        if self._blind_until is None:
            self._blind_until = at.mono + self._world.delay(at.wall)
        return self._blind_until <= at.mono

    def _look(self) -> None:
        self._blind_until = None
        self._after(self._intake.decide(_tick))

    def _end_due(self, key: RunKey, attempt: int) -> None:
        self._chosen.take_out(key, attempt)
        self._end_modelled(key, attempt, None)

    def _start_anew(self) -> None:
        """Be another process that knows all that was decided: no run of before goes on."""
        self._strands.abandon()
        self._strands = Strands()
        self._chosen.forget_all()
        self._live.clear()
        self._after(self._intake.decide(_restarted))

    def _let_in(self, said: tuple[int, int, Callable[[], object]]) -> None:
        self._outside.remove(said)
        said[2]()

    def _end_run(self, run: RunHandle, error: str | None) -> None:
        """End a run; one that ends well may fail instead."""
        if error is None and self._live.get(run.key) is run:
            error = "failed" if self._world.fails(self.clock.read().wall, run.key) else None
        super()._end_run(run, error)

    def _next_own(self) -> int | None:
        times = [said[0] for said in self._outside]
        own = super()._next_own()
        return min(times if own is None else [*times, own], default=None)


class _ChosenModels(Models):
    """Modelled runs of which a tape decides how long they last."""

    def __init__(self, choose: Callable[[RunHandle, Length], Span]) -> None:
        super().__init__(0)
        self._choose = choose

    def go_on(self, run: RunHandle, now: int, error: str | None) -> bool:
        """Take a run whose code has ended, and let it be chosen how long it goes on."""
        length = self._begun.get(run.key)
        if length is not None and error is None and not length.held:
            span = self._choose(run, length)
            self._begun[run.key] = Length(span, span)
        return super().go_on(run, now, error)

    def due(self, now: int) -> list[tuple[RunKey, int]]:
        """List the runs, with their attempts, that end by this monotonic time."""
        ends = sorted(end for end in self._ends if end[0] <= now)
        return [((end[1], end[2], end[3]), end[4]) for end in ends]

    def forget_all(self) -> None:
        """Let no run go on; how long those of a task last is known still."""
        self._begun.clear()
        self._ends.clear()
        self._held.clear()

    def take_out(self, key: RunKey, attempt: int) -> None:
        """Let an attempt no longer have an end."""
        self._ends = [end for end in self._ends if end[1:5] != (*key, attempt)]
        heapify(self._ends)


def _wake(sim: WaywardSimulation, key: RunKey) -> None:
    sim._code_ended(sim._strands.resume(key))


def _restarted(at: Reading) -> Restarted:
    return Restarted(at=at)


def _tick(at: Reading) -> Ticked:
    return Ticked(at=at)
