"""The first half of the demo: one year of a small web application's schedule, simulated."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from duetime.adapters.offline.tallies import Tally
from duetime.adapters.simulate import Simulation
from duetime.clocks.virtual import VirtualClock
from duetime.engine.instants import to_instant
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand

ZONE = ZoneInfo("Europe/Berlin")
BEGIN, END = datetime(2026, 1, 1, tzinfo=ZONE), datetime(2027, 1, 1, tzinfo=ZONE)

SWEEPER = "sweeper (6 min)"
PAGES = {"news.html (30 s)": 30, "prices.html (60 s)": 60, "static.html (120 s)": 120}
REPORT = "report (02:30)"
NEWSLETTER = "newsletter"
TASKS = (SWEEPER, *PAGES, REPORT, NEWSLETTER)

STORY = """\
Every Monday at 09:00 somebody demands the newsletter, three times in a row.
On 14 July the machine sleeps from 01:00 to 03:00.
From 24 December on the report is disabled."""

NIGHTS = {
    date(2026, 3, 29): "the clocks go forward: there is no 02:30, so it runs once, after the gap",
    date(2026, 10, 25): "the clocks go back: 02:30 comes twice, it runs the first time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """What the year came to.

    `due`: how often the triggers alone say that something was due; `reports`: when the report ran,
    on the day before, of and after each change of the clocks; `seconds`: how long it took.
    """

    tallies: list[Tally]
    due: int
    reports: dict[date, list[datetime]]
    seconds: float

    @property
    def is_accounted_for(self) -> bool:
        """Whether there are as many fates as there were due times."""
        return self.due == sum(sum(tally.fates.values()) for tally in self.tallies)


def simulate_year(progress: Callable[[str], None]) -> Year:
    """Live through the year, event by event."""
    clock = VirtualClock(BEGIN)
    began = time.perf_counter()
    with Simulation(clock) as simulation:
        _declare(simulation)
        for moment, happen in _story(simulation):
            progress(f"simulating {moment:%d %B} ...")
            clock.run_until(moment)
            happen()
        clock.run_until(END)
        progress("")
        took = time.perf_counter() - began
        views = [simulation.view(name) for name in TASKS]
        started = [run.started.astimezone(ZONE) for run in simulation.runs(REPORT)]
    year = to_instant(BEGIN), to_instant(END)
    return Year(
        tallies=[Tally(view.name, view.state.number, view.counts) for view in views],
        due=sum(view.task.trigger.count(*year) for view in views),
        reports={night: _around(night, started) for night in NIGHTS},
        seconds=took,
    )


def _declare(simulation: Simulation) -> None:
    simulation.add(SWEEPER, Every(minutes=6))
    for name, seconds in PAGES.items():
        simulation.add(name, Every(seconds=seconds))
    simulation.add(REPORT, Daily("02:30", tz=ZONE), takes="40m")
    simulation.add(NEWSLETTER, OnDemand(), takes="20m")


def _story(simulation: Simulation) -> Iterator[tuple[datetime, Callable[[], object]]]:
    """Yield what happens during the year, and when, in order."""
    events: list[tuple[datetime, Callable[[], object]]] = [
        (datetime(2026, 7, 14, 1, tzinfo=ZONE), lambda: simulation.clock.suspend("2h")),
        (datetime(2026, 12, 24, tzinfo=ZONE), lambda: simulation.disable(REPORT)),
    ]
    monday = datetime(2026, 1, 5, 9, tzinfo=ZONE)
    while monday < END:
        events += [(monday, lambda: simulation.demand(NEWSLETTER))] * 3
        monday += timedelta(weeks=1)
    yield from sorted(events, key=lambda event: event[0].astimezone(UTC))


def _around(night: date, started: list[datetime]) -> list[datetime]:
    return [at for at in started if abs(at.date() - night) <= timedelta(days=1)]
