"""Runs: how many, under which numbers, what their ends change, and a fate for each occurrence."""

from collections import defaultdict
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from duetime.engine.instants import HOUR, SECOND, iso
from duetime.engine.journal import dump, fold, load, state_hash
from duetime.engine.messages import (
    RecordEvent,
    Restarted,
    RunFailed,
    RunFinished,
    RunInput,
)
from duetime.engine.policies import Overlap
from duetime.engine.states import Entry, Leaving, due_of
from duetime.engine.tasks import Task
from duetime.engine.triggers.once import Once
from tests.properties.acts import (
    HELD,
    START,
    Beat,
    Declare,
    Finish,
    Pass,
    Program,
    Say,
    StepWall,
)
from tests.properties.players import Bare, RunKey, Stage
from tests.properties.programs import (
    CALM,
    DISABLES,
    EVERYTHING,
    FINISHES,
    LAGS,
    NAME,
    RESTARTS,
    SAYINGS,
    VERBS,
    WITH_JITTER,
    declares,
    programs,
)
from tests.properties.traces import Accounts, moments, shape

ONCE = Task(name="a", trigger=Once(iso(START + 30 * SECOND)), overlap=Overlap.BUFFER_ONE)
ONCE_WAITS = Program(
    [
        Declare(ONCE, HELD),
        Say("demand", "a"),
        Pass(35 * SECOND),
        StepWall(5 * HOUR),
        Pass(SECOND),
        Finish("a"),
    ]
)
"""The last occurrence that there is waits while the clock is set by hours."""
PROGRAMS = programs(*EVERYTHING, RESTARTS, first=declares(WITH_JITTER))


def going(entry: Entry) -> int:
    """Return how many runs hold a slot of a task."""
    return len(getattr(entry.state, "runs", ()))


def key_of(ended: RunInput) -> RunKey:
    """Return which run an input is about."""
    return (ended.name, ended.generation, ended.number)


@given(PROGRAMS)
def test_p22_no_more_runs_than_the_policy_permits(program: Program) -> None:
    """When a run starts there are, with it, at most as many as the overlap policy says."""
    live: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for moment in moments(Bare().play(program).records):
        if isinstance(moment.input, RunInput):
            live[moment.input.name].discard((moment.input.generation, moment.input.number))
        elif isinstance(moment.input, Restarted):
            live.clear()
        for start in moment.starts:
            live[start.name].add((start.generation, start.number))
            entry = moment.after[start.name]
            assert len(live[start.name]) <= entry.task.overlap.at_once
        assert all(len(live[name]) == going(entry) for name, entry in moment.after.items())


@given(PROGRAMS)
def test_p23_every_end_has_its_start_and_no_number_comes_twice(program: Program) -> None:
    """Numbers only rise, also across removals and restarts; an end names a run that started."""
    last: dict[str, int] = defaultdict(int)
    live: set[RunKey] = set()
    for moment in moments(Bare().play(program).records):
        if isinstance(moment.input, RunInput):
            live.remove(key_of(moment.input))
        elif isinstance(moment.input, Restarted):
            live.clear()
        for start in moment.starts:
            assert start.number > last[start.name]
            last[start.name] = start.number
            live.add((start.name, start.generation, start.number))


@given(PROGRAMS)
def test_p24_the_end_of_a_run_that_is_over_changes_nothing(program: Program) -> None:
    """Said again at any time later, it leads to an event and to nothing else."""
    bare, over = Bare(), set[RunKey]()
    for act in program:
        bare.do(act)
        last = bare.machine.snapshot().last
        assert last is not None
        over = {key_of(each.input) for each in bare.records if isinstance(each.input, RunInput)}
        copy = load(dump(bare.machine))
        for name, generation, number in sorted(over):
            ended = RunFinished(at=last, name=name, generation=generation, number=number)
            assert [type(effect) for effect in copy.handle(ended)] == [RecordEvent]
        assert state_hash(copy) == state_hash(bare.machine)


@given(programs(VERBS, FINISHES, CALM, LAGS))
def test_p24_the_end_of_a_run_of_before_an_edit_moves_no_due_time(program: Program) -> None:
    """A run that outlives the removal or an edit of its task frees its slot; the plan stays."""
    for moment in moments(Bare().play(program).records):
        ended = moment.input
        if not isinstance(ended, RunInput) or ended.name not in moment.after:
            continue
        before, after = moment.before[ended.name], moment.after[ended.name]
        if before.generation != ended.generation and not after.trigger.follows_runs:
            assert due_of(before.state) == due_of(after.state)
        if isinstance(before.state, Leaving):
            assert moment.effects == ()


@given(programs(VERBS, CALM, LAGS, first=declares(lengths=st.just(HELD))), st.data())
def test_p25_runs_that_end_at_once_may_end_in_any_order(
    program: Program, data: st.DataObject
) -> None:
    """Ends of one instant lead to the same state, whichever is told first."""
    machine = Bare().play(program).machine
    ends = [
        RunFinished(
            at=machine.snapshot().last,
            name=entry.task.name,
            generation=run.generation,
            number=run.number,
        )
        for entry in machine.snapshot().entries
        for run in getattr(entry.state, "runs", ())
    ]
    one, _ = fold(ends, load(dump(machine)))
    other, _ = fold(data.draw(st.permutations(ends)), load(dump(machine)))
    assert state_hash(one) == state_hash(other)
    assert one.next_wakeup() == other.next_wakeup()


@example(ONCE_WAITS)
@given(PROGRAMS)
def test_p26_each_occurrence_has_one_fate(program: Program) -> None:
    """Started, merged, skipped, missed, dropped, superseded or waiting: none twice, none lost."""
    accounts = Accounts()
    for moment in moments(Bare().play(program).records):
        accounts.enter(moment)
    accounts.check(moment)


@given(programs(VERBS, FINISHES, CALM, LAGS))
def test_p27_a_failed_run_frees_its_slot_like_any_other(program: Program) -> None:
    """Whether runs end well or not changes nothing about what starts and when."""
    well = Program(replace(act, ok=True) if isinstance(act, Finish) else act for act in program)
    assert shape(Bare().play(program).records) == shape(Bare().play(well).records)


PLAIN = declares(lengths=st.just(0))


@given(programs(SAYINGS, DISABLES, LAGS, CALM, PLAIN, first=PLAIN), NAME, st.integers(1, 3))
def test_p27_code_that_raises_ends_its_own_run_only(program: Program, name: str, nth: int) -> None:
    """All that is due at that instant still starts, and so does the task itself the next time."""
    failing = Program(
        replace(act, beats=(Beat(nth, "fail"),))
        if isinstance(act, Declare) and act.task.name == name
        else act
        for act in program
    )
    one, other = Stage().play(program), Stage().play(failing)
    assert shape(one.journal) == shape(other.journal)
    failed = [record.input for record in other.journal if isinstance(record.input, RunFailed)]
    assert {(each.name, each.error) for each in failed} <= {(name, "RuntimeError: planned")}
