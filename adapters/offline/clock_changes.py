"""Changes of clocks, and what the triggers of a plan make of the times skipped or doubled by them.

A trigger of the calendar picks times of a clock. Asked in UTC, where nothing is skipped and nothing
comes twice, it tells which; next to a change of the clock its gap and its fold decide what becomes
of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import TypeAlias

from duetime.engine.instants import DAY, LAST_INSTANT, Instant, Span, iso
from duetime.engine.policies import Fold, Gap
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Daily, Monthly, Weekly, Yearly
from duetime.engine.triggers.calendar_syntax import read_calendar
from duetime.engine.triggers.calendar_text import Calendar
from duetime.engine.triggers.combine import AllOf, Limit, OfOne, OfSeveral, Shift
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.cron_text import CronFields, parse_cron
from duetime.engine.triggers.exclude import Except
from duetime.engine.triggers.once import Once
from duetime.engine.triggers.rrule import RRule
from duetime.engine.triggers.within import Within
from duetime.engine.zones import Wall, zone

OnAClock: TypeAlias = Daily | Weekly | Monthly | Yearly | Cron | Calendar | RRule
"""The triggers that pick times of a clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of the clock of a zone. `by`: ns, put forward (positive) or back."""

    at: Instant
    tz: str
    before: Span
    after: Span

    @property
    def by(self) -> Span:
        """Return by how much the clock is put forward; negative: back."""
        return self.after - self.before

    @property
    def low(self) -> Wall:
        """Return the first time of the clock that is skipped or comes twice."""
        return self.at + min(self.before, self.after)

    @property
    def high(self) -> Wall:
        """Return the first time after those."""
        return self.at + max(self.before, self.after)


class Met(StrEnum):
    """What becomes of a time of the clock at a change."""

    SKIPPED = "skipped"
    """It is left out."""
    AT_END = "at_end"
    """It is due at the first instant after the gap; several come together there."""
    LATER = "later"
    """It is due later by the length of the gap."""
    FIRST = "first"
    """Of the two times, it is due the first."""
    SECOND = "second"
    """Of the two times, it is due the second."""
    TWICE = "twice"
    """It is due both times."""
    AS_ALWAYS = "as_always"
    """It is due once, as on any day: it comes next after what was skipped or doubled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What becomes of the times of one trigger at a change: those that meet the same.

    `first`, `last`, `count`: the times of the clock. `at`: when the first of them is due, instants;
    none or one or two. `elapsed`: the rule of Debian's cron for expressions that begin with `*`
    decides: every minute that passes counts, so nothing is lost and nothing comes too often.
    """

    met: Met
    first: Wall
    last: Wall
    count: int
    at: tuple[Instant, ...]
    elapsed: bool


@dataclass(frozen=True, slots=True)
class ClockRule:
    """What holds for a trigger at a change. `limit`: for a gap as long nothing is made up.

    `elapsed`: as in `Touched`.
    """

    gap: Gap
    fold: Fold
    limit: Span
    elapsed: bool


@dataclass(frozen=True, slots=True)
class ClockPart:
    """A trigger on a clock, and those around it, the innermost first, each with what is in it."""

    trigger: OnAClock
    around: tuple[tuple[Trigger, Trigger], ...]

    def due(self, instant: Instant) -> Instant | None:
        """Return when all of it is due where the inner one is; None: something leaves it out."""
        found = instant
        for outer, inner in self.around:
            if isinstance(outer, Shift):
                found += outer.by
            elif not _lets_through(outer, inner, found):
                return None
        return found


def clock_parts(trigger: Trigger) -> Iterator[ClockPart]:
    """Yield the triggers on a clock that a trigger is made of."""
    if isinstance(trigger, OnAClock):
        yield ClockPart(trigger, ())
        return
    inside: tuple[Trigger, ...] = ()
    if isinstance(trigger, OfSeveral):
        inside = trigger.triggers
    elif isinstance(trigger, OfOne | Within):
        inside = (trigger.trigger,)
    for inner in inside:
        for part in clock_parts(inner):
            yield ClockPart(part.trigger, (*part.around, (trigger, inner)))


def changes_of(tz: str, begin: Instant, end: Instant) -> list[Change]:
    """Return the changes of a zone's clock after `begin` and not after `end`."""
    clock = zone(tz)
    return [
        Change(at=at, tz=tz, before=clock.offset(at - 1), after=clock.offset(at))
        for at in clock.changes(begin, end)
    ]


def touched(part: ClockPart, change: Change) -> list[Touched]:
    """Return what a change does to a trigger: to times inside of it, and to the one right after."""
    rule = rule_of(part.trigger)
    # Where every minute that passes counts, the one right after is nothing worth telling.
    walls = on_utc(part.trigger).between(change.low - 1, change.high - rule.elapsed)
    found = [_one(part, change, wall, rule) for wall in walls]
    met = [each for each in found if each is not None]
    return [_joined(list(group)) for _, group in groupby(met, attrgetter("met"))]


def on_utc(trigger: OnAClock) -> Trigger:
    """Return the same trigger on the clock of UTC: its instants are the times that it picks."""
    if isinstance(trigger, Calendar):
        text = read_calendar(trigger.expression)
        return Calendar(str(replace(text, zone="")), tz="UTC")
    return replace(trigger, tz="UTC")


def cron_fields(trigger: Cron) -> CronFields:
    """Return what the expression of a trigger means."""
    return parse_cron(
        trigger.expression, name=trigger.name, wrap=trigger.wrap, day_rule=trigger.day_rule
    )


def rule_of(trigger: OnAClock) -> ClockRule:
    """Return gap and fold in force; for cron expressions that choose none, those of their kind."""
    if isinstance(trigger, RRule):
        return ClockRule(trigger.gap, trigger.fold, DAY, elapsed=False)
    table = trigger.timetable
    # What chooses nothing is due twice where it begins with `*` or has seconds, and only there.
    own = isinstance(trigger, Cron) and trigger.gap is None and trigger.fold is None
    return ClockRule(
        table.gap, table.fold, table.gap_limit, elapsed=own and table.fold is Fold.BOTH
    )


def _one(part: ClockPart, change: Change, wall: Wall, rule: ClockRule) -> Touched | None:
    """Return what becomes of one time; None where what is around the trigger leaves it out."""
    gap = rule.gap if change.by < rule.limit else Gap.SKIP
    met, times = _met(change, wall, gap, rule.fold)
    due = [part.due(each) for each in times]
    at = tuple(each for each in due if each is not None)
    if not at:
        return None
    if met is Met.TWICE and len(at) == 1:
        met = Met.FIRST if due[0] is not None else Met.SECOND
    return Touched(
        met=met,
        first=wall,
        last=wall,
        count=1,
        at=() if met is Met.SKIPPED else at,
        elapsed=rule.elapsed,
    )


def _met(change: Change, wall: Wall, gap: Gap, fold: Fold) -> tuple[Met, tuple[Instant, ...]]:
    """Return what becomes of a time, and when; for a skipped one, when it would have been."""
    early, late = wall - change.before, wall - change.after
    if wall == change.high:
        return Met.AS_ALWAYS, (late,)
    if change.by > 0:
        if gap is Gap.NEXT_VALID:
            return Met.AT_END, (change.at,)
        return (Met.LATER if gap is Gap.SHIFT else Met.SKIPPED), (early,)
    if fold is Fold.BOTH:
        return Met.TWICE, (early, late)
    return (Met.FIRST, (early,)) if fold is Fold.FIRST else (Met.SECOND, (late,))


def _joined(group: list[Touched]) -> Touched:
    return replace(group[0], last=group[-1].last, count=len(group))


def _lets_through(outer: Trigger, inner: Trigger, instant: Instant) -> bool:
    """Tell whether a trigger is due where one of those in it is due."""
    if isinstance(outer, AllOf):
        others = [each for each in outer.triggers if each is not inner]
        return all(each.next_after(instant - 1) == instant for each in others)
    if isinstance(outer, Except):
        return outer.exclusion_of(instant) is None
    if isinstance(outer, Within):
        once = Within(Once(iso(instant)), between=outer.window, days=outer.days, tz=outer.tz)
        return once.next_after(instant - 1) == instant
    if isinstance(outer, Limit):
        last = outer.previous_before(LAST_INSTANT)
        start = instant if outer.start is None else outer.start
        return last is not None and start <= instant <= last
    return True
