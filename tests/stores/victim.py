"""Processes that schedule until they are killed, one after another, on one store.

`python -m tests.stores.victim STORE LOG SEED KILLS`. Each run says who it is in the log, in one
write, before it does anything else. The last process is not killed, and shuts down.
"""

import os
import random
import signal
import sys
import time
from datetime import timedelta

from duetime.adapters.calls import RunHandle
from duetime.adapters.threads import Scheduler
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand

KINDS = ("once", "again", "flaky", "demand", "once")
NAMES = tuple(f"{KINDS[number % len(KINDS)]} {number}" for number in range(50))
VERBS = ("demand", "run_now", "disable", "enable", "enable")
LIFE_SECONDS = (0.03, 0.3)


class Victim:
    """A process: its tasks and what somebody says to it."""

    def __init__(self, store: str, log: str, seed: int) -> None:
        """Open the store and the log."""
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._random = random.Random(seed)
        self.scheduler = Scheduler(store=store)

    def work(self, run: RunHandle) -> None:
        """Say who this is, then work; some fail at first, and are tried again."""
        at = run.nominal.isoformat()
        line = f"{run.name}\t{run.generation}\t{run.number}\t{run.attempt}\t{run.cause}\t{at}\n"
        os.write(self._log, line.encode())
        time.sleep(self._random.uniform(0.002, 0.04))
        if run.name.startswith("flaky") and run.attempt < 3 and run.number % 2:
            raise RuntimeError("not yet")

    def declare(self) -> None:
        """Declare all tasks."""
        for number, name in enumerate(NAMES):
            self.scheduler.add(
                name,
                OnDemand() if name.startswith("demand") else Every(seconds=0.1 * (1 + number % 4)),
                self.work,
                overlap=("skip", "buffer_one", "allow(2)")[number % 3],
                catch_up=("latest", "none", "all")[number % 3],
                retry="retry(3, 5ms)" if name.startswith("flaky") else None,
                rerun_after_crash=name.startswith("again"),
            )

    def live(self, seconds: float) -> None:
        """Start, and say verbs for so long."""
        self.declare()
        self.scheduler.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            name = self._random.choice(NAMES)
            getattr(self.scheduler, self._random.choice(VERBS))(name)
            time.sleep(0.003)


def end_well(victim: Victim) -> None:
    """Let everything come to an end."""
    victim.live(0.3)
    for name in NAMES:
        victim.scheduler.enable(name)
    assert victim.scheduler.shutdown(timedelta(seconds=10)).ok


def main() -> None:
    """Let processes live, and kill each after a while; say nothing if all goes well."""
    store, log, seed, kills = sys.argv[1:]
    moments = random.Random(int(seed))
    for number in range(int(kills)):
        child = os.fork()
        if child == 0:
            Victim(store, log, int(seed) + number).live(3600)
        time.sleep(moments.uniform(*LIFE_SECONDS))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            sys.exit(f"process {number} ended by itself")
    end_well(Victim(store, log, int(seed) - 1))


if __name__ == "__main__":
    main()
