"""Strategies that draw programs from the kinds of acts that a property is about.

All names and times are small, so that due times meet and programs shrink well.
"""

from functools import partial
from typing import TypeAlias

from hypothesis import strategies as st

from duetime.adapters.testing.programs import (
    HELD,
    SAID,
    START,
    Act,
    Beat,
    Declare,
    Disable,
    Finish,
    Limit,
    Pass,
    Program,
    Reschedule,
    Restart,
    Say,
    Slew,
    Stall,
    StepWall,
)
from duetime.engine.instants import HOUR, SECOND, Span, iso
from duetime.engine.policies import CatchUp, ClockStep, Overlap, Retry
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.combine import Jitter
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import Once, OnDemand

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
RETRIES = st.one_of(
    st.none(),
    st.builds(
        Retry,
        st.integers(1, 4),
        st.sampled_from(["0s", "4s", "5s", "11s"]),
        st.sampled_from([1, 2.5]),
    ),
)
JITTERED_RETRIES = st.one_of(
    RETRIES, st.builds(lambda n: Retry(n, "9s", jitter=0.5), st.integers(2, 4))
)
TIME_LIMITS = st.sampled_from([None, None, 2, 8, 20]).map(
    lambda limit: None if limit is None else limit * SECOND
)
FAILING = st.sampled_from([(), (), (1,), (2,), (1, 2), (1, 2, 3, 4, 5)]).map(
    lambda calls: tuple(Beat(nth, "fail") for nth in calls)
)
"""Which calls of a task's code fail."""
SLOTS = st.sampled_from([None, None, 1, 2, 3])
PAUSES = st.sampled_from([0, 1, 5, 10, 12, 35, 60]).map(lambda pause: pause * SECOND)
LENGTHS = st.one_of(st.just(0), st.sampled_from([3, 5, 8, 40]).map(SECOND.__mul__), st.just(HELD))


def tasks(
    names: st.SearchStrategy[str] = NAME,
    triggers: st.SearchStrategy[Trigger] = TRIGGERS,
    **given: st.SearchStrategy[object],
) -> st.SearchStrategy[Task]:
    """Draw a task with any policies but those that are `given`."""
    policies = {
        "overlap": OVERLAPS,
        "window": st.one_of(st.none(), seconds(0, 300)),
        "priority": st.integers(0, 1),
        "retry": RETRIES,
        "time_limit": TIME_LIMITS,
        "clock_step": st.sampled_from(ClockStep),
        "rerun_after_crash": st.booleans(),
    }
    return st.builds(
        lambda name, trigger, catch_up, limit, **drawn: Task(
            name=name,
            trigger=trigger,
            catch_up=catch_up,
            buffer_limit=max(limit, catch_up.count),
            **drawn,
        ),
        names,
        triggers,
        CATCH_UPS,
        st.sampled_from([1, 2, 1_000]),
        **(policies | given),
    )


def declares(
    triggers: st.SearchStrategy[Trigger] = TRIGGERS,
    *,
    names: st.SearchStrategy[str] = NAME,
    lengths: st.SearchStrategy[Span] = LENGTHS,
    **given: st.SearchStrategy[object],
) -> Declares:
    """Draw the declaration of a task, whose code may fail now and then."""
    return st.builds(Declare, tasks(names, triggers, **given), lengths, FAILING)


JITTERY = declares(WITH_JITTER, retry=JITTERED_RETRIES)


SAYINGS: Acts = st.builds(Say, st.sampled_from(SAID), NAME)
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
def programs(
    draw: st.DrawFn,
    *kinds: Acts,
    first: Declares | None = None,
    slots: st.SearchStrategy[int | None] | None = None,
) -> Program:
    """Draw a program: a limit if any of `slots`, some declarations (`first`), acts of these kinds.

    Time passes between the acts, and a while at the end, so that things come of them.
    """
    limit = None if slots is None else draw(slots)
    begin = declares() if first is None else first
    declared = st.lists(begin, min_size=1, max_size=3, unique_by=lambda act: act.task.name)
    acts: list[Act] = list(draw(declared))
    for act in draw(st.lists(st.one_of(*kinds), min_size=3, max_size=12)):
        pause = draw(PAUSES)
        acts += [Pass(pause), act] if pause else [act]
    return Program([*([] if limit is None else [Limit(limit)]), *acts, Pass(45 * SECOND)])
