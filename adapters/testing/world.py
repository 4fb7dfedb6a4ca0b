"""What the world may do in one way or another, each a choice on a tape."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from duetime.adapters.calls import RunKey
from duetime.adapters.takes import Length
from duetime.adapters.testing.tape import Tape
from duetime.engine.instants import Instant, Span, iso, span_text

KINDS = frozenset({"order", "duration", "outcome", "lateness", "spurious", "crash"})
"""What may be left to a tape."""

LATE: Span = 1_000_000_000
"""How late the scheduler looks if it is late and nothing else is said, in ns."""


@dataclass(frozen=True, slots=True)
class Doing:
    """Something that is due now: what it is called, and how it is done."""

    name: str
    do: Callable[[], object]

    def __str__(self) -> str:
        """Return its name."""
        return self.name


@dataclass(frozen=True, slots=True)
class _Delay:
    name: str
    span: Span

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class World:
    """Chooses, of each kind that is left to the tape; of the others it takes the ordinary.

    `failing`: the tasks whose runs may fail; `late`: how late the scheduler looks, if it is late.
    """

    tape: Tape
    kinds: frozenset[str]
    failing: set[str] = field(default_factory=set)
    late: Span = LATE

    def first(self, now: Instant, due: Sequence[Doing]) -> Doing:
        """Choose what comes first of all that is due."""
        if len(due) == 1 or "order" not in self.kinds:
            return due[0]
        return self.tape.choose(f"{iso(now)}, first comes", due)

    def delay(self, now: Instant) -> Span:
        """Choose how late the scheduler looks."""
        if "lateness" not in self.kinds:
            return 0
        delays = (_Delay("on time", 0), _Delay(f"{span_text(self.late)} late", self.late))
        return self.tape.choose(f"{iso(now)}, the scheduler looks", delays).span

    def wakes(self, now: Instant) -> bool:
        """Choose whether the scheduler is woken for nothing."""
        label = f"{iso(now)}, the scheduler is woken for nothing"
        return "spurious" in self.kinds and self.tape.choose(label, ("no", "yes")) == "yes"

    def dies(self, now: Instant) -> bool:
        """Choose whether the process is killed after all that was due, and another goes on."""
        label = f"{iso(now)}, the process is killed"
        return "crash" in self.kinds and self.tape.choose(label, ("no", "yes")) == "yes"

    def fails(self, now: Instant, run: RunKey) -> bool:
        """Choose whether a run that ends well fails instead."""
        if run[0] not in self.failing or "outcome" not in self.kinds:
            return False
        label = f"{iso(now)}, {told(run)} ends"
        return self.tape.choose(label, ("well", "with an error")) != "well"

    def lasts(self, now: Instant, run: RunKey, length: Length, left: Span | None) -> Span:
        """Choose how long a run lasts: short, long, in the middle, or until something is due.

        `left`: how long it is until then.
        """
        low, high = length.low, length.high
        if low == high or "duration" not in self.kinds:
            return low
        spans = [low, high, (low + high) // 2]
        if left is not None and low < left < high:
            spans.append(left)
        delays = [_Delay(span_text(span), span) for span in dict.fromkeys(spans)]
        return self.tape.choose(f"{iso(now)}, {told(run)} takes", delays).span


def told(run: RunKey) -> str:
    """Name a run."""
    return f"run {run[2]} of {run[0]!r}"
