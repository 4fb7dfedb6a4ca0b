"""Plans in TOML."""

from pathlib import Path

import pytest

from duetime.adapters.plans import PlanError, read_plan
from duetime.engine.instants import HOUR, MINUTE
from duetime.engine.machine import Settings
from duetime.engine.policies import CatchUp, Overlap, Retry
from duetime.engine.triggers import (
    AfterFinish,
    Calendar,
    Cron,
    Daily,
    Every,
    Monthly,
    Once,
    OnDemand,
    RRule,
    Trigger,
    Weekly,
    Yearly,
)
from duetime.engine.triggers.exclude import Except

BERLIN = "Europe/Berlin"


def write(folder: Path, text: str) -> Path:
    """Write a plan."""
    path = folder / "plan.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ('once = "2026-03-01T09:00+01:00"', Once("2026-03-01T08:00Z")),
        ("once = 2026-03-01T09:00:00+01:00", Once("2026-03-01T08:00Z")),
        ("on_demand = true", OnDemand()),
        ('every = "6m"', Every(minutes=6)),
        ("every = { hours = 1, minutes = 30 }", Every(minutes=90)),
        (
            'every = "1d"\nanchor = "2026-01-01T00:00Z"',
            Every("1d", anchor="2026-01-01T00:00Z"),
        ),
        ('after_finish = "30s"', AfterFinish(seconds=30)),
        ('daily = "02:30"', Daily("02:30", tz=BERLIN)),
        ("daily = 02:30:00", Daily("02:30", tz=BERLIN)),
        ('daily = ["06:00", "18:00"]\ntz = "UTC"', Daily(["06:00", "18:00"], tz="UTC")),
        (
            'daily = "02:30"\ngap = "skip"\nfold = "both"',
            Daily("02:30", tz=BERLIN, gap="skip", fold="both"),
        ),
        (
            'daily = { at = "02:30", every = 2, anchor = 2026-01-01 }',
            Daily("02:30", tz=BERLIN, every=2, anchor="2026-01-01"),
        ),
        ('weekly = ["mon", "fri"]\nat = "09:00"', Weekly(["mon", "fri"], "09:00", tz=BERLIN)),
        ('monthly = "last fri"\nat = "18:00"', Monthly("last fri", "18:00", tz=BERLIN)),
        (
            'monthly = 31\nat = "18:00"\noverflow = "clip"',
            Monthly(31, "18:00", tz=BERLIN, overflow="clip"),
        ),
        ('yearly = 12\ndays = 24\nat = "14:00"', Yearly(12, 24, "14:00", tz=BERLIN)),
        ('cron = "0 18 L * *"', Cron("0 18 L * *", tz=BERLIN)),
        ('calendar = "Mon..Fri 09:00"', Calendar("Mon..Fri 09:00", tz=BERLIN)),
        (
            'rrule = "FREQ=DAILY;COUNT=3"\nstart = "2026-01-01T09:00"',
            RRule("FREQ=DAILY;COUNT=3", start="2026-01-01T09:00", tz=BERLIN),
        ),
        ('trigger = "30m"', Every(minutes=30)),
        ('trigger = "*/5 * * * *"', Cron("*/5 * * * *", tz=BERLIN)),
        (
            """trigger = "Except(Every('1h'), Daily('02:00', tz='UTC'))\"""",
            Except(Every(hours=1), Daily("02:00", tz="UTC")),
        ),
    ],
)
def test_each_trigger_has_its_key(tmp_path: Path, text: str, trigger: Trigger) -> None:
    """Its value is the first parameter, others stand beside it; or it is a table of them all."""
    path = write(tmp_path, f'[defaults]\ntz = "{BERLIN}"\n[tasks.a]\n{text}\n')
    assert [each.task.trigger for each in read_plan(path).tasks] == [trigger]


def test_cron_without_any_zone_is_in_utc(tmp_path: Path) -> None:
    """As the trigger itself has it."""
    path = write(tmp_path, '[tasks.a]\ncron = "@daily"\n')
    assert read_plan(path).tasks[0].task.trigger == Cron("@daily", tz="UTC")


def test_defaults_hold_for_what_says_nothing_else(tmp_path: Path) -> None:
    """Policies, takes and settings; a task with a policy of its own keeps it."""
    path = write(
        tmp_path,
        """
        [defaults]
        overlap = "buffer_one"
        retry = "retry(3)"
        takes = "5m"
        [settings]
        max_running = 4
        forward = "1h"
        [tasks.a]
        every = "10m"
        window = "2m"
        [tasks.b]
        every = "10m"
        overlap = "skip"
        catch_up = "last(3)"
        takes = ["1s", "2s"]
        run = "web.pages:make"
        args = { page = "index.html" }
        """,
    )
    plan = read_plan(path)
    a, b = plan.tasks
    assert plan.settings == Settings(max_running=4, forward=HOUR)
    assert (a.task.overlap, a.task.retry, a.takes) == (Overlap.BUFFER_ONE, Retry(3), "5m")
    assert a.task.window == 2 * MINUTE
    assert (b.task.overlap, b.task.catch_up) == (Overlap.SKIP, CatchUp.last(3))
    assert (b.takes, b.run, b.task.args) == (["1s", "2s"], "web.pages:make", {"page": "index.html"})
    assert (a.line, b.line) == (9, 12)


ALL_WRONG = """\
[defaults]
tz = "Europe/Berlim"
overlap = "skipp"
[settings]
max_running = 0
step = "soon"
[tasks.a]
every = "6x"
dayly = "3"
[tasks.b]
daily = "25:00"
cron = "* * * * *"
[tasks.c]
weekly = "mon"
takes = "3s..1s"
retry = "x"
run = "abc"
args = 3
[tasks."d e"]
daily = { at = "02:30", evry = 2 }
[tasks.f]
every = "1m"
gap = "skip"
[tasks.g]
on_demand = false
[tasks.h]
run = "a:b"
[tasks.i]
rrule = "FREQ=DAILY"
takes = 3
[other]
"""


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    """Each with its line and key, and what is allowed."""
    with pytest.raises(PlanError) as caught:
        read_plan(write(tmp_path, ALL_WRONG))
    found = {(each.line, each.key): each.text for each in caught.value.problems}
    assert list(found) == [
        (2, "defaults.tz"),
        (3, "defaults.overlap"),
        (5, "settings.max_running"),
        (6, "settings.step"),
        (8, "tasks.a.every"),
        (9, "tasks.a.dayly"),
        (12, "tasks.b.cron"),
        (14, "tasks.c.weekly"),
        (15, "tasks.c.takes"),
        (16, "tasks.c.retry"),
        (17, "tasks.c.run"),
        (18, "tasks.c.args"),
        (20, "tasks.'d e'.daily"),
        (23, "tasks.f.gap"),
        (25, "tasks.g.on_demand"),
        (26, "tasks.h"),
        (29, "tasks.i.rrule"),
        (30, "tasks.i.takes"),
        (31, "other"),
    ]
    assert "did you mean 'daily'?" in found[9, "tasks.a.dayly"]
    assert "two triggers, daily and cron" in found[12, "tasks.b.cron"]
    assert "weekly needs at" in found[14, "tasks.c.weekly"]
    assert "rrule needs start" in found[29, "tasks.i.rrule"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no [tasks.NAME]"),
        ("tasks = 3\n", "3 must be a table"),
        ("[tasks]\na = 3\n", "line 2, tasks.a: 3 must be a table"),
        ("[tasks.a\n", "line 1: this is no TOML"),
        ('[tasks.a]\nevery = "1m', "line 2: this is no TOML"),
        (
            "[tasks.a]\ndaily = '02:30'\n",
            "daily needs tz; give it beside",
        ),
        ("[tasks.a]\nonce = '2026-01-01T00:00'\n", "tasks.a.once"),
        ("[tasks.a]\ntrigger = 3\n", "3 must be text"),
        ("[tasks.' ']\nevery = '1m'\n", "a task needs a name"),
        ("[tasks.a]\nevery = '1m'\nbuffer_limit = 0\n", "buffer_limit 0 must be 1 to 1,000,000"),
        ("[tasks.a]\nevery = '1m'\ncatch_up = 'last(5)'\nbuffer_limit = 2\n", "contradicts"),
    ],
)
def test_what_is_no_plan_is_refused_with_the_place(tmp_path: Path, text: str, words: str) -> None:
    """One problem takes one line."""
    with pytest.raises(PlanError) as caught:
        read_plan(write(tmp_path, text))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
