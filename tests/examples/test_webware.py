"""Runs Webware for Python on the TaskKit face, as the example does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "webware_on_duetime.py"
PRINTED = """\
scheduler: duetime.adapters.taskkit.Scheduler
sweeper: every 1 s
page: 200, shows the time: True
sessions swept: True
scheduler runs on: False
"""


def run(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the example as a user does."""
    return subprocess.run(
        [sys.executable, str(EXAMPLE), *options],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )


@pytest.mark.realtime
def test_webwares_application_and_its_sweeper_run_on_the_face() -> None:
    """A page is served on loopback, sessions are swept, and the scheduler stops with it."""
    done = run()
    assert (done.returncode, done.stdout, done.stderr) == (0, PRINTED, "")


@pytest.mark.slow
@pytest.mark.realtime
def test_webwares_own_tests_pass_on_the_face_as_they_do_on_taskkit() -> None:
    """All of its tests, TaskKit's among them; the same ones fail for want of what they need."""
    done = run("--tests")
    assert done.returncode == 0, done.stdout + done.stderr
