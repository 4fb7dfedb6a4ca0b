"""Runs: how many, under which numbers, what their ends change, and a fate for each occurrence."""

from collections import defaultdict
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from duetime.adapters.testing.bare import AttemptKey, Bare
from duetime.adapters.testing.playing import Stage
from duetime.adapters.testing.program_strategies import (
    CALM,
    DISABLES,
    EVERYTHING,
    FINISHES,
    JITTERY,
    LAGS,
    NAME,
    NAMES,
    RESCHEDULES,
    RESTARTS,
    SAYINGS,
    SLOTS,
    VERBS,
    declares,
    programs,
    tasks,
)
from duetime.adapters.testing.programs import (
    HELD,
    START,
    Act,
    Beat,
    Declare,
    Finish,
    Pass,
    Program,
    Say,
    StepWall,
)
from duetime.engine.instants import HOUR, SECOND, iso
from duetime.engine.journal import dump, fold, load, state_hash
from duetime.engine.messages import (
    RecordEvent,
    Restarted,
    RunFailed,
    RunFinished,
    RunInput,
    StartRun,
)
from duetime.engine.policies import Overlap
from duetime.engine.states import Entry, Leaving, due_of
from duetime.engine.tasks import Task
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import Once
from tests.properties.samples import CROWD
from tests.properties.traces import Accounts, Moment, moments, shape, shape_of

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
PROGRAMS = programs(*EVERYTHING, RESTARTS, first=JITTERY, slots=SLOTS)


def going(entry: Entry) -> int:
    """Return how many runs hold a slot of a task."""
    return len(getattr(entry.state, "runs", ()))


def key_of(told: RunInput | StartRun) -> AttemptKey:
    """Return which attempt an input or an effect is about."""
    return (told.name, told.generation, told.number, told.attempt)


def follow(moment: Moment, live: set[AttemptKey]) -> None:
    """Take the attempts that end out of `live`, then put in those that start."""
    if isinstance(moment.input, RunInput):
        live.remove(key_of(moment.input))
    elif isinstance(moment.input, Restarted):
        live.clear()
    live.update(map(key_of, moment.starts))


@given(PROGRAMS)
def test_p22_no_more_runs_than_the_policy_permits(program: Program) -> None:
    """When a run starts there are, with it, at most as many as the overlap policy says.

    One that waits for its next attempt counts; every run whose code is at work is known.
    """
    live: set[AttemptKey] = set()
    for moment in moments(Bare().play(program).journal):
        follow(moment, live)
        for start in moment.starts:
            entry = moment.after[start.name]
            assert going(entry) <= entry.task.overlap.at_once
        known = [
            (name, run.generation, run.number, run.attempt)
            for name, entry in moment.after.items()
            for run in getattr(entry.state, "runs", ())
            if run.retry_at is None
        ]
        assert sorted(live) == sorted(known)


@example(CROWD)
@given(programs(*EVERYTHING, RESTARTS, first=JITTERY, slots=st.integers(1, 3)))
def test_p22_all_runs_together_never_exceed_the_slots(program: Program) -> None:
    """Removed tasks count; no slot is free while anybody is ready for one."""
    for moment in moments(Bare().play(program).journal):
        taken = sum(map(going, moment.after.values()))
        ready = any(getattr(entry.state, "ready", ()) for entry in moment.after.values())
        most = moment.snapshot.settings.max_running
        assert most is not None
        assert taken == most if ready else taken <= most


@given(PROGRAMS)
def test_p23_every_end_has_its_start_and_no_number_comes_twice(program: Program) -> None:
    """Numbers only rise, also across removals and restarts; the attempts of each rise by one."""
    last: dict[str, int] = defaultdict(int)
    attempts: dict[tuple[str, int, int], int] = defaultdict(int)
    live: set[AttemptKey] = set()
    for moment in moments(Bare().play(program).journal):
        follow(moment, live)
        for start in moment.starts:
            attempts[start.name, start.generation, start.number] += 1
            assert start.attempt == attempts[start.name, start.generation, start.number]
            assert start.attempt > 1 or start.number > last[start.name]
            last[start.name] = max(start.number, last[start.name])


@given(PROGRAMS)
def test_p24_the_end_of_a_run_that_is_over_changes_nothing(program: Program) -> None:
    """Said again at any time later, it leads to an event and to nothing else."""
    bare = Bare()
    for act in program:
        bare.do(act)
        over = {key_of(each.input) for each in bare.records if isinstance(each.input, RunInput)}
        copy = load(dump(bare.machine))
        for name, generation, number, attempt in sorted(over):
            key = {"name": name, "generation": generation, "number": number, "attempt": attempt}
            effects = copy.handle(RunFinished(at=bare.records[-1].input.at, **key))
            assert [type(effect) for effect in effects] == [RecordEvent]
        assert state_hash(copy) == state_hash(bare.machine)


@given(programs(VERBS, FINISHES, CALM, LAGS, slots=SLOTS))
def test_p24_the_end_of_a_run_of_before_an_edit_moves_no_due_time(program: Program) -> None:
    """A run that outlives the removal or an edit of its task frees its slot; the plan stays."""
    for moment in moments(Bare().play(program).journal):
        ended = moment.input
        if not isinstance(ended, RunInput) or ended.name not in moment.after:
            continue
        before, after = moment.before[ended.name], moment.after[ended.name]
        if before.generation != ended.generation and not after.trigger.follows_runs:
            assert due_of(before.state) == due_of(after.state)
        if isinstance(before.state, Leaving):
            assert all(effect.name != ended.name for effect in moment.effects)


@given(programs(VERBS, CALM, LAGS, first=declares(lengths=st.just(HELD)), slots=SLOTS), st.data())
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
            attempt=run.attempt,
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
    for moment in moments(Bare().play(program).journal):
        accounts.enter(moment)
    accounts.check(moment)


UNTRIED = declares(retry=st.none())


ONE_FAILS = Program(
    [
        Declare(Task(name="a", trigger=Every(seconds=10)), HELD),
        Pass(10 * SECOND),
        Finish("a", ok=False),
        Pass(10 * SECOND),
    ]
)


@example(ONE_FAILS)
@given(programs(SAYINGS, DISABLES, RESCHEDULES, UNTRIED, FINISHES, CALM, LAGS, first=UNTRIED))
def test_p27_a_failed_run_frees_its_slot_like_any_other(program: Program) -> None:
    """Without another attempt, how a run ends changes nothing about what starts and when."""
    well = Program(replace(act, ok=True) if isinstance(act, Finish) else act for act in program)
    assert shape(Bare().play(program).journal) == shape(Bare().play(well).journal)


def without_failures(act: Act, name: str) -> Act:
    """Let no run of this task fail."""
    match act:
        case Declare(task) if task.name == name:
            return replace(act, beats=())
        case Finish(name=of) if of == name:
            return replace(act, ok=True)
        case _:
            return act


@given(programs(VERBS, FINISHES, CALM, LAGS), NAME)
def test_p27_a_run_that_is_tried_again_concerns_its_own_task_only(
    program: Program, name: str
) -> None:
    """However often the runs of one task fail, the others do what they would have done."""
    well = Program(without_failures(act, name) for act in program)
    one, two = Bare().play(program), Bare().play(well)
    for other in {*NAMES} - {name}:
        assert shape_of(other, one.journal) == shape_of(other, two.journal)


PLAIN = st.builds(Declare, tasks(retry=st.none()))


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
