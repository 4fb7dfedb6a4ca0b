"""What the players of programs have recorded, as text."""

from collections.abc import Iterable

from duetime.engine.journal import JournalRecord, record_line


def lines(records: Iterable[JournalRecord]) -> list[str]:
    """Write records as text, which is what byte-equal means."""
    return [record_line(record, 1) for record in records]
