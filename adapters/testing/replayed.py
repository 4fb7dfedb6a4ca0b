"""Replay tests: a recorded journal as a test of the present engine."""

from collections.abc import Callable
from pathlib import Path

from duetime.adapters.journals import replay
from duetime.engine.errors import ReplayError


def replay_test(journal: str | Path) -> Callable[[], None]:
    """Make a test: that the present engine decides what the journal says, record by record.

    `journal`: the path of its file. The test raises AssertionError with the first decision that
    differs, and JournalError for a file that is no journal.
    """

    def test() -> None:
        try:
            replay(journal)
        except ReplayError as error:
            raise AssertionError(f"{journal}: {error}") from None

    return test
