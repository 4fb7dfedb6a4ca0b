"""Colours and shapes."""

import pytest

from duetime.adapters.offline.drawing.looks import BARS, DARK, LIGHT, MARKS, Look, contrast


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_and_shapes_can_be_seen(look: Look) -> None:
    """Text has a contrast of 4.5 : 1 with page and stripes, shapes have 3 : 1."""
    for ground in (look.page, look.stripe):
        assert min(contrast(ink, ground) for ink in (look.text, look.soft)) >= 4.5
        shapes = [*look.bars.values(), *look.marks.values()]
        assert min(contrast(shape, ground) for shape in shapes) >= 3


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_the_ramp_goes_one_way(look: Look) -> None:
    """More is always further from the page, so that it can be read without colours."""
    distances = [contrast(colour, look.page) for colour in (look.none, *look.ramp)]
    assert distances == sorted(distances)


def test_no_meaning_is_in_a_colour_alone() -> None:
    """Bars differ in place or filling, marks in shape."""
    assert len({(bar.raised, bar.hollow, bar.hatch) for bar in BARS.values()}) == len(BARS)
    assert len({mark.shape for mark in MARKS.values()}) == len(MARKS)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_every_kind_has_its_colour(look: Look) -> None:
    """In both themes."""
    assert (look.bars.keys(), look.marks.keys()) == (BARS.keys(), MARKS.keys())
