"""How a shell begins and ends, and what its journal is good for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from duetime.adapters.calls import RunHandle
from duetime.adapters.journals import FileJournal, read_journal
from duetime.adapters.ledger import ShutdownReport
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadTriggerError, JournalError, ShutdownError, UnknownTaskError
from duetime.engine.history import Outcome
from duetime.engine.instants import SECOND
from duetime.engine.journal import Journal
from duetime.engine.machine import Settings
from duetime.engine.messages import RunLost, StopRequested
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import (
    START,
    AnyShell,
    Failing,
    assert_replays,
    books,
    nothing,
    sleeper,
    spans,
    starts,
    threads_left,
)

TEN_SECONDS = Every(seconds=10)
WELL = ShutdownReport(ok=True, still_running=())


# Shutdown


def test_a_shutdown_asks_runs_to_stop_and_waits_for_them(
    shell: AnyShell, clock: VirtualClock, journal: Journal
) -> None:
    """Runs see it by `proceed`, their sleeps end, and it returns when they have ended."""
    seen: list[bool] = []

    def work(run: RunHandle) -> None:
        seen.extend([run.sleep("1h"), run.proceed()])

    shell.add("a", TEN_SECONDS, work)
    shell.add("b", TEN_SECONDS, sleeper("1h"), overlap="allow(2)")
    clock.advance(seconds=25)
    assert shell.shutdown() == WELL
    assert seen == [False, False]
    assert spans(shell, "a") == [(10, 25)]
    assert spans(shell, "b") == [(10, 25), (20, 25)]
    inputs = [record.input for record in journal]
    assert [each.name for each in inputs if isinstance(each, StopRequested)] == ["a", "b"]


def test_after_a_shutdown_nothing_starts(shell: AnyShell, clock: VirtualClock) -> None:
    """Neither what comes due nor what waited for a run; what waited is recorded as lost."""
    words: list[str] = []

    def work(run: RunHandle) -> None:
        words.append("started")
        run.sleep("1h")

    shell.add("a", TEN_SECONDS, work, overlap="buffer_all")
    clock.advance(seconds=45)
    assert shell.shutdown() == WELL
    clock.advance(hours=1)
    assert words == ["started"]
    lost = [run.outcome for run in shell.runs("a")]
    assert lost == [Outcome.FINISHED, Outcome.LOST, Outcome.LOST, Outcome.LOST]


def test_a_shutdown_stops_runs_of_removed_tasks_too(shell: AnyShell, clock: VirtualClock) -> None:
    """A run that outlived its task is not forgotten."""
    shell.add("a", TEN_SECONDS, sleeper("1h"))
    clock.advance(seconds=15)
    shell.remove("a")
    assert shell.shutdown() == WELL
    assert spans(shell, "a") == [(10, 15)]


def test_a_second_shutdown_changes_nothing(
    shell: AnyShell, clock: VirtualClock, journal: Journal
) -> None:
    """It reports again."""
    shell.add("a", TEN_SECONDS, sleeper("1h"))
    clock.advance(seconds=15)
    assert shell.shutdown() == WELL
    before = books(shell, journal)
    assert shell.shutdown() == WELL
    assert books(shell, journal) == before
    assert not shell.health().ok


def test_a_shutdown_from_inside_a_run_reports_that_run(
    shell: AnyShell, clock: VirtualClock
) -> None:
    """It does not wait for the run that called it; the others are asked to stop and end."""
    reports: list[ShutdownReport] = []
    seen: list[bool] = []

    def listen(run: RunHandle) -> None:
        seen.extend([run.sleep("1h"), run.sleep("1h")])

    def finish(run: RunHandle) -> None:
        reports.append(shell.shutdown())
        seen.append(run.proceed())

    shell.add("listen", TEN_SECONDS, listen)
    shell.add("finish", Every(seconds=15), finish)
    clock.advance(seconds=60)
    assert [run.name for run in reports[0].still_running] == ["finish"]
    assert seen == [False, False, False]
    assert spans(shell, "finish") == [(15, 15)]
    assert shell.shutdown() == WELL


def test_a_plain_run_may_end_its_shell(shell: AnyShell, clock: VirtualClock) -> None:
    """Without knowing its run, too: nothing is due any more, and time goes on."""
    shell.add("a", TEN_SECONDS, lambda: shell.shutdown() and None)
    shell.add("b", Every(seconds=4), nothing)
    clock.advance(minutes=1)
    assert (starts(shell, "a"), starts(shell, "b")) == ([10], [4, 8])
    assert shell.shutdown() == WELL


def test_an_idle_shell_can_be_shut_down(shell: AnyShell) -> None:
    """There is nothing to wait for."""
    assert shell.shutdown() == WELL


def test_a_shell_that_was_never_started_can_be_shut_down(
    kind: type[AnyShell], clock: VirtualClock
) -> None:
    """It cannot be started afterwards."""
    shell = kind(clock)
    shell.add("a", TEN_SECONDS, nothing)
    assert shell.shutdown() == WELL
    with pytest.raises(ShutdownError):
        shell.start()
    clock.advance(minutes=1)
    assert shell.runs("a") == []


def test_a_run_asked_for_before_the_start_is_run(kind: type[AnyShell], clock: VirtualClock) -> None:
    """Manual runs need no scheduler's thread; the journal has their ends."""
    journal = Journal()
    shell = kind(clock, journal=journal)
    shell.add("a", OnDemand(), sleeper("5s"))
    assert shell.run_now("a")
    clock.advance(seconds=10)
    assert spans(shell, "a") == [(0, 5)]
    shell.shutdown()
    assert_replays(shell, journal)
    assert threads_left() == []


def test_starting_twice_is_starting_once(shell: AnyShell, clock: VirtualClock) -> None:
    """The second time changes nothing."""
    shell.start()
    shell.add("a", TEN_SECONDS, nothing)
    clock.advance(seconds=30)
    assert starts(shell, "a") == [10, 20, 30]


def test_a_with_block_starts_and_shuts_down(kind: type[AnyShell], clock: VirtualClock) -> None:
    """At its end, also by an error, runs are asked to stop and no thread is left."""
    shell = kind(clock)
    shell.add("a", TEN_SECONDS, sleeper("1h"))

    def go_wrong() -> None:
        with shell:
            clock.advance(seconds=15)
            shell.remove("b")

    with pytest.raises(UnknownTaskError):
        go_wrong()
    assert spans(shell, "a") == [(10, 15)]
    assert not shell.health().ok
    assert threads_left() == []


# Journals


def live_a_little(shell: AnyShell, clock: VirtualClock) -> None:
    """Let all kinds of things happen."""
    calls = iter(range(100))

    def work(run: RunHandle, word: str = "") -> None:
        run.sleep("7s")
        if next(calls) == 2:
            raise ValueError(f"no such page: Zürich \ud83d {word}")

    shell.add("a", Every(seconds=5), work, overlap="buffer_one", args={"word": "\udc80"})
    shell.add("b", Every(seconds=8), nothing, priority=-1)
    shell.add("gone", Every(seconds=4), sleeper("1m"))
    clock.advance(seconds=17)
    shell.demand("a", {"word": "later"})
    shell.disable("b", reason="repairs", until="2026-01-01T12:03:00Z")
    shell.remove("gone")
    clock.stall(seconds=40)
    clock.step_wall(seconds=10)
    shell.reschedule("a", Every(seconds=20, anchor=START))
    clock.advance(minutes=2)
    shell.stop("a")


def test_a_journal_in_a_file_tells_the_same_as_one_in_memory(
    kind: type[AnyShell], clock: VirtualClock, tmp_path: Path
) -> None:
    """It replays record by record, and to the same runs, fates and states."""
    path = tmp_path / "journal.jsonl"
    with kind(clock, journal=path, settings=Settings(step=SECOND)) as shell:
        live_a_little(shell, clock)
    assert_replays(shell, path)
    assert len(shell.runs("a")) > 5
    assert read_journal(path).settings == Settings(step=SECOND)


def test_the_journals_of_both_shells_agree_on_runs_and_fates(
    kind: type[AnyShell], clock: VirtualClock, golden: Callable[[str, str], None]
) -> None:
    """What happened is the same whether it was simulated or run on threads."""
    with kind(clock) as shell:
        live_a_little(shell, clock)
    golden("shells.txt", shell.timeline() + "\n")


def test_the_journal_has_an_input_before_it_is_acted_on(
    kind: type[AnyShell], clock: VirtualClock, tmp_path: Path
) -> None:
    """A run that looks finds its own start in the file."""
    path = tmp_path / "journal.jsonl"
    seen: list[int] = []

    def look() -> None:
        seen.append(path.read_text("utf-8").count('"StartRun"'))

    with kind(clock, journal=path) as shell:
        shell.add("a", OnDemand(), look)
        for _ in range(3):
            shell.run_now("a")
            clock.settle()
    assert seen == [1, 2, 3]


def test_a_trigger_that_cannot_be_written_is_refused_with_a_file(
    kind: type[AnyShell], clock: VirtualClock, tmp_path: Path
) -> None:
    """An object of somebody's own has no JSON form; nothing has changed."""
    path = tmp_path / "journal.jsonl"
    with kind(clock, journal=path) as shell:
        shell.add("a", TEN_SECONDS, nothing)
        before = (shell.names(), shell.view("a"), path.read_bytes())
        with pytest.raises(BadTriggerError, match="no JSON form"):
            shell.add("b", Failing(last=100), nothing)
        with pytest.raises(BadTriggerError, match="no JSON form"):
            shell.reschedule("a", Failing(last=100))
        assert (shell.names(), shell.view("a"), path.read_bytes()) == before


def test_a_journal_is_the_story_of_one_shell(
    kind: type[AnyShell], shell: AnyShell, clock: VirtualClock, journal: Journal, tmp_path: Path
) -> None:
    """One that has records already is refused, in memory and as a file."""
    shell.add("a", TEN_SECONDS, nothing)
    with pytest.raises(JournalError, match="another machine"):
        kind(clock, journal=journal)
    path = tmp_path / "journal.jsonl"
    path.touch()
    with pytest.raises(JournalError, match="exists already"):
        kind(clock, journal=path)


def test_a_journal_that_was_given_stays_open(
    kind: type[AnyShell], clock: VirtualClock, tmp_path: Path
) -> None:
    """Who made the journal closes it; it may be closed twice."""
    journal = FileJournal(tmp_path / "journal.jsonl")
    with kind(clock, journal=journal) as shell:
        shell.add("a", TEN_SECONDS, nothing)
        clock.advance(seconds=15)
    journal.append(RunLost(at=clock.read(), name="a", generation=1, number=9), ())
    journal.close()
    journal.close()
    assert isinstance(read_journal(journal.path).records[-1].input, RunLost)
