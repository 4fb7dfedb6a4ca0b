"""Missed occurrences: what starts after an outage, and that counting them costs nothing."""

from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from duetime.engine.catchup import Batch, Due, Fate, Range, collect, due_after, skip_all
from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import HOUR, MINUTE, SECOND, Instant
from duetime.engine.policies import CatchUp
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.every import AfterFinish, Every
from tests.engine.builders import NOON, Counting, Times, strictly_rising

POLICIES = st.one_of(
    st.sampled_from([CatchUp.NONE, CatchUp.LATEST, CatchUp.EARLIEST, CatchUp.ALL]),
    st.integers(1, 4).map(CatchUp.last),
)
WINDOWS = st.one_of(st.none(), st.integers(0, 300 * SECOND))
TIMES = strictly_rising(0, 400).map(lambda found: tuple(second * SECOND for second in found))


def task(catch_up: CatchUp, window: int | None = None, *, buffer_limit: int = 3) -> Task:
    """Declare a task; its trigger is given to each function apart."""
    limit = max(buffer_limit, catch_up.count)
    return Task(name="t", trigger=Times(()), catch_up=catch_up, window=window, buffer_limit=limit)


def expected_fates(task: Task, times: tuple[Instant, ...], now: Instant) -> dict[Instant, str]:
    """Decide about each occurrence that is due, the slow way: straight from the rules."""
    due = [time for time in times if time <= now]
    period = times[1] - times[0] if len(times) > 1 else 0
    window = max(period, MINUTE) if task.window is None else task.window
    if task.catch_up == CatchUp.NONE:
        window = min(window, SECOND)
    inside = [time for time in due if now - time <= window]
    limit = task.buffer_limit
    chosen = {
        "none": inside[-1:],
        "latest": inside[-1:],
        "earliest": inside[:1],
        "all": inside[:limit],
        "last": inside[-task.catch_up.count :],
    }[task.catch_up.kind]
    fates = dict.fromkeys(due, "missed")
    fates |= dict.fromkeys(inside, "dropped" if task.catch_up == CatchUp.ALL else "merged")
    return fates | dict.fromkeys(chosen, "started")


def found_fates(batch: Batch, times: tuple[Instant, ...]) -> dict[Instant, str]:
    """Read the fate of each occurrence out of a batch; each has one, and the counts are right."""
    fates = {due.nominal: "started" for due in batch.starts}
    for each in batch.fates:
        covered = [time for time in times if each.first <= time <= each.last]
        assert len(covered) == each.count
        assert not fates.keys() & set(covered)
        fates |= {time: str(each.fate) for time in covered}
    return fates


@given(TIMES, st.integers(0, 500), POLICIES, WINDOWS)
def test_each_occurrence_has_the_fate_that_the_rules_give_it(
    times: tuple[Instant, ...], later: int, catch_up: CatchUp, window: int | None
) -> None:
    """Window and policy decide about what came due unseen; what lies ahead is next."""
    now = times[0] + later * SECOND
    given_task = task(catch_up, window)
    batch = collect(given_task, Times(times), Due(times[0], times[0]), now)
    ahead = [time for time in times if time > now]
    assert batch.next_due == (Due(ahead[0], ahead[0]) if ahead else None)
    assert [due.nominal for due in batch.starts] == sorted(due.nominal for due in batch.starts)
    assert found_fates(batch, times) == expected_fates(given_task, times, now)


@given(TIMES, st.integers(0, 500_000), st.integers(1, 900), POLICIES)
@example((0, SECOND, 2 * SECOND), 1_600, 900, CatchUp.ALL)
def test_a_planned_time_decides_what_is_due(
    times: tuple[Instant, ...], later: int, late: int, catch_up: CatchUp
) -> None:
    """With jitter below the distance of two occurrences, none is decided about before its time."""
    trigger = Times(times, late=late * SECOND // 1000)
    now = trigger.planned(times[0], "t") + later * SECOND // 1000
    batch = collect(task(catch_up, HOUR), trigger, Due(times[0], times[0] + trigger.late), now)
    due = [time for time in times if time + trigger.late <= now]
    assert sorted(found_fates(batch, times)) == due
    ahead = [time for time in times if time + trigger.late > now]
    assert batch.next_due == (Due(ahead[0], ahead[0] + trigger.late) if ahead else None)
    assert all(each.planned == each.nominal + trigger.late for each in batch.starts)


@given(TIMES, st.integers(0, 500))
def test_all_get_one_fate_up_to_an_instant(times: tuple[Instant, ...], later: int) -> None:
    """`skip_all` counts what it passes over and says what is next."""
    until = times[0] + later * SECOND
    gone, following = skip_all(
        task(CatchUp.LATEST),
        Times(times),
        Due(times[0], times[0]),
        until,
        fate=Fate.SKIPPED,
        reason="disabled",
    )
    passed = [time for time in times if time <= until]
    ahead = [time for time in times if time > until]
    assert following == (Due(ahead[0], ahead[0]) if ahead else None)
    assert (gone.first, gone.last, gone.count) == (passed[0], passed[-1], len(passed))
    assert (gone.fate, gone.reason) == (Fate.SKIPPED, "disabled")


@pytest.mark.parametrize(
    ("catch_up", "window", "started", "missed", "merged"),
    [
        (CatchUp.LATEST, None, 1, 604_740, 60),
        (CatchUp.LATEST, HOUR, 1, 601_200, 3_600),
        (CatchUp.EARLIEST, HOUR, 1, 601_200, 3_600),
        (CatchUp.last(3), HOUR, 3, 601_200, 3_598),
        (CatchUp.NONE, None, 1, 604_799, 1),
        (CatchUp.LATEST, 10_000 * HOUR, 1, 0, 604_800),
    ],
)
def test_a_week_asleep_costs_a_few_questions(
    catch_up: CatchUp, window: int | None, started: int, missed: int, merged: int
) -> None:
    """The cost does not grow with the outage (APScheduler builds 604,801 datetimes)."""
    trigger = Counting(Every(seconds=1, anchor="2026-01-01T00:00Z"))
    week_later = NOON + 7 * 24 * HOUR
    batch = collect(task(catch_up, window), trigger, Due(NOON, NOON), week_later)
    counts = dict.fromkeys(Fate, 0) | {each.fate: each.count for each in batch.fates}
    assert (len(batch.starts), counts[Fate.MISSED], counts[Fate.MERGED]) == (
        started,
        missed,
        merged,
    )
    assert len(trigger.asked) < 15


def test_a_limit_is_put_on_catching_up_all() -> None:
    """ALL starts as many as the buffer holds, the first ones; the others are dropped."""
    trigger = Every(seconds=1, anchor="2026-01-01T00:00Z")
    many = task(CatchUp.ALL, HOUR, buffer_limit=5)
    batch = collect(many, trigger, Due(NOON, NOON), NOON + 59 * SECOND)
    assert [due.nominal - NOON for due in batch.starts] == [n * SECOND for n in range(5)]
    dropped = Range(fate=Fate.DROPPED, first=NOON + 5 * SECOND, last=NOON + 59 * SECOND, count=55)
    assert batch.fates == (dropped,)


def test_no_more_are_kept_than_there_are() -> None:
    """The last five of two are both; what came before the outage is not looked at."""
    trigger = Every(seconds=1, anchor="2026-01-01T00:00Z")
    batch = collect(task(CatchUp.last(5), HOUR), trigger, Due(NOON, NOON), NOON + SECOND)
    assert [due.nominal - NOON for due in batch.starts] == [0, SECOND]
    assert batch.fates == ()


@pytest.mark.parametrize(
    ("late", "window", "starts"),
    [
        (60 * SECOND, None, True),
        (60 * SECOND + 1, None, False),
        (0, 0, True),
        (1, 0, False),
    ],
)
def test_a_window_is_kept_to_the_nanosecond(late: int, window: int | None, starts: bool) -> None:
    """A single occurrence starts if it is no later than the window; the default is a minute."""
    trigger = Times((NOON,))
    batch = collect(task(CatchUp.LATEST, window), trigger, Due(NOON, NOON), NOON + late)
    missed = Range(fate=Fate.MISSED, first=NOON, last=NOON, count=1)
    expected = Batch(starts=(Due(NOON, NOON),), next_due=None)
    assert batch == (expected if starts else Batch(starts=(), fates=(missed,), next_due=None))


def test_a_window_may_lie_between_two_occurrences() -> None:
    """When the last occurrence is too old as well, all are missed."""
    trigger = Times((NOON, NOON + MINUTE, NOON + HOUR))
    batch = collect(task(CatchUp.LATEST, SECOND), trigger, Due(NOON, NOON), NOON + 30 * MINUTE)
    missed = Range(fate=Fate.MISSED, first=NOON, last=NOON + MINUTE, count=2)
    next_due = Due(NOON + HOUR, NOON + HOUR)
    assert batch == Batch(starts=(), fates=(missed,), next_due=next_due)


def test_a_delay_after_runs_has_one_occurrence_at_a_time() -> None:
    """There is no next one before a run has ended; one that is skipped starts the delay anew."""
    trigger, due = AfterFinish(minutes=10), Due(NOON, NOON)
    batch = collect(task(CatchUp.LATEST), trigger, due, NOON + SECOND)
    assert batch == Batch(starts=(due,), next_due=None)
    gone, following = skip_all(
        task(CatchUp.LATEST), trigger, due, NOON + HOUR, fate=Fate.SKIPPED, reason="disabled"
    )
    assert (gone.first, gone.last, gone.count) == (NOON, NOON, 1)
    assert following == Due(NOON + HOUR + 10 * MINUTE, NOON + HOUR + 10 * MINUTE)


@dataclass(frozen=True)
class Answering(Trigger):
    """Gives one answer, whatever it is asked."""

    answer: object

    def next_after(self, after: Instant) -> Instant | None:
        """Give it."""
        return self.answer  # type: ignore[return-value]  # wrong on purpose


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (NOON, "which is not later"),
        (NOON - 1, "which is not later"),
        (2.0**62, "an instant is a whole number of ns"),
    ],
)
def test_a_trigger_with_a_wrong_answer_is_refused(answer: object, complaint: str) -> None:
    """An answer that is not later would start runs without end; a float is no instant."""
    with pytest.raises(BadTriggerError, match=complaint):
        due_after(task(CatchUp.LATEST), Answering(answer), NOON)
