"""Plays an example: live on real threads, or with `--virtual` in virtual time.

An example is one function `play(shell, wait)`. The shell is a `Scheduler` or a `Simulation`; both
have the same verbs. `wait(seconds)` lets time pass: really, or by moving a virtual clock.
"""

import argparse
import time
from collections.abc import Callable
from typing import TypeAlias

from duetime import Scheduler, Simulation, VirtualClock

Shell: TypeAlias = Scheduler | Simulation
Wait: TypeAlias = Callable[[float], None]
Play: TypeAlias = Callable[[Shell, Wait], None]

START = "2026-01-01T12:00:00Z"
"""When a virtual performance begins."""


def main(play: Play) -> None:
    """Play an example the way that the command line says."""
    parser = argparse.ArgumentParser(description="An example of duetime.")
    parser.add_argument("--virtual", action="store_true", help="in virtual time, at once")
    if parser.parse_args().virtual:
        play_virtually(play)
    else:
        play_live(play)


def play_live(play: Play) -> None:
    """Play on real threads, in real time."""
    with Scheduler() as scheduler:
        play(scheduler, time.sleep)


def play_virtually(play: Play) -> None:
    """Play in virtual time."""
    clock = VirtualClock(START)
    with Simulation(clock) as simulation:
        play(simulation, lambda seconds: clock.advance(seconds=seconds))


def clock_time(shell: Shell) -> str:
    """Return what the clock of a shell shows, as HH:MM:SS in UTC."""
    return f"{shell.clock.now():%H:%M:%S}"
