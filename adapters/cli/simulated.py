"""Tables and JSON of simulated plans: of one simulation, and of many."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

from duetime.adapters.cli.screen import Screen, count_text
from duetime.adapters.offline.many import ALL, Sample, Spread, spread_of
from duetime.adapters.offline.summary import Summary, TaskFigures
from duetime.engine.catchup import Fate
from duetime.engine.instants import MILLISECOND, SECOND, Span, iso, span_text
from duetime.engine.triggers.base import Json

_SPANS = ("busy", "longest", "latest")
_ENDINGS = ("failed", "lost", "going")


def show_summary(summary: Summary, screen: Screen) -> None:
    """Show a table with a line for each task, and columns for what there was."""
    figures = summary.tasks
    fates = [fate for fate in Fate if any(each.fates[fate] for each in figures.values())]
    endings = [key for key in _ENDINGS if any(each.endings[key] for each in figures.values())]
    spans = [key for key in _SPANS if any(getattr(each, key) for each in figures.values())]
    rows = [
        [
            name,
            *(count_text(each.runs), count_text(sum(each.fates.values()))),
            *(count_text(each.fates[fate]) for fate in fates),
            *(count_text(each.endings[key]) for key in endings),
            *(_span(getattr(each, key)) for key in spans),
        ]
        for name, each in figures.items()
    ]
    screen.table(["task", "runs", "due", *map(str, fates), *endings, *spans], rows)
    crowd = summary.crowd
    if crowd.most:
        screen.line(f"\nat most {crowd.most:,} at once, first at {iso(crowd.first_most)}")


def summary_json(summary: Summary) -> dict[str, Json]:
    """Return the same as JSON; spans in seconds."""
    crowd = summary.crowd
    return {
        "most_at_once": crowd.most,
        "first_most": iso(crowd.first_most) if crowd.most else None,
        "tasks": {name: _task_json(each) for name, each in summary.tasks.items()},
    }


def show_many(samples: Sequence[Sample], screen: Screen) -> None:
    """Show how each figure is spread; those that are always zero are left out."""
    rows = []
    for name, key, spread in _spreads(samples):
        write = _span if key in _SPANS else count_text
        values = (spread.least, spread.low, spread.median, spread.high, spread.most)
        rows.append([name or "all", key, *map(write, values)])
    screen.table(["task", "figure", "least", "5 %", "median", "95 %", "most"], rows)


def many_json(samples: Sequence[Sample]) -> list[Json]:
    """Return the same as JSON; spans in seconds."""
    return [
        {
            "task": name or None,
            "figure": key,
            **{
                field.name: _in_seconds(key, getattr(spread, field.name))
                for field in fields(Spread)
            },
        }
        for name, key, spread in _spreads(samples)
    ]


def _in_seconds(key: str, value: float) -> float:
    return value / SECOND if key in _SPANS else value


def _spreads(samples: Sequence[Sample]) -> Iterable[tuple[str, str, Spread]]:
    """Yield task, figure and spread, of figures that are not always zero."""
    first: Mapping[str, Mapping[str, int]] = samples[0].figures
    for name in (*(name for name in first if name != ALL), ALL):
        keys = dict.fromkeys(key for sample in samples for key in sample.figures[name])
        for key in keys:
            values = [sample.figures[name].get(key, 0) for sample in samples]
            if any(values):
                yield name, key, spread_of(values)


def _task_json(figures: TaskFigures) -> Json:
    return {
        "runs": figures.runs,
        "due": sum(figures.fates.values()),
        "fates": {str(fate): count for fate, count in figures.fates.items() if count},
        "endings": dict(figures.endings),
        **{f"{key}_seconds": getattr(figures, key) / SECOND for key in _SPANS},
    }


def _span(span: Span) -> str:
    """Write a span as exactly as anybody wants to read it."""
    unit = SECOND if span >= 10 * SECOND else MILLISECOND
    return span_text(round(span / unit) * unit)
