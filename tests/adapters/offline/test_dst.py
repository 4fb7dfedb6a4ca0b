"""All changes of clocks of a plan, and which tasks they touch."""

from duetime.adapters.offline.dst import changes_ahead
from duetime.engine.instants import iso
from tests.adapters.offline.plan_files import BEGIN, FIVE_LATER, YEAR_LATER, plan_of

PLAN = plan_of("""
[defaults]
tz = "Europe/Berlin"
[tasks.night]
daily = "02:30"
[tasks.noon]
daily = "12:00"
[tasks.lord]
daily = "12:00"
tz = "Australia/Lord_Howe"
[tasks.utc]
daily = "02:30"
tz = "UTC"
[tasks.tick]
every = "5m"
[tasks.two]
trigger = "AnyOf(Daily('02:15', tz='Europe/Berlin'), Daily('02:15', tz='Australia/Lord_Howe'))"
""")


def test_changes_come_in_order_of_time() -> None:
    """Those of all zones that tasks are in, up to the end and no further."""
    found = changes_ahead(PLAN, BEGIN, YEAR_LATER).changes
    assert [(iso(each.change.at), each.change.tz) for each in found] == [
        ("2026-03-29T01:00:00Z", "Europe/Berlin"),
        ("2026-04-04T15:00:00Z", "Australia/Lord_Howe"),
        ("2026-10-03T15:30:00Z", "Australia/Lord_Howe"),
        ("2026-10-25T01:00:00Z", "Europe/Berlin"),
    ]
    assert len(changes_ahead(PLAN, BEGIN, FIVE_LATER).changes) == 20


def test_each_task_is_touched_by_the_changes_of_its_own_clock() -> None:
    """Also where a task is on several clocks; the others on that clock are untouched."""
    spring, _, howe, _ = changes_ahead(PLAN, BEGIN, YEAR_LATER).changes
    assert [each.task.name for each in spring.touched] == ["night", "two"]
    assert spring.untouched == ("noon",)
    assert [each.task.name for each in howe.touched] == ["two"]
    assert howe.untouched == ("lord",)


def test_what_is_on_no_clock_is_never_touched() -> None:
    """Intervals keep their distance; UTC is a clock, but never changes."""
    assert changes_ahead(PLAN, BEGIN, YEAR_LATER).off_clock == ("tick",)
