"""Every exception: one base, leaves by whose fault."""

from datetime import datetime

import pytest

from duetime.engine import errors
from duetime.engine.errors import (
    CronSyntaxError,
    DuetimeError,
    NaiveDatetimeError,
    ReplayError,
    UnknownTaskError,
)

LEAVES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, Exception) and value is not DuetimeError
]
ALSO = [
    ("BadTimeError", ValueError),
    ("NaiveDatetimeError", ValueError),
    ("UnknownZoneError", LookupError),
    ("BadTriggerError", ValueError),
    ("CronSyntaxError", ValueError),
    ("NeverFiresError", ValueError),
    ("BadTaskError", ValueError),
    ("TaskExistsError", ValueError),
    ("UnknownTaskError", LookupError),
    ("JournalError", ValueError),
    ("JournalVersionError", ValueError),
    ("ReplayError", ValueError),
]


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_error_has_the_one_base(leaf: type[Exception]) -> None:
    """One `except DuetimeError` catches all that duetime raises on purpose."""
    assert issubclass(leaf, DuetimeError)


@pytest.mark.parametrize(("name", "builtin"), ALSO)
def test_an_error_is_also_what_python_calls_it(name: str, builtin: type[Exception]) -> None:
    """Bad values are ValueErrors, unknown names LookupErrors."""
    assert issubclass(getattr(errors, name), builtin)


def test_errors_keep_their_parts() -> None:
    """What a message says can also be asked for."""
    moment = datetime(2026, 1, 1)
    cron = CronSyntaxError("no such day", field="day-of-week", column=9)
    assert NaiveDatetimeError(moment).given == moment
    assert (cron.field, cron.column, str(cron)) == ("day-of-week", 9, "no such day")
    assert ReplayError("other", number=3).number == 3
    assert UnknownTaskError("x").name == "x"


@pytest.mark.parametrize(
    ("known", "hint"),
    [
        ((), "; there are none"),
        (("a",), "; there are 'a'"),
        (tuple("abcdef"), "; there are 'a', 'b', 'c', 'd', 'e' and 1 more"),
    ],
)
def test_an_unknown_task_comes_with_the_known_ones(known: tuple[str, ...], hint: str) -> None:
    """The message names up to five tasks that are there."""
    assert str(UnknownTaskError("x", known)) == "there is no task 'x'" + hint


def test_a_busy_store_says_who_holds_it() -> None:
    """The holder is told apart from the words."""
    error = errors.StoreBusyError("held by 7", holder="7")
    assert (str(error), error.holder) == ("held by 7", "7")
