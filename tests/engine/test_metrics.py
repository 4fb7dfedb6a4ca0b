"""Counters and histograms, told from inputs and effects."""

from array import array
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.catchup import Fate
from duetime.engine.errors import BadArgumentError
from duetime.engine.history import History, PlainRuns
from duetime.engine.instants import MICROSECOND, MINUTE, SECOND, to_span, to_timedelta
from duetime.engine.machine import Machine
from duetime.engine.messages import (
    Added,
    Demanded,
    Disabled,
    Input,
    Restarted,
    RunFailed,
    RunFinished,
    RunLost,
    RunRequested,
    StopRequested,
    Ticked,
)
from duetime.engine.metrics import BOUNDS, Histogram, Meter, Metrics
from duetime.engine.policies import Retry
from duetime.engine.tasks import Task
from duetime.engine.triggers.once import OnDemand
from tests.engine.builders import NOON, TEN_MINUTES, after, reading

REPORT = Task(name="report", trigger=TEN_MINUTES)
MAIL = Task(name="mail", trigger=OnDemand(), retry=Retry(3, "10s"))


def counted(*inputs: Input) -> Metrics:
    """Let a machine live through inputs; return what was counted."""
    machine, meter = Machine(), Meter()
    for input_ in inputs:
        meter.note(input_, machine.handle(input_))
    return read(meter)


def read(meter: Meter) -> Metrics:
    """Read a meter beside a shell that is idle."""
    return meter.read(running=0, waiting=0, dropped_events=0, listener_errors=0)


def some(counts: object) -> dict[str, int]:
    """Leave out what has not happened."""
    assert isinstance(counts, dict)
    return {str(key): count for key, count in counts.items() if count}


def failed(seconds: int, attempt: int = 1) -> RunFailed:
    """Let an attempt of the first run of `mail` fail."""
    return RunFailed(
        at=after(seconds), name="mail", generation=1, number=1, attempt=attempt, error="no line"
    )


def finished(seconds: int, number: int = 1) -> RunFinished:
    """End a run of the report."""
    return RunFinished(at=after(seconds), name="report", generation=1, number=number)


def test_fates_outcomes_lateness_and_durations_are_counted() -> None:
    """Starts two seconds late and one, and a run of ten minutes and a half."""
    metrics = counted(
        Added(at=after(0), task=REPORT),
        Ticked(at=after(602)),
        Ticked(at=after(1202)),
        finished(1232),
        Ticked(at=after(3601)),
    )
    assert some(metrics.occurrences) == {"started": 2, "skipped": 1, "missed": 3}
    assert some(metrics.runs) == {"finished": 1}
    assert (metrics.lateness.count, metrics.lateness.total) == (2, timedelta(seconds=3))
    assert (metrics.durations.count, metrics.durations.total) == (1, timedelta(seconds=630))
    assert metrics.durations.longest == timedelta(seconds=630)


def test_what_was_asked_for_has_neither_fate_nor_lateness() -> None:
    """It counts as a run only; what is refused, or waits in vain, is counted apart."""
    metrics = counted(
        Added(at=after(0), task=REPORT),
        Demanded(at=after(0), name="report"),
        RunRequested(at=after(1), name="report"),
        Demanded(at=after(1), name="report"),
        Disabled(at=after(2), name="report"),
        Demanded(at=after(3), name="report"),
        finished(5),
    )
    assert (some(metrics.occurrences), metrics.lateness.count) == ({}, 0)
    assert (some(metrics.runs), metrics.refused) == ({"finished": 1}, 3)


@pytest.mark.parametrize(
    ("inputs", "retries", "runs"),
    [
        ([failed(1)], 0, {}),
        ([failed(1), Ticked(at=after(11)), failed(12, 2)], 1, {}),
        ([failed(1), Ticked(at=after(11)), failed(12, 2), Ticked(at=after(32))], 2, {}),
        ([failed(1), StopRequested(at=after(2), name="mail")], 0, {"failed": 1}),
        ([StopRequested(at=after(2), name="mail"), failed(3)], 0, {"failed": 1}),
        ([failed(1), failed(2), failed(3)], 0, {}),
    ],
)
def test_a_run_is_over_once(inputs: list[Input], retries: int, runs: dict[str, int]) -> None:
    """However many attempts it has; each of them has a duration."""
    begin = [Added(at=after(0), task=MAIL), Demanded(at=after(0), name="mail")]
    metrics = counted(*begin, *inputs)
    assert (metrics.retries, some(metrics.runs)) == (retries, runs)


def test_a_lost_run_has_an_outcome_and_no_duration() -> None:
    """By a restart or by its shell; one that is started again is not over."""
    begin = [Added(at=after(0), task=REPORT), Demanded(at=after(0), name="report")]
    again = Restarted(at=reading(NOON + MINUTE, boot="next"))
    for lost in (again, RunLost(at=after(1), name="report", generation=1, number=1)):
        metrics = counted(*begin, lost)
        assert (some(metrics.runs), metrics.durations.count) == ({"lost": 1}, 0)
    rerun = Task(name="report", trigger=OnDemand(), rerun_after_crash=True)
    metrics = counted(Added(at=after(0), task=rerun), *begin[1:], again)
    assert (some(metrics.runs), metrics.retries) == ({}, 1)


def test_plain_runs_are_counted_at_once() -> None:
    """They started on time and took no time."""
    meter = Meter()
    meter.note_plain(PlainRuns("a", 1, 1, array("q", [NOON, NOON + SECOND]), {}))
    metrics = read(meter)
    assert some(metrics.occurrences) == {"started": 2}
    assert some(metrics.runs) == {"finished": 2}
    assert metrics.lateness.quantile(0.99) == metrics.durations.quantile(1) == timedelta()


def test_a_clock_that_was_set_back_makes_no_start_early() -> None:
    """A lateness below zero counts as none; durations follow elapsed time."""
    late = Ticked(at=reading(NOON + 10 * MINUTE))
    back = RunFinished(
        at=reading(NOON + 9 * MINUTE, shift=-2 * MINUTE), name="report", generation=1, number=1
    )
    metrics = counted(Added(at=after(0), task=REPORT), late, back)
    assert (metrics.lateness.longest, metrics.durations.longest) == (
        timedelta(),
        timedelta(minutes=1),
    )


def test_the_shell_adds_what_only_it_knows() -> None:
    """What is going on now, and what became of events."""
    metrics = Meter().read(running=1, waiting=2, dropped_events=3, listener_errors=4)
    assert (metrics.running, metrics.waiting) == (1, 2)
    assert (metrics.dropped_events, metrics.listener_errors) == (3, 4)
    assert set(metrics.occurrences) == set(Fate)


# Histograms


def histogram_of(spans: list[int]) -> Histogram:
    """Make a histogram of spans, as durations."""
    meter = Meter()
    for number, span in enumerate(spans, 1):
        name = f"task {number}"
        added = Added(at=after(0), task=Task(name=name, trigger=OnDemand()))
        machine = Machine()
        meter.note(added, machine.handle(added))
        start = Demanded(at=after(0), name=name)
        meter.note(start, machine.handle(start))
        ended = RunFinished(at=reading(NOON + span), name=name, generation=1, number=1)
        meter.note(ended, machine.handle(ended))
    return read(meter).durations


def test_buckets_are_the_same_for_every_histogram() -> None:
    """Nothing; then 1, 2 and 5 of each power of ten, from 100 µs to five days and more."""
    texts = [str(to_timedelta(bound)) for bound in BOUNDS]
    assert texts[:4] == ["0:00:00", "0:00:00.000100", "0:00:00.000200", "0:00:00.000500"]
    assert texts[-1] == "5 days, 18:53:20"
    assert list(BOUNDS) == sorted(BOUNDS)


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, "1s"), (0.5, "1s"), (0.75, "1s"), (0.76, "20s"), (1, "20s")],
)
def test_a_quantile_is_the_end_of_a_bucket(share: float, expected: str) -> None:
    """Of 0.6 s three times and 20 s: up to three quarters, one second is not exceeded."""
    histogram = histogram_of([600_000_000] * 3 + [20 * SECOND])
    assert histogram.quantile(share) == to_timedelta(to_span(expected))


def test_a_quantile_is_never_more_than_the_longest() -> None:
    """Nor is it less, beyond the last bound; of nothing there is none."""
    assert histogram_of([600_000_000]).quantile(0.5) == timedelta(seconds=0.6)
    assert histogram_of([BOUNDS[-1] + SECOND]).quantile(0.5) == timedelta(seconds=500_001)
    assert histogram_of([]).quantile(0.5) is None


@pytest.mark.parametrize("share", [-0.1, 1.1, 99, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    """The ninety-ninth percentile is 0.99."""
    with pytest.raises(BadArgumentError, match=r"a share is a number from 0 to 1, such as 0\.99"):
        histogram_of([]).quantile(share)


@given(st.lists(st.integers(0, 10**16), min_size=1, max_size=20), st.floats(0, 1))
def test_at_least_that_share_is_not_longer(spans: list[int], share: float) -> None:
    """The promise of a quantile, whatever was measured."""
    histogram = histogram_of(spans)
    found = histogram.quantile(share)
    assert found is not None
    limit = to_span(found) + MICROSECOND
    assert sum(span <= limit for span in spans) >= share * len(spans)
    assert histogram.count == len(spans)


def test_counts_are_right_when_the_history_has_forgotten() -> None:
    """A history keeps so many records; a meter needs none."""
    machine, meter, history = Machine(), Meter(), History(keep=2)
    inputs: list[Input] = [Added(at=after(0), task=REPORT)]
    for number in range(1, 10):
        inputs += [Ticked(at=after(600 * number)), finished(600 * number + 1, number)]
    for input_ in inputs:
        effects = machine.handle(input_)
        meter.note(input_, effects)
        history.note(input_, effects)
    assert len(history.runs("report")) == 2
    assert some(read(meter).runs) == {"finished": 9}
    assert Counter(read(meter).occurrences) == Counter(machine.view("report").counts)
