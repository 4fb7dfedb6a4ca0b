"""What every shell refuses: a clear error where it was caused, and nothing has changed."""

import functools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from duetime.adapters.calls import RunHandle
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import (
    BadTaskError,
    BadTimeError,
    BadTriggerError,
    ClockError,
    CronSyntaxError,
    NaiveDatetimeError,
    NeverFiresError,
    ShutdownError,
    TaskExistsError,
    TriggerFailedError,
    UnknownTaskError,
    UnknownZoneError,
)
from duetime.engine.journal import Journal
from duetime.engine.policies import Retry
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import Once, OnDemand
from tests.contracts.stage import AnyShell, Failing, books, nothing, sleeper, starts

Call = Callable[[AnyShell], object]

NAIVE = datetime(2026, 1, 2)
MINUTE = Every(minutes=1)


async def coroutine() -> None:
    """Be what no shell can run."""


def generator() -> Iterator[None]:
    """Be what no shell would run to its end."""
    yield


class AsyncCallable:
    """An object that is called like a coroutine function."""

    async def __call__(self) -> None:
        """Be what no shell can run."""


def takes_two(run: RunHandle, other: object) -> None:
    """Be a callable of which nobody knows what the second argument would be."""


def takes_page(run: RunHandle, *, page: str) -> None:
    """Be a callable that needs an argument."""


def add(shell: AnyShell, **policies: object) -> None:
    """Declare a task with these policies."""
    shell.add("a", MINUTE, nothing, **policies)  # type: ignore[arg-type]


ON_ABSENT_NAMES: list[Call] = [
    lambda shell: shell.run_now("absent"),
    lambda shell: shell.demand("absent"),
    lambda shell: shell.stop("absent"),
    lambda shell: shell.disable("absent"),
    lambda shell: shell.enable("absent"),
    lambda shell: shell.reschedule("absent", MINUTE),
    lambda shell: shell.remove("absent"),
    lambda shell: shell.view("absent"),
    lambda shell: shell.counts("absent"),
]

REFUSALS: list[tuple[type[Exception], str, Call]] = [
    # Names
    (BadTaskError, "name ''", lambda s: s.add("", MINUTE, nothing)),
    (BadTaskError, "name '  '", lambda s: s.add("  ", MINUTE, nothing)),
    (BadTaskError, "name None", lambda s: s.add(None, MINUTE, nothing)),
    (BadTaskError, "printable", lambda s: s.add("two\nlines", MINUTE, nothing)),
    (BadTaskError, "name ''", lambda s: s.task(MINUTE)(functools.partial(nothing))),
    (TaskExistsError, "'steady'", lambda s: s.add("steady", MINUTE, nothing, on_conflict="raise")),
    (BadTaskError, "'ignore'", lambda s: s.add("steady", MINUTE, nothing, on_conflict="ignore")),
    # Policies
    (BadTaskError, "no policy colour", lambda s: s.add("a", MINUTE, nothing, colour="red")),
    (BadTaskError, "overlap 'some'", lambda s: s.add("a", MINUTE, nothing, overlap="some")),
    (BadTaskError, "allow", lambda s: s.add("a", MINUTE, nothing, overlap="allow(0)")),
    (BadTaskError, "catch_up 7", lambda s: s.add("a", MINUTE, nothing, catch_up=7)),
    (BadTaskError, "window", lambda s: s.add("a", MINUTE, nothing, window="soon")),
    (BadTaskError, "window", lambda s: s.add("a", MINUTE, nothing, window=timedelta(-1))),
    (BadTaskError, "priority 'high'", lambda s: s.add("a", MINUTE, nothing, priority="high")),
    (BadTaskError, "buffer_limit 0", lambda s: s.add("a", MINUTE, nothing, buffer_limit=0)),
    (BadTaskError, "buffer_limit '1'", lambda s: s.add("a", MINUTE, nothing, buffer_limit="1")),
    (BadTaskError, "contradicts", lambda s: add(s, catch_up="last(5)", buffer_limit=2)),
    (BadTaskError, "retry 3 cannot be read", lambda s: add(s, retry=3)),
    (BadTaskError, "retry 'for ever' cannot", lambda s: add(s, retry="for ever")),
    (BadTaskError, "what must never give up", lambda s: add(s, retry="retry(0)")),
    (BadTaskError, "attempts None", lambda s: add(s, retry=Retry(None))),
    (BadTaskError, "attempts 5000", lambda s: add(s, retry=Retry(5_000))),
    (BadTaskError, "factor 0.5", lambda s: add(s, retry=Retry(3, "1s", 0.5))),
    (BadTaskError, "than max_delay 5s", lambda s: add(s, retry=Retry(3, "1m", max_delay="5s"))),
    (BadTaskError, "jitter 2", lambda s: add(s, retry=Retry(3, jitter=2))),
    (BadTaskError, "first_delay", lambda s: add(s, retry="retry(3, soon)")),
    (BadTaskError, "must not be negative", lambda s: add(s, retry=Retry(3, timedelta(-1)))),
    (BadTaskError, "longer than nothing", lambda s: add(s, time_limit="0s")),
    (BadTaskError, "time_limit: ", lambda s: add(s, time_limit="soon")),
    (BadTaskError, "clock_step 'never'", lambda s: add(s, clock_step="never")),
    (BadTaskError, "rerun_after_crash 'no'", lambda s: add(s, rerun_after_crash="no")),
    (BadTaskError, "resume_from 'monday'", lambda s: s.enable("off", from_="monday")),
    # Callables and their arguments
    (BadTaskError, "cannot be called", lambda s: s.add("a", MINUTE, 7)),
    (BadTaskError, "is no import path", lambda s: s.add("a", MINUTE, "backup")),
    (BadTaskError, "coroutine", lambda s: s.add("a", MINUTE, coroutine)),
    (BadTaskError, "coroutine", lambda s: s.add("a", MINUTE, functools.partial(coroutine))),
    (BadTaskError, "coroutine", lambda s: s.add("a", MINUTE, AsyncCallable())),
    (BadTaskError, "generator", lambda s: s.add("a", MINUTE, generator)),
    (BadTaskError, "'other'", lambda s: s.add("a", MINUTE, takes_two)),
    (BadTaskError, "'page'", lambda s: s.add("a", MINUTE, takes_page)),
    (BadTaskError, "'x'", lambda s: s.add("a", MINUTE, nothing, args={"x": 1})),
    (BadTaskError, "plain JSON", lambda s: s.add("a", MINUTE, takes_page, args={"page": s})),
    (BadTaskError, "plain JSON", lambda s: s.run_now("steady", {"x": {1, 2}})),
    (BadTaskError, "with the args ['x']: got an", lambda s: s.run_now("steady", {"x": 1})),
    (BadTaskError, "['run']: multiple values", lambda s: s.demand("long", {"run": 1})),
    (BadTaskError, "with the args ['page', 'x']", lambda s: s.demand("pages", {"x": 1})),
    (BadTaskError, "plain JSON", lambda s: s.demand("steady", {"x": float("nan")})),
    # Times
    (NaiveDatetimeError, "no time zone", lambda s: s.add("a", Once(NAIVE), nothing)),
    (NaiveDatetimeError, "aware", lambda s: s.add("a", Every(days=1, anchor=NAIVE), nothing)),
    (NaiveDatetimeError, "no time zone", lambda s: s.disable("steady", until=NAIVE)),
    (BadTimeError, "is past", lambda s: s.disable("steady", until="2026-01-01T12:00Z")),
    (BadTimeError, "'tomorrow'", lambda s: s.disable("steady", until="tomorrow")),
    (UnknownZoneError, "Mars", lambda s: s.add("a", Daily("02:30", tz="Mars/Base"), nothing)),
    # Triggers
    (BadTriggerError, "longer than zero", lambda s: s.add("a", Every(seconds=0), nothing)),
    (BadTriggerError, "-1m", lambda s: s.add("a", Every(minutes=-1), nothing)),
    (BadTriggerError, "longer than zero", lambda s: s.reschedule("steady", AfterFinish("0s"))),
    (BadTriggerError, "'hourly' is no trigger", lambda s: s.add("a", "hourly", nothing)),
    (BadTriggerError, "no trigger", lambda s: s.add("a", Every, nothing)),
    (BadTriggerError, "None is no trigger", lambda s: s.reschedule("steady", None)),
    (NeverFiresError, "may_never_fire", lambda s: s.add("a", Once("2026-01-01T00:00Z"), nothing)),
    (CronSyntaxError, "HH", lambda s: s.add("a", Cron("HH * * * *"), nothing)),
    (TriggerFailedError, "is torn", lambda s: s.add("a", Failing(last=0), nothing)),
    (TriggerFailedError, "is torn", lambda s: s.reschedule("steady", Failing(last=0))),
    # Time moves on only
    (ClockError, "never goes back", lambda s: s.clock.advance(seconds=-1)),
    (ClockError, "is past", lambda s: s.clock.run_until("2026-01-01T12:00:59Z")),
    (NaiveDatetimeError, "no time zone", lambda s: s.clock.run_until(NAIVE)),
    (ClockError, "never goes back", lambda s: s.clock.stall("-1s")),
]


@pytest.fixture
def busy(shell: AnyShell, clock: VirtualClock) -> AnyShell:
    """Give a shell in which a good deal is going on."""
    shell.add("steady", Every(seconds=10), nothing)
    shell.add("long", OnDemand(), sleeper("1h"))
    shell.add("pages", OnDemand(), takes_page, args={"page": "index"})
    shell.add("off", MINUTE, nothing)
    shell.disable("off", reason="repairs")
    clock.advance(minutes=1)
    shell.run_now("long")
    clock.settle()
    return shell


@pytest.mark.parametrize(
    ("error", "words", "call"),
    [pytest.param(*row, id=f"{row[0].__name__}: {row[1]}") for row in REFUSALS],
)
def test_a_refused_call_changes_nothing(
    busy: AnyShell,
    clock: VirtualClock,
    journal: Journal,
    error: type[Exception],
    words: str,
    call: Call,
) -> None:
    """The error says what is wrong; states, runs, fates and journal are as before; all runs on."""
    before = books(busy, journal)
    with pytest.raises(error) as caught:
        call(busy)
    assert words in str(caught.value)
    assert books(busy, journal) == before
    clock.advance(seconds=10)
    assert starts(busy, "steady") == [10, 20, 30, 40, 50, 60, 70]


@pytest.mark.parametrize("call", ON_ABSENT_NAMES)
def test_an_absent_name_is_said_to_be_absent(busy: AnyShell, journal: Journal, call: Call) -> None:
    """The error keeps the name, tells which there are, and nothing has changed."""
    before = books(busy, journal)
    with pytest.raises(UnknownTaskError) as caught:
        call(busy)
    assert caught.value.name == "absent"
    assert "'long', 'off', 'pages', 'steady'" in str(caught.value)
    assert books(busy, journal) == before


def test_a_removed_name_is_absent_while_its_run_goes_on(busy: AnyShell, journal: Journal) -> None:
    """What was removed takes no more verbs."""
    busy.remove("long")
    before = books(busy, journal)
    with pytest.raises(UnknownTaskError, match="'long'"):
        busy.demand("long")
    with pytest.raises(UnknownTaskError, match="'long'"):
        busy.stop("long")
    assert books(busy, journal) == before


@pytest.mark.parametrize(
    "call",
    [
        *ON_ABSENT_NAMES[:-2],
        lambda shell: shell.add("a", MINUTE, nothing),
        lambda shell: shell.task(MINUTE)(nothing),
        lambda shell: shell.start(),
    ],
)
def test_a_shell_that_was_shut_down_takes_no_more_work(busy: AnyShell, call: Call) -> None:
    """Every verb raises ShutdownError; what was can still be seen."""
    busy.shutdown()
    with pytest.raises(ShutdownError, match="make a new one"):
        call(busy)
    assert busy.names() == ["long", "off", "pages", "steady"]
    assert len(busy.runs("steady")) == 6


def test_a_task_without_occurrences_can_be_added_on_request(
    shell: AnyShell, clock: VirtualClock
) -> None:
    """may_never_fire=True is to know better; `Once` a moment ago is no such thing."""
    shell.add("past", Once("2026-01-01T00:00Z"), nothing, may_never_fire=True)
    shell.add("just now", Once("2026-01-01T11:59:30Z"), nothing)
    clock.advance(hours=1)
    assert (starts(shell, "past"), starts(shell, "just now")) == ([], [0])


class Unreadable:
    """A callable that nobody can tell the parameters of."""

    __signature__ = "none"

    def __call__(self) -> None:
        """Take nothing."""


def test_arguments_that_nobody_can_check_fail_the_run(shell: AnyShell, clock: VirtualClock) -> None:
    """Where a callable does not say what it takes, only the run that was given them fails."""
    shell.add("a", Every(seconds=10), Unreadable())
    assert shell.run_now("a", {"page": "index"})
    clock.advance(seconds=10)
    first, second = shell.runs("a")
    assert "unexpected keyword argument 'page'" in first.error
    assert second.error == ""
