"""Webware for Python with duetime in TaskKit's place: its application, its sweeper, its tests.

Needs Webware-for-Python, and WebTest and psutil for the tests (the extra `peers` has them):

    python examples/webware_on_duetime.py           # an application on a real server
    python examples/webware_on_duetime.py --tests   # Webware's test suite, on either TaskKit
"""

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.request
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

PATIENCE_SECONDS = 20


def put_in_place(webware_folder: Path) -> None:
    """Let `from TaskKit.Scheduler import Scheduler` and its like find duetime's face."""
    face = "duetime.adapters.taskkit"
    sys.modules["TaskKit"] = package = import_module(face)
    package.__path__.append(str(webware_folder / "TaskKit"))  # for what else is in there: its tests
    for name in ("Scheduler", "Task", "TaskHandler"):
        sys.modules[f"TaskKit.{name}"] = import_module(f"{face}.{name}")


def copy_webware(folder: str) -> Path:
    """Copy Webware, which writes into its own folder, and put the copy on the path."""
    import webware

    copy = Path(folder, "webware")
    shutil.copytree(webware.__path__[0], copy)
    webware.__path__[:] = [str(copy)]
    sys.path.insert(0, str(copy))
    return copy


class QuietHandler(WSGIRequestHandler):
    """Answers requests without a word about it."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve() -> None:
    """Run Webware's application on a server on loopback, with a sweep a second."""
    with redirect_stdout(io.StringIO()):
        from Application import Application

        app = Application(settings={"SessionTimeout": 10 / 60, "Verbose": False}, development=True)
    swept = threading.Event()
    sweep = app._sessions.cleanStaleSessions
    app._sessions.cleanStaleSessions = lambda task=None: (sweep(task), swept.set())
    scheduler = app.taskManager()
    print(f"scheduler: {type(scheduler).__module__}")
    print(f"sweeper: every {scheduler.scheduled('SessionSweeper').period()} s")
    with make_server("127.0.0.1", 0, app, WSGIServer, QuietHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/ShowTime"
        with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as page:
            told = "The current time is:" in page.read().decode()
        print(f"page: {page.status}, shows the time: {told}")
        print(f"sessions swept: {swept.wait(PATIENCE_SECONDS)}")
        server.shutdown()
    with redirect_stdout(io.StringIO()):
        app.shutDown()
    print(f"scheduler runs on: {scheduler.isRunning()}")


def run_tests() -> None:
    """Run Webware's test suite in this process; print each test that does not pass, tried twice.

    Some of its tests wait for a server of their own, and not for long.
    """
    suite = unittest.defaultTestLoader.discover(".", pattern="Test*.py", top_level_dir=".")
    with redirect_stdout(io.StringIO()):
        runner = unittest.TextTestRunner(io.StringIO(), verbosity=0)
        first = runner.run(suite)
        again = runner.run(unittest.TestSuite(t for t, _ in first.failures + first.errors))
    bad = sorted({re.sub(r" \(.*", "", str(test)) for test, _ in again.failures + again.errors})
    print(f"{first.testsRun} tests; not passed: {', '.join(bad) or 'none'}")


def compare_tests() -> None:
    """Run the suite with TaskKit itself and with duetime, each in a process of its own."""
    outcomes = [
        subprocess.run(
            [sys.executable, __file__, "--suite", which], capture_output=True, text=True, check=True
        ).stdout.splitlines()[-1]
        for which in ("original", "duetime")
    ]
    print(f"with TaskKit: {outcomes[0]}")
    print(f"with duetime: {outcomes[1]}")
    sys.exit(outcomes[0] != outcomes[1])


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tests", action="store_true", help="run Webware's test suite twice")
    parser.add_argument("--suite", choices=["original", "duetime"], help="run it once")
    options = parser.parse_args()
    if options.tests:
        compare_tests()
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        webware_folder = copy_webware(folder)
        os.chdir(webware_folder)
        if options.suite != "original":
            put_in_place(webware_folder)
        if options.suite:
            run_tests()
        else:
            serve()
        os.chdir("/")


if __name__ == "__main__":
    main()
