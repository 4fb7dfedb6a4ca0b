"""The second half of the demo: a page generator live on real threads, then its journal replayed."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from duetime.adapters.calls import RunHandle
from duetime.adapters.journals import replay
from duetime.adapters.threads import Scheduler
from duetime.engine.history import Run
from duetime.engine.triggers.every import Every

GENERATOR = "PageGenerator for static.html"
PAGE = "<!doctype html>\n<title>Static page</title>\n<p>Version {run.number}, {run.started}.</p>\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What the live part came to: its runs as they were, as they were replayed, and the figures.

    `replay_seconds`: how long the replay took.
    """

    runs: list[Run]
    replayed: list[Run]
    records: int
    replay_seconds: float

    @property
    def is_identical(self) -> bool:
        """Whether number, due time, start, end and outcome of every run are the same."""
        return self.runs == self.replayed


def play_live(folder: Path, seconds: float, say: Callable[[str], None]) -> Live:
    """Generate a page every second, on real threads; then replay the journal of it.

    Raises ReplayError where the replay decides anything else.
    """
    path, page = folder / "journal.jsonl", folder / "static.html"
    with Scheduler(journal=path) as scheduler:

        @scheduler.task(Every(seconds=1), name=GENERATOR)
        def generate(run: RunHandle) -> None:
            write_page(page, PAGE.format(run=run))
            late_ms = (run.started - run.nominal) / timedelta(milliseconds=1)
            say(f"run {run.number:2}: due {run.nominal:%H:%M:%S.%f}, {late_ms:.1f} ms late")

        time.sleep(seconds)
    began = time.perf_counter()
    replayed = replay(path)
    return Live(
        runs=scheduler.runs(GENERATOR),
        replayed=replayed.history.runs(GENERATOR),
        records=replayed.records,
        replay_seconds=time.perf_counter() - began,
    )


def write_page(page: Path, text: str) -> None:
    """Write a page as a whole or not at all: readers never see half of it."""
    draft = page.with_suffix(".new")
    draft.write_text(text, "utf-8")
    os.replace(draft, page)
