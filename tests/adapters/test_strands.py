"""Strands: threads of which exactly one runs at a time."""

import threading
from collections.abc import Iterator

import pytest

from duetime.adapters import strands
from duetime.adapters.calls import RunHandle
from duetime.adapters.strands import Ended, Strand, Strands
from duetime.engine.errors import ClockError, UnsettledError
from tests.adapters.builders import SleepsByHand, make_run
from tests.contracts.stage import PATIENCE_SECONDS, threads_left


@pytest.fixture
def all_strands() -> Iterator[Strands]:
    """Give strands; in the end, see that none of their threads stays."""
    all_strands = Strands()
    yield all_strands
    all_strands.close()
    assert threads_left() == []


@pytest.fixture
def shell(all_strands: Strands) -> SleepsByHand:
    """Give a shell in which a run sleeps until a given number."""
    shell = SleepsByHand()
    shell.sleep = all_strands.sleep
    return shell


def test_a_strand_and_its_caller_work_in_turns() -> None:
    """The call goes on only while the caller stands still, until it pauses or ends."""
    story: list[str] = []
    strand = Strand()

    def work() -> None:
        for part in ("one", "two"):
            story.append(part)
            strand.pause()
        story.append("three")

    strand.begin(work, "work")
    for part in ("a", "b"):
        story.append(part)
        assert not strand.ended
        strand.resume("work")
    assert strand.ended
    assert story == ["one", "a", "two", "b", "three"]
    strand.close()
    assert threads_left() == []


def test_a_strand_is_used_for_call_after_call() -> None:
    """One thread serves them all; it is no other's."""
    threads: list[threading.Thread] = []
    strand = Strand()
    for _ in range(3):
        strand.begin(lambda: threads.append(threading.current_thread()), "note")
    assert len(set(threads)) == 1
    assert not strand.is_here()
    here: list[bool] = []
    strand.begin(lambda: here.append(strand.is_here()), "here")
    assert here == [True]
    strand.close()
    assert threads_left() == []


def test_a_strand_that_neither_ends_nor_pauses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """After 30 real seconds the caller is told whose code it is, and what it should do."""
    assert strands.PATIENCE_SECONDS == 30
    monkeypatch.setattr(strands, "PATIENCE_SECONDS", 0.01)
    gate, strand = threading.Event(), Strand()
    with pytest.raises(UnsettledError, match="the accountant has neither ended nor slept"):
        strand.begin(lambda: bool(gate.wait(PATIENCE_SECONDS)), "the accountant")
    gate.set()
    assert strand._back.acquire(timeout=PATIENCE_SECONDS)
    strand.close()
    assert threads_left() == []


def test_a_run_that_does_not_sleep_has_ended(all_strands: Strands) -> None:
    """With the text of its error, or without."""
    well, ill = make_run(lambda run: None), make_run(lambda run: run.unknown, name="b")
    assert all_strands.begin(well) == Ended(well, None)
    ended = all_strands.begin(ill)
    assert ended is not None
    assert (ended.error or "").startswith("AttributeError")


def test_sleepers_wake_by_time_then_by_name_and_number(
    all_strands: Strands, shell: SleepsByHand
) -> None:
    """Whoever went to sleep first plays no part."""
    for name, number, until in [("b", 1, 5), ("a", 2, 5), ("a", 1, 5), ("z", 1, 3)]:
        run = make_run(
            lambda run, until: run.sleep(until), name=name, number=number, shell=shell, until=until
        )
        assert all_strands.begin(run) is None
        assert all_strands.is_asleep(run.key)
    woken = []
    while (first := all_strands.first_wake()) is not None:
        woken.append(first)
        assert all_strands.resume(first[1]) is not None
    assert woken == [(3, ("z", 2, 1)), (5, ("a", 2, 1)), (5, ("a", 2, 2)), (5, ("b", 2, 1))]


def test_a_run_that_was_woken_early_is_not_woken_again(
    all_strands: Strands, shell: SleepsByHand
) -> None:
    """Its old time to wake means nothing; a new one does."""
    run = make_run(lambda run: (run.sleep(5), run.sleep(9)), shell=shell)
    all_strands.begin(run)
    assert all_strands.resume(run.key) is None
    assert all_strands.first_wake() == (9, run.key)


def test_only_the_code_of_a_run_can_let_it_sleep(all_strands: Strands, shell: SleepsByHand) -> None:
    """Anybody else who has the run gets an error, on whatever thread."""
    kept: list[RunHandle] = []

    def sleep_in_anothers_name(run: RunHandle) -> None:
        kept[0].sleep(1)

    sleeper = make_run(lambda run: (kept.append(run), run.sleep(5)), shell=shell)
    all_strands.begin(sleeper)
    with pytest.raises(ClockError, match="<run 1 of 'a'> can sleep only in its own code"):
        sleeper.sleep(1)
    ended = all_strands.begin(make_run(sleep_in_anothers_name, name="b", shell=shell))
    assert ended is not None
    assert (ended.error or "").startswith("ClockError: <run 1 of 'a'> can sleep only")


def test_strands_are_used_again(all_strands: Strands, shell: SleepsByHand) -> None:
    """As many threads as runs that sleep at the same time, and no more."""
    threads: set[threading.Thread] = set()

    def work(run: RunHandle) -> None:
        threads.add(threading.current_thread())
        run.sleep(1)

    for number in range(1, 21, 2):
        runs = [make_run(work, number=number + one, shell=shell) for one in (0, 1)]
        assert [all_strands.begin(run) for run in runs] == [None, None]
        assert all(all_strands.resume(run.key) for run in runs)
    assert len(threads) == 2


def test_closing_wakes_all_sleepers_for_the_last_time(
    all_strands: Strands, shell: SleepsByHand
) -> None:
    """By name and number; whoever goes to sleep again is cut off there."""
    good = make_run(lambda run: run.sleep(9), name="b", shell=shell)
    bad = make_run(lambda run: (run.sleep(3), run.sleep(3)), name="a", shell=shell)
    all_strands.begin(good)
    all_strands.begin(bad)
    assert all_strands.close() == [Ended(bad, "Abandoned"), Ended(good, None)]
    assert threads_left() == []
