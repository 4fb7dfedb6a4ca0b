"""Text of the pictures."""

from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.offline.drawing.lettering import clean, elide, text_width

LATIN = st.text(st.characters(max_codepoint=0x24F, exclude_categories=["Cc"]), max_size=60)


@given(text=st.text(max_size=20))
def test_clean_text_is_one_printable_line(text: str) -> None:
    """XML cannot hold the rest."""
    assert clean(text).isprintable()
    assert len(clean(text)) == len(text)


@given(text=LATIN, most=st.floats(20, 300))
def test_an_elided_text_fits_and_keeps_both_ends(text: str, most: float) -> None:
    """One that fits is left as it is."""
    found = elide(text, most, 9)
    assert text_width(found, 9) <= most
    if text_width(text, 9) <= most:
        assert found == text
    else:
        head, _, tail = found.partition("…") if "…" not in text else (found[:1], "", "")
        assert text.startswith(head.rstrip()) or head == "…"
        assert text.endswith(tail)


def test_wide_characters_count_as_a_whole_em() -> None:
    """The font of matplotlib does not have them; that of a browser does."""
    assert text_width("日本", 10) == 20
    assert text_width("a日本", 10) == text_width("a", 10) + 20


def test_bold_text_is_wider() -> None:
    """The title is measured as it is drawn."""
    assert text_width("title", 10, bold=True) > text_width("title", 10)
