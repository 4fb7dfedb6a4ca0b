"""Plays the examples: in virtual time with their exact output, the shortest ones live as well."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NO_PLAYS = ("stage", "webware_on_duetime")
EXAMPLES = sorted(path for path in (ROOT / "examples").glob("*.py") if path.stem not in NO_PLAYS)
SHORTEST = [path for path in EXAMPLES if path.stem in ("on_demand", "simple_task", "stopped_task")]


def play(example: Path, *options: str) -> str:
    """Run an example as a user does; return what it printed."""
    done = subprocess.run(
        [sys.executable, str(example), *options],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def without_times(text: str) -> str:
    """Return a text with every time of day taken out."""
    return re.sub(r"\d\d:\d\d:\d\d", "…", text)


def named(example: Path) -> str:
    """Return the name that a test has for an example."""
    return example.stem


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_an_example_in_virtual_time_prints_exactly_this(
    example: Path, golden: Callable[[str, str], None]
) -> None:
    """What an example prints in virtual time stands in the file beside it."""
    printed = play(example, "--virtual")
    golden(str(example.with_suffix(".out")), printed)


@pytest.mark.realtime
@pytest.mark.parametrize("example", SHORTEST, ids=named)
def test_an_example_on_real_threads_prints_the_same_but_for_the_times(example: Path) -> None:
    """The same tasks, unchanged, do the same on real threads."""
    printed = play(example)
    assert without_times(printed) == without_times(example.with_suffix(".out").read_text("utf-8"))
