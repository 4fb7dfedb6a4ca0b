"""Reads a plan from a file, whatever it is written in; nothing is run."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from duetime.adapters.plans.records import Plan, PlanError, Problem

LONGEST = 10_000_000
"""So many bytes may a plan have."""

_BY_SUFFIX = {
    ".toml": "toml_plan",
    ".timer": "systemd",
    ".cron": "crontabs",
    ".crontab": "crontabs",
}
"""In which module beside this one each kind of plan is read; crontabs need Unix."""
_SYSTEM = (Path("/etc/crontab"), Path("/etc/cron.d"))


def read_plan(path: str | Path) -> Plan:
    """Read a plan: TOML (`*.toml`), a systemd timer unit (`*.timer`), or a crontab.

    A crontab is called `crontab`, `*.cron` or `*.crontab`, or stands in `/etc/cron.d`. The times of
    a crontab or a timer that names no zone are local.
    Raises PlanError with all that is wrong with it, or with why it cannot be read at all.
    """
    file = Path(path)
    text, module = read_text(file), _module(file)
    if module is None:
        what = (
            "what is this? a plan is called *.toml, a systemd timer *.timer, a crontab "
            "crontab, *.cron or *.crontab"
        )
        raise PlanError(file, [Problem(0, "", what)])
    read: Callable[[Path, str], Plan] = import_module(f"duetime.adapters.plans.{module}").read
    return read(file, text)


def is_plan(path: str | Path) -> bool:
    """Say whether a file is called like a plan; it need not be there."""
    return _module(Path(path)) is not None


def _module(file: Path) -> str | None:
    """Return the module that reads it; None for what is called like no plan."""
    is_crontab = file.name == "crontab" or file in _SYSTEM or file.parent in _SYSTEM
    return "crontabs" if is_crontab else _BY_SUFFIX.get(file.suffix)


def read_text(file: Path) -> str:
    """Return the text of a file, with plain ends of lines.

    Raises PlanError for what cannot be read, is too long, or is no text.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(LONGEST + 1)
    except OSError as error:
        raise PlanError(file, [Problem(0, "", error.strerror or str(error))]) from None
    if len(content) > LONGEST:
        what = f"at most {LONGEST:,} bytes are read; this file has more"
        raise PlanError(file, [Problem(0, "", what)])
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise PlanError(file, [Problem(line, "", "this is no UTF-8 text")]) from None
