"""Plans for tests, as files."""

from pathlib import Path
from tempfile import TemporaryDirectory

from duetime.adapters.plans import Plan, read_plan
from duetime.engine.instants import Instant, to_instant

BEGIN: Instant = to_instant("2026-01-01T00:00Z")
YEAR_LATER: Instant = to_instant("2027-01-01T00:00Z")
FIVE_LATER: Instant = to_instant("2031-01-01T00:00Z")


def plan_of(text: str) -> Plan:
    """Read a plan that is written like this."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plan.toml"
        path.write_text(text, "utf-8")
        return read_plan(path)


def one_task(*lines: str) -> Plan:
    """Read a plan of one task, in Berlin, with these lines."""
    return plan_of("\n".join(['[defaults]\ntz = "Europe/Berlin"', "[tasks.it]", *lines]))
