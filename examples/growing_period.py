"""A task that lengthens its own period by 2 seconds, each time that it runs."""

import stage

from duetime import Every


def play(shell: stage.Shell, wait: stage.Wait) -> None:
    """Begin with 2 seconds."""
    seconds = 2

    @shell.task(Every(seconds=seconds, anchor=shell.clock.now()))
    def growing(run):
        nonlocal seconds
        seconds += 2
        # The nominal time as the anchor: lateness does not add up.
        run.handle.reschedule(Every(seconds=seconds, anchor=run.nominal))
        print(f"{run.started:%H:%M:%S} run {run.number}; the next one in {seconds} seconds")

    wait(21)


if __name__ == "__main__":
    stage.main(play)
