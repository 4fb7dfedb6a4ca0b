"""The lives of one task, read from its inputs: which trigger was in force when.

Every edit begins another life, and the occurrences of a life share a generation. The machine knows
this of all tasks; here it is told of one from the records of a journal, and nothing is decided
anew. A test compares the two.
"""

from dataclasses import replace

from duetime.engine.instants import LAST_INSTANT, Instant, Span
from duetime.engine.life import Hold, Life, Noted, answer, bound, hold_of, life_of
from duetime.engine.machine import Settings, Snapshot
from duetime.engine.messages import (
    Added,
    Damaged,
    Demanded,
    Disabled,
    Enabled,
    Redeclared,
    Removed,
    Rescheduled,
    ResumeFrom,
    RunRequested,
    TaskInput,
    Ticked,
)
from duetime.engine.policies import ClockStep
from duetime.engine.states import Leaving, Running
from duetime.engine.tasks import Task
from duetime.engine.timekeeper import Timekeeper
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.once import OnDemand


class Lives:
    """What is in force for one task.

    `life`: the present one, or the last; `hold`: why the task may not start, if it is disabled.
    """

    def __init__(self, name: str, settings: Settings, base: Snapshot | None) -> None:
        """`base`: what the machine knew before the first record, if that was not nothing."""
        self.name = name
        self.time = Timekeeper()
        self.life: Life | None = None
        self.hold: Hold | None = None
        self._settings = settings
        self._removed = True
        self._lived = self._ready = False
        self._generation = self._retired = 0
        if base is not None:
            self._take_up(base)

    def time_of(self, life: Life) -> Instant:
        """Return the time on the clock of a trigger."""
        return self.time.elapsed if life.trigger.elapsed else self.time.now.wall

    def shift(self, life: Life) -> Span:
        """Return what is to be added to times of a trigger to read them on the wall clock."""
        return self.time.shift if life.trigger.elapsed else 0

    def pass_time(self, noted: Noted) -> None:
        """Take in a reading; a far step of the wall clock begins another life."""
        shift, change, life = self.time.shift, self.time.take(noted.input.at), self.life
        if life is None or not life.live:
            return
        if life.trigger.elapsed:
            if self.time.shift != shift and not life.trigger.follows_runs:
                due = life.next_due()
                life.since = LAST_INSTANT if due is None else due
        elif _is_accepted(life.task.clock_step, change, self._settings):
            finished = life.next_due() is None
            self._generation += 1
            jumped = self._begin(noted, life.declared, life.task, life.trigger)
            jumped.step = change
            if finished:
                self._come_first(jumped, None)

    def take(self, noted: Noted, *, busy: bool) -> None:
        """Take in a record. `busy`: whether a run of the task was going."""
        input_ = noted.input
        broken = noted.events(self.name, "broken")
        self._lived |= noted.has_run_or_fate(self.name)
        if isinstance(input_, Added | Redeclared) and input_.task.name == self.name:
            self._declare(noted, input_, busy=busy, failed=bool(broken))
        elif isinstance(input_, Damaged) and input_.name == self.name and self._removed:
            self._removed = False
            self._begin(noted, noted, Task(name=self.name, trigger=OnDemand()), OnDemand())
        elif isinstance(input_, TaskInput) and input_.name == self.name:
            self._edit(noted, failed=bool(broken))
        elif isinstance(input_, Ticked):
            self._end_hold()
        if broken and self.life is not None:
            self.life.end(noted, broken[0])

    def settle(self, noted: Noted, *, busy: bool) -> None:
        """Take in that a record has been dealt with. `busy`: whether a run of the task is going."""
        life = self.life
        if life is None or not life.live:
            return
        now, fated = self.time_of(life), noted.has_fate(self.name)
        self._ready = self._ready and not fated
        if isinstance(noted.input, Ticked):
            life.seen = max(now, life.seen or now)
            if life.due is not None and life.due <= now:
                life.due = None if self.hold is None else life.after(now)
                self._ready = not fated
        if life.trigger.follows_runs and life.due is None and not (busy or self._ready):
            life.due = life.after(now)

    # Private parts

    def _declare(
        self, noted: Noted, declared: Added | Redeclared, *, busy: bool, failed: bool
    ) -> None:
        task, old = declared.task, self.life
        if old is not None and old.live and isinstance(declared, Redeclared):
            trigger = old.trigger
            if task.trigger != old.task.trigger:
                trigger = bound(task.trigger, self.time.elapsed, old.trigger)
            self._amend(noted, replace(old, declared=noted, task=task), trigger, failed=failed)
            return
        self._lived = self._lived and (busy or not self._removed)
        self._generation += 1 if self._removed or not failed else 0
        self._removed = False
        self._begin(noted, noted, task, bound(task.trigger, self.time.elapsed, None))

    def _amend(self, noted: Noted, life: Life, trigger: Trigger, *, failed: bool) -> None:
        """Put another declaration in the place of the present one; an equal trigger goes on."""
        if trigger != life.trigger and not failed:
            self._generation += 1
        if trigger != life.trigger or not life.live:
            self._begin(noted, life.declared, life.task, trigger)
        else:
            self.life = life

    def _edit(self, noted: Noted, *, failed: bool) -> None:
        """Take in a verb, or what happened to a run."""
        input_, life = noted.input, self.life
        match input_:
            case _ if life is None:
                return
            case Rescheduled(trigger=given):
                trigger = bound(given, self.time.elapsed, life.trigger)
                amended = replace(life, task=replace(life.task, trigger=given))
                self._amend(noted, amended, trigger, failed=failed)
            case Removed():
                life.end(noted)
                self.hold, self._removed = None, True
                self._retired = self._generation if self._lived else self._retired
                self._generation = self._retired
            case Disabled(until=until):
                first = life.next_due() if self.hold is None else self.hold.first
                self.hold = Hold(noted=noted, until=until, first=first)
            case Enabled():
                self._enable(noted, life, input_.from_)
            case Demanded() | RunRequested():
                self._end_hold()

    def _enable(self, noted: Noted, life: Life, from_: ResumeFrom) -> None:
        hold, self.hold = self.hold, None
        if not life.live:
            self._begin(noted, life.declared, life.task, life.trigger)
        elif hold is not None and from_ is ResumeFrom.PAUSE and not life.trigger.follows_runs:
            self._generation += 1
            again = self._begin(noted, life.declared, life.task, life.trigger)
            self._come_first(again, hold.first)
        elif hold is not None:
            self._resume(life, self.time_of(life))

    def _end_hold(self) -> None:
        """End a pause that has run out, unless the task is in the error state."""
        life, hold = self.life, self.hold
        if life is None or not life.live or hold is None or hold.until is None:
            return
        if hold.is_over(self.time.now.wall):
            self.hold = None
            self._resume(life, min(hold.until - self.shift(life), self.time_of(life)))

    def _resume(self, life: Life, ended: Instant) -> None:
        """Pass over what came due before a pause ended."""
        life.seen = max(ended - 1, life.seen or 0)
        if life.due is not None and life.due < ended:
            life.due = life.after(ended)

    def _begin(self, noted: Noted, declared: Noted | None, task: Task, trigger: Trigger) -> Life:
        """Begin another life, with the first occurrence from now on."""
        if self.life is not None and self.life.live:
            self.life.end(noted)
        elif self.hold is not None and self.hold.is_over(self.time.now.wall):
            self.hold = None  # it ran out in the error state
        self.life = life = Life(
            generation=self._generation,
            task=task,
            trigger=trigger,
            declared=declared,
            begun=noted,
            first=None,
        )
        self._come_first(life, answer(lambda: trigger.first(self.time_of(life))))
        return life

    def _come_first(self, life: Life, first: Instant | None) -> None:
        """Set the first occurrence of a life; a pause holds it up, if there is one."""
        life.first = first
        life.due = first if life.trigger.follows_runs else None
        if self.hold is not None:
            self.hold = replace(self.hold, first=first)

    def _take_up(self, base: Snapshot) -> None:
        """Begin where a snapshot was taken."""
        self.time.last, self.time.lead, self.time.shift = base.last, base.lead, base.shift
        retired = base.retired.get(self.name)
        self._generation = self._retired = retired.generation if retired is not None else 0
        for entry in base.entries:
            if entry.task.name == self.name:
                self.life, self.hold = life_of(entry), hold_of(entry.state)
                self._generation, self._lived = entry.generation, entry.lived
                self._removed = isinstance(entry.state, Leaving)
                self._ready = isinstance(entry.state, Running) and bool(entry.state.ready)


def _is_accepted(policy: ClockStep, change: Span, settings: Settings) -> bool:
    """Return whether a step of the wall clock is taken as it is, and due times planned anew."""
    if abs(change) <= settings.step:
        return False
    if policy is ClockStep.BY_SIZE:
        return change > settings.forward or -change > settings.back
    return policy is ClockStep.ACCEPT
