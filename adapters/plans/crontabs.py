"""A crontab, read as a plan; its tasks run their commands. Unix only."""

from pathlib import Path

from duetime.adapters.crontab.commands import Command
from duetime.adapters.crontab.entries import CrontabError
from duetime.adapters.crontab.reading import load
from duetime.adapters.declare import read_task
from duetime.adapters.plans.records import Plan, PlanError, PlannedTask, Problem


def read(path: Path, _: str) -> Plan:
    """Read a crontab; nothing is run.

    Raises PlanError with all lines that cannot be read.
    """
    try:
        crontab = load(path)
    except CrontabError as error:
        problems = [
            Problem(each.line, f"column {each.column}", each.text) for each in error.problems
        ]
        raise PlanError(path, problems) from None
    tasks = [
        PlannedTask(
            task=read_task(entry.name, entry.trigger),
            run=Command(entry),
            at_start=entry.at_start,
            line=entry.line,
        )
        for entry in crontab.entries
    ]
    notices = tuple(Problem(each.line, "", each.text) for each in crontab.notices)
    return Plan(path=path, tasks=tuple(tasks), notices=notices)
