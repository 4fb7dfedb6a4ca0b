"""Where inputs are decided: in line, one after another, and kept before anything of them is done.

Whoever holds the lock serves all who stand in line, so that what arrives together is kept together:
one commit, however many there are. What could not be kept is undone, as if it had never been said.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeAlias

from duetime.adapters.calls import Call
from duetime.clocks.base import Clock
from duetime.engine.instants import Reading
from duetime.engine.journal import JournalRecord
from duetime.engine.machine import Machine
from duetime.engine.messages import Effect, Input

MOST_TOGETHER = 1_000
"""So many inputs are kept together at most."""

Make: TypeAlias = Callable[[Reading], Input | None]
"""Makes an input, at the time when it is decided; None: nothing is to be decided after all."""


class Place:
    """A place in the line: an input to be made, and what became of it.

    `call`: what a declaration is to call.
    """

    __slots__ = ("call", "effects", "error", "input", "make", "served")

    def __init__(self, make: Make, call: Call | None) -> None:
        """Stand in line."""
        self.make = make
        self.call = call
        self.input: Input | None = None
        self.effects: tuple[Effect, ...] = ()
        self.error: BaseException | None = None
        self.served = False


class Keeper(Protocol):
    """Where inputs are kept."""

    def check(self, input_: Input) -> None:
        """Raise for an input that could not be kept."""

    def keep(self, places: Sequence[Place]) -> None:
        """Keep the inputs of these places, with their effects: all, or none and raise."""


class Intake:
    """The way into a machine, for any number of threads."""

    def __init__(
        self,
        clock: Clock,
        lock: AbstractContextManager[object],
        machine: Machine,
        take_in: Callable[[Place], None],
    ) -> None:
        """`take_in`: called with the lock for each input that has been kept, in order."""
        self._clock = clock
        self._lock = lock
        self._machine = machine
        self._take_in = take_in
        self._line: deque[Place] = deque()
        self._alone = 0
        self.keeper: Keeper | None = None

    def decide(self, make: Make, call: Call | None = None) -> tuple[Effect, ...]:
        """Make an input, let the machine decide, keep both; return what is to be done.

        Raises what the machine or the keeper raises; nothing has changed then.
        """
        place = Place(make, call)
        self._line.append(place)
        with self._lock:
            if not place.served:
                self._serve([place])
        if place.error is not None:
            raise place.error
        return place.effects

    def decide_all(self, makes: Iterable[Make]) -> list[Place]:
        """Let several inputs be decided, and kept together; say what became of each."""
        places = [Place(make, None) for make in makes]
        self._line.extend(places)
        with self._lock:
            if not all(place.served for place in places):
                self._serve(places)
        return places

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody else come between what this thread says inside."""
        with self._lock:
            self._alone += 1
            try:
                yield
            finally:
                self._alone -= 1

    def _serve(self, own: list[Place]) -> None:
        """Serve all who stand in line, or only those who are not to be disturbed."""
        line = self._line
        if self._alone:
            for place in own:
                line.remove(place)
            self._serve_all(own)
            return
        while line:
            self._serve_all([line.popleft() for _ in range(min(len(line), MOST_TOGETHER))])

    def _serve_all(self, places: list[Place]) -> None:
        keeper, roster = self.keeper, self._machine.roster
        if keeper is not None:
            roster.keep_undo()
        decided = [place for place in places if self._has_decided(place)]
        if keeper is not None and decided:
            try:
                keeper.keep(decided)
            except BaseException as error:
                roster.undo()
                for place in decided:
                    place.error, place.effects = error, ()
                return
        for place in decided:
            self._take_in(place)

    def _has_decided(self, place: Place) -> bool:
        """Let the machine decide; say whether there is anything to be kept."""
        place.served = True
        try:
            input_ = place.make(self._clock.read())
            if input_ is None:
                return False
            if self.keeper is not None:
                self.keeper.check(input_)
            place.effects = self._machine.handle(input_)
        except Exception as error:
            place.error = error
            return False
        place.input = input_
        return True


def records_of(places: Sequence[Place]) -> tuple[JournalRecord, ...]:
    """Return what is to be kept, in order."""
    return tuple(
        JournalRecord(place.input, place.effects) for place in places if place.input is not None
    )
