"""Modelled runs: how long each lasts, a span, a range that a seed draws from, or until told."""

from dataclasses import dataclass
from datetime import timedelta
from heapq import heappop, heappush
from typing import TypeAlias

from duetime.adapters.calls import RunHandle, RunKey
from duetime.engine.errors import BadTaskError, BadTimeError
from duetime.engine.instants import Span, to_span
from duetime.engine.policies import hashed

Takes: TypeAlias = timedelta | str | tuple[timedelta, timedelta] | None
"""A span, a range such as "2s..10s", "hold", or None: as long as the code of the run."""


@dataclass(frozen=True, slots=True)
class Length:
    """A range of spans, both ends included; `held`: until somebody ends the run by hand."""

    low: Span
    high: Span
    held: bool = False

    def draw(self, seed: int, run: RunKey) -> Span:
        """Pick a span: the same for the same seed and run, on every machine."""
        text = f"{seed}/{run[0]}/{run[1]}/{run[2]}"
        number = hashed(text)
        return self.low + number % (self.high - self.low + 1)


def read_takes(takes: Takes, name: str) -> Length | None:
    """Read a length at the border; None stays None.

    Raises BadTaskError, naming the task, for what is none.
    """
    if takes is None:
        return None
    if takes == "hold":
        return Length(0, 0, held=True)
    try:
        if isinstance(takes, tuple) and len(takes) == 2:
            low, high = to_span(takes[0]), to_span(takes[1])
        elif isinstance(takes, str) and ".." in takes:
            low, high = (to_span(part) for part in takes.split("..", 1))
        else:
            low = high = to_span(takes)
    except BadTimeError as error:
        raise BadTaskError(f"task {name!r}: takes: {error}") from None
    if not 0 <= low <= high:
        raise BadTaskError(f"task {name!r}: takes {takes!r}: must be from 0 up, the shorter first")
    return Length(low, high)


class Models:
    """The modelled runs of a simulation: those that end at a time, and those that are held."""

    def __init__(self, seed: int) -> None:
        """`seed`: for ranges."""
        self._seed = seed
        self._lengths: dict[str, Length] = {}
        self._begun: dict[RunKey, Length] = {}
        self._ends: list[tuple[int, str, int, int, int]] = []
        self._held: dict[RunKey, RunHandle] = {}

    def declare(self, name: str, length: Length | None) -> None:
        """Set how long the runs of a task last; None: as long as their code."""
        self._lengths.pop(name, None)
        if length is not None:
            self._lengths[name] = length

    def begin(self, run: RunHandle) -> None:
        """Take a run that starts: what is declared anew from now on concerns later ones."""
        if run.name in self._lengths:
            self._begun[run.key] = self._lengths[run.name]

    def go_on(self, run: RunHandle, now: int, error: str | None) -> bool:
        """Take a run whose code has ended; say whether it goes on. `now`: monotonic time."""
        length = self._begun.pop(run.key, None)
        if length is None or error is not None:
            return False
        if length.held:
            self.hold(run)
        else:
            end = now + length.draw(self._seed, run.key)
            heappush(self._ends, (end, *run.key, run.attempt))
        return True

    def first_end(self) -> int | None:
        """Return when the first run ends, in monotonic time."""
        return self._ends[0][0] if self._ends else None

    def next_end(self) -> tuple[int, RunKey] | None:
        """Return the same, and which run that is."""
        return (self._ends[0][0], self._ends[0][1:4]) if self._ends else None

    def pop_end(self) -> tuple[RunKey, int]:
        """Take out the run that ends first; return it and its attempt."""
        _, name, generation, number, attempt = heappop(self._ends)
        return (name, generation, number), attempt

    def hold(self, run: RunHandle) -> None:
        """Let a run go on until it is taken out."""
        self._held[run.key] = run

    def pop_held(self, name: str) -> RunHandle:
        """Take out the oldest run of a task that is held.

        Raises BadTaskError when there is none.
        """
        keys = sorted(key for key in self._held if key[0] == name)
        if not keys:
            raise BadTaskError(f"no run of {name!r} is held; held are: {self.held() or 'none'}")
        return self._held.pop(keys[0])

    def held_keys(self) -> list[RunKey]:
        """List the runs that are held."""
        return sorted(self._held)

    def held(self) -> str:
        """Name the runs that are held."""
        return ", ".join(f"run {key[2]} of {key[0]!r}" for key in self.held_keys())
