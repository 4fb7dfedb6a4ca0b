"""What the tests of the adapters are made of: runs by hand."""

from collections.abc import Callable
from datetime import timedelta

from duetime.adapters.calls import RunHandle, read_callable
from duetime.adapters.simulate import Simulation
from duetime.engine.instants import MINUTE, SECOND, iso, to_instant
from duetime.engine.messages import Cause, StartRun

NOON = to_instant("2026-01-01T12:00Z")


class SleepsByHand(Simulation):
    """A shell whose runs sleep as a test says."""

    sleep: Callable[[RunHandle, float], None]

    def sleep_run(self, run: RunHandle, span: timedelta | str | float) -> None:
        """Hand over to the test."""
        self.sleep(run, float(span))  # type: ignore[arg-type]  # the tests sleep for numbers


def make_run(
    function: Callable[..., object] | None = None,
    *,
    name: str = "a",
    number: int = 1,
    shell: Simulation | None = None,
    **args: object,
) -> RunHandle:
    """Make a run that was due a minute before noon, planned 10 s later and started at noon."""
    start = StartRun(
        name=name,
        generation=2,
        number=number,
        nominal=NOON - MINUTE,
        planned=NOON - 50 * SECOND,
        cause=Cause.DUE,
        args=args,  # type: ignore[arg-type]  # what is no JSON does not matter here
    )
    call = None if function is None else read_callable(function, name, start.args)
    shell = shell or Simulation(iso(NOON))
    return RunHandle(start, shell.clock.read(), call, shell)
