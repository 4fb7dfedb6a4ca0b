"""The fast lane: a glide over plain occurrences is the same as all its steps, from anywhere."""

from collections.abc import Callable

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from duetime.adapters.simulate import Simulation
from duetime.adapters.testing.playing import Stage
from duetime.adapters.testing.program_strategies import (
    ANCHORED,
    CALM,
    DAILY,
    DISABLES,
    FINISHES,
    GRIDS,
    LAGS,
    RARE,
    RESCHEDULES,
    SAYINGS,
    SLEWS,
    STEPS,
    VERBS,
    declares,
    programs,
    tasks,
)
from duetime.adapters.testing.programs import HELD, Beat, Declare, Pass, Program, Say
from duetime.engine.instants import SECOND
from duetime.engine.journal import dump
from duetime.engine.tasks import Task
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.properties.players import lines
from tests.properties.samples import SAMPLE

REGULAR = st.one_of(GRIDS, GRIDS, ANCHORED, DAILY, RARE)
VERBS_OF_CODE = st.one_of(SAYINGS, DISABLES, RESCHEDULES, FINISHES, declares(), STEPS, SLEWS)
BEATS = st.builds(
    Beat,
    st.integers(1, 6),
    st.one_of(st.sampled_from(["fail", "look", "interrupt"]), VERBS_OF_CODE),
)
UNTRIED = {"retry": st.none(), "time_limit": st.none(), "rerun_after_crash": st.just(False)}
PLAIN = st.builds(
    Declare,
    st.one_of(*[tasks(triggers=REGULAR, **UNTRIED)] * 5, tasks(triggers=REGULAR)),
    st.sampled_from([0, 0, 0, 5 * SECOND, 10 * SECOND, HELD]),
    st.lists(BEATS, max_size=3).map(tuple),
)
"""Tasks whose code mostly ends at once, and now and then fails, looks around or says a verb."""
PROGRAMS = programs(
    VERBS,
    CALM,
    CALM,
    CALM,
    LAGS,
    STEPS,
    SLEWS,
    first=PLAIN,
    slots=st.sampled_from([*[None] * 5, 2]),
)


TOGETHER = Program(
    [
        Declare(Task(name="a", trigger=Every(seconds=5)), beats=(Beat(2, "look"), Beat(5, "fail"))),
        Declare(Task(name="b", trigger=Every(seconds=10)), takes=10 * SECOND),
        Pass(60 * SECOND),
    ]
)
"""Plain runs, starts of others and ends of others, all at the same times."""


class Stepwise(Simulation):
    """A simulation without the fast lane."""

    def glide(self, until: int) -> None:
        """Leave it all to the steps."""


class Gliding(Simulation):
    """A simulation that counts how often it glided to some purpose."""

    glides = 0

    def glide(self, until: int) -> None:
        """Count where time has moved on."""
        before = self.clock.read()
        super().glide(until)
        self.glides += self.clock.read() != before


def seen(
    program: Program, shell: Callable[..., Simulation], *, journal: bool = True
) -> tuple[Stage, tuple[object, ...]]:
    """Play a program; return all that its code and a look at the end have seen, and the state."""
    stage = Stage(shell, journal=journal).play(program)
    stage.look()
    state = dump(stage.shell._machine), stage.shell.metrics()
    return stage, (stage.seen, state, lines(stage.journal))


@example(TOGETHER)
@settings(max_examples=150)
@given(PROGRAMS)
def test_p55_a_glide_is_all_its_steps(program: Program) -> None:
    """Runs, fates, counts, views in the middle of a run, states, metrics, journals are the same."""
    stage, gliding = seen(program, Gliding)
    event(f"glides: {min(stage.shell.glides, 3)}")
    _, stepping = seen(program, Stepwise)
    assert gliding == stepping


@given(PROGRAMS)
def test_p55_a_glide_without_a_journal_is_one_with_it(program: Program) -> None:
    """Keeping a journal changes nothing but that there is one."""
    _, (all_seen, state, _) = seen(program, Simulation, journal=False)
    _, expected = seen(program, Stepwise)
    assert (all_seen, state) == expected[:2]


def test_p55_what_code_declares_anew_concerns_later_runs() -> None:
    """A run that declares its own task anew, as one that is held, still ends with its code."""
    held = Declare(Task(name="a", trigger=OnDemand()), HELD)
    first = Declare(Task(name="a", trigger=Every(seconds=5)), beats=(Beat(3, held),))
    program = Program([first, Pass(100 * SECOND), Say("demand", "a")])
    for shell in (Simulation, Stepwise):
        runs = Stage(shell).play(program).shell.runs("a")
        assert [run.outcome for run in runs] == ["finished"] * 3 + [None]


def test_p55_the_sample_glides() -> None:
    """The comparison compares something: plain tasks do take the fast lane."""
    stage, gliding = seen(SAMPLE, Gliding)
    assert stage.shell.glides >= 3
    assert gliding == seen(SAMPLE, Stepwise)[1]
