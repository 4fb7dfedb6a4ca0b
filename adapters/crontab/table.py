"""A crontab that has been read, and its way into a scheduler."""

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Unpack

from duetime.adapters.crontab.commands import Command, find_account
from duetime.adapters.crontab.entries import CrontabError, Entry, Notice, Problem
from duetime.adapters.declare import Policies
from duetime.adapters.simulate import Simulation
from duetime.adapters.takes import Takes
from duetime.adapters.threads import Scheduler
from duetime.engine.errors import BadTaskError, TaskExistsError
from duetime.engine.triggers.once import Once

HOWEVER_LATE = timedelta(days=36_500)
"""An entry for the start waits for the scheduler to be started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What adding a crontab came to, as names of tasks.

    `gone`: the tasks of the crontab before that are not in this one; they are still there.
    """

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    kept: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crontab:
    """The entries of a file in their order, and the notices about its lines."""

    path: Path
    entries: tuple[Entry, ...]
    notices: tuple[Notice, ...] = ()

    def add_to(
        self,
        scheduler: Scheduler | Simulation,
        *,
        before: "Crontab | None" = None,
        takes: Takes = None,
        **policies: Unpack[Policies],
    ) -> Changes:
        """Declare a task for each entry, in one go.

        `before`: the crontab that was added until now. Entries that are the same in both are left
        alone, those that were changed replace their task; `@reboot` runs nothing then.
        `takes`: how long the runs of a Simulation last, which runs no commands.
        Raises CrontabError for users that commands cannot be run as, TaskExistsError for a task
        that is not from `before`; nothing is added then.
        """
        live = not isinstance(scheduler, Simulation)
        if live and takes is not None:
            raise BadTaskError("takes is for a Simulation; a Scheduler runs the commands")
        old = {} if before is None else {entry.name: entry for entry in before.entries}
        new = [entry for entry in self.entries if old.get(entry.name) != entry]
        if live:
            self._check_users(new)
        with scheduler.together():
            taken = set(scheduler.names()) - old.keys()
            for entry in new:
                if entry.name in taken:
                    raise TaskExistsError(
                        f"there is a task {entry.name!r} already (line {entry.line} of "
                        f"{self.path}); to add a crontab again, pass the one before as before="
                    )
            for entry in new:
                _declare(scheduler, entry, takes, at_start=before is None, policies=policies)
        names = [entry.name for entry in new]
        return Changes(
            added=tuple(name for name in names if name not in old),
            replaced=tuple(name for name in names if name in old),
            kept=tuple(each.name for each in self.entries if each.name not in names),
            gone=tuple(name for name in old if name not in {e.name for e in self.entries}),
        )

    def _check_users(self, entries: list[Entry]) -> None:
        """Raise CrontabError for users that are unknown or that only root can become."""
        problems = []
        for entry in entries:
            try:
                account = find_account(entry.user)
            except LookupError as error:
                problems.append(Problem(entry.line, 1, str(error.args[0])))
                continue
            if not account.is_ours and os.geteuid() != 0:
                us = find_account(None).name
                text = f"only root can run a command as {entry.user!r}; this process is {us!r}"
                problems.append(Problem(entry.line, 1, text))
        if problems:
            raise CrontabError(self.path, tuple(problems))


def _declare(
    scheduler: Scheduler | Simulation,
    entry: Entry,
    takes: Takes,
    *,
    at_start: bool,
    policies: Policies,
) -> None:
    trigger, chosen = entry.trigger, Policies()
    if entry.at_start and at_start:
        trigger, chosen = Once(scheduler.clock.now()), Policies(window=HOWEVER_LATE)
    chosen.update(policies)
    if isinstance(scheduler, Simulation):
        scheduler.add(entry.name, trigger, takes=takes, may_never_fire=True, **chosen)
    else:
        scheduler.add(entry.name, trigger, Command(entry), may_never_fire=True, **chosen)
