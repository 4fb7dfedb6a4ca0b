"""A history as lanes of text: a lane for each task, a character for each span of time."""

from collections.abc import Iterator
from typing import TypeAlias

from duetime.engine.catchup import Fate
from duetime.engine.errors import BadArgumentError
from duetime.engine.history import History, Outcome, time_text
from duetime.engine.instants import Instant, Span, span_text, to_datetime, to_instant

MOST_COLUMNS = 10_000
"""So many spans are drawn at most."""

_LABEL_EVERY = 10
_MARKS = {
    "X": "failed",
    "L": "lost",
    "m": "missed",
    "d": "dropped",
    "k": "skipped",
    "p": "superseded",
    "g": "merged",
    "B": "started and finished",
    "S": "started",
    "F": "finished",
    "=": "running",
}
"""What may be in a span; where there are several, the first of these is shown."""
_OUTCOMES = {Outcome.FINISHED: "F", Outcome.FAILED: "X", Outcome.LOST: "L"}
_FATES = {
    Fate.MISSED: "m",
    Fate.DROPPED: "d",
    Fate.SKIPPED: "k",
    Fate.SUPERSEDED: "p",
    Fate.MERGED: "g",
}


Stroke: TypeAlias = tuple[int, int, str]
"""The first and the last span of something, counted from the epoch, and its mark."""


def lanes(history: History, span: Span, *, now: Instant) -> str:
    """Draw what happened, with the times in UTC above it and what the marks mean below.

    `span`: ns that a character stands for; `now`: what is still going, is drawn up to then.
    Raises BadArgumentError for a span of nothing, and for one that makes the picture too wide.
    """
    if span <= 0:
        raise BadArgumentError(f"timeline({span_text(span)!r}): give a span longer than nothing")
    strokes = {name: list(_strokes(history, name, span, now)) for name in history.names()}
    ends = [end for lane in strokes.values() for stroke in lane for end in stroke[:2]]
    if not ends:
        return ""
    first, count = min(ends), max(ends) - min(ends) + 1
    if count > MOST_COLUMNS:
        raise BadArgumentError(
            f"timeline({span_text(span)!r}): {count:,} characters wide, at most {MOST_COLUMNS:,} "
            "are drawn; give a longer span"
        )
    width = max(map(len, strokes))
    lines = [f"{'':{width}} {_axis(first, count, span)}".rstrip()]
    drawn = {name: _lane(lane, first, count) for name, lane in strokes.items()}
    lines += [f"{name:{width}} {lane}" for name, lane in drawn.items()]
    used = set("".join(drawn.values()))
    meaning = ", ".join(f"{mark} {text}" for mark, text in _MARKS.items() if mark in used)
    start = time_text(to_datetime(first * span))
    return "\n".join([*lines, f"from {start}, {span_text(span)} each: {meaning}"])


def _axis(first: int, count: int, span: Span) -> str:
    """Write the time of day above every tenth character."""
    columns = range(first, first + count, _LABEL_EVERY)
    return "".join(f"{to_datetime(column * span):%H:%M}".ljust(_LABEL_EVERY) for column in columns)


def _lane(strokes: list[Stroke], first: int, count: int) -> str:
    """Draw the gravest mark of each span."""
    found: list[set[str]] = [set() for _ in range(count)]
    for begin, end, mark in strokes:
        for column in range(begin - first, end - first + 1):
            found[column].add(mark)
    for marks in found:
        if {"S", "F"} <= marks:
            marks.add("B")
    return "".join(next((mark for mark in _MARKS if mark in marks), ".") for marks in found)


def _strokes(history: History, name: str, span: Span, now: Instant) -> Iterator[Stroke]:
    for run in history.runs(name):
        begin = to_instant(run.started) // span
        end = (now if run.ended is None else to_instant(run.ended)) // span
        yield begin, end, "="
        yield begin, begin, "S"
        if run.outcome is not None:
            yield end, end, _OUTCOMES[run.outcome]
    for each in history.fates(name):
        if each.fate in _FATES:
            begin, end = (to_instant(at) // span for at in (each.nominal, each.last))
            yield begin, end, _FATES[each.fate]
