"""Once, and on demand only."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.errors import BadTimeError, NaiveDatetimeError
from duetime.engine.instants import LAST_INSTANT, MINUTE, SECOND, to_datetime
from duetime.engine.triggers import trigger_from_json
from duetime.engine.triggers.once import LATE_ADD, Once, OnDemand
from tests.engine.builders import NOON

ONCE = Once("2026-01-01T12:00Z")
MOMENTS = st.integers(0, LAST_INSTANT // 1000 - 1).map(lambda us: to_datetime(us * 1000))


def test_it_has_one_occurrence() -> None:
    """The instant, and nothing before or after it."""
    assert ONCE.next_after(NOON - 1) == NOON
    assert ONCE.next_after(NOON) is None
    assert list(ONCE.between(0, LAST_INSTANT)) == [NOON]
    assert ONCE.previous_before(NOON + 1) == NOON
    assert ONCE.previous_before(NOON) is None


@pytest.mark.parametrize(
    ("late", "first"), [(-SECOND, NOON), (0, NOON), (LATE_ADD, NOON), (LATE_ADD + 1, None)]
)
def test_a_moment_that_has_just_passed_still_counts(late: int, first: int | None) -> None:
    """ "Now" is over when the task has been added; up to a minute, it starts at once."""
    assert ONCE.first(NOON + late) == first
    assert LATE_ADD == MINUTE


@pytest.mark.parametrize(
    ("at", "error"),
    [
        (datetime(2026, 1, 1), NaiveDatetimeError),
        ("2026-01-01T12:00", NaiveDatetimeError),
        ("noon", BadTimeError),
        (datetime(1969, 1, 1, tzinfo=UTC), BadTimeError),
    ],
)
def test_what_names_no_instant_is_refused(at: datetime | str, error: type[Exception]) -> None:
    """A moment needs a zone or an offset, and lies in the supported years."""
    with pytest.raises(error):
        Once(at)


@given(MOMENTS)
def test_it_survives_as_json_and_as_text(at: datetime) -> None:
    """Both say the instant in UTC."""
    trigger = Once(at)
    assert trigger_from_json(trigger.to_json()) == trigger
    assert eval(repr(trigger)) == trigger


def test_on_demand_is_never_due() -> None:
    """It has no occurrence, and survives as JSON."""
    assert OnDemand().next_after(0) is None
    assert OnDemand().previous_before(LAST_INSTANT) is None
    assert OnDemand().first(0) is None
    assert trigger_from_json(OnDemand().to_json()) == OnDemand()
    assert repr(OnDemand()) == "OnDemand()"
