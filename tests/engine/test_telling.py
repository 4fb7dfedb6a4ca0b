"""Accounts: small stories, and what is told of due times in them; see tests/golden/accounts.txt."""

from collections.abc import Callable

import pytest

from duetime.engine.accounts import Account, Standing
from duetime.engine.catchup import Fate
from duetime.engine.errors import UnknownTaskError
from duetime.engine.instants import HOUR, MINUTE, Span
from duetime.engine.journal import JournalRecord
from duetime.engine.machine import Machine, Settings, Snapshot
from duetime.engine.messages import (
    Added,
    Damaged,
    Demanded,
    Disabled,
    Enabled,
    Input,
    Redeclared,
    Removed,
    Rescheduled,
    Restarted,
    ResumeFrom,
    RunFailed,
    RunFinished,
    RunLost,
    RunRequested,
    StopRequested,
    Ticked,
)
from duetime.engine.policies import CatchUp, ClockStep, Overlap, Retry
from duetime.engine.tasks import Task
from duetime.engine.telling import tell
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.combine import Jitter
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import Once, OnDemand
from tests.engine.builders import NOON, TEN_MINUTES, Fragile, reading

ELAPSED = Every(minutes=10)
FIVE_MINUTES = Every(minutes=5, anchor="2026-01-01T00:00Z")


class Script:
    """A machine that lives through inputs; times are minutes after noon, as time has passed."""

    def __init__(self) -> None:
        """Start without tasks."""
        self.machine = Machine()
        self.records: list[JournalRecord] = []
        self.base: Snapshot | None = None
        self.shift: Span = 0
        self.boot = "virtual"

    def take(self, minutes: float, kind: Callable[..., Input], **fields: object) -> None:
        """Take an input."""
        wall = NOON + int(minutes * MINUTE) + self.shift
        input_ = kind(at=reading(wall, shift=self.shift, boot=self.boot), **fields)
        self.records.append(JournalRecord(input_, self.machine.handle(input_)))

    def say(self, minutes: float, kind: Callable[..., Input], **fields: object) -> None:
        """Say something about the task."""
        self.take(minutes, kind, name="t", **fields)

    def add(self, minutes: float = 0, trigger: Trigger = TEN_MINUTES, **policies: object) -> None:
        """Declare the task."""
        task = Task(name="t", trigger=trigger, **policies)  # type: ignore[arg-type]
        self.take(minutes, Added, task=task)

    def tick(self, *minutes: float) -> None:
        """Let time pass."""
        for each in minutes:
            self.take(each, Ticked)

    def end(self, minutes: float, number: int, **fields: object) -> None:
        """End a run, well or with an error."""
        kind = RunFailed if "error" in fields else RunFinished
        self.say(minutes, kind, **{"generation": 1, "number": number, **fields})

    def ask(self, minutes: float, *, now: float | None = None) -> Account:
        """Ask why; the time is that of the wall clock."""
        return tell(
            self.records,
            "t",
            NOON + int(minutes * MINUTE),
            settings=self.machine.settings,
            base=self.base,
            now=None if now is None else reading(NOON + int(now * MINUTE)),
        )

    def begin_anew(self) -> None:
        """Let the journal begin with a snapshot of now."""
        self.base, self.records = self.machine.snapshot(), []


def on_time(s: Script) -> list[float]:
    """Runs that start on time, are still going, or lie ahead; and what is no due time."""
    s.add()
    s.tick(10)
    s.end(10.5, 1)
    s.tick(20)
    return [10, 20, 30, 15, -5]


def nobody_looked(s: Script) -> list[float]:
    """Several came due before anybody looked."""
    s.add(window=25 * MINUTE)
    s.tick(9, 63)
    return [10, 20, 25, 40, 60]


def the_earliest(s: Script) -> list[float]:
    """Merged into the first."""
    s.add(catch_up=CatchUp.EARLIEST, window=HOUR)
    s.tick(35)
    return [20]


def all_of_them(s: Script) -> list[float]:
    """As many are made up for as may wait; they start one after another."""
    s.add(catch_up=CatchUp.ALL, window=HOUR, buffer_limit=2)
    s.tick(35)
    s.end(36, 1)
    return [20, 30]


def on_time_or_not_at_all(s: Script) -> list[float]:
    """Under this policy on time means within a second."""
    s.add(catch_up=CatchUp.NONE)
    s.tick(10.1)
    return [10]


def in_the_way(s: Script) -> list[float]:
    """A run was still going."""
    s.add()
    s.tick(10, 20)
    s.end(25, 1)
    s.tick(30, 40)
    return [20, 40]


def many_in_the_way(s: Script) -> list[float]:
    """Five runs were still going."""
    s.add(overlap=Overlap.allow(5), trigger=FIVE_MINUTES)
    s.tick(5, 10, 15, 20, 25, 30)
    return [30]


def one_waits(s: Script) -> list[float]:
    """One waits for a run to end, the next ones are skipped."""
    s.add(overlap=Overlap.BUFFER_ONE)
    s.tick(10, 20, 30)
    s.end(31, 1, error="no such file")
    s.tick(40)
    return [20, 30, 40]


def the_buffer_is_full(s: Script) -> list[float]:
    """Two wait, and there is no room for more."""
    s.add(overlap=Overlap.BUFFER_ALL, buffer_limit=2)
    s.tick(10, 20, 30, 40)
    return [40]


def taken_over(s: Script) -> list[float]:
    """The one that waits makes room for a later one."""
    s.add(overlap=Overlap.CANCEL_OTHER)
    s.tick(10, 20, 30)
    return [20, 30]


def disabled(s: Script) -> list[float]:
    """A task that is disabled, and enabled again after a due time that nobody has looked at."""
    s.add()
    s.say(1, Disabled)
    s.say(2, Disabled, reason="deploy")
    s.tick(10)
    s.say(21, Enabled)
    s.say(22, Enabled)
    s.tick(30)
    return [10, 20, 30]


def disabled_for_a_time(s: Script) -> list[float]:
    """A pause ends by itself, at a look or when somebody asks for a run."""
    s.add()
    s.say(1, Disabled, until=NOON + 15 * MINUTE)
    s.tick(10, 21)
    s.end(22, 1)
    s.say(25, Disabled, until=NOON + 35 * MINUTE)
    s.say(36, Demanded)
    return [10, 20, 30, 40]


def what_waits_is_let_go(s: Script) -> list[float]:
    """To disable a task is to skip what waits; what lies ahead is skipped as well."""
    s.add(overlap=Overlap.BUFFER_ONE)
    s.tick(10, 20)
    s.say(25, Disabled, until=NOON + 45 * MINUTE)
    return [20, 30, 50]


def from_the_pause(s: Script) -> list[float]:
    """What the pause held up is due once more, in another generation."""
    s.add(window=HOUR)
    s.say(1, Disabled)
    s.tick(10)
    s.say(21, Enabled, from_=ResumeFrom.PAUSE)
    s.tick(21)
    return [10, 20]


def edited(s: Script) -> list[float]:
    """Given another trigger, the same once more, declared anew, removed."""
    s.add()
    s.say(5, Rescheduled, trigger=TEN_MINUTES)
    s.say(6, Rescheduled, trigger=Every(minutes=7))
    s.tick(13)
    s.take(15, Redeclared, task=Task(name="t", trigger=Every(minutes=7), priority=1))
    s.take(16, Redeclared, task=Task(name="t", trigger=Every(minutes=8)))
    s.add(17)
    s.say(30.5, Removed)
    return [10, 13, 20, 24, 30, 40]


def removed_at_once(s: Script) -> list[float]:
    """A task that leaves no trace has never been there; its name is declared again later."""
    s.add()
    s.say(1, Removed)
    s.add(12)
    s.tick(20)
    s.say(25, Removed)
    s.add(32)
    return [10, 20, 30, 40]


def broken(s: Script) -> list[float]:
    """The trigger fails; until the task is enabled again, nothing is due."""
    s.add(trigger=Fragile(NOON + 3 * MINUTE))
    s.tick(1)
    s.end(1, 1)
    s.tick(2)
    s.end(2, 2)
    s.tick(3)
    s.say(4, Disabled, until=NOON + 6 * MINUTE)
    s.say(5, Rescheduled, trigger=FIVE_MINUTES)
    s.tick(6)
    return [3, 4, 10]


def mended(s: Script) -> list[float]:
    """A trigger that fails for a time, and a pause that runs out meanwhile."""
    s.add(trigger=Fragile(NOON + 2 * MINUTE))
    s.say(0.5, Disabled, until=NOON + 4 * MINUTE)
    s.tick(2)
    s.say(5, Rescheduled, trigger=TEN_MINUTES)
    s.say(6, Rescheduled, trigger=Fragile(NOON + 8 * MINUTE))
    s.tick(8)
    s.say(8.5, Demanded)
    s.say(9, Rescheduled, trigger=Fragile(NOON + 99 * MINUTE))
    return [2, 10]


def damaged(s: Script) -> list[float]:
    """A new process could not read the task."""
    s.say(0, Damaged, error="no such trigger")
    s.say(10, Rescheduled, trigger=FIVE_MINUTES)
    s.tick(15)
    return [5, 15]


def set_forward(s: Script) -> list[float]:
    """The wall clock is set forward by an hour, which is like an outage."""
    s.add()
    s.tick(5)
    s.shift = HOUR
    s.tick(5)
    return [60]


def set_far_forward(s: Script) -> list[float]:
    """After a step of more than three hours due times are planned anew."""
    s.add()
    s.tick(5)
    s.shift = 4 * HOUR
    s.tick(5, 10)
    return [10, 240, 250]


def set_far_back(s: Script) -> list[float]:
    """Due times come again, in another generation."""
    s.add()
    s.tick(10)
    s.shift = -4 * HOUR
    s.say(10.5, StopRequested)
    return [10, 20]


def taken_as_it_is(s: Script) -> list[float]:
    """A task may take any step as it is; one that is finished stays so."""
    s.add(trigger=Once("2026-01-01T12:10Z"), clock_step=ClockStep.ACCEPT)
    s.tick(10)
    s.shift = -MINUTE
    s.tick(10.5)
    return [10, 20]


def set_beside_elapsed_time(s: Script) -> list[float]:
    """Intervals keep to elapsed time; the clock shows their due times as others."""
    s.add(trigger=ELAPSED, overlap=Overlap.BUFFER_ALL, clock_step=ClockStep.MAKE_UP)
    s.tick(10, 20)
    s.shift = 2 * MINUTE
    s.tick(25, 30)
    s.end(31, 1)
    s.shift = -8 * MINUTE
    s.tick(40)
    return [10, 20, 22, 32, 52, 42]


def restarted(s: Script) -> list[float]:
    """The process was not running, and its run is lost."""
    s.add(rerun_after_crash=True, window=HOUR, trigger=Jitter(TEN_MINUTES, "2m", seed=3))
    s.tick(12)
    s.boot = "anew"
    s.take(25, Restarted)
    s.tick(25)
    s.end(26, 1, attempt=2)
    return [10, 20, 30]


def tried_again(s: Script) -> list[float]:
    """A run may have several attempts; it is going until the last one has ended."""
    s.add(retry=Retry(3, "2m"), trigger=FIVE_MINUTES)
    s.tick(5)
    s.end(6, 1, error="no route")
    s.tick(8)
    s.end(9, 1, error="no route", attempt=2)
    s.tick(10)
    s.say(11, StopRequested)
    s.tick(15)
    s.say(16, RunLost, generation=1, number=2)
    return [5, 10, 15]


def no_slot(s: Script) -> list[float]:
    """A start waits for a slot of the whole machine."""
    s.machine = Machine(Settings(max_running=1))
    s.take(0, Added, task=Task(name="other", trigger=OnDemand()))
    s.add(overlap=Overlap.BUFFER_ONE, trigger=FIVE_MINUTES)
    s.take(4, Demanded, name="other")
    s.tick(5, 10, 15)
    s.take(16, RunFinished, name="other", generation=1, number=1)
    return [5, 10, 15]


def after_each_run(s: Script) -> list[float]:
    """A delay after each run: the next due time is known when nothing is going."""
    s.add(trigger=AfterFinish(minutes=10))
    s.say(3, RunRequested)
    s.tick(10)
    s.end(13, 1)
    s.say(20, Disabled, until=NOON + 35 * MINUTE)
    s.tick(23, 36)
    s.tick(45)
    s.end(46, 2)
    return [10, 23, 45, 56, 66]


def after_each_run_with_a_slot(s: Script) -> list[float]:
    """While a start waits for a slot, no other due time lies ahead."""
    s.machine = Machine(Settings(max_running=1))
    s.take(0, Added, task=Task(name="other", trigger=OnDemand()))
    s.add(trigger=AfterFinish(minutes=10))
    s.take(4, Demanded, name="other")
    s.tick(10, 12)
    return [10, 20, 22]


def from_a_snapshot_on(s: Script) -> list[float]:
    """A journal that begins with a snapshot: a run was going, and before that nothing is known."""
    s.add(overlap=Overlap.BUFFER_ONE)
    s.tick(10)
    s.begin_anew()
    s.tick(20)
    s.end(21, 1)
    return [10, 20, 25]


def paused_in_a_snapshot(s: Script) -> list[float]:
    """The task was disabled before."""
    s.add()
    s.say(1, Disabled)
    s.begin_anew()
    s.tick(10)
    s.say(15, Enabled, from_=ResumeFrom.PAUSE)
    return [10, 20]


def paused_before_anything_was_due(s: Script) -> list[float]:
    """A pause that ends by itself, of a task that is never due."""
    s.add(trigger=OnDemand())
    s.say(1, Disabled, until=NOON + 5 * MINUTE)
    s.begin_anew()
    s.say(6, Demanded)
    return [10]


def broken_in_a_snapshot(s: Script) -> list[float]:
    """The trigger had failed before."""
    s.add(trigger=Fragile(NOON + MINUTE))
    s.tick(1)
    s.begin_anew()
    s.tick(2)
    s.say(3, Enabled)
    return [2.5]


def leaving_in_a_snapshot(s: Script) -> list[float]:
    """The task had been removed before, while a run was going that is to be tried again."""
    s.add(retry=Retry(3, "2m"))
    s.tick(10)
    s.end(11, 1, error="no route")
    s.tick(13)
    s.say(14, Removed)
    s.begin_anew()
    s.end(15, 1, attempt=2)
    return [20]


def tried_again_in_a_snapshot(s: Script) -> list[float]:
    """A run waits for its next attempt; the name has been removed before."""
    s.add()
    s.tick(10)
    s.end(10, 1)
    s.say(11, Removed)
    s.add(12, retry=Retry(3, "2m"))
    s.tick(20)
    s.end(21, 2, generation=2, error="no route")
    s.begin_anew()
    s.tick(23, 30)
    return [30]


def declared_after_a_snapshot(s: Script) -> list[float]:
    """The journal begins before the task."""
    s.take(0, Added, task=Task(name="other", trigger=OnDemand()))
    s.begin_anew()
    s.add(5)
    s.tick(10)
    return [10]


STORIES: list[Callable[[Script], list[float]]] = [
    *(on_time, nobody_looked, the_earliest, all_of_them, on_time_or_not_at_all),
    *(in_the_way, many_in_the_way, one_waits, the_buffer_is_full, taken_over),
    *(disabled, disabled_for_a_time, what_waits_is_let_go, from_the_pause),
    *(edited, removed_at_once, broken, mended, damaged),
    *(set_forward, set_far_forward, set_far_back, taken_as_it_is, set_beside_elapsed_time),
    *(restarted, tried_again, no_slot, after_each_run, after_each_run_with_a_slot),
    *(from_a_snapshot_on, paused_in_a_snapshot, paused_before_anything_was_due),
    *(declared_after_a_snapshot, broken_in_a_snapshot),
    *(leaving_in_a_snapshot, tried_again_in_a_snapshot),
]


def test_accounts_read_as_they_should(golden: Callable[[str, str], None]) -> None:
    """What led to a fate is told in the order of the records, each with its part."""
    lines: list[str] = []
    for story in STORIES:
        script = Script()
        accounts = [script.ask(minutes) for minutes in story(script)]
        lines += [f"# {story.__doc__}", *map(str, accounts), ""]
    golden("accounts.txt", "\n".join(lines))


def test_an_account_is_data() -> None:
    """Fate, reason, run and attempts; the inputs are those of the journal, the last one decided."""
    script = Script()
    one_waits(script)
    account = script.ask(20)
    assert (account.fate, account.reason, account.number) == (Fate.STARTED, "", 2)
    assert [run.attempt for run in account.attempts] == [1]
    assert [part.input for part in account.parts] == [
        script.records[index].input for index in (0, 1, 2, 4)
    ]
    assert str(account.parts[-1]) == "2026-01-01T12:31:00Z run 1 ended; started as run 2"


def test_what_the_clock_shows_by_now_counts() -> None:
    """What lay ahead at the last record may be overdue."""
    script = Script()
    script.add()
    assert script.ask(10).fate is Standing.AHEAD
    account = script.ask(10, now=11)
    assert account.fate is Standing.OVERDUE
    assert account.parts[-1].text.endswith("the last record before it was due")
    script.say(11, Rescheduled, trigger=Once("2026-01-01T12:10:30Z"))
    assert script.ask(10.5).fate is Standing.OVERDUE


def test_a_name_that_was_never_declared_is_unknown() -> None:
    """The error tells which others the journal has."""
    script = Script()
    script.take(0, Added, task=Task(name="other", trigger=OnDemand()))
    with pytest.raises(UnknownTaskError, match="no task 't'; there are 'other'"):
        script.ask(10)


def test_a_journal_without_its_beginning_tells_what_it_has() -> None:
    """Records about a task that nothing has declared are passed over."""
    script = Script()
    script.add()
    script.tick(10)
    script.end(11, 1)
    script.say(12, Disabled)
    script.say(13, Enabled)
    script.add(15)
    script.tick(20)
    script.records = script.records[1:]
    assert script.ask(20).fate is Fate.STARTED
    assert script.ask(10).fate is Standing.NO_OCCURRENCE
