"""The soak of benchmarks/soak.py, for seconds in place of minutes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.realtime
def test_a_short_soak_keeps_every_bound() -> None:
    """No occurrence is lost, the journal replays, no thread and no memory is left behind."""
    soak = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "soak.py"), "--minutes", "0.2"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=300,
    )
    assert soak.returncode == 0, soak.stdout + soak.stderr
    assert "BROKEN" not in soak.stdout
