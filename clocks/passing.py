"""How virtual time passes, on two clocks of which one may gain or lose; spans as they are given."""

from datetime import datetime, timedelta
from typing import TypedDict

from duetime.engine.errors import ClockError
from duetime.engine.instants import (
    LAST_INSTANT,
    Instant,
    Span,
    iso,
    span_text,
    to_instant,
    to_span,
)
from duetime.engine.machine import Wakeup

MOST_SLEW_PPM = 500_000
"""So much faster or slower the wall clock may run at most."""

_MILLION = 1_000_000


class Units(TypedDict, total=False):
    """The units of a span, as `timedelta` takes them."""

    weeks: float
    days: float
    hours: float
    minutes: float
    seconds: float
    milliseconds: float
    microseconds: float


class Passing:
    """A wall clock and a monotonic one, which pass side by side."""

    def __init__(self, wall: Instant) -> None:
        """Start monotonic time at 0."""
        self._wall = wall
        self._mono = 0
        self._slew_ppm = 0
        self._slew_until = 0
        self._slew_rest = 0
        """What of the gain of a slew is no whole ns yet, in millionths."""

    def _pass_time(self, span: Span) -> None:
        gained, rest = divmod(self._gain_in_millionths(span), _MILLION)
        wall = self._wall + span + gained
        if wall >= LAST_INSTANT:
            raise ClockError("virtual time ends with the year 2261")
        self._wall, self._mono, self._slew_rest = wall, self._mono + span, rest

    def _set_wall(self, change: Span) -> None:
        if not 0 <= self._wall + change < LAST_INSTANT:
            raise ClockError(f"a step by {span_text(change)} leaves the years 1970 to 2261")
        self._wall += change

    def _begin_slew(self, ppm: int, span: Span) -> None:
        if abs(ppm) > MOST_SLEW_PPM:
            raise ClockError(f"slew {ppm} ppm: at most {MOST_SLEW_PPM:,} are possible")
        self._slew_ppm, self._slew_until, self._slew_rest = ppm, self._mono + span, 0

    def _gain_in_millionths(self, span: Span) -> int:
        slewed = max(min(self._slew_until, self._mono + span) - self._mono, 0)
        return slewed * self._slew_ppm + self._slew_rest

    def _wall_at_mono(self, mono: int) -> Instant:
        """Return what the wall clock will show at a monotonic time that lies ahead."""
        span = mono - self._mono
        return self._wall + span + self._gain_in_millionths(span) // _MILLION

    def _mono_at_wall(self, wall: Instant) -> int:
        """Return the first monotonic time at which the wall clock shows at least `wall`."""
        missing = wall - self._wall
        if missing <= 0:
            return self._mono
        slew_left = max(self._slew_until - self._mono, 0)
        gained = (slew_left * self._slew_ppm + self._slew_rest) // _MILLION
        if not slew_left or missing > slew_left + gained:
            return self._mono + missing - gained
        rate = _MILLION + self._slew_ppm
        return self._mono - (self._slew_rest - missing * _MILLION) // rate

    def _mono_at(self, moment: datetime | str) -> int:
        """Do so for a moment as it is given. Raises ClockError for one that is past."""
        target = to_instant(moment)
        if target < self._wall:
            raise ClockError(
                f"{iso(target)} is past, it is {iso(self._wall)}; a virtual clock never goes back "
                "(to set its wall clock, use step_wall)"
            )
        return self._mono_at_wall(target)

    def _has_come(self, wakeup: Wakeup) -> bool:
        return (wakeup.mono is not None and wakeup.mono <= self._mono) or (
            wakeup.wall is not None and wakeup.wall <= self._wall
        )


def read_move(span: timedelta | str | None, units: Units) -> Span:
    """Read a span, or its units, as they are given to a move.

    Raises ClockError for both at once.
    """
    if span is not None and units:
        raise ClockError(f"give a span or units such as minutes=5, not both: {span}, {units}")
    if span is None:
        return to_span(timedelta(**units))
    if isinstance(span, str) and span.startswith("-"):
        return -to_span(span[1:])
    return to_span(span)


def read_forward(span: timedelta | str | None, units: Units) -> Span:
    """Do so for a move that cannot go back. Raises ClockError for a negative span."""
    length = read_move(span, units)
    if length < 0:
        raise ClockError(
            f"cannot move by {span_text(length)}: a virtual clock never goes back "
            "(to set its wall clock, use step_wall)"
        )
    return length
