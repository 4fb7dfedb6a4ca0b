"""Accounts without a journal: what the history and the machine remember."""

import pytest

from duetime.engine.accounts import Account, Standing
from duetime.engine.catchup import Fate
from duetime.engine.errors import UnknownTaskError
from duetime.engine.history import History
from duetime.engine.instants import MINUTE
from duetime.engine.machine import Machine
from duetime.engine.messages import Added, Damaged, Input, Removed, RunFailed, Ticked
from duetime.engine.policies import CatchUp, Overlap, Retry
from duetime.engine.recall import recall
from duetime.engine.tasks import Task
from tests.engine.builders import NOON, TEN_MINUTES, reading


class Books:
    """A machine and its history; times are minutes after noon."""

    def __init__(self, **policies: object) -> None:
        """Declare a task."""
        self.machine, self.history = Machine(), History()
        task = Task(name="t", trigger=TEN_MINUTES, **policies)  # type: ignore[arg-type]
        self.take(Added(at=reading(), task=task))

    def take(self, *inputs: Input) -> None:
        """Take inputs."""
        for input_ in inputs:
            self.history.note(input_, self.machine.handle(input_))

    def tick(self, *minutes: float) -> None:
        """Let time pass."""
        for each in minutes:
            self.take(Ticked(at=reading(NOON + int(each * MINUTE))))

    def ask(self, minutes: float, now: float = 0) -> Account:
        """Ask for one due time."""
        at, then = NOON + int(minutes * MINUTE), NOON + int(now * MINUTE)
        return recall(self.history, self.machine, "t", at, now=then)


def test_what_became_of_a_due_time_is_remembered() -> None:
    """Fate, reason and run, with its attempts; the text says that no more is known."""
    books = Books(retry=Retry(2, "1m"))
    books.tick(10)
    at = reading(NOON + 11 * MINUTE)
    books.take(RunFailed(at=at, name="t", generation=1, number=1, error="no route"))
    books.tick(12, 20)
    account, skipped = books.ask(10), books.ask(20)
    assert (account.fate, account.number) == (Fate.STARTED, 1)
    assert [run.error for run in account.attempts] == ["no route", ""]
    assert (skipped.fate, skipped.reason, skipped.parts) == (Fate.SKIPPED, "overlap", ())
    assert str(skipped).splitlines() == [
        "t, 2026-01-01T12:20:00Z: skipped (overlap)",
        "- no journal is kept, so the inputs that led there are not known",
    ]


def test_a_range_tells_of_any_time_in_it() -> None:
    """Without the journal nobody knows which times in it were due."""
    books = Books(catch_up=CatchUp.NONE)
    books.tick(45)
    assert [books.ask(minutes).fate for minutes in (10, 25, 40)] == [Fate.MISSED] * 3


@pytest.mark.parametrize(
    ("minutes", "now", "standing"),
    [
        (20, 21, Standing.WAITING),
        (30, 25, Standing.AHEAD),
        (30, 31, Standing.OVERDUE),
        (40, 31, Standing.UNKNOWN),
        (15, 31, Standing.UNKNOWN),
    ],
)
def test_what_has_no_fate_is_told_as_it_stands(
    minutes: float, now: float, standing: Standing
) -> None:
    """What waits and what is due next is known; of all others nothing is."""
    books = Books(overlap=Overlap.BUFFER_ONE)
    books.tick(10, 20)
    account = books.ask(minutes, now)
    assert account.fate is standing
    if standing is Standing.UNKNOWN:
        assert account.before == books.ask(10).nominal


def test_a_task_in_the_error_state_has_nothing_ahead() -> None:
    """It will not be due before it is mended."""
    books = Books()
    books.take(Damaged(at=reading(), name="t", error="no such trigger"))
    assert books.ask(10).fate is Standing.UNKNOWN


def test_a_removed_task_is_remembered_by_its_fates() -> None:
    """A name of which nothing is remembered is unknown."""
    books = Books()
    books.tick(10)
    books.take(Removed(at=reading(NOON + 11 * MINUTE), name="t"))
    assert books.ask(10).fate is Fate.STARTED
    account = books.ask(5)
    assert (account.fate, account.after) == (Standing.UNKNOWN, books.ask(10).nominal)
    books = Books()
    books.take(Removed(at=reading(), name="t"))
    with pytest.raises(UnknownTaskError):
        books.ask(10)
