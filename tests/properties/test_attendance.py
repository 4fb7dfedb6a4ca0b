"""Attendance and metrics: what is counted apart from the machine agrees with what it did."""

from collections import Counter

from hypothesis import example, given

from duetime.adapters.testing.bare import Bare
from duetime.adapters.testing.program_strategies import (
    CALM,
    EVERYTHING,
    LAGS,
    RESTARTS,
    SLEWS,
    VERBS,
    WITH_JITTER,
    declares,
    programs,
)
from duetime.adapters.testing.programs import START, Declare, Pass, Program, Stall, StepWall
from duetime.engine.attendance import Roll, TaskAttendance, attend, gather
from duetime.engine.history import History, Outcome
from duetime.engine.instants import HOUR, SECOND, iso
from duetime.engine.metrics import Meter
from duetime.engine.states import runs_of
from duetime.engine.tasks import Task
from duetime.engine.triggers.every import Every


def attendance_after(program: Program, keep: int | None = None) -> list[TaskAttendance]:
    """Play a program; return how its tasks did from the start to the end."""
    bare, history, roll = Bare().play(program), History(keep), Roll()
    for record in bare.records:
        history.note(record.input, record.effects)
        roll.note(record.input, record.effects)
    at, machine = bare.read(), bare.machine
    known = [gather(name, machine, history, roll, at) for name in machine.names()]
    return [attend(each, START, at.wall, SECOND) for each in known if each is not None]


def unexplained(task: TaskAttendance) -> int:
    """Return how many due times are neither seen, nor met another fate, nor wait."""
    assert task.expected is not None
    return task.expected - task.seen - sum(task.fates.values()) - task.waiting


TEN_SECONDS = Every(seconds=10)
LATE = Program([Declare(Task(name="a", trigger=TEN_SECONDS)), Stall(25 * SECOND)])
"""Nobody has looked yet at what is due."""
FAR_AHEAD = Program(
    [
        Declare(Task(name="a", trigger=Every(seconds=10, anchor=iso(START)))),
        Pass(35 * SECOND),
        StepWall(5 * HOUR),
        Pass(25 * SECOND),
    ]
)
"""The clock is set so far ahead that all is planned anew."""


@example(LATE)
@given(programs(VERBS, CALM, LAGS, SLEWS, first=declares(WITH_JITTER)))
def test_p26_the_triggers_count_what_the_machine_dealt_with(program: Program) -> None:
    """Whatever is said and however late it looks, each due time is accounted for, and once."""
    for task in attendance_after(program):
        if task.expected is not None:
            assert unexplained(task) == 0
            assert "trace" not in task.text


@example(FAR_AHEAD)
@given(programs(*EVERYTHING, RESTARTS, first=declares(WITH_JITTER)))
def test_p26_nothing_is_missing_when_clocks_are_set_and_machines_restart(program: Program) -> None:
    """A step begins the count anew; what a far step back repeats is not held against anybody."""
    for keep in (None, 2):
        for task in attendance_after(program, keep):
            assert "trace" not in task.text


@given(programs(*EVERYTHING, RESTARTS, first=declares(WITH_JITTER)))
def test_p26_the_metrics_are_the_sum_of_all_fates(program: Program) -> None:
    """Over all tasks and generations, as the effects record them."""
    bare, meter, history = Bare().play(program), Meter(), History()
    for record in bare.records:
        meter.note(record.input, record.effects)
        history.note(record.input, record.effects)
    metrics = meter.read(running=0, waiting=0, dropped_events=0, listener_errors=0)
    fates, over = Counter[str](), dict[tuple[str, int, int], Outcome | None]()
    for name in history.names():
        for each in history.fates(name):
            fates[each.fate] += each.count
        over |= {(name, run.generation, run.number): run.outcome for run in history.runs(name)}
    for entry in bare.machine.snapshot().entries:
        for going in runs_of(entry.state):
            over.pop((entry.task.name, going.generation, going.number), None)
    assert +Counter(metrics.occurrences) == fates
    assert +Counter(metrics.runs) == Counter(over.values())
