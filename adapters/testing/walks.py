"""Ways to walk through the tapes of a scenario: all with few deviations, at random, or by priority.

Each yields tapes, and looks at what a run has made of a tape when it is asked for the next one.
"""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random

from duetime.adapters.testing.tape import Choice, Tape


def systematic(deviations: int, _: int) -> Iterator[Tape]:
    """Yield every tape with so many deviations at most, those with fewer first, each once."""
    tape = Tape()
    yield tape
    level = [tape.choices]
    for depth in range(deviations):
        following = list[list[Choice]]()
        for before in level:
            for tape in _with_one_more(before):
                yield tape
                if depth + 1 < deviations:
                    following.append(tape.choices)
        level = following


def at_random(deviations: int, seed: int) -> Iterator[Tape]:
    """Yield without end tapes with some deviations, at choices that are drawn."""
    longest = 0
    random = Random(seed)
    while True:
        places = _draw_places(random, longest, deviations)
        tape = Tape(pick=partial(_draw_option, random, places))
        yield tape
        longest = max(longest, len(tape.choices))


def by_priority(deviations: int, seed: int) -> Iterator[Tape]:
    """Yield without end tapes on which the option of highest priority is taken.

    Priorities are drawn for each tape. At so many choices as there may be `deviations`, also drawn,
    what would be taken falls behind all others.
    """
    longest = 0
    random = Random(seed)
    while True:
        changes = _draw_places(random, longest, deviations)
        tape = Tape(pick=_priorities(random, changes))
        yield tape
        longest = max(longest, len(tape.choices))


WALKS: dict[str, Callable[[int, int], Iterator[Tape]]] = {
    "systematic": systematic,
    "random": at_random,
    "pct": by_priority,
}


def _with_one_more(before: list[Choice]) -> Iterator[Tape]:
    """Yield the tapes that deviate once more, behind the last deviation of a run."""
    given = {choice.number: choice.taken for choice in before if choice.taken}
    for choice in before[max(given, default=-1) + 1 :]:
        for option in range(1, len(choice.options)):
            yield Tape({**given, choice.number: option}, expected=before[: choice.number + 1])


def _draw_places(random: Random, longest: int, most: int) -> frozenset[int]:
    """Draw the numbers of some choices."""
    return frozenset(random.sample(range(longest), random.randint(0, min(most, longest))))


def _draw_option(random: Random, places: frozenset[int], met: Choice) -> int:
    return random.randrange(len(met.options)) if met.number in places else 0


def _priorities(random: Random, changes: frozenset[int]) -> Callable[[Choice], int]:
    priorities = dict[str, float]()

    def pick(met: Choice) -> int:
        for option in met.options:
            priorities.setdefault(option, random.random())
        ranks = [priorities[option] for option in met.options]
        if met.number in changes:
            priorities[met.options[ranks.index(max(ranks))]] = min(priorities.values()) - 1
            ranks = [priorities[option] for option in met.options]
        return ranks.index(max(ranks))

    return pick
