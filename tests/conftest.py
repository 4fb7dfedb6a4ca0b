"""Fixtures that all tests share."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from tests.contracts import stage

# How long an example takes says something about the machine, nothing about the rule.
settings.register_profile("duetime", deadline=None)
# For mutants: that a test fails is all there is to know, so nothing is shrunk, and nothing random.
# Many examples cost only those that survive, and let no verdict hang on which ones are drawn.
settings.register_profile(
    "mutants",
    max_examples=500,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
# A change is judged by the same examples each time; whoever works on it searches further.
settings.register_profile("ci", deadline=None, derandomize=True, database=None)
settings.load_profile(
    os.environ.get("DUETIME_HYPOTHESIS", "ci" if os.environ.get("CI") else "duetime")
)


def pytest_runtest_setup() -> None:
    """Let a test answer for its own threads only."""
    stage.OTHERS.clear()
    stage.OTHERS.update(threading.enumerate())


GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Give a function that compares a text with the file of that name in tests/golden.

    With UPDATE_GOLDEN=1 in the environment it writes the file instead.
    """

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN") == "1":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
        assert text == path.read_text("utf-8")

    return compare
