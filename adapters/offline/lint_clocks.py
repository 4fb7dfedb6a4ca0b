"""Findings about changes of the clocks: times that are skipped, and times that come twice."""

from collections.abc import Iterator

from duetime.adapters.offline.clock_changes import (
    ClockPart,
    Met,
    Touched,
    changes_of,
    clock_parts,
    touched,
)
from duetime.adapters.offline.findings import Code, Finding, about, listed
from duetime.adapters.plans.records import PlannedTask
from duetime.engine.instants import Instant, to_datetime

_IN_A_GAP = {
    Met.SKIPPED: "left out",
    Met.AT_END: "due at the end of the gap, once for all that are in it",
    Met.LATER: "due later by the length of the gap",
}
_DOUBLED = {
    Met.FIRST: "due the first time only",
    Met.SECOND: "due the second time only",
    Met.TWICE: "due both times",
}


def clock_times(task: PlannedTask, begin: Instant, end: Instant) -> Iterator[Finding]:
    """Find times that a change of the clock skips or doubles.

    Where every minute that passes counts, as for `*/5` in cron, nothing is lost or repeated.
    """
    for part in clock_parts(task.task.trigger):
        found = [
            each
            for change in changes_of(part.trigger.tz, begin, end)
            for each in touched(part, change)
            if not each.elapsed
        ]
        for met, text in _IN_A_GAP.items():
            yield from _finding(task, part, [each for each in found if each.met is met], text)
        for met, text in _DOUBLED.items():
            yield from _finding(task, part, [each for each in found if each.met is met], text)


def _finding(
    task: PlannedTask, part: ClockPart, found: list[Touched], text: str
) -> Iterator[Finding]:
    if not found:
        return
    in_gap = found[0].met in _IN_A_GAP
    verbs = ("does not exist", "do not exist") if in_gap else ("comes twice", "come twice")
    policy = "gap" if in_gap else "fold"
    shown = listed([f"{to_datetime(each.first):%Y-%m-%d %H:%M}" for each in found], 3)
    yield about(
        task,
        Code.GAP_TIME if in_gap else Code.DOUBLED_TIME,
        what=f"on the clock of {part.trigger.tz}, {shown} {verbs[len(found) > 1]}: {text}",
        why=_why(found[0].met),
        remedy=f"take a time that no change touches, or choose another {policy}",
    )


def _why(met: Met) -> str:
    if met is Met.SKIPPED:
        return "the task has no run then"
    if met is Met.TWICE:
        return "the task runs once more than on other days"
    return "the distance to the runs before and after is another one than on other days"
