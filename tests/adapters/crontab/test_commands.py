"""Commands of a crontab, run for real: what they are given, what becomes of what they write."""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from duetime.adapters.calls import RunHandle
from duetime.adapters.crontab.commands import OUTPUT_LIMIT, Command, CommandError, find_account
from duetime.adapters.crontab.entries import Entry
from duetime.engine.triggers.once import OnDemand
from tests.adapters.builders import make_run
from tests.contracts.stage import comes_true

AT_ONCE_SECONDS = 0.1
NEVER_SECONDS = 3600.0


def entry(command: str, stdin: str | None = None, **environment: str) -> Entry:
    """Make an entry that runs a command."""
    return Entry(
        line=1,
        name="a",
        trigger=OnDemand(),
        command=command,
        stdin=stdin,
        environment=environment,
    )


def output(caplog: pytest.LogCaptureFixture, given: Entry) -> str:
    """Run a command and return what it wrote to stdout, as it was logged."""
    caplog.set_level(logging.INFO)
    Command(given)(make_run(number=7))
    texts = [record.getMessage() for record in caplog.records]
    (found,) = (text for text in texts if text.startswith("run 7 of task 'a', stdout:\n"))
    return found.partition("\n")[2]


@contextmanager
def in_progress(given: Entry, kill_after_seconds: float) -> Iterator[RunHandle]:
    """Run a command that does not end by itself; at the end stop it, and see that it failed."""
    run, errors = make_run(number=7), list[str]()

    def work() -> None:
        try:
            Command(given, kill_after_seconds)(run)
        except CommandError as error:
            errors.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield run
    finally:
        run.ask_to_stop()
        thread.join()
    assert len(errors) == 1


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended, also where nobody has taken notice of it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and ") Z " in state.read_text()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (entry("cat", "one\ntwo\n"), "one\ntwo\n"),
        (entry("cat; echo end"), "end\n"),
        (entry("cat; echo end", ""), "end\n"),
        (entry('printf %s "$A-$B"', A="1  2", B="'"), "1  2-'"),
        (entry('echo "$PATH $SHELL"'), "/usr/bin:/bin /bin/sh\n"),
        (entry("echo $PATH", PATH="/bin:/usr/bin"), "/bin:/usr/bin\n"),
        (entry("a b", SHELL="/bin/echo"), "-c a b\n"),
        (entry("pwd; echo $HOME", HOME="/usr"), "/usr\n/usr\n"),
        (entry("echo $LOGNAME $USER", LOGNAME="me", USER="you"), "{name} {name}\n"),
        (entry("pwd"), "{home}\n"),
        (entry("printf '\\377'"), "\ufffd"),
        (entry("echo ${DUETIME_HYPOTHESIS-unset}"), "unset\n"),
    ],
    ids=lambda value: value.command if isinstance(value, Entry) else "",
)
def test_a_command_is_given_what_its_crontab_says(
    given: Entry,
    expected: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Input, environment, shell and folder; nothing of the environment of this process."""
    monkeypatch.setenv("DUETIME_HYPOTHESIS", "duetime")
    account = find_account(None)
    text = expected.format(name=account.name, home=os.path.realpath(account.home))
    assert output(caplog, given) == text


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("exit 3", "exit status 3"),
        ("echo out; echo first >&2; echo last >&2; exit 1", "exit status 1: first\nlast"),
        ("kill -KILL $$", "ended by SIGKILL"),
        ("nowhere-to-be-found", "exit status 127: "),
    ],
)
def test_a_status_that_is_not_0_fails_the_run(command: str, error: str) -> None:
    """The error has the status, and what was written to stderr."""
    with pytest.raises(CommandError) as caught:
        Command(entry(command))(make_run(number=7))
    assert str(caught.value).startswith(error)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"SHELL": "/nowhere/sh"}, "'/nowhere/sh' cannot be started in '/' as .*No such file"),
        ({"HOME": "/nowhere"}, "'/bin/sh' cannot be started in '/nowhere' as .*No such file"),
    ],
)
def test_a_command_that_cannot_be_started_fails_the_run(
    settings: dict[str, str], message: str
) -> None:
    """The error names the shell, the folder and the user."""
    with pytest.raises(CommandError, match=message):
        Command(entry("true", **{"HOME": "/", **settings}))(make_run(number=7))


def test_much_output_is_cut_at_its_beginning(caplog: pytest.LogCaptureFixture) -> None:
    """A command never waits for a reader, and the end of what it writes is kept."""
    text = output(caplog, entry("seq 1 200000; seq 1 200000 >&2"))
    first, _, rest = text.partition("\n")
    written = sum(len(f"{number}\n") for number in range(1, 200_001))
    assert first == f"[{written - OUTPUT_LIMIT} bytes before this]"
    assert (len(rest), rest[-14:]) == (OUTPUT_LIMIT, "199999\n200000\n")


def test_the_error_has_the_end_of_what_was_written(caplog: pytest.LogCaptureFixture) -> None:
    """It is short enough for a line of a list."""
    with pytest.raises(CommandError) as caught:
        Command(entry("seq 1 100000 >&2; exit 2"))(make_run(number=7))
    assert str(caught.value).endswith("\n100000")
    assert len(str(caught.value)) < 2_100


def test_a_command_that_closes_its_output_runs_on(tmp_path: Path) -> None:
    """Its end counts, not that of what it writes."""
    done = tmp_path / "done"
    Command(entry(f"exec >&- 2>&-; sleep 0.3; touch {done}"))(make_run(number=7))
    assert done.exists()


def test_what_a_command_leaves_in_the_background_is_left_alone(tmp_path: Path) -> None:
    """The run is over when the shell is, although others hold its output open."""
    noted = tmp_path / "pid"
    Command(entry(f"sleep 3600 & echo $! > {noted}"))(make_run(number=7))
    pid = int(noted.read_text())
    assert not is_gone(pid)
    os.kill(pid, signal.SIGKILL)


def test_a_run_that_is_asked_to_stop_ends_its_command(tmp_path: Path) -> None:
    """SIGTERM goes to the whole group, and a command may still tidy up."""
    ready, tidied = tmp_path / "ready", tmp_path / "tidied"
    command = f"trap 'touch {tidied}; exit 4' TERM; touch {ready}; while :; do sleep 0.01; done"
    with in_progress(entry(command), NEVER_SECONDS) as run:
        assert comes_true(ready.exists)
        run.ask_to_stop()
    assert tidied.exists()


@pytest.mark.parametrize(
    "command",
    [
        "trap '' TERM; sh -c 'echo $$ > pid; mv pid ready; while :; do sleep 0.01; done'",
        "(trap '' TERM; sh -c 'echo $$ > pid; mv pid ready; while :; do sleep 0.01; done') & wait",
    ],
    ids=["child", "grandchild"],
)
def test_what_does_not_heed_sigterm_is_killed(command: str, tmp_path: Path) -> None:
    """Child and grandchild, after a while."""
    ready = tmp_path / "ready"
    with in_progress(entry(command, HOME=str(tmp_path)), AT_ONCE_SECONDS) as run:
        assert comes_true(ready.exists)
        pid = int(ready.read_text())
        assert not is_gone(pid)
        run.ask_to_stop()
    assert comes_true(lambda: is_gone(pid))


def test_a_run_that_breaks_off_leaves_no_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is raised in the run, such as somebody's Ctrl-C, the group is killed first."""

    def interrupt(run: RunHandle) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(RunHandle, "proceed", interrupt)
    noted = tmp_path / "pid"
    with pytest.raises(KeyboardInterrupt):
        Command(entry(f"echo $$ > {noted}; sleep 3600"))(make_run())
    assert is_gone(int(noted.read_text()))


def test_only_root_runs_a_command_as_another_user() -> None:
    """Root becomes the user, with group and name; for anybody else the run fails."""
    given = Entry(
        line=1,
        name="a",
        trigger=OnDemand(),
        command='test "$(id -un) $USER" = "nobody nobody"',
        environment={"HOME": "/"},
        user="nobody",
    )
    if os.geteuid() == 0:
        Command(given)(make_run(number=7))
    else:
        with pytest.raises(CommandError, match="cannot be started in '/' as nobody"):
            Command(given)(make_run(number=7))


def test_a_process_without_an_account_still_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container the user may be a number only."""
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    account = find_account(None)
    assert (account.name, account.home, account.is_ours) == ("4000000000", "/", True)
