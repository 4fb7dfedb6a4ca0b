"""`duetime run PLAN`: a plan for real, until a signal ends it."""

import json
import logging
import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from types import FrameType

from duetime.adapters.cli.base import Command, Status, add_plan
from duetime.adapters.cli.screen import Screen
from duetime.adapters.offline.plan_diff import field_changes
from duetime.adapters.plans import Plan, PlanError, read_plan
from duetime.adapters.plans.applying import Applied, apply_plan, check_calls
from duetime.adapters.threads import Scheduler
from duetime.clocks.real import RealClock
from duetime.engine.events import Event, EventKind
from duetime.engine.instants import to_span, to_timedelta

log = logging.getLogger("duetime.run")

LOOK_SECONDS = 0.5
"""How often a signal is looked for where waiting for one cannot be interrupted (Windows)."""

_ENDING = ("SIGINT", "SIGTERM", "SIGBREAK")
_RELOAD = "SIGHUP"
_RUN_EVENTS = (
    *(EventKind.STARTED, EventKind.FINISHED, EventKind.FAILED, EventKind.LOST),
    *(EventKind.RETRYING, EventKind.STOP_ASKED),
)
"""What the shells do not log by themselves."""
_GRAVE = {EventKind.FAILED: logging.ERROR, EventKind.LOST: logging.WARNING}


def _add_arguments(parser: ArgumentParser) -> None:
    add_plan(parser)
    parser.add_argument("--store", metavar="STORE", help="a path or a URL: what outlives a restart")
    parser.add_argument("--journal", metavar="FILE", help="record every decision, without a store")
    parser.add_argument(
        "--grace", metavar="SPAN", default="10s", help="how long runs may take to end (default 10s)"
    )


def _run(options: Namespace, screen: Screen) -> Status:
    grace = to_timedelta(to_span(options.grace))
    plan = read_plan(options.plan)
    # As `python -m` does: what a plan calls is looked for beside where the command is given.
    sys.path.insert(0, os.getcwd())
    check_calls(plan)
    scheduler = Scheduler(
        RealClock(), store=options.store, journal=options.journal, settings=plan.settings
    )
    with _logging(as_json=options.json), _signals() as signals:
        scheduler.on_event(_log_run, _RUN_EVENTS)
        try:
            applied = apply_plan(scheduler, plan)
            scheduler.start()
            gone = f", {', '.join(applied.removed)} removed" if applied.removed else ""
            log.info("started: %d task(s)%s", len(plan.tasks), gone)
            _log_notices(plan)
            for each in plan.tasks:
                if each.at_start:
                    scheduler.run_now(each.name)
            for name in _each(signals):
                if name != _RELOAD:
                    log.info("%s: ending; runs have %s to end", name, options.grace)
                    break
                plan = _reload(scheduler, plan)
        finally:
            report = scheduler.shutdown(grace)
        for run in report.still_running:
            log.error("task %r: run %d did not end in time", run.name, run.number)
        log.info("ended")
    return Status.FINE if report.ok else Status.FOUND


def _reload(scheduler: Scheduler, before: Plan) -> Plan:
    """Read the plan again and put it in force; one with an error changes nothing."""
    try:
        plan = read_plan(before.path)
        applied = apply_plan(scheduler, plan, before)
    except PlanError as error:
        log.error("the plan in force stays: %s", error)
        return before
    log.info("plan read again: %s", _counts(applied))
    _log_notices(plan)
    old, new = before.by_name(), plan.by_name()
    for name in applied.changed:
        changes = field_changes(old[name], new[name]) if name in old else ()
        told = "; ".join(f"{each.name}: {each.before} -> {each.after}" for each in changes)
        log.info("task %r: %s", name, told or "declared anew")
    if plan.settings != before.settings:
        log.warning("the settings have changed; they are put in force by a restart")
    return plan


def _log_notices(plan: Plan) -> None:
    """Tell what stands in a plan and is done otherwise here."""
    for notice in plan.notices:
        log.warning("%s: %s", plan.path, notice)


def _counts(applied: Applied) -> str:
    counts = {
        "added": applied.added,
        "changed": applied.changed,
        "removed": applied.removed,
        "the same": applied.same,
    }
    told = [f"{len(names)} {what}" for what, names in counts.items() if names]
    return f"tasks: {', '.join(told) or 'none'}"


def _log_run(event: Event) -> None:
    level = _GRAVE.get(event.kind, logging.INFO)
    run = event.run
    fields = {} if run is None else {"task": event.name, "run": run.number, "event": event.kind}
    log.log(level, "%s", str(event).split(" ", 1)[1], extra={"fields": fields})


@contextmanager
def _signals() -> Iterator[SimpleQueue[str]]:
    """Collect the names of signals, in place of what they would do; afterwards they do it again."""
    found: SimpleQueue[str] = SimpleQueue()

    def take(number: int, frame: FrameType | None) -> None:
        found.put(signal.Signals(number).name)

    before = {
        number: signal.signal(number, take)
        for name in (*_ENDING, _RELOAD)
        if (number := getattr(signal, name, None)) is not None
    }
    try:
        yield found
    finally:
        for number, handled in before.items():
            signal.signal(number, handled)


def _each(signals: SimpleQueue[str]) -> Iterator[str]:
    """Yield signals as they come; Ctrl-C gets through where waiting cannot be interrupted."""
    while True:
        try:
            yield signals.get(timeout=LOOK_SECONDS)
        except Empty:
            continue


@contextmanager
def _logging(*, as_json: bool) -> Iterator[None]:
    """Log to stderr as text, or to stdout as JSON, a line each."""
    stream = logging.StreamHandler(sys.stdout if as_json else sys.stderr)
    form = "%(asctime)s %(levelname)-7s %(message)s"
    stream.setFormatter(_JsonLines() if as_json else _Lines(form))
    root = logging.getLogger("duetime")
    level = root.level
    root.setLevel(logging.INFO)
    root.addHandler(stream)
    try:
        yield
    finally:
        root.removeHandler(stream)
        root.setLevel(level)


class _Lines(logging.Formatter):
    """Lines of text, with times in UTC."""

    def formatTime(  # noqa: N802  # the name that logging calls
        self, record: logging.LogRecord, datefmt: str | None = None
    ) -> str:
        """Write when it was, to the millisecond."""
        return _time_text(record)


class _JsonLines(logging.Formatter):
    """JSON, a line each: time, level, logger, message, and what is known of the run."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as a line."""
        data: dict[str, object] = {
            "time": _time_text(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            data["exception"] = self.formatException(record.exc_info)
        return json.dumps(data, ensure_ascii=False)


def _time_text(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


COMMAND = Command(
    name="run",
    summary="run a plan for real, until a signal ends it",
    description=(
        "Run a plan for real. INT and TERM end it in order: nothing more starts, runs are asked to "
        "stop and waited for. HUP reads the plan again and puts in force what has changed. With "
        "--json the log is JSON, a line each. Exit status 1: a run did not end in time."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
