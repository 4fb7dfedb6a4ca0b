"""A task that is never due by itself: it runs when somebody asks for it."""

import stage

from duetime import OnDemand


def play(shell: stage.Shell, wait: stage.Wait) -> None:
    """Ask in each of the ways that there are."""

    @shell.task(OnDemand())
    def send_report(run):
        print(f"{stage.clock_time(shell)} run {run.number} begins, by {run.cause}")
        run.sleep("1s")
        print(f"{stage.clock_time(shell)} run {run.number} ends")

    # run_now starts a run at once, and none beside one that is going.
    answers = [shell.run_now("send_report") for _ in range(2)]
    wait(1.5)
    print(f"run_now, said twice: {answers}")

    # demand while a run is going gives one more, however often it is said.
    answers = [shell.demand("send_report") for _ in range(4)]
    wait(2.5)
    print(f"demand, said four times: {answers}")


if __name__ == "__main__":
    stage.main(play)
