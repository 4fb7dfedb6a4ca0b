"""On which lines the keys of a TOML file stand."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.plans.toml_lines import KeyPath, lines_of
from duetime.engine.triggers.base import Json

TEXT = '''\
# A comment
title = "x"
a.b = 1

[tasks.one]   # another
every = "1m"
args = { x = 1, y = { z = 2 } }
list = [
  1,
  2,
]
[tasks."two three"]
text = """
[not.a.table]
key = 3
"""
last = true

[[events]]
at = 1
[[events]]
at = 2
[events.more]
x = 1
'''


def test_each_key_has_the_line_where_it_begins() -> None:
    """Also behind values of several lines; what stands inside of text is no key."""
    found = lines_of(TEXT)
    assert found == {
        ("title",): 2,
        ("a",): 3,
        ("a", "b"): 3,
        ("tasks", "one"): 5,
        ("tasks", "one", "every"): 6,
        ("tasks", "one", "args"): 7,
        ("tasks", "one", "args", "x"): 7,
        ("tasks", "one", "args", "y"): 7,
        ("tasks", "one", "args", "y", "z"): 7,
        ("tasks", "one", "list"): 8,
        ("tasks", "two three"): 12,
        ("tasks", "two three", "text"): 13,
        ("tasks", "two three", "last"): 17,
        ("events", 0): 19,
        ("events", 0, "at"): 20,
        ("events", 1): 21,
        ("events", 1, "at"): 22,
        ("events", 1, "more"): 23,
        ("events", 1, "more", "x"): 24,
    }


KEYS = st.sampled_from(["a", "b-1", "'c d'", '"e.f"', "g.h"])
VALUES = st.sampled_from(["1", '"x"', "[1,\n2]", '"""\n[t]\nk=1\n"""', "{ y = 1 }", "2026-01-01"])
STATEMENTS = st.one_of(st.tuples(KEYS, VALUES).map(" = ".join), st.just("# c"), st.just(""))
TABLES = st.tuples(KEYS, st.lists(STATEMENTS, max_size=4))


@given(st.lists(TABLES, max_size=4), st.sampled_from(["[{}]", "[[{}]]"]))
def test_every_key_is_found(tables: list[tuple[str, list[str]]], header: str) -> None:
    """Of whatever the reader accepts; a line is one that is there."""
    text = "\n".join(line for key, lines in tables for line in (header.format(f"t.{key}"), *lines))
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = lines_of(text)
    assert set(leaves(data, ())) <= found.keys()
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())


def leaves(data: Json, path: KeyPath) -> list[KeyPath]:
    """List the paths of all values that are no tables."""
    if isinstance(data, dict):
        return [each for key, value in data.items() for each in leaves(value, (*path, key))]
    if isinstance(data, list) and data and all(isinstance(each, dict) for each in data):
        return [each for place, value in enumerate(data) for each in leaves(value, (*path, place))]
    return [path]
