"""Strides: the fast lane for plain occurrences, equal to the way step by step."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.instants import MINUTE, SECOND, Instant
from duetime.engine.journal import JournalRecord, StrideRecords, state_hash
from duetime.engine.machine import Machine, Settings
from duetime.engine.messages import (
    Added,
    Disabled,
    Effect,
    Rescheduled,
    RunFailed,
    RunFinished,
    StartRun,
    Ticked,
)
from duetime.engine.policies import ClockStep, Retry
from duetime.engine.states import Broken
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import Once, OnDemand
from tests.engine.builders import NOON, Fragile, Times, machine_with, reading

Records = list[JournalRecord]

UNTIL = NOON + 7 * MINUTE


def nothing() -> None:
    """Run a plain task."""


def next_time(machine: Machine) -> Instant | None:
    """Return when the machine wants to be woken; both clocks agree."""
    wakeup = machine.next_wakeup()
    on_mono = None if wakeup.mono is None else wakeup.mono + NOON
    times = [time for time in (wakeup.wall, on_mono) if time is not None]
    return min(times, default=None)


def end_all(machine: Machine, at: Instant, effects: tuple[Effect, ...]) -> Records:
    """End the runs that were started, in order; the first of several attempts fails."""
    records = []
    for start in effects:
        if isinstance(start, StartRun):
            fails = machine.view(start.name).task.retry is not None and start.attempt == 1
            end = partial(RunFailed, error="no") if fails else RunFinished
            key = {"generation": start.generation, "number": start.number}
            ended = end(at=reading(at), name=start.name, attempt=start.attempt, **key)
            records.append(JournalRecord(ended, machine.handle(ended)))
            records += end_all(machine, at, records[-1].effects)
    return records


def one_step(machine: Machine, at: Instant) -> Records:
    """Tick, and end what starts."""
    ticked = Ticked(at=reading(at))
    effects = machine.handle(ticked)
    return [JournalRecord(ticked, effects), *end_all(machine, at, effects)]


def by_steps(machine: Machine, until: Instant = UNTIL) -> Records:
    """Go on step by step."""
    records: Records = []
    while (due := next_time(machine)) is not None and due <= until:
        records += one_step(machine, due)
    return records


def by_strides(machine: Machine, plain: list[str], until: Instant = UNTIL) -> Records:
    """Go on by strides, and step by step where a stride comes to nothing."""
    records: Records = []
    now = reading()
    calls = dict.fromkeys(plain, nothing)
    while (due := next_time(machine)) is not None and due <= until:
        stride = machine.stride(calls, now, until, record=True)
        assert stride is not None
        for _ in stride:
            pass
        ending = machine.end_stride(stride)
        if stride.order:
            records += StrideRecords(start=now, order=stride.order, ending=ending)
            records += end_all(machine, ending.now, ending.started)
        else:
            records += one_step(machine, due)
        now = records[-1].input.at
    return records


TRIGGERS: Mapping[str, Trigger] = {
    "a": Every(seconds=90),
    "b": Every(minutes=1, anchor="2026-01-01T00:00Z"),
    "c": Every(minutes=2),
    "d": Once("2026-01-01T12:03Z"),
    "e": Times((NOON + MINUTE, NOON + 3 * MINUTE), late=10 * SECOND),
    "f": AfterFinish(minutes=1),
    "g": OnDemand(),
    "h": Fragile(NOON + 4 * MINUTE),
}
NAMES = st.permutations(list(TRIGGERS))
POLICIES = st.sampled_from(
    [
        *[{}] * 6,
        {"retry": Retry(2, "7s")},
        {"retry": Retry(2, "1m")},
        {"time_limit": MINUTE},
        {"rerun_after_crash": True},
        {"clock_step": ClockStep.ACCEPT},
    ]
)


@given(NAMES, st.sets(st.sampled_from(list(TRIGGERS))), st.integers(-1, 1), st.data())
def test_a_stride_is_as_many_steps(
    names: list[str], plain: set[str], priority: int, data: st.DataObject
) -> None:
    """Records, effects and states are those of the way step by step, whoever is plain."""
    tasks = [
        Task(name=name, trigger=TRIGGERS[key], priority=priority * index % 3, **data.draw(POLICIES))
        for index, (name, key) in enumerate(zip(names, TRIGGERS, strict=True))
    ]
    stepping, _ = machine_with(*tasks)
    striding, _ = machine_with(*tasks)
    assert by_strides(striding, sorted(plain)) == by_steps(stepping)
    assert state_hash(striding) == state_hash(stepping)


def machine_of(*names: str) -> Machine:
    """Add some of the tasks above."""
    machine, _ = machine_with(*(Task(name=name, trigger=TRIGGERS[name]) for name in names))
    return machine


def test_a_stride_may_be_left_while_a_run_is_going() -> None:
    """The run goes on; all others have ended."""
    machine = machine_of("a", "b")
    stride = machine.stride(dict.fromkeys("ab", nothing), reading(), UNTIL, record=False)
    assert stride is not None
    walks = [walk.name for _, walk in zip(range(3), stride, strict=False)]
    ending = machine.end_stride(stride, going=True)
    assert walks == ["b", "a", "b"]
    assert [(each.name, list(each.nominals)) for each in ending.plain] == [
        ("a", [NOON + 90 * SECOND]),
        ("b", [NOON + 60 * SECOND]),
    ]
    assert (ending.going.name, ending.going.number, ending.now) == ("b", 2, NOON + 120 * SECOND)
    assert machine.view("b").state.runs[0].number == 2


def test_the_only_run_of_a_stride_may_be_going() -> None:
    """Then nothing has ended yet."""
    machine = machine_of("b")
    stride = machine.stride({"b": nothing}, reading(), UNTIL, record=False)
    assert stride is not None
    next(iter(stride))
    ending = machine.end_stride(stride, going=True)
    assert (ending.walked, ending.plain) == (True, ())
    assert ending.going is not None
    assert ending.going.nominal == NOON + MINUTE


def test_a_stride_passes_over_what_was_moved() -> None:
    """Entries of the agenda that are stale are none, and an empty agenda ends a stride."""
    stepping, striding = machine_of("b", "d"), machine_of("b", "d")
    for machine in (stepping, striding):
        machine.handle(Rescheduled(at=reading(), name="d", trigger=OnDemand()))
    assert by_strides(striding, ["b", "d"]) == by_steps(stepping)
    assert [striding.view(name).state.number for name in "bd"] == [7, 0]
    assert list(machine_of("g").stride({"g": nothing}, reading(), UNTIL, record=False)) == []


def test_a_stride_without_steps_changes_nothing() -> None:
    """Where nobody is plain or due, there is nothing to put in order."""
    machine = machine_of("a", "e")
    before = state_hash(machine)
    for plain, until in ((["e"], UNTIL), (["a"], NOON + SECOND), ([], UNTIL)):
        stride = machine.stride(dict.fromkeys(plain, nothing), reading(), until, record=True)
        assert list(stride) == []
        ending = machine.end_stride(stride, going=True)
        assert (ending.walked, ending.plain, ending.going, ending.started) == (False, (), None, ())
    assert state_hash(machine) == before


def test_a_stride_stops_before_a_task_that_is_disabled() -> None:
    """A task that is not idle is not plain: its occurrences have other fates."""
    machine = machine_of("b")
    machine.handle(Disabled(at=reading(), name="b"))
    stride = machine.stride({"b": nothing}, reading(), UNTIL, record=False)
    assert list(stride) == []


def test_what_is_overdue_is_no_plain_occurrence() -> None:
    """A stride does not go back in time; what was not seen is caught up step by step."""
    machine = machine_of("b")
    late = NOON + 150 * SECOND
    stride = machine.stride({"b": nothing}, reading(late), UNTIL, record=False)
    assert list(stride) == []


@dataclass(frozen=True, slots=True)
class Faulty(Trigger):
    """Every minute; after `last` its iteration does what no trigger should."""

    last: Instant
    how: str

    def next_after(self, after: Instant) -> Instant | None:
        """Return the next minute, or what was asked about."""
        if self.how == "stuck" and after >= self.last:
            return after
        return after + MINUTE

    def between(self, after: Instant, until: Instant):  # type: ignore[no-untyped-def]
        """Iterate, or raise at once."""
        if self.how == "raises" and after >= self.last:
            raise RuntimeError("no table")
        return Trigger.between(self, after, until)


@pytest.mark.parametrize(("how", "minutes"), [("stuck", 3), ("raises", 0)])
def test_a_stride_leaves_a_faulty_trigger_to_the_steps(how: str, minutes: int) -> None:
    """A trigger that raises, or does not go on, ends the stride and never hangs it."""
    tasks = [
        Task(name="faulty", trigger=Faulty(NOON + minutes * MINUTE, how)),
        Task(name="sound", trigger=TRIGGERS["b"]),
    ]
    striding, _ = machine_with(*tasks)
    stepping, _ = machine_with(*tasks)
    assert by_strides(striding, ["faulty", "sound"]) == by_steps(stepping)
    assert isinstance(striding.view("faulty").state, Broken) == (how == "stuck")
    assert striding.view("sound").state.number == 7


PLAIN = Task(name="t", trigger=Every(minutes=1))


@pytest.mark.parametrize(
    "task",
    [
        replace(PLAIN, retry=Retry(2)),
        replace(PLAIN, time_limit=MINUTE),
        replace(PLAIN, rerun_after_crash=True),
    ],
)
def test_a_run_that_may_need_more_is_not_plain(task: Task) -> None:
    """There is something to be kept of it while it goes."""
    machine, _ = machine_with(task)
    stride = machine.stride({"t": nothing}, reading(), UNTIL, record=False)
    assert stride is not None
    assert list(stride) == []


def test_there_is_no_stride_where_slots_are_limited() -> None:
    """Each start needs to ask for one."""
    machine = Machine(Settings(max_running=1))
    machine.handle(Added(at=reading(), task=PLAIN))
    assert machine.stride({"t": nothing}, reading(), UNTIL, record=False) is None
