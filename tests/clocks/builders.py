"""What the tests of virtual time are made of: drivers, a naive clock, threads at work."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from duetime.clocks.virtual import VirtualClock
from duetime.engine.instants import Instant, Reading, to_instant
from duetime.engine.machine import Wakeup

START = "2026-01-01T12:00:00Z"
NOON = to_instant(START)
PATIENCE_SECONDS = 20
"""So long a test waits for a fact that another thread brings about."""


@dataclass
class Alarms:
    """A driver that wants to be called at given times, in order; it notes what it sees then."""

    clock: VirtualClock
    wall: list[Instant] = field(default_factory=list)
    mono: list[int] = field(default_factory=list)
    seen: list[Reading] = field(default_factory=list)

    def next_wakeup(self) -> Wakeup:
        """Return the first of each clock."""
        return Wakeup(min(self.wall, default=None), min(self.mono, default=None))

    def come_due(self) -> None:
        """Note the time; what is due is done."""
        at = self.clock.read()
        self.seen.append(at)
        self.wall = [alarm for alarm in self.wall if alarm > at.wall]
        self.mono = [alarm for alarm in self.mono if alarm > at.mono]

    def glide(self, until: int) -> None:
        """Do nothing: every alarm is looked at."""

    def stop_gliding(self) -> None:
        """Do nothing."""

    def waits_for(self) -> str:
        """Say so."""
        return "an alarm clock"


@dataclass
class NaiveClock:
    """A clock that is moved nanosecond by nanosecond; a slew is added up in millionths."""

    wall: Instant = NOON
    mono: int = 0
    ppm: int = 0
    slew_until: int = 0
    rest: int = 0

    def pass_one(self) -> None:
        """Let one nanosecond pass."""
        self.mono += 1
        self.wall += 1
        if self.mono <= self.slew_until:
            self.rest += self.ppm
            while self.rest >= 1_000_000:
                self.rest -= 1_000_000
                self.wall += 1
            while self.rest < 0:
                self.rest += 1_000_000
                self.wall -= 1

    def slew(self, ppm: int, span: int) -> None:
        """Begin a slew."""
        self.ppm, self.slew_until, self.rest = ppm, self.mono + span, 0

    def read(self) -> Reading:
        """Return both clocks."""
        return Reading(self.wall, self.mono, "virtual")


def start_working(clock: VirtualClock, who: str, work: Callable[[], object]) -> threading.Thread:
    """Start a thread that holds the clock until its work is done."""

    def hold_and_work() -> None:
        try:
            work()
        finally:
            clock.release(who)

    clock.hold(who)
    thread = threading.Thread(target=hold_and_work, daemon=True)
    thread.start()
    return thread


def ends(thread: threading.Thread) -> bool:
    """Say whether a thread ends within the limit."""
    thread.join(PATIENCE_SECONDS)
    return not thread.is_alive()
