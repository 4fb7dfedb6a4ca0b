"""What all triggers have: the derived questions, JSON, text, and other people's objects."""

from dataclasses import dataclass
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import DAY, LAST_INSTANT, SECOND, Instant
from duetime.engine.triggers import TRIGGERS, register_trigger, trigger_from_json
from duetime.engine.triggers.base import (
    HORIZON,
    Foreign,
    Json,
    Trigger,
    as_trigger,
    call_text,
    clamp,
    plain,
    plain_text,
)
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import Once, OnDemand
from tests.engine.builders import NOON, strictly_rising


@dataclass(frozen=True, slots=True)
class Bare(Trigger):
    """Some instants, and nothing but `next_after`: all else is derived."""

    at: tuple[Instant, ...]

    def next_after(self, after: Instant) -> Instant | None:
        """Return the first of them after an instant."""
        return next((instant for instant in self.at if instant > after), None)


@register_trigger
@dataclass(frozen=True, slots=True)
class Tides(Trigger):
    """A trigger that the engine's table does not have."""

    hours: int


INSTANTS = st.integers(0, 400 * DAY)


@given(strictly_rising(0, 400 * DAY), INSTANTS, INSTANTS)
def test_all_questions_follow_from_the_next_one(
    at: tuple[Instant, ...], one: Instant, other: Instant
) -> None:
    """`between`, `count` and `previous_before` agree with a list of all occurrences."""
    trigger, after, until = Bare(at), min(one, other), max(one, other)
    inside = [instant for instant in at if after < instant <= until]
    assert list(trigger.between(after, until)) == inside
    assert trigger.count(after, until) == len(inside)
    assert trigger.previous_before(one) == max((i for i in at if i < one), default=None)


def test_looking_back_ends_at_the_horizon() -> None:
    """What lies further back than forty years is not looked for, and nothing before 1970."""
    trigger = Bare((5,))
    assert trigger.previous_before(5 + HORIZON) == 5
    assert trigger.previous_before(5) is None
    assert trigger.previous_before(9 * HORIZON) is None


def test_what_a_trigger_leaves_open_is_little() -> None:
    """A trigger is planned on time, bound to itself, and not before it is due."""
    trigger = Bare((5, 9))
    assert (trigger.planned(5, "t"), trigger.first(5), trigger.bind(0, None)) == (5, 9, trigger)
    assert (trigger.elapsed, trigger.follows_runs) == (False, False)
    with pytest.raises(NotImplementedError):
        Trigger().next_after(0)


class Duck:
    """Somebody's own object with a `next_after`."""

    def next_after(self, after: Instant) -> Instant | None:
        """Return a second later."""
        return after + SECOND

    def __repr__(self) -> str:
        """Say what it is."""
        return "Duck()"


def test_anything_with_a_next_time_is_a_trigger() -> None:
    """It is wrapped; a trigger is taken as it is."""
    wrapped = as_trigger(Duck())
    assert isinstance(wrapped, Foreign)
    assert wrapped.next_after(NOON) == NOON + SECOND
    assert as_trigger(Once("2026-01-01T12:00Z")) == Once("2026-01-01T12:00Z")


def test_what_cannot_be_written_down_is_refused_then() -> None:
    """An object of somebody's own runs, but is neither journalled nor stored."""
    with pytest.raises(BadTriggerError, match=r"Duck\(\) has no JSON form.*subclass"):
        as_trigger(Duck()).to_json()


@pytest.mark.parametrize("given", ["5m", None, timedelta(minutes=5), Duck, Every, 300])
def test_what_is_no_trigger_is_refused(given: object) -> None:
    """Text, spans and classes are none; the message says what to pass."""
    with pytest.raises(BadTriggerError, match="is no trigger; pass one such as Every"):
        as_trigger(given)


@dataclass(frozen=True, slots=True)
class Odd(Trigger):
    """A trigger with a field of each kind."""

    text: str
    at: time | None = None
    day: date | None = None
    parts: tuple[object, ...] = ()
    hidden: int = 0


ODD = Odd(
    "a",
    at=time(2, 30),
    day=date(2026, 3, 29),
    parts=(1, "x", time(2, 30, 5), OnDemand()),
    hidden=7,
)


def test_fields_are_written_as_json() -> None:
    """Times and dates are ISO text, triggers objects; what has its default is left out."""
    assert ODD.to_json() == {
        "type": f"{__name__}:Odd",
        "text": "a",
        "at": "02:30",
        "day": "2026-03-29",
        "parts": [1, "x", "02:30:05", {"type": "OnDemand"}],
        "hidden": 7,
    }
    assert Odd("a").to_json() == {"type": f"{__name__}:Odd", "text": "a"}
    with pytest.raises(BadTriggerError, match="has no JSON form"):
        plain(object())


def test_fields_are_written_as_a_call() -> None:
    """A trigger is printed as it is typed; some fields have no name there, some are left out."""
    text = call_text(ODD, "text", hide=("hidden",))
    assert text == (
        "Odd('a', at='02:30', day='2026-03-29', parts=[1, 'x', '02:30:05', OnDemand()])"
    )
    assert call_text(Odd("a"), "text") == "Odd('a')"
    assert plain_text((time(2),)) == "'02:00'"


@pytest.mark.parametrize("name", TRIGGERS)
def test_every_trigger_is_read_back_by_its_own_name(name: str) -> None:
    """The table of triggers has each under the name that its JSON carries."""
    assert TRIGGERS[name].__name__ == name
    assert issubclass(TRIGGERS[name], Trigger)


def test_a_trigger_of_somebody_else_is_read_back_when_it_is_registered() -> None:
    """Its JSON names its module as well, since others may have a class of this name."""
    assert trigger_from_json(Tides(3).to_json()) == Tides(3)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (None, "None is no trigger; its type must be one of Once, OnDemand, Every"),
        ({}, "{} is no trigger"),
        ({"type": ["Every"]}, "is no trigger"),
        ({"type": "Never"}, "is no trigger"),
        ({"type": "sea.moon:Tides", "hours": 3}, "'sea.moon:Tides' .*; import sea.moon first"),
        ({"type": "Once"}, "Once.*missing 1 required positional argument: 'at'"),
        ({"type": "Once", "at": "soon"}, "'soon' is no ISO 8601 time"),
        ({"type": "Every", "period": "5m", "phase": 1}, "unexpected keyword argument 'phase'"),
        ({"type": "Every", "period": []}, r"\[\] is no duration"),
        ({"type": "ElapsedGrid", "period": 0, "anchor": 0}, "the period positive"),
        ({"type": "ElapsedGrid", "period": "5m", "anchor": 0}, "must be integers"),
    ],
)
def test_json_that_is_no_trigger_is_refused(data: Json, complaint: str) -> None:
    """The message tells what was given and what is wrong with it."""
    with pytest.raises(Exception, match=complaint) as caught:
        trigger_from_json(data)
    assert isinstance(caught.value, ValueError)


def test_the_supported_years_end() -> None:
    """Beyond 2261 there is nothing."""
    assert clamp(LAST_INSTANT - 1) == LAST_INSTANT - 1
    assert clamp(LAST_INSTANT) is None
