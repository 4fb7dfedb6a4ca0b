"""The occurrences of a plan within a stretch of time, also with other time-zone data.

Which data is in use is settled when a process first asks for a zone. With other data, another
process finds them: this module is also the program that it runs.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from duetime.adapters.plans import read_plan
from duetime.adapters.plans.records import Plan
from duetime.engine.errors import BadArgumentError
from duetime.engine.instants import Instant
from duetime.engine.triggers.base import Json

MOST = 1_000_000
"""So many occurrences of a plan are looked at."""

Occurrences: TypeAlias = dict[str, list[Instant]]
"""The nominal times of each task, in order."""


def occurrences(plan: Plan, begin: Instant, end: Instant) -> Occurrences:
    """Return what is due after `begin` and not after `end`; of tasks that follow runs, nothing.

    A task without an anchor is added at the beginning.
    Raises BadArgumentError for more than a million.
    """
    left = MOST
    found: Occurrences = {}
    for task in plan.tasks:
        bound = task.task.trigger.bind(begin, None)
        nominals = [] if bound.follows_runs else islice(bound.between(begin, end), left + 1)
        found[task.name] = list(nominals)
        left -= len(found[task.name])
        if left < 0:
            raise BadArgumentError(
                f"{plan.path}: more than {MOST:,} due times; take a shorter span, by --for or "
                "--until"
            )
    return found


def occurrences_with(plan: Plan, begin: Instant, end: Instant, *, tzdata: Path) -> Occurrences:
    """Return the same as the time-zone data in a folder has it; the plan is read once more.

    The folder is one of the search path of `zoneinfo`, such as /usr/share/zoneinfo.
    Raises BadArgumentError for a folder without the zones of the plan.
    """
    zones = {tz for each in plan.tasks for tz in _zones_in(each.task.trigger.to_json())}
    for tz in sorted(zones - {"UTC"}):
        if not _is_zone(tzdata / tz):
            raise BadArgumentError(f"{tzdata} has no time-zone data for {tz}")
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(plan.path), str(begin), str(end)],
        env={
            **os.environ,
            "PYTHONTZPATH": str(tzdata.resolve()),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise BadArgumentError(f"{plan.path}, with the time-zone data in {tzdata}: {last}")
    found: Occurrences = json.loads(done.stdout)
    return found


def _zones_in(part: Json) -> Iterator[str]:
    """Yield the zones of a trigger written as JSON, and those of all that is in it."""
    if isinstance(part, dict) and isinstance(part.get("tz"), str):
        yield str(part["tz"])
    inside = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for each in inside:
        yield from _zones_in(each)


def _is_zone(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(4) == b"TZif"
    except OSError:
        return False


def _main(path: str, begin: str, end: str) -> None:
    json.dump(occurrences(read_plan(path), int(begin), int(end)), sys.stdout)


if __name__ == "__main__":
    _main(*sys.argv[1:])
