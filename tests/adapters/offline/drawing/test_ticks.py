"""Ticks of time axes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.offline.drawing.ticks import (
    Stretch,
    Tick,
    choose_ticks,
    moment_text,
    shared_labels,
)
from duetime.engine.instants import DAY, HOUR, MINUTE, SECOND, Span, to_instant
from duetime.engine.zones import zone

MARGIN = 24.0
ZONES = st.sampled_from(["Europe/Berlin", "UTC", "Pacific/Apia", "America/Sao_Paulo", "Asia/Gaza"])


def width(text: str) -> float:
    """Pretend that all characters are equally wide."""
    return len(text) * 5.0


def stretch(begin: str, span: Span, tz: str = "Europe/Berlin") -> Stretch:
    """Return what an axis of a usual width shows."""
    start = to_instant(begin)
    return Stretch(zone=zone(tz), begin=start, end=start + span, points=560)


@given(
    begin=st.integers(0, to_instant("2200-01-01T00:00Z")),
    span=st.integers(1, 60 * 365 * DAY) | st.integers(1, DAY) | st.integers(1, SECOND),
    tz=ZONES,
)
def test_ticks_are_inside_and_their_labels_apart(begin: int, span: int, tz: str) -> None:
    """Of any time, from nanoseconds to a lifetime, in any zone."""
    shown = Stretch(zone=zone(tz), begin=begin, end=begin + span, points=560)
    ticks = choose_ticks(shown, width)
    assert 1 <= len(ticks) <= 65
    assert all(shown.begin <= tick.at <= shown.end for tick in ticks)
    for left, right in pairwise(ticks):
        between = shown.place(right.at) - shown.place(left.at)
        assert between >= (width(left.label) + width(right.label)) / 2
    shared = shared_labels(shown, ticks, width, MARGIN)
    for (left_x, left_text), (right_x, right_text) in pairwise(shared):
        assert right_x - left_x >= (width(left_text) + width(right_text)) / 2
    assert all(x - width(t) / 2 >= -MARGIN and x + width(t) / 2 <= 560 + MARGIN for x, t in shared)


@pytest.mark.parametrize(
    ("span", "labels", "shared"),
    [
        (10 * MINUTE, ["00:00", "00:01", "00:02"], ["Wed 1 Jul"]),
        (90 * SECOND, ["00:00:00", "00:00:10", "00:00:20"], ["Wed 1 Jul"]),
        (SECOND, ["00:00:00.0", "00:00:00.2", "00:00:00.4"], ["Wed 1 Jul"]),
        (DAY, ["00:00", "02:00", "04:00"], ["Wed 1 Jul", "Thu 2 Jul"]),
        (9 * DAY, ["Wed 1", "Thu 2", "Fri 3"], ["Jul 2026"]),
        (20 * DAY, ["1", "2", "3"], ["Jul 2026"]),
        (45 * DAY, ["Mon 6", "Mon 13", "Mon 20"], ["Jul 2026", "Aug 2026"]),
        (400 * DAY, ["Jul", "Aug", "Sep"], ["2026", "2027"]),
        (3_653 * DAY, ["2027", "2028", "2029"], []),
    ],
)
def test_the_steps_suit_the_time(span: Span, labels: list[str], shared: list[str]) -> None:
    """As fine as the labels let them be, and never an odd number of minutes or months."""
    shown = stretch("2026-07-01T00:00+02:00", span)
    ticks = choose_ticks(shown, width)
    assert [tick.label for tick in ticks[:3]] == labels
    assert [text for _, text in shared_labels(shown, ticks, width, MARGIN)][:2] == shared


def test_an_hour_that_happens_twice_has_two_ticks() -> None:
    """The axis runs in real time; the labels are those of the clock."""
    ticks = choose_ticks(stretch("2026-10-25T01:00+02:00", 4 * HOUR), width)
    hours = [tick.label for tick in ticks if tick.label.endswith(":00")]
    assert hours == ["01:00", "02:00", "02:00", "03:00", "04:00"]


def test_an_hour_that_is_skipped_has_none() -> None:
    """Its neighbours stand side by side."""
    ticks = choose_ticks(stretch("2026-03-29T00:00+01:00", 4 * HOUR), width)
    hours = [tick.label for tick in ticks if tick.label.endswith(":00")]
    assert hours == ["00:00", "01:00", "03:00", "04:00", "05:00"]


def test_a_day_without_midnight_begins_at_its_first_instant() -> None:
    """In São Paulo the clocks went forward at midnight."""
    shown = stretch("2018-11-01T00:00-03:00", 9 * DAY, "America/Sao_Paulo")
    (tick,) = [tick for tick in choose_ticks(shown, width) if tick.label == "Sun 4"]
    assert moment_text(shown.zone, tick.at) == "Sun 4 Nov 2018 01:00"


def test_the_first_shared_label_gives_way_to_a_border() -> None:
    """It stands where the axis begins, which means nothing."""
    shown = stretch("2026-07-01T22:00+02:00", DAY)
    ticks = choose_ticks(shown, width)
    assert ticks[0].shared == "Wed 1 Jul"
    assert [text for _, text in shared_labels(shown, ticks, width, MARGIN)] == ["Thu 2 Jul"]


def test_of_borders_that_are_too_close_the_first_is_named() -> None:
    """Each label stands for what follows it, as far as there is room."""
    shown = stretch("2026-07-01T00:00+02:00", DAY)
    ticks = [Tick(shown.begin + i * HOUR, "", name) for i, name in enumerate(["a", "bbbb", "cccc"])]
    assert [text for _, text in shared_labels(shown, ticks, width, MARGIN)] == ["a", "bbbb"]


def test_where_no_ticks_fit_the_begin_is_told() -> None:
    """An axis always says which time it shows."""
    ticks = choose_ticks(stretch("2026-07-01T00:00:02+02:00", 2 * SECOND), lambda text: 1_000)
    assert [tick.label for tick in ticks] == ["Wed 1 Jul 2026 00:00:02"]


def test_moments_are_written_to_the_second_where_it_counts() -> None:
    """Whole minutes are the rule."""
    berlin = zone("Europe/Berlin")
    assert moment_text(berlin, 61 * SECOND + 5) == "Thu 1 Jan 1970 01:01:01"
