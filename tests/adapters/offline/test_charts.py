"""Pictures of a simulated plan."""

import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from hypothesis import HealthCheck, given, settings
from matplotlib.figure import Figure

from duetime.adapters.extras import MissingExtraError
from duetime.adapters.offline.charts import Chart, chart_svg, draw_chart, write_chart
from duetime.adapters.offline.drawing.bars import MOST_BARS
from duetime.adapters.offline.drawing.timeline import MOST_LANES
from duetime.adapters.offline.figures import Figures, Lane
from duetime.engine.errors import BadArgumentError
from duetime.engine.instants import DAY, SECOND
from tests.adapters.offline.samples import (
    BEGIN,
    YEAR,
    changes,
    draw_all,
    lane,
    nothing,
    plans,
    sample,
    texts,
)

CHARTS = list(Chart)
SVG_NAMES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
MOST_BYTES = 2_000_000
few_examples = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])


def words(figure: Figure) -> str:
    """Return all that is written in a picture."""
    return "\n".join(text for text, _ in texts(figure))


@pytest.mark.parametrize("which", CHARTS)
@few_examples
@given(figures=plans())
def test_no_text_overlaps_another_or_leaves_the_page(which: Chart, figures: Figures) -> None:
    """Whatever the names, the zone, the span and the numbers are."""
    figure = draw_chart(figures, which)
    found = list(texts(figure))
    page = figure.bbox.padded(0.5)
    outside = [text for text, box in found if page.count_contains(box.corners()) < 4]
    assert outside == []
    # Boxes may touch: they are as high as the highest letters, which neighbours seldom have.
    overlapping = [
        (one, other)
        for (one, box), (other, other_box) in combinations(found, 2)
        if box.padded(-0.5).overlaps(other_box.padded(-0.5))
    ]
    assert overlapping == []


@pytest.mark.parametrize("which", [Chart.TIMELINE, Chart.BUSY])
@few_examples
@given(figures=plans())
def test_the_legend_stands_outside_of_the_axes(which: Chart, figures: Figures) -> None:
    """It hides no data, and it is on the page."""
    figure = draw_chart(figures, which)
    renderer = draw_all(figure)
    for legend in figure.legends:
        box = legend.get_window_extent(renderer)
        assert figure.bbox.padded(0.5).count_contains(box.corners()) == 4
        assert not any(box.overlaps(axes.bbox) for axes in figure.axes)


def test_the_scale_of_the_week_stands_beside_its_cells() -> None:
    """It says which colour means how many."""
    cells, scale = draw_chart(sample(), Chart.WEEK).axes
    assert not cells.bbox.overlaps(scale.bbox)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("which", CHARTS)
def test_the_same_figures_give_the_same_svg(which: Chart, dark: bool) -> None:
    """Whatever the user has set in matplotlib, which is left as it was."""
    expected = chart_svg(sample(), which, dark=dark)
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True, "text.color": "red"}):
        assert chart_svg(sample(), which, dark=dark) == expected
        assert matplotlib.rcParams["font.size"] == 30


@pytest.mark.parametrize("which", CHARTS)
def test_svg_is_well_formed_and_needs_no_network(which: Chart) -> None:
    """The only addresses in it are the names of its elements."""
    svg = chart_svg(sample(title="<script>&\x00\n"), which)
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root[0].text == f"<script>&\ufffd : {which}"
    addresses = {part.split('"')[0] for part in svg.split('"') if "://" in part}
    assert addresses == SVG_NAMES


def test_names_are_text_whatever_they_look_like() -> None:
    """Neither mathematics nor markup; and characters that the font lacks are no warning."""
    names = ["$x^2$", "<b>&amp;</b>", "日本語 🎉", "_hidden", "%s {} \\"]
    svg = chart_svg(sample(lanes=[lane(name) for name in names]), Chart.TIMELINE)
    written = [element.text for element in ElementTree.fromstring(svg).iter()]
    assert [name for name in names if name not in written] == []


def test_light_and_dark_differ_in_colours_only() -> None:
    """Both say the same."""
    light, dark = (draw_chart(sample(), Chart.TIMELINE, dark=dark) for dark in (False, True))
    assert words(light) == words(dark)
    assert light.get_facecolor() != dark.get_facecolor()


@pytest.mark.parametrize(
    ("which", "text"),
    [
        (Chart.TIMELINE, "Nothing is due in this time"),
        (Chart.WEEK, "No run starts in this time"),
        (Chart.BUSY, "Nothing runs in this time"),
    ],
)
def test_an_empty_picture_says_that_it_is_empty(which: Chart, text: str) -> None:
    """A picture that shows nothing could be a mistake."""
    assert text in words(draw_chart(nothing(), which))


def test_a_plan_without_tasks_says_so() -> None:
    """It has no lanes."""
    assert "There is no task" in words(draw_chart(sample(lanes=[]), Chart.TIMELINE))


def test_of_too_many_tasks_the_first_are_drawn() -> None:
    """A note says how many are not."""
    lanes = [Lane(name=f"task {i}", bars=[], marks=[]) for i in range(MOST_LANES + 3)]
    written = words(draw_chart(sample(lanes=lanes), Chart.TIMELINE)).splitlines()
    assert f"task {MOST_LANES - 1}" in written
    assert f"task {MOST_LANES}" not in written
    assert "… and 3 more tasks, not drawn." in written


def test_the_height_grows_with_the_tasks_up_to_a_limit() -> None:
    """One lane is as high as a line of text asks for, 120 share what there is."""
    heights = [
        draw_chart(sample(lanes=[lane("task")] * count), Chart.TIMELINE).get_figheight()
        for count in (1, 6, 40, 120)
    ]
    assert heights == sorted(heights)
    assert heights[-1] < 20


def test_a_long_name_loses_its_middle() -> None:
    """Begin and end are kept."""
    name = "begin" + "x" * 190 + "final"
    (shown,) = [t for t, _ in texts(draw_chart(sample(lanes=[lane(name)]), "timeline")) if "…" in t]
    assert shown.startswith("beginx")
    assert shown.endswith("xfinal")


def test_the_worst_lanes_stay_small() -> None:
    """However many runs and marks there are, a picture stays under 2 MB."""
    kinds = ["finished", "failed", "lost", "going"]
    fates = ["merged", "skipped", "missed"]
    bars = [(BEGIN + i * SECOND * 30, BEGIN + i * SECOND * 40, kinds[i % 4]) for i in range(3_000)]
    marks = [(BEGIN + i * SECOND * 60, fates[i % 3]) for i in range(3_000)]
    lanes = [Lane(name=f"task {i}", bars=bars, marks=marks) for i in range(MOST_LANES)]
    assert len(bars) * len(lanes) > MOST_BARS
    svg = chart_svg(sample(end=BEGIN + DAY, lanes=lanes), Chart.TIMELINE)
    assert len(svg.encode()) < MOST_BYTES
    assert "drawn as one bar" in svg


def test_every_kind_of_run_and_fate_is_in_the_legend() -> None:
    """And the change of the clocks, which is labelled."""
    (legend,) = draw_chart(sample(), Chart.TIMELINE).legends
    entries = {text.get_text() for text in legend.get_texts()}
    runs = {"finished", "failed", "lost", "still going"}
    fates = {"merged", "skipped", "missed", "dropped", "superseded"}
    assert entries == runs | fates | {"clock changed"}
    assert "\n+1h\n" in words(draw_chart(sample(), Chart.TIMELINE))


def test_too_many_changes_of_clocks_are_only_counted() -> None:
    """In a hundred years there are 200; lines so close would hide the data."""
    end = BEGIN + 100 * YEAR
    figures = replace(sample(end=end), changes=changes("Europe/Berlin", BEGIN, end))
    written = words(draw_chart(figures, Chart.BUSY))
    assert "+1h" not in written
    assert "201 changes of the clock are not drawn." in written


def test_the_zone_is_named_at_the_axis() -> None:
    """In each picture."""
    for which, text in [
        ("timeline", "Time in UTC"),
        ("week", "Hour in UTC"),
        ("busy", "Time in UTC"),
    ]:
        assert text in words(draw_chart(sample(tz="UTC"), which)).splitlines()


def test_numbers_stand_in_the_cells_where_they_fit() -> None:
    """Shortened where only that fits; none for none."""
    week = [[0] * 24 for _ in range(7)]
    week[0][:4] = [1, 4_321, 54_321, 7_654_321]
    written = words(draw_chart(replace(sample(), week=week), Chart.WEEK)).splitlines()
    assert {"1", "4321", "54k", "7M"} <= set(written)
    assert "0" not in written


def test_the_suffix_says_what_is_written(tmp_path: Path) -> None:
    """SVG as it is returned, or PNG."""
    write_chart(sample(), tmp_path / "a.svg", Chart.BUSY)
    write_chart(sample(), str(tmp_path / "a.PNG"), "busy", dark=True)
    assert (tmp_path / "a.svg").read_text("utf-8") == chart_svg(sample(), Chart.BUSY)
    assert (tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")


def test_unknown_pictures_and_suffixes_are_refused(tmp_path: Path) -> None:
    """With what is allowed; nothing is written."""
    with pytest.raises(BadArgumentError, match="there are timeline, week, busy"):
        draw_chart(sample(), "pie")
    with pytest.raises(BadArgumentError, match=r"as \.svg or \.png"):
        write_chart(sample(), tmp_path / "a.jpeg", "week")
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'duetime\[plot\]'"):
        draw_chart(sample(), "week")


def test_matplotlib_is_imported_when_it_is_needed_and_pyplot_never() -> None:
    """Pyplot keeps pictures for the whole process, and may open windows."""
    code = (
        "import sys; from duetime.adapters.offline import report; "
        "assert 'matplotlib' not in sys.modules; "
        "from tests.adapters.offline.samples import sample; "
        "report.report_html(sample()); assert 'matplotlib.pyplot' not in sys.modules"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
