"""Exploring: a scenario is run again and again, each time with the world doing otherwise.

What the world does is on a tape; see `tape.py`. A failure prints the fewest deviations that lead to
it, and the line that shows it again.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from duetime.adapters.testing.explored import START, USUAL, Exploration, Outcome, Scenario
from duetime.adapters.testing.tape import Choice, Tape, TapeError, read_tape
from duetime.adapters.testing.walks import WALKS
from duetime.engine.errors import BadArgumentError
from duetime.engine.machine import Settings

Mode = Literal["systematic", "random", "pct"]

RUNS = 10_000
"""So many runs are made at most, if nothing else is said."""


class ExploreError(AssertionError):
    """A scenario fails when the world does otherwise. `tape`: the text of the deviations."""

    def __init__(self, message: str, tape: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.tape = tape


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored:
    """What was explored.

    `exhaustive`: whether every tape with at most so many deviations was walked; `choices`: the most
    that one run has met; `marks`: in how many runs each mark was reached.
    """

    runs: int
    exhaustive: bool
    choices: int
    marks: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """Say it in one line."""
        whole = "exhaustive" if self.exhaustive else "not exhaustive"
        marks = "".join(f", {name!r} in {count}" for name, count in sorted(self.marks.items()))
        return f"{self.runs:,} runs of up to {self.choices} choices, {whole}{marks}"


def explore(
    *,
    max_deviations: int = 2,
    mode: Mode = "systematic",
    runs: int = RUNS,
    seed: int = 0,
    choices: Iterable[str] = USUAL,
    start: str = START,
    settings: Settings | None = None,
) -> Callable[[Scenario], Callable[[], None]]:
    """Make a test of a scenario, `explore_all` with the same options; it prints what it explored.

    Raises as `explore_all` does, when the test is called or, for bad options, at once.
    """
    _read_walk(mode, max_deviations, seed, runs)

    def decorate(scenario: Scenario) -> Callable[[], None]:
        exploration = Exploration(scenario, frozenset(choices), start, settings)

        def test() -> None:
            explored = _walk(exploration, _read_walk(mode, max_deviations, seed, runs), runs)
            sys.stdout.write(f"{explored}\n")

        test.__name__ = test.__qualname__ = exploration.name
        test.__doc__, test.__module__ = scenario.__doc__, scenario.__module__
        vars(test)["exploration"] = exploration
        return test

    return decorate


def explore_all(
    scenario: Scenario,
    *,
    max_deviations: int = 2,
    mode: Mode = "systematic",
    runs: int = RUNS,
    seed: int = 0,
    choices: Iterable[str] = USUAL,
    start: str = START,
    settings: Settings | None = None,
) -> Explored:
    """Run a scenario on many tapes, and say how many they were and whether those were all.

    `mode`: "systematic": every tape with at most `max_deviations`, those with fewer first;
    "random": drawn; "pct": by drawn priorities that change at `max_deviations` choices. `runs`: at
    most so many. `choices`: which kinds are left to the tape, of "order", "duration", "outcome",
    "lateness", "spurious", "crash". A third parameter of the scenario is given `choose`, which
    takes a label and options.
    Raises ExploreError for the first run that fails, TapeError for a scenario that does
    not do the same each time, BadArgumentError for bad options.
    """
    exploration = Exploration(scenario, frozenset(choices), start, settings)
    return _walk(exploration, _read_walk(mode, max_deviations, seed, runs), runs)


def explore_once(
    scenario: Scenario,
    tape: str | Tape = "",
    *,
    choices: Iterable[str] = USUAL,
    start: str = START,
    settings: Settings | None = None,
) -> Outcome:
    """Run a scenario, or the one of a test made by `explore`, on one tape, and raise what it does.

    A test brings its own options. `tape`: a text, which must fit, or a Tape, of which what does not
    fit is left aside. Raises ExploreError for a run that fails, TapeError for a text
    that does not fit.
    """
    own = getattr(scenario, "exploration", None)
    if not isinstance(own, Exploration):
        own = Exploration(scenario, frozenset(choices), start, settings)
    outcome = own.run(Tape(read_tape(tape)) if isinstance(tape, str) else tape)
    if outcome.error is not None:
        raise _failure(own, outcome) from outcome.error
    if isinstance(tape, str):
        outcome.tape.check_used()
    return outcome


def _read_walk(mode: str, deviations: int, seed: int, runs: int) -> Iterator[Tape]:
    """Return the tapes of a walk, of which at most so many runs are made."""
    if mode not in WALKS:
        raise BadArgumentError(f"mode {mode!r} is unknown; allowed are {', '.join(WALKS)}")
    if deviations < 0 or runs < 1:
        raise BadArgumentError(
            f"max_deviations={deviations}, runs={runs}: the first must be 0 or more, the second 1"
        )
    return WALKS[mode](deviations, seed)


def _walk(exploration: Exploration, tapes: Iterator[Tape], runs: int) -> Explored:
    """Run a scenario on tapes until one fails, or there are no more, or they are too many."""
    marks, count, longest = Counter[str](), 0, 0
    for tape in islice(tapes, runs):
        outcome = exploration.run(tape)
        if outcome.error is not None:
            shortest = _shrink(exploration, outcome)
            raise _failure(exploration, shortest) from shortest.error
        tape.check_used()
        count, longest = count + 1, max(longest, len(tape.choices))
        marks.update(set(outcome.marks))
    exhaustive = next(tapes, None) is None
    return Explored(runs=count, exhaustive=exhaustive, choices=longest, marks=marks)


def _shrink(exploration: Exploration, failed: Outcome) -> Outcome:
    """Leave out each deviation without which a run fails just the same."""
    if isinstance(failed.error, TapeError):
        return failed
    taken = [each for each in failed.tape.choices if each.taken]
    for left_out in taken:
        rest = [each for each in taken if each is not left_out]
        # By number first; where what is left out moves the numbers of the others, by label.
        for tape in (Tape({each.number: each.taken for each in rest}), Tape(pick=_by_label(rest))):
            outcome = exploration.run(tape)
            fewer = len(tape.deviations) < len(taken)
            if fewer and type(outcome.error) is type(failed.error):
                return _shrink(exploration, outcome)
    return failed


def _by_label(wanted: Iterable[Choice]) -> Callable[[Choice], int]:
    """Return what takes these options again, wherever in a run they are met."""
    left = [(each.label, each.options[each.taken]) for each in wanted]

    def pick(met: Choice) -> int:
        for number, option in enumerate(met.options):
            if (met.label, option) in left:
                left.remove((met.label, option))
                return number
        return 0

    return pick


def _failure(exploration: Exploration, outcome: Outcome) -> AssertionError:
    """Say what is wrong, what the world did, what happened, and how to see it again."""
    error, tape = outcome.error, outcome.tape
    if isinstance(error, TapeError):
        return error
    did = [str(each) for each in tape.choices if each.taken]
    lines = [
        f"{type(error).__name__}: {error}",
        f"  out of the ordinary, choices met: {len(tape.choices)}",
        *(f"    {each}" for each in did or ["nothing"]),
        "  timeline, the latest:",
        *(f"    {line}" for line in outcome.timeline),
        f"  again: {exploration.again(str(tape))}",
    ]
    return ExploreError("\n".join(lines), str(tape))
