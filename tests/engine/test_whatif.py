"""What-if: the same outside world, another plan."""

import pytest

from duetime.engine.errors import BadArgumentError, BadTriggerError, ReplayError, UnknownTaskError
from duetime.engine.history import Outcome, Run
from duetime.engine.instants import SECOND, Reading, Span
from duetime.engine.journal import Journal, Replay
from duetime.engine.machine import Machine
from duetime.engine.messages import (
    Added,
    Damaged,
    Demanded,
    Disabled,
    Input,
    Redeclared,
    Removed,
    Rescheduled,
    Restarted,
    RunFailed,
    RunFinished,
    Ticked,
)
from duetime.engine.policies import Overlap
from duetime.engine.tasks import Task
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import OnDemand
from duetime.engine.whatif import Plan, what_if
from tests.engine.builders import NOON, Fragile, after, reading

EVERY_MINUTE = Every(minutes=1)
MINUTE_TASK = Task(name="m", trigger=EVERY_MINUTE)
OTHER = Task(name="other", trigger=Every(minutes=2))


def ended(name: str, number: int, seconds: float, error: str = "") -> RunFinished | RunFailed:
    """Make the end of a run."""
    at = after(seconds)
    if error:
        return RunFailed(at=at, name=name, generation=1, number=number, error=error)
    return RunFinished(at=at, name=name, generation=1, number=number)


def lived(*inputs: Input, base: Machine | None = None) -> Journal:
    """Let a machine live through inputs; `base`: what was there before the journal began."""
    journal, machine = Journal(), Machine()
    if base is not None:
        journal.base, journal.first = base.snapshot(), 8
        machine = Machine.restore(journal.base)
    for input_ in inputs:
        journal.append(input_, machine.handle(input_))
    return journal


def spans(replayed: Replay, name: str) -> list[tuple[Span, Span | None]]:
    """Return when the runs of a task started and ended, in seconds after noon."""
    return [
        (to_seconds(run, "started"), None if run.ended is None else to_seconds(run, "ended"))
        for run in replayed.history.runs(name)
    ]


def to_seconds(run: Run, what: str) -> int:
    """Return a time of a run, in seconds after noon."""
    return int(getattr(run, what).timestamp()) - NOON // SECOND


MINUTES = (
    Added(at=after(0), task=MINUTE_TASK),
    Ticked(at=after(60)),
    ended("m", 1, 70),
    Ticked(at=after(120)),
    ended("m", 2, 125, "no page"),
    Ticked(at=after(180)),
    ended("m", 3, 195),
)
"""Runs at 60, 120 and 180 s, of 10, 5 and 15 s; the second one fails."""


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        (Every(minutes=1), [(60, 70), (120, 125), (180, 195)]),
        (Every(seconds=30), [(30, 40), (60, 70), (90, 105), (120, 125), (150, 160), (180, 195)]),
        (Every(seconds=90), [(90, 100), (180, 195)]),
        (AfterFinish(seconds=50), [(50, 60), (110, 115), (165, 180)]),
        (OnDemand(), []),
    ],
)
def test_a_task_is_due_by_its_other_trigger(
    trigger: Trigger, expected: list[tuple[Span, Span]]
) -> None:
    """A run at a recorded time lasts as that did; others by their place, then by the median."""
    assert spans(what_if(lived(*MINUTES), {"m": trigger}), "m") == expected


def test_a_run_at_its_recorded_time_ends_as_it_did() -> None:
    """Also one that starts there by another plan; runs at other times end well."""
    runs = what_if(lived(*MINUTES), {"m": Every(seconds=40)}).history.runs("m")
    assert [(to_seconds(run, "nominal"), run.outcome, run.error) for run in runs] == [
        (40, Outcome.FINISHED, ""),
        (80, Outcome.FINISHED, ""),
        (120, Outcome.FAILED, "no page"),
        (160, Outcome.FINISHED, ""),
    ]


def test_a_new_task_is_there_from_the_first_record_on() -> None:
    """Its runs end at once: nobody knows how long they would last."""
    plan: Plan = {"new": Every(minutes=1), "other": OTHER}
    other = what_if(lived(*MINUTES), plan)
    assert spans(other, "new") == [(60, 60), (120, 120), (180, 180)]
    assert spans(other, "other") == [(120, 120)]
    assert spans(other, "m") == [(60, 70), (120, 125), (180, 195)]


def test_a_task_that_is_taken_out_has_never_been_there() -> None:
    """What was said to it goes unheard."""
    journal = lived(
        *MINUTES[:3],
        Demanded(at=after(80), name="m"),
        Damaged(at=after(81), name="m", error="torn"),
        Removed(at=after(82), name="m"),
        Redeclared(at=after(83), task=MINUTE_TASK),
    )
    other = what_if(journal, {"m": None})
    assert (other.machine.names(), other.history.names(), other.records) == ([], [], 7)


def test_the_planned_trigger_stays_whatever_the_journal_says_later() -> None:
    """A task that is declared again, or rescheduled, keeps it; the verbs reach it all the same."""
    journal = lived(
        *MINUTES[:3],
        Rescheduled(at=after(80), name="m", trigger=Every(seconds=5)),
        Added(at=after(81), task=OTHER),
        Disabled(at=after(90), name="m"),
        Ticked(at=after(100)),
    )
    other = what_if(journal, {"m": Every(seconds=40)})
    assert other.machine.view("m").task.trigger == Every(seconds=40)
    assert spans(other, "m") == [(40, 50), (80, 90)]


def test_a_whole_task_can_be_planned() -> None:
    """With other policies; what the plan leaves to the name is filled in."""
    queued = Task(name="m", trigger=Every(seconds=6), overlap=Overlap.BUFFER_ONE)
    assert spans(what_if(lived(*MINUTES[:3]), {"m": queued}), "m")[:2] == [(6, 16), (16, 26)]
    hashed = what_if(lived(*MINUTES), {"m": Cron("H * * * *")}).machine.view("m").task.trigger
    assert hashed == Cron("H * * * *", name="m")


def test_what_was_late_is_late() -> None:
    """Between a due time that was seen late and its record, nothing else is seen either."""
    journal = lived(Added(at=after(0), task=MINUTE_TASK), Ticked(at=after(100)), ended("m", 1, 105))
    other = what_if(journal, {"new": Every(seconds=50)})
    assert spans(other, "new") == [(50, 50), (100, 100)]
    assert spans(what_if(journal, {"new": Every(seconds=80)}), "new") == [(100, 100)]


def test_what_is_due_at_the_time_of_the_last_record_is_seen() -> None:
    """A verb comes first, as it does in every shell."""
    journal = lived(
        Added(at=after(0), task=Task(name="mail", trigger=OnDemand())),
        Demanded(at=after(60), name="mail"),
    )
    other = what_if(journal, {"new": Every(minutes=1)})
    assert spans(other, "new") == [(60, 60)]
    assert spans(other, "mail") == [(60, None)]


def test_the_clocks_go_as_they_went() -> None:
    """A step of the wall clock comes when it was seen; elapsed time does not mind."""
    journal = lived(
        Added(at=after(0), task=OTHER),
        Ticked(at=reading(NOON + 3700 * SECOND, shift=3600 * SECOND)),
        Ticked(at=reading(NOON + 3720 * SECOND, shift=3600 * SECOND)),
    )
    other = what_if(journal, {"new": Every(seconds=50), "daily": Cron("30 12 * * *")})
    assert spans(other, "new") == [(50, 50), (3700, 3700)]
    assert spans(other, "daily") == [(3700, 3700)]


def test_a_restart_loses_what_is_going() -> None:
    """Runs end up to where the process may have died; the rest are lost when it starts anew."""
    journal = lived(
        *MINUTES[:2],
        Restarted(at=Reading(NOON + 100 * SECOND, 5 * SECOND, "next")),
        Ticked(at=Reading(NOON + 120 * SECOND, 25 * SECOND, "next")),
    )
    other = what_if(journal, {"new": Every(seconds=45)})
    assert spans(other, "m") == [(60, 100), (120, None)]
    assert [run.outcome for run in other.history.runs("m")] == [Outcome.LOST, None]
    assert spans(other, "new") == [(45, 45), (90, 90)]
    assert spans(what_if(journal, {"m": Every(seconds=50)}), "m") == [(50, 50), (100, 100)]


def test_a_run_that_starts_later_keeps_its_length_and_its_end() -> None:
    """The other plan can hold up a run of the same nominal time."""
    slow = Task(name="m", trigger=Every(seconds=50), overlap=Overlap.BUFFER_ALL)
    journal = lived(
        Added(at=after(0), task=slow),
        Ticked(at=after(50)),
        ended("m", 1, 60),
        Ticked(at=after(100)),
        ended("m", 2, 170, "late"),
        Ticked(at=after(230)),
    )
    plan: Plan = {"m": Task(name="m", trigger=Every(seconds=25), overlap=Overlap.BUFFER_ALL)}
    other = what_if(journal, plan)
    assert spans(other, "m")[:4] == [(25, 35), (50, 60), (75, 145), (145, 215)]
    assert [run.error for run in other.history.runs("m")[:4]] == ["", "", "", "late"]


def test_a_run_without_an_end_has_none_in_the_other_plan_either() -> None:
    """Also where it starts at another time than it did."""
    journal = lived(
        Added(at=after(0), task=Task(name="m", trigger=EVERY_MINUTE, overlap=Overlap.BUFFER_ALL)),
        Ticked(at=after(60)),
        Ticked(at=after(120)),
        ended("m", 1, 160),
        Ticked(at=after(500)),
    )
    plan: Plan = {"m": Every(seconds=40)}
    starts = spans(what_if(journal, plan), "m")
    assert starts == [(40, 140), (140, 240), (240, None)]


def before_the_journal() -> Machine:
    """Make a machine with two tasks, one of which has a run that is going."""
    machine = Machine()
    for input_ in (*MINUTES[:2], Added(at=after(61), task=OTHER)):
        machine.handle(input_)
    return machine


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (None, []),
        (Every(seconds=25), [86, 111]),
        (Task(name="other", trigger=Every(seconds=20)), [90, 110]),
    ],
)
def test_tasks_that_a_journal_begins_with_can_be_planned_as_well(
    part: Trigger | Task | None, expected: list[int]
) -> None:
    """They change with the first record, an interval on its old grid; runs end as recorded."""
    journal = lived(ended("m", 1, 70), Ticked(at=after(120)), base=before_the_journal())
    other = what_if(journal, {"other": part})
    assert [start for start, _ in spans(other, "other")] == expected
    assert spans(other, "m") == [(120, None)]
    assert ("other" in other.machine.names()) == (part is not None)


def test_an_empty_journal_leads_to_nothing() -> None:
    """There is no time at which anything could be added."""
    assert what_if(Journal(), {"new": Every(minutes=1)}).machine.names() == []


@pytest.mark.parametrize(
    ("plan", "error", "complaint"),
    [
        ({"x": None}, UnknownTaskError, "there is no task 'x'; there are 'm'"),
        ({"x": OTHER}, BadArgumentError, "the task for 'x' is named 'other'"),
        ({"x": "daily"}, BadTriggerError, "'daily' is no trigger"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    plan: Plan, error: type[Exception], complaint: str
) -> None:
    """The message names the task."""
    with pytest.raises(error, match=complaint):
        what_if(lived(*MINUTES), plan)


def test_a_journal_that_this_engine_does_not_understand_is_refused() -> None:
    """What would have been otherwise can only be told from what was."""
    journal = lived(*MINUTES)
    journal.append(Ticked(at=after(240)), ())
    with pytest.raises(ReplayError, match="record 8, Ticked"):
        what_if(journal, {})


def test_a_trigger_that_fails_breaks_its_own_task() -> None:
    """All others go on."""
    other = what_if(lived(*MINUTES), {"new": Fragile(NOON + 90 * SECOND)})
    assert [start for start, _ in spans(other, "m")] == [60, 120, 180]
    assert type(other.machine.view("new").state).__name__ == "Broken"
