"""Watching a scheduler from outside: a file that it writes, and what a watchdog makes of it.

A scheduler that has died cannot say so. It says instead, again and again, that it lives; whoever
finds that it has not said so for too long knows.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from duetime.adapters.health import Health
from duetime.adapters.views import Views
from duetime.clocks.base import Clock
from duetime.clocks.real import RealClock
from duetime.engine.errors import BadArgumentError
from duetime.engine.triggers.base import Json


class Heartbeat:
    """Writes how a shell is into a file, with the time, whenever it is called; schedule it.

    The file is replaced in one go, so that a reader finds the old text or the new one.
    """

    def __init__(self, shell: Views, path: str | Path) -> None:
        """Raises BadArgumentError where the folder of the file does not exist."""
        self.shell = shell
        self.path = Path(path).absolute()
        if not self.path.parent.is_dir():
            raise BadArgumentError(
                f"heartbeat {self.path}: there is no folder {self.path.parent}; make it first"
            )

    def __call__(self) -> None:
        """Write the file."""
        written = self.shell.clock.now()
        text = json.dumps({"written": written.isoformat(), **_plain(self.shell.health())}, indent=1)
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.write_text(text + "\n", encoding="utf-8")
        os.replace(fresh, self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What a watchdog finds: `ok`, or `text` says what is wrong.

    `age`: how long ago the file was written, None where there is none; `health`: what it says.
    """

    ok: bool
    text: str = ""
    age: timedelta | None = None
    health: Mapping[str, Json] = field(default_factory=dict)


def check_heartbeat(path: str | Path, older_than: timedelta, clock: Clock | None = None) -> Pulse:
    """Look at a heartbeat; it is not ok if it is older than that, or says that all is not well.

    `older_than`: some of the heartbeat's periods, since one may be late; `clock`: whose wall clock
    tells the age, a RealClock if not given. Nothing that is in the file, or not, raises.
    """
    now = (clock or RealClock()).now()
    try:
        found = json.loads(Path(path).read_text("utf-8"))
        age = now - datetime.fromisoformat(found["written"])
    except FileNotFoundError:
        return Pulse(ok=False, text=f"there is no heartbeat at {path}")
    except (OSError, ValueError, TypeError, KeyError) as error:
        return Pulse(ok=False, text=f"{path} is no heartbeat: {type(error).__name__}: {error}")
    text = ""
    if age > older_than:
        text = f"the last heartbeat is {age} old; at most {older_than} is allowed"
    elif age < -older_than:
        text = f"the last heartbeat is dated {-age} ahead of this clock"
    elif found.get("ok") is not True:
        text = "the scheduler says that it is not well"
    return Pulse(ok=not text, text=text, age=age, health=found)


def _plain(health: Health) -> dict[str, Json]:
    """Write a health as JSON."""
    return {
        "ok": health.ok,
        "started": health.started,
        "tasks": health.tasks,
        "running": health.running,
        "waiting": health.waiting,
        "overdue_seconds": health.overdue.total_seconds(),
        "overrunning": [f"{run.name} #{run.number}" for run in health.overrunning],
        "broken": dict(health.broken),
        "beat": None if health.beat is None else health.beat.isoformat(),
    }
