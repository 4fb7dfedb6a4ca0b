"""What a test says of a simulation: what must not happen, always be so, or come to be.

Time moves on meanwhile from one due time to the next; all that is due at one time is done before a
fact is looked at. It stops at the first time that shows a fact to be wrong.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from duetime.adapters.gliding import Glider
from duetime.engine.errors import UnsettledError
from duetime.engine.history import Run, in_order, last_lines, tail, time_text
from duetime.engine.instants import span_text, to_span

LINES = 20
"""So many of the last events are shown with a failure."""
LOOKED_AT = 1_000
"""So many of the last runs of each task are looked at, to say which of them starts without end."""


class Expecting(Glider):
    """The verbs that expect something; each raises AssertionError with the time and what happened.

    `marks`: how often each mark has been passed.
    """

    marks: Counter[str]

    def expect_none(self, name: str, *, within: timedelta | str) -> None:
        """Move on by a span in which no run of a task may start.

        Raises UnknownTaskError for an absent name.
        """
        self.view(name)
        before = {in_order(run) for run in self._history.runs(name)}

        def started() -> list[Run]:
            return [run for run in self._history.runs(name) if in_order(run) not in before]

        if not self.clock.walk_while(lambda: not started(), within):
            runs = ", ".join(f"run {run.number}" for run in started())
            raise AssertionError(self._tell(f"{runs} of {name!r} started, and none must"))

    def always(
        self, fact: Callable[[], object], *, for_: timedelta | str, what: str = "what must be so"
    ) -> None:
        """Move on by a span, and see at each due time on the way that a fact is true.

        `what`: the fact in words, for the failure.
        """
        if not self.clock.walk_while(fact, for_):
            raise AssertionError(self._tell(f"{what} is not so"))

    def eventually(
        self, fact: Callable[[], object], *, within: timedelta | str, what: str = "what must come"
    ) -> None:
        """Move on to the first due time at which a fact is true, at most by a span."""
        if self.clock.walk_while(lambda: not fact(), within):
            span = span_text(to_span(within))
            raise AssertionError(self._tell(f"{what} has not come within {span}"))

    def mark(self, text: str) -> None:
        """Note that this place was passed; for code under test."""
        self.marks[text] += 1

    def reached(self, text: str) -> int:
        """Return how often a mark was passed; it must have been."""
        if not self.marks[text]:
            passed = ", ".join(map(repr, sorted(self.marks))) or "none"
            raise AssertionError(self._tell(f"{text!r} was not reached; passed were: {passed}"))
        return self.marks[text]

    def _tell(self, what: str) -> str:
        """Say what is wrong, when, and what happened last."""
        lines = last_lines(self._history, LINES)
        happened = ["the last that happened:", *(f"  {line}" for line in lines)]
        return "\n".join([f"{time_text(self.clock.now())}: {what}", *(happened if lines else ())])

    def _no_end(self, limit: int) -> UnsettledError:
        """Say that there is no end, who starts again and again, and what happened last."""
        now, recent = self.clock.now(), tail(self._history, LOOKED_AT)
        starts = {
            name: sum(run.started == now for run in recent.runs(name)) for name in recent.names()
        }
        hot = max(starts, key=lambda name: starts[name], default="")
        busy = f"task {hot!r} starts again and again" if starts.get(hot) else "no task starts"
        lines = "".join(f"\n  {line}" for line in last_lines(self._history, LINES))
        return UnsettledError(
            f"{limit:,} events at {now.isoformat()} and no end: {busy}; "
            f"the last {LINES} events:{lines}"
        )
