"""Sets of integers: each kind answers like the plain set that it stands for."""

from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.triggers.picks import EveryNth, Few, Nested, Picks, Ranges, Since

NUMBERS = st.integers(-200, 200)
HOURS = st.integers(0, 23)
ranges = st.builds(
    lambda start, length, step: range(start, start + length, step),
    *(NUMBERS, st.integers(1, 150), st.integers(1, 40)),
)
simple = st.one_of(
    st.builds(EveryNth, st.integers(1, 50), NUMBERS),
    st.builds(lambda numbers: Few(tuple(sorted(numbers))), st.sets(NUMBERS, min_size=1)),
    st.builds(lambda many: Ranges(tuple(many)), st.lists(ranges, min_size=1, max_size=3)),
)
nested = st.builds(
    lambda outer, inner, base: Nested(outer=outer, inner=inner, size=24, base=base),
    st.one_of(simple, st.builds(Since, simple, NUMBERS)),
    st.one_of(
        st.builds(lambda numbers: Few(tuple(sorted(numbers))), st.sets(HOURS, min_size=1)),
        st.builds(
            lambda step, end: Ranges((range(0, 24, step), range(3, end))), st.integers(1, 23), HOURS
        ),
    ),
    st.integers(-30, 30),
)
all_picks = st.one_of(simple, st.builds(Since, simple, NUMBERS), nested)


def contains(picks: Picks, number: int) -> bool:
    """Tell whether a number is in a set, by the definition of its kind."""
    match picks:
        case EveryNth(step, phase):
            return (number - phase) % step == 0
        case Few(numbers):
            return number in numbers
        case Ranges(parts):
            return any(number in part for part in parts)
        case Since(inner, first):
            return number >= first and contains(inner, number)
        case Nested():
            whole, part = divmod(number - picks.base, picks.size)
            return contains(picks.outer, whole) and contains(picks.inner, part)
    raise AssertionError(picks)


@given(all_picks, NUMBERS, NUMBERS)
def test_a_stretch_of_a_set_is_what_belongs_to_it(picks: Picks, low: int, high: int) -> None:
    """`between` gives the members in order, both ends included; `count` their number."""
    expected = [number for number in range(low, high + 1) if contains(picks, number)]
    assert list(picks.between(low, high)) == expected
    assert picks.count(low, high) == len(expected)


@given(all_picks, NUMBERS)
def test_the_neighbours_of_a_number_are_members_with_none_between(
    picks: Picks, number: int
) -> None:
    """`at_or_after` and `at_or_before` name the nearest members, the number itself included."""
    after, before = picks.at_or_after(number), picks.at_or_before(number)
    for found in (after, before):
        assert found is None or contains(picks, found)
    last = number + 2000 if after is None else after
    first = number - 2000 if before is None else before
    assert list(picks.between(number, last)) == ([] if after is None else [after])
    assert list(picks.between(first, number)) == ([] if before is None else [before])
