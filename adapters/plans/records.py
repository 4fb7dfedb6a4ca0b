"""What a plan is once it has been read: typed, checked, and nothing of it run."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from duetime.adapters.takes import Length, Takes, read_takes
from duetime.engine.errors import DuetimeError
from duetime.engine.instants import Instant
from duetime.engine.machine import Settings
from duetime.engine.tasks import Task

Calls: TypeAlias = "Callable[..., object] | str | None"
"""What a task calls: an import path, or a command of a crontab; None: the plan does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """A task of a plan. Two that differ only in their line are equal.

    `run`: what it calls. `takes`: how long a run lasts in a simulation. `at_start`: whether it runs
    once when the scheduler starts. `line`: where it stands.
    """

    task: Task
    run: Calls = None
    takes: Takes = None
    at_start: bool = False
    line: int = field(default=1, compare=False)

    @property
    def name(self) -> str:
        """Return the name of the task."""
        return self.task.name

    def known_length(self) -> Length | None:
        """Return how long its runs last; None where nobody knows."""
        length = read_takes(self.takes, self.name)
        return None if length is None or length.held else length

    def starts(self, begin: Instant, end: Instant) -> Iterator[tuple[Instant, Instant]]:
        """Yield when its runs start if nothing is in their way, and the nominal times.

        It is added at `begin`. Of a task that follows its runs nobody knows.
        """
        bound = self.task.trigger.bind(begin, None)
        if not bound.follows_runs:
            for nominal in bound.between(begin, end):
                yield bound.planned(nominal, self.name), nominal


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a plan, or worth knowing about it.

    `line` counts from 1; 0: it is about the file. `key`: such as "tasks.report.daily", or "".
    """

    line: int
    key: str
    text: str

    def __str__(self) -> str:
        """Write line, key and text, as far as they are known."""
        where = ", ".join(filter(None, (f"line {self.line}" if self.line else "", self.key)))
        return f"{where}: {self.text}" if where else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The tasks of a file, by name. `notices`: what stands there and is done otherwise here."""

    path: Path
    tasks: tuple[PlannedTask, ...]
    settings: Settings = field(default_factory=Settings)
    notices: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        """Put the tasks in the order of their names."""
        object.__setattr__(self, "tasks", tuple(sorted(self.tasks, key=lambda each: each.name)))

    def by_name(self) -> Mapping[str, PlannedTask]:
        """Return the tasks, each by its name."""
        return {each.name: each for each in self.tasks}

    def names(self) -> list[str]:
        """Return the names of the tasks, sorted."""
        return [each.name for each in self.tasks]


class PlanError(DuetimeError, ValueError):
    """A plan that cannot be read; `problems` has all that is wrong with it."""

    def __init__(self, path: Path, problems: Iterable[Problem]) -> None:
        """Say what is wrong, in the order of the lines; keep path and problems."""
        self.path = path
        self.problems = tuple(sorted(problems, key=lambda each: each.line))
        if len(self.problems) == 1:
            super().__init__(f"{path}: {self.problems[0]}")
        else:
            head = f"{path}: {len(self.problems)} problems"
            super().__init__("\n  ".join([head, *map(str, self.problems)]))
