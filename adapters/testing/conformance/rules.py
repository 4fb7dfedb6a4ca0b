"""How a rule fails: in plain words, with what was found and what was expected."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from duetime.engine.errors import DuetimeError


def agree(rule: str, found: object, expected: object) -> None:
    """Fail, naming the rule, where something was found that was not expected."""
    __tracebackhide__ = True
    if found != expected:
        raise AssertionError(f"{rule}\n  expected: {expected!r}\n  found:    {found!r}")


def hold(rule: str, fact: object) -> None:
    """Fail, naming the rule, where a fact is not so."""
    __tracebackhide__ = True
    if not fact:
        raise AssertionError(rule)


@contextmanager
def refused(rule: str, error: type[DuetimeError]) -> Iterator[None]:
    """Fail, naming the rule, where no such error is raised inside; others are let through."""
    __tracebackhide__ = True
    try:
        yield
    except error:
        return
    raise AssertionError(f"{rule}\n  expected: {error.__name__}\n  found:    no error")


def ends(thread: threading.Thread, patience_seconds: float) -> bool:
    """Wait for a thread; say whether it ended within the limit."""
    thread.join(patience_seconds)
    return not thread.is_alive()


def run_together(works: list[Callable[[], None]], patience_seconds: float) -> bool:
    """Run each on a thread of its own; say whether all came to an end within the limit, well."""
    failed: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    ended = [ends(thread, patience_seconds) for thread in threads]
    if failed:
        raise failed[0]
    return all(ended)
