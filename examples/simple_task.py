"""A task that prints its name and the time."""

import stage

from duetime import Every


def play(shell: stage.Shell, wait: stage.Wait) -> None:
    """Let the task run every second, three times."""

    @shell.task(Every(seconds=1), name="SimpleTask")
    def simple_task(run):
        print(f"{run.name}, run {run.number}, at {run.started:%H:%M:%S}")

    wait(3.5)


if __name__ == "__main__":
    stage.main(play)
