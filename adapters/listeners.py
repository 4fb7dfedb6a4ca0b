"""Who is told of what happens: subscriptions, and the thread that tells of it.

A shell makes a notice of each event that somebody listens for. A `Simulation` delivers it in its
own order of things; a `Scheduler` gives it to a `Courier`, so that no listener can hold it up.
"""

import inspect
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from duetime.clocks.base import Clock
from duetime.engine.errors import BadArgumentError
from duetime.engine.events import Event, EventKind, FindRun, events_of
from duetime.engine.messages import Effect, Input

log = logging.getLogger(__name__)

Listener: TypeAlias = Callable[[Event], object]

ROOM = 10_000
"""So many events wait for listeners at most; more are dropped and counted."""

_WHO = "the listeners"


class Subscription:
    """One listener and what it listens for; `ended`: it is to be told nothing more."""

    __slots__ = ("ended", "kinds", "listener")

    def __init__(self, listener: Listener, kinds: frozenset[EventKind]) -> None:
        """Begin."""
        self.listener = listener
        self.kinds = kinds
        self.ended = False


@dataclass(frozen=True, slots=True)
class Notice:
    """An event on its way to those who listened for it when it happened."""

    event: Event
    to: tuple[Subscription, ...]


class Listeners:
    """All subscriptions of a shell. `wanted`: the kinds that somebody listens for.

    `dropped`, `errors`: events that did not fit into the queue, and calls that raised.
    """

    def __init__(self) -> None:
        """Start without any."""
        self.wanted: frozenset[EventKind] = frozenset()
        self.dropped = 0
        self.errors = 0
        self._all: tuple[Subscription, ...] = ()

    def add(self, subscription: Subscription) -> None:
        """Take one in."""
        self._set((*self._all, subscription))

    def remove(self, subscription: Subscription) -> None:
        """End one, if it has not ended yet; notices that are under way do not reach it."""
        subscription.ended = True
        self._set(tuple(each for each in self._all if each is not subscription))

    def notices(self, input_: Input, effects: tuple[Effect, ...], find: FindRun) -> list[Notice]:
        """Return what is to be told about an input and its effects."""
        return [
            Notice(event, tuple(each for each in self._all if event.kind in each.kinds))
            for event in events_of(input_, effects, find, self.wanted)
        ]

    def deliver(self, notice: Notice) -> None:
        """Call the listeners of a notice; whatever they raise harms nobody else.

        Only KeyboardInterrupt goes through, after the others have been told.
        """
        interrupt: KeyboardInterrupt | None = None
        for subscription in notice.to:
            if subscription.ended:
                continue
            try:
                subscription.listener(notice.event)
            except KeyboardInterrupt as error:
                interrupt = error
            except BaseException:
                self.errors += 1
                log.exception("a listener failed over the event %s", notice.event.kind)
        if interrupt is not None:
            raise interrupt

    def _set(self, subscriptions: tuple[Subscription, ...]) -> None:
        self._all = subscriptions
        self.wanted = frozenset().union(*(each.kinds for each in subscriptions))


class Courier:
    """A thread that delivers notices in order, from a queue that has an end.

    On a virtual clock, time stands still while there is anything to deliver.
    """

    def __init__(self, listeners: Listeners, clock: Clock, *, room: int = ROOM) -> None:
        """`room`: how many notices the queue holds."""
        self._listeners = listeners
        self._clock = clock
        self._room = room
        self._notices: deque[Notice] = deque()
        self._changed = threading.Condition()
        self._at_work = False
        self._closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, unless it has; the process need not wait for this thread."""
        if self._thread is None:
            thread = threading.Thread(target=self._work, name="duetime-listeners", daemon=True)
            thread.start()
            self._thread = thread

    def put(self, notices: list[Notice]) -> None:
        """Take notices, as many as there is room for; never wait."""
        with self._changed:
            room = 0 if self._closed else self._room - len(self._notices)
            self._notices.extend(notices[:room])
            self._listeners.dropped += len(notices[room:])
            if self._notices and not self._at_work:
                self._at_work = True
                self._clock.hold(_WHO)
                self._changed.notify()

    def close(self, seconds: float) -> None:
        """Deliver what is queued, for so many seconds at most, and end; the rest is dropped.

        Called by a listener, it leaves the rest to be delivered afterwards.
        """
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is None or self._thread is threading.current_thread():
            return
        self._thread.join(seconds)
        with self._changed:
            left = len(self._notices)
            self._listeners.dropped += left
            self._notices.clear()
        if left:
            log.warning("%d event(s) were dropped: the shutdown did not wait for them", left)

    def _work(self) -> None:
        told = self._listeners.dropped
        while (notice := self._next()) is not None:
            with suppress(KeyboardInterrupt):
                self._listeners.deliver(notice)
            dropped = self._listeners.dropped - told
            if dropped:
                told += dropped
                log.warning("%d event(s) were dropped: the listeners are too slow", dropped)

    def _next(self) -> Notice | None:
        """Wait for a notice; return None when there will be none any more."""
        with self._changed:
            if self._at_work and not self._notices:
                self._at_work = False
                self._clock.release(_WHO)
            self._changed.wait_for(lambda: self._notices or self._closed)
            return self._notices.popleft() if self._notices else None


def read_subscription(
    listener: Listener, kinds: Iterable[EventKind | str] | str | None
) -> Subscription:
    """Look at a listener and what it asks for, before anything happens; None: all kinds.

    Raises BadArgumentError for what cannot be called with an event, and for unknown kinds.
    """
    if not callable(listener) or inspect.iscoroutinefunction(listener):
        raise BadArgumentError(
            f"listener {listener!r}: pass a plain function that takes an event; this cannot be "
            "called as one"
        )
    try:
        inspect.signature(listener).bind(None)
    except TypeError as error:
        raise BadArgumentError(
            f"listener {listener!r} cannot be called with an event: {error}"
        ) from None
    except ValueError:
        pass  # it does not say what it takes
    return Subscription(listener, _read_kinds(kinds))


def _read_kinds(kinds: Iterable[EventKind | str] | str | None) -> frozenset[EventKind]:
    if kinds is None:
        return frozenset(EventKind)
    asked = {kinds} if isinstance(kinds, str) else set(kinds)
    unknown = sorted(str(kind) for kind in asked.difference(EventKind))
    if unknown or not asked:
        raise BadArgumentError(
            f"kinds {', '.join(unknown) or 'none'}: there is no such event; "
            f"there are {', '.join(EventKind)}"
        )
    return frozenset(map(EventKind, asked))
