"""Explorations: how many runs they make, what is planted and found, what replays it."""

from collections.abc import Callable
from math import comb

import pytest
from hypothesis import given

from duetime.adapters.calls import RunHandle
from duetime.adapters.testing.checks import check_safety
from duetime.adapters.testing.explored import Exploration
from duetime.adapters.testing.exploring import (
    ExploreError,
    Mode,
    explore,
    explore_all,
    explore_once,
)
from duetime.adapters.testing.rehearsal import WrongError
from duetime.adapters.testing.tape import Tape, TapeError, read_tape, tape_text
from duetime.adapters.testing.tape_strategies import tapes
from duetime.adapters.testing.wayward import WaywardSimulation
from duetime.adapters.testing.world import KINDS
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadArgumentError
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand

Choose = Callable[[str, list[int]], int]


def own_choices(_: WaywardSimulation, __: VirtualClock, choose: Choose) -> None:
    """Choose six times between two."""
    for number in range(6):
        choose(f"choice {number}", [0, 1])


def two_tasks(sim: WaywardSimulation, clock: VirtualClock) -> None:
    """Have two tasks that meet, verbs that come at any moment, and failures."""
    sim.add("a", Every(minutes=1), takes="20s..1m")
    sim.add("b", Every(minutes=1), lambda run: run.sleep("60s"), overlap="buffer_one")
    sim.may_fail("b")
    sim.may_be_late("90s")
    sim.concurrently(lambda: sim.demand("a"), lambda: sim.disable("b"), after="2m")
    clock.advance(minutes=3)


def raise_if(fact: bool) -> None:
    """Fail with a text that pytest does not write anew."""
    if fact:
        raise AssertionError("planted")


@pytest.mark.parametrize("deviations", [0, 1, 2, 3, 6])
def test_the_number_of_runs_is_what_combinatorics_says(deviations: int) -> None:
    """Each set of at most so many of n choices is a run, and none is a run twice."""
    explored = explore_all(own_choices, max_deviations=deviations)
    assert explored.runs == sum(comb(6, size) for size in range(deviations + 1))
    assert explored.exhaustive


@pytest.mark.parametrize("calls", [2, 3, 4])
def test_all_orders_of_concurrent_calls_are_walked(calls: int) -> None:
    """With enough deviations each permutation is seen once."""
    seen = list[tuple[int, ...]]()

    def scenario(sim: WaywardSimulation, _: VirtualClock) -> None:
        order = list[int]()
        sim.concurrently(*(lambda number=number: order.append(number) for number in range(calls)))
        seen.append(tuple(order))

    explore_all(scenario, max_deviations=calls)
    assert len(seen) == len(set(seen)) == [0, 1, 2, 6, 24][calls]


@pytest.mark.parametrize("mode", ["systematic", "random", "pct"])
def test_every_mode_runs_whatever_the_world_does(mode: Mode) -> None:
    """Each kind of choice, drawn or walked, leaves the safety checks in peace."""
    explored = explore_all(two_tasks, mode=mode, runs=150, choices=KINDS)
    assert explored.runs == 150
    assert not explored.exhaustive


def test_the_marks_that_were_passed_are_counted_over_all_runs() -> None:
    """A mark says in how many runs a place was reached."""

    def scenario(sim: WaywardSimulation, _: VirtualClock, choose: Choose) -> None:
        for __ in range(2):
            if choose("which way", [0, 1]):
                sim.mark("the other way")

    explored = explore_all(scenario)
    assert str(explored) == "4 runs of up to 2 choices, exhaustive, 'the other way' in 3"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_of_choice_is_met(kind: str) -> None:
    """A kind alone gives choices, and without any kind there is one run."""
    assert explore_all(two_tasks, max_deviations=1, choices=[kind]).runs > 1
    assert explore_all(two_tasks, choices=[]).runs == 1


@pytest.mark.parametrize("mode", ["systematic", "random", "pct"])
def test_a_planted_bug_is_found_with_the_fewest_deviations(mode: Mode) -> None:
    """What takes two deviations among six is told with just these two."""

    def scenario(_: object, __: object, choose: Choose) -> None:
        taken = [choose(f"choice {number}", [0, 1, 2]) for number in range(6)]
        assert not (taken[1] == 2 and taken[4] == 1)

    with pytest.raises(ExploreError) as caught:
        explore_all(scenario, mode=mode, max_deviations=4)
    assert caught.value.tape == "1=2 4=1"


def test_what_is_left_out_may_move_the_numbers_of_the_rest() -> None:
    """A deviation that brings choices along is left out, and the others are found by label."""

    def scenario(_: object, __: object, choose: Choose) -> None:
        for number in range(choose("how many more", [0, 3])):
            choose(f"more {number}", [0, 1])
        raise_if(choose("the one", [0, 1]) == 1)

    with pytest.raises(ExploreError) as caught:
        explore_all(scenario, mode="pct", seed=3)
    assert caught.value.tape == "1=1"


def test_a_failure_tells_what_the_world_did_and_how_to_see_it_again() -> None:
    """The deviations, the timeline and the line that replays them are in the message."""

    def fails(sim: WaywardSimulation, clock: VirtualClock) -> None:
        sim.add("a", Every(minutes=1), takes="1s")
        sim.may_fail("a")
        clock.advance(minutes=2)
        raise_if(any(run.error for run in sim.runs("a")))

    with pytest.raises(ExploreError) as caught:
        explore(choices=["outcome"], start="2026-03-01T00:00Z")(fails)()
    assert str(caught.value).splitlines() == [
        "AssertionError: planted",
        "  out of the ordinary, choices met: 1",
        "    choice 0: 2026-03-01T00:01:01Z, run 1 of 'a' ends: with an error (ordinary: well)",
        "  timeline, the latest:",
        "    2026-03-01T00:00:00Z Added 'a'",
        "    2026-03-01T00:01:00Z Ticked: starts 'a' run 1",
        "    2026-03-01T00:01:01Z RunFailed 'a' run 1",
        "    2026-03-01T00:02:00Z Ticked: starts 'a' run 2",
        "  again: explore_once(fails, tape='0=1', choices=['outcome'], start='2026-03-01T00:00Z')",
    ]


def test_the_line_of_a_failure_shows_it_again() -> None:
    """A tape replays a failure, of the scenario and of the test made of it."""

    @explore(choices=["outcome"])
    def test(sim: WaywardSimulation, clock: VirtualClock) -> None:
        sim.add("a", Every(minutes=1), takes="1s")
        sim.may_fail("a")
        clock.advance(minutes=3)
        raise_if(sum(bool(run.error) for run in sim.runs("a")) == 2)

    with pytest.raises(ExploreError) as first:
        test()
    with pytest.raises(ExploreError) as again:
        explore_once(test, tape=first.value.tape)
    assert str(again.value) == str(first.value)
    explore_once(test)


def test_a_crash_is_found_that_does_a_thing_twice() -> None:
    """The process is killed once, in the middle of a run that is then started again."""

    def charge(sim: WaywardSimulation, clock: VirtualClock) -> None:
        charged: list[int] = []

        def pay(run: RunHandle) -> None:
            charged.append(run.number)
            run.sleep("5s")

        sim.add("charge", Every(minutes=1), pay, rerun_after_crash=True)
        clock.advance(minutes=2)
        raise_if(len(charged) > len(set(charged)))

    assert explore_all(charge).exhaustive
    with pytest.raises(ExploreError, match="the process is killed: yes") as found:
        explore_all(charge, choices={"crash"})
    assert found.value.tape.count("=") == 1


def test_what_a_crash_cut_short_is_lost_or_starts_again() -> None:
    """A sleeper is not woken, a held run is let go, and what is due next goes on."""

    def night(sim: WaywardSimulation, clock: VirtualClock) -> None:
        sim.add("sleep", Every(minutes=1), lambda run: run.sleep("50s"))
        sim.add("hold", Every(minutes=1), takes="hold")
        clock.advance(minutes=3)
        lost = {run.number for run in sim.runs("sleep") if run.outcome == "lost"}
        sim.mark(f"lost {len(lost)}")
        assert len(sim.runs("sleep")) == 3

    explored = explore_all(night, choices={"crash"}, max_deviations=1)
    assert explored.marks["lost 1"] == 3


def test_a_scenario_that_is_not_deterministic_is_told() -> None:
    """A replay that meets another label is an error that names both."""
    calls = list[int]()

    def scenario(_: object, __: object, choose: Choose) -> None:
        calls.append(1)
        choose(f"call {len(calls)}", [0, 1])

    with pytest.raises(TapeError, match=r"'call 1' .* now is 'call 2'"):
        explore_all(scenario)


def test_a_scenario_that_stops_short_of_its_choices_is_told() -> None:
    """A replay that does not come to its deviation is an error as well."""
    calls = list[int]()

    def scenario(_: object, __: object, choose: Choose) -> None:
        calls.append(1)
        if len(calls) == 1:
            choose("once", [0, 1])

    with pytest.raises(TapeError, match=r"'0=1'.* met 0 choices"):
        explore_all(scenario)


def test_a_run_that_never_ends_is_stopped() -> None:
    """So many events at one instant are a mistake, and what comes next is named."""

    def scenario(sim: WaywardSimulation, _: VirtualClock) -> None:
        sim.add("hot", OnDemand(), lambda: sim.concurrently(lambda: sim.demand("hot"), after="0s"))
        sim.demand("hot")

    with pytest.raises(ExploreError, match=r"UnsettledError: 10,000 events .* next: outside input"):
        explore_all(scenario)


def test_what_breaks_a_promise_of_the_engine_is_found() -> None:
    """An occurrence without a fate fails the checks that follow each run."""
    tape = Tape()
    clock = VirtualClock("2026-01-01T00:00Z")
    sim = WaywardSimulation(clock, tape, kinds=KINDS)
    sim.add("a", Every(minutes=1))
    clock.advance(minutes=4)
    records = list(sim.journal)
    check_safety(sim.machine, records)
    with pytest.raises(WrongError, match="has no fate"):
        check_safety(sim.machine, records[:2] + records[4:])


def test_a_trigger_that_was_changed_leaves_the_checks_in_peace() -> None:
    """The due times of a trigger that is no longer there cannot be listed."""

    def scenario(sim: WaywardSimulation, clock: VirtualClock) -> None:
        sim.add("a", Every(minutes=1))
        sim.concurrently(lambda: sim.reschedule("a", Every(seconds=25)), after="2m")
        clock.advance(minutes=4)
        clock.step_wall("-1h")
        clock.advance(minutes=4)

    assert explore_all(scenario).exhaustive


@given(tapes(max_deviations=3, choices=20))
def test_hypothesis_can_draw_the_tapes(tape: Tape) -> None:
    """A drawn tape is played; what does not fit is left aside, what it came to replays."""
    outcome = explore_once(two_tasks, tape)
    assert explore_once(two_tasks, str(outcome.tape)).timeline == outcome.timeline


@given(tapes())
def test_a_tape_is_read_as_it_is_written(tape: Tape) -> None:
    """Text and deviations are the same thing."""
    text = repr(tape)[len("Tape('") : -len("')")]
    assert tape_text(read_tape(text)) == text


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: explore(mode="all"), "mode 'all' is unknown; allowed are systematic, random"),  # type: ignore[arg-type]  # bad on purpose
        (lambda: explore_all(own_choices, max_deviations=-1), "max_deviations=-1"),
        (lambda: explore_all(own_choices, runs=0), "runs=0"),
        (lambda: explore_all(own_choices, choices=["wind"]), r"\['wind'\] are unknown"),
        (lambda: explore_once(own_choices, "1=1 2"), "'2' cannot be read"),
        (lambda: Tape().choose("x", []), "at least one option"),
        (lambda: Exploration(own_choices, choices=frozenset("x")), "unknown"),
    ],
)
def test_bad_input_is_refused(call: Callable[[], object], message: str) -> None:
    """What was given and what is allowed are named."""
    with pytest.raises(BadArgumentError, match=message):
        call()


def test_a_tape_that_does_not_fit_is_refused() -> None:
    """A text with a deviation that the run does not come to belongs to another scenario."""
    with pytest.raises(TapeError, match=r"'9=1'.* met 6 choices"):
        explore_once(own_choices, "0=1 9=1")


def test_what_cannot_be_called_does_not_come_concurrently() -> None:
    """A result in place of a function is the usual mistake."""

    def scenario(sim: WaywardSimulation, _: VirtualClock) -> None:
        sim.concurrently(3)  # type: ignore[arg-type]  # bad on purpose

    with pytest.raises(ExploreError, match="3 cannot be called"):
        explore_all(scenario)
