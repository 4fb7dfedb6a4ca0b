"""Policies: comparable records, and the text that they are written as."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.errors import BadTaskError, BadTriggerError
from duetime.engine.instants import HOUR, MINUTE, SECOND
from duetime.engine.policies import CatchUp, ClockStep, Fold, Gap, Overlap, Retry, parse_enum

OVERLAPS = st.one_of(
    st.sampled_from([Overlap.SKIP, Overlap.BUFFER_ONE, Overlap.BUFFER_ALL, Overlap.CANCEL_OTHER]),
    st.integers(1, 99).map(Overlap.allow),
)
CATCH_UPS = st.one_of(
    st.sampled_from([CatchUp.NONE, CatchUp.LATEST, CatchUp.EARLIEST, CatchUp.ALL]),
    st.integers(1, 99).map(CatchUp.last),
)


RETRIES = st.builds(
    Retry,
    st.integers(1, 1_000),
    st.sampled_from(["0s", "1ms", "90s", "0.000000001s"]),
    st.floats(1, 1_000),
    st.sampled_from(["90s", "1h", "2w"]),
    jitter=st.floats(0, 1),
    seed=st.integers(0, 1 << 64),
)


@given(OVERLAPS | CATCH_UPS | RETRIES)
def test_a_policy_survives_as_text(policy: Overlap | CatchUp | Retry) -> None:
    """What `str` writes, `parse` reads; a policy itself passes through."""
    assert type(policy).parse(str(policy)) == policy
    assert type(policy).parse(policy) is policy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SKIP", Overlap.SKIP),
        (" buffer_one ", Overlap.BUFFER_ONE),
        ("allow(3)", Overlap.allow(3)),
        ("Allow ( 3 )", Overlap.allow(3)),
    ],
)
def test_an_overlap_is_read_in_any_case(text: str, expected: Overlap) -> None:
    """Case and blanks do not matter."""
    assert Overlap.parse(text) == expected


@pytest.mark.parametrize("text", ["", "queue", "skip(2)", "allow", "allow()", "allow(x)", None, 3])
def test_an_unknown_overlap_is_refused(text: object) -> None:
    """The message names what was given and every policy that there is."""
    allowed = r"'skip', 'buffer_one', 'buffer_all', 'cancel_other', 'allow\(3\)'"
    with pytest.raises(BadTaskError, match=f"^overlap .* is unknown; allowed are {allowed}$"):
        Overlap.parse(text)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("text", ["", "newest", "latest(2)", "last"])
def test_an_unknown_catch_up_is_refused(text: str) -> None:
    """The message names what was given and every policy that there is."""
    allowed = r"'none', 'latest', 'earliest', 'all', 'last\(3\)'"
    with pytest.raises(BadTaskError, match=f"^catch_up .* is unknown; allowed are {allowed}$"):
        CatchUp.parse(text)


@pytest.mark.parametrize("count", [0, -1])
def test_a_policy_needs_a_number_of_one_or_more(count: int) -> None:
    """allow(0) would never run, last(0) is NONE."""
    with pytest.raises(BadTaskError, match="at least 1 run"):
        Overlap.allow(count)
    with pytest.raises(BadTaskError, match="at least 1 occurrence"):
        CatchUp.last(count)


def test_zero_is_refused_in_text_as_well() -> None:
    """Text is not a way around the limits."""
    with pytest.raises(BadTaskError, match=r"allow\(0\)"):
        Overlap.parse("allow(0)")
    with pytest.raises(BadTaskError, match=r"last\(0\)"):
        CatchUp.parse("last(0)")


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [(Gap, "skip", Gap.SKIP), (Gap, "NEXT_VALID", Gap.NEXT_VALID), (Fold, Fold.BOTH, Fold.BOTH)],
)
def test_an_enum_is_read_by_name(kind: type[Gap | Fold], text: str, expected: Gap | Fold) -> None:
    """A member or its name in any case."""
    assert parse_enum(kind, text) is expected


@pytest.mark.parametrize("value", ["later", "", None, 1])
def test_an_unknown_member_is_refused(value: object) -> None:
    """The message names the members."""
    with pytest.raises(BadTriggerError, match=r"fold .*; allowed are 'first', 'second', 'both'"):
        parse_enum(Fold, value)  # type: ignore[arg-type]  # wrong on purpose


def test_a_clock_step_is_read_from_text() -> None:
    """The message calls the policy by the word that is written in a declaration."""
    assert parse_enum(ClockStep, "Make_Up", BadTaskError) is ClockStep.MAKE_UP
    with pytest.raises(BadTaskError, match="clock_step 'jump' is unknown; allowed are 'by_size'"):
        parse_enum(ClockStep, "jump", BadTaskError)


@pytest.mark.parametrize(
    ("retry", "seconds"),
    [
        (Retry(9, "10s"), [10, 20, 40, 80, 160]),
        (Retry(9, "10s", 1), [10, 10, 10, 10, 10]),
        (Retry(9, "10s", 1.5, "30s"), [10, 15, 22.5, 30, 30]),
        (Retry(9, "0s"), [0, 0, 0, 0, 0]),
        (Retry.parse("retry(9)"), [1, 2, 4, 8, 16]),
        (Retry.parse(" retry(9, 2s, 3) "), [2, 6, 18, 54, 162]),
    ],
    ids=str,
)
def test_delays_grow_up_to_the_longest(retry: Retry, seconds: list[float]) -> None:
    """Each is so much longer than the one before, by whole ns."""
    delays = [retry.delay("t", 0, failed) for failed in (1, 2, 3, 4, 5)]
    assert delays == [each * SECOND for each in seconds]


@given(st.integers(1, 1_000), st.floats(0, 1), st.integers(0, 9), st.text(max_size=3))
def test_jitter_only_shortens_a_delay_by_its_share(
    failed: int, jitter: float, seed: int, name: str
) -> None:
    """And the same run has the same delays, in every process."""
    retry = Retry(1_000, "1s", jitter=jitter, seed=seed)
    longest = Retry(1_000, "1s").delay(name, MINUTE, failed)
    delay = retry.delay(name, MINUTE, failed)
    assert longest - int(longest * jitter) <= delay <= longest
    assert retry.delay(name, MINUTE, failed) == delay


def test_jitter_tells_runs_apart() -> None:
    """Seed, task, nominal time and attempt all count."""
    wide, other = (Retry(9, "1h", 1, jitter=1, seed=seed) for seed in (0, 1))
    drawn = [wide.delay("t", 0, 1), wide.delay("u", 0, 1), wide.delay("t", 1, 1)]
    drawn += [wide.delay("t", 0, 2), other.delay("t", 0, 1)]
    assert len(set(drawn)) == 5
    assert max(drawn) <= HOUR


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"attempts": 0}, "attempts 0 must be a whole number from 1 to 1,000"),
        ({"attempts": 1_001}, "what must never give up is a task that is due again"),
        ({"attempts": True}, "attempts True"),
        ({"attempts": 3, "first_delay": "soon"}, "first_delay: duration 'soon'"),
        ({"attempts": 3, "first_delay": "-1s"}, "first_delay"),
        ({"attempts": 3, "first_delay": timedelta(-1)}, "must not be negative"),
        ({"attempts": 3, "factor": 0.5}, "factor 0.5 must be a number from 1 to 1,000"),
        ({"attempts": 3, "factor": float("nan")}, "factor nan"),
        ({"attempts": 3, "first_delay": "2h"}, "first_delay 2h is longer than max_delay 1h"),
        ({"attempts": 3, "jitter": 2}, "jitter 2 must be a number from 0 to 1"),
        ({"attempts": 3, "seed": -1}, "seed -1 must be a whole number from 0 up"),
    ],
    ids=str,
)
def test_a_retry_that_makes_no_sense_is_refused(given: dict[str, Any], message: str) -> None:
    """The message names the part, and what is allowed."""
    with pytest.raises(BadTaskError, match=re.escape(message)):
        Retry(**given)


@pytest.mark.parametrize("text", ["", "retry", "retry()", "3", "retry(3, 10s, 2, 1h, 4)", 3, None])
def test_a_retry_that_cannot_be_read_is_shown_how_to_be_written(text: object) -> None:
    """There is one way to write it."""
    with pytest.raises(BadTaskError, match=r"cannot be read; write 'retry\(5\)' or"):
        Retry.parse(text)  # type: ignore[arg-type]  # the point
