"""Order: what happens at one instant happens in an order that nothing accidental decides."""

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from duetime.adapters.testing.bare import Bare
from duetime.adapters.testing.playing import Stage
from duetime.adapters.testing.program_strategies import (
    CALM,
    EVERYTHING,
    GRIDS,
    LAGS,
    NAMES,
    RESTARTS,
    SLOTS,
    VERBS,
    declares,
    programs,
)
from duetime.adapters.testing.programs import (
    HELD,
    START,
    Declare,
    Disable,
    Finish,
    Limit,
    Pass,
    Program,
    Stall,
)
from duetime.adapters.testing.transforms import permute_registrations, rename
from duetime.engine.instants import SECOND, Instant, Span, iso
from duetime.engine.journal import state_hash
from duetime.engine.messages import (
    Demanded,
    Enabled,
    Input,
    ResumeFrom,
    RunFailed,
    RunFinished,
    StartRun,
    StopRequested,
    Ticked,
)
from duetime.engine.states import Entry, Paused, due_of
from duetime.engine.tasks import Task
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import Once
from tests.properties.traces import Accounts, moments, shape_of

PAUSED_UNTIL_DUE = Program(
    [
        Declare(Task(name="a", trigger=Every(seconds=10))),
        Declare(Task(name="b", trigger=Every(seconds=10))),
        Disable("a", 10 * SECOND),
        Pass(20 * SECOND),
    ]
)
"""The pause of the first is over at the very time at which both are due."""
WAITING_LONGEST = Program(
    [
        Limit(1),
        Declare(Task(name="c", trigger=Once(iso(START + SECOND))), takes=HELD),
        Declare(Task(name="b", trigger=Once(iso(START + 2 * SECOND)))),
        Declare(Task(name="a", trigger=Once(iso(START + 3 * SECOND)))),
        Pass(4 * SECOND),
        Finish("c"),
    ]
)
"""The only slot comes back when two are waiting; of these the later by name waits longer."""


def due_on_the_wall(entry: Entry, shift: Span) -> Instant | None:
    """Return when a task was to start next, on the wall clock; a pause lets dues go by."""
    trigger, due = entry.trigger, due_of(entry.state)
    own_shift = shift if trigger.elapsed else 0
    if isinstance(entry.state, Paused) and entry.state.pause.until is not None:
        until = entry.state.pause.until - own_shift
        if due is not None and due < until:
            due = trigger.next_after(until if trigger.follows_runs else until - 1)
    return None if due is None else due + own_shift


@example(PAUSED_UNTIL_DUE)
@given(programs(*EVERYTHING, first=declares(GRIDS, lengths=st.just(0), retry=st.none())))
def test_p17_what_is_due_at_once_starts_by_time_priority_and_name(program: Program) -> None:
    """The starts of one `Ticked` are ordered by due time, then priority, then name."""
    for moment in moments(Bare().play(program).journal):
        if isinstance(moment.input, Ticked):
            names = list(dict.fromkeys(start.name for start in moment.first_starts))
            entries = [moment.before[name] for name in names]
            dues = [due_on_the_wall(entry, moment.snapshot.shift) for entry in entries]
            ranks = [entry.task.priority for entry in entries]
            keys = list(zip(dues, ranks, names, strict=True))
            assert keys == sorted(keys)


@given(programs(VERBS, CALM, LAGS, RESTARTS, slots=st.integers(1, 2)))
@example(WAITING_LONGEST)
def test_p17_slots_are_given_by_time_priority_and_name(program: Program) -> None:
    """Whenever a slot is given, it goes to the first of those at the head of their task's line."""
    for moment in moments(Bare().play(program).journal):
        ranks = {name: entry.task.priority for name, entry in moment.after.items()}
        line = [(start.planned, ranks[start.name], start.name) for start in moment.first_starts]
        given = len(line)
        for name, entry in moment.after.items():
            line += [
                (each.planned, ranks[name], name) for each in getattr(entry.state, "ready", ())
            ]
        for index in range(given):
            heads = {key[2]: key for key in reversed(line[index:])}
            assert line[index] == min(heads.values())


DISTINCT = st.lists(declares(), min_size=2, max_size=3, unique_by=lambda act: act.task.name)


ORDERS = st.lists(st.integers(0, 9), min_size=3, max_size=3)


@given(DISTINCT, programs(VERBS, CALM, LAGS), st.integers(1, 9), ORDERS)
def test_p18_the_order_of_registrations_does_not_matter(
    first: list[Declare], rest: Program, slots: int, order: list[int]
) -> None:
    """Tasks added at one instant in any order lead to the same from then on."""
    declared = Program([Limit(slots), *first])
    one, other = Bare().play(declared), Bare().play(permute_registrations(declared, order))
    assert state_hash(one.machine) == state_hash(other.machine)
    assert one.play(rest).records[len(first) :] == other.play(rest).records[len(first) :]


def simultaneous(bare: Bare) -> list[Input]:
    """Return what may all happen at the present instant: ends, verbs of outside, a tick.

    Whichever end of a run comes first is the one that counts.
    """
    at = bare.read()
    inputs: list[Input] = [Ticked(at=at)]
    for entry in bare.machine.snapshot().entries:
        for run in getattr(entry.state, "runs", ()):
            key = {"generation": run.generation, "number": run.number, "attempt": run.attempt}
            inputs.append(RunFinished(at=at, name=entry.task.name, **key))
            inputs.append(RunFailed(at=at, name=entry.task.name, error="x", **key))
    for name in bare.machine.names():
        inputs += [Demanded(at=at, name=name), StopRequested(at=at, name=name)]
        inputs.append(Enabled(at=at, name=name, from_=ResumeFrom.PAUSE))
    return inputs


@given(programs(VERBS, CALM, LAGS, slots=SLOTS), LAGS, st.data())
def test_p19_any_order_of_simultaneous_inputs_is_safe(
    program: Program, stall: Stall, data: st.DataObject
) -> None:
    """However ends, verbs and the tick of one instant are ordered, no rule is broken."""
    bare = Bare().play(program)
    bare.clock.detach(bare)
    bare.do(stall)
    inputs = data.draw(st.permutations(simultaneous(bare)))
    for input_ in inputs:
        bare.journal.append(input_, bare.machine.handle(input_))
    accounts = Accounts()
    for moment in moments(bare.journal):
        accounts.enter(moment)
        for start in moment.starts:
            entry = moment.after[start.name]
            assert len(getattr(entry.state, "runs", ())) <= entry.task.overlap.at_once
    accounts.check(moment)


@given(
    programs(
        CALM, first=declares(lengths=st.sampled_from([5, 10, 3]).map(SECOND.__mul__)), slots=SLOTS
    )
)
def test_p19_runs_end_before_what_is_due_at_that_instant(program: Program) -> None:
    """At one instant the runs that have come to their end are over before anything starts."""
    started: dict[tuple[str, int], int] = {}
    ticked_at = -1
    for record in Stage().play(program).journal:
        now = record.input.at.mono
        if isinstance(record.input, RunFinished):
            key = (record.input.name, record.input.number)
            assert ticked_at < now or started[key] == now
        ticked_at = now if isinstance(record.input, Ticked) else ticked_at
        for effect in record.effects:
            if isinstance(effect, StartRun):
                started[effect.name, effect.number] = now


UNRELATED = declares(names=st.just("unrelated"))


@given(programs(VERBS, CALM, LAGS), UNRELATED, st.data())
def test_p20_an_unrelated_task_changes_nothing_for_the_others(
    program: Program, unrelated: Declare, data: st.DataObject
) -> None:
    """What comes of a task does not depend on which other tasks there are."""
    place = data.draw(st.integers(0, len(program)))
    more = Program([*program[:place], unrelated, *program[place:]])
    alone, beside = Bare().play(program), Bare().play(more)
    for name in NAMES:
        assert shape_of(name, alone.records) == shape_of(name, beside.records)


BOTH_DUE = Program(
    [*(Declare(Task(name=name, trigger=Every(seconds=10))) for name in NAMES), Pass(10 * SECOND)]
)


@example(BOTH_DUE)
@given(programs(*EVERYTHING, RESTARTS, slots=SLOTS))
def test_p21_names_matter_by_their_order_only(program: Program) -> None:
    """Other names in the same order lead to the same, under those names."""
    names = dict(zip(NAMES, ("A long one", "b b", "c"), strict=True))
    plain, other = Bare().play(program), Bare().play(rename(program, names))
    assert len(plain.records) == len(other.records)
    for one, two in zip(plain.records, other.records, strict=True):
        # An event that concerns all tasks has no name.
        assert [names.get(effect.name, effect.name) for effect in one.effects] == [
            effect.name for effect in two.effects
        ]
        assert [replace(effect, name="") for effect in one.effects] == [
            replace(effect, name="") for effect in two.effects
        ]
