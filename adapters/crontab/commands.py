"""Runs the command of a crontab's entry: a shell in a process group of its own.

What it writes is taken in as it comes, so that it never waits for a reader; only the end of it is
kept. When the run is asked to stop the whole group is ended, first by SIGTERM, then by SIGKILL.
"""

import logging
import os
import pwd
import selectors
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from typing import IO

from duetime.adapters.calls import RunHandle
from duetime.adapters.crontab.entries import Entry
from duetime.engine.errors import DuetimeError

log = logging.getLogger(__name__)

KILL_AFTER_SECONDS = 5.0
"""What of a group is still there so long after SIGTERM is killed."""
OUTPUT_LIMIT = 65_536
"""So many bytes of what a command writes are kept, the last ones, of stdout and stderr each."""
ERROR_LIMIT = 2_000
"""So many characters of stderr go into the error of a run, the last ones."""

_LOOK_SECONDS = 0.1
"""How often a run looks whether it has been asked to stop."""
_AT_ONCE = 1 << 20
"""Bytes read at once: all that a pipe holds."""
_SIGNALS = {each.value: each.name for each in signal.Signals}


class CommandError(DuetimeError):
    """A command ended badly or could not be started; says how, with the end of its stderr."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whom a command runs as."""

    name: str
    uid: int
    gid: int
    home: str

    @property
    def is_ours(self) -> bool:
        """Whether it is that of this process."""
        return self.uid == os.geteuid()


def find_account(user: str | None) -> Account:
    """Look up a user; None: the one of this process, who may have no entry.

    Raises LookupError for a name that is unknown.
    """
    uid = os.geteuid()
    try:
        found = pwd.getpwuid(uid) if user is None else pwd.getpwnam(user)
    except KeyError:
        if user is None:
            return Account(name=str(uid), uid=uid, gid=os.getegid(), home="/")
        raise LookupError(f"there is no user {user!r} on this machine") from None
    return Account(name=found.pw_name, uid=found.pw_uid, gid=found.pw_gid, home=found.pw_dir)


class _Tail:
    """The end of a stream of bytes."""

    def __init__(self) -> None:
        self.kept = bytearray()
        self.lost = 0

    def add(self, data: bytes) -> None:
        self.kept += data
        surplus = max(len(self.kept) - OUTPUT_LIMIT, 0)
        del self.kept[:surplus]
        self.lost += surplus

    def text(self) -> str:
        before = f"[{self.lost} bytes before this]\n" if self.lost else ""
        return before + self.kept.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Command:
    """The callable of an entry's task."""

    entry: Entry
    kill_after_seconds: float = KILL_AFTER_SECONDS

    def __str__(self) -> str:
        """Write settings, user and command, in one line."""
        entry = self.entry
        parts = [f"{name}={value}" for name, value in entry.environment.items()]
        parts += [] if entry.user is None else [entry.user]
        stdin = (
            "" if entry.stdin is None else "%" + entry.stdin.removesuffix("\n").replace("\n", "%")
        )
        return " ".join([*parts, entry.command + stdin])

    def __call__(self, run: RunHandle) -> None:
        """Run the command to its end, or until the run is asked to stop; log what it writes.

        Raises CommandError for an exit status that is not 0.
        """
        with _start(self.entry) as process:
            try:
                written = self._attend(process, run)
            except BaseException:
                _signal(process, signal.SIGKILL)
                raise
        for stream, tail in written.items():
            if tail.kept:
                log.info("run %d of task %r, %s:\n%s", run.number, run.name, stream, tail.text())
        if process.returncode:
            error = written["stderr"].text()[-ERROR_LIMIT:].strip()
            status = _status_words(process.returncode)
            raise CommandError(f"{status}: {error}" if error else status)

    def _attend(self, process: "Popen[bytes]", run: RunHandle) -> Mapping[str, _Tail]:
        """Take in what a process writes until it has ended; end its group if the run is to stop."""
        written = {"stdout": _Tail(), "stderr": _Tail()}
        kill_at: float | None = None
        with selectors.DefaultSelector() as pipes:
            for pipe, tail in zip((process.stdout, process.stderr), written.values(), strict=True):
                assert pipe is not None
                pipes.register(pipe, selectors.EVENT_READ, tail)
            while process.poll() is None:
                _take_in(pipes, process)
                if kill_at is None and not run.proceed():
                    kill_at = time.monotonic() + self.kill_after_seconds
                    _signal(process, signal.SIGTERM)
                if kill_at is not None and time.monotonic() >= kill_at:
                    _signal(process, signal.SIGKILL)
            if kill_at is not None:
                _end_group(process, kill_at)
            _read(pipes, 0)
        return written


def settings_of(entry: Entry, account: Account) -> dict[str, str]:
    """Return the environment of a command: crontab(5)'s defaults, and the settings of the file."""
    defaults = {"SHELL": "/bin/sh", "HOME": account.home, "PATH": "/usr/bin:/bin"}
    return {**defaults, **entry.environment, "LOGNAME": account.name, "USER": account.name}


def _start(entry: Entry) -> "Popen[bytes]":
    account = find_account(entry.user)
    environment = settings_of(entry, account)
    shell, home = environment["SHELL"], environment["HOME"]
    other = not account.is_ours
    with _given(entry.stdin) as given:
        try:
            return Popen(
                [shell, "-c", entry.command],
                stdin=given,
                stdout=PIPE,
                stderr=PIPE,
                cwd=home,
                env=environment,
                start_new_session=True,
                user=account.uid if other else None,
                group=account.gid if other else None,
                extra_groups=os.getgrouplist(account.name, account.gid) if other else None,
            )
        except OSError as error:
            raise CommandError(
                f"{shell!r} cannot be started in {home!r} as {account.name}: {error}"
            ) from None


@contextmanager
def _given(text: str | None) -> Iterator[IO[bytes] | int]:
    """Give what a command reads from: a file, so that nobody has to write while it runs."""
    if text is None:
        yield DEVNULL
        return
    with tempfile.TemporaryFile() as file:
        file.write(text.encode())
        file.seek(0)
        yield file


def _take_in(pipes: selectors.BaseSelector, process: "Popen[bytes]") -> None:
    """Wait a moment for output, or for the end of a process that has closed its own."""
    if pipes.get_map():
        _read(pipes, _LOOK_SECONDS)
    else:
        with suppress(TimeoutExpired):
            process.wait(_LOOK_SECONDS)


def _read(pipes: selectors.BaseSelector, wait_seconds: float) -> None:
    for key, _ in pipes.select(wait_seconds):
        data = os.read(key.fd, _AT_ONCE)
        key.data.add(data)
        if not data:
            pipes.unregister(key.fileobj)


def _end_group(process: "Popen[bytes]", kill_at: float) -> None:
    """Wait for the others of a group whose first process has ended; then kill them."""
    while _signal(process, 0) and time.monotonic() < kill_at:
        time.sleep(_LOOK_SECONDS)
    _signal(process, signal.SIGKILL)


def _signal(process: "Popen[bytes]", number: int) -> bool:
    """Send a signal to the group of a process; say whether there was anybody."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _status_words(status: int) -> str:
    if status > 0:
        return f"exit status {status}"
    return f"ended by {_SIGNALS.get(-status, f'signal {-status}')}"
