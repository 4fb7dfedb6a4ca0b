"""What every executor does for a shell, rule by rule."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from duetime.adapters.executors import Executor
from duetime.adapters.testing.conformance.rules import agree, ends, hold, run_together

ROUNDS = 200
"""So often calls are given by each of several threads."""


class Calls:
    """Calls that note their thread, short ones and such as last until a gate opens."""

    def __init__(self, patience_seconds: float) -> None:
        """`patience_seconds`: how long `have_come` waits for each call."""
        self.threads: list[threading.Thread] = []
        self.gate = threading.Event()
        self._patience_seconds = patience_seconds
        self._called = threading.Semaphore(0)

    def quick(self) -> None:
        """Be over at once."""
        self.threads.append(threading.current_thread())
        self._called.release()

    def long(self) -> None:
        """Last until the gate opens."""
        self.quick()
        self.gate.wait()

    def have_come(self, count: int) -> bool:
        """Wait for so many calls; say whether they came within the limit."""
        return all(self._called.acquire(timeout=self._patience_seconds) for _ in range(count))


class ExecutorConformance:
    """The rules of `Executor`, as tests.

    `patience_seconds`: real time for which a test waits for what another thread is to do.
    """

    patience_seconds = 20.0

    def make(self) -> Executor:
        """Make an executor."""
        raise NotImplementedError(f"{type(self).__name__} needs make(), which makes an executor")

    def test_calls_have_threads_of_their_own_while_they_last(self) -> None:
        """All that are given at once run at once, and whoever gives them does not wait."""
        with self._executor() as (executor, calls):
            starter = start_apart(executor, [calls.long] * 5)
            hold("calls that are given at once run at once", calls.have_come(5))
            rule = "start() returns while the calls are going"
            hold(rule, ends(starter, self.patience_seconds))
            agree("each call has a thread of its own", len(set(calls.threads)), 5)
            hold("no call runs on the thread that gives it", starter not in calls.threads)

    def test_short_calls_run_beside_long_ones(self) -> None:
        """A call that lasts is in nobody's way."""
        with self._executor() as (executor, calls):
            start_apart(executor, [calls.long])
            hold("a call is begun", calls.have_come(1))
            for _ in range(20):
                executor.start([calls.quick])
                hold("a call is begun while another one lasts", calls.have_come(1))

    def test_each_call_is_run_once(self) -> None:
        """However many threads give calls at the same time."""
        with self._executor() as (executor, calls):

            def give() -> None:
                for _ in range(ROUNDS):
                    executor.start([calls.quick, calls.quick])

            rule = "many threads may give calls at once"
            hold(rule, run_together([give] * 4, self.patience_seconds))
            count = 4 * ROUNDS * 2
            hold("no call is swallowed", calls.have_come(count))
            agree("no call is run twice", len(calls.threads), count)

    def test_nothing_to_start_is_no_error(self) -> None:
        """No call, no thread."""
        with self._executor() as (executor, calls):
            executor.start([])
            agree("nothing is run that was not given", calls.threads, [])

    def test_a_call_may_give_calls(self) -> None:
        """The end of one run can be the start of the next."""
        with self._executor() as (executor, calls):

            def give_another() -> None:
                executor.start([calls.quick])
                calls.quick()

            executor.start([give_another])
            hold("a call that is given by a call is run", calls.have_come(2))

    def test_closing_waits_for_nobody_and_interrupts_nobody(self) -> None:
        """It returns while calls are going, which come to their own end; twice does no harm."""
        with self._executor() as (executor, calls):
            start_apart(executor, [calls.long])
            hold("a call is begun", calls.have_come(1))
            closer = threading.Thread(target=close_twice, args=(executor,), daemon=True)
            closer.start()
            hold("close() waits for no call", ends(closer, self.patience_seconds))
            hold("close() ends no call", calls.threads[0].is_alive())

    def test_a_call_that_comes_after_closing_is_run(self) -> None:
        """One that was on its way while somebody closed is not lost."""
        with self._executor() as (executor, calls):
            executor.start([calls.quick])
            hold("a call is begun", calls.have_come(1))
            executor.close()
            executor.start([calls.quick])
            hold("a call that comes after close() is run", calls.have_come(1))

    def test_no_thread_stays_after_closing(self) -> None:
        """Neither an idle one nor one that was at work."""
        with self._executor() as (executor, calls):
            start_apart(executor, [calls.quick, calls.quick, calls.long])
            hold("calls are begun", calls.have_come(3))
            executor.close()
            calls.gate.set()
            ended = [ends(thread, self.patience_seconds) for thread in calls.threads]
            hold("no thread stays after close() and the last call", all(ended))

    @contextmanager
    def _executor(self) -> Iterator[tuple[Executor, Calls]]:
        executor, calls = self.make(), Calls(self.patience_seconds)
        try:
            yield executor, calls
        finally:
            calls.gate.set()
            executor.close()


def start_apart(executor: Executor, calls: Sequence[Callable[[], None]]) -> threading.Thread:
    """Give calls on another thread, since a faulty executor may not return."""
    starter = threading.Thread(target=executor.start, args=(calls,), daemon=True)
    starter.start()
    return starter


def close_twice(executor: Executor) -> None:
    """Close, and close again."""
    executor.close()
    executor.close()
