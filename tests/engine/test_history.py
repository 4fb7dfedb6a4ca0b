"""History: what people read about runs and fates, told from inputs and effects."""

from array import array
from dataclasses import replace
from datetime import UTC, datetime

from duetime.engine.catchup import Fate
from duetime.engine.history import (
    History,
    Occurrence,
    Outcome,
    PlainRuns,
    Run,
    drain,
    last_lines,
    timeline,
)
from duetime.engine.instants import MINUTE
from duetime.engine.machine import Machine
from duetime.engine.messages import (
    Added,
    Cause,
    Demanded,
    Input,
    Removed,
    Restarted,
    RunFailed,
    RunFinished,
    RunLost,
    RunRequested,
    Ticked,
)
from duetime.engine.policies import Overlap
from duetime.engine.tasks import Task
from duetime.engine.triggers.every import Every
from tests.engine.builders import NOON, TEN_MINUTES, after, reading

REPORT = Task(name="report", trigger=TEN_MINUTES, args={"page": 1})


def moment(minute: int, second: int = 0) -> datetime:
    """Return a time after noon."""
    return datetime(2026, 1, 1, 12, minute, second, tzinfo=UTC)


def told(*inputs: Input, keep: int | None = None) -> History:
    """Let a machine live through inputs and note it all."""
    machine, history = Machine(), History(keep)
    for input_ in inputs:
        history.note(input_, machine.handle(input_))
    return history


def ended(seconds: int, number: int, *, error: str = "", lost: bool = False) -> Input:
    """End a run of the report."""
    at = after(seconds)
    if lost:
        return RunLost(at=at, name="report", generation=1, number=number)
    if error:
        return RunFailed(at=at, name="report", generation=1, number=number, error=error)
    return RunFinished(at=at, name="report", generation=1, number=number)


def test_a_run_is_told_with_its_times_and_outcome() -> None:
    """All times are aware UTC datetimes; what is still going has no end."""
    history = told(
        Added(at=after(0), task=REPORT),
        Ticked(at=after(602)),
        ended(630, 1, error="no page"),
        Demanded(at=after(640), name="report", args={"page": 2}),
    )
    times = {"nominal": moment(10), "planned": moment(10), "started": moment(10, 2)}
    end = {"ended": moment(10, 30), "outcome": Outcome.FAILED, "error": "no page"}
    whose = {"name": "report", "generation": 1, "number": 1, "cause": Cause.DUE}
    assert history.runs("report")[0] == Run(**whose, **times, **end, args={"page": 1})
    (going,) = history.going("report")
    assert (going.number, going.cause, going.args) == (2, Cause.DEMAND, {"page": 2})
    assert (going.ended, going.outcome) == (None, None)


def test_every_end_has_an_outcome() -> None:
    """A run finishes, fails, or is lost, by a restart as well."""
    history = told(
        Added(at=after(0), task=REPORT),
        Ticked(at=after(600)),
        ended(601, 1),
        Ticked(at=after(1200)),
        ended(1201, 2, lost=True),
        ended(1202, 2),
        Ticked(at=after(1800)),
        Restarted(at=reading(NOON + 31 * MINUTE, boot="next")),
    )
    outcomes = [(run.number, run.outcome, run.ended) for run in history.runs("report")]
    assert outcomes == [
        (1, Outcome.FINISHED, moment(10, 1)),
        (2, Outcome.LOST, moment(20, 1)),
        (3, Outcome.LOST, moment(31)),
    ]
    assert history.going("report") == []


def test_fates_are_told_in_order_of_due_times() -> None:
    """Started occurrences carry the number of their run; manual runs are none."""
    history = told(
        Added(at=after(0), task=REPORT),
        Demanded(at=after(1), name="report"),
        Ticked(at=after(600)),
        ended(601, 1),
        Ticked(at=after(2400)),
    )
    common = {"name": "report", "generation": 1}
    assert history.fates("report") == [
        Occurrence(
            **common, nominal=moment(10), last=moment(10), fate=Fate.SKIPPED, reason="overlap"
        ),
        Occurrence(**common, nominal=moment(20), last=moment(20), fate=Fate.MISSED),
        Occurrence(**common, nominal=moment(30), last=moment(30), fate=Fate.MERGED),
        Occurrence(**common, nominal=moment(40), last=moment(40), fate=Fate.STARTED, number=2),
    ]


def test_times_are_told_on_the_wall_clock() -> None:
    """Where the wall clock was set, nominal times in elapsed time are shifted along."""
    sweep = Task(name="sweep", trigger=Every(minutes=10))
    history = told(
        Added(at=after(0), task=sweep),
        Ticked(at=reading(NOON + 15 * MINUTE, shift=5 * MINUTE)),
        Ticked(at=reading(NOON + 25 * MINUTE, shift=5 * MINUTE)),
    )
    assert history.runs("sweep")[0].nominal == moment(15)
    assert [each.nominal for each in history.fates("sweep")] == [moment(15), moment(25)]


def plain(name: str, *minutes: int, first: int = 1) -> PlainRuns:
    """Make plain runs."""
    nominals = array("q", [NOON + minute * MINUTE for minute in minutes])
    return PlainRuns(name, 1, first, nominals, {"page": 1})


def test_plain_runs_are_told_like_all_others() -> None:
    """What a stride went through is read as runs that started and ended on time."""
    history = History()
    history.note_plain(plain("report", 10, 20))
    (first, second) = history.runs("report")
    assert [first.number, second.number] == [1, 2]
    assert {first.nominal, first.planned, first.started, first.ended} == {moment(10)}
    assert (first.cause, first.outcome, first.args) == (
        Cause.DUE,
        Outcome.FINISHED,
        {"page": 1},
    )
    assert [each.number for each in history.fates("report")] == [1, 2]


def test_a_history_may_forget_what_is_old() -> None:
    """With `keep`, so many ends and fates of a task are kept, and so many removed names."""
    inputs: list[Input] = [Added(at=after(0), task=REPORT)]
    for number in range(1, 6):
        inputs += [Ticked(at=after(600 * number)), ended(600 * number + 1, number)]
    inputs += [Removed(at=after(3002), name="report")]
    kept = told(*inputs, keep=2)
    assert [run.number for run in kept.runs("report")] == [4, 5]
    for name in ("a", "b"):
        kept.note(Removed(at=after(3004), name=name), ())
    assert kept.names() == []
    assert len(told(*inputs).runs("report")) == 5


def test_a_run_that_goes_on_is_not_forgotten() -> None:
    """Of a removed name, what is still going is kept."""
    history = told(
        Added(at=after(0), task=REPORT),
        Ticked(at=after(600)),
        Removed(at=after(601), name="report"),
        keep=0,
    )
    assert [run.number for run in history.going("report")] == [1]


def test_a_name_that_comes_back_is_not_forgotten() -> None:
    """A name that is added again is no removed one."""
    again = told(
        Added(at=after(0), task=REPORT),
        Ticked(at=after(600)),
        ended(601, 1),
        Removed(at=after(602), name="report"),
        Added(at=after(603), task=REPORT),
        Added(at=after(603), task=Task(name="other", trigger=TEN_MINUTES)),
        Removed(at=after(604), name="other"),
        keep=1,
    )
    assert again.names() == ["report"]


def test_the_end_of_a_run_that_nobody_knows_is_passed_over() -> None:
    """A history that begins late knows no start of it."""
    history = History()
    history.note(ended(5, 9), ())
    assert history.names() == []


TIMELINE = """\
2026-01-01T12:10:00Z report #1 started (due)
2026-01-01T12:10:00Z sweep #1 started (due)
2026-01-01T12:10:00Z sweep #1 finished
2026-01-01T12:20:00Z report #1 failed: no page
2026-01-01T12:20:00Z report #2 started (due)
2026-01-01T12:20:00Z sweep #2 started (due)
2026-01-01T12:30:00Z report merged
2026-01-01T12:30:00Z sweep merged
2026-01-01T12:40:00Z report skipped (overlap)
2026-01-01T12:40:00Z sweep skipped (overlap)"""


def test_a_timeline_has_a_line_for_whatever_happened() -> None:
    """In order of time; at one time ends, then fates, then starts, each by name."""
    history = told(
        Added(at=after(0), task=REPORT),
        Added(at=after(0), task=Task(name="sweep", trigger=Every(minutes=10))),
        Ticked(at=after(600)),
        RunFinished(at=after(600), name="sweep", generation=1, number=1),
        ended(1200, 1, error="no page"),
        Ticked(at=after(1200)),
        Ticked(at=after(2400)),
    )
    assert timeline(history) == TIMELINE
    assert timeline(History()) == ""


def test_a_range_of_fates_is_one_line() -> None:
    """Many occurrences with one fate are told by the first, the last and their number."""
    history = told(Added(at=after(0), task=REPORT), Ticked(at=after(3 * 3600)))
    lines = timeline(history).splitlines()
    assert lines[0] == "2026-01-01T12:10:00Z report missed, 16 up to 2026-01-01T14:40:00Z"


def test_what_started_is_told_on_the_clock_of_the_trigger() -> None:
    """Once for each due time of one generation, however it ended; others with their fates."""
    history = told(
        Added(at=after(0), task=replace(REPORT, overlap=Overlap.allow(2))),
        Demanded(at=after(1), name="report"),
        ended(2, 1),
        Ticked(at=after(600)),
        ended(601, 2),
        Ticked(at=after(1200)),
        RunRequested(at=after(1300), name="report"),
        Ticked(at=after(1800)),
    )
    history.note_plain(PlainRuns("report", 1, 9, array("q", [NOON + MINUTE]), {}))
    history.note_plain(PlainRuns("report", 2, 10, array("q", [NOON]), {}))
    due = [NOON + minute * MINUTE for minute in (10, 1, 20)]
    assert list(history.started("report", 1)) == due
    assert [each.first for each in history.others("report", 1)] == [NOON + 30 * MINUTE]
    assert (list(history.started("x", 1)), history.others("report", 2)) == ([], [])


def test_it_is_told_up_to_when_records_are_forgotten() -> None:
    """The last due time of those that are gone; of the latest generation that has any."""
    history = told(Added(at=after(0), task=REPORT), Ticked(at=after(600)), ended(601, 1), keep=1)
    assert history.forgotten == {}
    for generation in (1, 2, 2):
        plain = PlainRuns("report", generation, 2, array("q", [NOON, NOON + MINUTE]), {})
        history.note_plain(plain)
    assert history.forgotten == {"report": (2, NOON + MINUTE)}
    skipped = told(
        Added(at=after(0), task=REPORT),
        *(Ticked(at=after(600 * number)) for number in (1, 2, 3)),
        keep=1,
    )
    assert skipped.forgotten == {"report": (1, NOON + 20 * MINUTE)}


def test_a_run_is_found_by_its_number() -> None:
    """The one that is going, or the last attempt that is remembered."""
    history = told(
        Added(at=after(0), task=REPORT),
        Ticked(at=after(600)),
        ended(601, 1),
        Ticked(at=after(1200)),
    )
    found = [history.find("report", 1, number) for number in (1, 2, 3)]
    assert [run and run.outcome for run in found] == [Outcome.FINISHED, None, None]
    assert (found[1] is None, found[2], history.find("report", 2, 1)) == (False, None, None)


def test_the_last_lines_are_the_end_of_the_timeline() -> None:
    """However much there is before them; ends, fates and starts, and what is still going."""
    history = told(
        Added(at=after(0), task=REPORT),
        *(each for n in range(1, 5) for each in (Ticked(at=after(600 * n)), ended(600 * n + 1, n))),
        Ticked(at=after(3_000)),
        Ticked(at=after(3_600)),
    )
    assert last_lines(history, 3) == timeline(history).splitlines()[-3:]
    assert last_lines(history, 3)[-1] == "2026-01-01T13:00:00Z report skipped (overlap)"


def test_runs_know_when_they_started() -> None:
    """In the order of their numbers."""
    history = told(Added(at=after(0), task=REPORT), Ticked(at=after(600)))
    assert history.runs("report").starts() == [moment(10)]


def test_what_is_drained_is_forgotten() -> None:
    """Ended runs and other fates; a run that goes is told and stays."""
    demand = Demanded(at=after(0), name="report")
    history = told(Added(at=after(0), task=REPORT), demand, ended(5, 1), Ticked(at=after(600)))
    drained = drain(history)
    assert [each.start.number for each in drained.ended if not isinstance(each, PlainRuns)] == [1]
    assert [start.number for start, _ in drained.going] == [2]
    assert list(drained.fates) == []
    assert [run.number for run in history.runs("report")] == [2]
    assert (drain(history).ended, len(drain(history).going)) == ([], 1)
