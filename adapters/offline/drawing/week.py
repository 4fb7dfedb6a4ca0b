"""The picture of when runs start: a heat map of weekdays and hours of the zone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from duetime.adapters.offline.drawing.lettering import text_width
from duetime.adapters.offline.drawing.looks import Look, contrast
from duetime.adapters.offline.drawing.sheet import (
    MARGIN,
    SMALL_SIZE,
    WIDTH,
    Head,
    Sheet,
    count_ticks,
    say_nothing,
    span_subtitle,
)
from duetime.adapters.offline.drawing.ticks import WEEKDAYS
from duetime.adapters.offline.figures import Figures
from duetime.engine.zones import zone

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.figure import Figure

_HOURS = 24
_ROW = 24.0
_LEFT, _SCALE_RIGHT, _RIGHT = MARGIN + 66.0, 54.0, 84.0
_SCALE_WIDTH = 12.0
_NUMBER_SIZE = 7.5
_CELL_PADDING = 3.0
_BELOW = 38.0


def draw_week(figures: Figures, look: Look) -> "Figure":
    """Draw the week."""
    head = Head(
        title=figures.title,
        subtitle=span_subtitle("Starts of runs", zone(figures.tz), figures.begin, figures.end),
    )
    sheet = Sheet(look, head, above=4, body=_ROW * len(WEEKDAYS), below=_BELOW)
    axes = sheet.axes(_LEFT, _RIGHT)
    mesh = _draw_cells(axes, figures.week, look)
    _draw_axes(axes, figures.tz, look)
    if any(map(any, figures.week)):
        _draw_numbers(axes, figures.week, mesh, look)
        _draw_scale(sheet, mesh, _top(figures.week))
    else:
        say_nothing(axes, "No run starts in this time", look)
    return sheet.figure


def _draw_cells(axes: "Axes", week: Sequence[Sequence[int]], look: Look) -> "QuadMesh":
    from matplotlib.colors import LinearSegmentedColormap

    ramp = LinearSegmentedColormap.from_list("starts", look.ramp).with_extremes(under=look.none)
    return axes.pcolormesh(
        week, cmap=ramp, vmin=1, vmax=_top(week), edgecolors=look.page, linewidth=1.5
    )


def _draw_axes(axes: "Axes", tz: str, look: Look) -> None:
    axes.set_xticks([hour + 0.5 for hour in range(_HOURS)], [f"{h:02d}" for h in range(_HOURS)])
    axes.set_yticks([day + 0.5 for day in range(len(WEEKDAYS))], WEEKDAYS)
    axes.set_ylim(len(WEEKDAYS), 0)
    axes.tick_params(length=0)
    axes.tick_params(axis="y", labelcolor=look.text)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel(f"Hour in {tz}", size=SMALL_SIZE, color=look.text, labelpad=5)


def _draw_numbers(
    axes: "Axes", week: Sequence[Sequence[int]], mesh: "QuadMesh", look: Look
) -> None:
    """Write how many start into the cells that have the room for it; nothing for none."""
    from matplotlib.colors import to_hex

    room = (WIDTH - _LEFT - _RIGHT) / _HOURS - _CELL_PADDING
    for day, hours in enumerate(week):
        for hour, count in enumerate(hours):
            text = next((t for t in _forms(count) if text_width(t, _NUMBER_SIZE) <= room), "")
            if count and text:
                cell = to_hex(mesh.cmap((count - 1) / (_top(week) - 1)))
                colour = max((look.page, look.text), key=lambda ink: contrast(ink, cell))
                axes.text(
                    hour + 0.5,
                    day + 0.5,
                    text,
                    ha="center",
                    va="center_baseline",
                    size=_NUMBER_SIZE,
                    color=colour,
                )


def _draw_scale(sheet: Sheet, mesh: "QuadMesh", top: int) -> None:
    """Draw which colour means how many, right of the cells."""
    axes = sheet.axes(WIDTH - _SCALE_RIGHT - _SCALE_WIDTH, _SCALE_RIGHT)
    scale = sheet.figure.colorbar(mesh, cax=axes)
    ticks, labels = count_ticks(top)
    # The ramp begins at 1, of which the label says nothing that the picture does not.
    scale.set_ticks(ticks[1:], labels=labels[1:])
    scale.outline.set_visible(False)
    axes.tick_params(colors=sheet.look.soft, labelsize=SMALL_SIZE, length=3)
    axes.set_title("starts", size=SMALL_SIZE, color=sheet.look.text, pad=6)


def _top(week: Sequence[Sequence[int]]) -> int:
    """Return where the ramp ends; it begins at 1."""
    return max(2, *map(max, week))


def _forms(count: int) -> list[str]:
    """Return a number as it is, then shorter.

    >>> _forms(12_345)
    ['12345', '12k', '0M']
    """
    return [str(count), f"{count // 1_000}k", f"{count // 1_000_000}M"]
