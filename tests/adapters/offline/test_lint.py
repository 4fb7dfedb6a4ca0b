"""Every code of lint: a plan that has it, and one that just does not."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from duetime.adapters.offline.findings import Code, Finding
from duetime.adapters.offline.lint import lint
from duetime.adapters.offline.plan_diff import simulated
from duetime.adapters.plans import Problem
from duetime.engine.catchup import Fate
from tests.adapters.offline.plan_files import BEGIN, FIVE_LATER, YEAR_LATER, one_task, plan_of


def findings(*lines: str) -> list[Finding]:
    """Return what is found in a plan of one task within five years."""
    return list(lint(one_task(*lines), BEGIN, FIVE_LATER))


def codes(*lines: str) -> list[Code]:
    """Return the codes of the same."""
    return [each.code for each in findings(*lines)]


def cron(expression: str) -> str:
    """Write the line of a plan."""
    return f'cron = "{expression}"'


@pytest.mark.parametrize(
    ("code", "lines", "text"),
    [
        ("D101", [cron("0 0 30 2 *")], "no occurrence after 2026-01-01"),
        ("D101", ['once = "2025-06-01T00:00Z"'], "no occurrence"),
        ("D102", [cron("0 5 13 * FRI")], "on day 13 of the month or on Friday"),
        ("D102", [cron("0 5 */2 * MON")], "or on Monday"),
        ("D103", [cron("*/7 * * * *")], "from 56 to 0 it is 4, not 7"),
        ("D103", [cron("0 */5 * * *")], "from 20 to 0 it is 4, not 5"),
        ("D103", [cron("*/45 * * * * *")], "from 45 to 0 it is 15, not 45"),
        ("D103", [cron("2/7 * * * *")], "from 58 to 2 it is 4, not 7"),
        ("D103", [cron("H/7 * * * *")], "not 7"),
        ("D103", [cron("0 5 */2 * *")], "from 31 to 1 it is 1, not 2"),
        ("D103", [cron("0 5 1 */5 *")], "from 11 to 1 it is 2, not 5"),
        ("D103", [cron("0 5 * * */2")], "from 6 to 0 it is 1, not 2"),
        ("D103", [cron("*/70 * * * *")], "picks 0 alone"),
        ("D104", [cron("0 5 31 * *")], "none in February, April, June, September, November"),
        ("D104", [cron("0 5 15,30 * *")], "day 30 of '0 5 15,30 * *' is not in every month"),
        ("D104", [cron("0 5 29 * *")], "none in February 2026, February 2027"),
        ("D104", [cron("0 5 * * 5#5")], "none in "),
        ("D104", ["monthly = 31", 'at = "05:00"'], "day 31"),
        ("D104", ["monthly = -30", 'at = "05:00"'], "none in February"),
        ("D104", ['monthly = ["5th fri", 1]', 'at = "05:00"'], "5th fri"),
        ("D104", ['yearly = ["jan", "apr"]', "days = 31", 'at = "05:00"'], "none in April"),
        ("D104", ['rrule = "FREQ=MONTHLY"', 'start = "2026-01-31T05:00"'], "none in February"),
        ("D105", ["yearly = 2", "days = 29", 'at = "05:00"'], "on 29 February only"),
        ("D105", [cron("0 5 29 2 *")], "on 29 February only"),
        ("D201", ['daily = "02:30"'], "2026-03-29 02:30, 2027-03-28 02:30"),
        ("D201", ['daily = "02:30"', 'gap = "skip"'], "do not exist: left out"),
        ("D201", ['daily = "02:30"', 'gap = "shift"'], "later by the length of the gap"),
        ("D201", ['calendar = "*-*-* 02:30:00"'], "do not exist: left out"),
        ("D202", [cron("30 2 * * *")], "come twice: due the first time only"),
        ("D202", ['daily = "02:30"', 'fold = "both"'], "due both times"),
        ("D202", ['daily = "02:30"', 'fold = "second"'], "due the second time only"),
        ("D301", ['daily = ["05:00", "05:30"]', 'takes = "1m..31m"'], "up to 31m"),
        ("D301", [cron("0 5-6 * * *"), 'takes = "2h"'], "1h at times"),
        ("D302", ['every = "90s"', 'takes = "91s"'], "at least 1m 31s"),
        ("D302", ['every = "1m"', 'takes = "3m"', 'overlap = "allow(2)"'], "2 more are due"),
        ("D302", ['daily = "05:00"', 'takes = "30h"', 'overlap = "buffer_all"'], "at least 1d 6h"),
    ],
)
def test_what_a_code_finds(code: str, lines: list[str], text: str) -> None:
    """Each rule says what is so, and names the task and its line."""
    found = [each for each in findings(*lines) if each.code == code]
    assert found
    assert text in found[0].what
    assert (found[0].tasks, found[0].line) == (("it",), 3)


@pytest.mark.parametrize(
    "lines",
    [
        ["on_demand = true"],
        ['once = "2026-06-01T00:00Z"'],
        [cron("0 5 13 * +FRI")],
        [cron("0 5 13 * *")],
        [cron("0 5 * * FRI")],
        [cron("*/6 */4 * * *")],
        [cron("*/15 * * * * *")],
        [cron("30/5 * * * *")],
        [cron("5/15 * * * *")],
        [cron("0 9-17/3 * * *")],
        [cron("0 5 28 * *")],
        [cron("0 5 L * *")],
        [cron("0 5 25-31 * *")],
        [cron("0 5 * * 5#4")],
        [cron("0 5 31 1,3,5 *")],
        ["monthly = [28, -28]", 'at = "05:00"'],
        ["monthly = 31", 'at = "05:00"', 'overflow = "clip"'],
        ["yearly = 2", "days = 29", 'at = "05:00"', 'overflow = "next"'],
        ['rrule = "FREQ=MONTHLY;BYDAY=-1FR"', 'start = "2026-01-30T05:00"'],
        ['daily = ["01:59", "03:00"]'],
        ['daily = "02:30"', 'tz = "Asia/Tokyo"'],
        [cron("*/30 * * * *")],
        ['every = "90s"', 'takes = "90s"'],
        ['every = "1m"', 'takes = "2m"', 'overlap = "allow(2)"'],
        ['after_finish = "1m"', 'takes = "1h"'],
        ['daily = ["05:00", "05:30"]', 'takes = "30m"'],
        ['daily = ["05:00", "05:30"]', 'takes = "hold"'],
        ["trigger = \"Within(Daily('02:30', tz='Europe/Berlin'), days=['mon'], tz='UTC')\""],
        ["trigger = \"Limit(Cron('30 2 * * *', tz='Europe/Berlin'), count=2)\""],
    ],
)
def test_what_is_just_right_is_left_alone(lines: list[str]) -> None:
    """A plan that is as it should be has no finding at all, of any code."""
    allowed = [Code.NEVER_FIRES] if "count=2" in lines[0] else []
    assert codes(*lines) == allowed


CAPACITY = """
[defaults]
tz = "UTC"
takes = "30m"
[settings]
max_running = {slots}
[tasks.a]
daily = "05:00"
[tasks.b]
daily = "05:10"
[tasks.c]
daily = "05:29"
[tasks.unknown]
daily = "05:29:30"
takes = "hold"
"""


def test_too_many_runs_at_once_are_found() -> None:
    """The first time is told, who is due then, and who takes the slots."""
    [found] = lint(plan_of(CAPACITY.format(slots=2)), BEGIN, YEAR_LATER)
    assert (found.code, found.tasks, found.line) == ("D303", ("c", "a", "b"), 11)
    expected = "max_running = 2, and at 2026-01-01T05:29:00Z c is due while a, b may still run"
    assert found.what == expected


def test_as_many_runs_as_slots_are_fine() -> None:
    """A run that ends as another comes due has made room."""
    assert lint(plan_of(CAPACITY.format(slots=3)), BEGIN, YEAR_LATER) == ()
    text = CAPACITY.format(slots=2).replace("05:29", "05:30")
    assert lint(plan_of(text), BEGIN, YEAR_LATER) == ()


def test_of_those_due_at_once_the_first_gets_the_slot() -> None:
    """Priority decides, then the name."""
    text = CAPACITY.format(slots=1).replace("05:10", "05:00").replace("05:29", "23:00")
    first = lint(plan_of(text), BEGIN, YEAR_LATER)
    other = lint(plan_of(text.replace("[tasks.a]", "[tasks.a]\npriority = 1")), BEGIN, YEAR_LATER)
    assert [each[0].tasks for each in (first, other)] == [("b", "a"), ("a", "b")]


def times(*lines: str) -> list[Finding]:
    """Return what is found in a plan of tasks with these lines, in Berlin."""
    tasks = [f"[tasks.t{number}]\n{line}" for number, line in enumerate(lines)]
    plan = plan_of("\n".join(['[defaults]\ntz = "Europe/Berlin"', *tasks]))
    return list(lint(plan, BEGIN, YEAR_LATER))


def test_several_tasks_in_one_minute_are_found() -> None:
    """Three tasks, hourly or rarer; the minute is one of their clock."""
    [found] = times('daily = "00:00"', 'cron = "@daily"', 'weekly = "mon"\nat = "00:00"')
    assert (found.code, found.tasks) == ("D304", ("t0", "t1", "t2"))
    assert "00:00 in Europe/Berlin: t0, t1, t2" in found.what
    assert "52 times in a year" in found.what


@pytest.mark.parametrize(
    "lines",
    [
        ['daily = "00:00"', 'cron = "@daily"', 'daily = "00:01"'],
        ['daily = "00:00"', 'cron = "@daily"', 'cron = "*/5 * * * *"'],
        ['daily = "00:00"', 'cron = "@daily"', 'every = "1d"'],
        ['cron = "H H * * *"', 'cron = "H H * * *"', 'cron = "H H * * *"'],
        ['weekly = "mon"\nat = "09:00"', 'weekly = "tue"\nat = "09:00"', 'daily = "09:00"'],
    ],
)
def test_two_in_a_minute_are_no_crowd(lines: list[str]) -> None:
    """Nor are tasks that are due more often, and those whose phase nobody knows."""
    assert times(*lines) == []


def test_of_groups_that_overlap_the_busiest_is_told() -> None:
    """Another is told if it still is one without those that were told."""
    found = times(*['cron = "0 * * * *"'] * 3, 'daily = "07:00"', *['daily = "09:00"'] * 3)
    assert [each.tasks for each in found] == [
        ("t0", "t1", "t2"),
        ("t0", "t1", "t2", "t4", "t5", "t6"),
    ]


def test_a_notice_of_the_plan_is_a_finding() -> None:
    """What a file says and is not done here has a code of its own."""
    plan = one_task('daily = "05:00"')
    object.__setattr__(plan, "notices", (Problem(2, "MAILTO", "is ignored"),))
    [found] = lint(plan, BEGIN, YEAR_LATER)
    assert (found.code, found.line, found.what) == ("D401", 2, "MAILTO: is ignored")


times_of_day = st.lists(
    st.integers(0, 23).map("{:02}:00".format), min_size=1, max_size=4, unique=True
)


@given(at=times_of_day, hours=st.integers(1, 60), at_once=st.integers(1, 3))
@example(at=["01:00", "04:00"], hours=2, at_once=1)
def test_overlaps_are_found_where_a_simulation_skips(
    at: list[str], hours: int, at_once: int
) -> None:
    """By arithmetic or by running it, through a change of the clock: the same verdict."""
    plan = one_task(f"daily = {at}", f'takes = "{hours}h"', f'overlap = "allow({at_once})"')
    begin = BEGIN + 84 * 86_400 * 10**9
    end = begin + 9 * 86_400 * 10**9
    found = {each.code for each in lint(plan, begin, end)} & {"D301", "D302"}
    fates = {each.fate for each in simulated(plan, begin, end).fates("it")}
    assert bool(found) == (Fate.SKIPPED in fates)


def test_changes_of_the_clock_are_looked_at_however_often_a_task_is_due() -> None:
    """Beyond the first 100,000 occurrences: in autumn this one rests for an hour."""
    lines = ['takes = "5m"', "trigger = \"Cron('* * * * *', tz='{}', fold='first')\""]
    for tz, code in (("Europe/Berlin", "D301"), ("UTC", "D302")):
        found = codes(*(line.format(tz) for line in lines))
        assert [each for each in found if each.startswith("D3")] == [code]


def test_a_run_that_finds_its_own_task_running_takes_no_slot() -> None:
    """It is skipped, so it does not wait for room."""
    text = '[settings]\nmax_running = 1\n[tasks.a]\nevery = "1m"\ntakes = "90s"\n'
    assert [each.code for each in lint(plan_of(text), BEGIN, YEAR_LATER)] == ["D302"]
