"""The overlap policy: who starts, who waits, who is left out while runs are going."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.catchup import Fate, Range
from duetime.engine.instants import MINUTE
from duetime.engine.messages import Cause
from duetime.engine.overlap import Admission, Waiting, admit, demand, due_ranges
from duetime.engine.policies import Overlap
from duetime.engine.tasks import Task
from tests.engine.builders import TEN_MINUTES

POLICIES = st.sampled_from(
    [
        Overlap.SKIP,
        Overlap.BUFFER_ONE,
        Overlap.BUFFER_ALL,
        Overlap.CANCEL_OTHER,
        Overlap.allow(2),
        Overlap.allow(3),
    ]
)


def task(overlap: Overlap, *, buffer_limit: int = 3) -> Task:
    """Declare a task with a short buffer."""
    return Task(name="t", trigger=TEN_MINUTES, overlap=overlap, buffer_limit=buffer_limit)


def due(*minutes: int) -> tuple[Waiting, ...]:
    """Make occurrences."""
    return tuple(Waiting(nominal=m * MINUTE, planned=m * MINUTE) for m in minutes)


def asked(minute: int, cause: Cause = Cause.DEMAND, **args: int) -> Waiting:
    """Make a run that somebody asked for."""
    return Waiting(nominal=minute * MINUTE, planned=minute * MINUTE, cause=cause, args=args)


def fate(kind: Fate, reason: str, first: int, last: int, count: int) -> Range:
    """Make the fate of several occurrences."""
    at, until = first * MINUTE, last * MINUTE
    return Range(fate=kind, reason=reason, first=at, last=until, count=count, shift=0)


DEMAND = asked(5)
CASES = [
    # policy, going, waiting, newcomers, what comes of it
    ("skip", 0, (), due(10), Admission(starts=due(10), waiting=())),
    ("skip", 0, (), due(10, 20), Admission(starts=due(10), waiting=due(20))),
    (
        "skip",
        1,
        (),
        due(10, 20),
        Admission(waiting=(), fates=(fate(Fate.SKIPPED, "overlap", 10, 20, 2),)),
    ),
    (
        "skip",
        1,
        (DEMAND,),
        due(10),
        Admission(waiting=(DEMAND,), fates=(fate(Fate.SKIPPED, "overlap", 10, 10, 1),)),
    ),
    ("allow(2)", 1, (), due(10), Admission(starts=due(10), waiting=())),
    (
        "allow(2)",
        2,
        (),
        due(10),
        Admission(waiting=(), fates=(fate(Fate.SKIPPED, "overlap", 10, 10, 1),)),
    ),
    # a demand waits for a run to end, not for the slot that is free
    ("allow(2)", 1, (DEMAND,), due(10), Admission(starts=due(10), waiting=(DEMAND,))),
    ("allow(2)", 0, (), due(10, 20, 30), Admission(starts=due(10, 20), waiting=due(30))),
    # more are going than are allowed: the policy was edited, or a removed task's runs go on
    (
        "allow(2)",
        5,
        (),
        due(10),
        Admission(waiting=(), fates=(fate(Fate.SKIPPED, "overlap", 10, 10, 1),)),
    ),
    ("buffer_one", 1, (), due(10), Admission(waiting=due(10))),
    (
        "buffer_one",
        1,
        due(10),
        due(20, 30),
        Admission(waiting=due(10), fates=(fate(Fate.SKIPPED, "overlap", 20, 30, 2),)),
    ),
    # a demand takes nobody's place in the buffer
    ("buffer_one", 1, (DEMAND,), due(10), Admission(waiting=(DEMAND, *due(10)))),
    ("buffer_all", 1, due(10), due(20, 30), Admission(waiting=due(10, 20, 30))),
    (
        "buffer_all",
        1,
        due(10, 20),
        due(30, 40, 50),
        Admission(waiting=due(10, 20, 30), fates=(fate(Fate.DROPPED, "buffer full", 40, 50, 2),)),
    ),
    # who came first goes first, even when a slot is free
    ("buffer_all", 0, due(10), due(20), Admission(waiting=due(10, 20))),
    ("cancel_other", 1, (), due(10), Admission(waiting=due(10), ask_to_stop=True)),
    (
        "cancel_other",
        1,
        (DEMAND, *due(10)),
        due(20, 30),
        Admission(
            waiting=(DEMAND, *due(30)),
            fates=(fate(Fate.MERGED, "", 10, 10, 1), fate(Fate.MERGED, "", 20, 20, 1)),
            ask_to_stop=True,
        ),
    ),
    # nobody records the fate of what was only asked for
    ("skip", 1, (), (asked(10, Cause.RUN_NOW),), Admission(waiting=())),
    (
        "cancel_other",
        1,
        (asked(10, Cause.RUN_NOW),),
        due(20),
        Admission(waiting=due(20), ask_to_stop=True),
    ),
]


@pytest.mark.parametrize(("policy", "going", "waiting", "newcomers", "expected"), CASES)
def test_the_policy_decides(
    policy: str,
    going: int,
    waiting: tuple[Waiting, ...],
    newcomers: tuple[Waiting, ...],
    expected: Admission,
) -> None:
    """Each policy does with newcomers what its line says."""
    assert admit(task(Overlap.parse(policy)), going, waiting, newcomers) == expected


@given(POLICIES, st.integers(0, 4), st.integers(0, 3), st.integers(1, 6))
def test_everybody_is_somewhere_once(
    policy: Overlap, going: int, queued: int, arriving: int
) -> None:
    """Each occurrence starts, waits or has a fate; slots and the buffer are never overfilled."""
    waiting = due(*range(queued))
    newcomers = due(*range(queued, queued + arriving))
    given_task = task(policy)
    found = admit(given_task, going, waiting, newcomers)
    placed = [*found.starts, *found.waiting]
    assert len(placed) == len(set(placed_nominals := [each.nominal for each in placed]))
    assert sorted(placed_nominals) == placed_nominals
    assert len(placed) + sum(each.count for each in found.fates) == queued + arriving
    assert going + len(found.starts) <= max(going, policy.at_once)
    assert not (found.starts and waiting)


@given(st.lists(st.integers(0, 99), min_size=1, max_size=9), st.integers(0, 2))
def test_any_number_of_demands_is_one(arguments: list[int], queued: int) -> None:
    """Demands during a run wait as one, in the place of the first, with the latest arguments."""
    waiting = due(*range(queued))
    for minute, argument in enumerate(arguments, 10):
        waiting = demand(waiting, asked(minute, x=argument))
    waiting += due(50)
    waiting = demand(waiting, asked(60, x=arguments[-1]))
    assert waiting == (*due(*range(queued)), asked(60, x=arguments[-1]), *due(50))


def test_only_occurrences_have_a_fate() -> None:
    """Of those that wait, what was asked for is passed over."""
    assert due_ranges((DEMAND, asked(7, Cause.RUN_NOW)), Fate.SUPERSEDED) == ()
    mixed = (*due(10), DEMAND, *due(30))
    assert due_ranges(mixed, Fate.SKIPPED, "disabled") == (
        fate(Fate.SKIPPED, "disabled", 10, 10, 1),
        fate(Fate.SKIPPED, "disabled", 30, 30, 1),
    )
