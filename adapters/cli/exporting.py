"""`duetime export PLAN --ics [FILE]`: the occurrences of a plan as a calendar file."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from duetime.adapters.cli.base import Command, Status, add_plan
from duetime.adapters.cli.screen import Screen
from duetime.adapters.cli.spans import add_stretch, read_stretch
from duetime.adapters.offline.ics import MOST, CalendarFile, calendar_file
from duetime.adapters.plans import read_plan
from duetime.adapters.stores.files import write_file
from duetime.engine.errors import BadArgumentError
from duetime.engine.instants import iso

STDOUT = "-"


def _add_arguments(parser: ArgumentParser) -> None:
    add_plan(parser)
    parser.add_argument(
        "--ics",
        metavar="FILE",
        nargs="?",
        const=STDOUT,
        help="write a calendar (iCalendar) to this file, or to stdout without one",
    )
    add_stretch(parser, default="90d")


def _run(options: Namespace, screen: Screen) -> Status:
    if options.ics is None:
        raise BadArgumentError("say what to write: --ics FILE for a calendar")
    if options.ics == STDOUT and options.json:
        raise BadArgumentError("--json tells about a file; give one: --ics FILE")
    plan, stretch = read_plan(options.plan), read_stretch(options)
    calendar = calendar_file(plan, stretch.begin, stretch.end)
    if options.ics == STDOUT:
        # Bytes, because a calendar is UTF-8 with CRLF whatever the locale and the system are.
        sys.stdout.flush()
        sys.stdout.buffer.write(calendar.text.encode())
        sys.stdout.buffer.flush()
        return Status.FINE
    _write(Path(options.ics), calendar)
    several = "s" * (calendar.events != 1)
    screen.line(f"{calendar.events:,} event{several} in {options.ics}")
    if calendar.left_out:
        screen.line(f"left out, due after their own runs: {', '.join(calendar.left_out)}")
    screen.json(
        {
            "file": options.ics,
            "from": iso(stretch.begin),
            "until": iso(stretch.end),
            "events": calendar.events,
            "left_out": list(calendar.left_out),
        }
    )
    return Status.FINE


def _write(path: Path, calendar: CalendarFile) -> None:
    if path.is_dir():
        raise BadArgumentError(f"{path} is a folder; give the name of a file")
    try:
        write_file(path, calendar.text.encode())
    except OSError as error:
        raise BadArgumentError(f"{path} cannot be written: {error.strerror}") from None


COMMAND = Command(
    name="export",
    summary="write the occurrences of a plan as a calendar file",
    description=(
        f"Write an event for each occurrence of a plan, at most {MOST:,}, as a calendar that other "
        "programs show (iCalendar, RFC 5545)."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
