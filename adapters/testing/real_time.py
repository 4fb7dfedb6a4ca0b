"""Finds where given modules read real time or randomness. Nothing is patched.

Python tells of every call: by `sys.monitoring` from 3.12 on, which sees all threads and costs
nothing in code of other modules; by profile hooks on 3.11, which see the thread of the
block and those that start during it.
"""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FrameType, ModuleType

from duetime.adapters.testing.real_calls import name_of_call, name_of_code
from duetime.engine.errors import BadArgumentError

TOOL_IDS = (4, 3, 2, 5, 0, 1)
"""Those of `sys.monitoring` that are tried, the ones without a usual owner first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealTimeRead:
    """A place that read real time or randomness, and how often."""

    what: str
    file: str
    line: int
    function: str
    count: int

    def __str__(self) -> str:
        """Write it as a line."""
        return f"{self.file}:{self.line} {self.function}: {self.what}, {self.count}×"


class RealTimeError(AssertionError):
    """Real time or randomness was read; `reads`: where."""

    def __init__(self, reads: list[RealTimeRead]) -> None:
        """List the places."""
        self.reads = reads
        lines = "\n".join(f"  {read}" for read in reads)
        super().__init__(
            f"real time or randomness was read:\n{lines}\n"
            "  take the time from a clock of duetime, random numbers from a seed"
        )


@contextmanager
def no_real_time(modules: Iterable[str | ModuleType]) -> Iterator[list[RealTimeRead]]:
    """Watch modules, and those inside of them, for reads of real time, sleeps and randomness.

    The list is filled at the end of the block. A function may be decorated with it as well.
    An error that comes out of the block is not masked.
    Raises RealTimeError at the end if anything was read.
    Raises BadArgumentError for modules that are not imported, and for none.
    """
    watch = _Watch(_names(modules))
    stop = _begin(watch)
    reads: list[RealTimeRead] = []
    try:
        yield reads
    finally:
        stop()
        reads.extend(watch.reads())
    if reads:
        raise RealTimeError(reads)


# Private parts


def _names(modules: Iterable[str | ModuleType]) -> tuple[str, ...]:
    if isinstance(modules, (str, ModuleType)):
        raise BadArgumentError(f"modules {modules!r} must be a list, such as ['webapp']")
    names = tuple(each.__name__ if isinstance(each, ModuleType) else each for each in modules)
    if not names:
        raise BadArgumentError("modules is empty; name those that must not read real time")
    for name in names:
        if name not in sys.modules:
            raise BadArgumentError(f"module {name!r} is not imported; import it before the block")
    return names


class _Watch:
    """What was read so far."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._prefixes = tuple(f"{name}." for name in names)
        self._counts = Counter[tuple[str, int, str, str]]()
        self._lock = threading.Lock()

    def covers(self, frame: FrameType) -> bool:
        """Return whether a frame runs code of the modules."""
        name = frame.f_globals.get("__name__")
        return isinstance(name, str) and (name in self._names or name.startswith(self._prefixes))

    def note(self, frame: FrameType, what: str) -> None:
        """Count a read."""
        code = frame.f_code
        with self._lock:
            self._counts[code.co_filename, frame.f_lineno or 0, code.co_qualname, what] += 1

    def reads(self) -> list[RealTimeRead]:
        """Return the places, sorted."""
        with self._lock:
            found = sorted(self._counts.items())
        return [
            RealTimeRead(what=what, file=file, line=line, function=function, count=count)
            for (file, line, function, what), count in found
        ]


if sys.version_info >= (3, 12):

    def _begin(watch: _Watch) -> Callable[[], None]:
        """Begin to watch by `sys.monitoring`; return what ends it."""
        monitoring = sys.monitoring
        free = [each for each in TOOL_IDS if monitoring.get_tool(each) is None]
        if not free:
            raise BadArgumentError(
                "all tool ids of sys.monitoring are in use; close a debugger, a profiler, or a "
                "block around this one"
            )
        tool = free[0]

        def told(_code: CodeType, _offset: int, called: object, first: object) -> object:
            frame = sys._getframe(1)
            if not watch.covers(frame):
                return monitoring.DISABLE
            what = name_of_call(called, () if first is monitoring.MISSING else (first,))
            if what is not None:
                watch.note(frame, what)
            return None

        def stop() -> None:
            monitoring.set_events(tool, monitoring.events.NO_EVENTS)
            monitoring.register_callback(tool, monitoring.events.CALL, None)
            monitoring.free_tool_id(tool)

        monitoring.use_tool_id(tool, "duetime no_real_time")
        monitoring.register_callback(tool, monitoring.events.CALL, told)
        monitoring.set_events(tool, monitoring.events.CALL)
        monitoring.restart_events()  # an earlier block has disabled what was foreign to it
        return stop

else:

    def _begin(watch: _Watch) -> Callable[[], None]:
        """Begin to watch by profile hooks; return what ends it."""
        before, before_threads = sys.getprofile(), threading.getprofile()
        if before is not None and not callable(before):
            raise BadArgumentError(
                f"{before!r} is profiling; on Python 3.11 it cannot go on during no_real_time"
            )
        over = threading.Event()
        own = threading.get_ident()

        def told(frame: FrameType, event: str, arg: object) -> None:
            following = before if threading.get_ident() == own else before_threads
            if following is not None:
                following(frame, event, arg)  # type: ignore[arg-type]  # one of five words
            if over.is_set():
                sys.setprofile(following)
                return
            caller = frame if event == "c_call" else frame.f_back
            if caller is None or event not in ("call", "c_call") or not watch.covers(caller):
                return
            if event == "c_call":
                # The arguments are not told, but the instruction has their number.
                count = frame.f_code.co_code[frame.f_lasti + 1]
                what = name_of_call(arg, (arg,) * count)
            else:
                what = name_of_code(frame)
            if what is not None:
                watch.note(caller, what)

        def stop() -> None:
            over.set()
            sys.setprofile(before)
            threading.setprofile(before_threads)

        threading.setprofile(told)
        sys.setprofile(told)
        return stop
