"""The picture of what each task does: a lane per task, bars for runs, marks for fates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from duetime.adapters.offline.drawing.bars import Extent, Mark, Spot, thin_bars, thin_marks
from duetime.adapters.offline.drawing.changes import changes_in
from duetime.adapters.offline.drawing.lettering import clean, elide, text_width
from duetime.adapters.offline.drawing.looks import BARS, MARKS, Look
from duetime.adapters.offline.drawing.sheet import (
    MARGIN,
    RIGHT,
    TIME_AXIS,
    WIDTH,
    Head,
    Sheet,
    say_nothing,
    span_subtitle,
    stretch_of,
    time_axis,
)
from duetime.adapters.offline.drawing.ticks import Stretch
from duetime.adapters.offline.figures import Figures, Lane
from duetime.engine.zones import zone

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

MOST_LANES = 120
"""Of more tasks the first are drawn, and a note says how many are not."""

_HIGHEST_LANE, _HIGHEST_BODY = 24.0, 1_152.0
_LEAST_BODY = 48.0
_LONGEST_NAME = 190.0
_LARGEST_NAME_SIZE, _NAME_PART = 9.0, 0.72
"""Names are as large as their lane lets them be: 6.9 points in the narrowest."""
_MARK_PART, _LARGEST_MARK = 0.34, 6.0
_BARS_HIGH, _RAISED_BY = 0.38, 0.18
_BARS_TOP, _BARS_TOP_ALONE = 0.24, 0.40
"""Within a lane; the second where no lane has marks."""
_MARK_MIDDLE = 0.81
"""Marks stand in the lower part, so that neither they nor the bars hide the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What is drawn into the lanes; `thinned`: what is to be said of what is not."""

    bars: Mapping[Spot, Sequence[Extent]]
    marks: Mapping[int, Sequence[Mark]]
    thinned: Sequence[str]

    def outcomes(self) -> set[str]:
        """Return how runs ended, of all that are drawn."""
        return {outcome for _, outcome in self.bars}

    def fates(self) -> set[str]:
        """Return all fates that are drawn."""
        return {fate for found in self.marks.values() for _, fate in found}


def draw_timeline(figures: Figures, look: Look) -> "Figure":
    """Draw the timeline."""
    lanes = figures.lanes[:MOST_LANES]
    begin, end = figures.lanes_begin, figures.lanes_end
    changes = changes_in(begin, end, figures.changes)
    lane_height = min(_HIGHEST_LANE, _HIGHEST_BODY / max(len(lanes), 1))
    name_size = min(_LARGEST_NAME_SIZE, lane_height * _NAME_PART)
    mark_size = min(_LARGEST_MARK, lane_height * _MARK_PART)
    names = [elide(clean(lane.name), _LONGEST_NAME, name_size) for lane in lanes]
    left = MARGIN + max((text_width(name, name_size) for name in names), default=40.0) + 8
    stretch = stretch_of(figures.tz, begin, end, WIDTH - left - RIGHT)
    content = _content(lanes, stretch, mark_size)
    head = Head(
        title=figures.title,
        subtitle=span_subtitle("Runs of each task", zone(figures.tz), begin, end),
        legend=[*_legend(content, look), *changes.legend(look)],
        notes=[*_lane_notes(len(figures.lanes)), *content.thinned, *changes.notes],
    )
    body = max(_LEAST_BODY, len(lanes) * lane_height)
    sheet = Sheet(look, head, above=changes.above, body=body, below=TIME_AXIS)
    axes = sheet.axes(left)
    _draw_lanes(axes, names, name_size, look)
    time_axis(axes, stretch, look)
    changes.draw(axes, stretch, look)
    _draw_bars(axes, content, look)
    _draw_marks(axes, content, mark_size, look)
    if not content.bars and not content.marks:
        say_nothing(axes, "Nothing is due in this time" if lanes else "There is no task", look)
    return sheet.figure


def _content(lanes: Sequence[Lane], stretch: Stretch, mark_size: float) -> _Content:
    """Return bars and marks, as far as they are in the time that is shown and can be seen."""
    bars: dict[Spot, list[Extent]] = {}
    marks: dict[int, list[Mark]] = {}
    for number, lane in enumerate(lanes):
        for begin, end, outcome in lane.bars:
            if begin <= stretch.end and end >= stretch.begin:
                place = stretch.place(max(begin, stretch.begin))
                extent = (place, stretch.place(min(end, stretch.end)))
                bars.setdefault((number, outcome), []).append(extent)
        for instant, fate in lane.marks:
            if stretch.begin <= instant <= stretch.end:
                marks.setdefault(number, []).append((stretch.place(instant), fate))
    fewer_bars = thin_bars(bars, {outcome: bar.least_points for outcome, bar in BARS.items()})
    fewer_marks = thin_marks(marks, mark_size)
    notes = []
    if _count(fewer_bars) < _count(bars):
        notes.append("Runs that are too close to be told apart are drawn as one bar.")
    if _count(fewer_marks) < _count(marks):
        notes.append("Marks that would touch others are left out.")
    return _Content(bars=fewer_bars, marks=fewer_marks, thinned=notes)


def _count(found: Mapping[Spot, Sequence[Extent]] | Mapping[int, Sequence[Mark]]) -> int:
    return sum(map(len, found.values()))


def _draw_lanes(axes: "Axes", names: Sequence[str], size: float, look: Look) -> None:
    axes.set_ylim(max(len(names), 1), 0)
    axes.set_yticks([number + 0.5 for number in range(len(names))], names)
    axes.tick_params(axis="y", length=0, pad=8, labelsize=size, labelcolor=look.text)
    for number in range(1, len(names), 2):
        axes.axhspan(number, number + 1, color=look.stripe, linewidth=0, zorder=0)


def _draw_bars(axes: "Axes", content: _Content, look: Look) -> None:
    """Draw all bars of one kind as one path: it takes a third of what single ones would."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    for order, (outcome, bar) in enumerate(BARS.items()):
        vertices: list[tuple[float, float]] = []
        for (lane, kind), extents in content.bars.items():
            top = lane + (_BARS_TOP if content.marks else _BARS_TOP_ALONE)
            top -= _RAISED_BY if bar.raised else 0
            bottom = top + _BARS_HIGH
            for left, right in extents if kind == outcome else ():
                vertices += (left, top), (right, top), (right, bottom), (left, bottom), (left, top)
        if vertices:
            path = Path(vertices, codes * (len(vertices) // len(codes)))
            patch = PathPatch(path, zorder=2 + order / 10)
            _dress(patch, outcome, look)
            axes.add_patch(patch)


def _draw_marks(axes: "Axes", content: _Content, size: float, look: Look) -> None:
    for fate in MARKS:
        found = [
            (x, lane + _MARK_MIDDLE)
            for lane, marks in content.marks.items()
            for x, kind in marks
            if kind == fate
        ]
        if found:
            line = _mark(fate, size, look)
            line.set_data([x for x, _ in found], [y for _, y in found])
            line.set_zorder(3)
            # A mark at the very begin or end is drawn whole.
            line.set_clip_on(False)
            axes.add_line(line)


def _legend(content: _Content, look: Look) -> Iterator["Artist"]:
    """Yield an entry for each kind that is in the picture."""
    from matplotlib.patches import Patch

    for outcome in BARS:
        if outcome in content.outcomes():
            patch = Patch(label=BARS[outcome].label)
            _dress(patch, outcome, look)
            yield patch
    for fate in MARKS:
        if fate in content.fates():
            line = _mark(fate, _LARGEST_MARK, look)
            line.set_label(MARKS[fate].label)
            yield line


def _dress(patch: "Patch", outcome: str, look: Look) -> None:
    bar, colour = BARS[outcome], look.bars[outcome]
    hollow = bar.hollow or bool(bar.hatch)
    patch.set_facecolor(look.page if hollow else colour)
    patch.set_edgecolor(colour)
    patch.set_linewidth(0.9 if hollow else 0)
    if bar.hatch:
        patch.set_hatch(bar.hatch)


def _mark(fate: str, size: float, look: Look) -> "Line2D":
    from matplotlib.lines import Line2D

    mark, colour = MARKS[fate], look.marks[fate]
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=mark.shape,
        markersize=size,
        markeredgewidth=1.1,
        markeredgecolor=colour,
        markerfacecolor=look.page if mark.hollow else colour,
    )


def _lane_notes(count: int) -> list[str]:
    more = count - MOST_LANES
    if more <= 0:
        return []
    return [f"… and {more:,} more task{'s' * (more > 1)}, not drawn."]
