"""Triggers as people type them: a cron or calendar expression, a rule, a period, or a call."""

import ast
import re
from collections.abc import Mapping

from duetime.engine.errors import BadTriggerError, DuetimeError
from duetime.engine.triggers import TRIGGERS
from duetime.engine.triggers.base import Trigger
from duetime.engine.triggers.calendar_text import Calendar
from duetime.engine.triggers.combine import ElapsedJitter
from duetime.engine.triggers.cron import Cron
from duetime.engine.triggers.every import ElapsedGrid, Every
from duetime.engine.triggers.rrule import RRule

LONGEST = 10_000
"""So many characters may an expression have."""

_CALL = re.compile(r"\s*[A-Z][A-Za-z]*\s*\(")
_RULE = re.compile(r"(RRULE:)?FREQ=", re.IGNORECASE)
_CRON_FIELD = re.compile(r"[-+0-9A-Za-z*/,?#]+")
_CALLED: Mapping[str, type[Trigger]] = {
    name: kind for name, kind in TRIGGERS.items() if kind not in (ElapsedGrid, ElapsedJitter)
}


def read_expression(text: str, *, tz: str = "UTC", start: str | None = None) -> Trigger:
    """Read a trigger in whatever form it is written.

    Five to seven fields, or a nickname such as @daily: cron. FREQ=…: a rule of RFC 5545, which
    needs `start`, its first local time. A period such as "90s" or "1h 30m": every so often. A call
    such as Daily('02:30', tz='Europe/Berlin'): any trigger, as it is printed. Anything else: a
    systemd calendar expression. `tz`: the zone of cron, calendar and rule.
    Raises BadTriggerError or another error of duetime that says what cannot be read.
    """
    if len(text) > LONGEST:
        raise BadTriggerError(
            f"an expression has at most {LONGEST:,} characters, not {len(text):,}"
        )
    if _CALL.match(text):
        return _read_call(text)
    if _RULE.match(text):
        if start is None:
            raise BadTriggerError(
                f"{text!r}: a rule counts from its first time; give it, such as 2026-01-01T09:00"
            )
        return RRule(text, start=start, tz=tz)
    try:
        return Every(text)
    except BadTriggerError:
        is_cron = text.startswith("@") or _is_cron(text)
        return Cron(text, tz=tz) if is_cron else Calendar(text, tz=tz)


def _is_cron(text: str) -> bool:
    fields = text.split()
    return 5 <= len(fields) <= 7 and all(map(_CRON_FIELD.fullmatch, fields))


def _read_call(text: str) -> Trigger:
    """Make the trigger that a call of its class would make; nothing is evaluated."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadTriggerError(f"{text!r} is no call of a trigger: {error}") from None
    found = _value(node)
    if not isinstance(found, Trigger):
        raise BadTriggerError(f"{text!r} is no trigger")
    return found


def _value(node: ast.expr) -> object:
    """Return what a part of a call stands for: plain values, lists of them, and calls."""
    if isinstance(node, ast.Call):
        return _called(node)
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(part) for part in node.elts]
    try:
        value: object = ast.literal_eval(node)
    except ValueError:
        raise BadTriggerError(
            f"{ast.unparse(node)!r} cannot stand in a trigger; allowed are text, numbers, lists of "
            "them, and other triggers"
        ) from None
    return value


def _called(node: ast.Call) -> Trigger:
    name = ast.unparse(node.func)
    kind = _CALLED.get(name)
    if kind is None:
        raise BadTriggerError(f"there is no trigger {name!r}; there are {', '.join(_CALLED)}")
    keywords = {each.arg: _value(each.value) for each in node.keywords if each.arg is not None}
    if len(keywords) < len(node.keywords):
        raise BadTriggerError(f"{ast.unparse(node)!r}: ** cannot stand in a trigger")
    try:
        return kind(*map(_value, node.args), **keywords)
    except DuetimeError:
        raise
    except (TypeError, ValueError, AttributeError) as error:
        raise BadTriggerError(f"{ast.unparse(node)}: {error}") from None
