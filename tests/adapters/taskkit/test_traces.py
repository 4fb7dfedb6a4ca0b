"""Plays recorded sequences of calls; each has the answers that TaskKit gives, faults mended."""

import pytest

from tests.adapters.taskkit.reference import Work
from tests.adapters.taskkit.stage import Stage, cases

CASES = {name: (ops, expected) for name, ops, expected in cases()}
WORK_AT = {"addTimedAction": 3, "addPeriodicAction": 4, "addActionOnDemand": 2}
"""Where in a call the length of the runs stands; whether they fail stands after it."""


def answer(stage: Stage, op: list[object]) -> object:
    """Make one recorded call; return the answer in the form of the recording."""
    verb, *rest = op
    if verb == "advance":
        before = stage.now()
        stage.advance(float(str(rest[0])))
        running, scheduled, on_demand = stage.state()
        log = [list(event) for event in stage.starts_and_ends(after=before)]
        return {"log": log, "running": running, "scheduled": scheduled, "onDemand": on_demand}
    if verb not in WORK_AT:
        return stage.do((str(verb), *map(str, rest)))
    at = WORK_AT[str(verb)] - 1
    name = rest[at - 1]
    work = Work(length=rest[at], fails=rest[at + 1] == "fail")  # type: ignore[arg-type]
    return stage.do((str(verb), str(name), *map(str, rest[: at - 1])), work)


@pytest.mark.parametrize("name", CASES)
def test_recorded_calls_are_answered_as_recorded(name: str) -> None:
    """Answers, starts, ends and lists; the order of what happens at one instant is left open."""
    ops, expected = CASES[name]
    stage = Stage()
    for number, (op, right) in enumerate(zip(ops, expected, strict=True)):
        if isinstance(right, dict):
            right = {**right, "log": sorted(right["log"])}
        assert right == answer(stage, op), f"call {number}: {op}"
