"""The public face: what `duetime` exports, and that the core can be had without the shells."""

import subprocess
import sys

import duetime
from duetime.engine.triggers import TRIGGERS

NOT_IN_THE_FACE = {"ElapsedGrid", "ElapsedJitter", "Shift"}
"""What others turn into, and what is imported from its own module."""

FACE = """
    Scheduler Simulation
    RealClock VirtualClock FrozenClock
    Once OnDemand Every AfterFinish Daily Weekly Monthly Yearly Cron Calendar RRule
    AnyOf AllOf Except Within Limit Jitter
    Overlap CatchUp Gap Fold Retry
    diff explain replay upcoming
    Task Run Occurrence Account Event EventKind
    DuetimeError
    BadArgumentError BadTaskError BadTimeError BadTriggerError ClockError CronSyntaxError
    IllegalInputError JournalError JournalVersionError NaiveDatetimeError NeverFiresError
    NothingToWaitForError ReplayError SearchLimitError ShutdownError StoreBusyError
    StoreDamagedError StoreError StoreVersionError TaskExistsError TriggerFailedError
    UnknownTaskError UnknownZoneError UnsettledError
    __version__
""".split()


def test_the_face_is_what_was_agreed() -> None:
    """A name that comes or goes is a decision, and is written down here."""
    assert sorted(duetime.__all__) == sorted(FACE)


def test_every_exported_name_is_there() -> None:
    """`from duetime import *` works."""
    assert [name for name in duetime.__all__ if not hasattr(duetime, name)] == []


def test_every_error_of_the_engine_is_exported() -> None:
    """Whoever catches an error need not know where it is made."""
    from_engine = {
        name
        for name, kind in vars(duetime.engine.errors).items()
        if isinstance(kind, type) and issubclass(kind, duetime.DuetimeError)
    }
    assert from_engine <= set(duetime.__all__)


def test_every_trigger_is_exported() -> None:
    """All that can be stored can be written by a user."""
    assert TRIGGERS.keys() - NOT_IN_THE_FACE <= set(duetime.__all__)


def test_importing_it_needs_no_optional_package() -> None:
    """Extras are imported when something of them is used."""
    code = "import sys, duetime, duetime.adapters.cli; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded & {"hypothesis", "numpy", "pytest", "rich", "starlette", "psycopg"} == set()
