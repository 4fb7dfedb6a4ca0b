"""Modelled runs: how long each lasts, a span, a range that a seed draws from, or until told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from heapq import heappop, heappush
from typing import TypeAlias

from duetime.adapters.calls import RunHandle, RunKey
from duetime.engine.errors import BadTaskError, BadTimeError
from duetime.engine.instants import Span, to_span
from duetime.engine.policies import hashed

Takes: TypeAlias = (
    "timedelta | str | tuple[timedelta, timedelta] | Sequence[timedelta | str] | None"
)
"""A span, a range such as "2s..10s", a list of spans of which one is drawn, "hold", or None: as
long as the code of the run."""

FAILED = "failed, as it was to be simulated"
"""The error of a run that is drawn to fail."""


@dataclass(frozen=True, slots=True)
class Length:
    """A range of spans, both ends included; `held`: until somebody ends the run by hand.

    `sample`: spans to draw from, in place of a range. `fails`: the share of the attempts that fail.
    """

    low: Span
    high: Span
    held: bool = False
    sample: tuple[Span, ...] = ()
    fails: float = 0.0

    def draw(self, seed: int, run: RunKey) -> Span:
        """Pick a span: the same for the same seed and run, on every machine."""
        if self.low == self.high:
            return self.low
        number = hashed(f"{seed}/{run[0]}/{run[1]}/{run[2]}")
        if self.sample:
            return self.sample[number % len(self.sample)]
        return self.low + number % (self.high - self.low + 1)

    def draw_error(self, seed: int, run: RunKey, attempt: int) -> str | None:
        """Pick whether an attempt fails, likewise; None: it does not."""
        number = hashed(f"{seed}/{run[0]}/{run[1]}/{run[2]}/{attempt}/fails") if self.fails else 0
        return FAILED if number < self.fails * _HASHES else None


_HASHES = 1 << 64


def read_takes(takes: Takes, name: str, fails: float = 0.0) -> Length | None:
    """Read a length at the border; None stays None, unless some attempts fail.

    Raises BadTaskError, naming the task, for what is none.
    """
    if type(fails) not in (int, float) or not 0 <= fails <= 1:
        raise BadTaskError(f"task {name!r}: fails {fails!r} must be a share, from 0 to 1")
    if takes is None:
        return Length(0, 0, fails=fails) if fails else None
    if takes == "hold":
        return Length(0, 0, held=True)
    try:
        if isinstance(takes, list):
            sample = tuple(map(to_span, takes)) or (-1,)
            low, high = min(sample), max(sample)
            _check(takes, low, high, name)
            return Length(low, high, sample=sample, fails=fails)
        if isinstance(takes, tuple) and len(takes) == 2:
            low, high = to_span(takes[0]), to_span(takes[1])
        elif isinstance(takes, str) and ".." in takes:
            low, high = (to_span(part) for part in takes.split("..", 1))
        else:
            low = high = to_span(takes)  # type: ignore[arg-type]  # anything else is refused
    except BadTimeError as error:
        raise BadTaskError(f"task {name!r}: takes: {error}") from None
    _check(takes, low, high, name)
    return Length(low, high, fails=fails)


def _check(takes: Takes, low: Span, high: Span, name: str) -> None:
    if not 0 <= low <= high:
        raise BadTaskError(f"task {name!r}: takes {takes!r}: must be from 0 up, the shorter first")


class Models:
    """The modelled runs of a simulation: those that end at a time, and those that are held."""

    def __init__(self, seed: int) -> None:
        """`seed`: for ranges."""
        self._seed = seed
        self._lengths: dict[str, Length] = {}
        self._begun: dict[RunKey, Length] = {}
        self._ends: list[tuple[int, str, int, int, int, str | None]] = []
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
            failed = length.draw_error(self._seed, run.key, run.attempt)
            heappush(self._ends, (end, *run.key, run.attempt, failed))
        return True

    def first_end(self) -> int | None:
        """Return when the first run ends, in monotonic time."""
        return self._ends[0][0] if self._ends else None

    def next_end(self) -> tuple[int, RunKey] | None:
        """Return the same, and which run that is."""
        return (self._ends[0][0], self._ends[0][1:4]) if self._ends else None

    def pop_end(self) -> tuple[RunKey, int, str | None]:
        """Take out the run that ends first; return it, its attempt, and its error."""
        _, name, generation, number, attempt, error = heappop(self._ends)
        return (name, generation, number), attempt, error

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
