"""Between runs and callables: which can be called and how, and what a run knows."""

import functools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from duetime.adapters.calls import RunHandle, TaskHandle, call_run, error_text, read_callable
from duetime.adapters.simulate import Simulation
from duetime.engine.errors import BadTaskError
from duetime.engine.messages import Cause
from duetime.engine.states import Idle, Paused
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand
from tests.adapters.builders import make_run


class Page:
    """Something with callables in it."""

    def __init__(self, name: str = "index") -> None:
        """Be made without arguments, too."""
        self.name = name

    def generate(self) -> str:
        """Want nothing."""
        return self.name

    def write(self, run: RunHandle) -> str:
        """Want the run."""
        return f"{self.name} {run.number}"

    @staticmethod
    def count(run: RunHandle, /) -> int:
        """Want the run by position."""
        return run.number

    def __call__(self, run: RunHandle, *, page: str = "none") -> str:
        """Want the run, and have a default for the rest."""
        return f"{page} {run.number}"


def takes_anything(*runs: RunHandle, **args: object) -> tuple[int, list[str]]:
    """Want nothing in particular."""
    return len(runs), sorted(args)


async def coroutine() -> None:
    """Be no plain function."""


async def stream() -> Iterator[None]:  # type: ignore[misc]  # an async generator, on purpose
    """Be no plain function."""
    yield None


def generator() -> Iterator[None]:
    """Be no plain function."""
    yield None


@pytest.mark.parametrize(
    ("function", "args", "takes_run"),
    [
        (lambda: None, {}, False),
        (lambda run: None, {}, True),
        (lambda anything: None, {}, True),
        (lambda page: None, {"page": "x"}, False),
        (lambda run, page: None, {"page": "x"}, True),
        (lambda page="x": None, {}, False),
        (lambda run=None: None, {}, True),
        (lambda *, page="x": None, {}, False),
        (takes_anything, {"page": "x"}, False),
        (Page().generate, {}, False),
        (Page().write, {}, True),
        (Page.count, {}, True),
        (Page(), {"page": "x"}, True),
        (Page, {}, False),
        (functools.partial(Page().write), {}, True),
        (functools.partial(takes_anything, 1, x=2), {}, False),
        (print, {}, False),
        ([].clear, {}, False),
        (dict, {}, False),
    ],
)
def test_a_callable_takes_the_run_or_nothing(
    function: Callable[..., object], args: dict[str, str], takes_run: bool
) -> None:
    """The first argument that is none of its args is the run, by name or for want of a default."""
    assert read_callable(function, "a", args).takes_run is takes_run


@pytest.mark.parametrize(
    ("function", "args", "words"),
    [
        ("print", {}, "'print' is no import path; write 'package.module:function'"),
        (None, {}, "None cannot be called"),
        (lambda one, two: None, {}, "argument: 'two'"),
        (lambda run, page: None, {}, "argument: 'page'"),
        (lambda run, *, page: None, {}, "argument: 'page'"),
        (lambda page, run: None, {"page": "x"}, "multiple values for argument 'page'"),
        (lambda run: None, {"page": "x"}, "unexpected keyword argument 'page'"),
        (lambda run, /: None, {"run": 1}, "(the run) or none, beside its args ['run']"),
        (coroutine, {}, "coroutine or generator function"),
        (functools.partial(coroutine), {}, "coroutine or generator function"),
        (stream, {}, "coroutine or generator function"),
        (generator, {}, "coroutine or generator function"),
    ],
)
def test_what_cannot_be_called_as_a_task_is_refused(
    function: object, args: dict[str, str], words: str
) -> None:
    """The message names the task, the callable and what is wrong with it."""
    with pytest.raises(BadTaskError) as caught:
        read_callable(function, "a", args)
    assert str(caught.value).startswith("task 'a': ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("function", "args", "error"),
    [
        (None, {}, None),
        (lambda: None, {}, None),
        (lambda run, page: None, {"page": "x"}, None),
        (lambda: 1 / 0, {}, "ZeroDivisionError: division by zero"),
        (lambda run: run.unknown, {}, "AttributeError: 'RunHandle' object has no attribute"),
    ],
)
def test_a_call_returns_the_text_of_its_error(
    function: Callable[..., object] | None, args: dict[str, str], error: str | None
) -> None:
    """None where there was none, also where there was nothing to call."""
    found = call_run(make_run(function, **args))
    assert (found is None) == (error is None)
    assert (found or "").startswith(error or "")


def test_only_an_interrupt_goes_through() -> None:
    """On a main thread it is somebody's Ctrl-C."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call_run(make_run(interrupt))


def test_an_error_is_written_as_type_and_message() -> None:
    """Without a message, the type alone."""
    assert error_text(ValueError("no such page")) == "ValueError: no such page"
    assert error_text(TimeoutError()) == "TimeoutError"


def test_a_run_tells_its_times_in_utc() -> None:
    """Due, planned and started are three."""
    run = make_run()
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert (run.nominal, run.planned, run.started) == (
        noon - timedelta(minutes=1),
        noon - timedelta(seconds=50),
        noon,
    )
    assert (run.key, run.cause, repr(run)) == (("a", 2, 1), Cause.DUE, "<run 1 of 'a'>")


def test_a_run_that_is_asked_to_stop_sleeps_no_more() -> None:
    """`proceed` turns False once and for all, and `sleep` does not even ask the shell."""
    run = make_run()
    assert run.proceed()
    run.ask_to_stop()
    run.ask_to_stop()
    assert not run.proceed()
    assert run.sleep("1h") is False


def test_a_handle_passes_the_verbs_on_for_its_task() -> None:
    """Every verb that a run may want, bound to one name."""
    with Simulation() as sim:
        sim.add("a", OnDemand(), takes="1h")
        handle = make_run(shell=sim).handle
        assert handle == TaskHandle(sim, "a")
        assert handle.demand({"page": "index"})
        assert handle.stop()
        handle.disable(reason="repairs", until="2026-01-02T00:00Z")
        assert isinstance(sim.view("a").state, Paused)
        handle.enable()
        sim.clock.advance(hours=1)
        handle.reschedule(Every(hours=5))
        assert isinstance(sim.view("a").state, Idle)
        assert sim.view("a").due is not None
        handle.remove()
        assert sim.names() == []
