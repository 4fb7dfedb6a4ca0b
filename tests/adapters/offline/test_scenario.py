"""What happens to a simulated plan from outside, as a file says it."""

from datetime import timedelta
from pathlib import Path

import pytest

from duetime.adapters.offline import scenario as scenarios
from duetime.adapters.offline.scenario import FAULTS, VERBS, Event, Scenario, read_scenario
from duetime.adapters.plans import PlanError
from duetime.engine.errors import BadTimeError, UnknownTaskError
from duetime.engine.instants import HOUR, MINUTE, to_datetime
from duetime.engine.triggers import Calendar, Cron, Daily, Every, Once
from tests.adapters.offline.plan_files import BEGIN, one_task

AT = "2026-01-01T05:00:00Z"


def read(folder: Path, text: str) -> Scenario:
    """Write a scenario and read it."""
    path = folder / "scenario.toml"
    path.write_text(text, "utf-8")
    return read_scenario(path)


def problems(folder: Path, text: str) -> list[str]:
    """Return what is wrong with a scenario."""
    with pytest.raises(PlanError) as caught:
        read(folder, text)
    return list(map(str, caught.value.problems))


EVENTS = [
    ('suspend = "2h"', Event(trigger=Once(AT), kind="suspend", span=timedelta(hours=2))),
    ('stall = "3s"', Event(trigger=Once(AT), kind="stall", span=timedelta(seconds=3))),
    ('crash = "5m"', Event(trigger=Once(AT), kind="crash", span=timedelta(minutes=5))),
    ('crash = "0s"', Event(trigger=Once(AT), kind="crash", span=timedelta())),
    ('step_wall = "1h"', Event(trigger=Once(AT), kind="step_wall", span=timedelta(hours=1))),
    ('step_wall = "-90s"', Event(trigger=Once(AT), kind="step_wall", span=timedelta(seconds=-90))),
    (
        'slew = -500\nfor = "1h"',
        Event(trigger=Once(AT), kind="slew", ppm=-500, span=timedelta(hours=1)),
    ),
    *((f'{verb} = "it"', Event(trigger=Once(AT), kind=verb, name="it")) for verb in VERBS),
    (
        'disable = "it"\nfor = "1w"',
        Event(trigger=Once(AT), kind="disable", name="it", span=timedelta(weeks=1)),
    ),
]


@pytest.mark.parametrize(("said", "expected"), EVENTS)
def test_every_kind_of_event_is_read(tmp_path: Path, said: str, expected: Event) -> None:
    """A fault with its span, a verb with its task."""
    [event] = read(tmp_path, f'[[events]]\nat = "{AT}"\n{said}').events
    assert event == expected


def test_no_kind_of_event_is_left_out() -> None:
    """The table above has them all."""
    assert {event.kind for _, event in EVENTS} == {*FAULTS, *VERBS}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('at = "2026-01-01T06:00+01:00"', Once(AT)),
        ("at = 2026-01-01T06:00:00+01:00", Once(AT)),
        ('when = "0 5 * * *"', Cron("0 5 * * *", tz="UTC")),
        ('when = "Sun 05:00"\ntz = "Europe/Berlin"', Calendar("Sun 05:00", tz="Europe/Berlin")),
        ('when = "6h"', Every(hours=6)),
        ("when = \"Daily('05:00', tz='Asia/Tokyo')\"", Daily("05:00", tz="Asia/Tokyo")),
    ],
)
def test_an_event_happens_once_or_again_and_again(
    tmp_path: Path, said: str, expected: object
) -> None:
    """At a time, or when an expression of `duetime next` is due."""
    [event] = read(tmp_path, f'[[events]]\n{said}\nstall = "1s"').events
    assert event.trigger == expected


def test_shares_and_lengths_are_read(tmp_path: Path) -> None:
    """By task; lengths in the forms of a plan."""
    found = read(tmp_path, '[fails]\na = 0.25\nb = 1\n[takes]\na = "1m..2m"\nb = ["1s", "9s"]')
    expected = Scenario(fails={"a": 0.25, "b": 1}, takes={"a": "1m..2m", "b": ["1s", "9s"]})
    assert found == expected


def test_an_empty_file_is_a_scenario_without_events(tmp_path: Path) -> None:
    """Nothing happens."""
    assert read(tmp_path, "# quiet\n") == Scenario()


WRONG = [
    ("x = 1", "line 1, x: unknown key; allowed are fails, takes, events"),
    ("fails = 3", "line 1, fails: 3 must be a table of tasks"),
    ("[fails]\na = 1.5", "line 2, fails.a: 1.5 must be a share, from 0 to 1"),
    ("[fails]\na = true", "line 2, fails.a: True must be a share, from 0 to 1"),
    ("[takes]\na = 5", "line 2, takes.a: 5 must be text such as '5m', or a list of such"),
    ("[takes]\na = '9s..1s'", "must be from 0 up, the shorter first"),
    ("events = 'x'", "line 1, events: write each event as a table [[events]]"),
    ("events = ['x']", "events.0: 'x' must be a table"),
    ("[[events]]\nat = '2026-01-01T05:00Z'", "give one of suspend, stall, crash, step_wall"),
    ("[[events]]\nat = '2026-01-01T05:00Z'\nstall = '1s'\ncrash = '1s'", "give one of suspend"),
    ("[[events]]\nstall = '1s'", "give either at, a time, or when, an expression"),
    ("[[events]]\nat = 'x'\nwhen = '1h'\nstall = '1s'", "give either at, a time, or when"),
    ("[[events]]\nat = 'soon'\nstall = '1s'", "line 1, events.0: 'soon' is no ISO 8601 time"),
    ("[[events]]\nat = '2026-01-01T05:00'\nstall = '1s'", "has no time zone"),
    ("[[events]]\nat = 5\nstall = '1s'", "line 1, events.0: 5 "),
    ("[[events]]\nwhen = 'x y'\nstall = '1s'", "line 1, events.0: "),
    ("[[events]]\nwhen = '1h'\nstall = '1s'\nzone = 'UTC'", "unknown key 'zone'"),
    ("[[events]]\nwhen = '0 5 * * *'\ntz = 'Mars'\nstall = '1s'", "'Mars' is unknown"),
    ("[[events]]\nwhen = '1h'\nstall = 1", "line 1, events.0: "),
    ("[[events]]\nwhen = '1h'\nstall = '-1s'", "line 1, events.0: "),
    ("[[events]]\nwhen = '1h'\nslew = '5'\nfor = '1h'", "must be a whole number of ppm"),
    ("[[events]]\nwhen = '1h'\nslew = 5", "line 1, events.0: slew needs for: how long it lasts"),
    (
        "[[events]]\nwhen = '1h'\nslew = 900000\nfor = '1h'",
        "line 1, events.0: slew: 900,000 ppm; at most 500,000",
    ),
    ("[[events]]\nwhen = '1h'\nstop = 5", "stop: 5 must be the name of a task"),
    ("[[events]]\nwhen = '1h'\nstop = 'a'\nfor = '1h'", "stop takes no for"),
    ("[[events]]\nwhen = '1h'\nstall = '1s'\nppm = 5", "unknown key 'ppm'"),
    ("[[events]]\nat = '2026-01-01T05:00Z'\ntz = 'UTC'\nstall = '1s'", "tz goes with when"),
]


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_what_makes_no_sense_is_told(tmp_path: Path, text: str, expected: str) -> None:
    """With line and key, and what is allowed."""
    [told] = problems(tmp_path, text)
    assert expected in told


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """In the order of the lines."""
    text = """\
[fails]
a = 2
[takes]
a = "soon"
[[events]]
at = "2026-01-01T05:00Z"
suspend = "1h"
[[events]]
at = "2026-01-01T05:00Z"
"""
    where = [told.split(":")[0] for told in problems(tmp_path, text)]
    assert where == ["line 2, fails.a", "line 4, takes.a", "line 8, events.1"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"[fails", "line 1: this is no TOML"), (b"\xff", "line 1: this is no UTF-8 text")],
)
def test_a_file_that_is_no_scenario_is_refused(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    """As a plan that cannot be read."""
    path = tmp_path / "scenario.toml"
    path.write_bytes(content)
    with pytest.raises(PlanError, match=expected):
        read_scenario(path)


def test_happenings_come_in_order_of_time() -> None:
    """After the begin and before the end; at one time, as they stand in the file."""
    late = Event(trigger=Once(to_datetime(BEGIN + 3 * HOUR)), kind="stall")
    often = Event(trigger=Every(minutes=90), kind="suspend")
    edges = Event(trigger=Cron("0 0,4 * * *", tz="UTC"), kind="stall")
    found = Scenario(events=(late, often, edges)).happenings(BEGIN, BEGIN + 4 * HOUR)
    assert found == [
        (BEGIN + 90 * MINUTE, often),
        (BEGIN + 3 * HOUR, late),
        (BEGIN + 3 * HOUR, often),
    ]


def test_too_many_events_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time that one comes again counts."""
    monkeypatch.setattr(scenarios, "MOST_EVENTS", 24)
    hourly = Scenario(events=(Event(trigger=Every(hours=1), kind="stall"),))
    assert len(hourly.happenings(BEGIN, BEGIN + 25 * HOUR)) == 24
    with pytest.raises(BadTimeError, match="a scenario has at most 24 events"):
        hourly.happenings(BEGIN, BEGIN + 26 * HOUR)


@pytest.mark.parametrize(
    "text", ["[fails]\nx = 1", "[takes]\nx = '1s'", "[[events]]\nwhen = '1h'\nstop = 'x'"]
)
def test_a_task_that_the_plan_does_not_have_is_refused(tmp_path: Path, text: str) -> None:
    """Wherever it stands."""
    with pytest.raises(UnknownTaskError, match="there is no task 'x'"):
        read(tmp_path, text).check(one_task('daily = "05:00"'))
