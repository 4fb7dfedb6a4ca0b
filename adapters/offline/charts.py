"""Pictures of a simulated plan, as SVG or PNG: `pip install 'duetime[plot]'`.

They are drawn with matplotlib, without pyplot: no window, no picture that is kept anywhere. The
same figures give the same bytes of SVG with the same release of matplotlib. While one is drawn, the
settings of matplotlib are those of this module, for the whole process; they are put back then.
"""

import io
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from duetime.adapters.extras import require
from duetime.adapters.offline.drawing.busy import draw_busy
from duetime.adapters.offline.drawing.lettering import FAMILIES, clean
from duetime.adapters.offline.drawing.looks import DARK, LIGHT, Look
from duetime.adapters.offline.drawing.timeline import draw_timeline
from duetime.adapters.offline.drawing.week import draw_week
from duetime.adapters.offline.figures import Figures
from duetime.engine.errors import BadArgumentError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PNG_DPI = 144
"""Two dots for each point: sharp on a screen with two dots for each pixel."""

_SETTINGS: Mapping[str, object] = {
    "font.family": "sans-serif",
    "font.sans-serif": list(FAMILIES),
    "hatch.linewidth": 0.8,
    "svg.fonttype": "none",
    "svg.hashsalt": "duetime",
    # A task may be called $x$.
    "text.parse_math": False,
}
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
"""They would name the release of matplotlib and the time."""


class Chart(StrEnum):
    """Which picture."""

    TIMELINE = "timeline"
    """A lane for each task: bars for runs, marks for due times that started nothing."""
    WEEK = "week"
    """Starts of runs by weekday and hour, as a heat map."""
    BUSY = "busy"
    """How many runs go at once."""


_Draw: TypeAlias = "Callable[[Figures, Look], Figure]"
_DRAW: Mapping[Chart, _Draw] = {
    Chart.TIMELINE: draw_timeline,
    Chart.WEEK: draw_week,
    Chart.BUSY: draw_busy,
}


def draw_chart(figures: Figures, which: Chart | str, *, dark: bool = False) -> "Figure":
    """Return a picture as a Figure of matplotlib, which belongs to the caller.

    Raises BadArgumentError for a picture that there is not, MissingExtraError without matplotlib.
    """
    draw = _DRAW[_chart(which)]
    with _settings():
        return draw(figures, DARK if dark else LIGHT)


def chart_svg(figures: Figures, which: Chart | str, *, dark: bool = False) -> str:
    """Return a picture as an SVG element: it names no address and holds its own title.

    Its text is text, in the fonts of whoever looks at it. Raises as `draw_chart` does.
    """
    figure = draw_chart(figures, which, dark=dark)
    with _settings(), io.StringIO() as file:
        figure.savefig(file, format="svg", metadata=_NO_METADATA, facecolor="auto")
        text = file.getvalue()
    # What comes before the element names an address from which nothing is needed.
    title = escape(f"{clean(figures.title)}: {_chart(which)}")
    return re.sub(
        r"^.*?<svg ([^>]*)>",
        lambda found: f'<svg {found[1]} role="img">\n <title>{title}</title>',
        text,
        count=1,
        flags=re.DOTALL,
    )


def write_chart(
    figures: Figures, path: Path | str, which: Chart | str, *, dark: bool = False
) -> None:
    """Write a picture to a file, as SVG or PNG by its suffix.

    Raises BadArgumentError for another suffix, and as `draw_chart` does.
    """
    path = Path(path)
    if check_suffix(path) == ".svg":
        path.write_text(chart_svg(figures, which, dark=dark), "utf-8", newline="\n")
        return
    figure = draw_chart(figures, which, dark=dark)
    with _settings():
        figure.savefig(path, format="png", dpi=PNG_DPI, metadata={"Software": None})


def check_suffix(path: Path) -> str:
    """Return the suffix of a picture. Raises BadArgumentError for one that none has."""
    suffix = path.suffix.lower()
    if suffix not in (".svg", ".png"):
        raise BadArgumentError(
            f"path {str(path)!r}: a picture is written as .svg or .png; end it in one of them"
        )
    return suffix


def _chart(which: Chart | str) -> Chart:
    try:
        return Chart(which)
    except ValueError:
        raise BadArgumentError(
            f"which {which!r}: there is no such picture; there are {', '.join(Chart)}"
        ) from None


@contextmanager
def _settings() -> Iterator[None]:
    """Let matplotlib draw as it comes out of the box, whatever the user has set, and as we need it.

    Characters that its font does not have are no reason for a warning: in SVG the font of whoever
    looks at it has them, in PNG a box stands for each.
    """
    require("matplotlib", "plot")
    from matplotlib import style

    with style.context(["default", dict(_SETTINGS)]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from", UserWarning)
        yield
