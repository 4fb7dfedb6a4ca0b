"""The guard that finds reads of real time and randomness in given modules."""

import sys
import threading
from collections.abc import Iterator
from types import ModuleType

import pytest

from duetime.adapters.testing.real_time import RealTimeError, no_real_time
from duetime.engine.errors import BadArgumentError

SOURCE = """
import os, random, secrets, time, uuid
from datetime import date, datetime, UTC
from functools import partial
from time import time as t

def fixed(now=time.time):
    return now()

def made():
    yield time.monotonic()

class Reader:
    now = time.time_ns

kept = {"now": datetime.now}
seeded = random.Random(3)
system = random.SystemRandom()
part = partial(time.sleep, 0)
"""
READS = {
    "t()": "time.time",
    "fixed()": "time.time",
    "list(made())": "time.monotonic",
    "Reader().now()": "time.time_ns",
    "kept['now'](UTC)": "datetime.now",
    "(lambda: time.perf_counter_ns())()": "time.perf_counter_ns",
    "time.process_time()": "time.process_time",
    "time.sleep(0)": "time.sleep",
    "time.localtime()": "time.localtime",
    "time.gmtime()": "time.gmtime",
    "time.time(*())": "time.time",
    "datetime.today()": "datetime.today",
    "date.today()": "date.today",
    "random.random()": "random.random",
    "random.randint(1, 2)": "random.randint",
    "random.choice([1])": "random.choice",
    "random.Random()": "random.Random without a seed",
    "random.SystemRandom()": "random.SystemRandom",
    "system.random()": "SystemRandom.random",
    "os.urandom(1)": "os.urandom",
    "uuid.uuid1()": "uuid.uuid1",
    "uuid.uuid4()": "uuid.uuid4",
    "secrets.token_hex(2)": "secrets.token_hex",
    "secrets.choice([1])": "SystemRandom.choice",
}
NO_READS = [
    "time.gmtime(0)",
    "time.localtime(0)",
    "datetime(2026, 1, 1)",
    "datetime.fromtimestamp(0, UTC)",
    "random.Random(3)",
    "seeded.random() + seeded.randint(1, 2)",
    "uuid.uuid5(uuid.NAMESPACE_DNS, 'a')",
]


@pytest.fixture
def web() -> Iterator[ModuleType]:
    """Give a module inside of another, as if it were imported."""
    package, module = ModuleType("webapp"), ModuleType("webapp.pages")
    exec(compile(SOURCE, "pages.py", "exec"), vars(module))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "webapp", package)
        patch.setitem(sys.modules, "webapp.pages", module)
        yield module


def do(module: ModuleType, text: str) -> object:
    """Let a function of the module do something."""
    exec(compile(f"def page():\n    return {text}", "pages.py", "exec"), vars(module))
    return module.page()


@pytest.mark.parametrize("text", READS)
def test_a_read_is_found_however_it_is_written(web: ModuleType, text: str) -> None:
    """Each is told once, with what it reads; a package covers its modules."""
    with pytest.raises(RealTimeError, match=r"pages\.py:") as caught, no_real_time(["webapp"]):
        do(web, text)
    assert [read.what for read in caught.value.reads] == [READS[text]]


@pytest.mark.parametrize("text", NO_READS)
def test_what_reads_nothing_is_let_pass(web: ModuleType, text: str) -> None:
    """Times that are given and generators with a seed are no reads."""
    with no_real_time([web]) as reads:
        do(web, text)
    assert reads == []


def test_a_place_is_told_once_with_how_often(web: ModuleType) -> None:
    """File, line and function are told; the list is filled when the error comes."""
    with pytest.raises(RealTimeError) as caught, no_real_time([web]) as reads:
        do(web, "[time.time() for _ in range(3)] and 1")
    (read,) = reads
    assert (read.file, read.line, read.count) == ("pages.py", 2, 3)
    assert caught.value.reads == reads


def test_a_thread_of_the_block_is_watched(web: ModuleType) -> None:
    """A thread that starts during the block is seen."""

    @no_real_time([web])
    def test() -> None:
        thread = threading.Thread(target=do, args=(web, "Reader.now()"))
        thread.start()
        thread.join(10)

    with pytest.raises(RealTimeError, match=r"time\.time_ns"):
        test()


if sys.version_info >= (3, 12):

    def test_a_thread_from_before_the_block_is_watched(web: ModuleType) -> None:
        """From Python 3.12 on, all threads are seen."""
        begin = threading.Event()
        thread = threading.Thread(target=lambda: begin.wait(10) and do(web, "t()"))
        thread.start()

        @no_real_time([web])
        def test() -> None:
            begin.set()
            thread.join(10)

        with pytest.raises(RealTimeError, match=r"time\.time,"):
            test()

    def test_a_partial_call_is_found(web: ModuleType) -> None:
        """From Python 3.12 on, what a partial calls is seen."""
        with pytest.raises(RealTimeError, match=r"time\.sleep"), no_real_time([web]):
            do(web, "part()")


def test_other_modules_may_read(web: ModuleType) -> None:
    """Neither the test nor modules with a similar name count."""
    other = ModuleType("webapp2")
    exec(compile(SOURCE, "other.py", "exec"), vars(other))
    with no_real_time(["webapp"]):
        do(other, "t()")


def test_it_decorates_and_nests(web: ModuleType) -> None:
    """Every call is a block of its own, and each block sees what happens in it."""

    @no_real_time([web])
    def test() -> None:
        do(web, "t()")

    for _ in range(2):
        with (
            pytest.raises(RealTimeError) as outer,
            no_real_time([web]),
            pytest.raises(RealTimeError),
        ):
            test()
        assert len(outer.value.reads) == 1


def test_a_profiler_goes_on(web: ModuleType) -> None:
    """A profile function sees calls during the block, and is back after it."""
    seen = []

    def profile(frame: object, event: str, arg: object) -> None:
        seen.append(arg)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        with no_real_time([web]):
            len("seen")
        assert sys.getprofile() is profile
    finally:
        sys.setprofile(before)
    assert len in seen


def test_an_error_of_the_body_is_not_masked(web: ModuleType) -> None:
    """It comes out as it is; the reads are listed all the same."""
    with pytest.raises(KeyError), no_real_time([web]) as reads:
        do(web, "{}[t()]")
    assert [read.what for read in reads] == ["time.time"]


@pytest.mark.parametrize(
    ("modules", "message"),
    [([], "empty"), (["nowhere_at_all"], "not imported"), ("webapp", "must be a list")],
)
def test_modules_that_cannot_be_watched_are_refused(modules: list[str], message: str) -> None:
    """The message says what to do."""
    with pytest.raises(BadArgumentError, match=message), no_real_time(modules):
        pass
