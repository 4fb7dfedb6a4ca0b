"""Control: what disabling, editing, removing and asking for runs do, and what they leave alone."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.simulate import Simulation
from duetime.adapters.testing.bare import Bare
from duetime.adapters.testing.playing import Stage
from duetime.adapters.testing.program_strategies import (
    AHEAD,
    ANCHORED,
    CALM,
    DAILY,
    DELAYS,
    DEMANDS,
    EVERYTHING,
    FINISHES,
    GRIDS,
    LAGS,
    NAME,
    PAUSES,
    RESCHEDULES,
    RESTARTS,
    SLOTS,
    STEPS,
    VERBS,
    declares,
    programs,
    tasks,
)
from duetime.adapters.testing.programs import (
    HELD,
    START,
    Act,
    Declare,
    Disable,
    Finish,
    Pass,
    Program,
    Restart,
    Say,
    Stall,
)
from duetime.adapters.testing.transforms import insert_noops
from duetime.engine.catchup import Fate
from duetime.engine.errors import UnknownTaskError
from duetime.engine.instants import DAY, SECOND, Instant, Span, to_instant
from duetime.engine.journal import dump, load, state_hash
from duetime.engine.messages import (
    Added,
    Demanded,
    Disabled,
    Enabled,
    RecordFate,
    Removed,
    Rescheduled,
    ResumeFrom,
    RunFinished,
    StartRun,
    Ticked,
)
from duetime.engine.policies import Retry
from duetime.engine.states import Idle, Paused, Running, due_of
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.properties.players import lines
from tests.properties.traces import moments, shape

PROGRAMS = programs(*EVERYTHING, RESTARTS, slots=SLOTS)
CALENDARS = st.one_of(GRIDS, ANCHORED, DAILY)
"""Triggers whose occurrences do not depend on runs."""


@given(tasks(triggers=GRIDS))
def test_p28_a_task_that_is_removed_while_running_stays_away(task: Task) -> None:
    """Removal, the end of the run and a tick, in any order: nothing of that name starts again.

    Added again, it is a new generation that takes no number twice.
    """
    bare = Bare().play(
        Program([Declare(task, HELD), Say("demand", task.name), Stall(100 * SECOND)])
    )
    at = bare.read()
    ended = RunFinished(at=at, name=task.name, generation=1, number=1)
    for order in permutations([Removed(at=at, name=task.name), ended, Ticked(at=at)]):
        machine, removed, number = load(dump(bare.machine)), False, 1
        for input_ in order:
            starts = [e for e in machine.handle(input_) if isinstance(e, StartRun)]
            assert not (removed and starts)
            removed = removed or isinstance(input_, Removed)
            number = max([number, *(start.number for start in starts)])
        assert (machine.names(), machine.next_wakeup().wall) == ([], None)
        later = replace(at, wall=at.wall + DAY, mono=at.mono + DAY)
        assert not any(isinstance(e, StartRun) for e in machine.handle(Ticked(at=later)))
        machine.handle(Added(at=later, task=task))
        view = machine.view(task.name)
        assert (view.generation, view.state.number) == (2, number)


class Insistent(Bare):
    """Enables what is enabled and disables what is disabled, before each act."""

    def do(self, act: Act) -> None:
        """Say what holds already, then do the act."""
        at = self.read()
        for entry in self.machine.snapshot().entries:
            name, state = entry.task.name, entry.state
            if isinstance(state, Idle | Running):
                for from_ in ResumeFrom:
                    assert self.submit(Enabled(at=at, name=name, from_=from_)) == ()
            elif isinstance(state, Paused):
                again = Disabled(
                    at=at, name=name, reason=state.pause.reason, until=state.pause.until
                )
                assert self.submit(again) == ()
        super().do(act)


@given(programs(VERBS, CALM, LAGS, LAGS, slots=SLOTS))
def test_p29_saying_what_holds_already_changes_nothing(program: Program) -> None:
    """A redundant enable or disable is as if it had not been said.

    Also between a due time and its late tick, when the due time has passed already.
    """
    plain, insistent = Bare().play(program), Insistent().play(program)
    assert shape(plain.journal) == shape(insistent.journal)
    assert plain.machine.snapshot().entries == insistent.machine.snapshot().entries


@given(programs(VERBS, CALM, LAGS, STEPS, slots=SLOTS), st.lists(st.integers(0, 30), max_size=8))
def test_p29_what_changes_nothing_may_stand_anywhere(program: Program, places: list[int]) -> None:
    """A redundant enable, and a stretch of no time, is as if it had not been."""
    plain, more = Bare().play(program), Bare().play(insert_noops(program, places))
    assert shape(plain.journal) == shape(more.journal)
    assert plain.machine.snapshot().entries == more.machine.snapshot().entries


def fates_of(bare: Bare, trigger: Trigger) -> dict[tuple[int, Fate], list[Instant]]:
    """Return the nominal times of the one task that there is, by generation and fate."""
    found: dict[tuple[int, Fate], list[Instant]] = defaultdict(list)
    for record in bare.records:
        for effect in record.effects:
            if isinstance(effect, RecordFate):
                nominals = [effect.first, *trigger.between(effect.first, effect.last)]
                found[effect.generation, effect.fate] += nominals
            elif isinstance(effect, StartRun):
                found[effect.generation, Fate.STARTED].append(effect.nominal)
    return found


MEANWHILE = st.builds(Pass, PAUSES) | st.builds(Stall, PAUSES)


@given(tasks(triggers=CALENDARS), PAUSES, MEANWHILE)
def test_p30_a_pause_skips_what_comes_due_and_keeps_the_phase(
    task: Task, before: Span, meanwhile: Pass | Stall
) -> None:
    """What comes due while a task is disabled is skipped for good; what follows is as ever."""
    first = [Declare(task), Pass(before), Disable(task.name), meanwhile, Say("enable", task.name)]
    bare = Bare().play(Program([*first, Pass(100 * SECOND)]))
    [entry] = bare.machine.snapshot().entries
    down = START + before
    # Time that is stalled ends with the due time unseen, and then the task is enabled.
    up = down + meanwhile.span - isinstance(meanwhile, Stall)
    occurrences = list(entry.trigger.between(START, bare.read().wall))
    fates = fates_of(bare, entry.trigger)
    assert fates[1, Fate.SKIPPED] == [each for each in occurrences if down < each <= up]
    assert fates[1, Fate.STARTED] == [each for each in occurrences if not down < each <= up]


@given(tasks(triggers=CALENDARS), PAUSES, MEANWHILE)
def test_p30_what_a_pause_held_up_is_due_again_on_request(
    task: Task, before: Span, meanwhile: Pass | Stall
) -> None:
    """Enabled from the pause, each occurrence since has a fate of its own in a new generation."""
    pause = [Disable(task.name), meanwhile, Say("enable from the pause", task.name)]
    bare = Bare().play(Program([Declare(task), Pass(before), *pause, Pass(100 * SECOND)]))
    [entry] = bare.machine.snapshot().entries
    down, up = START + before, START + before + meanwhile.span
    occurrences = list(entry.trigger.between(START, bare.read().wall))
    fates = fates_of(bare, entry.trigger)
    assert fates[1, Fate.SKIPPED] == [each for each in occurrences if down < each <= up]
    again = [
        nominal for (generation, _), found in fates.items() if generation == 2 for nominal in found
    ]
    assert sorted(again) == [each for each in occurrences if down < each]


@given(PROGRAMS)
def test_p31_a_disabled_task_does_not_start_by_its_trigger(program: Program) -> None:
    """From `disable` to `enable`, or to its `until`, no run starts; a new declaration stays so.

    One that has started is tried again all the same.
    """
    off: dict[str, Instant | None] = {}
    for moment in moments(Bare().play(program).journal):
        match moment.input:
            case Disabled(name=name, until=until):
                off[name] = until
            case Enabled(name=name) | Removed(name=name):
                off.pop(name, None)
        for start in moment.first_starts:
            until = off.get(start.name)
            assert start.name not in off or (until is not None and until <= moment.wall)


@given(programs(RESCHEDULES, CALM, LAGS, FINISHES, first=declares(GRIDS, lengths=st.just(HELD))))
def test_p32_an_edit_leaves_the_present_run_alone(program: Program) -> None:
    """Another trigger holds from the next due time on; who runs goes on, and is not stopped."""
    for moment in moments(Bare().play(program).journal):
        if isinstance(moment.input, Rescheduled):
            name = moment.input.name
            before, after = moment.before[name], moment.after[name]
            assert getattr(after.state, "runs", ()) == getattr(before.state, "runs", ())
            assert all(isinstance(effect, RecordFate) for effect in moment.effects)
            due = getattr(after.state, "due", None)
            if after.trigger != before.trigger:
                assert (due and due.nominal) == after.trigger.first(moment.now(name))


def grid_of(trigger: Trigger, kept: Instant | None, now: Instant) -> tuple[Instant, Span] | None:
    """Return anchor and period of a grid: its own anchor, the one that is kept, or now."""
    if not isinstance(trigger, Every):
        return None
    anchor = trigger.anchor if trigger.anchor is not None else kept
    return (now if anchor is None else anchor, trigger.period)


@given(PROGRAMS)
def test_p33_a_grid_never_leaves_its_phase(program: Program) -> None:
    """(nominal − anchor) mod period is 0 for each due time, after any delay, stall, edit, restart.

    The anchor is the given one, or else when the task was added.
    """
    grids: dict[str, tuple[Instant, Span] | None] = {}
    for moment in moments(Bare().play(program).journal):
        match moment.input:
            case Added(task=task):
                grids[task.name] = grid_of(task.trigger, None, moment.elapsed)
            case Rescheduled(name=name, trigger=trigger):
                before = grids[name]
                grids[name] = grid_of(trigger, before and before[0], moment.elapsed)
        for name, entry in moment.after.items():
            grid, due = grids[name], due_of(entry.state)
            if grid is not None and due is not None:
                assert (due - grid[0]) % grid[1] == 0


def test_p33_ten_years_leave_no_nanosecond_behind() -> None:
    """After ten years of calm, stalls and steps of the wall clock the phase is the first one."""
    sim = Simulation("2026-01-01T00:00:00.25Z")
    sim.add("t", Every("5h 7m 11.000001s"))
    period = 18_431_000_001_000
    for _ in range(10):
        sim.clock.advance(days=350)
        sim.clock.stall(days=15)
        sim.clock.step_wall(seconds=20)
    sim.clock.settle()
    due = sim.view("t").due
    assert due is not None
    since = due - 200 * SECOND - to_instant("2026-01-01T00:00:00.25Z")
    assert (since % period, since // period) == (0, 3650 * DAY // period + 1)


@given(st.integers(1, 5), PAUSES, NAME)
def test_p34_demands_during_a_run_give_one_more(count: int, pause: Span, name: str) -> None:
    """However often a run is asked for while one is going, exactly one follows.

    One that waits for its next attempt is going as well.
    """
    task = Task(name=name, trigger=OnDemand(), retry=Retry(2, "1s"))
    demands = [Say("demand", name), Pass(pause)] * (count + 1)
    ends = [Finish(name, ok=False), *demands, Pass(SECOND), Finish(name), Pass(pause), Finish(name)]
    bare = Bare().play(Program([Declare(task, HELD), *demands, *ends, Finish(name)]))
    starts = [start for moment in moments(bare.journal) for start in moment.starts]
    assert [(start.number, start.attempt) for start in starts] == [(1, 1), (1, 2), (2, 1)]


@given(programs(DEMANDS, CALM, LAGS, first=declares(st.one_of(GRIDS, DELAYS)), slots=SLOTS))
def test_p34_a_demand_moves_no_due_time(program: Program) -> None:
    """Whatever is asked for, the next due time is the one that it was."""
    for moment in moments(Bare().play(program).journal):
        if isinstance(moment.input, Demanded):
            name = moment.input.name
            assert due_of(moment.before[name].state) == due_of(moment.after[name].state)


VERBS_OF_A_NAME: list[Callable[[Simulation], object]] = [
    lambda sim: sim.demand("nobody"),
    lambda sim: sim.run_now("nobody"),
    lambda sim: sim.stop("nobody"),
    lambda sim: sim.disable("nobody"),
    lambda sim: sim.enable("nobody"),
    lambda sim: sim.remove("nobody"),
    lambda sim: sim.reschedule("nobody", Every(seconds=1)),
    lambda sim: sim.view("nobody"),
]


@given(PROGRAMS)
def test_p35_a_verb_on_an_absent_name_says_so_and_changes_nothing(program: Program) -> None:
    """Each verb raises UnknownTaskError, and leaves no record."""
    stage = Stage().play(Program(act for act in program if not isinstance(act, Restart)))
    before = lines(stage.journal), stage.shell.timeline(), stage.shell.names()
    for verb in VERBS_OF_A_NAME:
        with pytest.raises(UnknownTaskError):
            verb(stage.shell)
    assert before == (lines(stage.journal), stage.shell.timeline(), stage.shell.names())


@given(PROGRAMS, tasks(triggers=AHEAD))
def test_p36_added_and_removed_at_once_is_nothing(program: Program, task: Task) -> None:
    """A task that goes before anything comes of it leaves no trace, under a used name as well."""
    bare = Bare()
    for act in program:
        bare.do(act)
        machine = load(dump(bare.machine))
        last = machine.snapshot().last
        gone = all(entry.task.name != task.name for entry in machine.snapshot().entries)
        if last is not None and gone:
            effects = machine.handle(Added(at=last, task=task))
            effects += machine.handle(Removed(at=last, name=task.name))
            assert effects == ()
            assert state_hash(machine) == state_hash(bare.machine)
