"""How every shell lists its tasks, by what they are and by how they are; and the age of runs."""

from datetime import timedelta

import pytest

from duetime.adapters.calls import RunHandle
from duetime.adapters.listing import Kind, Status
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadArgumentError
from duetime.engine.machine import Settings
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.combine import AnyOf, Jitter, Limit
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.exclude import Except
from duetime.engine.triggers.once import Once, OnDemand
from duetime.engine.triggers.within import Within
from tests.contracts.stage import AnyShell, Failing, nothing, offset, sleeper

LATER = Once("2026-01-01T13:00Z")
HOURLY = Cron("0 * * * *")


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        (LATER, Kind.ONCE),
        (OnDemand(), Kind.ON_DEMAND),
        (Every(hours=1), Kind.PERIODIC),
        (Every(hours=1, anchor="2026-01-01T00:00Z"), Kind.PERIODIC),
        (AfterFinish(hours=1), Kind.PERIODIC),
        (Jitter(Every(hours=1), "1m"), Kind.PERIODIC),
        (Within(Every(hours=1), days="mon", tz="UTC"), Kind.PERIODIC),
        (Jitter(Limit(LATER, end="2026-01-02T00:00Z"), "1m"), Kind.ONCE),
        (Daily("09:00", tz="UTC"), Kind.CALENDAR),
        (Except(HOURLY, "2026-12-24"), Kind.CALENDAR),
        (AnyOf(Every(hours=1), LATER), Kind.CALENDAR),
        (Failing(last=1e9), Kind.CALENDAR),
    ],
    ids=repr,
)
def test_a_task_is_of_the_kind_of_its_trigger(
    shell: AnyShell, trigger: Trigger, expected: Kind
) -> None:
    """Bounds, windows and jitter leave the kind as it is; a combination is a calendar."""
    shell.add("a", trigger, nothing)
    assert [each.kind for each in shell.tasks()] == [expected]
    shell.reschedule("a", OnDemand())
    assert [each.kind for each in shell.tasks()] == [Kind.ON_DEMAND]


@pytest.fixture
def full(kind: type[AnyShell], clock: VirtualClock) -> AnyShell:
    """Give a shell with two slots and a task of each status."""
    shell = kind(clock, settings=Settings(max_running=2))
    shell.start()
    shell.add("broken", Failing(last=0.5), nothing)
    shell.add("idle", HOURLY, nothing)
    shell.add("paused", OnDemand(), sleeper("1h"))
    shell.add("ready", Every(seconds=3), nothing)
    shell.add("removed", OnDemand(), sleeper("10s"))
    shell.add("running", OnDemand(), sleeper("1h"), overlap="allow(2)")
    for name in ("removed", "running"):
        shell.run_now(name)
    shell.disable("paused")
    shell.remove("removed")
    clock.advance(seconds=5)
    return shell


def test_tasks_are_listed_with_what_one_wants_to_know(full: AnyShell, clock: VirtualClock) -> None:
    """By name; a task that was removed is no task, although its run goes on."""
    clock.step_wall("10m")
    clock.advance(seconds=0.5)
    found = {each.name: each for each in full.tasks()}
    assert {name: each.status for name, each in found.items()} == {
        name: Status(name) for name in ("broken", "idle", "paused", "ready", "running")
    }
    running, idle, ready = found["running"], found["idle"], found["ready"]
    assert (running.runs, running.age, running.due) == (1, timedelta(seconds=5.5), None)
    assert (idle.runs, idle.age, idle.trigger) == (0, None, HOURLY)
    assert idle.due is not None
    assert ready.due is not None
    assert (offset(idle.due), offset(ready.due)) == (3600, 606)
    full.shutdown()


@pytest.mark.parametrize(
    ("kind_of_task", "status", "names"),
    [
        ("calendar", None, ["broken", "idle"]),
        (Kind.PERIODIC, None, ["ready"]),
        ("ON_DEMAND", "running", ["running"]),
        (None, Status.PAUSED, ["paused"]),
        ("once", "idle", []),
    ],
)
def test_tasks_are_listed_by_kind_and_status(
    full: AnyShell, kind_of_task: str | None, status: str | None, names: list[str]
) -> None:
    """Those that are of both, where both are given."""
    assert [each.name for each in full.tasks(kind=kind_of_task, status=status)] == names
    full.shutdown()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"kind": "timed"}, "kind 'timed' is unknown; allowed are 'once', 'periodic', 'calendar'"),
        ({"status": "done"}, "status 'done' is unknown; allowed are 'idle', 'running', 'ready'"),
    ],
)
def test_an_unknown_kind_or_status_is_refused(
    shell: AnyShell, asked: dict[str, str], message: str
) -> None:
    """The message has those that there are."""
    with pytest.raises(BadArgumentError, match=message):
        shell.tasks(**asked)


def test_a_run_knows_its_age(shell: AnyShell, clock: VirtualClock) -> None:
    """In elapsed time: to set the wall clock changes nothing about it."""
    ages: list[timedelta] = []

    def work(run: RunHandle) -> None:
        ages.append(run.age)
        run.sleep("90s")
        ages.append(run.age)

    shell.add("a", OnDemand(), work)
    shell.run_now("a")
    clock.advance(minutes=1)
    clock.step_wall("-1h")
    assert [each.age for each in shell.tasks(status="running")] == [timedelta(minutes=1)]
    clock.advance(minutes=1)
    assert ages == [timedelta(0), timedelta(seconds=90)]


def test_a_plain_run_has_an_age_as_well(shell: AnyShell, clock: VirtualClock) -> None:
    """One that takes no time is as old as nothing."""
    found: list[timedelta | None] = []
    shell.add("a", Every(seconds=1), lambda: found.extend(t.age for t in shell.tasks()))
    clock.advance(seconds=3)
    assert found == [timedelta(0)] * 3
