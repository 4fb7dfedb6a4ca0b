"""The thread that tells listeners: it holds nobody up, and its queue has an end."""

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from duetime.adapters.listeners import Courier, Listeners, Notice, Subscription
from duetime.adapters.simulate import Simulation
from duetime.adapters.threads import Scheduler
from duetime.clocks.virtual import VirtualClock
from duetime.engine.events import ALL, Event, EventKind
from duetime.engine.instants import to_datetime
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import (
    PATIENCE_SECONDS,
    START,
    comes_true,
    nothing,
    starts,
    threads_left,
)

NO_TIME = timedelta(0)


class HurriedClock(VirtualClock):
    """A virtual clock that waits for no listener, as real time does."""

    def hold(self, who: str) -> None:
        """Leave listeners out."""
        if who != "the listeners":
            super().hold(who)

    def release(self, who: str) -> None:
        """Leave listeners out."""
        if who != "the listeners":
            super().release(who)


class Gate:
    """A listener that does not come back until it is let go."""

    def __init__(self) -> None:
        """Be closed."""
        self.entered, self.open = threading.Event(), threading.Event()
        self.heard: list[Event] = []

    def __call__(self, event: Event) -> None:
        """Wait."""
        self.heard.append(event)
        self.entered.set()
        assert self.open.wait(PATIENCE_SECONDS)


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Make a gate; open it in the end, so that no thread is left."""
    gate = Gate()
    yield gate
    gate.open.set()
    assert threads_left() == []


def notices(listener: Gate, count: int) -> list[Notice]:
    """Make notices that are numbered by their text."""
    to = (Subscription(listener, ALL),)
    return [
        Notice(Event(kind=EventKind.ADDED, name="a", at=to_datetime(0), text=str(number)), to)
        for number in range(count)
    ]


def test_a_slow_listener_does_not_delay_starts(gate: Gate) -> None:
    """Tasks start when they are due, while it is busy with the first event; none is lost."""
    clock = HurriedClock(START)
    scheduler = Scheduler(clock)
    scheduler.on_event(gate, EventKind.STARTED)
    with scheduler:
        scheduler.add("a", Every(seconds=10), nothing)
        clock.advance(seconds=10)
        assert gate.entered.wait(PATIENCE_SECONDS)
        clock.advance(seconds=40)
        assert starts(scheduler, "a") == [10, 20, 30, 40, 50]
        assert len(gate.heard) == 1
        gate.open.set()
    assert [each.run.number for each in gate.heard if each.run] == [1, 2, 3, 4, 5]


def test_listeners_run_on_a_thread_of_their_own(gate: Gate) -> None:
    """Neither on that of a caller nor on the scheduler's, and all on the same."""
    names: set[str] = set()
    with Scheduler(VirtualClock(START)) as scheduler:
        scheduler.on_event(lambda event: names.add(threading.current_thread().name))
        scheduler.on_event(lambda event: names.add(threading.current_thread().name))
        scheduler.add("a", OnDemand(), nothing)
        scheduler.run_now("a")
    assert names == {"duetime-listeners"}


def test_what_does_not_fit_is_dropped_and_counted(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    """The queue holds two, one is being delivered; later ones that fit are delivered again."""
    listeners = Listeners()
    courier = Courier(listeners, VirtualClock(START), room=2)
    courier.start()
    courier.put(notices(gate, 1))
    assert gate.entered.wait(PATIENCE_SECONDS)
    courier.put(notices(gate, 5)[1:])
    courier.put(notices(gate, 9)[5:])
    assert listeners.dropped == 6
    gate.open.set()
    assert comes_true(lambda: len(gate.heard) == 3)
    courier.put(notices(gate, 12)[10:])
    courier.close(PATIENCE_SECONDS)
    assert [each.text for each in gate.heard] == ["0", "1", "2", "10", "11"]
    assert [each.message for each in caplog.records] == [
        "6 event(s) were dropped: the listeners are too slow"
    ]


def test_a_full_queue_shows_in_the_metrics(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside what happened, which is counted all the same."""
    scheduler = Scheduler(HurriedClock(START))
    monkeypatch.setattr(scheduler._courier, "_room", 1)
    scheduler.on_event(gate)
    with scheduler:
        scheduler.add("a", OnDemand(), nothing)
        assert gate.entered.wait(PATIENCE_SECONDS)
        for _ in range(5):
            scheduler.disable("a")
        assert scheduler.metrics().dropped_events == 4
        gate.open.set()


def test_a_shutdown_waits_for_listeners_no_longer_than_its_grace(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    """What is left in the queue then is dropped, counted and logged; so is what comes later."""
    scheduler = Scheduler(HurriedClock(START))
    scheduler.on_event(gate)
    scheduler.start()
    for name in "abc":
        scheduler.add(name, OnDemand(), nothing)
    assert gate.entered.wait(PATIENCE_SECONDS)
    scheduler.shutdown(NO_TIME)
    assert scheduler.metrics().dropped_events == 2
    warnings = [each.message for each in caplog.records if each.levelno == logging.WARNING]
    assert warnings == ["2 event(s) were dropped: the shutdown did not wait for them"]
    scheduler._courier.put(notices(gate, 1))
    assert scheduler.metrics().dropped_events == 3
    gate.open.set()
    assert threads_left() == []
    assert [each.name for each in gate.heard] == ["a"]


def test_without_listeners_there_is_no_thread_for_them() -> None:
    """Nor any other trace of them."""
    with Scheduler(VirtualClock(START)) as scheduler:
        scheduler.add("a", OnDemand(), nothing)
        scheduler.run_now("a")
        names = {thread.name for thread in threading.enumerate()}
        assert "duetime-listeners" not in names


def test_where_no_thread_is_to_be_had_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller is told; nothing is half done."""
    scheduler = Scheduler(VirtualClock(START))
    heard: list[Event] = []

    def fail(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail)
        with pytest.raises(RuntimeError):
            scheduler.on_event(heard.append)
    scheduler.add("a", OnDemand(), nothing)
    scheduler.on_event(heard.append)
    scheduler.remove("a")
    scheduler.shutdown()
    assert [each.kind for each in heard] == ["removed"]


def interrupt(event: Event) -> None:
    """Be a listener whose user presses Ctrl-C."""
    raise KeyboardInterrupt


def test_an_interrupt_ends_a_simulation_and_not_the_listeners_thread() -> None:
    """In a simulation it is somebody's Ctrl-C; others are told first."""
    heard: list[Event] = []
    with Simulation(START) as simulation:
        simulation.on_event(interrupt)
        simulation.on_event(heard.append)
        with pytest.raises(KeyboardInterrupt):
            simulation.add("a", OnDemand())
    with Scheduler(VirtualClock(START)) as scheduler:
        scheduler.on_event(interrupt)
        scheduler.on_event(heard.append)
        scheduler.add("a", OnDemand(), nothing)
        scheduler.remove("a")
    assert [each.kind for each in heard] == ["added", "added", "removed"]
    assert threads_left() == []
