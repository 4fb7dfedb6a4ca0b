"""Figures to be drawn: a small sample, and a strategy for all that can be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from duetime.adapters.offline.drawing.looks import BARS, MARKS
from duetime.adapters.offline.figures import Bar, Busy, Figures, Lane, Mark
from duetime.adapters.offline.tallies import Tally
from duetime.engine.catchup import Fate
from duetime.engine.instants import DAY, HOUR, MINUTE, Instant, to_instant
from duetime.engine.zones import zone

BEGIN = to_instant("2026-03-28T00:00+01:00")
ZONES = ("Europe/Berlin", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
YEAR = 366 * DAY


def sample(
    *,
    title: str = "A plan",
    begin: Instant = BEGIN,
    end: Instant = BEGIN + 2 * DAY,
    tz: str = "Europe/Berlin",
    lanes: Sequence[Lane] | None = None,
) -> Figures:
    """Return figures in which everything occurs; the clocks go forward on the second day."""
    if lanes is None:
        lanes = [lane("report"), lane("sweep", begin=BEGIN + HOUR)]
    return Figures(
        title=title,
        tz=tz,
        begin=begin,
        end=end,
        changes=changes(tz, begin, end),
        lanes_begin=begin,
        lanes_end=end,
        lanes=lanes,
        week=[[day * hour for hour in range(24)] for day in range(7)],
        busy=Busy(begin=begin, size=(end - begin) // 4, most=[0, 3, 1, 2], mean=[0, 1.5, 0.5, 1]),
        tallies=[Tally(each.name, 4, {Fate.STARTED: 4, Fate.MISSED: 1}) for each in lanes],
    )


def lane(name: str, *, begin: Instant = BEGIN) -> Lane:
    """Return a lane with a run of each kind, two hours apart, and a mark of each after them."""
    bars = [(begin + 2 * i * HOUR, begin + (2 * i + 1) * HOUR, end) for i, end in enumerate(BARS)]
    marks = [(begin + (10 + 3 * i) * HOUR, fate) for i, fate in enumerate(MARKS)]
    return Lane(name=name, bars=bars, marks=marks)


def nothing() -> Figures:
    """Return figures of a plan in which nothing is due."""
    return replace(
        sample(lanes=[Lane(name="idle", bars=[], marks=[])]),
        week=[[0] * 24] * 7,
        busy=Busy(begin=BEGIN, size=DAY, most=[0, 0], mean=[0, 0]),
    )


def changes(tz: str, begin: Instant, end: Instant) -> Mapping[Instant, int]:
    """Return when the clock of a zone is changed, and by how much."""
    where = zone(tz)
    return {at: where.offset(at) - where.offset(at - 1) for at in where.changes(begin, end)}


NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=0x24F), min_size=1, max_size=200)
SPANS = st.sampled_from([10 * MINUTE, 5 * HOUR, DAY, 9 * DAY, 40 * DAY, YEAR, 10 * YEAR])
COUNTS = st.integers(0, 10) | st.sampled_from([99, 1_234, 99_999, 7_654_321])


@st.composite
def plans(draw: st.DrawFn) -> Figures:
    """Return any figures; what is drawn is few, so that a picture takes no time."""
    tz = draw(st.sampled_from(ZONES))
    begin = BEGIN + draw(st.integers(0, YEAR))
    end = begin + draw(SPANS)
    names = draw(st.lists(NAMES, max_size=4))
    copies = draw(st.sampled_from([1, 1, 10, 40]))
    most = draw(st.lists(COUNTS, max_size=9))
    return replace(
        sample(title=draw(NAMES), begin=begin, end=end, tz=tz, lanes=[]),
        lanes=[draw(_lanes(name, begin, end)) for name in names] * copies,
        week=draw(st.lists(st.lists(COUNTS, min_size=24, max_size=24), min_size=7, max_size=7)),
        busy=Busy(
            begin=begin,
            size=-(-(end - begin) // max(len(most), 1)),
            most=most,
            mean=[count / 2 for count in most],
        ),
    )


@st.composite
def _lanes(draw: st.DrawFn, name: str, begin: Instant, end: Instant) -> Lane:
    instants = st.integers(begin - DAY, end + DAY)
    runs = st.tuples(instants, st.integers(0, DAY), st.sampled_from(list(BARS)))
    bars: list[Bar] = [(at, at + takes, kind) for at, takes, kind in draw(st.lists(runs))]
    marks: list[Mark] = draw(st.lists(st.tuples(instants, st.sampled_from(list(MARKS)))))
    return Lane(name=name, bars=bars, marks=marks)


def texts(figure: Figure) -> Iterator[tuple[str, Bbox]]:
    """Yield all texts of a picture with the boxes that they take."""
    renderer = draw_all(figure)
    for text in figure.findobj(Text):
        if isinstance(text, Text) and text.get_visible() and text.get_text().strip():
            yield text.get_text(), text.get_window_extent(renderer)


def draw_all(figure: Figure) -> RendererAgg:
    """Draw a picture, after which everything is in its place."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas.get_renderer()
