"""Text of the pictures: what it may hold, how wide it is, and how it is made to fit."""

from functools import lru_cache
from unicodedata import east_asian_width

FONT = "DejaVu Sans"
"""It comes with matplotlib. Text is measured in it; it is among the widest, so that what fits in
it also fits where a browser takes another one."""
FAMILIES = (FONT, "Segoe UI", "Helvetica Neue", "Arial")
"""What a browser takes, in this order, and then any sans-serif."""


def clean(text: str) -> str:
    """Return a text in one line, without what XML cannot hold.

    >>> clean("two\\nlines")
    'two lines'
    """
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


@lru_cache(maxsize=4_096)
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a line of text is; both in points.

    Chinese, Japanese and Korean characters count as a whole em, whatever the font makes of them.
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family=FONT, size=size, weight="bold" if bold else "normal")
    narrow = "".join(c for c in text if east_asian_width(c) not in "WF")
    measured, _, _ = TextToPath().get_text_width_height_descent(narrow, font, False)
    return float(measured) + (len(text) - len(narrow)) * size


def elide(text: str, most: float, size: float, *, bold: bool = False) -> str:
    """Return a text that is at most so wide: without a part of its middle, which … stands for.

    `most`, `size`: points. The last half is kept as well: it is where long names often differ.
    """
    if text_width(text, size, bold=bold) <= most:
        return text
    low, high = 0, len(text) - 1
    while low < high:
        kept = (low + high + 1) // 2
        if text_width(_without_middle(text, kept), size, bold=bold) <= most:
            low = kept
        else:
            high = kept - 1
    return _without_middle(text, low)


def _without_middle(text: str, kept: int) -> str:
    tail = kept // 2
    return text[: kept - tail].rstrip() + "…" + text[len(text) - tail :].lstrip()
