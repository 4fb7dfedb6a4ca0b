"""Progress: what a scenario says and how it moves the clock, counted, so that it can go on.

After a crash the scenario is called again, from its beginning. Acts that were done are not done
again, but for declarations: code declares its tasks whenever it starts. The act that was cut short
is done again, as somebody would who had no answer.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from duetime.engine.errors import BadTaskError, UnknownTaskError

T = TypeVar("T")


@dataclass(slots=True)
class Progress:
    """How far a scenario has come, over all its processes.

    `expected`: the import path of each task that has been declared and not removed;
    `touched`: tasks of verbs that have not returned; `lives`: the number of the process.
    """

    results: list[tuple[str, object]] = field(default_factory=list)
    expected: dict[str, str | None] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    lives: int = 0
    _declared: dict[str, int] = field(default_factory=dict)
    _targets: dict[int, int] = field(default_factory=dict)
    _next: int = 0
    _inside: bool = False

    def begin(self) -> None:
        """Let the scenario be called, for the first time or again."""
        self.lives += 1
        self._next, self._inside = 0, False

    def do(self, what: str, act: Callable[[], T], *, again: bool = False) -> T | None:
        """Do an act, unless an earlier process has done it; `again`: in that case as well.

        Acts of code that runs inside of another act are not counted.
        """
        if self._inside:
            return act()
        number, self._next = self._next, self._next + 1
        if number < len(self.results):
            name, result = self.results[number]
            if name != what:
                raise BadTaskError(
                    f"act {number} of the scenario was {name} and now is {what}; a scenario must "
                    "do the same each time that it is called"
                )
            return act() if again else result  # type: ignore[return-value]  # of the same act
        done: T | None = None
        self._inside = True
        try:
            done = act()
        except (UnknownTaskError, BadTaskError):
            if self.lives == 1:
                raise  # else: it was done without an answer, or the run that it is about is lost
        finally:
            self._inside = False
        self.results.append((what, done))
        return done

    def is_latest(self, name: str) -> bool:
        """Return whether the next act is the latest declaration of a task so far."""
        if not self._inside:
            self._declared[name] = max(self._declared.get(name, 0), self._next)
        return self._declared.get(name) == self._next

    @contextmanager
    def touching(self, name: str) -> Iterator[None]:
        """Remember a task until a verb about it has returned."""
        self.touched.add(name)
        yield
        self.touched.discard(name)

    def left(self, now: int, span: int) -> int:
        """Return how much is left of the next move, by a span of ns; `now`: monotonic time."""
        return max(self._targets.setdefault(self._next, now + span) - now, 0)
