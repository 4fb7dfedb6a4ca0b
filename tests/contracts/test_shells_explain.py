"""What became of due times, in every shell: in a span of time, and one by one with the reasons."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from duetime.clocks.virtual import VirtualClock
from duetime.engine.accounts import Standing
from duetime.engine.catchup import Fate
from duetime.engine.errors import BadTimeError, NaiveDatetimeError, UnknownTaskError
from duetime.engine.instants import SECOND, to_instant
from duetime.engine.journal import Journal
from duetime.engine.machine import Settings
from duetime.engine.messages import Disabled
from duetime.engine.policies import Retry
from duetime.engine.states import Running
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.every import Every
from tests.contracts.stage import START, AnyShell, nothing, offset, sleeper

MINUTE = Every(minutes=1, anchor=START)


def at(seconds: float) -> datetime:
    """Return the time so many seconds after `START`."""
    return datetime.fromisoformat(START) + timedelta(seconds=seconds)


# In a span of time


@pytest.mark.parametrize(
    ("since", "until", "runs", "fates"),
    [
        (None, None, [60, 120, 480], [60, 120, 180, 420, 480]),
        (60, 120, [60], [60]),
        (61, 480, [120], [120, 180, 420]),
        (200, 210, [], [180]),
        (421, None, [480], [480]),
        (None, 0, [], []),
        (60, 60, [], []),
    ],
)
def test_fates_and_runs_can_be_asked_for_a_span_of_time(
    shell: AnyShell,
    clock: VirtualClock,
    since: float | None,
    until: float | None,
    runs: list[float],
    fates: list[float],
) -> None:
    """The end is not part of it; a record of several due times that touches it is given whole."""
    shell.add("a", MINUTE, nothing)
    clock.advance(minutes=2)
    clock.stall(minutes=6)
    clock.settle()
    first = None if since is None else at(since)
    last = None if until is None else at(until).isoformat()
    assert [offset(run.nominal) for run in shell.runs("a", since=first, until=last)] == runs
    found = shell.fates("a", since=first, until=last)
    assert [offset(each.nominal) for each in found] == fates


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (BadTimeError, lambda s: s.fates("a", since=at(1), until=at(0))),
        (BadTimeError, lambda s: s.runs("a", since="yesterday")),
        (NaiveDatetimeError, lambda s: s.runs("a", until=datetime(2026, 1, 1))),
        (NaiveDatetimeError, lambda s: s.explain("a", datetime(2026, 1, 1))),
        (BadTimeError, lambda s: s.explain("a", "noon")),
        (UnknownTaskError, lambda s: s.explain("b", START)),
    ],
)
def test_what_is_no_time_is_refused(
    shell: AnyShell, error: type[Exception], call: Callable[[AnyShell], object]
) -> None:
    """The error says what is wrong with it."""
    shell.add("a", MINUTE, nothing)
    with pytest.raises(error):
        call(shell)


# The sum of all fates


def live_through(shell: AnyShell, clock: VirtualClock) -> None:
    """Let three tasks meet with all that can happen to due times."""
    shell.add("short", MINUTE, nothing, catch_up="last(2)", window="3m")
    shell.add("long", Every(seconds=50), sleeper("70s"), overlap="buffer_all", buffer_limit=2)
    shell.add("daily", Daily(["12:07", "12:12"], tz="UTC"), nothing, catch_up="none")
    clock.advance(minutes=5)
    clock.suspend(minutes=6)
    clock.settle()
    shell.disable("short", reason="deploy", until=at(900))
    shell.demand("long")
    clock.advance(minutes=3)
    shell.disable("long")
    clock.stall(minutes=2)
    shell.enable("long")
    clock.advance(minutes=2)
    clock.step_wall(minutes=10)
    clock.advance(minutes=4)


def due_times(shell: AnyShell, name: str) -> list[datetime]:
    """Return the due times that have met a fate; several that share one are a minute apart."""
    period = {"short": 60, "long": 50, "daily": 300}[name]
    return [
        each.nominal + timedelta(seconds=period) * index
        for each in shell.fates(name)
        for index in range(each.count)
    ]


def test_p26_the_fates_add_up_to_the_occurrences_due(shell: AnyShell, clock: VirtualClock) -> None:
    """Each due time up to now has one fate, or waits; what is counted is what is recorded."""
    live_through(shell, clock)
    for name in ("short", "daily"):
        trigger = shell.view(name).task.trigger
        due = trigger.between(to_instant(START), clock.read().wall)
        assert [to_instant(each) for each in due_times(shell, name)] == list(due)
    state = shell.view("long").state
    waiting = len(state.waiting) if isinstance(state, Running) else 0
    elapsed = clock.read().mono // (50 * SECOND)
    assert len(due_times(shell, "long")) + waiting == elapsed
    for name in shell.names():
        recorded = Counter[Fate]()
        for each in shell.fates(name):
            recorded[each.fate] += each.count
        assert shell.counts(name) == recorded


def test_p26_each_due_time_is_explained_with_its_fate(
    shell: AnyShell, clock: VirtualClock, journal: Journal
) -> None:
    """By inputs of the journal, the last of which gave it the fate; a run is named."""
    live_through(shell, clock)
    inputs = [record.input for record in journal]
    for name in ("short", "daily"):
        fates = iter(due_times(shell, name))
        for occurrence in shell.fates(name):
            for _ in range(occurrence.count):
                account = shell.explain(name, next(fates))
                assert account.fate is occurrence.fate
                assert (account.reason, account.number) == (occurrence.reason, occurrence.number)
                assert all(part.input in inputs for part in account.parts)


# One by one


def test_the_account_of_a_due_time_reads_like_a_story(shell: AnyShell, clock: VirtualClock) -> None:
    """Each input stands at its time with its part; the end of a run is known by now."""
    shell.add("report", MINUTE, sleeper("100s"))
    shell.disable("report", reason="deploy", until=at(50))
    clock.advance(minutes=3)
    *lines, last = str(shell.explain("report", at(120))).splitlines()
    assert lines == [
        "report, 2026-01-01T12:02:00Z: skipped (overlap)",
        "- 2026-01-01T12:00:00Z declared: Every('1m', anchor='2026-01-01T12:00:00Z')",
        "- 2026-01-01T12:01:00Z run 1 started",
    ]
    assert last.split("; ") == [
        "- 2026-01-01T12:02:00Z came due",
        "run 1 was still going (finished 2026-01-01T12:02:40Z)",
        "skipped: overlap is skip",
    ]


def test_a_removed_task_and_its_successor_are_explained(
    shell: AnyShell, clock: VirtualClock
) -> None:
    """Both generations of a name are known."""
    shell.add("a", MINUTE, nothing)
    clock.advance(seconds=70)
    shell.remove("a")
    assert shell.explain("a", at(60)).fate is Fate.STARTED
    gone = shell.explain("a", at(120))
    assert (gone.fate, gone.reason, gone.before) == (Standing.NO_OCCURRENCE, "removed", at(60))
    shell.add("a", MINUTE, nothing)
    clock.advance(seconds=60)
    assert shell.explain("a", at(120)).generation == 2


def test_what_has_no_fate_yet_is_told_as_it_stands(kind: type[AnyShell]) -> None:
    """It waits for a slot, or lies ahead, and will be skipped if the task stays disabled."""
    clock = VirtualClock(START)
    shell = kind(clock, journal=Journal(), settings=Settings(max_running=1))
    with shell:
        shell.add("long", MINUTE, sleeper("10m"))
        shell.add("other", MINUTE, nothing)
        clock.advance(seconds=70)
        waits = shell.explain("other", at(60))
        shell.disable("long", reason="deploy")
        ahead = shell.explain("long", at(120))
    assert waits.fate is Standing.WAITING
    assert waits.parts[-1].text == "came due; it waits for a slot"
    assert ahead.fate is Standing.AHEAD
    assert isinstance(ahead.parts[-1].input, Disabled)


def test_the_attempts_of_a_run_are_told(shell: AnyShell, clock: VirtualClock) -> None:
    """The first one met the due time; each has its outcome."""
    calls = iter([True, False])

    def fail_once() -> None:
        if next(calls):
            raise RuntimeError("no route")

    shell.add("a", MINUTE, fail_once, retry=Retry(3, "5s"))
    clock.advance(seconds=70)
    account = shell.explain("a", at(60))
    assert (account.fate, account.number) == (Fate.STARTED, 1)
    told = [(run.attempt, offset(run.started), str(run.outcome)) for run in account.attempts]
    assert told == [(1, 60, "failed"), (2, 65, "finished")]
    assert account.attempts == tuple(shell.runs("a"))


def test_without_a_journal_the_fate_is_told_and_no_inputs(kind: type[AnyShell]) -> None:
    """The account says that they are not known."""
    clock = VirtualClock(START)
    with kind(clock) as shell:
        shell.add("a", MINUTE, sleeper("90s"))
        clock.advance(minutes=2)
        account = shell.explain("a", at(120))
        assert shell.explain("a", at(180)).fate is Standing.AHEAD
    assert (account.fate, account.reason, account.parts) == (Fate.SKIPPED, "overlap", ())
    assert "no journal is kept" in str(account)
