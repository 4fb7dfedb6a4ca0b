"""What faces build on: ending a run while its code goes on, and several verbs as one."""

import threading

import pytest

from duetime.adapters.calls import RunHandle
from duetime.clocks.virtual import VirtualClock
from duetime.engine.history import Outcome
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import PATIENCE_SECONDS, SHELLS, START, AnyShell


@pytest.mark.parametrize("kind", SHELLS)
def test_a_run_may_end_before_its_code_does(kind: type[AnyShell]) -> None:
    """It frees its slot at once; how the code ends afterwards concerns nobody."""
    done, told = threading.Event(), threading.Event()
    accepted: list[bool] = []

    def end_early(run: RunHandle) -> None:
        if run.number == 1:
            shell.end_run(run, "early")
            shell.end_run(run)
            accepted.append(shell.run_now("a"))
            told.set()
            raise RuntimeError("too late to count")
        done.set()

    with kind(VirtualClock(START)) as shell:
        shell.add("a", OnDemand(), end_early)
        shell.run_now("a")
        assert done.wait(PATIENCE_SECONDS)
        assert told.wait(PATIENCE_SECONDS)
    assert accepted == [True]
    first, second = shell.runs("a")
    assert (first.outcome, first.error) == (Outcome.FAILED, "early")
    assert second.outcome is Outcome.FINISHED


def test_a_modelled_run_may_be_ended_early() -> None:
    """Its own end, when it comes, changes nothing."""
    kept: list[RunHandle] = []
    (simulation, _) = SHELLS
    clock = VirtualClock(START)
    with simulation(clock) as shell:
        shell.add("a", OnDemand(), lambda run: kept.append(run), takes="5s")
        shell.run_now("a")
        clock.advance("2s")
        shell.end_run(kept[0])
        clock.advance("9s")
        (run,) = shell.runs("a")
    assert run.ended is not None
    assert (run.ended - run.started).total_seconds() == 2


@pytest.mark.parametrize("kind", SHELLS)
def test_verbs_inside_of_together_are_one_step(kind: type[AnyShell]) -> None:
    """The same thread may use them all."""
    with kind(VirtualClock(START)) as shell, shell.together():
        shell.add("a", OnDemand(), print)
        shell.remove("a")
        assert shell.names() == []
