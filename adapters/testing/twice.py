"""The determinism check: a test once more, in a process with another hash seed, and compared."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

TRACE = "DUETIME_TRACE"
"""In the second process: the file to write the trace to."""
LIMIT_SECONDS = 600
"""Real seconds that the second process may take."""


class NotDeterministicError(AssertionError):
    """A test went another way in a process with another hash seed; the message says where."""


def is_chosen(test: str, one_in: int) -> bool:
    """Return whether a test is run twice: the same answer for the same name, everywhere."""
    return one_in > 0 and int(hashlib.sha256(test.encode()).hexdigest(), 16) % one_in == 0


def write_trace(path: str, lines: Sequence[str]) -> None:
    """Leave a trace for the first process."""
    Path(path).write_text("\n".join(lines), "utf-8")


def run_again(test: str, here: Sequence[str], *, root: Path, options: Sequence[str] = ()) -> None:
    """Run a test in a second process and compare its trace with the one from here.

    Raises NotDeterministicError with the first record that differs.
    """
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, test]
    with TemporaryDirectory() as folder:
        path = Path(folder, "trace")
        told = _run(command, root, {**os.environ, TRACE: str(path), "PYTHONHASHSEED": seed})
        if not path.exists():
            raise NotDeterministicError(
                f"{test} did not come to its end in a second process:\n{told}"
            )
        _compare(test, here, path.read_text("utf-8").splitlines(), seed)


def _run(command: Sequence[str], root: Path, environment: dict[str, str]) -> str:
    """Run a command to its end, or its limit; return what it printed."""
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it was ended after {LIMIT_SECONDS} s"
    return done.stdout.decode("utf-8", "replace")


def _compare(test: str, here: Sequence[str], there: Sequence[str], seed: str) -> None:
    for number, (first, second) in enumerate(zip_longest(here, there, fillvalue="nothing")):
        if first != second:
            raise NotDeterministicError(
                f"{test} went another way with PYTHONHASHSEED={seed}; line {number + 1} differs\n"
                f"  first:  {first}\n  second: {second}"
            )
