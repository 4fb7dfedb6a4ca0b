"""All tasks together: order, clocks, generations, pauses, restarts.

What is refused, and what one task's error means to the others: `test_machine_errors.py`.
"""

from dataclasses import dataclass, replace

import pytest

from duetime.engine import roster
from duetime.engine.catchup import Fate
from duetime.engine.errors import BadTaskError, UnknownTaskError
from duetime.engine.instants import HOUR, MINUTE, SECOND, Instant
from duetime.engine.journal import state_hash
from duetime.engine.machine import Machine, Settings, Wakeup
from duetime.engine.messages import (
    Added,
    Cause,
    Demanded,
    Disabled,
    Effect,
    Enabled,
    RecordFate,
    Removed,
    Rescheduled,
    Restarted,
    ResumeFrom,
    RunFinished,
    StartRun,
    Ticked,
)
from duetime.engine.policies import CatchUp, ClockStep
from duetime.engine.states import Idle, Leaving, Paused, Running
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.engine.builders import (
    NOON,
    ON_ELAPSED,
    ON_WALL,
    TEN_MINUTES,
    Times,
    after,
    end,
    event,
    machine_with,
    reading,
    started,
    tick,
)

# Time


def test_it_says_when_it_wants_to_be_woken_on_each_clock() -> None:
    """Wall-clock triggers wait for the wall clock, others for monotonic time."""
    assert Machine().next_wakeup() == Wakeup(wall=None, mono=None)
    machine, _ = machine_with(ON_WALL, ON_ELAPSED, at=after(60))
    assert machine.next_wakeup() == Wakeup(wall=NOON + 600 * SECOND, mono=660 * SECOND)


def test_equal_due_times_start_by_priority_then_name() -> None:
    """Neither the order of adding nor the clock of a trigger decides."""
    tasks = [
        Task(name="b", trigger=TEN_MINUTES),
        Task(name="c", trigger=Every(minutes=10)),
        Task(name="a", trigger=Every(minutes=10)),
        Task(name="z", trigger=TEN_MINUTES, priority=-1),
        Task(name="early", trigger=Every(minutes=5)),
    ]
    machine, _ = machine_with(*tasks)
    names = [name for name, _ in started(tick(machine, 600))]
    assert names == ["early", "z", "a", "b", "c"]


def test_a_tick_before_time_changes_nothing() -> None:
    """Spurious wakes are inert, but for the reading that they bring."""
    machine, _ = machine_with(ON_WALL, ON_ELAPSED)
    before = machine.next_wakeup()
    assert tick(machine, 599.999) == ()
    assert machine.next_wakeup() == before
    assert started(tick(machine, 600)) == [("elapsed", 1), ("wall", 1)]


def test_a_step_of_the_wall_clock_is_recorded() -> None:
    """More than half a second is a step; `Every` without an anchor does not move."""
    machine, _ = machine_with(ON_WALL, ON_ELAPSED)
    stepped = machine.handle(Ticked(at=reading(NOON + 300 * SECOND, shift=240 * SECOND)))
    assert stepped == (event("", "clock_stepped", "4m"),)
    assert machine.view("elapsed").due == NOON + 840 * SECOND
    assert started(tick_at(machine, 600, 240)) == [("wall", 1)]
    (effect,) = tick_at(machine, 840, 240)
    assert isinstance(effect, StartRun)
    assert (effect.nominal, effect.shift) == (NOON + 600 * SECOND, 240 * SECOND)


def tick_at(machine: Machine, seconds: float, shift: float) -> tuple[Effect, ...]:
    """Let time pass, with the wall clock set off by so many seconds since the start."""
    wall = NOON + int(seconds * SECOND)
    return machine.handle(Ticked(at=reading(wall, shift=int(shift * SECOND))))


@pytest.mark.parametrize("slewed", [0.5, -0.5])
def test_a_slew_is_followed_in_silence(slewed: float) -> None:
    """Up to half a second between two looks is no step."""
    machine, _ = machine_with(ON_WALL)
    assert tick_at(machine, 60, slewed) == ()
    assert tick_at(machine, 120, 2 * slewed) == ()
    assert started(tick_at(machine, 600, 2 * slewed)) == [("wall", 1)]


@pytest.mark.parametrize(
    ("seconds", "shift", "needed"),
    [
        (1, 0, False),
        (600, 0, True),
        (1, 0.25, False),
        (1, 0.26, True),
        (1, -0.26, True),
        (-3600 * 24, -3600 * 24 - 1, True),
    ],
)
def test_a_clock_that_was_set_wants_a_tick(seconds: float, shift: float, needed: bool) -> None:
    """A shell asks at each look: somebody is due, or the wall clock has left its place."""
    machine, _ = machine_with(ON_WALL)
    at = reading(NOON + int(seconds * SECOND), shift=int(shift * SECOND))
    assert machine.needs_tick(at) == needed
    machine.handle(Ticked(at=at))
    assert not machine.needs_tick(at)


def test_a_jump_back_is_noticed_before_the_next_due_time() -> None:
    """A clock that was hours ahead and is set right puts no task to sleep for so long."""
    machine, _ = machine_with(ON_WALL)
    set_right = reading(NOON - 6 * HOUR, shift=-6 * HOUR)
    assert machine.needs_tick(set_right)
    machine.handle(Ticked(at=set_right))
    assert machine.view("wall").due == NOON - 6 * HOUR + 10 * MINUTE


def test_the_limits_are_settings() -> None:
    """What is a step, and what a jump, can be set."""
    machine = Machine(Settings(step=MINUTE, forward=2 * MINUTE))
    machine.handle(Added(at=reading(), task=ON_WALL))
    assert tick_at(machine, 120, 60) == ()
    assert tick_at(machine, 300, 121) == (event("", "clock_stepped", "1m 1s"),)
    assert machine.view("wall").generation == 1
    tick_at(machine, 500, 301)
    assert machine.view("wall").generation == 2


def test_a_step_forward_makes_occurrences_missed_ones() -> None:
    """Up to three hours, what lies in between has come due and is caught up."""
    machine, _ = machine_with(ON_WALL)
    effects = tick_at(machine, 2 * 3600, 2 * 3600 - 60)
    fates = {each.fate: each.count for each in effects if isinstance(each, RecordFate)}
    assert fates == {Fate.MISSED: 10, Fate.MERGED: 1}
    assert started(effects) == [("wall", 1)]


def test_a_jump_is_accepted_as_it_is() -> None:
    """Beyond three hours nothing is made up for: due times are planned anew from the new time."""
    machine, _ = machine_with(ON_WALL, ON_ELAPSED, Task(name="hand", trigger=OnDemand()))
    effects = tick_at(machine, 4 * 3600, 4 * 3600 - 60)
    assert effects[1:] == (
        RecordFate(
            name="wall",
            generation=1,
            fate=Fate.MISSED,
            reason="clock",
            first=NOON + 10 * MINUTE,
            last=NOON + 4 * HOUR,
            count=24,
        ),
    )
    assert machine.view("wall").due == NOON + 4 * HOUR + 10 * MINUTE
    assert (machine.view("wall").generation, machine.view("elapsed").generation) == (2, 1)


def test_a_step_back_repeats_no_occurrence() -> None:
    """Up to three hours back, the next due time stays what it was."""
    machine, _ = machine_with(ON_WALL)
    (start,) = tick(machine, 600)
    end(machine, start, 600)
    assert tick_at(machine, -3000, -3660) == (event("", "clock_stepped", "-1h 1m"),)
    assert tick_at(machine, 600, -3660) == ()
    assert started(tick_at(machine, 1200, -3660)) == [("wall", 2)]


def test_a_new_boot_goes_on_where_the_old_one_ended() -> None:
    """Monotonic time may start anew; due times in elapsed time are kept."""
    machine, _ = machine_with(ON_ELAPSED)
    assert machine.handle(Restarted(at=reading(NOON + 300 * SECOND, boot="next"))) == ()
    assert machine.next_wakeup().mono == 600 * SECOND
    machine, _ = machine_with(ON_ELAPSED, at=after(5))
    machine.handle(Restarted(at=reading(NOON + 300 * SECOND, shift=300 * SECOND, boot="next")))
    assert machine.next_wakeup().mono == 305 * SECOND


# Names, generations and numbers


def test_adding_and_removing_leaves_nothing() -> None:
    """A task that never lived leaves no trace."""
    machine, _ = machine_with(ON_WALL)
    before = state_hash(machine)
    machine.handle(Added(at=reading(), task=ON_ELAPSED))
    machine.handle(Removed(at=reading(), name="elapsed"))
    assert state_hash(machine) == before


def test_a_name_that_lived_is_a_new_generation() -> None:
    """Neither a generation nor a number is ever used again."""
    machine, _ = machine_with(ON_WALL)
    (start,) = tick(machine, 600)
    end(machine, start, 601)
    machine.handle(Removed(at=after(602), name="wall"))
    assert machine.names() == []
    machine.handle(Added(at=after(603), task=ON_WALL))
    assert machine.view("wall").generation == 2
    assert machine.view("wall").counts == {}
    assert started(tick(machine, 1200)) == [("wall", 2)]


def test_a_removed_task_is_gone_for_verbs_while_it_runs() -> None:
    """Its run goes on and can be seen; its end takes it away."""
    machine, _ = machine_with(ON_WALL)
    (start,) = tick(machine, 600)
    machine.handle(Removed(at=after(601), name="wall"))
    assert machine.names() == []
    assert isinstance(machine.view("wall").state, Leaving)
    with pytest.raises(UnknownTaskError):
        machine.handle(Demanded(at=after(602), name="wall"))
    assert end(machine, start, 603) == ()
    with pytest.raises(UnknownTaskError, match="there are none"):
        machine.view("wall")


def test_the_old_run_keeps_its_slot_under_a_new_generation() -> None:
    """A name that is added again does not start beside the run of the old one."""
    machine, _ = machine_with(ON_WALL)
    (start,) = tick(machine, 600)
    machine.handle(Removed(at=after(601), name="wall"))
    machine.handle(Added(at=after(602), task=ON_WALL))
    (skipped,) = tick(machine, 1200)
    assert isinstance(skipped, RecordFate)
    assert (skipped.generation, skipped.reason) == (2, "overlap")
    end(machine, start, 1300)
    assert started(tick(machine, 1800)) == [("wall", 2)]


def test_an_equal_trigger_is_no_edit() -> None:
    """Rescheduling to the same trigger keeps the generation; another one raises it."""
    machine, _ = machine_with(ON_WALL, ON_ELAPSED)
    machine.handle(Rescheduled(at=after(60), name="wall", trigger=TEN_MINUTES))
    machine.handle(Rescheduled(at=after(60), name="elapsed", trigger=Every(minutes=10)))
    assert [machine.view(name).generation for name in machine.names()] == [1, 1]
    machine.handle(Rescheduled(at=after(60), name="elapsed", trigger=Every(minutes=4)))
    assert machine.view("elapsed").generation == 2
    assert machine.view("elapsed").due == NOON + 240 * SECOND


def test_generations_of_removed_names_are_remembered_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When there are too many, the oldest tenth is forgotten."""
    monkeypatch.setattr(roster, "RETIRED_LIMIT", 20)
    machine = Machine()
    for number in range(21):
        machine.handle(Added(at=after(number), task=Task(name=f"{number}", trigger=OnDemand())))
        machine.handle(Demanded(at=after(number), name=f"{number}"))
        machine.handle(Removed(at=after(number), name=f"{number}"))
        ended = RunFinished(at=after(number), name=f"{number}", generation=1, number=1)
        machine.handle(ended)
    assert sorted(machine.snapshot().retired, key=int) == [f"{number}" for number in range(2, 21)]


# Pauses


@pytest.mark.parametrize("task", [ON_WALL, ON_ELAPSED])
def test_a_pause_ends_by_itself(task: Task) -> None:
    """What is due before `until` is skipped; what comes due then starts."""
    machine, _ = machine_with(task)
    pause = Disabled(at=after(1), name=task.name, reason="repairs", until=NOON + 1200 * SECOND)
    machine.handle(pause)
    assert machine.next_wakeup().wall is not None
    (skipped,) = tick(machine, 700)
    assert isinstance(skipped, RecordFate)
    assert (skipped.fate, skipped.reason, skipped.count) == (Fate.SKIPPED, "disabled", 1)
    assert isinstance(machine.view(task.name).state, Paused)
    assert started(tick(machine, 1200)) == [(task.name, 1)]
    assert machine.next_wakeup().wall == (None if task is ON_ELAPSED else NOON + 1800 * SECOND)


def test_a_pause_that_ends_when_its_task_is_due_does_not_change_the_order() -> None:
    """The task starts in its place among all that are due at that time."""
    machine, _ = machine_with(*(Task(name=name, trigger=TEN_MINUTES) for name in "ab"))
    machine.handle(Disabled(at=reading(), name="a", until=NOON + 10 * MINUTE))
    effects = machine.handle(Ticked(at=after(600)))
    assert [effect.name for effect in effects if isinstance(effect, StartRun)] == ["a", "b"]


def test_the_pause_of_a_task_on_demand_is_woken_as_well() -> None:
    """Without any due time, the end of the pause is what the machine wants to be woken for."""
    machine, _ = machine_with(Task(name="hand", trigger=OnDemand()))
    machine.handle(Disabled(at=after(1), name="hand", until=NOON + 60 * SECOND))
    assert machine.next_wakeup() == Wakeup(wall=NOON + 60 * SECOND, mono=None)
    assert tick(machine, 60) == ()
    assert isinstance(machine.view("hand").state, Idle)


# Restarts and snapshots


def test_a_restart_loses_all_runs() -> None:
    """Each run of the process before is recorded as lost; due times are kept."""
    machine, _ = machine_with(ON_WALL, ON_ELAPSED)
    tick(machine, 600)
    effects = machine.handle(Restarted(at=reading(NOON + 700 * SECOND, boot="next")))
    assert effects == (event("elapsed", "lost", "1/1"), event("wall", "lost", "1/1"))
    assert [type(machine.view(name).state) for name in machine.names()] == [Idle, Idle]


def test_a_snapshot_is_not_changed_by_what_comes_later() -> None:
    """It holds copies; a machine that is made of it goes on exactly there."""
    machine, _ = machine_with(ON_WALL, ON_ELAPSED, Task(name="gone", trigger=OnDemand()))
    machine.handle(Demanded(at=after(1), name="gone"))
    machine.handle(Removed(at=after(2), name="gone"))
    taken, hashed = machine.snapshot(), state_hash(machine)
    effects = tick(machine, 600)
    restored = Machine.restore(taken)
    assert state_hash(restored) == hashed
    assert tick(restored, 600) == effects
    assert state_hash(restored) == state_hash(machine)


# Views and counts


def test_a_view_tells_what_became_of_occurrences() -> None:
    """Counts are by fate; manual runs are no occurrences."""
    machine, _ = machine_with(ON_WALL)
    (start,) = machine.handle(Demanded(at=after(1), name="wall", args={"page": 1}))
    assert isinstance(start, StartRun)
    assert (start.cause, start.args) == (Cause.DEMAND, {"page": 1})
    assert machine.view("wall").counts == {}
    tick(machine, 1200)
    counts = machine.view("wall").counts
    assert counts == {Fate.MERGED: 1, Fate.SKIPPED: 1}
    assert isinstance(machine.view("wall").state, Running)


def test_many_waiting_tasks_are_not_looked_at() -> None:
    """A wake-up asks the trigger of the task that is due, and of no other."""
    asked: list[str] = []

    @dataclass(frozen=True, slots=True)
    class Asked(Trigger):
        name: str
        due: Instant

        def next_after(self, after: Instant) -> Instant | None:
            """Say that it was asked."""
            asked.append(self.name)
            return self.due if self.due > after else after + HOUR

    tasks = [Task(name=f"{n}", trigger=Asked(f"{n}", NOON + n * MINUTE)) for n in range(1, 500)]
    machine, _ = machine_with(*tasks)
    asked.clear()
    assert started(tick(machine, 60)) == [("1", 1)]
    assert asked == ["1"]


def test_a_late_plan_is_waited_for() -> None:
    """The agenda goes by planned times, not by nominal ones."""
    machine, _ = machine_with(Task(name="late", trigger=Times((NOON + SECOND,), late=SECOND)))
    assert machine.next_wakeup().wall == NOON + 2 * SECOND
    assert tick(machine, 1.5) == ()
    (start,) = tick(machine, 2)
    assert isinstance(start, StartRun)
    assert start.planned - start.nominal == SECOND


def test_a_stride_needs_both_clocks_to_agree() -> None:
    """Not before the first reading, and not once the wall clock was set."""
    until = NOON + HOUR
    assert Machine().stride({}, reading(), until, record=False) is None
    machine, _ = machine_with(ON_WALL)
    assert machine.stride({}, reading(), until, record=False) is not None
    assert machine.stride({}, reading(shift=1), until, record=False) is None
    tick_at(machine, 60, 1)
    assert machine.stride({}, after(60), until, record=False) is None


# Capacity


def limited(most: int, *tasks: Task) -> Machine:
    """Add tasks, at noon, to a machine that lets so many runs go."""
    machine = Machine(Settings(max_running=most))
    for task in tasks:
        machine.handle(Added(at=reading(), task=task))
    return machine


def test_what_has_no_slot_waits_for_one_in_its_order() -> None:
    """By due time, then priority, then name; each end starts the next one."""
    names = {"a": 1, "b": 0, "c": 1}
    tasks = [Task(name=name, trigger=TEN_MINUTES, priority=rank) for name, rank in names.items()]
    machine = limited(1, *tasks, Task(name="hand", trigger=OnDemand()))
    (first,) = tick(machine, 600)
    machine.handle(Demanded(at=after(601), name="hand"))
    order = [first]
    while effects := end(machine, order[-1], 610 + len(order)):
        order += effects
    assert started(tuple(order)) == [("b", 1), ("a", 1), ("c", 1), ("hand", 1)]


def test_a_machine_goes_on_from_a_snapshot_with_those_that_wait() -> None:
    """Who waits, and how many slots are taken, is told by the states."""
    machine = limited(1, *(Task(name=name, trigger=TEN_MINUTES) for name in "ab"))
    (first,) = tick(machine, 600)
    again = Machine.restore(machine.snapshot())
    assert started(end(again, first, 601)) == [("b", 1)]
    assert again.next_wakeup() == machine.next_wakeup()


def test_a_removed_task_gives_up_its_place() -> None:
    """Nobody waits for a task that is gone."""
    machine = limited(1, *(Task(name=name, trigger=TEN_MINUTES) for name in "abc"))
    (first,) = tick(machine, 600)
    machine.handle(Removed(at=after(601), name="b"))
    assert started(end(machine, first, 602)) == [("c", 1)]


@pytest.mark.parametrize("most", [0, -1, 1.5, True])
def test_a_capacity_that_is_none_is_refused(most: object) -> None:
    """The message names the setting and says what is allowed."""
    with pytest.raises(BadTaskError, match=r"max_running .* whole number from 1 up, or None"):
        Settings(max_running=most)  # type: ignore[arg-type]  # the point


def test_limits_below_nothing_are_refused() -> None:
    """A limit may be nothing, and no less."""
    with pytest.raises(BadTaskError, match="step, forward and back must not be negative"):
        Settings(back=-1)


# Steps of the wall clock, as the task takes them


@pytest.mark.parametrize(
    ("minutes", "accepted"), [(59, False), (61, True), (-119, False), (-121, True)]
)
def test_a_step_has_a_limit_each_way(minutes: int, *, accepted: bool) -> None:
    """What is more than it is accepted as it is."""
    machine = Machine(Settings(forward=HOUR, back=2 * HOUR))
    machine.handle(Added(at=reading(), task=ON_WALL))
    shift = minutes * MINUTE
    machine.handle(Ticked(at=reading(NOON + SECOND + shift, shift=shift)))
    assert machine.view("wall").generation == (2 if accepted else 1)


@pytest.mark.parametrize(
    ("policy", "minutes", "jumped"),
    [
        (ClockStep.BY_SIZE, 60, False),
        (ClockStep.BY_SIZE, 200, True),
        (ClockStep.BY_SIZE, -200, True),
        (ClockStep.MAKE_UP, 200, False),
        (ClockStep.MAKE_UP, -200, False),
        (ClockStep.ACCEPT, 1, True),
        (ClockStep.ACCEPT, -1, True),
    ],
)
def test_a_task_says_what_a_step_means_to_it(
    policy: ClockStep, minutes: int, *, jumped: bool
) -> None:
    """Planned anew, in a new generation, or made up for; what follows elapsed time does neither."""
    task = replace(ON_WALL, clock_step=policy)
    machine, _ = machine_with(task, replace(ON_ELAPSED, clock_step=policy))
    shift = minutes * MINUTE
    machine.handle(Ticked(at=reading(NOON + SECOND + shift, shift=shift)))
    assert machine.view("wall").generation == (2 if jumped else 1)
    assert machine.view("elapsed").generation == 1


# Back from a pause


def test_a_task_can_go_on_from_where_it_was_paused() -> None:
    """What came due meanwhile is caught up with by its policy; every nominal time has its fate."""
    machine, _ = machine_with(replace(ON_WALL, catch_up=CatchUp.ALL, window=HOUR))
    machine.handle(Disabled(at=reading(), name="wall"))
    tick(machine, 1_800)
    machine.handle(Enabled(at=after(1_801), name="wall", from_=ResumeFrom.PAUSE))
    (start,) = tick(machine, 1_801)
    assert isinstance(start, StartRun)
    assert (start.generation, start.nominal) == (2, NOON + 10 * MINUTE)
    assert machine.view("wall").counts == {Fate.SKIPPED: 3, Fate.STARTED: 1}


def test_going_on_from_a_pause_that_never_was_changes_nothing() -> None:
    """An enabled task stays as it is."""
    machine, _ = machine_with(ON_WALL)
    before = machine.snapshot().entries
    machine.handle(Enabled(at=reading(), name="wall", from_=ResumeFrom.PAUSE))
    assert machine.snapshot().entries == before


def test_a_view_shows_the_trigger_that_is_in_force() -> None:
    """After an edit the task is declared with the new one."""
    machine, _ = machine_with(ON_WALL)
    machine.handle(Rescheduled(at=reading(), name="wall", trigger=Every(hours=1)))
    assert machine.view("wall").task == replace(ON_WALL, trigger=Every(hours=1))
