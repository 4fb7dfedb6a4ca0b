"""The walk: every state of two tasks, and faults that it finds with the shortest way there."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from duetime.adapters.testing.walking import Walked, WalkError, walk
from duetime.engine.errors import BadTaskError, UnknownTaskError
from duetime.engine.instants import SECOND
from duetime.engine.machine import Machine, Settings, Wakeup
from duetime.engine.messages import Demanded, Effect, Enabled, Input, RecordFate
from duetime.engine.policies import CatchUp, Overlap, Retry
from duetime.engine.states import Running
from duetime.engine.tasks import Task
from duetime.engine.triggers.every import Every

ON_WALL, ELAPSED = Every(minutes=1, anchor="2026-01-01T00:00Z"), Every(minutes=1)
PAIRS: dict[str, tuple[tuple[Task, Task], Settings]] = {
    "skip, buffer_one": (
        (
            Task(name="a", trigger=ON_WALL),
            Task(name="b", trigger=ON_WALL, overlap=Overlap.BUFFER_ONE),
        ),
        Settings(),
    ),
    "cancel_other, allow(2)": (
        (
            Task(name="a", trigger=ELAPSED, overlap=Overlap.CANCEL_OTHER),
            Task(name="b", trigger=ON_WALL, overlap=Overlap.allow(2), catch_up=CatchUp.ALL),
        ),
        Settings(),
    ),
    "skip with retry(2, 20s), buffer_all": (
        (
            Task(name="a", trigger=ON_WALL, retry=Retry(2, "20s")),
            Task(name="b", trigger=ON_WALL, overlap=Overlap.BUFFER_ALL, catch_up=CatchUp.ALL),
        ),
        Settings(),
    ),
    "buffer_one, skip; max_running=1": (
        (
            Task(name="a", trigger=ON_WALL, overlap=Overlap.BUFFER_ONE),
            Task(name="b", trigger=ON_WALL),
        ),
        Settings(max_running=1),
    ),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_every_near_state_of_two_tasks_is_sound(pair: str) -> None:
    """Within two inputs, whatever they are, every rule holds."""
    tasks, settings = PAIRS[pair]
    assert walk(tasks, depth=2, settings=settings).states > 100


@pytest.mark.slow
def test_every_state_of_two_tasks_within_four_inputs_is_sound(
    golden: Callable[[str, str], None],
) -> None:
    """So many there are; the documentation shows the same file."""
    lines = ["policies of the two tasks               states  transitions  inputs"]
    for pair, (tasks, settings) in PAIRS.items():
        walked = walk(tasks, depth=4, settings=settings)
        counts = f"{walked.states:>6,}  {walked.transitions:>11,}  {walked.depth:>6}"
        lines.append(f"{pair:<38}  {counts}")
    golden("walk.txt", "\n".join(lines) + "\n")


def test_the_counts_of_a_walk_stand_in_a_line() -> None:
    """The start counts as a state."""
    walked = Walked(states=1_761, transitions=4_621, depth=3)
    assert str(walked) == "1,761 states and 4,621 transitions within 3 inputs"


class Twice(Machine):
    """Gives what came due its fate once more."""

    def handle(self, input_: Input) -> tuple[Effect, ...]:
        effects = super().handle(input_)
        return effects + tuple(each for each in effects if isinstance(each, RecordFate))


class Lossy(Machine):
    """Forgets what waits when a run is demanded."""

    def handle(self, input_: Input) -> tuple[Effect, ...]:
        effects = super().handle(input_)
        if isinstance(input_, Demanded):
            entry = self.roster.entries[input_.name]
            if isinstance(entry.state, Running):
                entry.state = replace(entry.state, waiting=())
        return effects


class Sleepy(Machine):
    """Wants to be woken a second late."""

    def next_wakeup(self) -> Wakeup:
        wakeup = super().next_wakeup()
        return replace(wakeup, wall=None if wakeup.wall is None else wakeup.wall + SECOND)


class Marked(Machine):
    """Remembers that something was refused."""

    def check(self, input_: Input) -> None:
        try:
            super().check(input_)
        except UnknownTaskError:
            self.roster.time.shift += 1
            raise


class Crowded(Machine):
    """Has one slot more than its settings say."""

    def _fill_slots(self, most: int) -> list[Effect]:
        return super()._fill_slots(most + 1)


class Broken(Machine):
    """Cannot be enabled."""

    def check(self, input_: Input) -> None:
        if isinstance(input_, Enabled):
            raise KeyError("pause")
        super().check(input_)


@pytest.mark.parametrize(
    ("faulty", "told"),
    [
        (Broken, "it raised KeyError: 'pause'\n.*\n  0s: 'a' is enabled, from now"),
        (Twice, "'a': an occurrence has met two fates\n.*\n  2m 1s: 2m 1s have passed"),
        (Lossy, "'a': what waited since 2026-03-02T09:02:00Z is lost, or there twice\n.*"),
        (Sleepy, "the next wake-up is Wakeup.*, but the tasks wait for .*"),
        (Marked, "it was refused, and has changed something\n.*\n  0s: 'no such task' is dem.*"),
        (Crowded, "2 runs are going, and at most 1 may\n.*"),
    ],
)
def test_a_fault_of_the_machine_is_found(faulty: type[Machine], told: str) -> None:
    """Whatever is broken, the walk tells what does not hold and how to come there."""
    tasks = [Task(name=name, trigger=ON_WALL, overlap=Overlap.BUFFER_ONE) for name in "ab"]
    settings = Settings(max_running=1 if faulty is Crowded else None)
    with pytest.raises(WalkError) as error:
        walk(tasks, depth=3, settings=settings, machine=faulty)
    assert re.fullmatch(told, str(error.value), re.DOTALL)


def test_the_way_to_a_fault_is_the_shortest() -> None:
    """Three inputs are needed to lose what waits, and no more are told, in plain words."""
    task = Task(name="a", trigger=ON_WALL, overlap=Overlap.BUFFER_ONE)
    with pytest.raises(WalkError) as error:
        walk([task], depth=4, machine=Lossy)
    assert str(error.value).splitlines()[1:] == [
        "the shortest way there, after the tasks were added:",
        "  1m: 1m have passed",
        "  2m: 1m have passed",
        "  2m: 'a' is demanded",
    ]


def test_what_cannot_be_walked_is_refused() -> None:
    """A walk needs a task, and at least one step."""
    for tasks, depth in (([], 1), ([Task(name="a", trigger=ON_WALL)], 0)):
        with pytest.raises(BadTaskError, match="at least one task and a depth from 1"):
            walk(tasks, depth=depth)
