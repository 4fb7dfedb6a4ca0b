"""Policies: comparable records, and the text that they are written as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.errors import BadTaskError, BadTriggerError
from duetime.engine.policies import CatchUp, Fold, Gap, Overlap, parse_enum

OVERLAPS = st.one_of(
    st.sampled_from([Overlap.SKIP, Overlap.BUFFER_ONE, Overlap.BUFFER_ALL, Overlap.CANCEL_OTHER]),
    st.integers(1, 99).map(Overlap.allow),
)
CATCH_UPS = st.one_of(
    st.sampled_from([CatchUp.NONE, CatchUp.LATEST, CatchUp.EARLIEST, CatchUp.ALL]),
    st.integers(1, 99).map(CatchUp.last),
)


@given(OVERLAPS | CATCH_UPS)
def test_a_policy_survives_as_text(policy: Overlap | CatchUp) -> None:
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
