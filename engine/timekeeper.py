"""The two clocks, as the machine knows them.

The wall clock may be set; elapsed time never is. Elapsed time is written as an instant as well: it
starts equal to the wall clock at the first reading and from then on follows the monotonic clock.
The shift is what it lags behind the wall clock. A change of the shift of more than half a second is
a step of the wall clock; a smaller one is followed.
"""

from duetime.engine.errors import IllegalInputError
from duetime.engine.instants import MILLISECOND, Instant, Reading, Span, span_text

SLEW_GRAIN = MILLISECOND
"""The shift is followed in steps of at least this, so that reading noise does not show."""


class Timekeeper:
    """The last reading, and how it reads as elapsed time.

    `lead`: elapsed time minus monotonic time; `shift`: wall-clock time minus elapsed time.
    """

    __slots__ = ("last", "lead", "shift")

    def __init__(self) -> None:
        """Start without a reading."""
        self.last: Reading | None = None
        self.lead: Span = 0
        self.shift: Span = 0

    @property
    def now(self) -> Reading:
        """The last reading; raises IllegalInputError when there has been none."""
        if self.last is None:
            raise IllegalInputError("the machine has not been told the time yet")
        return self.last

    @property
    def elapsed(self) -> Instant:
        """The last reading, as elapsed time."""
        return self.now.mono + self.lead

    def check(self, at: Reading) -> None:
        """Raise IllegalInputError for a reading that goes back within one boot."""
        last = self.last
        if last is not None and at.boot == last.boot and at.mono < last.mono:
            raise IllegalInputError(
                f"monotonic time went back by {span_text(last.mono - at.mono)} within one boot"
            )

    def change(self, at: Reading) -> Span:
        """Return by how much the wall clock was set between the last reading and this one.

        Less than a grain is reading noise and counts as nothing; so does a new boot.
        """
        last = self.last
        if last is None or _is_new_boot(last, at):
            return 0
        change = at.wall - (at.mono + self.lead) - self.shift
        return change if abs(change) >= SLEW_GRAIN else 0

    def take(self, at: Reading) -> Span:
        """Take in a reading; return by how much the wall clock was set since the one before.

        After a new boot, elapsed time goes on by what the wall clock says has passed.
        """
        change = self.change(at)
        last, self.last = self.last, at
        if last is None:
            self.lead = at.wall - at.mono
        elif _is_new_boot(last, at):
            elapsed = last.mono + self.lead + max(at.wall - last.wall, 0)
            self.lead = elapsed - at.mono
            self.shift = at.wall - elapsed
        self.shift += change
        return change

    def pass_to(self, wall: Instant) -> Reading:
        """Let both clocks go on to this wall-clock time; return the reading."""
        passed = wall - self.now.wall
        self.last = Reading(wall, self.now.mono + passed, self.now.boot)
        return self.last


def _is_new_boot(last: Reading, at: Reading) -> bool:
    """Return whether monotonic time started anew, as virtual time does under its old name."""
    return at.boot != last.boot or at.mono < last.mono
