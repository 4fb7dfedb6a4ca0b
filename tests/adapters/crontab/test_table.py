"""Crontabs in a scheduler: what is added, replaced and left alone, and what runs when."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from duetime.adapters.crontab import Changes, Crontab, CrontabError, load
from duetime.adapters.simulate import Simulation
from duetime.adapters.threads import Scheduler
from duetime.clocks.virtual import VirtualClock
from duetime.engine.errors import BadTaskError, TaskExistsError
from duetime.engine.policies import Overlap
from duetime.engine.states import Paused
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.contracts.stage import SHELLS, START, AnyShell, nothing, spans, starts

Write = Callable[..., Crontab]


@pytest.fixture
def clock() -> VirtualClock:
    """Make a clock that shows `START`."""
    return VirtualClock(START)


@pytest.fixture(params=SHELLS, ids=lambda kind: kind.__name__)
def shell(request: pytest.FixtureRequest, clock: VirtualClock) -> Iterator[AnyShell]:
    """Make a shell of each kind, not started yet; shut it down at the end."""
    shell: AnyShell = request.param(clock)
    yield shell
    shell.shutdown()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a function that writes a crontab and reads it; each argument is a line."""

    def write(*lines: str, system: bool = False) -> Crontab:
        path = tmp_path / "tab"
        path.write_text("\n".join(lines) + "\n")
        return load(path, tz="UTC", system=system)

    return write


def test_each_entry_becomes_a_task(shell: AnyShell, clock: VirtualClock, write: Write) -> None:
    """Due as its line says, with the policies that are given for all."""
    crontab = write("*/20 * * * * true", "0 13 * * * exit 0", "0 0 30 2 * never")
    changes = crontab.add_to(shell, overlap="allow(2)", priority=3)
    names = ("tab: true", "tab: exit 0", "tab: never")
    assert changes == Changes(added=names, replaced=(), kept=(), gone=())
    assert shell.names() == sorted(names)
    task = shell.view("tab: true").task
    assert (task.overlap, task.priority) == (Overlap.allow(2), 3)
    shell.start()
    clock.advance(hours=1)
    assert starts(shell, "tab: true") == [1200, 2400, 3600]
    assert starts(shell, "tab: exit 0") == [3600]


def test_what_is_for_the_start_runs_once_at_the_start(
    shell: AnyShell, clock: VirtualClock, write: Write
) -> None:
    """When the scheduler is started, however long after the adding; and never again."""
    write("@reboot true").add_to(shell)
    if not isinstance(shell, Simulation):
        clock.advance(days=3)
        assert shell.runs("tab: true") == []
        shell.start()
    clock.settle()
    (run,) = shell.runs("tab: true")
    assert (run.started, run.error) == (clock.now(), "")
    clock.advance(days=30)
    assert len(shell.runs("tab: true")) == 1


def test_a_simulation_runs_no_command(write: Write, tmp_path: Path) -> None:
    """Its runs last as long as they are told."""
    shell, mark = Simulation(START), tmp_path / "mark"
    write(f"*/20 * * * * touch {mark}", "@reboot exit 1").add_to(shell, takes="5m")
    shell.clock.advance(hours=1)
    assert spans(shell, f"tab: touch {mark}") == [(1200, 1500), (2400, 2700), (3600, None)]
    assert [run.error for run in shell.runs("tab: exit 1")] == [""]
    assert not mark.exists()


def test_an_edit_replaces_what_has_changed(
    shell: AnyShell, clock: VirtualClock, write: Write
) -> None:
    """What is the same is left alone, wherever its line stands; what is gone is named."""
    before = write("0 * * * * same", "5 * * * * moved", "@reboot start", "9 * * * * gone")
    before.add_to(shell)
    shell.disable("tab: same", reason="repairs")
    after = write("0 * * * * same", "# comment", "@reboot start", "7 * * * * moved", "@reboot new")
    assert after.add_to(shell, before=before) == Changes(
        added=("tab: new",),
        replaced=("tab: moved",),
        kept=("tab: same", "tab: start"),
        gone=("tab: gone",),
    )
    assert isinstance(shell.view("tab: same").state, Paused)
    assert shell.view("tab: new").task.trigger == OnDemand()


def test_a_setting_changes_the_entries_below_it(shell: AnyShell, write: Write) -> None:
    """An entry is the same only if its command is given the same."""
    before = write("0 * * * * a", "0 * * * * b")
    before.add_to(shell)
    changes = write("0 * * * * a", "X=1", "0 * * * * b").add_to(shell, before=before)
    assert (changes.kept, changes.replaced) == (("tab: a",), ("tab: b",))


def test_a_task_of_somebody_else_is_not_replaced(shell: AnyShell, write: Write) -> None:
    """Nor is a crontab added twice by mistake; nothing is added then."""
    shell.add("tab: a", Every(hours=1), nothing)
    message = r"a task 'tab: a' already \(line 2 of .*/tab\); .* pass the one before as before="
    with pytest.raises(TaskExistsError, match=message):
        write("0 * * * * new", "0 * * * * a").add_to(shell)
    assert shell.names() == ["tab: a"]


@pytest.mark.parametrize(
    ("kind", "policies", "message"),
    [
        (Simulation, {"overlap": "often"}, "overlap 'often' is unknown"),
        (Scheduler, {"overlap": "often"}, "overlap 'often' is unknown"),
        (Simulation, {"takes": "long"}, "takes: duration 'long'"),
        (Scheduler, {"takes": "1m"}, "takes is for a Simulation; a Scheduler runs the commands"),
    ],
)
def test_a_policy_that_makes_no_sense_adds_nothing(
    kind: type[AnyShell], policies: dict[str, str], message: str, write: Write
) -> None:
    """Not even the entries that come first."""
    shell = kind(VirtualClock(START))
    with pytest.raises(BadTaskError, match=message):
        write("@reboot a", "0 * * * * b").add_to(shell, **policies)  # type: ignore[arg-type]  # wrong on purpose
    assert shell.names() == []


def test_users_that_a_command_cannot_run_as_are_refused(write: Write) -> None:
    """All of them at once, before anything is added; a simulation does not ask."""
    crontab = write("0 * * * * root a", "0 * * * * nobody b", "0 * * * * no-one c", system=True)
    shell = Scheduler(VirtualClock(START))
    with pytest.raises(CrontabError, match="line 3, column 1: there is no user 'no-one'") as caught:
        crontab.add_to(shell)
    ours = 1 if os.geteuid() == 0 else 3
    assert len(caught.value.problems) == ours
    assert shell.names() == []
    crontab.add_to(Simulation(START))
