"""A report of a simulated plan: one HTML file that needs no network and runs no script.

It tells what was simulated, which clocks changed, what became of every task, and holds the pictures
of `charts`, each with its numbers as a table.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from duetime.adapters.offline.charts import Chart, chart_svg
from duetime.adapters.offline.drawing.busy import coarser
from duetime.adapters.offline.drawing.changes import change_text
from duetime.adapters.offline.drawing.looks import BARS, MARKS
from duetime.adapters.offline.drawing.page import (
    LONG_TABLE,
    Table,
    facts,
    figure,
    folded,
    page,
    section,
    table,
)
from duetime.adapters.offline.drawing.ticks import WEEKDAYS, moment_text
from duetime.adapters.offline.figures import Busy, Figures, Lane
from duetime.engine.catchup import Fate
from duetime.engine.instants import Instant, iso, span_words
from duetime.engine.zones import Zone, zone

_BUSY_ROWS = 24
"""So many spans has the table of how many run at once."""


def write_report(figures: Figures, path: Path | str) -> None:
    """Write the report to a file. Raises BadArgumentError without matplotlib."""
    Path(path).write_text(report_html(figures), "utf-8", newline="\n")


def report_html(figures: Figures) -> str:
    """Return the report. Raises BadArgumentError without matplotlib."""
    parts = [
        _summary(figures),
        section("Changes of clocks", [_changes(figures)]),
        section("Runs and fates", [_tallies(figures)]),
        section("What each task does", [_timeline(figures)]),
        section("When runs start", [_week(figures)]),
        section("How many run at once", [_busy(figures)]),
    ]
    return page(figures.title, parts)


def _summary(figures: Figures) -> str:
    where = zone(figures.tz)
    return facts(
        [
            ("Zone", figures.tz),
            ("From", moment_text(where, figures.begin)),
            ("To", moment_text(where, figures.end)),
            ("Length", span_words(figures.end - figures.begin)),
            ("Tasks", f"{len(figures.tallies):,}"),
            ("Runs", f"{sum(tally.runs for tally in figures.tallies):,}"),
        ]
    )


def _changes(figures: Figures) -> str:
    if not figures.changes:
        return f"<p>No clock of {figures.tz} is changed in this time.</p>"
    where = zone(figures.tz)
    content = Table(
        caption=f"When the clock of {figures.tz} is changed, and by how much",
        head=["New time", "Instant", "Change"],
        rows=[
            [moment_text(where, instant), iso(instant), change_text(moved)]
            for instant, moved in sorted(figures.changes.items())
        ],
    )
    if len(content.rows) <= LONG_TABLE:
        return table(content)
    return folded(f"{len(content.rows):,} changes of the clock", table(content))


def _tallies(figures: Figures) -> str:
    tallies = figures.tallies
    fates = [fate for fate in Fate if any(tally.fates.get(fate) for tally in tallies)]
    sums = [sum(tally.fates.get(fate, 0) for tally in tallies) for fate in fates]
    content = Table(
        caption="Runs of each task, those asked for by hand included; fates of its due times",
        head=["Task", "Runs", *(fate.capitalize() for fate in fates)],
        rows=[
            [tally.name, *_numbers([tally.runs, *(tally.fates.get(fate, 0) for fate in fates)])]
            for tally in tallies
        ],
        total=["All", *_numbers([sum(tally.runs for tally in tallies), *sums])],
    )
    return table(content) if tallies else "<p>There is no task.</p>"


def _timeline(figures: Figures) -> str:
    where = zone(figures.tz)
    time = _time(where, figures.lanes_begin, figures.lanes_end)
    counts = [_counts(lane) for lane in figures.lanes]
    labels = {key: look.label for looks in (BARS, MARKS) for key, look in looks.items()}
    kinds = [kind for kind in labels if any(count[kind] for count in counts)]
    total = sum(counts, Counter[str]())
    content = Table(
        caption=f"Runs and fates of each task, {time}",
        head=["Task", *(labels[kind].capitalize() for kind in kinds)],
        rows=[
            [lane.name, *_numbers([count[kind] for kind in kinds])]
            for lane, count in zip(figures.lanes, counts, strict=True)
        ],
    )
    said = ", ".join(f"{total[kind]:,} {labels[kind]}" for kind in kinds) or "nothing is due"
    alternative = f"A lane for each of {len(figures.lanes):,} tasks, {time}: {said}."
    caption = f"Runs as bars, due times that started nothing as marks, {time}"
    return _pictured(figures, Chart.TIMELINE, content, caption=caption, alternative=alternative)


def _week(figures: Figures) -> str:
    week = figures.week
    content = Table(
        caption=f"Starts of runs by weekday and hour of {figures.tz}",
        head=["Weekday", *(f"{hour:02d}" for hour in range(24))],
        rows=[[day, *_numbers(hours)] for day, hours in zip(WEEKDAYS, week, strict=True)],
    )
    most, day, hour = max(
        (count, -day, -hour) for day, hours in enumerate(week) for hour, count in enumerate(hours)
    )
    said = f"most, {most:,}, on {WEEKDAYS[-day]}s from {-hour:02d}:00 on" if most else "none"
    alternative = f"A heat map of {sum(map(sum, week)):,} starts by weekday and hour: {said}."
    caption = f"Starts of runs by weekday and hour of {figures.tz}"
    return _pictured(figures, Chart.WEEK, content, caption=caption, alternative=alternative)


def _busy(figures: Figures) -> str:
    where, busy = zone(figures.tz), coarser(figures.busy, _BUSY_ROWS)
    content = Table(
        caption=f"Runs at once, in spans of {span_words(busy.size)}",
        head=[f"From ({figures.tz})", "Most", "Mean"],
        rows=[
            [moment_text(where, busy.begin + i * busy.size), f"{most:,}", f"{mean:,.2f}"]
            for i, (most, mean) in enumerate(zip(busy.most, busy.mean, strict=True))
        ],
    )
    alternative = f"How many runs go at once, over time: {_peak(where, figures.busy)}."
    caption = f"Runs at once, {_time(where, figures.begin, figures.end)}"
    return _pictured(figures, Chart.BUSY, content, caption=caption, alternative=alternative)


def _pictured(
    figures: Figures, which: Chart, content: Table, *, caption: str, alternative: str
) -> str:
    """Return a picture with its numbers as a table."""
    light, dark = chart_svg(figures, which), chart_svg(figures, which, dark=True)
    picture = figure(caption, alternative, light, dark)
    return f"<figure>\n{picture}\n</figure>\n" + folded("The numbers as a table", table(content))


def _counts(lane: Lane) -> Counter[str]:
    ends = Counter(outcome for _, _, outcome in lane.bars)
    return ends + Counter(fate for _, fate in lane.marks)


def _peak(where: Zone, busy: Busy) -> str:
    most = max(busy.most, default=0)
    if not most:
        return "none"
    first = busy.begin + list(busy.most).index(most) * busy.size
    mean = sum(busy.mean) / len(busy.mean)
    return f"at most {most:,}, first after {moment_text(where, first)}; {mean:,.2f} on average"


def _time(where: Zone, begin: Instant, end: Instant) -> str:
    return f"{moment_text(where, begin)} to {moment_text(where, end)}"


def _numbers(counts: Sequence[int]) -> list[str]:
    return [f"{count:,}" for count in counts]
