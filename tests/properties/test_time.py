"""Time: it only goes on, nothing is early, and how it is cut up does not matter."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.testing.bare import Bare
from duetime.adapters.testing.playing import Stage
from duetime.adapters.testing.program_strategies import (
    AHEAD,
    CALM,
    EVERYTHING,
    JITTERY,
    LAGS,
    RESTARTS,
    SAYINGS,
    SLOTS,
    STEPS,
    ZONE_FREE,
    ZONE_FREE_VERBS,
    declares,
    programs,
)
from duetime.adapters.testing.programs import START, Beat, Declare, Pass, Program, StepWall
from duetime.adapters.testing.transforms import split_advances, time_shift
from duetime.engine.errors import ClockError
from duetime.engine.instants import DAY, SECOND, Span
from duetime.engine.journal import state_hash
from duetime.engine.messages import RecordFate, Ticked
from duetime.engine.policies import CatchUpKind
from tests.properties.players import lines
from tests.properties.traces import Accounts, moments, shape

PROMPT = declares(AHEAD, lengths=st.just(0), retry=st.none())
"""Tasks whose runs end at once."""


@given(programs(*EVERYTHING, slots=SLOTS))
def test_p08_virtual_time_never_decreases(program: Program) -> None:
    """Monotonic time only goes on; the wall clock goes back where it is set back, only there."""
    stage = Stage()
    for act in program:
        before = stage.clock.read()
        stage.do(act)
        after = stage.clock.read()
        assert after.mono >= before.mono
        assert after.wall >= before.wall or isinstance(act, StepWall)
    readings = [record.input.at.mono for record in stage.journal]
    assert readings == sorted(readings)


@given(programs(CALM))
def test_p08_a_clock_refuses_to_go_back(program: Program) -> None:
    """A move into the past is an error that leaves the time as it is."""
    clock = Stage().play(program).clock
    before = clock.read()
    with pytest.raises(ClockError):
        clock.advance("-1s")
    with pytest.raises(ClockError):
        clock.run_until("2026-03-29T00:57:59Z")
    assert clock.read() == before


@given(programs(*EVERYTHING, RESTARTS, first=JITTERY, slots=SLOTS))
def test_p09_no_occurrence_starts_early(program: Program) -> None:
    """The clock of its trigger shows the planned time, or has shown it, when a run starts."""
    for moment in moments(Bare().play(program).journal):
        for start in moment.due_starts:
            assert start.planned <= moment.now(start.name)


@given(programs(SAYINGS, CALM, PROMPT, first=PROMPT))
def test_p10_without_lag_a_run_starts_when_it_is_planned(program: Program) -> None:
    """Where nothing is in the way, the start is the planned time to the nanosecond."""
    for moment in moments(Bare().play(program).journal):
        if isinstance(moment.input, Ticked):
            assert not any(isinstance(effect, RecordFate) for effect in moment.effects)
        for start in moment.due_starts:
            assert start.planned == moment.now(start.name)


CUTS = st.lists(st.lists(st.integers(0, 90 * SECOND), max_size=3), min_size=1, max_size=4)


@given(programs(*EVERYTHING, slots=SLOTS), CUTS)
def test_p11_it_does_not_matter_how_time_is_cut_up(
    program: Program, cuts: list[list[Span]]
) -> None:
    """advance(a + b) is advance(a), then advance(b)."""
    whole, pieces = Stage().play(program), Stage().play(split_advances(program, cuts))
    assert lines(whole.journal) == lines(pieces.journal)
    assert whole.clock.read() == pieces.clock.read()


@given(programs(*EVERYTHING, slots=SLOTS))
def test_p12_no_time_changes_nothing(program: Program) -> None:
    """advance(0) after everything has settled does nothing at all."""
    bare, stage = Bare().play(program), Stage().play(program)
    before = lines(bare.records), state_hash(bare.machine), lines(stage.journal)
    read = bare.clock.read(), stage.clock.read()
    for player in (bare, stage):
        player.do(Pass(0))
    assert before == (lines(bare.records), state_hash(bare.machine), lines(stage.journal))
    assert read == (bare.clock.read(), stage.clock.read())


def looking(program: Program) -> Program:
    """Give every task some code, which looks around in its second call."""
    return Program(
        replace(act, beats=(Beat(2, "look"),)) if isinstance(act, Declare) else act
        for act in program
    )


@given(programs(CALM, PROMPT, first=PROMPT, slots=SLOTS))
def test_p13_code_that_is_due_at_a_time_sees_that_time(program: Program) -> None:
    """The clock shows a callable its own due time, in the middle of a glide, too."""
    stage = Stage().play(looking(program))
    seen = [(each[1], each[0]) for each in stage.seen if len(each) == 3]
    runs = [run for name in stage.shell.names() for run in stage.shell.runs(name)]
    assert sorted(seen) == sorted((run.name, run.nominal) for run in runs)


@given(programs(LAGS, LAGS, STEPS, CALM, first=declares(), slots=SLOTS))
def test_p14_after_a_stall_a_task_starts_as_its_policy_says(program: Program) -> None:
    """One `Ticked` starts no more than catch-up and overlap allow; the fates add up."""
    accounts = Accounts()
    for moment in moments(Bare().play(program).journal):
        accounts.enter(moment)
        for name, entry in moment.after.items():
            started = [start for start in moment.due_starts if start.name == name]
            kept = entry.task.catch_up
            if kept.kind is not CatchUpKind.ALL and isinstance(moment.input, Ticked):
                assert len(started) <= kept.count
            assert len(started) <= entry.task.overlap.at_once
    accounts.check(moment)


@given(
    programs(ZONE_FREE_VERBS, CALM, LAGS, STEPS, first=declares(ZONE_FREE), slots=SLOTS),
    st.one_of(st.just(SECOND), st.integers(0, 200 * 365).map(lambda days: days * DAY)),
)
def test_p15_a_program_without_zones_can_be_moved(program: Program, by: Span) -> None:
    """The same program at another time leads to the same, at that other time."""
    here = shape(Bare().play(program).journal, START)
    there = shape(Bare(START + by).play(time_shift(program, by)).journal, START + by)
    assert here == there
