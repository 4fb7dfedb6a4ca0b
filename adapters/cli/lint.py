"""`duetime lint PLAN`: what may be wrong with a plan, although it can be read."""

from argparse import ArgumentParser, Namespace

from duetime.adapters.cli.base import Command, Status, add_plan
from duetime.adapters.cli.screen import Screen
from duetime.adapters.cli.spans import add_years, read_years
from duetime.adapters.offline.findings import Code, Finding
from duetime.adapters.offline.lint import lint
from duetime.adapters.plans import read_plan
from duetime.engine.errors import BadArgumentError
from duetime.engine.instants import iso
from duetime.engine.triggers.base import Json

_HEAD = ("code", "line", "tasks", "what", "why", "remedy")


def _add_arguments(parser: ArgumentParser) -> None:
    add_plan(parser)
    add_years(parser)
    parser.add_argument(
        "--ignore", metavar="CODE", action="append", default=[], help="say nothing of this"
    )


def _run(options: Namespace, screen: Screen) -> Status:
    ignored = [_read_code(text) for text in options.ignore]
    plan, stretch = read_plan(options.plan), read_years(options)
    found = [each for each in lint(plan, stretch.begin, stretch.end) if each.code not in ignored]
    for each in found:
        screen.line(f"{plan.path}:{each.line}: {each.code} {_tasks(each)}", style="bold")
        screen.line(f"  {each.what}")
        screen.line(f"  why: {each.why}")
        screen.line(f"  do:  {each.remedy}")
    number = len(found)
    screen.line(f"{number} finding{'s' * (number != 1)}" if found else "nothing found")
    screen.csv(_HEAD, ([*_as_json(each).values()] for each in found))
    screen.json(
        {
            "plan": str(plan.path),
            "from": iso(stretch.begin),
            "until": iso(stretch.end),
            "findings": [{**_as_json(each), "tasks": list(each.tasks)} for each in found],
        }
    )
    return Status.FOUND if found else Status.FINE


def _read_code(text: str) -> Code:
    try:
        return Code(text)
    except ValueError:
        allowed = ", ".join(Code)
        raise BadArgumentError(f"--ignore {text!r}: there is no such code; {allowed}") from None


def _tasks(finding: Finding) -> str:
    return ", ".join(finding.tasks) or "plan"


def _as_json(finding: Finding) -> dict[str, Json]:
    return {
        "code": str(finding.code),
        "line": finding.line,
        "tasks": ", ".join(finding.tasks),
        "what": finding.what,
        "why": finding.why,
        "remedy": finding.remedy,
    }


COMMAND = Command(
    name="lint",
    summary="find what may be wrong with a plan",
    description=(
        "Find what may be wrong with a plan, although it can be read: tasks that never run, times "
        "that a change of the clocks skips, runs that overlap. Exit status 1: something is found."
    ),
    add_arguments=_add_arguments,
    run=_run,
    csv=True,
)
