"""Colours and shapes of the pictures, for light and for dark pages.

The colours are those of Okabe and Ito, which people with any kind of colour vision can tell apart,
made darker or lighter until each stands out from its page (3 : 1 for shapes, 4.5 : 1 for text, as
WCAG 2.2 asks in 1.4.11 and 1.4.3). No meaning is in a colour alone: kinds of runs differ in place
and filling as well, fates in shape.
Source: https://jfly.uni-koeln.de/color/.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BarLook:
    """How runs that ended in one way are drawn.

    `raised`: in the upper part of the lane. What ended badly stands above what ended well, so that
    neither hides the other where runs are too many to be told apart.
    `least_points`: no bar is narrower than this.
    """

    label: str
    least_points: float
    raised: bool = False
    hollow: bool = False
    hatch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkLook:
    """How a fate is drawn; `shape`: one of matplotlib's markers."""

    label: str
    shape: str
    hollow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The colours of one theme.

    `soft`: text that may stand back; `grid`, `stripe`: lines and areas that carry no meaning.
    `bars`, `marks`: by how a run ended, by fate. `ramp`: from few to many; `none`: for nothing.
    """

    page: str
    text: str
    soft: str
    grid: str
    stripe: str
    bars: Mapping[str, str]
    marks: Mapping[str, str]
    ramp: tuple[str, ...]
    none: str


BARS: Mapping[str, BarLook] = {
    "finished": BarLook(label="finished", least_points=0.8),
    "going": BarLook(label="still going", least_points=1.6, hatch="/////"),
    "lost": BarLook(label="lost", raised=True, least_points=2.0, hollow=True),
    "failed": BarLook(label="failed", raised=True, least_points=1.6),
}
"""In the order in which they are drawn, the last on top."""

MARKS: Mapping[str, MarkLook] = {
    "merged": MarkLook(label="merged", shape="o", hollow=True),
    "skipped": MarkLook(label="skipped", shape="x"),
    "missed": MarkLook(label="missed", shape="v"),
    "dropped": MarkLook(label="dropped", shape="s"),
    "superseded": MarkLook(label="superseded", shape="D", hollow=True),
}

LIGHT = Look(
    page="#ffffff",
    text="#1b1d21",
    soft="#5b616b",
    grid="#e3e6ea",
    stripe="#f6f7f9",
    bars={"finished": "#0072b2", "going": "#00805d", "lost": "#1b1d21", "failed": "#d55e00"},
    marks={
        "merged": "#0072b2",
        "skipped": "#8a5a00",
        "missed": "#c04400",
        "dropped": "#a63a7e",
        "superseded": "#5b616b",
    },
    ramp=("#d7e8f5", "#7fb5da", "#2f83b8", "#0b4f7d", "#072f4d"),
    none="#f3f4f6",
)
DARK = Look(
    page="#16181d",
    text="#eceff4",
    soft="#a9b1bd",
    grid="#2f343d",
    stripe="#1b1e24",
    bars={"finished": "#56b4e9", "going": "#2fc79b", "lost": "#eceff4", "failed": "#f58345"},
    marks={
        "merged": "#56b4e9",
        "skipped": "#e6a820",
        "missed": "#f58345",
        "dropped": "#e598c6",
        "superseded": "#a9b1bd",
    },
    ramp=("#173a52", "#1f6391", "#3a94c9", "#86c8f0", "#dcf0fc"),
    none="#1e2128",
)


def contrast(one: str, other: str) -> float:
    """Return how much two colours such as "#0072b2" differ in luminance, from 1 to 21.

    Source: WCAG 2.2, definition of contrast ratio.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
