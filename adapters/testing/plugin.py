"""The pytest plugin: simulations as fixtures, what a test may not leave over, determinism.

It is loaded in every run of pytest where duetime is installed, so it imports nothing of duetime
that does not load its names when they are asked for.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from duetime.adapters import testing
from duetime.adapters.testing import twice

if TYPE_CHECKING:
    from duetime.adapters.testing.checked import CheckedSimulation
    from duetime.clocks.virtual import VirtualClock

MARKER = "duetime"
DEFAULTS: dict[str, object] = {
    "start": "2026-01-01T00:00Z",
    "seed": 0,
    "allow": (),
    "real_time": (),
    "twice": True,
}
"""What the marker takes, and what holds without it."""

_SIMULATION = pytest.StashKey["CheckedSimulation"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the options of the plugin."""
    parser.addini(
        "duetime_twice",
        "one in so many tests with `sim` is run twice, with another hash seed; 0: none",
        default="20",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known; refuse a `duetime_twice` that is no number."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(start, seed, allow, real_time, twice): where the clock of `sim` starts, the "
        "seed of its run lengths, what the test may leave over, the modules that may not read real "
        "time meanwhile, whether it may be run twice",
    )
    _one_in(config)


@pytest.fixture
def virtual_clock(request: pytest.FixtureRequest) -> "VirtualClock":
    """Give a virtual clock, which stands at the marker's `start`."""
    clock: VirtualClock = import_module("duetime.clocks.virtual").VirtualClock(
        _marked(request.node)["start"]
    )
    return clock


@pytest.fixture
def sim(
    request: pytest.FixtureRequest, virtual_clock: "VirtualClock"
) -> "Iterator[CheckedSimulation]":
    """Give a simulation on `virtual_clock`; what is left over at the end fails the test."""
    marked = _marked(request.node)
    simulation = testing.CheckedSimulation(
        virtual_clock,
        seed=marked["seed"],  # type: ignore[arg-type]  # any value is a seed
        allow=marked["allow"],  # type: ignore[arg-type]  # it is checked there
    )
    request.node.stash[_SIMULATION] = simulation
    yield simulation
    simulation.shutdown()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """See whether a test reads real time, leaves anything over, and always goes so."""
    marked = _marked(pyfuncitem)
    trace_file = os.environ.get(twice.TRACE)
    try:
        with _watching(marked["real_time"]):
            result = yield
    except BaseException as error:
        if trace_file is not None:
            _leave(pyfuncitem, trace_file, f"failed: {type(error).__name__}: {error}")
        raise
    simulation = pyfuncitem.stash.get(_SIMULATION, None)
    if simulation is None:
        return result
    __tracebackhide__ = True
    if trace_file is not None:
        _leave(pyfuncitem, trace_file, "passed")
    trace = [*simulation.trace(), "passed"]
    simulation.conclude()
    config = pyfuncitem.config
    may = trace_file is None and marked["twice"]
    if may and twice.is_chosen(pyfuncitem.nodeid, _one_in(config)):
        twice.run_again(pyfuncitem.nodeid, trace, root=config.rootpath, options=_options(config))
    return result


def _watching(modules: object) -> AbstractContextManager[object]:
    """Watch these modules for reads of real time; nothing is loaded for that if there are none."""
    if not modules:
        return nullcontext()
    guard: AbstractContextManager[object] = import_module(
        "duetime.adapters.testing.real_time"
    ).no_real_time(modules)
    return guard


def _leave(test: pytest.Function, path: str, outcome: str) -> None:
    """Leave the trace of this second process for the first."""
    simulation = test.stash.get(_SIMULATION, None)
    twice.write_trace(path, [*(simulation.trace() if simulation else ()), outcome])


def _options(config: pytest.Config) -> list[str]:
    """Return what the second process needs to be like the first, and nothing to measure."""
    options = ["--rootdir", str(config.rootpath)]
    if config.inipath is not None:
        options += ["-c", str(config.inipath)]
    if config.pluginmanager.hasplugin("pytest_cov"):
        options.append("--no-cov")
    return options


def _marked(node: pytest.Item) -> dict[str, object]:
    """Read the markers of a test; those nearer to it come first.

    Raises UsageError for what they do not take.
    """
    found = dict(DEFAULTS)
    for marker in reversed(list(node.iter_markers(MARKER))):
        unknown = [*map(repr, marker.args), *(key for key in marker.kwargs if key not in DEFAULTS)]
        if unknown:
            raise pytest.UsageError(
                f"@pytest.mark.{MARKER} does not take {', '.join(unknown)}; "
                f"it takes, by keyword, {', '.join(DEFAULTS)}"
            )
        found.update(marker.kwargs)
    return found


def _one_in(config: pytest.Config) -> int:
    text = str(config.getini("duetime_twice"))
    if not text.isdecimal():
        raise pytest.UsageError(
            f"duetime_twice {text!r} must be a whole number: one in so many tests; 0: none"
        )
    return int(text)
