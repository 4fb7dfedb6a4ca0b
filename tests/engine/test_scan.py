"""Reading line by line: what is whole, what follows, what is torn."""

import pytest

from duetime.engine.errors import JournalError, JournalVersionError
from duetime.engine.journal import header_line
from duetime.engine.machine import Settings
from duetime.engine.scan import Scan
from duetime.engine.seals import seal

HEADER = header_line(Settings(), zone_data="2026a", product="0.1.0")
ONE, TWO, THREE = (seal({"n": number}) for number in (1, 2, 3))
MARK = seal({"n": 2, "hash": "x"})
BASE = seal({"n": 2, "hash": "x", "snapshot": {}})
OLD = '{"duetime":1,"settings":{"type":"Settings"}}'


def test_a_scan_reads_the_header() -> None:
    """Settings and versions; nothing has been read yet."""
    scan = Scan([HEADER])
    assert (scan.version, scan.zone_data, scan.product) == (2, "2026a", "0.1.0")
    assert (scan.settings, scan.last, scan.notice, list(scan)) == (Settings(), 0, "", [])


@pytest.mark.parametrize(
    ("lines", "numbers"),
    [
        ([ONE, TWO, MARK, THREE], [1, 2, 2, 3]),
        ([BASE, THREE], [2, 3]),
        ([BASE, MARK], [2, 2]),
        ([], []),
    ],
)
def test_records_are_numbered_and_marks_stand_after_one(
    lines: list[str], numbers: list[int]
) -> None:
    """A snapshot at the beginning may stand after any record."""
    assert [line.number for line in Scan([HEADER, *lines])] == numbers


def test_lines_of_version_1_are_numbered_in_their_order() -> None:
    """They have neither numbers nor checksums."""
    scan = Scan([OLD, '{"a":1}\n', '{"b":2}\n', '{"c'])
    assert [line.number for line in scan] == [1, 2]
    assert scan.notice.startswith("line 4 of the journal is no JSON: '{\"c'; record 3 was expected")


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([ONE, THREE], "line 3 of the journal is record 3; 2 was expected: there is a gap"),
        ([ONE, ONE], "line 3 of the journal is record 1; 2 was expected"),
        ([TWO], "line 2 of the journal is record 2; 1 was expected"),
        ([ONE, MARK], "line 3 of the journal is a mark after record 2; 1 was expected"),
        ([ONE, BASE], "line 3 of the journal is a mark after record 2; 1 was expected"),
        ([MARK], "line 2 of the journal is a mark after record 2; 0 was expected"),
        ([seal({"n": True})], "line 2 of the journal is record True"),
        ([seal({"a": 1})], "line 2 of the journal is record None"),
        ([seal({"n": -1, "hash": "x", "snapshot": {}})], "is a mark after record -1"),
        ([ONE, TWO[:-3], THREE], "line 3 of the journal ends with .*; record 2 was expected"),
        ([ONE.replace("1", "7", 1), TWO], "line 2 of the journal has the checksum"),
    ],
)
def test_what_does_not_follow_is_named(lines: list[str], complaint: str) -> None:
    """With its line, and with what was expected there."""
    with pytest.raises(JournalError, match=complaint):
        list(Scan([HEADER, *lines]))


def test_a_torn_last_line_is_left_out() -> None:
    """It is told, with its place; all before it stands."""
    scan = Scan([HEADER, ONE, TWO[:-1]])
    assert [line.number for line in scan] == [1]
    assert scan.notice == (
        f"line 3 of the journal ends with {TWO[:-1][-18:]!r}, not with a checksum: it is not "
        "whole; record 2 was expected; it is the last line and was left out"
    )


@pytest.mark.parametrize(
    ("header", "error", "complaint"),
    [
        ("", JournalError, "line 1 of the journal is no JSON: ''"),
        ("PK\x03\x04", JournalError, "line 1 of the journal is no JSON"),
        ("[1]", JournalError, "line 1 of the journal is no record"),
        ('{"other":1}', JournalError, "is no header of a journal of duetime: '{\"other\":1}'"),
        ('{"duetime":9}', JournalVersionError, "of version 9; this release reads versions 1 and 2"),
        ('{"duetime":true}', JournalVersionError, "of version True"),
        ('{"duetime":1}', JournalError, "line 1 of the journal: settings: None is no record"),
        ('{"duetime":2}', JournalError, "line 1 of the journal ends with .*, not with a checksum"),
        (HEADER.replace("2026a", "2026b"), JournalError, "line 1 of the journal has the checksum"),
    ],
)
def test_what_is_no_header_is_refused(
    header: str, error: type[JournalError], complaint: str
) -> None:
    """Another version is told apart from what is damaged."""
    with pytest.raises(error, match=complaint):
        Scan([header])
