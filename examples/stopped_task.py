"""A long task that is stopped: it is asked to, and ends by itself."""

import stage

from duetime import OnDemand


def play(shell: stage.Shell, wait: stage.Wait) -> None:
    """Start it, let it count for a while, stop it."""

    @shell.task(OnDemand())
    def count(run):
        number = 0
        while run.proceed():
            number += 1
            print(f"{stage.clock_time(shell)} {number}")
            run.sleep("1s")  # ends early when the run is asked to stop
        print(f"{stage.clock_time(shell)} stopped at {number}")

    shell.run_now("count")
    wait(2.5)
    answers = [shell.stop("count")]
    wait(0.5)
    answers.append(shell.stop("count"))
    print(f"stop, during the run and after it: {answers}")


if __name__ == "__main__":
    stage.main(play)
