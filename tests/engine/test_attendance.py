"""Attendance: expected against seen runs, and what is said of tasks that did not run."""

from dataclasses import replace
from datetime import timedelta

import pytest

from duetime.engine.attendance import Attendance, Roll, TaskAttendance, attend, gather
from duetime.engine.history import History
from duetime.engine.instants import DAY, HOUR, MINUTE, SECOND, Reading, to_datetime
from duetime.engine.machine import Machine
from duetime.engine.messages import (
    Added,
    Demanded,
    Disabled,
    Enabled,
    Input,
    Redeclared,
    Removed,
    Rescheduled,
    RunFinished,
    StartRun,
    Ticked,
)
from duetime.engine.policies import CatchUp, ClockStep, Overlap
from duetime.engine.tasks import Task
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import Once, OnDemand
from tests.engine.builders import NOON, Fragile, Times, after, reading

EVERY = Task(name="a", trigger=Every(minutes=1))
GRID = Task(name="a", trigger=Every(minutes=1, anchor="2026-01-01T00:00Z"))


class Life:
    """A machine with its books; each run ends a second after its start, unless it is held."""

    def __init__(self, *tasks: Task, keep: int | None = None) -> None:
        """Add tasks at noon."""
        self.machine, self.history, self.roll = Machine(), History(keep), Roll()
        self.held = False
        for task in tasks:
            self.say(Added(at=after(0), task=task))

    def say(self, input_: Input) -> None:
        """Let something happen."""
        effects = self.machine.handle(input_)
        self.history.note(input_, effects)
        self.roll.note(input_, effects)
        for each in effects:
            if isinstance(each, StartRun) and not self.held:
                at = Reading(input_.at.wall + SECOND, input_.at.mono + SECOND, input_.at.boot)
                run = {"name": each.name, "generation": each.generation, "number": each.number}
                self.say(RunFinished(at=at, **run))

    def run(self, first: int, last: int) -> "Life":
        """Let it tick every minute, from minute to minute, both included."""
        for minute in range(first, last + 1):
            self.say(Ticked(at=after(60 * minute)))
        return self

    def call(
        self, at: Reading, *, since: int = NOON, until: int | None = None, late: int = 5 * SECOND
    ) -> list[TaskAttendance]:
        """Call the roll."""
        end = at.wall if until is None else min(until, at.wall)
        known = [gather(name, *self.books(), at) for name in self.machine.names()]
        return [attend(each, since, end, late) for each in known if each is not None]

    def books(self) -> tuple[Machine, History, Roll]:
        """Return all that is known."""
        return self.machine, self.history, self.roll

    def one(self, seconds: float, **asked: int) -> TaskAttendance:
        """Call the roll of a single task, so many seconds after noon."""
        (task,) = self.call(after(seconds), **asked)
        return task


def numbers(task: TaskAttendance) -> tuple[int | None, int, dict[str, int], int]:
    """Return how many were expected, seen, met another fate, and wait."""
    return task.expected, task.seen, dict(task.fates), task.waiting


@pytest.mark.parametrize("task", [EVERY, GRID])
def test_a_task_that_runs_is_there(task: Task) -> None:
    """As many are seen as the trigger names, on either clock."""
    life = Life(task).run(1, 10)
    found = life.one(605)
    assert (numbers(found), found.ok, found.text) == ((10, 10, {}, 0), True, "")


def test_only_the_span_that_was_asked_for_counts() -> None:
    """Later than its begin, up to its end; what lies ahead has not come."""
    life = Life(EVERY).run(1, 10)
    assert numbers(life.one(605, since=NOON + 2 * MINUTE, until=NOON + 5 * MINUTE))[:2] == (3, 3)
    assert numbers(life.one(605, since=NOON - HOUR, until=NOON + HOUR))[:2] == (10, 10)
    assert numbers(life.one(605, since=NOON + 10 * MINUTE))[:2] == (0, 0)


def test_due_times_without_a_trace_are_found() -> None:
    """Books that have lost a run cannot hide it: the trigger names it all the same."""
    life = Life(EVERY).run(1, 5)
    life.history = History()
    life.run(6, 10)
    found = life.one(605)
    assert (found.expected, found.seen, found.text) == (10, 5, "5 due time(s) without a trace")
    assert not found.ok


def test_a_due_time_that_nobody_looks_at_is_found() -> None:
    """Whoever is late by more than is allowed did not run when it should have."""
    life = Life(EVERY).run(1, 5)
    assert life.one(364).ok
    late = life.one(366)
    assert (late.waiting, late.overdue) == (1, timedelta(seconds=6))
    assert late.text == "due for 6s, and not looked at"
    assert life.one(366, late=MINUTE).ok


def test_other_fates_are_told_with_their_reasons() -> None:
    """An outage whose end one run has made up for; all due times are accounted for."""
    life = Life(Task(name="a", trigger=Every(minutes=1), window=100 * SECOND)).run(1, 2)
    life.say(Ticked(at=after(330)))
    found = life.one(331)
    assert numbers(found) == (5, 3, {"missed": 1, "merged": 1}, 0)
    assert found.ok
    # Ranges count as far as they lie in the span.
    assert numbers(life.one(331, since=NOON + 3 * MINUTE)) == (2, 1, {"merged": 1}, 0)


def test_a_task_that_never_runs_is_absent() -> None:
    """Its due times have fates, but a run that does not end lets none of them start."""
    life = Life(EVERY)
    life.held = True
    life.run(1, 10)
    assert life.one(605).ok
    stuck = life.one(605, since=NOON + 5 * MINUTE)
    assert numbers(stuck) == (5, 0, {"skipped overlap": 5}, 0)
    assert stuck.text == "did not run: 5 skipped overlap"


def test_a_paused_task_is_excused() -> None:
    """What was skipped because somebody disabled it is as it should be."""
    life = Life(EVERY)
    life.say(Disabled(at=after(30), name="a"))
    life.run(1, 5)
    found = life.one(305)
    assert (numbers(found), found.ok) == ((5, 0, {"skipped disabled": 5}, 0), True)


def test_those_that_wait_for_a_run_are_not_missing() -> None:
    """They are due, and counted as waiting; requests are no due times."""
    life = Life(Task(name="a", trigger=Every(minutes=1), overlap=Overlap.BUFFER_ALL))
    life.held = True
    life.run(1, 4)
    life.say(Demanded(at=after(250), name="a"))
    assert (numbers(life.one(255)), life.one(255).ok) == ((4, 1, {}, 3), True)


EDITS: list[tuple[Input, int]] = [
    (Added(at=after(150), task=Task(name="a", trigger=Every(seconds=60))), 2),
    (Rescheduled(at=after(150), name="a", trigger=Every(seconds=30)), 5),
    (Enabled(at=after(150), name="a"), 3),
]


@pytest.mark.parametrize(("edit", "expected"), EDITS, ids=lambda value: type(value).__name__)
def test_counting_begins_anew_with_a_declaration(edit: Input, expected: int) -> None:
    """What was due before a task was added, edited or enabled is not asked for."""
    life = Life(EVERY).run(1, 2)
    life.say(edit)
    for seconds in range(180, 306, 30):
        life.say(Ticked(at=after(seconds)))
    found = life.one(305)
    assert (found.expected, found.seen, found.ok) == (expected, expected, True)
    assert found.since == to_datetime(NOON + 150 * SECOND)


def test_counting_begins_anew_when_the_clock_is_set() -> None:
    """Due times before and after it cannot be compared."""
    life = Life(EVERY, Task(name="b", trigger=Daily("13:04:30", tz="UTC"))).run(1, 3)
    step = reading(NOON + 4 * MINUTE + HOUR, shift=HOUR)
    life.say(Ticked(at=step))
    at = reading(step.wall + 90 * SECOND, shift=HOUR)
    life.say(Ticked(at=at))
    every, daily = life.call(at)
    assert (numbers(every), every.ok) == ((1, 1, {}, 0), True)
    assert (numbers(daily), daily.ok) == ((1, 1, {}, 0), True)
    assert every.since == daily.since == to_datetime(step.wall)


@pytest.mark.parametrize(
    ("policy", "hours", "since"),
    [
        (ClockStep.BY_SIZE, 1, NOON),
        (ClockStep.BY_SIZE, 5, NOON - 2 * HOUR + SECOND),
        (ClockStep.MAKE_UP, 5, NOON),
        (ClockStep.ACCEPT, 1, NOON),
        (ClockStep.ACCEPT, 5, NOON - 2 * HOUR + SECOND),
    ],
)
def test_after_a_step_back_it_begins_where_the_clock_had_been(
    policy: ClockStep, hours: int, since: int
) -> None:
    """What was due does not come again; three hours later at most it is counted all the same."""
    life = Life(Task(name="a", trigger=GRID.trigger, clock_step=policy))
    step = reading(NOON + SECOND - hours * HOUR, shift=-hours * HOUR)
    life.say(Ticked(at=step))
    (found,) = life.call(step, since=NOON - DAY)
    assert found.since == to_datetime(since)


def test_counting_begins_where_the_records_do() -> None:
    """A history that keeps three runs can speak for three; the begin says so."""
    life = Life(EVERY, keep=3).run(1, 10)
    found = life.one(605)
    assert (numbers(found), found.ok) == ((3, 3, {}, 0), True)
    assert found.since == to_datetime(NOON + 7 * MINUTE)


def test_records_of_another_boot_are_read_by_the_wall_clock() -> None:
    """After a restart of the machine, elapsed time goes on by what the wall clock says."""
    life = Life(EVERY)
    for minute in range(1, 4):
        life.say(Ticked(at=reading(NOON + minute * MINUTE, shift=HOUR, boot="next")))
    (found,) = life.call(reading(NOON + 200 * SECOND, shift=HOUR, boot="next"))
    assert (numbers(found), found.ok) == ((3, 3, {}, 0), True)


def test_what_follows_runs_or_requests_has_no_number() -> None:
    """A trigger that counts from the end of a run names no due time by itself."""
    follows = Task(name="follows", trigger=AfterFinish(minutes=1))
    life = Life(follows, Task(name="asked", trigger=OnDemand())).run(1, 5)
    life.say(Demanded(at=after(301), name="asked"))
    asked, following = life.call(after(303))
    assert (numbers(asked), asked.ok) == ((0, 0, {}, 0), True)
    assert (following.expected, following.seen, following.ok) == (None, 3, True)
    assert [each.name for each in life.call(after(500)) if not each.ok] == ["follows"]


def test_a_time_that_had_just_passed_counts_where_it_was_due() -> None:
    """`Once` may be added a little late, and runs all the same."""
    life = Life(Task(name="a", trigger=Once(to_datetime(NOON - 10 * SECOND))))
    life.say(Ticked(at=after(1)))
    assert numbers(life.one(5, since=NOON - MINUTE))[:2] == (1, 1)
    assert numbers(life.one(5))[:2] == (0, 0)


def test_jitter_that_puts_a_start_later_is_waited_for() -> None:
    """Between its nominal and its planned time an occurrence waits."""
    times = Times((NOON + MINUTE, NOON + 2 * MINUTE), late=20 * SECOND)
    life = Life(Task(name="a", trigger=times))
    life.say(Ticked(at=after(80)))
    assert numbers(life.one(125)) == (2, 1, {}, 1)
    assert life.one(125).ok


def test_a_broken_task_is_absent_with_its_error() -> None:
    """Nobody knows when it should have run; the same where the trigger fails only now."""
    life = Life(Task(name="a", trigger=Fragile(NOON + 3 * MINUTE))).run(1, 3)
    broken = life.one(185)
    assert (numbers(broken), broken.ok) == ((None, 0, {}, 0), False)
    assert broken.text.endswith("raised RuntimeError: the calendar is torn")
    torn = Life(Task(name="a", trigger=Fragile(NOON + 3 * MINUTE))).one(185, since=NOON)
    assert torn.text.endswith("raised RuntimeError: the calendar is torn")


def test_a_removed_task_is_not_asked_for() -> None:
    """Neither while its last run goes on nor afterwards."""
    life = Life(EVERY)
    life.held = True
    life.run(1, 1)
    life.say(Removed(at=after(65), name="a"))
    assert gather("a", *life.books(), after(70)) is None
    assert gather("never there", *life.books(), after(70)) is None


def test_nothing_is_expected_of_the_process_before() -> None:
    """A roll that begins later than the machine does not ask for what was before."""
    life = Life(GRID).run(1, 3)
    life.roll = Roll(after(210))
    assert numbers(life.one(220))[:2] == (0, 0)
    life.run(4, 5)
    assert numbers(life.one(305))[:2] == (1, 1)
    life.say(Redeclared(at=after(310), task=GRID))
    assert numbers(life.run(6, 6).one(365))[:2] == (1, 1)


def test_all_that_is_caught_up_with_is_seen() -> None:
    """Runs made up for count for their own due times."""
    task = Task(name="a", trigger=Every(minutes=1), catch_up=CatchUp.ALL, window=HOUR)
    life = Life(task)
    life.say(Ticked(at=after(600)))
    for _ in range(10):
        life.say(Ticked(at=after(620)))
    assert life.one(625).seen + life.one(625).waiting == 10
    assert life.one(625).ok


def test_all_are_there_or_the_absent_are_named() -> None:
    """The roll as a whole."""
    here, away = Life(EVERY).run(1, 5).one(305), Life(EVERY).one(100)
    away = replace(away, name="b")
    span = {"since": to_datetime(NOON), "until": to_datetime(NOON + MINUTE)}
    good, bad = Attendance(tasks=(here,), **span), Attendance(tasks=(here, away), **span)
    assert ((good.ok, good.absent), (bad.ok, bad.absent)) == ((True, ()), (False, ("b",)))
