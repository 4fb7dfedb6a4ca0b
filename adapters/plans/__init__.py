"""Plans: the tasks of a program, written in a file. TOML, a crontab, or a systemd timer unit."""

from duetime.adapters.plans.reading import is_plan, read_plan
from duetime.adapters.plans.records import Plan, PlanError, PlannedTask, Problem

__all__ = ["Plan", "PlanError", "PlannedTask", "Problem", "is_plan", "read_plan"]
