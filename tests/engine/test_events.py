"""Events: what people are told, from inputs and effects alone."""

from datetime import UTC, datetime

import pytest

from duetime.engine.catchup import Fate
from duetime.engine.events import ALL, Event, EventKind, events_of, retry_of, run_key
from duetime.engine.history import History, Outcome
from duetime.engine.instants import MINUTE
from duetime.engine.machine import Machine
from duetime.engine.messages import (
    Added,
    Demanded,
    Disabled,
    Enabled,
    Input,
    RecordEvent,
    Redeclared,
    Removed,
    Rescheduled,
    Restarted,
    RunFailed,
    RunFinished,
    RunLost,
    RunRequested,
    StopRequested,
    Ticked,
)
from duetime.engine.policies import Overlap, Retry
from duetime.engine.tasks import Task
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.engine.builders import NOON, TEN_MINUTES, Fragile, after, reading

REPORT = Task(name="report", trigger=TEN_MINUTES)
MAIL = Task(name="mail", trigger=OnDemand(), retry=Retry(3, "10s"))


def moment(minute: int, second: int = 0) -> datetime:
    """Return a time after noon."""
    return datetime(2026, 1, 1, 12, minute, second, tzinfo=UTC)


def told(*inputs: Input, wanted: frozenset[EventKind] = ALL) -> list[Event]:
    """Let a machine live through inputs; return what is told of it."""
    machine, history, events = Machine(), History(), list[Event]()
    for input_ in inputs:
        effects = machine.handle(input_)
        events += events_of(input_, effects, history.find, wanted)
        history.note(input_, effects)
    return events


def told_last(*inputs: Input) -> list[tuple[str, str, str]]:
    """Return kind, name and text of what is told of the last of some inputs."""
    events = told(*inputs)[len(told(*inputs[:-1])) :]
    return [(str(each.kind), each.name, each.text) for each in events]


def failed(seconds: int, attempt: int = 1) -> RunFailed:
    """Let an attempt of the first run of `mail` fail."""
    return RunFailed(
        at=after(seconds), name="mail", generation=1, number=1, attempt=attempt, error="no line"
    )


def test_a_run_is_told_of_from_its_start_to_its_end() -> None:
    """Each event has its time, and the run as it was then."""
    finished = RunFinished(at=after(630), name="report", generation=1, number=1)
    added, started, ended = told(Added(at=after(0), task=REPORT), Ticked(at=after(601)), finished)
    assert (added.kind, added.name, added.run) == (EventKind.ADDED, "report", None)
    assert (started.kind, started.at) == (EventKind.STARTED, moment(10, 1))
    assert started.run is not None
    assert (started.run.number, started.run.nominal) == (1, moment(10))
    assert (started.run.started, started.run.ended) == (moment(10, 1), None)
    assert (ended.kind, ended.at) == (EventKind.FINISHED, moment(10, 30))
    assert ended.run is not None
    assert (ended.run.ended, ended.run.outcome) == (moment(10, 30), Outcome.FINISHED)


def test_each_attempt_is_told_of_and_the_last_one_decides() -> None:
    """An attempt that another follows is `retrying`; the last is `failed`."""
    inputs = [Added(at=after(0), task=MAIL), Demanded(at=after(0), name="mail"), failed(1)]
    inputs += [Ticked(at=after(11)), failed(12, 2), Ticked(at=after(32)), failed(33, 3)]
    events = told(*inputs)[1:]
    assert [(str(each.kind), each.run and each.run.attempt) for each in events] == [
        ("started", 1),
        ("retrying", 1),
        ("started", 2),
        ("retrying", 2),
        ("started", 3),
        ("failed", 3),
    ]
    assert [each.text for each in events if each.kind is EventKind.RETRYING] == [
        "attempt 2 at 2026-01-01T12:00:11Z",
        "attempt 3 at 2026-01-01T12:00:32Z",
    ]
    assert {each.run.error for each in events if each.run and each.run.ended} == {"no line"}


def test_a_run_that_is_not_tried_again_has_failed() -> None:
    """Asked to stop between two attempts, it is over with the attempt that it had."""
    inputs = [Added(at=after(0), task=MAIL), Demanded(at=after(0), name="mail"), failed(1)]
    (event,) = told(*inputs, StopRequested(at=after(2), name="mail"))[3:]
    assert (event.kind, event.at, event.text) == (
        EventKind.FAILED,
        moment(0, 2),
        "no other attempt follows",
    )
    assert event.run is not None
    assert (event.run.attempt, event.run.ended) == (1, moment(0, 1))


def test_the_end_of_a_run_that_is_not_going_is_not_told() -> None:
    """Neither of one that nobody knows, nor of one that has ended, nor of another attempt."""
    begin = [Added(at=after(0), task=MAIL), Demanded(at=after(0), name="mail")]
    unknown = RunFinished(at=after(1), name="mail", generation=1, number=7)
    absent = RunLost(at=after(1), name="absent", generation=1, number=1)
    assert told_last(*begin, unknown) == told_last(*begin, absent) == []
    assert told_last(*begin, failed(1), failed(2)) == told_last(*begin, failed(1, 2)) == []


def test_a_fate_is_told_with_its_occurrences() -> None:
    """Those that came due together are one event."""
    events = told(Added(at=after(0), task=REPORT), Ticked(at=after(2400)), Ticked(at=after(3000)))
    assert [
        (each.kind, each.occurrence.nominal, each.occurrence.count, each.occurrence.reason)
        for each in events
        if each.occurrence
    ] == [
        (EventKind.MISSED, moment(10), 2, ""),
        (EventKind.MERGED, moment(30), 1, ""),
        (EventKind.SKIPPED, moment(50), 1, "overlap"),
    ]


@pytest.mark.parametrize("fate", Fate)
def test_every_fate_has_its_kind(fate: Fate) -> None:
    """Whoever listens for a fate finds it under its own name."""
    assert EventKind(fate) == fate


def test_an_event_is_a_line() -> None:
    """For people; with the attempt, the error, and how many occurrences there were, if any."""
    events = told(Added(at=after(0), task=REPORT), Ticked(at=after(2400)))
    assert [str(each) for each in events[1:]] == [
        "2026-01-01T12:40:00Z report missed: 2 up to 2026-01-01T12:20:00Z",
        "2026-01-01T12:40:00Z report merged",
        "2026-01-01T12:40:00Z report #1 started",
    ]
    inputs = [Added(at=after(0), task=MAIL), Demanded(at=after(0), name="mail"), failed(1)]
    *_, retrying, again = told(*inputs, Ticked(at=after(11)))
    assert str(retrying) == (
        "2026-01-01T12:00:01Z mail #1 retrying: no line; attempt 2 at 2026-01-01T12:00:11Z"
    )
    assert str(again) == "2026-01-01T12:00:11Z mail #1, attempt 2, started"
    (restarted,) = told(Restarted(at=after(0)))
    assert str(restarted) == "2026-01-01T12:00:00Z all tasks restarted"


VERBS = [
    (Redeclared(at=after(1), task=REPORT), "Every('10m', anchor='2026-01-01T00:00:00Z')"),
    (Rescheduled(at=after(1), name="report", trigger=Every(hours=1)), "Every('1h')"),
    (Disabled(at=after(1), name="report"), ""),
    (Disabled(at=after(1), name="report", reason="repairs"), "repairs"),
    (Disabled(at=after(1), name="report", until=NOON + MINUTE), "until 2026-01-01T12:01:00Z"),
    (
        Disabled(at=after(1), name="report", reason="repairs", until=NOON + MINUTE),
        "repairs until 2026-01-01T12:01:00Z",
    ),
    (Enabled(at=after(1), name="report"), ""),
    (Removed(at=after(1), name="report"), ""),
]


@pytest.mark.parametrize(("verb", "text"), VERBS, ids=lambda value: type(value).__name__)
def test_a_verb_is_told(verb: Input, text: str) -> None:
    """Under the name of its task, with what was given."""
    kind = "added" if isinstance(verb, Redeclared) else type(verb).__name__.lower()
    assert (kind, "report", text) in told_last(Added(at=after(0), task=REPORT), verb)


def test_what_is_asked_for_in_vain_is_told() -> None:
    """A request that is refused, and one that waited and is dropped."""
    begin = [Added(at=after(0), task=REPORT), Demanded(at=after(0), name="report")]
    again = RunRequested(at=after(1), name="report")
    assert told_last(*begin, again) == [("refused", "report", "running")]
    demand, pause = Demanded(at=after(1), name="report"), Disabled(at=after(2), name="report")
    assert told_last(*begin, demand, pause) == [
        ("disabled", "report", ""),
        ("dropped", "report", "demand: disabled"),
    ]


def test_stops_and_limits_are_told_with_their_run() -> None:
    """A run past its limit is overrunning, and is asked to stop."""
    task = Task(name="report", trigger=OnDemand(), overlap=Overlap.SKIP, time_limit=MINUTE)
    inputs = [Added(at=after(0), task=task), Demanded(at=after(0), name="report")]
    events = told(*inputs, Ticked(at=after(60)))[2:]
    assert [(str(each.kind), each.run and each.run.number) for each in events] == [
        ("overrunning", 1),
        ("stop_asked", 1),
    ]


def test_a_restart_tells_what_is_lost() -> None:
    """Each run that was going, with its end."""
    begin = [Added(at=after(0), task=REPORT), Demanded(at=after(0), name="report")]
    again = Restarted(at=reading(NOON + MINUTE, boot="next"))
    assert told_last(*begin, again) == [("restarted", "", ""), ("lost", "report", "")]
    run = told(*begin, again)[-1].run
    assert run is not None
    assert (run.outcome, run.ended) == (Outcome.LOST, moment(1))
    lost = RunLost(at=after(1), name="report", generation=1, number=1)
    assert told_last(*begin, lost) == [("lost", "report", "")]


def test_a_loss_of_which_nothing_is_remembered_is_told_without_a_run() -> None:
    """A history that begins later does not know the run."""
    lost = RecordEvent(name="report", event="lost", text="1/7")
    (event,) = events_of(Ticked(at=after(0)), (lost,), History().find)
    assert (event.kind, event.run) == (EventKind.LOST, None)


def test_broken_triggers_and_set_clocks_are_told() -> None:
    """With the text of the error, or by how much."""
    torn = Task(name="torn", trigger=Fragile(NOON + MINUTE))
    begin = [Added(at=after(0), task=torn), Ticked(at=after(60))]
    broken = told(*begin)[-1]
    assert broken.kind is EventKind.BROKEN
    assert broken.text.endswith("raised RuntimeError: the calendar is torn")
    step = Ticked(at=reading(NOON + 2 * MINUTE, shift=MINUTE))
    assert told_last(Added(at=after(0), task=MAIL), step) == [("clock_stepped", "", "1m")]


def test_only_what_is_wanted_is_told() -> None:
    """Nothing else is even put together."""
    inputs = [Added(at=after(0), task=MAIL), Demanded(at=after(0), name="mail"), failed(1)]
    kinds = frozenset({EventKind.RETRYING, EventKind.ADDED})
    assert [each.kind for each in told(*inputs, wanted=kinds)] == ["added", "retrying"]
    assert told(*inputs, wanted=frozenset()) == []


def test_what_is_written_for_the_shell_is_read_back() -> None:
    """The run that a record names, and when another attempt follows."""
    record = RecordEvent(name="a", event="retry", text="3/12: attempt 2 at noon")
    assert run_key(record) == ("a", 3, 12)
    assert retry_of((RecordEvent(name="a", event="stale"), record)) == "attempt 2 at noon"
    assert retry_of(()) == ""
