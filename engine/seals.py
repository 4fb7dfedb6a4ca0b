"""Lines that can tell whether they are whole: one JSON object each, sealed with a checksum.

A line is canonical JSON (keys sorted, no spaces). Its last field, `sum`, is the CRC-32 of the line
as it would be without that field, in eight hexadecimal digits.
"""

import json
import zlib
from collections.abc import Mapping

from duetime.engine.errors import JournalError
from duetime.engine.triggers.base import Json

_ESCAPE = "backslashreplace"
"""What UTF-8 cannot write, half a surrogate pair, is written the way that JSON escapes it."""

_ENCODER = json.JSONEncoder(separators=(",", ":"), sort_keys=True, ensure_ascii=False)
_FIELD = ',"sum":"'
_END = '"}'
_TAIL = len(_FIELD) + 8 + len(_END)


def canonical(data: Json) -> str:
    """Write JSON in the one form that equal data have in common."""
    return _ENCODER.encode(data)


def seal(data: Mapping[str, Json]) -> str:
    """Write a line with its checksum. The data must not be empty."""
    text = _ENCODER.encode(data).encode("utf-8", _ESCAPE)
    return f"{text[:-1].decode()}{_FIELD}{zlib.crc32(text):08x}{_END}"


def unseal(line: str) -> dict[str, Json]:
    """Read a sealed line.

    Raises JournalError for one that is not as it was written; the message begins with a verb.
    """
    text = line.rstrip("\r\n")
    rest, tail = text[:-_TAIL] + "}", text[-_TAIL:]
    if not (tail.startswith(_FIELD) and tail.endswith(_END)):
        raise JournalError(f"ends with {tail!r}, not with a checksum: it is not whole")
    said, found = tail[len(_FIELD) : -len(_END)], f"{zlib.crc32(_bytes(rest)):08x}"
    if said != found:
        raise JournalError(f"has the checksum {said}, but what stands there has {found}")
    return parse(rest)


def parse(line: str) -> dict[str, Json]:
    """Read a line as it is, without a look at its checksum.

    Raises JournalError for what is no JSON object; the message begins with a verb.
    """
    _bytes(line)
    try:
        data: Json = json.loads(line)
    except (ValueError, RecursionError):
        raise JournalError(f"is no JSON: {line[:60]!r}") from None
    if not isinstance(data, dict):
        raise JournalError(f"is no record: {line[:60]!r}")
    return data


def _bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise JournalError(f"is not UTF-8 text: {text[:60]!r}") from None
