"""Strategies that draw programs from the kinds of acts that a property is about.

All names and times are small, so that due times meet and programs shrink well.
"""

from functools import partial
from typing import TypeAlias

from hypothesis import strategies as st

from duetime.engine.instants import HOUR, SECOND, Span, iso
from duetime.engine.policies import CatchUp, Overlap
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.combine import Jitter
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import Once, OnDemand
from tests.properties.acts import (
    HELD,
    START,
    Act,
    Declare,
    Disable,
    Finish,
    Pass,
    Program,
    Reschedule,
    Restart,
    Say,
    Slew,
    Stall,
    StepWall,
)

Acts: TypeAlias = st.SearchStrategy[Act]
Declares: TypeAlias = st.SearchStrategy[Declare]

NAMES = ("a", "b", "c")


def seconds(low: int, high: int) -> st.SearchStrategy[Span]:
    """Draw a span of whole seconds."""
    return st.integers(low, high).map(lambda count: count * SECOND)


NAME = st.sampled_from(NAMES)
PERIODS = st.sampled_from([5, 7, 10, 20, 60, 90])
GRIDS = PERIODS.map(lambda period: Every(seconds=period))
ANCHORED = st.builds(
    lambda period, ahead: Every(seconds=period, anchor=iso(START + ahead)), PERIODS, seconds(-9, 99)
)
DELAYS = st.sampled_from([5, 10, 33]).map(lambda delay: AfterFinish(seconds=delay))
ONCE = seconds(-30, 300).map(lambda ahead: Once(iso(START + ahead)))
DAILY = st.lists(
    st.sampled_from(["01:58:30", "01:59", "02:00", "02:30", "03:00:10", "03:01"]),
    min_size=1,
    max_size=3,
).map(lambda at: Daily(at, tz="Europe/Berlin"))
AHEAD = st.one_of(GRIDS, ANCHORED, DELAYS, DAILY)
"""Triggers that are never late when they are added."""
RARE = st.one_of(ONCE, st.just(OnDemand()))
ZONE_FREE = st.one_of(GRIDS, ANCHORED, DELAYS, RARE)
TRIGGERS = st.one_of(GRIDS, ANCHORED, DELAYS, DAILY, RARE)
JITTERED = st.one_of(GRIDS, ANCHORED, DAILY).flatmap(
    lambda trigger: st.sampled_from(["2ms", "3s", "20s"]).map(partial(Jitter, trigger))
)
WITH_JITTER = st.one_of(TRIGGERS, JITTERED)
OVERLAPS = st.one_of(
    st.sampled_from([Overlap.SKIP, Overlap.BUFFER_ONE, Overlap.BUFFER_ALL, Overlap.CANCEL_OTHER]),
    st.integers(1, 3).map(Overlap.allow),
)
CATCH_UPS = st.one_of(
    st.sampled_from([CatchUp.LATEST, CatchUp.NONE, CatchUp.EARLIEST, CatchUp.ALL]),
    st.integers(1, 3).map(CatchUp.last),
)
PAUSES = st.sampled_from([0, 1, 5, 10, 12, 35, 60]).map(lambda pause: pause * SECOND)
LENGTHS = st.one_of(st.just(0), st.sampled_from([3, 5, 8, 40]).map(SECOND.__mul__), st.just(HELD))


def tasks(
    names: st.SearchStrategy[str] = NAME, triggers: st.SearchStrategy[Trigger] = TRIGGERS
) -> st.SearchStrategy[Task]:
    """Draw a task with any policies."""
    return st.builds(
        lambda name, trigger, **policies: Task(name=name, trigger=trigger, **policies),
        names,
        triggers,
        overlap=OVERLAPS,
        catch_up=CATCH_UPS,
        window=st.one_of(st.none(), seconds(0, 300)),
        priority=st.integers(0, 1),
        buffer_limit=st.sampled_from([1, 2, 1_000]),
    )


def declares(
    triggers: st.SearchStrategy[Trigger] = TRIGGERS,
    *,
    names: st.SearchStrategy[str] = NAME,
    lengths: st.SearchStrategy[Span] = LENGTHS,
) -> Declares:
    """Draw the declaration of a task."""
    return st.builds(Declare, tasks(names, triggers), lengths)


SAYINGS: Acts = st.builds(
    Say, st.sampled_from(["demand", "run_now", "stop", "enable", "remove"]), NAME
)
DEMANDS: Acts = st.builds(Say, st.just("demand"), NAME)
DISABLES: Acts = st.builds(Disable, NAME, st.one_of(st.none(), seconds(1, 120)))
RESCHEDULES: Acts = st.builds(Reschedule, NAME, TRIGGERS)
FINISHES: Acts = st.builds(Finish, NAME, st.booleans())
CALM: Acts = st.builds(Pass, st.one_of(PAUSES, st.integers(0, 90 * SECOND)))
LAGS: Acts = st.builds(Stall, st.sampled_from([0, 5, 7, 30, 65, 100, 400]).map(SECOND.__mul__))
STEPS: Acts = st.builds(
    StepWall, st.one_of(seconds(-90, 90), st.sampled_from([-4 * HOUR, 4 * HOUR, -HOUR, HOUR]))
)
SLEWS: Acts = st.builds(Slew, st.integers(-500, 500), seconds(0, 300))
RESTARTS: Acts = st.just(Restart())
VERBS: Acts = st.one_of(SAYINGS, DISABLES, RESCHEDULES, declares(), FINISHES)
ZONE_FREE_VERBS: Acts = st.one_of(
    SAYINGS, DISABLES, st.builds(Reschedule, NAME, ZONE_FREE), declares(ZONE_FREE), FINISHES
)
EVERYTHING = (VERBS, CALM, LAGS, STEPS, SLEWS)
"""All acts that a Simulation can do."""


@st.composite
def programs(draw: st.DrawFn, *kinds: Acts, first: Declares | None = None) -> Program:
    """Draw a program: one to three declarations (`first`), then acts of these kinds.

    Time passes between the acts, and a while at the end, so that things come of them.
    """
    begin = declares() if first is None else first
    acts = draw(st.lists(begin, min_size=1, max_size=3, unique_by=lambda act: act.task.name))
    for act in draw(st.lists(st.one_of(*kinds), min_size=3, max_size=12)):
        pause = draw(PAUSES)
        acts += [Pass(pause), act] if pause else [act]
    return Program([*acts, Pass(45 * SECOND)])
