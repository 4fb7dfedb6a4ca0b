"""A disk in memory that knows each point at which a machine could stop, and can stop there.

What has been written is lost with the power until it has been synchronised.
"""

import errno
from dataclasses import dataclass, field

from duetime.adapters.calls import Abandoned
from duetime.engine.instants import Span


class Cut(Abandoned):
    """The end of a process, in the middle of what it does; no code of it may catch this."""


@dataclass(slots=True)
class Points:
    """The points that a process reaches, in order, and the one at which it is cut off.

    `at`: its number; None: never. `fails`: whether the disk reports an error there instead.
    `recovered`: how many were reached by the time when the restart was done with.
    """

    at: int | None = None
    fails: bool = False
    reached: list[str] = field(default_factory=list)
    recovered: int | None = None
    dead: bool = False

    def reach(self, what: str) -> bool:
        """Reach a point; say whether the disk is to fail here.

        Raises Cut where the process ends, and from then on.
        """
        if self.dead:
            raise Cut
        self.reached.append(what)
        if len(self.reached) - 1 != self.at:
            return False
        if self.fails:
            return True
        self.dead = True
        raise Cut(what)


class Disk:
    """A medium for a log store; see `Medium`. It does not outlive its process: copy it."""

    def __init__(self, data: bytes = b"", points: Points | None = None) -> None:
        """`data`: what is there, durably. `failed`: whether it has, once."""
        self.points = points or Points()
        self.unreadable = self.failed = False
        self.written = bytearray(data)
        self.durable = bytes(data)
        self.last = b""

    def __str__(self) -> str:
        """Say where it is."""
        return "the disk"

    def open(self, wait: Span | None) -> None:
        """Take the right to write; each process has a disk of its own."""

    def read(self) -> bytes:
        """Return all that is there."""
        if self.unreadable:
            raise OSError(errno.EIO, "the disk cannot be read")
        return bytes(self.written)

    def append(self, data: bytes) -> None:
        """Write at the end; a disk that is full takes the first half."""
        if self.points.reach(f"before {len(data)} bytes are written"):
            self.written += data[: len(data) // 2]
            self.failed = True
            raise OSError(errno.ENOSPC, "the disk is full")
        self.written += data
        self.last = data
        self.points.reach(f"after {len(data)} bytes were written")

    def sync(self) -> None:
        """Make durable what has been written."""
        if self.points.reach("before what was written is synchronised"):
            self.failed = True
            raise OSError(errno.EIO, "the disk cannot be synchronised")
        self.durable = bytes(self.written)
        self.points.reach("after what was written was synchronised")

    def truncate(self, size: int) -> None:
        """Cut off all but the first bytes."""
        self.points.reach(f"before the disk is cut to {size} bytes")
        del self.written[size:]
        self.points.reach(f"after the disk was cut to {size} bytes")

    def close(self) -> None:
        """Do nothing; a disk is not asked for anything more."""

    def leavings(self) -> dict[str, bytes]:
        """Return what may be found when the process has ended, by how it ended.

        "killed": all that was written; "power": what was synchronised; "torn": half of the rest as
        well; "doubled": the last write twice.
        """
        written = bytes(self.written)
        found = {"killed": written}
        rest = self.rest()
        if written != self.durable:
            found["power"] = self.durable
        if len(rest) > 1:
            found["torn"] = self.durable + rest[: len(rest) // 2]
        if self.last and written.endswith(self.last):
            found["doubled"] = written + self.last
        return found

    def rest(self) -> bytes:
        """Return what was written behind all that is durable."""
        written = bytes(self.written)
        return written[len(self.durable) :] if written.startswith(self.durable) else b""
