"""Which time-zone data is in use, as `duetime --version` says it."""

import zoneinfo
from pathlib import Path

import pytest

from duetime.adapters.zone_data import UNKNOWN, ZoneData, zone_data


def system_folder(folder: Path, name: str, first_line: str) -> Path:
    """Make what looks like a system's time-zone data."""
    (folder / "Europe").mkdir(parents=True)
    (folder / "Europe" / "Berlin").touch()
    (folder / name).write_text(first_line + "\n")
    return folder


@pytest.mark.parametrize(
    ("name", "first_line", "version"),
    [
        ("tzdata.zi", "# version 2025b", "2025b"),
        ("+VERSION", "2024a", "2024a"),
        ("tzdata.zi", "# redo posix_only", UNKNOWN),
        ("posixrules", "", UNKNOWN),
    ],
)
def test_the_systems_data_comes_first(
    name: str, first_line: str, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first folder of the search path that has zones is the one that zoneinfo reads."""
    folder = system_folder(tmp_path / "zoneinfo", name, first_line)
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path / "none"), str(folder)))
    found = zone_data()
    assert (found.version, found.folder) == (version, folder)


def test_without_the_systems_data_the_package_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows and slim containers have no zone data of their own."""
    monkeypatch.setattr(zoneinfo, "TZPATH", ())
    found = zone_data()
    assert found.folder is None
    assert found.version == found.package != UNKNOWN


def test_it_is_said_in_one_line() -> None:
    """Both versions are named where both are there."""
    system = ZoneData("2025b", Path("zones"), "2026a")
    assert str(system) == "2025b from zones; the tzdata package has 2026a"
    package = ZoneData("2026a", None, "2026a")
    assert str(package) == "2026a from the tzdata package (this system has none)"
