"""`duetime demo`: a year simulated in a moment, then a few seconds live, and replayed."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import UTC, date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from duetime.adapters.cli.base import Command, Status
from duetime.adapters.cli.demo_live import Live, play_live
from duetime.adapters.cli.demo_year import BEGIN, NIGHTS, STORY, ZONE, Year, simulate_year
from duetime.adapters.cli.screen import Screen
from duetime.adapters.cli.tally import show_tallies
from duetime.engine.triggers.base import Json

SECONDS = 10.0
"""How long the live part lasts, if nobody says otherwise."""
MOST_SECONDS = 600
"""More would be more runs than a scheduler remembers, and there would be nothing to compare."""


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=SECONDS,
        metavar="N",
        help="how long the live part lasts (default: %(default)g; 0: no live part)",
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= MOST_SECONDS:
        raise ArgumentTypeError(f"{text!r} must be a number from 0 to {MOST_SECONDS}")
    return seconds


def _run(options: Namespace, screen: Screen) -> Status:
    screen.heading(f"A year of a small web application, {BEGIN:%Y} in {ZONE}, simulated")
    screen.line(f"{STORY}\n")
    year = simulate_year(screen.progress)
    _show_year(year, screen)
    live = _play_live(options.seconds, screen) if options.seconds else None
    screen.json({"year": _year_json(year), "live": None if live is None else _live_json(live)})
    fine = year.is_accounted_for and (live is None or live.is_identical)
    return Status.FINE if fine else Status.FOUND


def _show_year(year: Year, screen: Screen) -> None:
    show_tallies(year.tallies, screen)
    runs = sum(tally.runs for tally in year.tallies)
    rest = "has exactly one fate" if year.is_accounted_for else "SHOULD HAVE ONE FATE, AND HAS NOT"
    screen.line(
        f"\nEach of the {year.due:,} due times {rest}.\n"
        f"{runs:,} runs in {year.seconds:.1f} s: {runs / year.seconds:,.0f} a second.\n"
    )
    screen.heading("The nights on which the clocks change")
    for night, what in NIGHTS.items():
        screen.line(f"{night}: {what}\n")
        screen.table(["report started", "UTC", "since the one before"], _night_rows(year, night))
        screen.line()


def _night_rows(year: Year, night: date) -> list[list[str]]:
    reports = year.reports[night]
    return [
        [
            at.isoformat(timespec="minutes"),
            f"{at.astimezone(UTC):%H:%M}",
            "" if before is None else _hours(at.astimezone(UTC) - before.astimezone(UTC)),
        ]
        for before, at in zip([None, *reports], reports, strict=False)
    ]


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):g} h"


def _play_live(seconds: float, screen: Screen) -> Live:
    screen.heading(f"Live: a page every second for {seconds:g} s, on real threads, journal on")
    with TemporaryDirectory() as folder:
        live = play_live(Path(folder), seconds, screen.line)
    screen.line()
    screen.heading("The journal, replayed in virtual time")
    same = "identical" if live.is_identical else "DIFFERENT"
    screen.line(
        f"{live.records} records in {live.replay_seconds * 1_000:.1f} ms; every decision is "
        f"identical.\n{len(live.runs)} runs, their due times, starts and ends: {same}."
    )
    return live


def _year_json(year: Year) -> Json:
    return {
        "due": year.due,
        "accounted_for": year.is_accounted_for,
        "tasks": {tally.name: tally.to_json() for tally in year.tallies},
        "reports": {
            night.isoformat(): [at.isoformat() for at in reports]
            for night, reports in year.reports.items()
        },
        "seconds": year.seconds,
    }


def _live_json(live: Live) -> Json:
    return {
        "records": live.records,
        "runs": len(live.runs),
        "identical": live.is_identical,
        "replay_seconds": live.replay_seconds,
    }


COMMAND = Command(
    name="demo",
    summary="show duetime at work; ends by itself",
    description=(
        "Simulate one year of a small web application's schedule, then run a page generator live "
        "and replay its journal. Exit status 1: the replay differs."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
