"""Public holidays as dates to be excluded."""

import sys
from datetime import date

import pytest

from duetime.adapters.holidays import public_holidays
from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import iso, to_instant
from duetime.engine.triggers import Daily, Except


def test_a_task_leaves_the_holidays_of_a_place_out() -> None:
    """Epiphany is a holiday in Bavaria, not in Berlin."""
    daily = Daily("09:00", tz="Europe/Berlin")
    start = to_instant("2026-01-05T12:00Z")
    found = {}
    for place in ("BY", "BE"):
        holidays = public_holidays("DE", subdivision=place, years=2026, tz="Europe/Berlin")
        found[place] = iso(Except(daily, holidays).next_after(start) or 0)
    assert found == {"BY": "2026-01-07T08:00:00Z", "BE": "2026-01-06T08:00:00Z"}


def test_the_set_says_where_its_dates_come_from() -> None:
    """Name, version and zone; the dates of all years in order."""
    holidays = public_holidays("FR", years=[2027, 2026], tz="Europe/Paris")
    assert holidays.name == "public holidays FR"
    assert holidays.version.endswith(", 2026 to 2027")
    assert holidays.version.startswith("holidays ")
    assert holidays.tz == "Europe/Paris"
    assert (holidays.dates[0], holidays.dates[-1]) == (date(2026, 1, 1), date(2027, 12, 25))


def test_unknown_places_and_no_years_are_refused() -> None:
    """With a message that says what to give."""
    with pytest.raises(BadTriggerError, match="XX not available; use codes of ISO 3166"):
        public_holidays("XX", years=2026, tz="UTC")
    with pytest.raises(BadTriggerError, match="does not have subdivision ZZ"):
        public_holidays("DE", subdivision="ZZ", years=2026, tz="UTC")
    with pytest.raises(BadTriggerError, match="years is empty"):
        public_holidays("DE", years=[], tz="UTC")


def test_without_the_package_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(ImportError, match=r"pip install 'duetime\[holidays\]'"):
        public_holidays("DE", years=2026, tz="UTC")
