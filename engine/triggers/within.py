"""Only within hours: a trigger cut to windows of the time of day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import time, tzinfo

from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import DAY, Instant, Span
from duetime.engine.policies import Fold, Gap
from duetime.engine.triggers.base import HORIZON, Json, NextAfter, Trigger, plain, plain_text
from duetime.engine.triggers.calendar_fields import (
    WEEKDAYS,
    Names,
    day_spans,
    read_time,
    read_weekdays,
    short_names,
)
from duetime.engine.triggers.combine import SEARCH_LIMIT, Combined, read_part, search_limit_error
from duetime.engine.triggers.day_rules import MONDAY_BASE
from duetime.engine.triggers.picks import EveryNth, Few, Nested
from duetime.engine.triggers.timetable import Timetable
from duetime.engine.zones import Wall, zone, zone_key


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Within(Combined):
    """The occurrences of a trigger at which the clock of a zone shows a time inside a window.

    `between`, kept as `window`: from and to, both included; over midnight where the second is the
    earlier one; the whole day without it.
    `days`: weekdays on which a window opens, as for `Weekly`; every day without them. What opens on
    Friday at 22:00 and closes on Saturday at 06:00 is Friday's.
    The clock decides: of a time that happens twice, both are inside.

    A search ends after 40 years without a match; with a SearchLimitError after a million windows.

    >>> from duetime.engine.triggers.every import Every
    >>> Within(Every(minutes=5), between=("09:00", "17:30"), days=["mon", "tue"], tz="UTC")
    Within(Every('5m'), between=['09:00', '17:30'], days=['mon', 'tue'], tz='UTC')
    """

    trigger: Trigger
    window: tuple[time, time] | None
    days: tuple[str, ...] | None
    tz: str
    _weekdays: Few = field(init=False, compare=False, repr=False)
    _hours: tuple[Span, Span] = field(init=False, compare=False, repr=False)
    _opening: Timetable = field(init=False, compare=False, repr=False)
    _closing: Timetable = field(init=False, compare=False, repr=False)

    def __init__(
        self,
        trigger: NextAfter,
        *,
        between: Sequence[str | time] | None = None,
        days: Names | None = None,
        tz: tzinfo | str,
    ) -> None:
        """Raises BadTriggerError for a window that makes no sense, or without any limit."""
        if between is None and days is None:
            raise BadTriggerError("Within limits nothing; give between=('09:00', '17:30') or days=")
        weekdays = read_weekdays("Within", range(7) if days is None else days)
        put = object.__setattr__
        put(self, "trigger", read_part("Within", trigger))
        put(self, "window", None if between is None else _read_window(between))
        put(self, "days", None if days is None else short_names(weekdays, WEEKDAYS, 0))
        put(self, "tz", zone_key(tz))
        opens, closes = (0, DAY - 1) if self.window is None else day_spans(self.window)
        put(self, "_hours", (opens, closes))
        put(self, "_weekdays", Few(weekdays))
        put(self, "_opening", self._daily(opens, 0))
        put(self, "_closing", self._daily(closes, DAY if closes < opens else 0))

    def _daily(self, time_of_day: Span, later: Span) -> Timetable:
        """Return when the clock shows a time, this much later than on the days of a window."""
        days = Nested(outer=EveryNth(1), inner=self._weekdays, size=7, base=MONDAY_BASE)
        walls = Nested(outer=days, inner=Few((time_of_day,)), size=DAY, base=later)
        return Timetable(walls, self.tz, Gap.NEXT_VALID, Fold.BOTH)

    def next_after(self, after: Instant) -> Instant | None:
        """Return the next occurrence inside a window."""
        return self._next(after, after + HORIZON)

    def _next(self, after: Instant, until: Instant) -> Instant | None:
        clock, resume = zone(self.tz), after
        for _ in range(SEARCH_LIMIT):
            found = self.trigger.next_after(resume)
            if found is None or found > until:
                return None
            here = clock.segment(found)
            if self._shows(found + here.offset):
                return found
            # Until a window opens, or the clock is changed, nothing can be inside.
            opening = self._opening.next_after(found)
            resume = (here.end if opening is None else min(opening, here.end)) - 1
        raise search_limit_error(self, after)

    def previous_before(self, before: Instant) -> Instant | None:
        """Return the last occurrence inside a window."""
        clock, resume = zone(self.tz), before
        for _ in range(SEARCH_LIMIT):
            found = self.trigger.previous_before(resume)
            if found is None or found < before - HORIZON:
                return None
            here = clock.segment(found)
            if self._shows(found + here.offset):
                return found
            closing = self._closing.previous_before(found)
            resume = here.start if closing is None else max(closing + 1, here.start)
        raise search_limit_error(self, before)

    def between(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """Yield what the trigger yields inside the windows, a window at a time."""
        for low, high in self._open_stretches(after, until):
            yield from self.trigger.between(low, high)

    def count(self, after: Instant, until: Instant) -> int:
        """Return what the trigger counts inside the windows."""
        return sum(
            self.trigger.count(low, high) for low, high in self._open_stretches(after, until)
        )

    def _open_stretches(self, after: Instant, until: Instant) -> Iterator[tuple[Instant, Instant]]:
        """Yield stretches, the start not included, where everything is inside a window."""
        while (found := self._next(after, min(until, after + HORIZON))) is not None:
            closing = self._closing.next_after(found - 1)
            last = min(zone(self.tz).segment(found).end - 1, until)
            after = last if closing is None else min(last, closing)
            yield found - 1, after

    def _shows(self, wall: Wall) -> bool:
        """Tell whether a clock that shows this is inside a window."""
        opens, closes = self._hours
        day, hour = divmod(wall, DAY)
        if opens <= closes:
            inside = opens <= hour <= closes
        else:
            inside = hour >= opens or hour <= closes
            day -= hour < opens
        return inside and (day - MONDAY_BASE) % 7 in self._weekdays.numbers

    def named(self, name: str) -> Trigger:
        """Name the trigger inside."""
        named = self.trigger.named(name)
        if named == self.trigger:
            return self
        return Within(named, between=self.window, days=self.days, tz=self.tz)

    def _arguments(self) -> dict[str, object]:
        given = {"between": self.window, "days": self.days, "tz": self.tz}
        return {name: value for name, value in given.items() if value is not None}

    def to_json(self) -> dict[str, Json]:
        """Return the window as text."""
        parts = {name: plain(value) for name, value in self._arguments().items()}
        return {"type": "Within", "trigger": self.trigger.to_json(), **parts}

    def __repr__(self) -> str:
        """Write the call that makes it."""
        parts = [f", {name}={plain_text(value)}" for name, value in self._arguments().items()]
        return f"Within({self.trigger!r}{''.join(parts)})"


def _read_window(between: Sequence[str | time]) -> tuple[time, time]:
    if isinstance(between, str) or len(between) != 2:
        raise BadTriggerError(
            f"Within: between={between!r}; give two times of day such as ('09:00', '17:30')"
        )
    opens, closes = (read_time("Within", "between", one) for one in between)
    if opens == closes:
        raise BadTriggerError(
            f"Within: between={between!r} opens and closes at once; leave it out for the whole day"
        )
    return opens, closes
