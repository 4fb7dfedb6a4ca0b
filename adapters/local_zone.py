"""Which time zone this machine is in, by its name in the time-zone data."""

import os
import time
import zoneinfo
from pathlib import Path

from duetime.engine.errors import UnknownZoneError

_LINK = Path("/etc/localtime")
"""On Unix, a link into the time-zone data."""
_NAME = Path("/etc/timezone")
"""On Debian and its relatives, the name."""
_HOUR_SECONDS = 3600


def local_zone() -> str:
    """Return the name of the local zone: what `TZ` says, else what the system is set to.

    Where only an offset can be found, the zone that has it all year, such as "Etc/GMT-2".
    Raises UnknownZoneError where even that has no name.
    """
    for name in _candidates():
        if _is_zone(name):
            return name
    hours, rest = divmod(time.localtime().tm_gmtoff, _HOUR_SECONDS)
    fixed = f"Etc/GMT{-hours:+d}"
    if rest or not _is_zone(fixed):
        raise UnknownZoneError("the local time zone cannot be found; pass tz='Europe/Berlin' or so")
    return fixed


def _candidates() -> list[str]:
    given = os.environ.get("TZ", "").lstrip(":")
    if given:
        return [_after_zoneinfo(given)]
    found = [_after_zoneinfo(os.path.realpath(_LINK))]
    if _NAME.is_file():
        found.append(_NAME.read_text("utf-8").strip())
    return found


def _after_zoneinfo(path: str) -> str:
    """Return what follows the folder of the zone data in a path."""
    return path.rpartition("zoneinfo/")[2]


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True
