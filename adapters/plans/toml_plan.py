"""A plan in TOML: what each key may be, and how it becomes a task.

    [defaults]      tz, takes and policies, for all tasks that say nothing else
    [settings]      of the scheduler: max_running, step, forward, back
    [tasks.NAME]    one trigger, policies, run, args, takes

The value of a trigger's key is its first parameter, and the others may stand beside it; or it is a
table with all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

from duetime.adapters.declare import Policies, read_task
from duetime.adapters.expressions import read_expression
from duetime.adapters.plans.records import Plan, PlannedTask
from duetime.adapters.plans.toml_lines import KeyPath, lines_of, load_toml, toml_error
from duetime.adapters.takes import read_takes
from duetime.engine.errors import BadTriggerError, DuetimeError
from duetime.engine.instants import to_span
from duetime.engine.machine import Settings
from duetime.engine.triggers.base import Json, Trigger
from duetime.engine.triggers.calendar import Daily, Monthly, Weekly, Yearly
from duetime.engine.triggers.calendar_text import Calendar
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.every import AfterFinish, Every
from duetime.engine.triggers.once import Once, OnDemand
from duetime.engine.triggers.rrule import RRule
from duetime.engine.zones import zone

_CLOCK = ("tz", "gap", "fold")
_CALENDAR = ("anchor", *_CLOCK)


@dataclass(frozen=True, slots=True)
class _Form:
    """How a trigger is written: its class, its first parameter, and what may stand beside it.

    `inside`: what may stand in a table only, because beside the trigger it would mean another one.
    """

    kind: type[Trigger]
    first: str
    beside: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()


_NEEDED = ("tz", "at", "days", "start")
"""What has no default, except that of Cron: UTC."""
_UNITS = ("weeks", "days", "hours", "minutes", "seconds")
_FORMS = {
    "once": _Form(Once, "at"),
    "every": _Form(Every, "period", ("anchor",), _UNITS),
    "after_finish": _Form(AfterFinish, "delay", (), _UNITS),
    "daily": _Form(Daily, "at", _CALENDAR, ("every",)),
    "weekly": _Form(Weekly, "days", ("at", *_CALENDAR), ("every",)),
    "monthly": _Form(Monthly, "days", ("at", "overflow", *_CALENDAR), ("every",)),
    "yearly": _Form(Yearly, "month", ("days", "at", "overflow", *_CALENDAR), ("every",)),
    "cron": _Form(Cron, "expression", _CLOCK, ("name",)),
    "calendar": _Form(Calendar, "expression", ("tz",)),
    "rrule": _Form(RRule, "rule", ("start", "rdates", "exdates", *_CLOCK)),
}
_TRIGGERS = (*_FORMS, "trigger", "on_demand")
_BESIDE = dict.fromkeys(key for form in _FORMS.values() for key in form.beside)
_POLICIES = tuple(Policies.__annotations__)
_TASK_KEYS = (*_TRIGGERS, *_BESIDE, *_POLICIES, "run", "args", "takes")
_DEFAULT_KEYS = ("tz", "takes", *_POLICIES)
_SETTINGS = ("max_running", "step", "forward", "back")

_Table: TypeAlias = Mapping[str, Json]


def read(path: Path, text: str) -> Plan:
    """Read a plan. Raises PlanError with all that is wrong with it."""
    reader = _Reader(load_toml(path, text))
    tasks, settings = reader.tasks(), reader.settings()
    if reader.problems:
        raise toml_error(path, text, reader.problems)
    lines = lines_of(text)
    placed = [replace(each, line=lines.get(("tasks", each.name), 1)) for each in tasks]
    return Plan(path=path, tasks=tuple(placed), settings=settings)


class _Reader:
    """Reads a plan part by part; what is wrong is kept, and the rest is read on."""

    def __init__(self, data: _Table) -> None:
        self.problems: list[tuple[KeyPath, str]] = []
        self._data = data
        self._known((), data, ("defaults", "settings", "tasks"))
        self._defaults = self._table(("defaults",), data.get("defaults", {}))
        self._known(("defaults",), self._defaults, _DEFAULT_KEYS)
        self._policies = self._read_policies(("defaults",), "defaults", self._defaults)
        self._check_takes(("defaults", "takes"), self._defaults.get("takes"))
        self._check_zone(("defaults", "tz"), self._defaults.get("tz"))

    def tasks(self) -> list[PlannedTask]:
        """Read all tasks; those with an error are left out."""
        if "tasks" not in self._data:
            self.problems.append(((), "there is no [tasks.NAME]; a plan has at least one task"))
        tables = self._table(("tasks",), self._data.get("tasks", {}))
        read = [self._task(name, table) for name, table in tables.items()]
        return [each for each in read if each is not None]

    def settings(self) -> Settings:
        """Read the limits of the scheduler."""
        path: KeyPath = ("settings",)
        table = self._table(path, self._data.get("settings", {}))
        self._known(path, table, _SETTINGS)
        values: dict[str, Json] = {}
        for key in _SETTINGS:
            if key in table:
                try:
                    value = _setting(key, table[key])
                    Settings(**{key: value})  # type: ignore[arg-type]  # other types are refused
                    values[key] = value
                except DuetimeError as error:
                    self.problems.append(((*path, key), str(error)))
        return Settings(**values)  # type: ignore[arg-type]  # each has been tried

    def _task(self, name: str, given: Json) -> PlannedTask | None:
        path: KeyPath = ("tasks", name)
        before = len(self.problems)
        table = self._table(path, given)
        if len(self.problems) > before:
            return None
        self._known(path, table, _TASK_KEYS)
        trigger = self._trigger(path, table)
        policies = {**self._policies, **self._read_policies(path, name, table)}
        run, args = table.get("run"), table.get("args")
        if run is not None and not (isinstance(run, str) and run.count(":") == 1):
            what = f"{run!r} is no import path; write 'package.module:function'"
            self.problems.append(((*path, "run"), what))
        takes = table.get("takes", self._defaults.get("takes"))
        self._check_takes((*path, "takes"), table.get("takes"))
        if args is not None and not isinstance(args, dict):
            self.problems.append(((*path, "args"), f"{args!r} must be a table of arguments"))
        if len(self.problems) > before or trigger is None:
            return None
        try:
            task = read_task(name, trigger, args=args, **policies)  # type: ignore[arg-type]  # tried
        except DuetimeError as error:
            self.problems.append((path, _without_name(error, name)))
            return None
        return PlannedTask(task=task, run=run, takes=takes)  # type: ignore[arg-type]  # checked above

    def _trigger(self, path: KeyPath, table: _Table) -> Trigger | None:
        """Read the one trigger of a task; what stands beside it belongs to it."""
        found = [key for key in _TRIGGERS if key in table]
        if len(found) != 1:
            given = f"two triggers, {' and '.join(found)}" if found else "no trigger"
            what = f"{given}; give one of {', '.join(_TRIGGERS)}"
            self.problems.append(((*path, *found[1:2]), what))
            return None
        key = found[0]
        form = _FORMS.get(key)
        takes = ("tz", "start") if key == "trigger" else form.beside if form else ()
        for other in _BESIDE:
            if other in table and other not in takes:
                what = f"{key} takes no {other}" + (
                    f"; it takes {', '.join(takes)}" if takes else ""
                )
                self.problems.append(((*path, other), what))
        try:
            return self._make(key, form, table)
        except (DuetimeError, TypeError, ValueError, AttributeError) as error:
            self.problems.append(((*path, key), str(error)))
            return None

    def _make(self, key: str, form: _Form | None, table: _Table) -> Trigger:
        value = table[key]
        beside = {other: table[other] for other in _BESIDE if other in table}
        if "tz" in self._defaults:
            beside = {"tz": self._defaults["tz"], **beside}
        if form is None:
            return _by_expression(value, beside) if key == "trigger" else _on_demand(value)
        given = value if isinstance(value, dict) else {form.first: value}
        allowed = (form.first, *form.beside, *form.inside)
        for name in given:
            if name not in allowed:
                raise BadTriggerError(f"{key} has no {name!r}{_hint(name, allowed)}")
        parameters = {name: beside[name] for name in form.beside if name in beside} | given
        needed = () if form.kind is Cron else _NEEDED
        for name in needed:
            if name in form.beside and name not in parameters:
                where = " or under [defaults]" if name == "tz" else ""
                raise BadTriggerError(f"{key} needs {name}; give it beside {key}{where}")
        return form.kind(**parameters)

    def _read_policies(self, path: KeyPath, name: str, table: _Table) -> dict[str, Json]:
        """Read policies one by one, so that each error is told."""
        found: dict[str, Json] = {}
        for key in _POLICIES:
            if key in table:
                try:
                    read_task(name, OnDemand(), **{key: table[key]})  # type: ignore[arg-type]  # tried
                    found[key] = table[key]
                except (DuetimeError, TypeError, AttributeError) as error:
                    self.problems.append(((*path, key), _without_name(error, name)))
        return found

    def _check_takes(self, path: KeyPath, takes: Json) -> None:
        try:
            if takes is not None and not isinstance(takes, str | list):
                raise BadTriggerError(f"{takes!r} must be text such as '5m', '2s..10s' or 'hold'")
            read_takes(takes, "")  # type: ignore[arg-type]  # a list of no texts is refused
        except DuetimeError as error:
            self.problems.append((path, _without_name(error, "")))

    def _check_zone(self, path: KeyPath, tz: Json) -> None:
        try:
            if tz is not None:
                zone(tz)  # type: ignore[arg-type]  # what is no text is refused
        except (DuetimeError, TypeError, AttributeError) as error:
            self.problems.append((path, str(error)))
            self._defaults = {**self._defaults, "tz": "UTC"}  # so that each task is read on

    def _table(self, path: KeyPath, given: Json) -> _Table:
        if isinstance(given, dict):
            return given
        self.problems.append((path, f"{given!r} must be a table"))
        return {}

    def _known(self, path: KeyPath, table: _Table, allowed: tuple[str, ...]) -> None:
        for key in table:
            if key not in allowed:
                self.problems.append(((*path, key), f"unknown key{_hint(key, allowed)}"))


def _setting(key: str, given: Json) -> Json:
    """Read one of the settings: a number, or a span."""
    return given if key == "max_running" else to_span(given)  # type: ignore[arg-type]  # any other type is refused


def _by_expression(value: Json, beside: _Table) -> Trigger:
    if not isinstance(value, str):
        raise BadTriggerError(f"{value!r} must be text, as `duetime next` takes it")
    start = beside.get("start")
    return read_expression(
        value, tz=str(beside.get("tz", "UTC")), start=None if start is None else str(start)
    )


def _on_demand(value: Json) -> Trigger:
    if value is not True:
        raise BadTriggerError("on_demand must be true; a task that is due has another trigger")
    return OnDemand()


def _hint(name: str, allowed: tuple[str, ...]) -> str:
    near = get_close_matches(name, allowed, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; allowed are {', '.join(allowed)}"


def _without_name(error: Exception, name: str) -> str:
    return str(error).removeprefix(f"task {name!r}: ")
