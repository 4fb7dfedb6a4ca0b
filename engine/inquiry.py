"""One pass over the records of a journal, with one question: what became of this due time?

What is kept on the way concerns the one task: the runs that are going, and for each life that has
the due time a `Case`, the inputs that led to its fate.
"""

from dataclasses import dataclass

from duetime.engine.instants import MICROSECOND, Instant, Reading, Span
from duetime.engine.journal import JournalRecord
from duetime.engine.life import Life, Noted
from duetime.engine.lives import Lives
from duetime.engine.machine import Settings, Snapshot
from duetime.engine.messages import (
    Added,
    Cause,
    Effect,
    RecordEvent,
    RecordFate,
    Restarted,
    StartRun,
    Ticked,
)
from duetime.engine.stories import Stories, Story


@dataclass(slots=True, kw_only=True, eq=False)
class Case:
    """What is known of the due time in one life.

    `target`: the occurrence, on the clock of the trigger; `past`: one that showed the same time
    and has met its fate; `shift`: what was added to read the clock. `before`: the last input
    at which it was not due yet; `seen`: the one at which it came due; `late`: how late that was;
    `step`, `restart`: a step of the wall clock and a new start of the process in between; `busy`:
    the runs that were going then. `decided`: the input that gave it its fate, with `effect`;
    `pause`: what had disabled the task; `run`: what started.
    """

    life: Life
    past: Instant | None = None
    target: Instant | None = None
    shift: Span = 0
    before: Noted | None = None
    seen: Noted | None = None
    late: Span = 0
    step: Noted | None = None
    restart: Noted | None = None
    busy: tuple[Story, ...] = ()
    decided: Noted | None = None
    effect: StartRun | RecordFate | None = None
    pause: Noted | None = None
    run: Story | None = None


class Inquiry:
    """The question, and what the records have said so far.

    `told`: the cases that have met a fate; `case`: the one of the present life; `in_force`: the
    life at the due time; `earlier`, `later`: the nearest other due times, in wall-clock ns;
    `known`: the names of other tasks, as long as there is none of this name.
    """

    def __init__(
        self, name: str, nominal: Instant, *, settings: Settings, base: Snapshot | None
    ) -> None:
        """`nominal`: wall-clock ns, a whole number of microseconds, as datetimes have them.

        `settings`, `base`: of the journal; see `Journal`.
        """
        self.name = name
        self.nominal = nominal
        self.lives = Lives(name, settings, base)
        self.told: list[Case] = []
        self.in_force: Life | None = None
        self.case: Case | None = None
        self.earlier: Instant | None = None
        self.later: Instant | None = None
        self.known: set[str] = set()
        self._stories = Stories(name, base)
        self._cases: dict[int, Case] = {}
        self._pause: Noted | None = None
        self._count = 0
        self._begin()

    def take(self, record: JournalRecord) -> None:
        """Read one record after the other, from the first on."""
        noted = Noted(self._count, record.input, record.effects)
        self._count += 1
        lives, busy = self.lives, bool(self._stories.going)
        self._pause = noted if lives.hold is None else lives.hold.noted
        self._cases.clear()
        self._open(noted)
        lives.pass_time(noted)
        self._open(noted)
        self._watch(noted)
        lives.take(noted, busy=busy)
        self._open(noted)
        self._stories.end(noted)
        for effect in noted.effects:
            if effect.name == self.name:
                self._take_effect(noted, effect)
        self._stories.forget()
        lives.settle(noted, busy=bool(self._stories.going))
        if lives.life is None and isinstance(noted.input, Added):
            self.known.add(noted.input.task.name)

    def end(self, now: Reading | None) -> None:
        """Look once more after the last record. `now`: what the clock shows, if that is known."""
        if now is not None:
            self.lives.time.take(now)
        if self.case is not None:
            self._aim(self.case)

    def note_other(self, nominal: Instant | None, shift: Span) -> None:
        """Note another due time, in case it is the nearest one."""
        at = self.nominal if nominal is None else nominal + shift
        if at < self.nominal:
            self.earlier = at if self.earlier is None else max(at, self.earlier)
        elif at > self.nominal:
            self.later = at if self.later is None else min(at, self.later)

    # The due time in the present life

    def _begin(self) -> None:
        """Take up the life that goes on from before the first record, if there is one."""
        self.in_force = life = self.lives.life
        if life is not None:
            self.case = Case(life=life)
            self._aim(self.case)

    def _open(self, noted: Noted) -> None:
        """Open a case for the present life, if it has none."""
        life = self.lives.life
        if life is None:
            return
        if self.in_force is None or noted.input.at.wall <= self.nominal:
            self.in_force = life
        if self.case is not None and self.case.life.goes_on_as(life):
            self.case.life = life
        else:
            self.case = Case(life=life)
            self._aim(self.case)
            self._is_ahead(self.case, noted)
        self._cases[life.generation] = self.case

    def _aim(self, case: Case) -> None:
        """Look for the occurrence that shows the due time, until it has come due."""
        life, case.shift = case.life, self.lives.shift(case.life)
        if case.seen is not None or not life.live:
            return
        low = self.nominal - case.shift
        target = life.occurrence(low, low + MICROSECOND)
        case.target = None if target is None or _has_passed(case, target) else target

    def _watch(self, noted: Noted) -> None:
        """See whether the due time comes due in the present life."""
        case = self.case
        if case is None or case.seen is not None or not case.life.live:
            return
        if case.life.trigger.follows_runs or case.shift != self.lives.shift(case.life):
            self._aim(case)
        if case.target is None or self._is_ahead(case, noted):
            return
        if isinstance(noted.input, Ticked):
            self._come_due(case, noted)
        else:
            self._note_faults(case, noted)

    def _is_ahead(self, case: Case, noted: Noted) -> bool:
        """Return whether the due time lies ahead; note the last input at which it does."""
        if case.target is None or self.lives.time_of(case.life) >= case.life.planned(case.target):
            return False
        case.before, case.step, case.restart = noted, None, None
        return True

    def _note_faults(self, case: Case, noted: Noted) -> None:
        """Note what may be why nobody looked when it came due."""
        if noted.events("", "clock_stepped"):
            case.step = noted
        if isinstance(noted.input, Restarted):
            case.restart = noted

    def _come_due(self, case: Case, noted: Noted) -> None:
        self._note_faults(case, noted)
        assert case.target is not None
        case.seen, case.busy = noted, self._stories.going
        case.late = self.lives.time_of(case.life) - case.life.planned(case.target)

    # Fates

    def _take_effect(self, noted: Noted, effect: Effect) -> None:
        match effect:
            case RecordFate():
                self._take_fate(noted, effect)
            case StartRun():
                story = self._stories.start(noted, effect)
                if effect.cause is Cause.DUE and effect.attempt == 1:
                    self._take_fate(noted, effect, story)
            case RecordEvent():
                self._stories.decide(effect)

    def _take_fate(
        self, noted: Noted, effect: StartRun | RecordFate, run: Story | None = None
    ) -> None:
        """Take in a fate: it is that of the due time, or of others, which are near or not."""
        case = self._cases.get(effect.generation, self.case)
        if case is None:
            return
        first, last = _bounds(effect)
        target = self._match(case.life, effect.shift, first, last)
        if target is None:
            return
        case.target, case.decided, case.effect, case.run = target, noted, effect, run
        case.pause = self._pause
        if case.seen is None and self._is_new(case.life, target):
            self._come_due(case, noted)
        self.told.append(case)
        if case is self.case:
            self.case = self._cases[case.life.generation] = Case(life=case.life, past=case.target)
            self._aim(self.case)

    def _is_new(self, life: Life, target: Instant) -> bool:
        """Return whether an occurrence is due, and was not when anybody looked the last time."""
        planned = life.planned(target)
        return planned <= self.lives.time_of(life) and (life.seen is None or planned > life.seen)

    def _match(self, life: Life, shift: Span, first: Instant, last: Instant) -> Instant | None:
        """Return which occurrence from `first` to `last` shows the due time, if there is one."""
        low = self.nominal - shift
        high = low + MICROSECOND
        if first >= low or last < high:
            near = first if first >= low else last
            if low <= near < high:
                return near
            self.note_other(near, shift)
            return None
        found = life.after(low - 1)
        if found is not None and found < high:
            return found
        self.note_other(life.before(low), shift)
        self.note_other(found, shift)
        return None


def _has_passed(case: Case, target: Instant) -> bool:
    """Return whether an occurrence was looked at when the clock showed it as another time."""
    seen, past = case.life.seen, case.past
    looked_at = seen is not None and case.life.planned(target) <= seen
    return looked_at or (past is not None and target <= past)


def _bounds(effect: StartRun | RecordFate) -> tuple[Instant, Instant]:
    if isinstance(effect, StartRun):
        return effect.nominal, effect.nominal
    return effect.first, effect.last
