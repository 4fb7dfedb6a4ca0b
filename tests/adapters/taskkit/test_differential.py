"""Compares the face with TaskKit's rules, over generated sequences of calls."""

from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.taskkit.original import Original
from tests.adapters.taskkit.reference import (
    MENDED,
    DiedError,
    MendedRules,
    Op,
    OriginalRules,
    UnpredictableError,
    Work,
)
from tests.adapters.taskkit.stage import NAMES, Stage

START = 1_000
seconds = st.integers(0, 6).map(str)
names = st.sampled_from(NAMES)
plain_verbs = st.sampled_from(
    "runTaskNow demandTask stopTask disableTask enableTask unregisterTask".split()
)
verbs = st.one_of(
    st.tuples(plain_verbs, names),
    st.tuples(st.just("setPeriod"), names, seconds),
    st.tuples(st.just("startTime"), names, seconds),
)
additions = st.one_of(
    st.tuples(st.just("addTimedAction"), names, seconds),
    st.tuples(st.just("addPeriodicAction"), names, seconds, seconds),
    st.tuples(st.just("addActionOnDemand"), names),
)
insides = st.lists(st.one_of(verbs, verbs, additions), min_size=1, max_size=2).map(tuple)
# A run that takes no time and demands itself would go on for ever at one instant.
works = st.one_of(
    st.builds(Work, length=st.integers(0, 7), fails=st.booleans()),
    st.builds(Work, length=st.integers(1, 7), fails=st.booleans(), inside=insides),
)
calls = st.one_of(
    st.tuples(additions, works),
    st.tuples(verbs, st.just(Work())),
    st.tuples(seconds.map(lambda span: ("advance", span)), st.just(Work())),
)
programs = st.lists(calls, max_size=20)


def play(stage: OriginalRules | Original | Stage, op: Op, work: Work) -> tuple[object, ...]:
    """Make one call, let everything settle, and return all that can be seen."""
    answer = None
    if op[0] == "advance":
        stage.advance(int(op[1]))
    else:
        answer = stage.do(op, work)
    if isinstance(stage, Stage):
        stage.advance(0)
    else:
        stage.settle()
    return answer, stage.state(), [event for event in stage.log if event[1] not in ("end", "fail")]


@given(programs)
def test_the_face_does_what_the_mended_rules_say(program: list[tuple[Op, Work]]) -> None:
    """Same answers, same starts, same lists, after every call."""
    stage, rules = Stage(START), MendedRules(START)
    for op, work in program:
        assert play(rules, op, work) == play(stage, op, work)
    assert ends(rules) == stage.starts_and_ends()
    assert sum(1 for event in rules.log if event[1] == "fail") == stage.failures


@given(programs)
def test_the_rules_of_the_original_are_those_of_its_code(program: list[tuple[Op, Work]]) -> None:
    """The rules written down do what the code from the package index does, faults included."""
    original, rules = Original(START), OriginalRules(START)
    for op, work in program:
        try:
            expected = play(rules, op, work)
        except (UnpredictableError, DiedError):
            return
        assert expected == play(original, op, work)


@given(programs)
def test_the_face_differs_from_the_original_in_mended_faults_only(
    program: list[tuple[Op, Work]],
) -> None:
    """Where a program comes upon none of the listed faults, both do the same."""
    stage, rules, mended = Stage(START), OriginalRules(START), MendedRules(START)
    for op, work in program:
        play(mended, op, work)
        assert mended.touched <= MENDED.keys()
        if mended.touched:
            return
        assert play(rules, op, work) == play(stage, op, work)


def ends(rules: OriginalRules) -> list[tuple[object, ...]]:
    """Return the starts and ends that rules wrote down, sorted."""
    return sorted(event for event in rules.log if event[1] in ("start", "end", "fail"))
