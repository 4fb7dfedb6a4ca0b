"""`diff` of what users have at hand: simulations, and replays of their journals."""

from datetime import timedelta
from pathlib import Path

from duetime import Daily, Every, Simulation, diff, replay


def nights(at: str, journal: Path | None = None) -> Simulation:
    """Simulate three nights of a report."""
    with Simulation("2026-03-28T00:00+01:00", journal=journal) as simulation:
        simulation.add("report", Daily(at, tz="Europe/Berlin"), takes="40m")
        simulation.add("sweep", Every(hours=6))
        simulation.clock.advance(days=3)
    return simulation


def test_two_simulations_can_be_compared() -> None:
    """Those of two plans."""
    before, after = nights("02:30"), nights("03:15")
    difference = diff(before, after)
    assert [each.after.started - each.before.started for each in difference.moved] == [
        timedelta(minutes=minutes) for minutes in (45, 15, 45)
    ]
    assert (difference.added, difference.removed, difference.changed) == ((), (), ())


def test_a_what_if_is_what_a_simulation_would_have_been(tmp_path: Path) -> None:
    """The journal of one plan, with the other in its place, leads to the runs of the other."""
    journal = tmp_path / "journal.jsonl"
    nights("02:30", journal)
    other = replay(journal, plan={"report": Daily("03:15", tz="Europe/Berlin")})
    nights("03:15", tmp_path / "other.jsonl")
    assert not diff(replay(tmp_path / "other.jsonl"), other)
