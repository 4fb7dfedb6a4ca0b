"""A session sweeper: a long task that asks now and then whether it is to go on."""

import stage

from duetime import Every

SESSIONS = ["ada", "bob", "cyd", "dan"]


def play(shell: stage.Shell, wait: stage.Wait) -> None:
    """Let it sweep to the end the first time, and stop it in the middle the second time."""

    @shell.task(Every(seconds=5))
    def sweep_sessions(run):
        for swept, session in enumerate(SESSIONS):
            if not run.proceed():
                print(f"{stage.clock_time(shell)} run {run.number}: stopped after {swept}")
                return
            print(f"{stage.clock_time(shell)} run {run.number}: {session}")
            run.sleep("1s")  # the work of looking at a session
        print(f"{stage.clock_time(shell)} run {run.number}: all {len(SESSIONS)} swept")

    wait(11.5)
    shell.stop("sweep_sessions")
    wait(0.5)


if __name__ == "__main__":
    stage.main(play)
