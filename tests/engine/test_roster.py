"""Undo: a machine is what it was before, whatever came in between."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from duetime.engine import roster
from duetime.engine.errors import DuetimeError
from duetime.engine.instants import MINUTE, SECOND, Reading
from duetime.engine.journal import state_hash
from duetime.engine.machine import Machine, Settings
from duetime.engine.messages import (
    Added,
    Damaged,
    Demanded,
    Disabled,
    Input,
    Redeclared,
    Removed,
    Restarted,
    RunFinished,
    StartRun,
    Ticked,
)
from duetime.engine.states import Broken
from duetime.engine.triggers.every import Every
from tests.engine.builders import NOON, ON_ELAPSED, ON_WALL, after, machine_with

NAMES = st.sampled_from(["wall", "elapsed", "new"])
SECONDS = st.integers(1, 1_200)
KINDS = st.one_of(
    st.just(Ticked(at=after(0))),
    st.just(Restarted(at=after(0))),
    st.builds(Added, at=st.just(after(0)), task=st.sampled_from([ON_WALL, ON_ELAPSED])),
    st.builds(Removed, at=st.just(after(0)), name=NAMES),
    st.builds(Demanded, at=st.just(after(0)), name=NAMES),
    st.builds(Disabled, at=st.just(after(0)), name=NAMES),
    st.builds(Damaged, at=st.just(after(0)), name=NAMES, error=st.just("torn")),
    st.builds(
        RunFinished,
        at=st.just(after(0)),
        name=NAMES,
        generation=st.just(1),
        number=st.integers(1, 3),
    ),
)
INPUTS = st.lists(st.tuples(KINDS, SECONDS), max_size=12)


def feed(machine: Machine, inputs: list[tuple[Input, int]], seconds: int) -> int:
    """Hand in inputs, each so many seconds after the one before; return the time then."""
    for input_, pause in inputs:
        seconds += pause
        try:
            machine.handle(replace(input_, at=after(seconds)))
        except DuetimeError:
            continue
    return seconds


@given(st.sampled_from([None, 1]), INPUTS, INPUTS, INPUTS)
def test_what_is_undone_never_was(
    most: int | None,
    before: list[tuple[Input, int]],
    undone: list[tuple[Input, int]],
    later: list[tuple[Input, int]],
) -> None:
    """The machine is equal to one that never saw it, and goes on as that does."""
    machine, other = (Machine(Settings(max_running=most)) for _ in "ab")
    for each in (machine, other):
        for task in (ON_WALL, ON_ELAPSED):
            each.handle(Added(at=after(0), task=task))
    seconds = feed(machine, before, 0)
    feed(other, before, 0)
    machine.roster.keep_undo()
    feed(machine, undone, seconds)
    machine.roster.undo()
    assert state_hash(machine) == state_hash(other)
    feed(machine, later, seconds)
    feed(other, later, seconds)
    assert state_hash(machine) == state_hash(other)
    assert machine.next_wakeup() == other.next_wakeup()


def test_what_has_changed_can_be_asked_for() -> None:
    """Who is gone is named as well, and who is remembered so that no number is used again."""
    machine, _ = machine_with(ON_WALL, ON_ELAPSED)
    machine.handle(Demanded(at=after(1), name="wall"))
    machine.handle(RunFinished(at=after(2), name="wall", generation=1, number=1))
    machine.roster.keep_undo()
    machine.handle(Removed(at=after(3), name="wall"))
    changes = machine.roster.changes()
    assert changes.entries == {"wall": None}
    assert changes.retired == {"wall": roster.Retired(generation=1, number=1, at=NOON + 3 * SECOND)}


def test_without_being_asked_to_it_keeps_nothing() -> None:
    """There is nothing to be undone, and no change is told."""
    machine, _ = machine_with(ON_WALL)
    before = state_hash(machine)
    machine.roster.undo()
    assert state_hash(machine) == before
    assert machine.roster.changes() == roster.Changes(entries={}, retired={})


def test_where_slots_are_not_limited_any_more_nobody_waits_for_one() -> None:
    """What was ready for one starts at the restart."""
    machine = Machine(Settings(max_running=1))
    for task in (ON_WALL, ON_ELAPSED):
        machine.handle(Added(at=after(1), task=task))
        machine.handle(Demanded(at=after(1), name=task.name))
    free = Machine.restore(replace(machine.snapshot(), settings=Settings()))
    effects = free.handle(Restarted(at=after(2)))
    assert [each.name for each in effects if isinstance(each, StartRun)] == ["elapsed"]


# Found again


def test_what_is_declared_again_as_it_was_goes_on() -> None:
    """Due time, anchor, pause and counts stay; other policies are taken over."""
    machine, _ = machine_with(ON_ELAPSED)
    machine.handle(Disabled(at=after(1), name="elapsed"))
    before = machine.view("elapsed")
    task = replace(ON_ELAPSED, priority=7)
    assert machine.handle(Redeclared(at=after(2), task=task)) == ()
    assert machine.view("elapsed") == replace(before, task=task)


def test_another_trigger_is_planned_anew() -> None:
    """In a new generation, from now on; an interval keeps its anchor."""
    machine, _ = machine_with(ON_ELAPSED)
    machine.handle(Redeclared(at=after(60), task=replace(ON_ELAPSED, trigger=Every(minutes=3))))
    view = machine.view("elapsed")
    assert (view.generation, view.due) == (2, NOON + 3 * MINUTE)


def test_what_is_damaged_shows_its_error_even_if_it_was_not_there() -> None:
    """And a new declaration mends it, in a new generation."""
    machine, _ = machine_with()
    machine.handle(Damaged(at=after(1), name="lost", error="torn"))
    assert machine.view("lost").state == Broken(number=0, error="torn")
    machine.handle(Redeclared(at=after(2), task=replace(ON_WALL, name="lost")))
    assert machine.view("lost").due == NOON + 10 * MINUTE


def test_a_new_process_may_bring_a_clock_that_starts_anew_under_the_old_name() -> None:
    """As virtual clocks do; elapsed time goes on by what the wall clock says has passed."""
    machine, _ = machine_with(ON_ELAPSED)
    machine.handle(Ticked(at=after(300)))
    machine.handle(Restarted(at=Reading(NOON + 7 * MINUTE, 0, "virtual")))
    assert machine.view("elapsed").due == NOON + 10 * MINUTE
    assert machine.next_wakeup().mono == 3 * MINUTE


def test_undo_forgets_a_removal_and_keeps_an_older_one() -> None:
    """Who was remembered before is remembered again, with the numbers of then."""
    machine, _ = machine_with(ON_WALL)
    for seconds in (1, 4):
        machine.roster.keep_undo()
        machine.handle(Added(at=after(seconds), task=ON_WALL))
        machine.handle(Demanded(at=after(seconds), name="wall"))
        number = machine.view("wall").state.number
        ended = RunFinished(
            at=after(seconds + 1),
            name="wall",
            generation=machine.view("wall").generation,
            number=number,
        )
        machine.handle(ended)
        machine.handle(Removed(at=after(seconds + 2), name="wall"))
        if seconds == 1:
            first = machine.roster.retired["wall"]
    machine.roster.undo()
    assert machine.roster.retired == {"wall": first}
