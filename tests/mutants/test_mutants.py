"""Each mutant is applied to a copy of the tree; the tests that it names must fail there.

Two copies are tested at a time; each mutant is a test of its own, which waits for its verdict.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.mutants.by_policy import BY_POLICY
from tests.mutants.by_property import BY_PROPERTY
from tests.mutants.corpus import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
PARTS = ("engine", "clocks", "adapters", "duetime", "tests", "conftest.py", "pyproject.toml")
LIMIT_SECONDS = 120
AT_ONCE = 2
ENVIRONMENT = {
    **os.environ,
    "DUETIME_HYPOTHESIS": "mutants",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
}
"""A verdict is the same in each run: nothing in it is left to chance."""
ALL = [*MUTANTS, *BY_PROPERTY, *BY_POLICY]
NUMBERS = re.compile(r"\btest_p(\d\d)_")

each_mutant = pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)


def copy_tree(folder: Path) -> None:
    """Copy what the tests need; the links of the package stay links to the copy."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", ".hypothesis")
            shutil.copytree(source, folder / part, symlinks=True, ignore=ignore)
        else:
            shutil.copy(source, folder / part)


def run_tests(folder: Path, tests: tuple[str, ...]) -> str:
    """Run tests up to the first failure; return "" where there is one, else what they said.

    A test that hangs has failed; one that cannot even be collected has shown nothing.
    """
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    failed = done.returncode == 1 and re.search(r"^1 failed", done.stdout, re.MULTILINE)
    return "" if failed else done.stdout[-2000:] or done.stderr[-2000:]


def verdict(mutant: Mutant, folder: Path) -> str:
    """Return what the tests said that did not notice the change; nothing where they did."""
    folder.mkdir()
    copy_tree(folder)
    source = folder / mutant.file
    source.write_text(source.read_text("utf-8").replace(mutant.old, mutant.new), "utf-8")
    said = run_tests(folder, mutant.tests)
    shutil.rmtree(folder)
    return said


@pytest.fixture(scope="module")
def verdicts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[str]]]:
    """Start on the mutants that have been selected, in their order."""
    scratch = tmp_path_factory.mktemp("mutants")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            mutant.name: pool.submit(verdict, mutant, scratch / str(index))
            for index, mutant in enumerate(ALL)
            if any(f"[{mutant.name}]" in item.name for item in request.session.items)
        }
        pool.shutdown(cancel_futures=True)


@each_mutant
def test_a_mutant_changes_a_place_that_is_there(mutant: Mutant) -> None:
    """The old text occurs exactly once in the file."""
    assert (ROOT / mutant.file).read_text("utf-8").count(mutant.old) == 1


@pytest.mark.slow
@each_mutant
def test_a_mutant_is_killed(mutant: Mutant, verdicts: dict[str, Future[str]]) -> None:
    """Where one survives, there is a rule that nothing checks."""
    assert verdicts[mutant.name].result() == ""


def test_each_property_kills_a_mutant() -> None:
    """There is no numbered property that could not fail."""
    folder = ROOT / "tests" / "properties"
    there = {number for path in folder.glob("*.py") for number in NUMBERS.findall(path.read_text())}
    assert there <= {number for each in ALL for number in NUMBERS.findall(" ".join(each.tests))}
