"""What can be seen of a shell: its tasks, its books, and how it is; looking changes nothing."""

from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from duetime.adapters.calls import RunHandle, RunKey
from duetime.adapters.health import LATE, Health, is_stuck, overdue_by, waiting_in
from duetime.adapters.listeners import Listeners
from duetime.adapters.listing import Kind, Status, TaskSummary, summary_of
from duetime.clocks.base import Clock
from duetime.engine.accounts import Account
from duetime.engine.attendance import Attendance, Roll, attend, gather
from duetime.engine.catchup import Fate
from duetime.engine.errors import BadArgumentError, BadTimeError
from duetime.engine.history import History, Occurrence, Run, Runs, timeline
from duetime.engine.instants import (
    FIRST_INSTANT,
    LAST_INSTANT,
    Instant,
    Reading,
    to_datetime,
    to_instant,
    to_span,
    to_timedelta,
)
from duetime.engine.lanes import lanes
from duetime.engine.machine import Machine, TaskView
from duetime.engine.metrics import Meter, Metrics
from duetime.engine.policies import parse_enum
from duetime.engine.recall import recall
from duetime.engine.states import Broken, Leaving, State, runs_of


class Views:
    """What every shell lets others see; the verbs stand in `Shell`."""

    def __init__(
        self,
        clock: Clock,
        lock: AbstractContextManager[object],
        machine: Machine,
        *,
        keep: int | None,
    ) -> None:
        """`keep`: how many runs and fates of each task are remembered; None: all."""
        self.clock = clock
        self._lock = lock
        self._machine = machine
        self._history = History(keep)
        self._meter = Meter()
        self._roll = Roll(machine.roster.time.last)
        self._listeners = Listeners()
        self._live: dict[RunKey, RunHandle] = {}
        self._closed = False

    @property
    def history(self) -> History:
        """All runs and fates that are remembered since the start; it grows on."""
        return self._history

    def names(self) -> list[str]:
        """Return the names of all tasks, sorted."""
        with self._lock:
            return self._machine.names()

    def view(self, name: str) -> TaskView:
        """Return the state of a task.

        Raises UnknownTaskError for an absent name.
        """
        with self._lock:
            return self._machine.view(name)

    def tasks(
        self, *, kind: Kind | str | None = None, status: Status | str | None = None
    ) -> list[TaskSummary]:
        """List the tasks, all or those of a kind and of a status, by name.

        `kind`: "once", "periodic", "calendar" or "on_demand"; `status`: "idle", "running", "ready",
        "paused" or "broken". Raises BadArgumentError for any other.
        """
        kinds = Kind if kind is None else (parse_enum(Kind, kind, BadArgumentError),)
        statuses = Status if status is None else (parse_enum(Status, status, BadArgumentError),)
        with self._lock:
            snapshot = self._machine.snapshot()
            going: dict[str, list[RunHandle]] = {}
            for run in self._live.values():
                going.setdefault(run.name, []).append(run)
            found = [
                summary_of(entry, snapshot.shift, going.get(entry.task.name, ()))
                for entry in snapshot.entries
                if not isinstance(entry.state, Leaving)
            ]
        return [each for each in found if each.kind in kinds and each.status in statuses]

    def counts(self, name: str) -> dict[Fate, int]:
        """Return how many occurrences of a task met which fate.

        Raises UnknownTaskError for an absent name.
        """
        return self.view(name).counts

    def runs(
        self,
        name: str,
        *,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
    ) -> Runs:
        """Return the runs of a task in order, those in progress included.

        With a store: those that it remembers, of the processes before as well.
        `since`, `until`: only those with a nominal time in this span, the end of which is not part
        of it; aware datetimes, or ISO text with an offset.
        Raises BadTimeError for an `until` before `since`.
        """
        begin, end = _span("runs", since, until)
        return Runs(run for run in self._runs(name) if begin <= run.nominal < end)

    def fates(
        self,
        name: str,
        *,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
    ) -> list[Occurrence]:
        """Return what became of each due time of a task, in order, as far as `runs` does.

        `since`, `until`: only of due times in this span, the end of which is not part of it; a
        record of several that touches it is given whole. Aware datetimes, or ISO text with an
        offset. Raises BadTimeError for an `until` before `since`.
        """
        begin, end = _span("fates", since, until)
        return [each for each in self._fates(name) if begin <= each.last and each.nominal < end]

    def explain(self, name: str, nominal: datetime | str) -> Account:
        """Tell why a due time of a task met its fate, or how it stands.

        `nominal`: an aware datetime, or ISO text with an offset. The inputs that led there are read
        from the journal; without one, only what is remembered can be told. Names of tasks that were
        removed are known as well.
        Raises UnknownTaskError for a name of which nothing is known.
        """
        at = to_instant(nominal)
        with self._lock:
            now = self.clock.read()
        account = self._explain(name, at, now)
        if account is not None:
            return account
        with self._lock:
            return recall(self._history, self._machine, name, at, now=now.wall)

    def timeline(self, span: timedelta | str | None = None) -> str:
        """Return all that happened, in order: a line for each start, end and other fate.

        `span`: a lane for each task instead, in which a character stands for so much time.
        Raises BadArgumentError for a span of nothing, and for one that makes it too wide.
        """
        with self._lock:
            if span is None:
                return timeline(self._history)
            return lanes(self._history, to_span(span), now=self.clock.read().wall)

    def health(self, late: timedelta = LATE) -> Health:
        """Return how the shell is.

        `late`: by how much it may be behind. It is not well when a due time or a start that waits
        for a slot is overdue by more, or when its thread is dead or has not looked for so much
        longer than it ever sleeps.
        """
        with self._lock:
            at, beat, states = self.clock.read(), self._beat(), self._states()
            overdue = overdue_by(states.values(), self._machine.next_wakeup(), at)
            running, started = len(self._live), self._is_started()
            over = [
                self._history.find(name, run.generation, run.number)
                for name, state in states.items()
                for run in runs_of(state)
                if run.overrunning
            ]
        well = not is_stuck(beat, at, self.clock.longest_wait, to_span(late))
        return Health(
            ok=started and not self._closed and well and overdue <= to_span(late),
            started=started,
            tasks=len(states),
            running=running,
            waiting=sum(map(waiting_in, states.values())),
            overdue=to_timedelta(overdue),
            overrunning=tuple(run for run in over if run is not None),
            broken={name: s.error for name, s in states.items() if isinstance(s, Broken)},
            beat=None if beat is None else to_datetime(beat.wall),
        )

    def metrics(self) -> Metrics:
        """Return what has been counted since the start, runs that are forgotten included."""
        with self._lock:
            return self._meter.read(
                running=len(self._live),
                waiting=sum(map(waiting_in, self._states().values())),
                dropped_events=self._listeners.dropped,
                listener_errors=self._listeners.errors,
            )

    def attendance(
        self,
        since: datetime | str,
        until: datetime | str | None = None,
        *,
        late: timedelta = LATE,
    ) -> Attendance:
        """Count how often each task should have run between two times, and how often it did.

        `until`: now, if it is not given; `late`: how long a due time may go unseen. How often is
        counted by the triggers alone. Raises BadTimeError for a span that ends before it begins.
        """
        begin, now = to_instant(since), self.clock.read().wall
        end = now if until is None else min(to_instant(until), now)
        if end < begin:
            raise BadTimeError(f"attendance: from {since} until {until or 'now'} is no span")
        tasks = []
        for name in self.names():
            with self._lock:  # for one task at a time: others may be in a hurry
                at = self.clock.read()
                known = gather(name, self._machine, self._history, self._roll, at)
            if known is not None:
                tasks.append(attend(known, begin, end, to_span(late)))
        return Attendance(since=to_datetime(begin), until=to_datetime(end), tasks=tuple(tasks))

    def _runs(self, name: str) -> list[Run]:
        with self._lock:
            return self._history.runs(name)

    def _fates(self, name: str) -> list[Occurrence]:
        with self._lock:
            return self._history.fates(name)

    def _explain(self, name: str, nominal: Instant, now: Reading) -> Account | None:
        """Tell from the journal; None where none is kept."""
        return None

    def _states(self) -> dict[str, State]:
        return {name: self._machine.view(name).state for name in self._machine.names()}

    def _beat(self) -> Reading | None:
        """Return when what is due was last looked for; a simulation never looks away."""
        return self.clock.read()

    def _is_started(self) -> bool:
        """Return whether due times are being seen; those of a simulation always are."""
        return True


def _span(
    what: str, since: datetime | str | None, until: datetime | str | None
) -> tuple[datetime, datetime]:
    """Read the ends of a span of time; None: it has no end there."""
    begin = FIRST_INSTANT if since is None else to_instant(since)
    end = LAST_INSTANT if until is None else to_instant(until)
    if end < begin:
        raise BadTimeError(f"{what}: until {until} is before since {since}")
    return to_datetime(begin), to_datetime(end)
