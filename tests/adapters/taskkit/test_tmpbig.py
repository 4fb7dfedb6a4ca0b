"""Compares the face with TaskKit's rules, over generated sequences of calls."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.taskkit.reference import MENDED, MendedRules, Op, OriginalRules, Work
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
works = st.builds(
    Work,
    length=st.integers(0, 7),
    fails=st.booleans(),
    inside=st.lists(st.one_of(verbs, verbs, additions), max_size=2).map(tuple),
)
calls = st.one_of(
    st.tuples(additions, works),
    st.tuples(verbs, st.just(Work())),
    st.tuples(seconds.map(lambda span: ("advance", span)), st.just(Work())),
)
programs = st.lists(calls, max_size=25)


def play(stage: OriginalRules | Stage, op: Op, work: Work) -> tuple[object, ...]:
    """Make one call, let everything settle, and return all that can be seen."""
    answer = None
    if op[0] == "advance":
        stage.advance(int(op[1]))
    else:
        answer = stage.do(op, work)
    if isinstance(stage, OriginalRules):
        stage.settle()
    else:
        stage.advance(0)
    return answer, stage.state(), [event for event in stage.log if event[1] not in ("end", "fail")]


@settings(max_examples=15000)
@given(programs)
def test_the_face_does_what_the_mended_rules_say(program: list[tuple[Op, Work]]) -> None:
    """Same answers, same starts, same lists, after every call."""
    stage, rules = Stage(START), MendedRules(START)
    for op, work in program:
        assert play(rules, op, work) == play(stage, op, work)
    ends = sorted((at, how, name) for at, how, name in rules.log if how in ("start", "end", "fail"))
    assert ends == stage.starts_and_ends()
    assert sum(1 for event in rules.log if event[1] == "fail") == stage.failures
