"""The sheet that a picture is drawn on: heading, legend, axes and notes, one under the other.

All places and sizes are in points. Nothing is left to automatic layout: what stands where follows
from the data alone, so that nothing overlaps and the same figures give the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from duetime.adapters.offline.drawing.lettering import clean, elide, text_width
from duetime.adapters.offline.drawing.looks import Look
from duetime.adapters.offline.drawing.ticks import (
    Stretch,
    choose_ticks,
    moment_text,
    shared_labels,
)
from duetime.engine.instants import SECOND, Instant
from duetime.engine.zones import Zone, zone

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

WIDTH = 720.0
MARGIN = 16.0
RIGHT = 26.0
"""Free at the right of the axes; half of the last label of a time axis reaches into it."""
TIME_AXIS = 47.0
"""Under axes, for two lines of labels and the name of the zone."""
_CHANGE_STRIP, _NO_STRIP = 16.0, 6.0
"""Above axes, for the labels of changes of clocks, and where there are none."""
MOST_CHANGES = 60
"""Of more changes of clocks none is drawn, and a note says so."""
TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 13.0, 9.0, 8.0

_POINTS_PER_INCH = 72
_MILLION = 1_000_000
_TITLE_LINE, _SUBTITLE_LINE, _LEGEND_LINE, _NOTE_LINE = 20.0, 18.0, 12.5, 13.0
_LEGEND_HANDLE = 22.0
_LEGEND_GAP = 16.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands around the axes. `legend`: artists with labels, each only for its looks."""

    title: str
    subtitle: str
    legend: Sequence["Artist"] = ()
    notes: Sequence[str] = ()


class Sheet:
    """One picture. Its height follows from the parts; `body` is that of the axes."""

    def __init__(self, look: Look, head: Head, *, above: float, body: float, below: float) -> None:
        """Begin with everything but the axes. `above`, `below`: free around them, for labels."""
        from matplotlib.figure import Figure

        columns, legend_height = _legend_size(head.legend)
        self.look = look
        self._axes_top = MARGIN + _TITLE_LINE + _SUBTITLE_LINE + legend_height + above
        self._body = body
        notes_top = self._axes_top + body + below
        # Whole points are whole dots: no edge of the page shines through.
        self._height = ceil(notes_top + _NOTE_LINE * len(head.notes) + MARGIN / 2)
        size = (WIDTH / _POINTS_PER_INCH, self._height / _POINTS_PER_INCH)
        self.figure = Figure(figsize=size, facecolor=look.page)
        room = WIDTH - 2 * MARGIN
        title = elide(clean(head.title), room, TITLE_SIZE, bold=True)
        self._line(title, MARGIN, size=TITLE_SIZE, bold=True)
        self._line(elide(clean(head.subtitle), room, TEXT_SIZE), MARGIN + _TITLE_LINE)
        for number, note in enumerate(head.notes):
            self._line(
                elide(note, room, SMALL_SIZE), notes_top + number * _NOTE_LINE, size=SMALL_SIZE
            )
        if head.legend:
            self._legend(head.legend, columns, MARGIN + _TITLE_LINE + _SUBTITLE_LINE)

    def axes(self, left: float, right: float = RIGHT) -> "Axes":
        """Return empty axes that leave so much free at both sides."""
        bottom = self._height - self._axes_top - self._body
        axes = self.figure.add_axes(
            (
                left / WIDTH,
                bottom / self._height,
                (WIDTH - left - right) / WIDTH,
                self._body / self._height,
            )
        )
        axes.set_facecolor(self.look.page)
        axes.tick_params(colors=self.look.soft, labelsize=SMALL_SIZE, length=3, width=0.8, pad=3)
        for side, spine in axes.spines.items():
            spine.set_visible(side == "bottom")
            spine.set_color(self.look.soft)
        return axes

    def _line(self, text: str, top: float, *, size: float = TEXT_SIZE, bold: bool = False) -> None:
        self.figure.text(
            MARGIN / WIDTH,
            1 - top / self._height,
            text,
            size=size,
            va="top",
            weight="bold" if bold else "normal",
            color=self.look.text if bold else self.look.soft,
        )

    def _legend(self, entries: Sequence["Artist"], columns: int, top: float) -> None:
        # Matplotlib fills columns; it shall read row by row.
        by_column = [entries[i] for c in range(columns) for i in range(c, len(entries), columns)]
        self.figure.legend(
            handles=by_column,
            loc="upper left",
            bbox_to_anchor=(MARGIN / WIDTH, 1 - top / self._height),
            ncols=columns,
            frameon=False,
            borderpad=0,
            borderaxespad=0,
            fontsize=SMALL_SIZE,
            labelcolor=self.look.text,
            handlelength=_LEGEND_HANDLE / SMALL_SIZE - 0.6,
            handletextpad=0.6,
            columnspacing=_LEGEND_GAP / SMALL_SIZE,
        )


def time_axis(axes: "Axes", stretch: Stretch, look: Look) -> None:
    """Give axes a time axis; x is points from their left."""
    ticks = choose_ticks(stretch, _small_width)
    axes.set_xlim(0, stretch.points)
    axes.set_xticks([stretch.place(tick.at) for tick in ticks], [tick.label for tick in ticks])
    for middle, text in shared_labels(stretch, ticks, _small_width, RIGHT - 2):
        _below(axes, text, middle / stretch.points, 16, look.soft)
    _below(axes, f"Time in {stretch.zone.key}", 0.5, 32, look.text)


def count_ticks(most: int) -> tuple[Sequence[float], Sequence[str]]:
    """Return a few round numbers from 0 to `most`, and how they are written.

    >>> count_ticks(3)[1], count_ticks(5_000_000)[1]
    (['0', '1', '2', '3'], ['0', '1M', '2M', '3M', '4M', '5M'])
    """
    from matplotlib.ticker import MaxNLocator

    found = MaxNLocator(integer=True, nbins=6).tick_values(0, most)
    ticks = [float(tick) for tick in found if 0 <= tick <= most]
    return ticks, [_count_text(tick) for tick in ticks]


def stretch_of(tz: str, begin: Instant, end: Instant, points: float) -> Stretch:
    """Return the time that axes of such a width show: at least a second."""
    return Stretch(zone=zone(tz), begin=begin, end=max(end, begin + SECOND), points=points)


def span_subtitle(what: str, where: Zone, begin: Instant, end: Instant) -> str:
    """Say what a picture shows, and of which time."""
    return f"{what}, {moment_text(where, begin)} to {moment_text(where, end)}, {where.key}"


def say_nothing(axes: "Axes", text: str, look: Look) -> None:
    """Write in the middle of axes why they are empty."""
    axes.text(
        0.5,
        0.5,
        text,
        transform=axes.transAxes,
        ha="center",
        va="center",
        size=TEXT_SIZE + 1,
        color=look.text,
        bbox={"facecolor": look.page, "edgecolor": look.grid, "boxstyle": "round,pad=0.6"},
    )


def _count_text(count: float) -> str:
    if count >= _MILLION:
        return f"{count / _MILLION:,.6g}M"
    return f"{count:,.0f}"


def _below(axes: "Axes", text: str, x: float, points: float, colour: str) -> None:
    """Write so far under the axes; `x`: 0 to 1."""
    axes.annotate(
        text,
        (x, 0),
        xycoords="axes fraction",
        xytext=(0, -points),
        textcoords="offset points",
        ha="center",
        va="top",
        size=SMALL_SIZE,
        color=colour,
    )


def _small_width(text: str) -> float:
    return text_width(text, SMALL_SIZE)


def _legend_size(entries: Sequence["Artist"]) -> tuple[int, float]:
    """Return in how many columns a legend stands, and how high it is."""
    if not entries:
        return 1, 0.0
    widest = max(_small_width(str(entry.get_label())) for entry in entries)
    column = widest + _LEGEND_HANDLE + _LEGEND_GAP
    columns = max(1, min(len(entries), int((WIDTH - 2 * MARGIN) // column)))
    return columns, -(-len(entries) // columns) * _LEGEND_LINE + 6
