"""`duetime simulate PLAN`: what a plan comes to, over years, in a moment."""

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from duetime.adapters.cli.base import Command, Status, add_plan, whole_number
from duetime.adapters.cli.drawings import add_drawings, read_drawings
from duetime.adapters.cli.screen import Screen
from duetime.adapters.cli.simulated import many_json, show_many, show_summary, summary_json
from duetime.adapters.cli.spans import Stretch, add_stretch, read_stretch
from duetime.adapters.offline.clock_changes import clock_parts
from duetime.adapters.offline.many import Sample, simulate_many
from duetime.adapters.offline.picturing import Picturing
from duetime.adapters.offline.recorded import recorded_lengths
from duetime.adapters.offline.scenario import Scenario, read_scenario
from duetime.adapters.offline.simulating import simulate_plan
from duetime.adapters.offline.summary import Summary
from duetime.adapters.offline.windows import Row, Window, rows_of
from duetime.adapters.plans import Plan, read_plan
from duetime.engine.errors import BadArgumentError
from duetime.engine.instants import iso
from duetime.engine.zones import zone

MOST_RUNS = 1_000_000
"""So many simulations at most."""

_BAR = 24
_TIMES = ("nominal", "last", "planned", "started", "ended")


def _add_arguments(parser: ArgumentParser) -> None:
    add_plan(parser)
    add_stretch(parser, default="1y")
    parser.add_argument("--scenario", metavar="FILE", help="failures, outages, verbs: a TOML file")
    parser.add_argument(
        "--takes-from",
        metavar="SOURCE",
        help="a journal or a store: runs take as long as one of those recorded there",
    )
    parser.add_argument(
        "--seed", metavar="N", type=whole_number(0), default=0, help="of what is drawn"
    )
    parser.add_argument(
        "--runs",
        metavar="N",
        type=whole_number(1, MOST_RUNS),
        help="simulate N times, with N seeds from --seed on",
    )
    add_drawings(parser)
    parser.add_argument("--tz", metavar="ZONE", help="of the pictures; that of most tasks, if not")


def _run(options: Namespace, screen: Screen) -> Status:
    drawings = read_drawings(options)
    if options.runs and (options.csv or drawings):
        raise BadArgumentError("--runs gives figures alone; leave out --csv, --plot and --report")
    plan, stretch = read_plan(options.plan), read_stretch(options)
    clock = zone(options.tz or _usual_zone(plan))
    scenario = read_scenario(options.scenario) if options.scenario else Scenario()
    if options.takes_from:
        scenario = _with_recorded(plan, scenario, options.takes_from)
    scenario.check(plan)
    scenario.happenings(stretch.begin, stretch.end)  # too many are told before anything is shown
    head = f"{plan.path}, {iso(stretch.begin)} to {iso(stretch.end)}\n"
    about = {
        "plan": str(plan.path),
        "from": iso(stretch.begin),
        "until": iso(stretch.end),
        "seed": options.seed,
    }
    if options.runs:
        samples = _simulate_many(options, plan, stretch, scenario, screen)
        screen.line(head)
        show_many(samples, screen)
        screen.json({**about, "runs": options.runs, "figures": many_json(samples)})
        return Status.FINE
    summary = Summary(plan.names(), stretch.begin, stretch.end)
    picturing = Picturing(stretch.begin, stretch.end, clock)
    windows = simulate_plan(plan, stretch.begin, stretch.end, scenario=scenario, seed=options.seed)
    followed = _followed(windows, stretch, summary, picturing if drawings else None, screen)
    if options.csv:
        screen.csv(Row._fields, (_cells(row) for each in followed for row in rows_of(each)))
    for _ in followed:
        pass  # what is looked for is what the summary has taken in
    screen.line(head)
    show_summary(summary, screen)
    if drawings:
        drawings.write(picturing.figures(plan.path.name, summary))
    screen.json({**about, **summary_json(summary)})
    return Status.FINE


def _with_recorded(plan: Plan, scenario: Scenario, source: str) -> Scenario:
    """Let the runs of tasks that are known there take as long as recorded ones."""
    recorded = recorded_lengths(source)
    known = {name: lengths for name, lengths in recorded.items() if name in plan.names()}
    return replace(scenario, takes={**known, **scenario.takes})


def _followed(
    windows: Iterator[Window],
    stretch: Stretch,
    summary: Summary,
    picturing: Picturing | None,
    screen: Screen,
) -> Iterator[Window]:
    """Let windows pass, and take in what they say."""
    span = stretch.end - stretch.begin
    try:
        for window in windows:
            summary.take(window)
            if picturing is not None:
                picturing.take(window)
            screen.progress(_bar(window.end - stretch.begin, span, iso(window.end)))
            yield window
    finally:
        screen.progress("")


def _simulate_many(
    options: Namespace, plan: Plan, stretch: Stretch, scenario: Scenario, screen: Screen
) -> list[Sample]:
    seeds = range(options.seed, options.seed + options.runs)
    samples = []
    found = simulate_many(plan, stretch.begin, stretch.end, seeds, scenario=scenario)
    try:
        for done, sample in enumerate(found, 1):
            samples.append(sample)
            screen.progress(_bar(done, len(seeds), f"{done:,} of {len(seeds):,}"))
    finally:
        screen.progress("")
    return samples


def _bar(done: int, of: int, text: str) -> str:
    filled = _BAR * done // of
    return f"simulating [{'#' * filled}{'.' * (_BAR - filled)}] {text}"


def _cells(row: Row) -> list[object]:
    """Return the cells of a row: times as ISO 8601 text, nothing for what does not apply."""
    return [
        iso(value) if name in _TIMES and isinstance(value, int) else value
        for name, value in zip(Row._fields, row, strict=True)
    ]


def _usual_zone(plan: Plan) -> str:
    """Return the zone of most tasks; UTC if none has any."""
    found = Counter(
        part.trigger.tz for each in plan.tasks for part in clock_parts(each.task.trigger)
    )
    return found.most_common(1)[0][0] if found else "UTC"


COMMAND = Command(
    name="simulate",
    summary="live through a plan in virtual time, and say what it comes to",
    description=(
        "Live through a plan in virtual time, every due time with its fate. Runs take as long as "
        "the plan says, and call nothing. The same seed gives the same result."
    ),
    add_arguments=_add_arguments,
    run=_run,
    csv=True,
)
