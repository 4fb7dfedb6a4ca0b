"""Which time-zone data the standard library uses here: the system's, or that of the tzdata package.

`zoneinfo` looks into the folders of its search path first, and takes the package only for zones
that it does not find there.
"""

import re
import zoneinfo
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

UNKNOWN = "of unknown version"
_PROBE = "Europe/Berlin"
_VERSION_FILES = ("tzdata.zi", "+VERSION")
"""Where a folder says which version it has: as the IANA compiles it, and on macOS."""
_VERSION = re.compile(r"(?:# version )?(\d{4}[a-z]{1,2})")


@dataclass(frozen=True, slots=True)
class ZoneData:
    """`version`: such as "2026a", or `UNKNOWN`; `folder`: of the system's data, None: the package.

    `package`: the version that the tzdata package has.
    """

    version: str
    folder: Path | None
    package: str

    def __str__(self) -> str:
        """Say it in one line."""
        if self.folder is None:
            return f"{self.version} from the tzdata package (this system has none)"
        return f"{self.version} from {self.folder}; the tzdata package has {self.package}"


def zone_data() -> ZoneData:
    """Return which data is in use."""
    spec = find_spec("tzdata")
    package = _version_in(Path(spec.origin).parent / "zoneinfo") if spec and spec.origin else "none"
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / _PROBE).is_file():
            return ZoneData(_version_in(folder), folder, package)
    return ZoneData(package, None, package)


def _version_in(folder: Path) -> str:
    for name in _VERSION_FILES:
        try:
            with (folder / name).open(encoding="utf-8") as file:
                found = _VERSION.match(file.readline())
        except OSError:
            continue
        if found:
            return found[1]
    return UNKNOWN
