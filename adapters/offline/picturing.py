"""Gathers what is drawn of a simulated plan, from windows of runs."""

from collections import Counter, defaultdict

from duetime.adapters.offline.clock_changes import changes_of
from duetime.adapters.offline.figures import Bar, Figures, Lane, Mark
from duetime.adapters.offline.summary import Summary
from duetime.adapters.offline.windows import ENDINGS, FATES, Window, plain
from duetime.engine.instants import DAY, HOUR, Instant
from duetime.engine.zones import Zone

LANES_SPAN = 7 * DAY
"""So much of the time is drawn run by run."""

_WEEK_HOURS = 7 * 24
_MONDAY = 3 * 24
"""1970-01-01 was a Thursday."""


class Picturing:
    """What is to be drawn, as far as the windows so far say."""

    def __init__(self, begin: Instant, end: Instant, clock: Zone) -> None:
        """`clock`: on which weekdays and hours are told."""
        self._begin, self._end, self._clock = begin, end, clock
        self._lanes_end = min(end, begin + LANES_SPAN)
        self._settled = begin
        self._bars: defaultdict[str, list[Bar]] = defaultdict(list)
        self._marks: defaultdict[str, list[Mark]] = defaultdict(list)
        self._hours: Counter[int] = Counter()

    def take(self, window: Window) -> None:
        """Take in a window."""
        for name, runs in window.runs.items():
            started = plain(runs.started)
            self._count_hours(started)
            if self._settled < self._lanes_end:
                times = zip(started, plain(runs.ended), plain(runs.ending), strict=True)
                self._bars[name] += [
                    (start, end, ENDINGS[ending])
                    for start, end, ending in times
                    if start < self._lanes_end
                ]
        for name, fates in window.fates.items():
            if window.begin < self._lanes_end:
                self._marks[name] += [
                    (at, str(FATES[fate]))
                    for at, fate in zip(plain(fates.first), plain(fates.fate), strict=True)
                    if at < self._lanes_end
                ]
        self._settled = window.settled

    def figures(self, title: str, summary: Summary) -> Figures:
        """Return what is to be drawn, once all windows are in."""
        names = list(summary.tasks)
        lanes = [
            Lane(name=each, bars=self._bars.get(each, ()), marks=self._marks.get(each, ()))
            for each in names
        ]
        changes = changes_of(self._clock.key, self._begin, self._end)
        week = [[self._hours[day * 24 + hour] for hour in range(24)] for day in range(7)]
        return Figures(
            title=title,
            tz=self._clock.key,
            begin=self._begin,
            end=self._end,
            changes={change.at: change.by for change in changes},
            lanes_begin=self._begin,
            lanes_end=self._lanes_end,
            lanes=lanes,
            week=week,
            busy=summary.crowd.busy(),
            tallies=summary.tallies(),
        )

    def _count_hours(self, started: list[int]) -> None:
        """Count starts by their hour of the week, stretch by stretch of constant offset."""
        rest = sorted(started)
        while rest:
            stretch = self._clock.segment(rest[0])
            here = [at for at in rest if at < stretch.end]
            offset = stretch.offset + _MONDAY * HOUR
            self._hours.update((at + offset) // HOUR % _WEEK_HOURS for at in here)
            rest = rest[len(here) :]
