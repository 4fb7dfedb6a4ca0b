"""Where runs happen: a thread of its own for each run while it lasts.

Starting a thread is what costs, most of all beside a busy program. So a run gets an idle worker
where there is one, and a new worker only where there is none; a worker that has been idle for a
while ends.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Protocol

log = logging.getLogger(__name__)

IDLE_SECONDS = 10.0
"""A worker that has had nothing to do for so long ends."""


class Executor(Protocol):
    """Where a shell lets its runs happen; called from any thread, also from inside a call."""

    def start(self, calls: Sequence[Callable[[], None]]) -> None:
        """Run each call once, at once, beside all others and beside the caller; do not wait.

        A call does not raise. One that comes after `close` is run as well.
        """

    def close(self) -> None:
        """Keep no thread longer than its call takes; wait for none. A second call is no harm."""


class Workers:
    """Threads that run calls, as many as there are calls going and no more."""

    def __init__(self, name: str, *, daemon: bool = True) -> None:
        """`name`: what the threads are called; `daemon`: the process waits for none of them."""
        self._name = name
        self._daemon = daemon
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._free = 0
        """Idle workers minus calls that are queued; below zero, workers are missing."""
        self._count = 0

    def start(self, calls: Sequence[Callable[[], None]]) -> None:
        """Run each call on a thread of its own, at once; a call must not raise.

        New workers are made one by one, since those that finish meanwhile take calls too.
        """
        with self._lock:
            self._free -= len(calls)
        for call in calls:
            self._calls.put(call)
        while True:
            with self._lock:
                if self._free >= 0:
                    return
                self._free += 1
                self._count += 1
            try:
                threading.Thread(target=self._work, name=self._name, daemon=self._daemon).start()
            except RuntimeError:
                log.exception("no new thread to be had; runs wait for one that becomes free")
                with self._lock:
                    self._free -= 1
                    self._count -= 1
                return

    def count(self) -> int:
        """Return how many workers there are, idle ones included."""
        with self._lock:
            return self._count

    def close(self) -> None:
        """Let idle workers end now, and busy ones when they are done."""
        with self._lock:
            ending, self._free = self._count, self._free - self._count
        for _ in range(ending):
            self._calls.put(None)

    def _work(self) -> None:
        while True:
            try:
                call = self._calls.get(timeout=IDLE_SECONDS)
            except Empty:
                with self._lock:
                    if self._free <= 0:
                        continue  # a call is on its way to this worker
                    self._free -= 1
                    self._count -= 1
                    return
            if call is None:
                with self._lock:
                    self._count -= 1
                    return
            call()
            with self._lock:
                self._free += 1
