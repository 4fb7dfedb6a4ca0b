"""Every shell on a virtual clock; whatever a test does, its journal replays and no thread stays."""

from collections.abc import Iterator

import pytest

from duetime.clocks.virtual import VirtualClock
from duetime.engine.journal import Journal
from tests.contracts.stage import SHELLS, START, AnyShell, assert_replays, threads_left


@pytest.fixture
def clock() -> VirtualClock:
    """Make a clock that shows `START`."""
    return VirtualClock(START)


@pytest.fixture
def journal() -> Journal:
    """Make an empty journal in memory."""
    return Journal()


@pytest.fixture(params=SHELLS, ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest) -> type[AnyShell]:
    """Give the class of each shell."""
    return request.param


@pytest.fixture
def shell(kind: type[AnyShell], clock: VirtualClock, journal: Journal) -> Iterator[AnyShell]:
    """Give a shell that has been started; afterwards shut it down and replay its journal."""
    shell = kind(clock, journal=journal)
    shell.start()
    yield shell
    shell.shutdown()
    assert_replays(shell, journal)
    assert threads_left() == []
