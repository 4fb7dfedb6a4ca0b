"""`duetime run`: a real process, and what it logs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

import pytest

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 30
"""So long a test waits for what must come."""

PLAN = """\
[tasks.hello]
on_demand = true
run = "work:hello"

[tasks.tick]
every = "100ms"
run = "work:tick"
"""
WORK = """\
import threading

def hello():
    pass

def tick():
    pass

def go_on():
    threading.Event().wait()
"""

needs_signals = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no HUP, and sends no TERM that can be taken"
)
pytestmark = needs_signals


@dataclass
class Live:
    """A process that runs `duetime run`, and the lines that it writes."""

    process: subprocess.Popen[str]
    lines: SimpleQueue[str] = field(default_factory=SimpleQueue)
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read its lines as they come."""
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def wait_for(self, text: str) -> str:
        """Return the next line with a text; the test fails if none comes in time."""
        while True:
            try:
                line = self.lines.get(timeout=PATIENCE_SECONDS)
            except Empty:
                pytest.fail("\n".join([f"{text!r} has not come; there was", *self.seen]))
            self.seen.append(line)
            if text in line:
                return line

    def send(self, name: str) -> None:
        """Send it a signal."""
        self.process.send_signal(getattr(signal, name))

    def ended(self) -> int:
        """Return its exit status, once it has ended."""
        return self.process.wait(PATIENCE_SECONDS)


Start = Callable[..., Live]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Give a function that starts the command beside a plan; what still runs is killed."""
    monkeypatch.chdir(tmp_path)
    Path("plan.toml").write_text(PLAN, "utf-8")
    Path("work.py").write_text(WORK, "utf-8")
    begun: list[Live] = []

    def run(*arguments: str) -> Live:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "duetime", "run", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *path()])},
        )
        begun.append(Live(process))
        return begun[-1]

    yield run
    for live in begun:
        if live.process.poll() is None:
            live.process.kill()
            live.process.wait(PATIENCE_SECONDS)
        assert live.process.stdout is not None
        live.process.stdout.close()


def path() -> Sequence[str]:
    """Return where modules are looked for beside the package."""
    return list(filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)))


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_ends_it_in_order(start: Start, name: str) -> None:
    """Runs are waited for, the store is closed, and the exit status is 0."""
    live = start("plan.toml", "--store", "schedule.db")
    live.wait_for("started: 2 task(s)")
    live.wait_for("tick #1 finished")
    live.send(name)
    live.wait_for(f"{name}: ending; runs have 10s to end")
    live.wait_for("ended")
    assert live.ended() == 0


def test_a_restart_goes_on_from_its_store(start: Start) -> None:
    """Numbers of runs go on."""
    for first in (1, 2):
        live = start("plan.toml", "--store", "schedule.db")
        line = live.wait_for(" started")
        while "tick #" not in line:
            line = live.wait_for(" started")
        number = int(line.split("tick #")[1].split()[0])
        assert (number == 1) == (first == 1)
        live.send("SIGTERM")
        assert live.ended() == 0


def test_hup_puts_another_plan_in_force(start: Start) -> None:
    """What is different is logged, field by field."""
    live = start("plan.toml")
    live.wait_for("started: 2 task(s)")
    text = PLAN.replace('on_demand = true\nrun = "work:hello"', 'every = "1h"\nrun = "work:tick"')
    more = '[tasks.new]\nevery = "100ms"\nrun = "work:hello"\n[settings]\nmax_running = 2\n'
    Path("plan.toml").write_text(text.replace("tasks.tick", "tasks.tock") + more, "utf-8")
    live.send("SIGHUP")
    told = live.wait_for("plan read again: tasks: 2 added, 1 changed, 1 removed")
    assert "INFO" in told
    changed = live.wait_for("task 'hello': trigger: OnDemand() -> Every('1h'); run: ")
    assert changed.endswith("run: work:hello -> work:tick")
    assert "WARNING" in live.wait_for(
        "the settings have changed; they are put in force by a restart"
    )
    live.wait_for("new #1 finished")
    live.send("SIGTERM")
    assert live.ended() == 0
    assert not any("tick #" in line for line in live.seen[live.seen.index(told) + 1 :])


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("[tasks.tick]\nevry = '1s'\n", "unknown key; did you mean 'every'?"),
        ("[tasks.tick]\nevery = '1s'\nrun = 'work:nothing'\n", "tasks.tick.run"),
        ("not a plan", "this is no TOML"),
    ],
)
def test_hup_with_a_broken_plan_changes_nothing(start: Start, broken: str, told: str) -> None:
    """The error is logged, and the tasks go on."""
    live = start("plan.toml")
    live.wait_for("started: 2 task(s)")
    Path("plan.toml").write_text(broken, "utf-8")
    live.send("SIGHUP")
    assert "ERROR" in live.wait_for("the plan in force stays: plan.toml: ")
    if told not in live.seen[-1]:
        live.wait_for(told)
    live.wait_for("tick #")
    Path("plan.toml").write_text(PLAN, "utf-8")
    live.send("SIGHUP")
    live.wait_for("plan read again: tasks: 2 the same")
    live.send("SIGTERM")
    assert live.ended() == 0


def test_a_run_that_does_not_end_is_told(start: Start) -> None:
    """After the grace the process ends all the same, with exit status 1."""
    plan = '[tasks.endless]\nevery = "100ms"\nrun = "work:go_on"\n'
    Path("plan.toml").write_text(plan, "utf-8")
    live = start("plan.toml", "--grace", "200ms")
    live.wait_for("endless #1 started")
    live.send("SIGTERM")
    live.wait_for("SIGTERM: ending; runs have 200ms to end")
    assert "ERROR" in live.wait_for("task 'endless': run 1 did not end in time")
    assert live.ended() == 1


def test_the_log_is_json_on_request(start: Start) -> None:
    """A line each, on stdout; those of runs have task, number and event."""
    live = start("plan.toml", "--json")
    live.wait_for("tick #1 finished")
    live.send("SIGTERM")
    live.wait_for('"ended"')
    assert live.ended() == 0
    records = [json.loads(line) for line in live.seen]
    assert all({"time", "level", "logger", "message"} <= record.keys() for record in records)
    [found] = [each for each in records if each["message"] == "tick #1 finished"]
    assert (found["task"], found["run"], found["event"]) == ("tick", 1, "finished")
    assert (found["level"], found["logger"]) == ("info", "duetime.run")


def test_a_failure_is_logged_as_an_error(start: Start) -> None:
    """With what was raised."""
    Path("work.py").write_text("def tick():\n    raise OSError('jam')\n", "utf-8")
    Path("plan.toml").write_text(PLAN.partition("\n\n")[2], "utf-8")
    live = start("plan.toml", "--json")
    line = live.wait_for("tick #1 failed")
    assert (json.loads(line)["level"], "OSError: jam" in line) == ("error", True)


def test_a_store_that_is_busy_is_refused(start: Start) -> None:
    """The second process ends with exit status 2, the first one goes on."""
    first = start("plan.toml", "--store", "schedule.db")
    first.wait_for("started: 2 task(s)")
    second = start("plan.toml", "--store", "schedule.db")
    second.wait_for("duetime: schedule.db is held for scheduling by process")
    assert second.ended() == 2
    first.wait_for("tick #")
    first.send("SIGTERM")
    assert first.ended() == 0


def test_a_journal_is_written(start: Start) -> None:
    """It replays to the same decisions."""
    live = start("plan.toml", "--journal", "journal.jsonl")
    live.wait_for("tick #1 finished")
    live.send("SIGTERM")
    assert live.ended() == 0
    again = [sys.executable, "-m", "duetime", "replay", "journal.jsonl"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *path()])}
    done = subprocess.run(again, env=env, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "identical")


def test_a_crontab_runs_its_commands(start: Start) -> None:
    """One with @reboot at the start; what is done otherwise here is told."""
    Path("crontab").write_text(
        f"HOME={Path.cwd()}\nMAILTO=paul\n@reboot echo warm > warm\n0 0 1 1 * true\n", "utf-8"
    )
    live = start("crontab")
    assert "WARNING" in live.wait_for("crontab: line 2: MAILTO is ignored")
    live.wait_for("crontab: echo warm > warm #1 finished")
    live.send("SIGTERM")
    assert live.ended() == 0
    assert Path("warm").read_text("utf-8") == "warm\n"


@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        (["plan.toml", "--grace", "soon"], "cannot read 'soon'"),
        (["plan.toml", "--grace=-1s"], "cannot read '-1s'"),
        (["plan.toml", "--store", "x.db", "--journal", "x"], "give a journal or a store, not both"),
        (["plan.toml", "--store", "nowhere/x.db"], "a store needs a folder that exists"),
        (["plan.toml", "--journal", "nowhere/x"], "nowhere/x cannot be written"),
        (["x.timer"], "there is nothing to run; give run ="),
    ],
)
def test_what_cannot_run_is_refused(start: Start, arguments: list[str], err: str) -> None:
    """Exit status 2, one line, and nothing is written."""
    Path("x.timer").write_text("[Timer]\nOnCalendar=daily\n", "utf-8")
    there = {*Path().iterdir()}
    live = start(*arguments)
    live.wait_for(err)
    assert live.ended() == 2
    assert (len(live.seen), live.seen[0].startswith("duetime: ")) == (1, True)
    assert {*Path().iterdir()} - {Path("__pycache__")} == there
