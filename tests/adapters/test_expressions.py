"""Triggers as people type them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.adapters.expressions import read_expression
from duetime.engine.errors import DuetimeError
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Daily, Monthly
from duetime.engine.triggers.calendar_text import Calendar
from duetime.engine.triggers.combine import Jitter
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from duetime.engine.triggers.rrule import RRule
from tests.engine.triggers.strategies import triggers

TZ = "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ("*/5 9-17 * * MON-FRI", Cron("*/5 9-17 * * MON-FRI", tz=TZ)),
        ("@daily", Cron("@daily", tz=TZ)),
        ("0 0 12 1 1 ? 2030", Cron("0 0 12 1 1 ? 2030", tz=TZ)),
        ("Mon..Fri 09:00", Calendar("Mon..Fri 09:00", tz=TZ)),
        ("daily", Calendar("daily", tz=TZ)),
        ("Mon *-*-1..7 02:30 UTC", Calendar("Mon *-*-1..7 02:30 UTC", tz=TZ)),
        ("90s", Every(seconds=90)),
        ("1 hour and 30 minutes", Every(minutes=90)),
        ("FREQ=DAILY", RRule("FREQ=DAILY", start="2026-01-01T09:00", tz=TZ)),
        ("Daily('02:30', tz='UTC')", Daily("02:30", tz="UTC")),
        ("OnDemand()", OnDemand()),
        (
            "Jitter(Monthly(['last fri', -1], ('09:00', '18:00'), tz='UTC'), '30s')",
            Jitter(Monthly(["last fri", -1], ["09:00", "18:00"], tz="UTC"), "30s"),
        ),
    ],
)
def test_a_trigger_is_read_in_any_form(text: str, trigger: Trigger) -> None:
    """Cron, calendar, rule, period or call."""
    assert read_expression(text, tz=TZ, start="2026-01-01T09:00") == trigger


@given(triggers())
def test_a_trigger_is_read_as_it_is_printed(drawn: tuple[Trigger, int]) -> None:
    """The call that `repr` writes makes an equal trigger."""
    trigger, _ = drawn
    if "Exclusions(" not in repr(trigger):
        assert read_expression(repr(trigger)) == trigger


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FREQ=DAILY", "a rule counts from its first time; give it, such as 2026-01-01T09:00"),
        ("0 9 * * 99", "day-of-week 99 at column 9; allowed 0-7 or SUN-SAT"),
        ("noon", "'noon'"),
        ("Daily('02:30'", "is no call of a trigger"),
        ("Daily('02:30', tz=open('x'))", "there is no trigger 'open'; there are Once, OnDemand"),
        ("Daily('02:30', tz=x)", "'x' cannot stand in a trigger; allowed are text, numbers"),
        ("Daily('02:30')", "tz"),
        ("Daily('02:30', **{})", "** cannot stand in a trigger"),
        ("Daily('25:00', tz='UTC')", "25:00"),
        ("Cron('* * * * *').next_after(3)", "there is no trigger"),
        ("Once('x') + 1", "cannot stand in a trigger"),
        ("* " * 6_000, "an expression has at most 10,000 characters, not 12,000"),
        ("Daily(" * 1_500, "is no call of a trigger"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, message: str) -> None:
    """The error says which part; nothing that is typed is evaluated."""
    with pytest.raises(DuetimeError) as refused:
        read_expression(text)
    assert message in str(refused.value)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """There is no other end than a trigger or an error of duetime."""
    with suppress(DuetimeError):
        assert isinstance(read_expression(text), Trigger)
