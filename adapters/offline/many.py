"""A plan simulated many times, each with another seed, in several processes."""

import logging
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from duetime.adapters.offline.scenario import Scenario
from duetime.adapters.offline.simulating import simulate_plan
from duetime.adapters.offline.summary import Summary
from duetime.adapters.plans.records import Plan
from duetime.engine.instants import Instant

ALL = ""
"""The name under which figures of all tasks together stand; no task has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The figures of one simulation.

    `figures`: by task and name of the figure: counts, and in ns `busy`, `longest` and `latest`, as
    in `TaskFigures`; under `ALL`, `most_at_once`.
    """

    seed: int
    figures: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a figure is spread over many simulations."""

    least: int
    low: int
    median: int
    high: int
    most: int
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What each process is to do."""

    plan: Plan
    begin: Instant
    end: Instant
    scenario: Scenario


def simulate_many(
    plan: Plan,
    begin: Instant,
    end: Instant,
    seeds: range,
    *,
    scenario: Scenario | None = None,
    processes: int | None = None,
) -> Iterator[Sample]:
    """Simulate a plan once for each seed; yield the figures in the order of the seeds.

    `processes`: how many at a time; None: as many as there are processors. Raises as
    `simulate_plan` does.
    """
    work = _Work(plan=plan, begin=begin, end=end, scenario=scenario or Scenario())
    count = min(processes or os.cpu_count() or 1, len(seeds))
    if count <= 1:
        yield from (_simulate(work, seed) for seed in seeds)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, context, _begin, (work,)) as pool:
        chunk = max(len(seeds) // (count * 8), 1)
        yield from pool.map(_simulate_next, seeds, chunksize=chunk)


def spread_of(values: list[int]) -> Spread:
    """Return how values are spread; `low` and `high`: one in twenty is below, above."""
    ordered = sorted(values)
    last = len(ordered) - 1
    return Spread(
        least=ordered[0],
        low=ordered[round(last * 0.05)],
        median=ordered[round(last * 0.5)],
        high=ordered[round(last * 0.95)],
        most=ordered[-1],
        mean=sum(ordered) / len(ordered),
    )


_work: list[_Work] = []
"""In a process of the pool: what it is to do."""


def _begin(work: _Work) -> None:
    # What simulations log, their figures show; a new process would write it to stderr.
    logging.getLogger("duetime").addHandler(logging.NullHandler())
    _work.append(work)


def _simulate_next(seed: int) -> Sample:
    return _simulate(_work[0], seed)


def _simulate(work: _Work, seed: int) -> Sample:
    summary = Summary(work.plan.names(), work.begin, work.end)
    for window in simulate_plan(work.plan, work.begin, work.end, scenario=work.scenario, seed=seed):
        summary.take(window)
    figures: dict[str, dict[str, int]] = {
        name: {
            "runs": each.runs,
            **{str(fate): count for fate, count in each.fates.items()},
            **each.endings,
            "busy": each.busy,
            "longest": each.longest,
            "latest": each.latest,
        }
        for name, each in summary.tasks.items()
    }
    figures[ALL] = {"most_at_once": summary.crowd.most}
    return Sample(seed=seed, figures=figures)
