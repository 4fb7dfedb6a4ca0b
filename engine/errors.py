"""Every exception of duetime: one base, and leaves by whose fault it is.

A message says what was given, which part is wrong, what is allowed and what to do.
"""

from datetime import datetime


class DuetimeError(Exception):
    """The base of all errors that duetime raises on purpose."""


class BadTimeError(DuetimeError, ValueError):
    """A value that is no time, no duration, or one that is out of range."""


class NaiveDatetimeError(DuetimeError, ValueError):
    """A datetime without a time zone was given where an instant is needed."""

    def __init__(self, given: datetime) -> None:
        """Name the datetime; keep it as `given`."""
        self.given = given
        super().__init__(
            f"{given.isoformat()} has no time zone, so it names no instant; pass an aware "
            "datetime, for example datetime(…, tzinfo=UTC) or "
            "datetime(…, tzinfo=ZoneInfo('Europe/Berlin'))"
        )


class BadArgumentError(DuetimeError, ValueError):
    """An argument that makes no sense, of a call that declares nothing."""


class UnknownZoneError(DuetimeError, LookupError):
    """A time zone that the time-zone data does not know."""


class BadTriggerError(DuetimeError, ValueError):
    """A trigger that makes no sense as declared."""


class CronSyntaxError(BadTriggerError):
    """A cron expression that cannot be read; `field` and `column` say where (column from 1)."""

    def __init__(self, message: str, *, field: str = "", column: int = 0) -> None:
        """Keep the message and where it points."""
        self.field = field
        self.column = column
        super().__init__(message)


class SearchLimitError(BadTriggerError):
    """A combination of triggers refused so many candidates that the search was given up."""


class NeverFiresError(BadTriggerError):
    """A trigger without any occurrence was added to a scheduler."""


class TriggerFailedError(DuetimeError):
    """A trigger raised while it was asked for its next time; the task goes into the error state."""


class BadTaskError(DuetimeError, ValueError):
    """A task declaration that makes no sense: its name, a policy or its callable."""


class TaskExistsError(BadTaskError):
    """A name was added again under `on_conflict="raise"`."""


class UnknownTaskError(DuetimeError, LookupError):
    """A verb named a task that is not there; `name` is what was asked for."""

    def __init__(self, name: str, known: tuple[str, ...] = ()) -> None:
        """Name the task and up to five that are there."""
        self.name = name
        some = ", ".join(repr(other) for other in known[:5])
        rest = f" and {len(known) - 5} more" if len(known) > 5 else ""
        hint = f"; there are {some}{rest}" if known else "; there are none"
        super().__init__(f"there is no task {name!r}{hint}")


class IllegalInputError(DuetimeError):
    """The shell gave the machine an input that its state does not permit; nothing was changed."""


class JournalError(DuetimeError, ValueError):
    """A journal that cannot be read or was not written by this kind of engine."""


class JournalVersionError(JournalError):
    """A journal or snapshot of a version that this release does not read."""


class ReplayError(JournalError):
    """A replay that decided otherwise than the journal says; `number`: the first such record."""

    def __init__(self, message: str, *, number: int) -> None:
        """Keep the message and the number of the record."""
        self.number = number
        super().__init__(message)


class StoreError(DuetimeError):
    """A store could not do what it was asked for; nothing of it was done."""


class StoreBusyError(StoreError):
    """Another process holds a store for scheduling; `holder` says which."""

    def __init__(self, message: str, *, holder: str) -> None:
        """Keep the message and who holds the store."""
        self.holder = holder
        super().__init__(message)


class StoreVersionError(StoreError):
    """A store of a schema that this release does not read."""


class StoreDamagedError(StoreError):
    """A store that cannot be trusted; it was not opened, and nothing in it was changed."""


class ClockError(DuetimeError):
    """A clock was asked for something that time does not do."""


class NothingToWaitForError(ClockError):
    """A virtual clock was asked for its next step and there is none; says who waits."""


class UnsettledError(DuetimeError):
    """A simulation did not come to rest within its limit; the message names who kept it busy."""


class ShutdownError(DuetimeError):
    """Work was given to a scheduler that has been shut down."""
