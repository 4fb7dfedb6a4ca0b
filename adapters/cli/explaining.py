"""`duetime explain SOURCE TASK AT`: why a task is due at a time, or not, and what became of it."""

from argparse import ArgumentParser, Namespace
from datetime import datetime

from duetime.adapters.cli.base import Command, Status
from duetime.adapters.cli.screen import Screen
from duetime.adapters.journals import explain as explain_by_journal
from duetime.adapters.offline.by_steps import explain_by_steps
from duetime.adapters.offline.recorded import is_journal
from duetime.adapters.offline.scenario import Scenario, read_scenario
from duetime.adapters.plans import is_plan, read_plan
from duetime.adapters.stores import open_store
from duetime.engine.accounts import Account
from duetime.engine.errors import BadArgumentError, BadTimeError, UnknownTaskError
from duetime.engine.history import time_text
from duetime.engine.instants import DAY, iso, to_datetime, to_instant
from duetime.engine.preview import Explanation, explain
from duetime.engine.triggers.base import Json
from duetime.engine.triggers.combine import zone_name
from duetime.engine.zones import zone


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="a plan, a journal or a store")
    parser.add_argument("task", metavar="TASK", help="the name of the task")
    parser.add_argument(
        "at",
        metavar="AT",
        help="ISO 8601 + offset; for a plan, without one, in the task's zone",
    )
    parser.add_argument(
        "--from", dest="from_", metavar="TIME", help="simulate a plan from then on (default a day)"
    )
    parser.add_argument("--scenario", metavar="FILE", help="what happens to a plan: a TOML file")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of what is drawn")


def _run(options: Namespace, screen: Screen) -> Status:
    if is_plan(options.source):
        return _explain_plan(options, screen)
    if options.from_ or options.scenario:
        raise BadArgumentError("--from and --scenario are for plans; what is recorded is recorded")
    journal = options.source if is_journal(options.source) else open_store(options.source).journal()
    at = to_instant(options.at)
    account = explain_by_journal(journal, options.task, to_datetime(at))
    screen.line(str(account))
    screen.json({"trigger": None, "account": _account_json(account)})
    return Status.FINE


def _explain_plan(options: Namespace, screen: Screen) -> Status:
    plan = read_plan(options.source)
    scenario = read_scenario(options.scenario) if options.scenario else Scenario()
    scenario.check(plan)
    planned = plan.by_name().get(options.task)
    if planned is None:
        raise UnknownTaskError(options.task, tuple(plan.names()))
    asked = _read_at(options.at, zone_name(planned.task.trigger))
    at = to_instant(asked)
    begin = to_instant(options.from_) if options.from_ else at - DAY
    if begin >= at:
        raise BadTimeError(f"--from {iso(begin)} must lie before {iso(at)}")
    explanation = explain(planned.task.trigger, asked, added=begin)
    account = explain_by_steps(plan, options.task, at, begin, scenario, options.seed)
    screen.line(str(explanation))
    screen.line(f"\nsimulated from {iso(begin)}")
    screen.line(str(account))
    screen.json({"trigger": _explanation_json(explanation), "account": _account_json(account)})
    return Status.FINE


def _read_at(text: str, tz: str) -> datetime:
    """Read a time; one without an offset is of the task's zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadTimeError(
            f"{text!r} is no ISO 8601 time; write it like '2026-03-28T00:00+01:00'"
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone(tz).info)


def _explanation_json(explanation: Explanation) -> Json:
    following = explanation.next
    return {
        "at": explanation.at.isoformat(),
        "due": explanation.occurs,
        "steps": list(explanation.steps),
        "next": None if following is None else following.isoformat(),
    }


def _account_json(account: Account) -> Json:
    return {
        "task": account.name,
        "nominal": time_text(account.nominal),
        "fate": str(account.fate),
        "reason": account.reason,
        "run": account.number,
        "parts": [str(part) for part in account.parts],
        "text": str(account),
    }


COMMAND = Command(
    name="explain",
    summary="say why a task is due at a time, or not, and what became of it",
    description=(
        "Say why a task of a plan is due at a time, or not, and what would become of it; or what "
        "became of it, by a journal or a store."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
