"""Accounts: what a journal tells of a due time is what became of it, and nothing else was due."""

from collections import defaultdict
from dataclasses import dataclass
from functools import partial

from hypothesis import assume, given
from hypothesis import strategies as st

from duetime.adapters.testing.bare import Bare
from duetime.adapters.testing.program_strategies import (
    EVERYTHING,
    JITTERY,
    RESTARTS,
    SLOTS,
    programs,
)
from duetime.adapters.testing.programs import START, Declare, Program
from duetime.engine.accounts import Account, Standing
from duetime.engine.catchup import Fate
from duetime.engine.inquiry import Inquiry
from duetime.engine.instants import MICROSECOND, SECOND, Instant, Span, to_datetime
from duetime.engine.journal import Journal, replay
from duetime.engine.machine import Machine
from duetime.engine.messages import Cause, Input, RecordFate, StartRun
from duetime.engine.states import Broken, Entry, Leaving, Paused, Running
from duetime.engine.telling import tell
from tests.properties.traces import Accounts, moments

PROGRAMS = programs(*EVERYTHING, RESTARTS, first=JITTERY, slots=SLOTS)
ASKED = 20
"""Of the due times of a program, so many are asked about."""


@dataclass(frozen=True, slots=True)
class Met:
    """A fate, and the input that led to it."""

    generation: int
    fate: Fate
    reason: str
    number: int | None
    input: Input


class Trace:
    """What became of each due time of a task, by its wall-clock time, told without accounts.

    `met`: the fates; `waiting`: what has come due and has none; `steady`: that of it for which the
    clock has not been set since.
    """

    def __init__(self, name: str, journal: Journal) -> None:
        """Look at each moment, and keep the last one."""
        self.name = name
        self.met = defaultdict[Instant, list[Met]](list)
        accounts = Accounts()
        for self.last in moments(journal):
            accounts.enter(self.last)
            for effect in self.last.effects:
                if effect.name == name and isinstance(effect, RecordFate):
                    self._enter(effect, accounts.nominals(effect))
            for start in self.last.due_starts:
                if start.name == name:
                    self._enter(start, [start.nominal])
        self.entry: Entry | None = self.last.after.get(name)
        elapsed = self.entry is not None and self.entry.trigger.elapsed
        self.shift = self.last.snapshot.shift if elapsed else 0
        state = None if self.entry is None else self.entry.state
        queue = state.ready + state.waiting if isinstance(state, Running) else ()
        due = [each for each in queue if each.cause is Cause.DUE]
        self.waiting = {shown(each.nominal, each.shift) for each in due}
        self.steady = {shown(each.nominal, self.shift) for each in due if each.shift == self.shift}

    def ahead(self, at: Instant) -> list[Instant]:
        """Return the occurrences without a fate that are nearest to a time; on their own clock."""
        due = getattr(self.entry and self.entry.state, "due", None)
        if self.entry is None or due is None:
            return []
        trigger, low = self.entry.trigger, at - self.shift
        if trigger.follows_runs:
            return [due.nominal]
        after = due.nominal if low <= due.nominal else trigger.next_after(low - 1)
        found = (trigger.previous_before(low), after)
        return [each for each in found if each is not None and each >= due.nominal]

    def standing(self, at: Instant) -> Standing:
        """Return how a due time stands that has met no fate in the present life."""
        if at in self.waiting:
            return Standing.WAITING
        for nominal in self.ahead(at):
            if self.entry is not None and shown(nominal, self.shift) == at:
                now = self.last.elapsed if self.entry.trigger.elapsed else self.last.input.at.wall
                planned = self.entry.trigger.planned(nominal, self.name)
                return Standing.AHEAD if planned > now else Standing.OVERDUE
        return Standing.NO_OCCURRENCE

    def nearest(self, at: Instant) -> tuple[Instant | None, Instant | None]:
        """Return the due times before and after a time."""
        times = {*self.met, *self.steady}
        times.update(shown(nominal, self.shift) for nominal in self.ahead(at))
        before, after = (each for each in times if each < at), (each for each in times if each > at)
        return max(before, default=None), min(after, default=None)

    def _enter(self, effect: RecordFate | StartRun, nominals: list[Instant]) -> None:
        fate, reason, number = Fate.STARTED, "", None
        if isinstance(effect, RecordFate):
            fate, reason = effect.fate, effect.reason
        else:
            number = effect.number
        met = Met(effect.generation, fate, reason, number, self.last.input)
        for nominal in nominals:
            self.met[shown(nominal, effect.shift)].append(met)


def shown(nominal: Instant, shift: Span) -> Instant:
    """Return an occurrence as a datetime of the wall clock has it."""
    return (nominal + shift) // MICROSECOND * MICROSECOND


def first_name(program: Program) -> str:
    """Return the name that is declared first."""
    return next(act.task.name for act in program if isinstance(act, Declare))


def ask(name: str, at: Instant, journal: Journal) -> Account:
    """Ask for one due time."""
    return tell(journal, name, at, settings=journal.settings)


def cut(journal: Journal, count: int) -> Journal:
    """Return the first records of a journal."""
    short = Journal()
    short.begin(journal.settings)
    for record in journal.records[:count]:
        short.append(record.input, record.effects)
    return short


def is_loose(journal: Journal, entry: Entry | None) -> bool:
    """Return whether requests that wait for a slot, of which no record tells, put off due times."""
    limited = journal.settings.max_running is not None
    return limited and entry is not None and entry.trigger.follows_runs


@given(PROGRAMS)
def test_p26_each_fate_is_told_from_the_journal(program: Program) -> None:
    """What came due is told with its fate, after the inputs that led there, in their order."""
    name, journal = first_name(program), Bare().play(program).journal
    trace, places = Trace(name, journal), {id(each.input): n for n, each in enumerate(journal)}
    history = replay(journal).history.fates(name)
    for at in sorted(trace.met)[:: len(trace.met) // ASKED + 1]:
        account = ask(name, at, journal)
        told = [each for each in (*account.earlier, account) if isinstance(each.fate, Fate)]
        assert trace.met[at] == [
            Met(each.generation, each.fate, each.reason, each.number, each.parts[-1].input)
            for each in told
        ]
        here = [each for each in history if each.nominal <= to_datetime(at) <= each.last]
        for each in told:
            assert (each.generation, each.fate) in {(o.generation, o.fate) for o in here}
            led = [places[id(part.input)] for part in each.parts if part.text]
            assert led == sorted(set(led))


@given(PROGRAMS, st.data())
def test_p26_what_has_met_no_fate_is_told_as_it_stands(
    program: Program, data: st.DataObject
) -> None:
    """It waits, is overdue, lies ahead or is no occurrence, with the nearest ones, at any time."""
    name, journal = first_name(program), Bare().play(program).journal
    journal = cut(journal, data.draw(st.integers(1, len(journal.records))))
    trace = Trace(name, journal)
    assume(not is_loose(journal, trace.last.after.get(name)))
    ahead = trace.ahead(trace.last.input.at.wall)
    times = {START + data.draw(st.integers(-9, 400)) * SECOND, *list(trace.met)[-2:]}
    for at in {*times, *trace.waiting, *(shown(each, trace.shift) for each in ahead)}:
        account, standing = ask(name, at, journal), trace.standing(at)
        if standing is not Standing.NO_OCCURRENCE or at not in trace.met:
            assert account.fate is standing
        if account.fate is Standing.NO_OCCURRENCE:
            near = (each and to_datetime(each) for each in trace.nearest(at))
            assert (account.before, account.after) == tuple(near)


def agree(inquiry: Inquiry, entry: Entry | None, *, loose: bool) -> None:
    """Assert that an inquiry has read what the machine knows of the task."""
    life = inquiry.lives.life
    if entry is None or isinstance(entry.state, Leaving):
        assert life is None or not life.live
        return
    due = getattr(entry.state, "due", None)
    assert life is not None
    assert (life.generation, life.task) == (entry.generation, entry.task)
    assert life.trigger == entry.trigger
    assert life.live != isinstance(entry.state, Broken)
    assert loose or life.next_due() == (due and due.nominal)
    assert (inquiry.lives.hold is not None) == isinstance(entry.state, Paused)


@given(PROGRAMS, st.integers(0, 20))
def test_what_is_in_force_is_read_from_the_records_of_the_task(program: Program, skip: int) -> None:
    """From the first record on, or from a snapshot: generation, trigger, pause, next due time."""
    name, journal = first_name(program), Bare().play(program).journal
    machine, base = Machine(journal.settings), None
    for record in journal.records[:skip]:
        machine.handle(record.input)
        base = machine.snapshot()
    inquiry = Inquiry(name, START, settings=journal.settings, base=base)
    for record in journal.records[skip:]:
        machine.handle(record.input)
        inquiry.take(record)
        entry = machine.roster.entries.get(name)
        agree(inquiry, entry, loose=is_loose(journal, entry))


@given(PROGRAMS, st.integers(1, 20))
def test_a_journal_that_begins_with_a_snapshot_tells_what_came_after_it(
    program: Program, skip: int
) -> None:
    """The fates that are in the journal are told; of what was before, nothing is known."""
    name, journal = first_name(program), Bare().play(program).journal
    whole, before = Trace(name, journal), Trace(name, cut(journal, skip))
    rest = journal.records[skip:]
    told = partial(tell, rest, name, settings=journal.settings, base=before.last.snapshot)
    for at in sorted(whole.met)[:: len(whole.met) // ASKED + 1]:
        if name in before.last.after:
            account = told(at)
            found = [each for each in (*account.earlier, account) if isinstance(each.fate, Fate)]
            met = [(each.generation, each.fate) for each in whole.met[at]]
            assert [(e.generation, e.fate) for e in found] == met[len(before.met.get(at, ())) :]
