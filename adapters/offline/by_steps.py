"""A plan simulated step by step: the full machine, every policy, every fault."""

from array import array
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise, repeat

from duetime.adapters.declare import policies_of
from duetime.adapters.offline.scenario import Event, Scenario
from duetime.adapters.offline.survival import LastState
from duetime.adapters.offline.windows import (
    CAUSES,
    ENDINGS,
    FATES,
    GOING,
    FateColumns,
    RunColumns,
    Window,
)
from duetime.adapters.plans.records import Plan, PlannedTask
from duetime.adapters.simulate import Simulation
from duetime.clocks.virtual import VirtualClock
from duetime.engine.accounts import Account
from duetime.engine.history import Drained, Ended, Outcome, PlainRuns, drain
from duetime.engine.instants import DAY, Instant, to_datetime
from duetime.engine.journal import Journal
from duetime.engine.messages import Cause, RecordFate, StartRun

_CAUSE = {cause: place for place, cause in enumerate(CAUSES)}
_FATE = {fate: place for place, fate in enumerate(FATES)}
_ENDING = {ending: place for place, ending in enumerate(ENDINGS)}


def simulate_by_steps(
    plan: Plan, edges: Sequence[Instant], scenario: Scenario, seed: int
) -> Iterator[Window]:
    """Live through a plan from the first edge to the last; yield a window between each two."""
    world = _World(plan, edges[0], scenario, seed)
    happenings = deque(scenario.happenings(edges[0], edges[-1]))
    for begin, end in pairwise(edges):
        world.live_until(end, happenings)
        yield world.window(begin, end) if end < edges[-1] else world.last_window(begin, end)


def explain_by_steps(
    plan: Plan,
    name: str,
    nominal: Instant,
    begin: Instant,
    scenario: Scenario,
    seed: int,
) -> Account:
    """Live through a plan from `begin` to a day after a due time; tell why it met its fate.

    The inputs that led there are told unless the scenario has a crash.
    Raises UnknownTaskError for a task that the plan does not have.
    """
    world = _World(plan, begin, scenario, seed, journal=None if scenario.has_crash else Journal())
    end = nominal + DAY
    world.live_until(end, deque(scenario.happenings(begin, end)))
    return world.explain(name, nominal)


def declare(sim: Simulation, planned: PlannedTask, scenario: Scenario) -> None:
    """Declare a task of a plan in a simulation; nothing of it is called."""
    task = planned.task
    sim.add(
        task.name,
        task.trigger,
        args=task.args,
        takes=scenario.takes.get(task.name, planned.takes),
        fails=scenario.fails.get(task.name, 0),
        may_never_fire=True,
        **policies_of(task),
    )


class _World:
    """A simulation, what happens to it, and what it has come to since the last window."""

    def __init__(
        self,
        plan: Plan,
        begin: Instant,
        scenario: Scenario,
        seed: int,
        journal: Journal | None = None,
    ) -> None:
        self._plan = plan
        self._scenario = scenario
        self._books = _Books()
        clock = VirtualClock(to_datetime(begin))
        store = LastState() if scenario.has_crash else None
        self._sim = Simulation(
            clock, seed=seed, journal=journal, store=store, settings=plan.settings
        )
        self._declare(plan.tasks)
        for each in plan.tasks:
            if each.at_start:
                self._sim.run_now(each.name)

    def live_until(self, end: Instant, happenings: deque[tuple[Instant, Event]]) -> None:
        """Go on to a time; let happen what comes before it, and take that off the list."""
        while happenings and happenings[0][0] <= end:
            at, event = happenings.popleft()
            self._run_until(at)
            if event.kind == "crash":
                self._crash(event.span or timedelta())
            else:
                event.happen(self._sim)
        self._run_until(end)

    def explain(self, name: str, nominal: Instant) -> Account:
        """Tell why a due time met its fate."""
        return self._sim.explain(name, to_datetime(nominal))

    def window(self, begin: Instant, end: Instant) -> Window:
        """Return what has ended or been decided since the last window."""
        drained = drain(self._sim.history)
        self._books.take(drained)
        settled = min([end, *(started for _, started in drained.going)])
        return self._books.close(begin, end, settled)

    def last_window(self, begin: Instant, end: Instant) -> Window:
        """Return what is left at the end; runs that go on are told as such."""
        drained = drain(self._sim.history)
        self._books.take(drained)
        for start, started in drained.going:
            self._books.take_run(start, started, end, GOING, "")
        self._sim.crash()
        return self._books.close(begin, end, end)

    def _run_until(self, moment: Instant) -> None:
        """Go on to a time, unless an event has taken longer."""
        if self._sim.clock.read().wall < moment:
            self._sim.clock.run_until(to_datetime(moment))

    def _crash(self, outage: timedelta) -> None:
        """Let the process end, and another one begin after the outage."""
        drained, names = drain(self._sim.history), set(self._sim.names())
        self._books.take(drained)
        self._sim.crash()
        self._sim.clock.advance(outage)
        at = self._sim.clock.read().wall
        for start, started in drained.going:
            self._books.take_run(start, started, at, _ENDING[Outcome.LOST], "")
        self._sim = self._sim.restart()
        self._declare(each for each in self._plan.tasks if each.name in names)

    def _declare(self, tasks: Iterable[PlannedTask]) -> None:
        for each in tasks:
            declare(self._sim, each, self._scenario)


class _Books:
    """Columns that grow until their window is over."""

    def __init__(self) -> None:
        self._runs: defaultdict[str, _Runs] = defaultdict(_Runs)
        self._fates: defaultdict[str, list[RecordFate]] = defaultdict(list)

    def take(self, drained: Drained) -> None:
        """Take in what has ended or been decided."""
        for each in drained.ended:
            if isinstance(each, PlainRuns):
                self._runs[each.name].add_plain(each)
            else:
                self._runs[each.start.name].add(each)
        for fate in drained.fates:
            self._fates[fate.name].append(fate)

    def take_run(
        self, start: StartRun, started: Instant, ended: Instant, ending: int, error: str
    ) -> None:
        """Take in a run that has not ended by itself."""
        self._runs[start.name].note(start, started, ended, ending, error)

    def close(self, begin: Instant, end: Instant, settled: Instant) -> Window:
        """Return the window, and begin a new one."""
        runs = {name: each.columns() for name, each in sorted(self._runs.items())}
        fates = {name: _columns(each) for name, each in sorted(self._fates.items())}
        self._runs.clear()
        self._fates.clear()
        return Window(begin=begin, end=end, settled=settled, runs=runs, fates=fates)


class _Runs:
    """The columns of one task's runs."""

    def __init__(self) -> None:
        self._columns = tuple(array("q") for _ in range(8))
        self._errors: dict[int, str] = {}

    def add(self, run: Ended) -> None:
        """Add an attempt."""
        self.note(run.start, run.started, run.ended, _ENDING[run.outcome], run.error)

    def note(
        self, start: StartRun, started: Instant, ended: Instant, ending: int, error: str
    ) -> None:
        """Add an attempt in its parts."""
        nominal, planned = start.nominal + start.shift, start.planned + start.shift
        cause = _CAUSE[start.cause]
        values = (start.number, start.attempt, cause, nominal, planned, started, ended, ending)
        if error:
            self._errors[len(self._columns[0])] = error
        for column, value in zip(self._columns, values, strict=True):
            column.append(value)

    def add_plain(self, plain: PlainRuns) -> None:
        """Add runs that ended when they started."""
        count, times = len(plain.nominals), plain.nominals
        number, attempt, cause, *all_times, ending = self._columns
        number.extend(range(plain.first, plain.first + count))
        attempt.extend(repeat(1, count))
        cause.extend(repeat(_CAUSE[Cause.DUE], count))
        for column in all_times:
            column.extend(times)
        ending.extend(repeat(_ENDING[Outcome.FINISHED], count))

    def columns(self) -> RunColumns:
        """Return them."""
        number, attempt, cause, nominal, planned, started, ended, ending = self._columns
        return RunColumns(
            number=number,
            attempt=attempt,
            cause=cause,
            nominal=nominal,
            planned=planned,
            started=started,
            ended=ended,
            ending=ending,
            errors=self._errors,
        )


def _columns(fates: Sequence[RecordFate]) -> FateColumns:
    return FateColumns(
        first=array("q", (each.first + each.shift for each in fates)),
        last=array("q", (each.last + each.shift for each in fates)),
        count=array("q", (each.count for each in fates)),
        fate=array("q", (_FATE[each.fate] for each in fates)),
        reason=[each.reason for each in fates],
    )
