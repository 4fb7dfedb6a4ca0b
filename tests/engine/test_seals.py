"""Sealed lines: they come back as they were, and tell when they are not whole."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.errors import JournalError
from duetime.engine.seals import parse, seal, unseal

TEXTS = st.text(st.characters(codec=None, exclude_categories=()), max_size=8)
OBJECTS = st.dictionaries(TEXTS, TEXTS | st.integers() | st.none(), min_size=1, max_size=4)
LINE = seal({"n": 7, "name": "Zürich"})


@given(OBJECTS.filter(lambda data: "sum" not in data))
def test_what_was_sealed_comes_back(data: dict[str, object]) -> None:
    """Whatever text is in it, half a surrogate pair included; the line is one line of UTF-8."""
    line = seal(data)  # type: ignore[arg-type]  # a dictionary is invariant
    assert unseal(line + "\n") == data
    assert json.loads(line.encode()) == {**data, "sum": line[-10:-2]}
    assert "\n" not in line


def test_a_line_says_what_it_holds_and_its_checksum() -> None:
    """Keys are sorted, and the checksum stands last."""
    assert LINE == '{"n":7,"name":"Zürich","sum":"8ddb8496"}'


@given(st.integers(0, len(LINE) - 1))
def test_a_line_that_was_cut_is_not_whole(end: int) -> None:
    """Wherever it was cut."""
    with pytest.raises(JournalError, match="not with a checksum: it is not whole"):
        unseal(LINE[:end])


@given(st.integers(0, len(LINE) - 1), st.characters(codec="ascii"))
def test_a_line_of_which_a_character_changed_is_noticed(place: int, other: str) -> None:
    """Wherever it stands."""
    changed = LINE[:place] + other + LINE[place + 1 :]
    if changed != LINE:
        with pytest.raises(JournalError):
            unseal(changed)


def test_a_checksum_that_is_wrong_is_told_with_the_right_one() -> None:
    """So that a person can see what is there."""
    with pytest.raises(JournalError, match="has the checksum 8ddb8496, but what stands there has"):
        unseal(LINE.replace("7", "8"))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "is no JSON: ''"),
        ("[1]", r"is no record: '\[1\]'"),
        ("[" * 100_000, "is no JSON"),
        ('{"name":"\udcff"}', "is not UTF-8 text"),
    ],
)
def test_what_is_no_object_is_refused(line: str, complaint: str) -> None:
    """The message begins with a verb, for the place to stand before it."""
    with pytest.raises(JournalError, match=f"^{complaint}"):
        parse(line)
