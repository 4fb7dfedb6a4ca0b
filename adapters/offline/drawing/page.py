"""The page of a report: its frame, its style and its parts as HTML."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from string import Template

from duetime.adapters.offline.drawing.lettering import clean
from duetime.adapters.offline.drawing.looks import DARK, LIGHT, Look

LONG_TABLE = 12
"""Tables of more rows than this begin folded where the page can do without them."""

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<link rel="icon" href="data:,">
<title>$title</title>
<style>
$style
</style>
</head>
<body>
<main>
$body
</main>
</body>
</html>
""")

_STYLE = Template("""
:root { $light }
@media screen and (prefers-color-scheme: dark) { :root { $dark } }
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
  -webkit-text-size-adjust: 100%;
}
main { max-width: 65rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1, h2, caption, figcaption, td, th, dd { overflow-wrap: anywhere; }
h1 { font-size: clamp(1.5rem, 5vw, 2.1rem); line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.75rem 0 0.75rem; }
p { margin: 0.5rem 0; }
dl { display: flex; flex-wrap: wrap; gap: 0.75rem 2.5rem; margin: 0; }
dt { color: var(--soft); font-size: 0.85rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; }
.scroll {
  overflow-x: auto; border: 1px solid var(--grid); border-radius: 0.5rem;
  overscroll-behavior-x: contain;
}
.scroll:focus-visible, summary:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px;
}
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: 0.9rem; padding: 0.65rem 0.85rem; }
th, td {
  padding: 0.4rem 0.85rem; text-align: right; vertical-align: top; white-space: nowrap;
}
th { font-weight: 600; }
thead th { color: var(--soft); font-size: 0.85rem; border-bottom: 1px solid var(--grid); }
th:first-child, td:first-child { text-align: left; }
tbody th { font-weight: 400; white-space: normal; min-width: 10rem; }
tbody tr:nth-child(even) { background: var(--stripe); }
tfoot th, tfoot td { border-top: 1px solid var(--soft); font-weight: 600; }
figure { margin: 1rem 0 0.75rem; }
figcaption { margin-bottom: 0.6rem; }
figure img { display: block; width: 100%; min-width: 45rem; height: auto; }
details { margin-top: 0.6rem; }
summary { cursor: pointer; color: var(--accent); margin-bottom: 0.4rem; width: fit-content; }
@media print { .scroll { overflow: visible; border: 0; } figure { break-inside: avoid; } }
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table. The first cell of each row is its heading; `total`: the last row, or nothing."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    total: Sequence[str] = ()


def page(title: str, parts: Iterable[str]) -> str:
    """Return a whole page; the parts are HTML, the title is not."""
    style = _STYLE.substitute(light=_variables(LIGHT), dark=_variables(DARK)).strip()
    body = "\n".join([f"<h1>{text(title)}</h1>", *parts])
    return _PAGE.substitute(title=text(title), style=style, body=body)


def text(given: str) -> str:
    """Return a text of the user as HTML, also as the value of an attribute in double quotes."""
    return escape(clean(given))


def section(heading: str, parts: Iterable[str]) -> str:
    """Return a part of the page that has a heading."""
    return "\n".join(["<section>", f"<h2>{text(heading)}</h2>", *parts, "</section>"])


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return names with what they stand for."""
    inner = "\n".join(f"<div><dt>{text(a)}</dt><dd>{text(b)}</dd></div>" for a, b in pairs)
    return f"<dl>\n{inner}\n</dl>"


def table(content: Table) -> str:
    """Return a table, in a box that scrolls where it is too wide."""
    head = "".join(f'<th scope="col">{text(cell)}</th>' for cell in content.head)
    lines = [f"<caption>{text(content.caption)}</caption>", f"<thead><tr>{head}</tr></thead>"]
    lines += ["<tbody>", *map(_row, content.rows), "</tbody>"]
    if content.total:
        lines.append(f"<tfoot>{_row(content.total)}</tfoot>")
    return _scrolling(content.caption, "\n".join(["<table>", *lines, "</table>"]))


def folded(summary: str, content: str) -> str:
    """Return something that is shown when it is asked for; it needs no script."""
    return f"<details>\n<summary>{text(summary)}</summary>\n{content}\n</details>"


def figure(caption: str, alternative: str, light: str, dark: str) -> str:
    """Return a picture with its caption: the browser takes the light or the dark one.

    `alternative`: what a reader is told who does not see it. `light`, `dark`: SVG. As addresses
    of their own, rather than as elements of the page, they do not share their ids.
    """
    picture = (
        "<picture>\n"
        f'<source media="screen and (prefers-color-scheme: dark)" srcset="{_address(dark)}">\n'
        f'<img alt="{text(alternative)}" src="{_address(light)}">\n'
        "</picture>"
    )
    return f"<figcaption>{text(caption)}</figcaption>\n{_scrolling(caption, picture)}"


def _row(cells: Sequence[str]) -> str:
    first, *others = map(text, cells)
    rest = "".join(f"<td>{cell}</td>" for cell in others)
    # A name that is written from right to left does not turn its neighbours round.
    return f'<tr><th scope="row"><bdi>{first}</bdi></th>{rest}</tr>'


def _scrolling(label: str, content: str) -> str:
    """Return a box that scrolls by itself, by keyboard as well."""
    return (
        f'<div class="scroll" role="region" aria-label="{text(label)}" tabindex="0">\n'
        f"{content}\n</div>"
    )


def _address(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


def _variables(look: Look) -> str:
    colours = {
        "page": look.page,
        "text": look.text,
        "soft": look.soft,
        "grid": look.grid,
        "stripe": look.stripe,
        "accent": look.bars["finished"],
    }
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())
