"""The real clock: which clocks it reads, and how its waits end."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from duetime.clocks import real
from duetime.clocks.real import RealClock
from duetime.engine.instants import HOUR, MILLISECOND, SECOND

ON_LINUX = sys.platform == "linux"


@pytest.fixture(autouse=True)
def _fresh_boot() -> Iterator[None]:
    """Let nobody see what another test took for the boot."""
    real._boot.cache_clear()
    yield
    real._boot.cache_clear()


def elapsed_ns() -> int:
    """Read the clock that counts suspended time, where there is one."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) if ON_LINUX else time.monotonic_ns()


def test_time_asleep_counts_as_elapsed() -> None:
    """Monotonic time is that of the clock which goes on while the machine is suspended."""
    before, reading, after = elapsed_ns(), RealClock().read(), elapsed_ns()
    assert before <= reading.mono <= after


def test_the_wall_clock_is_that_of_the_system() -> None:
    """In ns since the epoch."""
    before, reading, after = time.time_ns(), RealClock().read(), time.time_ns()
    assert before <= reading.wall <= after


def test_both_clocks_are_read_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that was put aside between the two reads them again."""
    looks = iter([0, 5 * MILLISECOND, 6 * MILLISECOND, 9 * MILLISECOND, 10 * MILLISECOND])
    last = 10 * MILLISECOND + 1
    monkeypatch.setattr(real, "_mono", lambda: next(looks, last))
    assert RealClock().read().mono == 10 * MILLISECOND


def test_a_machine_that_is_too_busy_gets_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """After five attempts the last one counts."""
    looks = iter(range(0, 100 * SECOND, SECOND))
    monkeypatch.setattr(real, "_mono", lambda: next(looks))
    assert RealClock().read().mono == 8 * SECOND


def test_the_boot_is_told_by_the_system() -> None:
    """Linux has a name for each boot; elsewhere it is told by when the machine started."""
    source = Path("/proc/sys/kernel/random/boot_id")
    boot = RealClock().read().boot
    assert boot == (source.read_text().strip() if source.is_file() else real._boot())


@pytest.mark.parametrize("lacking", ["the file", "the system"])
def test_a_boot_without_a_name_is_told_by_its_time(
    lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To ten seconds, so that reading noise does not make two boots of one."""
    if lacking == "the file":
        monkeypatch.setattr(Path, "is_file", lambda path: False)
    else:
        monkeypatch.setattr(sys, "platform", "other")
    monkeypatch.setattr(real, "_mono", lambda: time.time_ns() - 1_234_567 * SECOND)
    assert RealClock().read().boot == "since 123456"


def test_a_wait_is_never_short_of_its_deadline() -> None:
    """The last stretch is spent awake."""
    clock = RealClock()
    for span in (0, 1_000, 50_000, MILLISECOND, 3 * MILLISECOND):
        until = clock.read().mono + span
        clock.wait(clock.new_waker(), until)
        assert clock.read().mono >= until


@pytest.mark.parametrize("span", [None, HOUR], ids=["for ever", "an hour"])
def test_a_long_wait_ends_early(span: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step of the wall clock is noticed within the cap, which is 30 seconds."""
    assert real.CAP == 30 * SECOND
    monkeypatch.setattr(real, "CAP", MILLISECOND)
    clock = RealClock()
    until = None if span is None else clock.read().mono + span
    clock.wait(clock.new_waker(), until)
    assert until is None or clock.read().mono < until


def test_a_wake_is_not_spent_on_a_wait_that_had_ended() -> None:
    """A wake that comes while nobody waits ends the next wait."""
    clock = RealClock()
    waker = clock.new_waker()
    clock.wait(waker, clock.read().mono)
    threading.Thread(target=waker.wake).start()
    while not waker.sleep(1):
        pass
    waker.wake()
    assert waker.sleep(0)
    assert not waker.sleep(0)


def test_real_time_waits_for_nobody() -> None:
    """To hold the real clock is to do nothing."""
    clock = RealClock()
    clock.hold("me")
    until = clock.read().mono + MILLISECOND
    clock.wait(clock.new_waker(), until)
    clock.release("me")
    assert clock.read().mono >= until
