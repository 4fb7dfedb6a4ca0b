"""What a simulation has beyond the verbs of every shell: modelled runs, one order, limits."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from duetime.adapters import simulate, strands
from duetime.adapters.calls import RunHandle
from duetime.adapters.simulate import Simulation
from duetime.adapters.takes import Takes
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadTaskError, ClockError, UnsettledError
from duetime.engine.history import Outcome
from duetime.engine.journal import Journal, replay
from duetime.engine.messages import Cause, Input, RunInput
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import Once, OnDemand
from tests.contracts.stage import (
    PATIENCE_SECONDS,
    START,
    nothing,
    offset,
    sleeper,
    spans,
    starts,
    threads_left,
)

TEN_SECONDS = Every(seconds=10)


@pytest.fixture
def sim() -> Iterator[Simulation]:
    """Make a simulation that starts at `START`; in the end, see that none of its threads stays."""
    sim = Simulation(START)
    yield sim
    sim.shutdown()
    assert threads_left() == []


# How it begins


def test_it_begins_when_it_is_made() -> None:
    """On a clock of its own, or on one that others may share; to start it does nothing."""
    assert Simulation().clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
    assert Simulation(datetime(2027, 1, 1, tzinfo=UTC)).clock.now().year == 2027
    clock = VirtualClock(START)
    sim = Simulation(clock)
    assert sim.clock is clock
    sim.add("a", TEN_SECONDS)
    clock.advance(seconds=10)
    sim.start()
    assert starts(sim, "a") == [10]


def test_it_lets_go_of_its_clock_at_the_end(sim: Simulation) -> None:
    """Time goes on without it."""
    with sim:
        sim.add("a", TEN_SECONDS)
        sim.clock.advance(seconds=15)
    sim.clock.advance(seconds=15)
    assert starts(sim, "a") == [10]


# Modelled runs


@pytest.mark.parametrize(
    ("takes", "expected"),
    [
        (None, [(10, 10), (20, 20)]),
        ("0s", [(10, 10), (20, 20)]),
        ("4s", [(10, 14), (20, 24)]),
        ("12s", [(10, 22)]),
        ("hold", [(10, None)]),
    ],
)
def test_a_modelled_run_lasts_as_long_as_it_is_told(
    sim: Simulation, takes: Takes, expected: list[tuple[float, float | None]]
) -> None:
    """It needs no function."""
    sim.add("a", TEN_SECONDS, takes=takes)
    sim.clock.advance(seconds=25)
    assert spans(sim, "a") == expected


def test_a_range_is_drawn_by_the_seed() -> None:
    """The same seed gives the same lengths, another one others; all lie within the range."""
    lengths = []
    for seed in (0, 0, 1):
        sim = Simulation(START, seed=seed)
        sim.add("a", Every(minutes=1), takes="2s..10s")
        sim.clock.advance(hours=1, seconds=30)
        lengths.append([(end or 0) - start for start, end in spans(sim, "a")])
    assert lengths[0] == lengths[1] != lengths[2]
    assert all(2 <= length <= 10 for length in lengths[0])
    assert len(set(lengths[0])) > 50


def test_a_held_run_ends_by_hand(sim: Simulation) -> None:
    """The oldest first, well or with an error; the next waiting one starts then."""
    sim.add("a", TEN_SECONDS, takes="hold", overlap="allow(2)")
    sim.clock.advance(seconds=22)
    sim.finish("a")
    sim.clock.advance(seconds=3)
    sim.finish("a", ok=False, error="disk full")
    assert spans(sim, "a") == [(10, 22), (20, 25)]
    assert [run.error for run in sim.runs("a")] == ["", "disk full"]
    assert [run.outcome for run in sim.runs("a")] == [Outcome.FINISHED, Outcome.FAILED]


def test_only_held_runs_can_be_finished(sim: Simulation) -> None:
    """The message has those that are."""
    sim.add("a", OnDemand(), takes="hold")
    sim.add("b", OnDemand(), takes="1h")
    sim.demand("b")
    with pytest.raises(BadTaskError, match="no run of 'b' is held; held are: none"):
        sim.finish("b")
    sim.demand("a")
    with pytest.raises(BadTaskError, match="no run of 'absent' is held; held are: run 1 of 'a'"):
        sim.finish("absent")


def test_a_held_run_of_a_removed_task_can_be_finished(sim: Simulation) -> None:
    """Also when the simulation is over: its end is still written down."""
    for name in "ab":
        sim.add(name, TEN_SECONDS, takes="hold")
    sim.clock.advance(seconds=10)
    sim.remove("a")
    sim.finish("a")
    report = sim.shutdown()
    assert [run.name for run in report.still_running] == ["b"]
    assert not report.ok
    sim.finish("b")
    assert spans(sim, "a") == spans(sim, "b") == [(10, 10)]
    assert sim.shutdown().ok


def test_a_modelled_run_does_not_hear_that_it_should_stop(sim: Simulation) -> None:
    """It lasts as long as it was to last."""
    sim.add("a", TEN_SECONDS, takes="5s", overlap="cancel_other")
    sim.clock.advance(seconds=12)
    assert sim.stop("a")
    sim.clock.advance(seconds=10)
    assert spans(sim, "a") == [(10, 15), (20, None)]


def test_a_function_may_run_at_the_start_of_a_modelled_run(sim: Simulation) -> None:
    """The length is counted from the end of its code, which may sleep; an error ends the run."""
    sim.add("plain", OnDemand(), nothing, takes="5s")
    sim.add("sleeps", OnDemand(), sleeper("3s"), takes="5s")
    sim.add("fails", OnDemand(), lambda: 1 / 0, takes="5s")
    for name in sim.names():
        sim.demand(name)
    sim.clock.advance(minutes=1)
    assert spans(sim, "plain") == [(0, 5)]
    assert spans(sim, "sleeps") == [(0, 8)]
    assert spans(sim, "fails") == [(0, 0)]


def test_a_modelled_run_may_be_ended_before_its_time(sim: Simulation) -> None:
    """Its length means nothing from then on, and neither does being held."""
    kept: list[RunHandle] = []
    for name, takes in [("a", "8s"), ("b", "hold")]:
        sim.add(name, TEN_SECONDS, kept.append, takes=takes)
    sim.clock.advance(seconds=15)
    for run in kept:
        sim.end_run(run)
    sim.finish("b")
    sim.clock.advance(seconds=10)
    assert spans(sim, "a") == spans(sim, "b") == [(10, 15), (20, None)]


@pytest.mark.parametrize("takes", ["soon", "5s..2s", 7])
def test_a_length_that_makes_no_sense_is_refused(sim: Simulation, takes: str) -> None:
    """Nothing is added."""
    with pytest.raises(BadTaskError, match="task 'a': takes"):
        sim.add("a", TEN_SECONDS, takes=takes)
    assert sim.names() == []


def test_what_is_declared_anew_runs_anew(sim: Simulation) -> None:
    """Function and length are those of the last declaration, whatever kind they are."""
    seen: list[str] = []
    declarations: list[tuple[Callable[..., object] | None, Takes]] = [
        (lambda: seen.append("plain"), None),
        (lambda run: seen.append("run"), None),
        (None, "1s"),
        (lambda: seen.append("again"), None),
        (None, None),
    ]
    for function, takes in declarations:
        sim.add("a", TEN_SECONDS, function, takes=takes)
        sim.clock.advance(seconds=15)
    assert seen == ["plain", "run", "again"]
    assert spans(sim, "a") == [(10, 10), (25, 25), (40, 41), (55, 55), (70, 70)]


def test_a_kept_task_keeps_its_length(sim: Simulation) -> None:
    """on_conflict="keep" changes nothing at all."""
    sim.add("a", TEN_SECONDS, takes="3s")
    sim.add("a", TEN_SECONDS, takes="hold", on_conflict="keep")
    sim.clock.advance(seconds=15)
    assert spans(sim, "a") == [(10, 13)]


# One order of things


def what_happened(journal: Journal, at_seconds: float) -> list[str]:
    """Return the inputs of one instant, in order."""
    at = int(at_seconds * 1_000_000_000)
    inputs: list[Input] = [record.input for record in journal if record.input.at.mono == at]
    return [
        f"{type(each).__name__} {each.name}" if isinstance(each, RunInput) else type(each).__name__
        for each in inputs
    ]


def test_at_one_instant_ends_come_before_sleepers_before_dues() -> None:
    """Each by name and number; so whoever comes due finds the slots free that become free."""
    journal = Journal()
    tasks: list[tuple[str, Callable[..., object] | None, Takes]] = [
        ("d", sleeper("5s"), None),
        ("c", sleeper("5s"), None),
        ("z", None, "5s"),
        ("y", None, "5s"),
    ]
    with Simulation(START, journal=journal) as sim:
        for name, function, takes in tasks:
            sim.add(name, Every(seconds=5), function, takes=takes)
        sim.clock.advance(seconds=10)
    assert what_happened(journal, 10)[:5] == [
        "RunFinished y",
        "RunFinished z",
        "RunFinished c",
        "RunFinished d",
        "Ticked",
    ]
    assert [len(sim.runs(name)) for name in "cdyz"] == [2] * 4


def test_what_a_run_asks_for_happens_when_it_has_ended(sim: Simulation) -> None:
    """Effects are done one after another; no run starts inside another one."""
    story: list[str] = []

    def first() -> None:
        story.append("first begins")
        sim.run_now("second")
        story.append("first ends")

    sim.add("first", TEN_SECONDS, first)
    sim.add("second", OnDemand(), lambda: story.append("second"))
    sim.add("third", TEN_SECONDS, lambda run: story.append("third"))
    sim.clock.advance(seconds=10)
    assert story == ["first begins", "first ends", "third", "second"]


def test_all_code_runs_in_turns(sim: Simulation) -> None:
    """However many runs sleep, one at a time is awake."""
    awake: list[str] = []
    most: list[int] = []

    def work(run: RunHandle) -> None:
        for _ in range(5):
            awake.append(run.name)
            most.append(len(awake))
            awake.remove(run.name)
            run.sleep("1s")

    for number in range(20):
        sim.add(f"task {number}", TEN_SECONDS, work)
    sim.clock.advance(minutes=1)
    assert set(most) == {1}
    assert len(most) == 20 * (5 * 5 + 1)


def test_a_plain_callable_runs_on_the_thread_that_moves_the_clock(sim: Simulation) -> None:
    """A callable that takes the run has a thread of its own, since it may sleep."""
    threads: dict[str, threading.Thread] = {}
    sim.add("plain", TEN_SECONDS, lambda: threads.update(plain=threading.current_thread()))
    sim.add("run", TEN_SECONDS, lambda run: threads.update(run=threading.current_thread()))
    sim.clock.advance(seconds=10)
    assert threads["plain"] is threading.current_thread()
    assert threads["run"].name == "duetime-strand"


def test_a_run_sleeps_on_its_own_thread_only(sim: Simulation) -> None:
    """Somebody else who has got hold of the run cannot let it sleep."""
    kept: list[RunHandle] = []
    sim.add("a", OnDemand(), lambda run: (kept.append(run), run.sleep("1h")))
    sim.demand("a")
    with pytest.raises(ClockError, match="only in its own code"):
        kept[0].sleep("1s")


# Limits


ENDLESS = (
    r"(?s)100 events at 2026-01-01T12:00:10.* and no end: task 'again' starts again and again; "
    r"the last 20 events:.*\n  2026-01-01T12:00:10Z again #99 "
)


@pytest.mark.parametrize("takes", [None, "0s"], ids=["its code", "no time"])
@pytest.mark.parametrize("wants_run", [True, False])
def test_runs_without_end_at_one_instant_are_an_error(
    sim: Simulation, takes: Takes, wants_run: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time cannot move on while somebody starts ever more; the message names who."""
    assert simulate.EVENT_LIMIT == 1_000_000
    monkeypatch.setattr(simulate, "EVENT_LIMIT", 100)

    def again(run: object = None) -> None:
        sim.demand("again")

    sim.add("again", TEN_SECONDS, again if wants_run else lambda: again(), takes=takes)
    with pytest.raises(UnsettledError, match=ENDLESS):
        sim.clock.advance(seconds=10)
    assert offset(sim.clock.now()) == 10


def test_many_tasks_at_one_instant_are_no_error(
    sim: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit counts what comes up meanwhile, not what was due."""
    monkeypatch.setattr(simulate, "EVENT_LIMIT", 100)
    for number in range(1000):
        sim.add(f"task {number}", TEN_SECONDS, takes=None if number else "1s")
    sim.clock.advance(seconds=15)
    assert all(starts(sim, name) == [10] for name in sim.names())


def test_code_that_neither_sleeps_nor_ends_is_named(
    sim: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that waits for something outside of virtual time holds it up for 30 real seconds."""
    monkeypatch.setattr(strands, "PATIENCE_SECONDS", 0.01)
    gate = threading.Event()
    sim.add("a", TEN_SECONDS, lambda run: bool(gate.wait(PATIENCE_SECONDS)))
    with pytest.raises(UnsettledError, match="<run 1 of 'a'> has neither ended nor slept"):
        sim.clock.advance(seconds=10)
    gate.set()


@pytest.mark.parametrize("others", [[], ["run"]], ids=["alone", "beside a strand"])
def test_an_interrupt_on_the_main_thread_goes_through(sim: Simulation, others: list[str]) -> None:
    """The run that it hit has failed; the simulation is whole and can be moved on."""
    calls = iter(range(10))

    def work() -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt

    sim.add("a", TEN_SECONDS, work)
    sim.add("b", TEN_SECONDS, nothing)
    for name in others:
        sim.add(name, TEN_SECONDS, sleeper("1s"))
    with pytest.raises(KeyboardInterrupt):
        sim.clock.advance(minutes=1)
    assert offset(sim.clock.now()) == 20
    sim.clock.advance(seconds=10)
    assert [run.error for run in sim.runs("a")] == ["", "KeyboardInterrupt", ""]
    assert all(starts(sim, name) == [10, 20, 30] for name in sim.names())


def test_an_interrupt_hits_what_a_verb_has_started(sim: Simulation) -> None:
    """It goes to whoever used the verb; the run has failed, and the next one may come."""

    def work(times: int) -> None:
        if times == 1:
            raise KeyboardInterrupt

    sim.add("a", OnDemand(), work, args={"times": 2})
    with pytest.raises(KeyboardInterrupt):
        sim.run_now("a", {"times": 1})
    sim.run_now("a")
    assert [run.error for run in sim.runs("a")] == ["KeyboardInterrupt", ""]


# What happens to the clock in the middle of a run


@pytest.mark.parametrize(
    ("happen", "expected"),
    [
        (lambda clock: clock.step_wall(minutes=1), [10, 80, 90]),
        (lambda clock: clock.step_wall(minutes=-1), [10, -40, -30]),
        (lambda clock: clock.slew(500_000, "10s"), [10, 25, 35]),
        (lambda clock: Simulation(clock).add("other", Every(seconds=3)), [10, 20, 30]),
        (lambda clock: (clock.hold("me"), clock.release("me")), [10, 20, 30]),
    ],
    ids=["forward", "back", "slew", "company", "work"],
)
def test_a_run_may_do_things_to_its_clock(
    happen: Callable[[VirtualClock], object], expected: list[float]
) -> None:
    """All but moving it; an interval goes on in elapsed time, and the clock shows the rest."""
    journal, seen = Journal(), []
    sim = Simulation(START, journal=journal)

    def work() -> None:
        seen.append(offset(sim.clock.now()))
        if len(seen) == 1:
            happen(sim.clock)

    sim.add("a", TEN_SECONDS, work)
    sim.clock.advance(seconds=35)
    assert (seen, starts(sim, "a")) == (expected, expected)
    assert replay(journal).records == 7


# What it tells


def test_runs_tell_all_about_themselves(sim: Simulation) -> None:
    """Also those that went by in a stride."""
    sim.add("a", TEN_SECONDS, lambda page: None, args={"page": "index"})
    sim.clock.advance(seconds=20)
    run = sim.runs("a")[1]
    assert (run.name, run.number, run.generation, run.attempt) == ("a", 2, 1, 1)
    assert (run.cause, run.outcome, run.error) == (Cause.DUE, Outcome.FINISHED, "")
    assert {offset(at) for at in (run.nominal, run.planned, run.started)} == {20}
    assert run.args == {"page": "index"}


def test_the_timeline_tells_the_story_of_some_minutes(golden: Callable[[str, str], None]) -> None:
    """Starts, ends and other fates, in the order of time."""
    with Simulation(START, seed=1) as sim:
        sim.add("sweep", Every(minutes=2), takes="30s..3m")
        sim.add("report", Once("2026-01-01T12:05:00Z"), takes="90s", priority=-1)
        sim.add("mail", OnDemand(), lambda run: 1 / 0 if run.number == 2 else run.sleep("1m"))
        sim.clock.advance(minutes=3)
        sim.demand("mail")
        sim.demand("mail")
        sim.clock.advance(minutes=5)
        sim.disable("sweep")
        sim.clock.advance(minutes=5)
        golden("timeline.txt", sim.timeline() + "\n")


def test_a_stride_and_steps_write_the_same_journal() -> None:
    """One long move, many short ones, and a walk from event to event."""
    journals = [Journal(), Journal(), Journal()]
    moves: list[Callable[[VirtualClock], None]] = [
        lambda clock: clock.advance(minutes=5),
        lambda clock: [clock.advance(seconds=1) for _ in range(300)] and None,
        lambda clock: [clock.step() for _ in range(64)] and None,
    ]
    for journal, move in zip(journals, moves, strict=True):
        sim = Simulation(START, journal=journal)
        calls = iter(range(1000))
        sim.add("a", TEN_SECONDS, lambda calls=calls: 1 / (next(calls) % 7 - 3))
        sim.add("b", Every(seconds=15), lambda sim=sim: sim.run_now("c") and None)
        sim.add("c", Every(seconds=25), takes="4s")
        sim.add("d", Every(seconds=30), nothing, priority=-1)
        move(sim.clock)
        sim.clock.run_until("2026-01-01T12:05:00Z")
        replay(journal)
    one, *others = [list(journal.lines()) for journal in journals]
    assert others == [one, one]
    assert sum('"Ticked"' in line for line in one) > 40


def test_a_run_that_is_drawn_to_fail_lasts_as_long_and_is_tried_again(sim: Simulation) -> None:
    """The failure comes at its end; without `takes` that is at once."""
    sim.add("a", OnDemand(), takes="5s", fails=1, retry="retry(2, 10s)")
    sim.add("b", OnDemand(), fails=1)
    for name in ("a", "b"):
        sim.run_now(name)
    sim.clock.advance(minutes=1)
    lasted = [(run.attempt, str(run.ended and run.ended - run.started)) for run in sim.runs("a")]
    assert lasted == [(1, "0:00:05"), (2, "0:00:05")]
    assert {str(run.outcome) for name in ("a", "b") for run in sim.runs(name)} == {"failed"}
