"""The sample cases in tests/cases: lines of JSON."""

import json
from pathlib import Path
from typing import Any

CASES = Path(__file__).parents[2] / "cases"


def read_cases(name: str) -> list[dict[str, Any]]:
    """Return the cases of a file."""
    text = (CASES / name).read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]
