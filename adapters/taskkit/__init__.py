"""The TaskKit face: an application written for TaskKit runs on this engine by changing one import.

    from duetime.adapters.taskkit import Scheduler, Task, TaskHandler

The modules have the original's names as well: `duetime.adapters.taskkit.Scheduler` and so on. What
is kept, and what is mended, stands in `docs/reference/taskkit.md`.
"""

from duetime.adapters.taskkit.Scheduler import Scheduler
from duetime.adapters.taskkit.Task import Task
from duetime.adapters.taskkit.TaskHandler import TaskHandler

__all__ = ["Scheduler", "Task", "TaskHandler"]
