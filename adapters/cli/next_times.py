"""`duetime next EXPR`: a trigger in words, and its next times."""

from argparse import ArgumentParser, Namespace
from datetime import datetime, timedelta
from itertools import pairwise

from duetime.adapters.cli.base import Command, Status, whole_number
from duetime.adapters.cli.screen import Screen
from duetime.adapters.expressions import read_expression
from duetime.clocks.real import RealClock
from duetime.engine.instants import SECOND, span_text, to_datetime, to_instant, to_span
from duetime.engine.preview import upcoming
from duetime.engine.triggers.in_words import in_words
from duetime.engine.zones import zone

COUNT = 5
"""So many times are shown if nothing else is said."""
MOST = 100_000
"""So many at most."""

_COLUMNS = ("next", "day", "in_seconds", "offset_seconds")


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "expression",
        metavar="EXPR",
        help="cron, a systemd calendar expression, FREQ=…, a period such as 90s, or a call such "
        "as \"Daily('02:30', tz='Europe/Berlin')\"",
    )
    parser.add_argument("--tz", metavar="ZONE", default="UTC", help="the zone (default UTC)")
    parser.add_argument("--after", metavar="TIME", help="from then on; ISO 8601 + offset; or now")
    parser.add_argument("--until", metavar="TIME", help="not after then")
    parser.add_argument("--start", metavar="TIME", help="of FREQ=…: its first time, local")
    parser.add_argument(
        "--count",
        metavar="N",
        type=whole_number(1, MOST),
        default=COUNT,
        help=f"so many (default {COUNT})",
    )


def _run(options: Namespace, screen: Screen) -> Status:
    trigger = read_expression(options.expression, tz=options.tz, start=options.start)
    after = to_datetime(to_instant(options.after)) if options.after else RealClock().now()
    times = list(upcoming(trigger, after=after, until=options.until, count=options.count))
    clock = zone(getattr(trigger, "tz", "UTC"))
    asked = clock.datetime(to_instant(after))
    screen.line(in_words(trigger))
    screen.line(f"{clock.key}, after {_text(asked)}")
    screen.line()
    if times:
        screen.table(("next", "day", "in", ""), _rows(asked, times))
    else:
        screen.line("never")
    screen.json(
        {
            "trigger": repr(trigger),
            "words": in_words(trigger),
            "tz": clock.key,
            "after": asked.isoformat(),
            "next": [each.isoformat() for each in times],
        }
    )
    screen.csv(_COLUMNS, (_cells(asked, each) for each in times))
    return Status.FINE


def _cells(asked: datetime, moment: datetime) -> list[object]:
    left = (to_instant(moment) - to_instant(asked)) / SECOND
    offset = to_span(moment.utcoffset() or timedelta()) / SECOND
    return [moment.isoformat(), f"{moment:%a}", f"{left:.15g}", f"{offset:.15g}"]


def _rows(asked: datetime, times: list[datetime]) -> list[list[str]]:
    """Return a line for each time; where the clock has changed since the last one, it says so."""
    rows = []
    for before, each in pairwise([asked, *times]):
        left = span_text(to_instant(each) - to_instant(asked))
        rows.append([_text(each), f"{each:%a}", left, _change(before, each)])
    return rows


def _change(before: datetime, after: datetime) -> str:
    moved = (after.utcoffset() or timedelta()) - (before.utcoffset() or timedelta())
    if not moved:
        return ""
    way = "forward" if moved > timedelta() else "back"
    return f"the clock was put {way} by {span_text(abs(to_span(moved)))}"


def _text(moment: datetime) -> str:
    return moment.isoformat(" ")


COMMAND = Command(
    name="next",
    summary="say when a trigger is due, in words, and its next times",
    description=(
        "Say when a trigger is due, in words, and its next times in its own zone. A change of the "
        "clock on the way is marked."
    ),
    add_arguments=_add_arguments,
    run=_run,
    csv=True,
)
