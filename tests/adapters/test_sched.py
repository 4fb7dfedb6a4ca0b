"""The sched API: CPython's own tests where they are installed, and the same in virtual time."""

import importlib.util
import unittest
from importlib import import_module

import pytest

from duetime.adapters import sched
from duetime.clocks.frozen import FrozenClock
from duetime.clocks.virtual import VirtualClock

INSTALLED = importlib.util.find_spec("test") and importlib.util.find_spec("test.test_sched")


def cpython_tests() -> list[str]:
    """Return the names of CPython's tests of sched; none where they are not installed."""
    if not INSTALLED:
        return []
    cases = import_module("test.test_sched").TestCase
    return list(unittest.defaultTestLoader.getTestCaseNames(cases))


@pytest.mark.realtime
def test_the_tests_of_cpython_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own test cases, run on ours."""
    if not INSTALLED:
        return
    module = import_module("test.test_sched")
    monkeypatch.setattr(module, "sched", sched)
    result = unittest.TestResult()
    unittest.TestSuite(module.TestCase(name) for name in cpython_tests()).run(result)
    assert result.testsRun == len(cpython_tests()) > 5
    assert [trace for _, trace in result.errors + result.failures] == []


def make() -> tuple[VirtualClock, sched.scheduler, list[object]]:
    """Make a scheduler in virtual time, and a list to write on."""
    clock = VirtualClock("2026-01-01T00:00Z")
    return clock, sched.scheduler(clock=clock), []


def test_events_run_in_order_of_time_priority_and_entering() -> None:
    """Whatever the order in which they were entered."""
    clock, scheduler, seen = make()
    for delay, priority, name in [(0.3, 1, "d"), (0.1, 2, "b"), (0.1, 1, "a"), (0.1, 2, "c")]:
        scheduler.enter(delay, priority, seen.append, (name,))
    assert [event.argument for event in scheduler.queue] == [("a",), ("b",), ("c",), ("d",)]
    assert scheduler.run() is None
    assert (seen, scheduler.empty(), clock.read().mono) == (list("abcd"), True, 300_000_000)


def test_a_cancelled_event_is_not_run_and_cannot_be_cancelled_again() -> None:
    """Only that event, also where others are equal to it in all but the sequence."""
    _, scheduler, seen = make()
    events = [scheduler.enterabs(1, 1, seen.append, (name,)) for name in "abc"]
    scheduler.cancel(events[1])
    with pytest.raises(ValueError, match="not in the queue"):
        scheduler.cancel(events[1])
    scheduler.run()
    assert seen == ["a", "c"]


def test_keyword_arguments_are_passed_on() -> None:
    """As they were when the event was entered."""
    _, scheduler, seen = make()
    given = {"b": 2}
    scheduler.enter(0, 1, lambda *args, **kwargs: seen.append((args, kwargs)), (1,), given)
    given["b"] = 3
    scheduler.run()
    assert seen == [((1,), {"b": 2})]


def test_without_blocking_run_says_how_long_it_is_until_the_next_event() -> None:
    """What is due is run, and time does not move."""
    clock, scheduler, seen = make()
    scheduler.enter(0, 1, seen.append, ("now",))
    scheduler.enter(5, 1, seen.append, ("later",))
    assert (scheduler.run(blocking=False), seen) == (5.0, ["now"])
    clock.advance(seconds=5)
    assert (scheduler.run(blocking=False), seen) == (None, ["now", "later"])


def test_an_event_that_raises_leaves_the_queue_in_order() -> None:
    """The error goes through; the event is gone, the others are run by the next call."""
    _, scheduler, seen = make()
    scheduler.enter(1, 1, lambda: 1 / 0)
    scheduler.enter(2, 1, seen.append, ("after",))
    with pytest.raises(ZeroDivisionError):
        scheduler.run()
    scheduler.run()
    assert seen == ["after"]


def test_an_event_may_enter_and_cancel_others() -> None:
    """Also such as are due at the same time."""
    _, scheduler, seen = make()
    victim = scheduler.enterabs(1, 2, seen.append, ("victim",))

    def act() -> None:
        scheduler.cancel(victim)
        scheduler.enterabs(0, 1, seen.append, ("entered",))

    scheduler.enterabs(1, 1, act)
    scheduler.run()
    assert seen == ["entered"]


@pytest.mark.parametrize("time", [float("nan"), float("inf")])
def test_a_time_that_never_comes_is_refused(time: float) -> None:
    """Neither is a number that can be waited for."""
    _, scheduler, _ = make()
    with pytest.raises((ValueError, OverflowError)):
        scheduler.enterabs(time, 1, print)
    assert scheduler.empty()


@pytest.mark.realtime
def test_a_scheduler_waits_on_any_other_clock() -> None:
    """Here on one that shows real time, as nobody pretends another."""
    scheduler = sched.scheduler(clock=FrozenClock())
    seen: list[int] = []
    scheduler.enter(0.01, 1, seen.append, (1,))
    scheduler.run()
    assert seen == [1]
