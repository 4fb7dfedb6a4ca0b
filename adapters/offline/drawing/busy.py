"""The picture of how many runs go at once: the most as a line, the mean as an area."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from duetime.adapters.offline.drawing.changes import changes_in
from duetime.adapters.offline.drawing.looks import Look
from duetime.adapters.offline.drawing.sheet import (
    MARGIN,
    RIGHT,
    SMALL_SIZE,
    TIME_AXIS,
    WIDTH,
    Head,
    Sheet,
    count_ticks,
    say_nothing,
    span_subtitle,
    stretch_of,
    time_axis,
)
from duetime.adapters.offline.drawing.ticks import Stretch
from duetime.adapters.offline.figures import Busy, Figures
from duetime.engine.zones import zone

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_SPANS = 480
"""Of more spans some are drawn as one: a step of less than a point of paper can hardly be seen."""

_BODY = 190.0
_LEFT = MARGIN + 48.0
_LINE_WIDTH = 1.0
_AREA_ALPHA = 0.45


def draw_busy(figures: Figures, look: Look) -> "Figure":
    """Draw how busy the plan is."""
    begin, end = figures.begin, figures.end
    stretch = stretch_of(figures.tz, begin, end, WIDTH - _LEFT - RIGHT)
    busy = coarser(figures.busy, MOST_SPANS)
    changes = changes_in(begin, end, figures.changes)
    active = any(busy.most)
    head = Head(
        title=figures.title,
        subtitle=span_subtitle("Runs at once", zone(figures.tz), begin, end),
        legend=[*(_legend(look) if active else []), *changes.legend(look)],
        notes=changes.notes,
    )
    sheet = Sheet(look, head, above=changes.above, body=_BODY, below=TIME_AXIS)
    axes = sheet.axes(_LEFT)
    time_axis(axes, stretch, look)
    _draw_counts(axes, busy, stretch, look)
    changes.draw(axes, stretch, look)
    if not active:
        say_nothing(axes, "Nothing runs in this time", look)
    return sheet.figure


def coarser(busy: Busy, limit: int) -> Busy:
    """Return the same with at most so many spans: of those that become one, most and mean."""
    factor = -(-len(busy.most) // limit)
    if factor <= 1:
        return busy
    starts = range(0, len(busy.most), factor)
    return Busy(
        begin=busy.begin,
        size=busy.size * factor,
        most=[max(busy.most[i : i + factor]) for i in starts],
        mean=[_mean(busy.mean[i : i + factor]) for i in starts],
    )


def _draw_counts(axes: "Axes", busy: Busy, stretch: Stretch, look: Look) -> None:
    # The last span may be cut off by the end.
    edges = [
        stretch.place(min(busy.begin + busy.size * i, stretch.end))
        for i in range(len(busy.most) + 1)
    ]
    if busy.most:
        mean = look.bars["finished"]
        axes.stairs(busy.mean, edges, fill=True, color=mean, alpha=_AREA_ALPHA, linewidth=0)
        axes.stairs(busy.most, edges, baseline=None, color=look.text, linewidth=_LINE_WIDTH)
    most = max([*busy.most, 1])
    axes.set_ylim(0, most * 1.08)
    axes.set_yticks(*count_ticks(most))
    axes.grid(axis="y", color=look.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.set_ylabel("Runs at once", size=SMALL_SIZE, color=look.text)
    axes.yaxis.set_label_coords((MARGIN + SMALL_SIZE - _LEFT) / stretch.points, 0.5)


def _legend(look: Look) -> list["Artist"]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        Line2D([], [], color=look.text, linewidth=_LINE_WIDTH, label="most"),
        Patch(color=look.bars["finished"], alpha=_AREA_ALPHA, linewidth=0, label="mean"),
    ]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
