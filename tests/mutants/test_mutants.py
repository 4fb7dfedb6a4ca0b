"""Each mutant of the corpus is applied to a copy of the tree; the tests it names must fail."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.mutants.corpus import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
PARTS = ("engine", "clocks", "adapters", "duetime", "tests", "conftest.py", "pyproject.toml")
LIMIT_SECONDS = 300
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "DUETIME_HYPOTHESIS": "mutants"}


def copy_tree(folder: Path) -> Path:
    """Copy what the tests need; the links of the package stay links to the copy."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", ".hypothesis")
            shutil.copytree(source, folder / part, symlinks=True, ignore=ignore)
        else:
            shutil.copy(source, folder / part)
    return folder


def run_tests(folder: Path, tests: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run tests in a copy, up to the first failure."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    return subprocess.run(
        command,
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


def verdict(mutant: Mutant, scratch: Path) -> str:
    """Return how a mutant died, or that it survived."""
    folder = scratch / mutant.name.replace(" ", "-")
    folder.mkdir()
    copy_tree(folder)
    source = folder / mutant.file
    source.write_text(source.read_text("utf-8").replace(mutant.old, mutant.new), "utf-8")
    try:
        done = run_tests(folder, mutant.tests)
    except subprocess.TimeoutExpired:
        return "killed"
    finally:
        shutil.rmtree(folder)
    failed = " failed" in done.stdout or " error" in done.stdout
    return "killed" if done.returncode == 1 and failed else f"survived\n{done.stdout[-2000:]}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_changes_a_place_that_is_there(mutant: Mutant) -> None:
    """The old text occurs exactly once in the file."""
    assert (ROOT / mutant.file).read_text("utf-8").count(mutant.old) == 1


@pytest.mark.slow
def test_every_mutant_is_killed(tmp_path: Path) -> None:
    """Two at a time; a mutant that survives shows a rule that nothing checks."""
    with ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(partial(verdict, scratch=tmp_path), MUTANTS))
    survivors = {m.name: v for m, v in zip(MUTANTS, verdicts, strict=True) if v != "killed"}
    assert survivors == {}
