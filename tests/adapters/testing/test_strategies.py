"""The strategies of the kit: they draw every kind of trigger, and odd moments."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from duetime.adapters.testing.hypothesis_entry import register
from duetime.adapters.testing.strategies import moments, trigger_of, triggers, zones
from duetime.engine.instants import to_instant
from duetime.engine.triggers import TRIGGERS, trigger_from_json
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar import Daily
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.zones import zone

KINDS = [kind for name, kind in TRIGGERS.items() if not name.startswith("Elapsed")]
FEW = settings(max_examples=10, database=None)
register()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(triggers(), moments())
def test_any_trigger_is_drawn_and_answers(trigger: Trigger, moment: datetime) -> None:
    """What is drawn can be stored, and its next time lies ahead."""
    assert trigger_from_json(trigger.to_json()) == trigger
    asked = to_instant(moment)
    following = trigger.next_after(asked)
    assert following is None or following > asked


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_kind_is_drawn_by_its_type(kind: type[Trigger]) -> None:
    """`from_type` of the class draws it, and nothing else."""
    assert type(find(st.from_type(kind), lambda trigger: True, settings=FEW)) is kind
    assert type(find(trigger_of(kind), lambda trigger: True, settings=FEW)) is kind


def test_any_trigger_is_drawn_by_the_base() -> None:
    """It shrinks to a plain period; a daily one is found, too."""
    simplest = find(st.from_type(Trigger), lambda trigger: True)
    assert isinstance(simplest, Every | AfterFinish)
    many = settings(max_examples=5_000, database=None)
    daily = find(triggers(), lambda trigger: isinstance(trigger, Daily), settings=many)
    assert isinstance(daily, Daily)


@pytest.mark.parametrize("year", [1970, 1972, 2011, 2038, 2100, 2261])
def test_moments_lie_where_something_is_odd(year: int) -> None:
    """Changes of clocks, date lines, leap days, and the ends of what 32 and 64 bits hold."""
    found = find(moments(), lambda moment: moment.year == year)
    assert found.tzinfo is UTC


@given(zones())
def test_zones_are_those_of_the_data(name: str) -> None:
    """Each can be read."""
    assert zone(name).key == name


def test_the_entry_point_loads_no_strategies() -> None:
    """Whoever imports Hypothesis pays for the classes only."""
    code = (
        "import sys, hypothesis\n"
        "from duetime.adapters.testing.hypothesis_entry import register\n"
        "register()\n"
        "print('duetime.adapters.testing.strategies' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"
