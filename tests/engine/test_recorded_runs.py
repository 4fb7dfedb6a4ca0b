"""How long runs lasted: by their nominal time, their place, or the median."""

from duetime.engine.instants import SECOND, Reading
from duetime.engine.journal import Journal
from duetime.engine.machine import Machine
from duetime.engine.messages import Added, Cause, Input, RunFinished, RunLost, StartRun, Ticked
from duetime.engine.recorded_runs import RecordedRuns
from duetime.engine.tasks import Task
from tests.engine.builders import NOON, TEN_MINUTES, after

LENGTHS = (30, 10, 20, 40)


def runs_of_these_lengths() -> RecordedRuns:
    """Make a journal of runs every ten minutes; the last one has no end yet."""
    journal, machine = Journal(), Machine()
    inputs: list[Input] = [Added(at=after(0), task=Task(name="t", trigger=TEN_MINUTES))]
    for number, length in enumerate(LENGTHS, 1):
        inputs.append(Ticked(at=after(600 * number)))
        at = after(600 * number + length)
        inputs.append(RunFinished(at=at, name="t", generation=1, number=number))
    for input_ in [*inputs, Ticked(at=after(3000))]:
        journal.append(input_, machine.handle(input_))
    return RecordedRuns(journal)


def start(seconds: int, name: str = "t") -> StartRun:
    """Make the start of a run of another plan."""
    nominal = NOON + seconds * SECOND
    return StartRun(
        name=name, generation=9, number=9, nominal=nominal, planned=nominal, cause=Cause.DUE
    )


def lengths(runs: RecordedRuns, *starts: StartRun) -> list[float | None]:
    """Return how long these last, in seconds; None: for ever."""
    found = [runs.model(each, after(0)).length for each in starts]
    return [None if length is None else length / SECOND for length in found]


def test_a_run_of_a_recorded_time_lasts_as_long_as_that_one() -> None:
    """Once: a second one of that time goes by its place. One without an end has none."""
    starts = (start(1800), start(600), start(3000), start(600))
    assert lengths(runs_of_these_lengths(), *starts) == [20, 30, None, 40]


def test_a_run_of_another_time_goes_by_its_place_then_by_the_median() -> None:
    """The median of an even number is the upper one of the two in the middle."""
    starts = [start(7000 + place) for place in range(6)]
    assert lengths(runs_of_these_lengths(), *starts) == [30, 10, 20, 40, 30, 30]


def test_a_run_of_which_nothing_is_known_ends_at_once() -> None:
    """There is none of its task in the journal."""
    assert lengths(runs_of_these_lengths(), start(600, "new")) == [0]


def test_a_run_that_ended_in_another_life_of_the_process_has_no_length() -> None:
    """The monotonic clocks of two boots have nothing to do with each other."""
    journal, machine = Journal(), Machine()
    for input_ in (
        Added(at=after(0), task=Task(name="t", trigger=TEN_MINUTES)),
        Ticked(at=after(600)),
        RunLost(at=Reading(NOON, 5, "next"), name="t", generation=1, number=1),
    ):
        journal.append(input_, machine.handle(input_))
    assert lengths(RecordedRuns(journal), start(600)) == [None]
