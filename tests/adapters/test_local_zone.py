"""The name of the local time zone."""

from pathlib import Path

import pytest

from duetime.adapters import local_zone as module
from duetime.adapters.local_zone import local_zone
from duetime.engine.errors import UnknownZoneError


class LocalTime:
    """Stands for the `time` module of a machine without a named zone."""

    def __init__(self, offset_seconds: int) -> None:
        """`offset_seconds`: local time minus UTC."""
        self.tm_gmtoff = offset_seconds

    def localtime(self) -> "LocalTime":
        """Return itself, which has the field that is looked at."""
        return self


@pytest.mark.parametrize(
    "given", ["Europe/Berlin", ":Europe/Berlin", "/any/zoneinfo/Europe/Berlin"]
)
def test_tz_comes_first(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """In each way to write it."""
    monkeypatch.setenv("TZ", given)
    assert local_zone() == "Europe/Berlin"


def test_then_the_link_then_the_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As Unix systems are set up."""
    monkeypatch.delenv("TZ", raising=False)
    link, name = tmp_path / "localtime", tmp_path / "timezone"
    monkeypatch.setattr(module, "_LINK", link)
    monkeypatch.setattr(module, "_NAME", name)
    name.write_text("Asia/Tokyo\n", "utf-8")
    assert local_zone() == "Asia/Tokyo"
    link.symlink_to("/usr/share/zoneinfo/America/Lima")
    assert local_zone() == "America/Lima"


def test_at_last_a_zone_of_the_present_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole hours have one; for others somebody has to say which zone it is."""
    monkeypatch.setenv("TZ", "No/Where")
    monkeypatch.setattr(module, "time", LocalTime(7200))
    assert local_zone() == "Etc/GMT-2"
    monkeypatch.setattr(module, "time", LocalTime(5400))
    with pytest.raises(UnknownZoneError, match="pass tz="):
        local_zone()
