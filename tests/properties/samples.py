"""Programs that are played as they stand."""

from duetime.adapters.testing.programs import (
    HELD,
    START,
    Beat,
    Declare,
    Disable,
    Finish,
    Limit,
    Pass,
    Program,
    Reschedule,
    Say,
    Slew,
    Stall,
    StepWall,
    Suspend,
)
from duetime.engine.instants import MINUTE, SECOND, iso
from duetime.engine.policies import CatchUp, ClockStep, Overlap, Retry
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import Once


def _task(name: str, trigger: Trigger, overlap: str = "skip", catch_up: str = "latest") -> Task:
    return Task(
        name=name,
        trigger=trigger,
        overlap=Overlap.parse(overlap),
        catch_up=CatchUp.parse(catch_up),
    )


TRIED = Task(
    name="tried",
    trigger=Every(seconds=60),
    retry=Retry(3, "5s", jitter=0.5, seed=7),
    time_limit=30 * SECOND,
    rerun_after_crash=True,
)
STEADY = Task(
    name="steady",
    trigger=Every(seconds=30, anchor=iso(START)),
    catch_up=CatchUp.ALL,
    window=10 * MINUTE,
    clock_step=ClockStep.ACCEPT,
)


SAMPLE = Program(
    [
        Declare(_task("plain", Every(seconds=7)), beats=(Beat(3, "fail"), Beat(5, "look"))),
        Declare(_task("buffered", Every(seconds=5), "buffer_all", "all"), takes=12 * SECOND),
        Declare(_task("held", Every(seconds=20), "buffer_one", "last(2)"), takes=HELD),
        Declare(_task("daily", Daily(["02:00", "03:01"], tz="Europe/Berlin"), "cancel_other")),
        Declare(_task("after", AfterFinish(seconds=10)), takes=3 * SECOND),
        Declare(_task("once", Once(iso(START + 90 * SECOND)), "allow(2)")),
        Declare(TRIED, takes=HELD, beats=(Beat(1, "fail"), Beat(3, "fail"))),
        Declare(STEADY, takes=SECOND),
        Pass(45 * SECOND),
        Say("demand", "held"),
        Say("run_now", "plain"),
        Disable("buffered", 30 * SECOND),
        Disable("steady"),
        Stall(70 * SECOND),
        Say("enable from the pause", "steady"),
        Finish("held"),
        Slew(400, 60 * SECOND),
        Pass(61 * SECOND),
        Reschedule("plain", Every(seconds=11)),
        StepWall(-50 * SECOND),
        Pass(40 * SECOND),
        Finish("held", ok=False),
        StepWall(4 * 3_600 * SECOND),
        Suspend(33 * SECOND),
        Finish("tried", ok=False),
        Say("stop", "held"),
        Say("remove", "buffered"),
        Declare(_task("buffered", Every(seconds=9), "allow(3)", "earliest"), takes=20 * SECOND),
        Pass(100 * SECOND),
        Say("enable", "plain"),
        Say("remove", "held"),
        Say("remove", "once"),
        Pass(30 * SECOND),
        Finish("held"),
        Finish("held"),
    ]
)
"""One program with every kind of act that a Simulation can do, but for its limit."""
CROWD = Program(
    [
        Limit(2),
        *(Declare(Task(name=name, trigger=Every(seconds=5)), HELD) for name in "abc"),
        Pass(7 * SECOND),
        Say("remove", "a"),
        Finish("a"),
        Finish("b"),
    ]
)
"""More is due at once than there are slots, and one that is free goes to whoever waits."""
