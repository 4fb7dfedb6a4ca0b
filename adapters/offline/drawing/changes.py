"""How changes of clocks are drawn: as labelled lines through the axes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from duetime.adapters.offline.drawing.lettering import text_width
from duetime.adapters.offline.drawing.looks import Look
from duetime.adapters.offline.drawing.sheet import SMALL_SIZE
from duetime.adapters.offline.drawing.ticks import Stretch
from duetime.engine.instants import Instant, Span, span_text

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

MOST_CHANGES = 60
"""Of more changes of clocks none is drawn, and a note says so."""

_STRIP, _NO_STRIP = 16.0, 6.0
_LINE_WIDTH = 0.9
_DASHES = (0, (4, 2.5))
_GAP = 4.0


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of clocks in the time that axes show, in their order."""

    shown: tuple[tuple[Instant, Span], ...]
    count: int

    @property
    def above(self) -> float:
        """How much must be free above the axes, in points."""
        return _STRIP if self.shown else _NO_STRIP

    @property
    def notes(self) -> list[str]:
        """What is to be said where there are too many."""
        if self.shown or not self.count:
            return []
        return [f"{self.count:,} changes of the clock are not drawn."]

    def legend(self, look: Look) -> list["Artist"]:
        """Return what the legend says of them."""
        from matplotlib.lines import Line2D

        if not self.shown:
            return []
        line = Line2D([], [], color=look.soft, linewidth=_LINE_WIDTH, linestyle=_DASHES)
        line.set_label("clock changed")
        return [line]

    def draw(self, axes: "Axes", stretch: Stretch, look: Look) -> None:
        """Draw them all; a label that would touch another is left out."""
        free = -stretch.points
        for instant, moved in self.shown:
            x = stretch.place(instant)
            axes.axvline(x, color=look.soft, linewidth=_LINE_WIDTH, linestyle=_DASHES, zorder=1.5)
            label = change_text(moved)
            half = text_width(label, SMALL_SIZE) / 2
            if x - half >= free:
                axes.annotate(
                    label,
                    (x, 1),
                    xycoords=axes.get_xaxis_transform(),
                    xytext=(0, 3),
                    textcoords="offset points",
                    ha="center",
                    size=SMALL_SIZE,
                    color=look.soft,
                )
                free = x + half + _GAP


def changes_in(begin: Instant, end: Instant, changes: Mapping[Instant, Span]) -> Changes:
    """Return the changes of clocks from `begin` to `end`."""
    found = sorted((at, moved) for at, moved in changes.items() if begin <= at <= end)
    return Changes(tuple(found) if len(found) <= MOST_CHANGES else (), len(found))


def change_text(moved: Span) -> str:
    """Write by how much a clock was changed.

    >>> change_text(3_600_000_000_000), change_text(-1_800_000_000_000)
    ('+1h', '−30m')
    """
    return f"+{span_text(moved)}" if moved > 0 else f"−{span_text(-moved)}"
