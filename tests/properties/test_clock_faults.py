"""Clock faults: steps, slews, stalls and suspends, and wakes for no reason."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from duetime.adapters.testing.bare import Bare
from duetime.adapters.testing.playing import Stage
from duetime.adapters.testing.program_strategies import (
    ANCHORED,
    CALM,
    DAILY,
    DELAYS,
    FINISHES,
    GRIDS,
    LAGS,
    SAYINGS,
    SLEWS,
    SLOTS,
    STEPS,
    VERBS,
    Declares,
    declares,
    programs,
    seconds,
)
from duetime.adapters.testing.programs import (
    START,
    Act,
    Pass,
    Program,
    Slew,
    Stall,
    StepWall,
    Suspend,
)
from duetime.engine.catchup import Fate
from duetime.engine.instants import HOUR, Instant, Span
from duetime.engine.messages import Effect, Ticked
from duetime.engine.policies import ClockStep
from duetime.engine.states import due_of
from tests.properties.players import lines
from tests.properties.traces import moments, shape

ELAPSED = declares(st.one_of(GRIDS, DELAYS))


def on_elapsed_time(bare: Bare) -> list[tuple[int, Effect]]:
    """Return what has come of a program, and when, without what the wall clock showed."""
    return [
        (record.input.at.mono, replace(effect, shift=0))
        for record in bare.records
        for effect in record.effects
        if effect.name and hasattr(effect, "shift")
    ]


@given(programs(SAYINGS, FINISHES, ELAPSED, CALM, LAGS, STEPS, SLEWS, first=ELAPSED))
def test_p43_a_wall_step_does_not_move_elapsed_time(program: Program) -> None:
    """`Every` and `AfterFinish` start as if nobody had touched the wall clock."""
    calm = Program(act for act in program if not isinstance(act, StepWall | Slew))
    assert on_elapsed_time(Bare().play(program)) == on_elapsed_time(Bare().play(calm))


ON_WALL = st.one_of(ANCHORED, DAILY)


def at_once(*clock_steps: ClockStep) -> Declares:
    """Draw tasks on the wall clock whose runs end at once."""
    return declares(ON_WALL, lengths=st.just(0), clock_step=st.sampled_from(clock_steps))


AT_ONCE = at_once(ClockStep.BY_SIZE, ClockStep.MAKE_UP)
MADE_UP_FOR = at_once(ClockStep.MAKE_UP)
ACCEPTING = at_once(ClockStep.ACCEPT)
SMALL_STEPS = st.builds(StepWall, st.one_of(seconds(-90, 90), st.integers(-3 * HOUR, 3 * HOUR)))


@given(programs(SMALL_STEPS, SMALL_STEPS, CALM, LAGS, FINISHES, first=AT_ONCE, slots=SLOTS))
def test_p44_a_step_of_less_than_three_hours_repeats_no_nominal_time(program: Program) -> None:
    """However the wall clock is set, no nominal time is started twice."""
    assert_no_nominal_time_comes_again(program)


def assert_no_nominal_time_comes_again(program: Program) -> None:
    """Play a program, and see that no nominal time starts twice."""
    seen: set[tuple[str, Instant]] = set()
    for moment in moments(Bare().play(program).journal):
        for start in moment.due_starts:
            assert (start.name, start.nominal) not in seen
            seen.add((start.name, start.nominal))


@given(programs(STEPS, STEPS, CALM, LAGS, FINISHES, first=MADE_UP_FOR, slots=SLOTS))
def test_p44_who_makes_up_for_any_step_repeats_no_nominal_time(program: Program) -> None:
    """However far the clock is set, such a task has one life, and each nominal time in it once."""
    assert_no_nominal_time_comes_again(program)


@given(programs(STEPS, STEPS, CALM, first=ACCEPTING, slots=SLOTS))
def test_p44_who_accepts_a_step_goes_by_the_new_time(program: Program) -> None:
    """From the moment that a step is seen, the next due time is the first of the new time."""
    for moment in moments(Bare().play(program).journal):
        stepped = any(getattr(each, "event", "") == "clock_stepped" for each in moment.effects)
        for entry in moment.after.values() if stepped else ():
            expected = entry.trigger.next_after(moment.input.at.wall)
            assert due_of(entry.state) == expected


@given(programs(VERBS, CALM, slots=SLOTS), st.integers(-3 * HOUR, 3 * HOUR))
def test_p44_there_and_back_is_nothing(program: Program, by: Span) -> None:
    """+d, then −d, with nothing due in between, leads back to the same due times."""
    plain = Bare().play(program)
    wakeup = plain.machine.next_wakeup()
    assume(wakeup.wall is None or plain.read().wall + by < wakeup.wall)
    plain.play(Program([StepWall(by), Pass(0)]))
    plain.submit(Ticked(at=plain.read()))
    plain.play(Program([StepWall(-by), Pass(0)]))
    plain.submit(Ticked(at=plain.read()))
    assert plain.machine.next_wakeup() == wakeup


PLAIN = declares(st.one_of(GRIDS, ANCHORED), lengths=st.just(0), retry=st.none())


@given(programs(CALM, SLEWS, SLEWS, first=PLAIN, slots=SLOTS))
def test_p45_a_slew_changes_no_count(program: Program) -> None:
    """While the wall clock is set right slowly, each task starts as often as its clock says."""
    bare = Bare().play(program)
    at = bare.read()
    for entry in bare.machine.snapshot().entries:
        now = START + at.mono if entry.trigger.elapsed else at.wall
        started = entry.counts.get(Fate.STARTED, 0)
        assert started == entry.trigger.count(START, now)


@given(programs(VERBS, CALM, LAGS, LAGS, slots=SLOTS))
def test_p46_a_suspend_is_a_stall(program: Program) -> None:
    """Time that the machine slept through is time that passed."""
    other = Program(Suspend(act.span) if isinstance(act, Stall) else act for act in program)
    assert lines(Stage().play(program).journal) == lines(Stage().play(other).journal)


class Nervous(Bare):
    """Is woken for no reason before each act, and in the middle of calm."""

    def do(self, act: Act) -> None:
        """Tick where nothing is due, then do the act, calm ones in two halves."""
        self.tick()
        if isinstance(act, Pass):
            super().do(Pass(act.span // 2))
            self.tick()
            act = Pass(act.span - act.span // 2)
        super().do(act)
        self.tick()

    def tick(self) -> None:
        """Tick, unless something is due or nothing has begun."""
        if self.records and not self.machine.needs_tick(self.read()):
            assert self.submit(Ticked(at=self.read())) == ()


@given(programs(VERBS, CALM, LAGS, slots=SLOTS))
def test_p47_a_wake_for_no_reason_changes_nothing(program: Program) -> None:
    """A `Ticked` when nothing is due has no effect, then or later."""
    plain, nervous = Bare().play(program), Nervous().play(program)
    assert shape(plain.journal) == shape(nervous.journal)
    assert plain.machine.snapshot().entries == nervous.machine.snapshot().entries
