"""The scenarios: dialogues in virtual time, each showing a rule."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scenario_player import play

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.txt"))
RULE = re.compile(r"# [A-Z].*\.\n", re.DOTALL)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_comes_out_as_it_is_written(
    path: Path, golden: Callable[[str, str], None]
) -> None:
    """What the simulation does after each `when` is what stands after `then`."""
    golden(f"../scenarios/{path.name}", play(path.read_text("utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_opens_with_its_rule(path: Path) -> None:
    """The first lines say, in a sentence, what is shown."""
    opening = path.read_text("utf-8").partition("\n\n")[0]
    assert all(line.startswith("# ") for line in opening.splitlines())
    assert RULE.fullmatch(opening + "\n")
