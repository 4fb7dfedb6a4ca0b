"""What every clock does: the clocks of duetime."""

from collections.abc import Iterator

import freezegun
import pytest
import time_machine
from freezegun.api import FrozenDateTimeFactory

from duetime.adapters.testing.conformance import ClockConformance
from duetime.clocks.base import Clock
from duetime.clocks.frozen import FrozenClock
from duetime.clocks.real import RealClock
from duetime.clocks.virtual import VirtualClock
from duetime.engine.instants import Span, to_timedelta
from tests.contracts.stage import START


class TestReal(ClockConformance[RealClock]):
    """Time passes by waiting."""

    def make(self) -> RealClock:
        """Make the real clock."""
        return RealClock()


class TestVirtual(ClockConformance[VirtualClock]):
    """Time passes by moving the clock."""

    def make(self) -> VirtualClock:
        """Make a virtual clock."""
        return VirtualClock(START)

    def pass_time(self, clock: VirtualClock, span: Span) -> None:
        """Move it."""
        clock.advance(to_timedelta(span))


class TestFrozenByFreezegun(ClockConformance[FrozenClock]):
    """A clock that follows freezegun."""

    frozen: FrozenDateTimeFactory

    @pytest.fixture(autouse=True)
    def freeze(self) -> Iterator[None]:
        """Let freezegun pretend a time."""
        with freezegun.freeze_time(START) as self.frozen:
            yield

    def make(self) -> FrozenClock:
        """Make a frozen clock."""
        return FrozenClock()

    def pass_time(self, clock: FrozenClock, span: Span) -> None:
        """Let freezegun pretend a later one."""
        self.frozen.tick(to_timedelta(span))


class TestFrozenByTimeMachine(ClockConformance[FrozenClock]):
    """A clock that follows time-machine."""

    traveller: time_machine.Traveller

    @pytest.fixture(autouse=True)
    def travel(self) -> Iterator[None]:
        """Let time-machine pretend a time."""
        with time_machine.travel(START, tick=False) as self.traveller:
            yield

    def make(self) -> FrozenClock:
        """Make a frozen clock."""
        return FrozenClock()

    def pass_time(self, clock: FrozenClock, span: Span) -> None:
        """Let time-machine pretend a later one."""
        self.traveller.shift(to_timedelta(span))


@pytest.mark.parametrize(
    ("clock", "text"),
    [
        (RealClock(), "RealClock()"),
        (FrozenClock(), "FrozenClock()"),
        (VirtualClock(START), "VirtualClock('2026-01-01T12:00:00Z')"),
    ],
)
def test_a_clock_is_written_as_the_call_that_makes_it(clock: Clock, text: str) -> None:
    """A virtual clock shows its time."""
    assert repr(clock) == text
