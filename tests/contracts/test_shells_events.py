"""Listeners of every shell: what they hear, when, and what becomes of one that fails."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import pytest

from duetime.adapters.calls import RunHandle
from duetime.adapters.listeners import Listener
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadArgumentError, ShutdownError
from duetime.engine.events import Event, EventKind, events_of
from duetime.engine.history import History
from duetime.engine.journal import Journal
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import AnyShell, nothing, offset, others, sleeper, starts

TEN_SECONDS = Every(seconds=10)
ENDS = (EventKind.FINISHED, EventKind.FAILED)


def fails_at_first() -> Callable[[], None]:
    """Make a callable that fails the first time."""
    calls = iter(range(100))

    def work() -> None:
        if next(calls) == 0:
            raise OSError("no line")

    return work


def short(events: list[Event]) -> list[tuple[str, str, float]]:
    """Return kind, task and time of events."""
    return [(str(each.kind), each.name, offset(each.at)) for each in events]


def live_a_little(shell: AnyShell, clock: VirtualClock) -> None:
    """Let most kinds of things happen."""
    shell.add("mail", OnDemand(), fails_at_first(), retry="retry(2, 3s)")
    shell.add("slow", TEN_SECONDS, sleeper("1m"), time_limit="15s")
    shell.demand("mail")
    clock.advance(seconds=22)
    shell.disable("mail", reason="repairs")
    shell.demand("mail")
    shell.remove("slow")
    clock.step_wall(hours=1)
    clock.advance(seconds=10)
    shell.enable("mail")
    shell.reschedule("mail", TEN_SECONDS)
    clock.advance(seconds=10)


def test_a_listener_hears_what_happens_in_order(
    shell: AnyShell, clock: VirtualClock, golden: Callable[[str, str], None]
) -> None:
    """Every event, with its task, its time, its run and its text."""
    heard: list[Event] = []
    shell.on_event(heard.append)
    live_a_little(shell, clock)
    clock.settle()
    golden("events.txt", "".join(f"{event}\n" for event in heard))


def test_a_replay_of_the_journal_tells_the_same(
    shell: AnyShell, clock: VirtualClock, journal: Journal
) -> None:
    """Inputs and effects alone say what happened."""
    heard: list[Event] = []
    shell.on_event(heard.append)
    live_a_little(shell, clock)
    clock.settle()
    history, told = History(), list[Event]()
    for record in journal:
        told += events_of(record.input, record.effects, history.find)
        history.note(record.input, record.effects)
    assert heard == told


def test_a_listener_is_called_at_the_time_of_the_event(
    shell: AnyShell, clock: VirtualClock
) -> None:
    """Virtual time stands still until it has been told."""
    seen: list[tuple[datetime, datetime]] = []
    shell.on_event(lambda event: seen.append((event.at, clock.now())))
    shell.add("a", TEN_SECONDS, sleeper("4s"))
    shell.add("b", Every(seconds=7), nothing)
    clock.advance(seconds=60)
    assert len(seen) > 20
    assert [at for at, _ in seen] == [now for _, now in seen]


def test_a_listener_hears_only_what_it_asks_for(shell: AnyShell, clock: VirtualClock) -> None:
    """One kind, several, or all; as enums or as their text."""
    heard: dict[str, list[Event]] = {"one": [], "two": [], "all": []}
    shell.on_event(heard["one"].append, EventKind.FAILED)
    shell.on_event(heard["two"].append, ["failed", EventKind.ADDED])
    shell.on_event(heard["all"].append, None)
    shell.add("a", TEN_SECONDS, fails_at_first())
    clock.advance(seconds=20)
    assert short(heard["one"]) == [("failed", "a", 10)]
    assert short(heard["two"]) == [("added", "a", 0), ("failed", "a", 10)]
    assert [each.kind for each in heard["all"]] == [
        "added",
        "started",
        "failed",
        "started",
        "finished",
    ]


def test_a_listener_that_has_gone_hears_nothing(shell: AnyShell, clock: VirtualClock) -> None:
    """From the moment that it ends its subscription; to end it twice is to end it once."""
    first: list[Event] = []
    second: list[Event] = []
    go = shell.on_event(first.append, EventKind.FINISHED)
    shell.on_event(second.append, EventKind.FINISHED)
    shell.add("a", TEN_SECONDS, nothing)
    clock.advance(seconds=10)
    go()
    go()
    clock.advance(seconds=10)
    assert short(first) == [("finished", "a", 10)]
    assert short(second) == [("finished", "a", 10), ("finished", "a", 20)]


def test_a_listener_may_go_while_it_is_called(shell: AnyShell, clock: VirtualClock) -> None:
    """It is the last that it hears."""
    heard: list[Event] = []

    def once(event: Event) -> None:
        heard.append(event)
        go()

    go = shell.on_event(once, EventKind.STARTED)
    shell.add("a", TEN_SECONDS, nothing)
    shell.add("b", TEN_SECONDS, nothing)
    clock.advance(seconds=30)
    assert short(heard) == [("started", "a", 10)]
    assert starts(shell, "b") == [10, 20, 30]


def test_a_listener_that_comes_later_hears_only_what_is_later(
    shell: AnyShell, clock: VirtualClock
) -> None:
    """Also when it is another listener that brings it in, at the same time."""
    heard: list[Event] = []
    shell.on_event(lambda event: bool(shell.on_event(heard.append)), EventKind.STARTED)
    shell.add("a", TEN_SECONDS, nothing)
    clock.advance(seconds=9)
    assert heard == []
    clock.advance(seconds=1)
    assert ("started", "a", 10) not in short(heard)


def test_a_listener_that_fails_harms_nobody(shell: AnyShell, clock: VirtualClock) -> None:
    """Whatever it raises is counted; other listeners hear, and tasks go on."""
    heard: list[Event] = []

    def fail(event: Event) -> None:
        raise (ValueError, SystemExit, asyncio.CancelledError)[len(heard) % 3]

    shell.on_event(fail, EventKind.FINISHED)
    shell.on_event(heard.append, EventKind.FINISHED)
    shell.add("a", TEN_SECONDS, nothing)
    clock.advance(seconds=40)
    assert len(heard) == 4
    assert starts(shell, "a") == [10, 20, 30, 40]
    assert shell.metrics().listener_errors == 4


def test_a_listener_may_use_the_verbs(shell: AnyShell, clock: VirtualClock) -> None:
    """What it asks for happens at the same time."""

    def react(event: Event) -> None:
        shell.disable(event.name, reason="it fails")
        shell.run_now("repair")

    shell.on_event(react, "failed")
    shell.add("a", TEN_SECONDS, fails_at_first())
    shell.add("repair", OnDemand(), nothing)
    clock.advance(seconds=25)
    assert (starts(shell, "a"), starts(shell, "repair")) == ([10], [10])
    assert others(shell, "a") == [(20, "skipped disabled", 1)]


def test_a_run_may_subscribe_in_the_middle(shell: AnyShell, clock: VirtualClock) -> None:
    """It hears its own end."""
    heard: list[Event] = []

    def work() -> None:
        if not heard:
            shell.on_event(heard.append, ENDS)

    shell.add("a", TEN_SECONDS, work)
    clock.advance(seconds=20)
    assert short(heard) == [("finished", "a", 10), ("finished", "a", 20)]


def test_a_shutdown_tells_what_it_does(shell: AnyShell, clock: VirtualClock) -> None:
    """All that is queued is delivered before it returns."""
    heard: list[Event] = []
    shell.add("a", TEN_SECONDS, sleeper("1h"))
    clock.advance(seconds=15)
    shell.on_event(heard.append)
    shell.shutdown()
    assert short(heard) == [("stop_asked", "a", 15), ("finished", "a", 15)]
    with pytest.raises(ShutdownError):
        shell.on_event(heard.append)


def test_a_listener_may_shut_its_shell_down(shell: AnyShell, clock: VirtualClock) -> None:
    """What is on its way then is still delivered."""
    heard: list[Event] = []
    shell.on_event(lambda event: bool(shell.shutdown()), EventKind.STARTED)
    shell.on_event(heard.append, ENDS)
    shell.add("a", TEN_SECONDS, sleeper("1h"))
    clock.advance(seconds=40)
    shell.shutdown()
    assert [run.ended is not None for run in shell.runs("a")] == [True]


async def coroutine(event: Event) -> None:
    """Be no listener."""


@pytest.mark.parametrize(
    ("listener", "kinds", "message"),
    [
        ("print", None, "listener 'print': pass a plain function that takes an event"),
        (coroutine, None, "pass a plain function"),
        (lambda: None, None, "cannot be called with an event: too many positional"),
        (lambda event, more: None, None, "cannot be called with an event: missing"),
        (nothing, None, "cannot be called with an event"),
        (print, "fialed", "kinds fialed: there is no such event; there are started, finished, "),
        (print, ["added", "x", "y"], "kinds x, y: there is no such event"),
        (print, [], "kinds none"),
        (print, [3], "kinds 3: there is no such event"),
    ],
)
def test_what_is_no_listener_is_refused(
    shell: AnyShell, listener: Listener, kinds: list[str] | str | None, message: str
) -> None:
    """When it subscribes, and not when it is called; the message says what is allowed."""
    with pytest.raises(BadArgumentError) as caught:
        shell.on_event(listener, kinds)
    assert message in str(caught.value)


def test_what_does_not_say_what_it_takes_is_tried(shell: AnyShell, clock: VirtualClock) -> None:
    """Some built-in callables have no signature."""
    heard: set[Event] = set()
    shell.on_event(dict, EventKind.ADDED)
    shell.on_event(heard.add, EventKind.ADDED)
    shell.add("a", TEN_SECONDS, nothing)
    clock.settle()
    assert (len(heard), shell.metrics().listener_errors) == (1, 1)


def test_a_long_run_is_heard_of_before_it_ends(shell: AnyShell, clock: VirtualClock) -> None:
    """Its start, what it is asked, and its end, each at its time."""
    heard: list[Event] = []

    def work(run: RunHandle) -> None:
        run.sleep("1h")

    shell.on_event(heard.append)
    shell.add("a", OnDemand(), work)
    clock.advance(seconds=1)
    shell.run_now("a")
    clock.advance(seconds=1)
    shell.stop("a")
    clock.settle()
    assert short(heard) == [
        ("added", "a", 0),
        ("started", "a", 1),
        ("stop_asked", "a", 2),
        ("finished", "a", 2),
    ]
