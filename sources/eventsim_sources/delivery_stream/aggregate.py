"""Which records did the Kinesis Producer Library put together in one? Its format, told apart; pure.

Four bytes say that it is one, sixteen at the end are the MD5 of what lies between: a message of protobuf with a table
of partition keys (field 1), one of hash keys (2), and the records (3). A record names its key by its place in the table
(field 1) and has its data (3). Nothing else of a record matters to who reads it.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

_MAGIC: Final = b"\xf3\x89\x9a\xc2"
_DIGEST_BYTES: Final = 16
_VARINT, _EIGHT_BYTES, _SIZED, _FOUR_BYTES = 0, 1, 2, 5


class UserRecord(Struct, frozen=True):
    """A record as a producer gave it."""

    key: str
    data: bytes


def user_records(data: bytes) -> list[UserRecord] | None:
    """Return the records in an aggregated one, None if it is none."""
    message, digest = data[len(_MAGIC) : -_DIGEST_BYTES], data[-_DIGEST_BYTES:]
    if not data.startswith(_MAGIC) or hashlib.md5(message, usedforsecurity=False).digest() != digest:
        return None
    keys: list[str] = []
    found: list[tuple[int, bytes]] = []
    try:
        for number, value in _fields(message):
            if number == 1 and isinstance(value, bytes):
                keys.append(value.decode())
            elif number == 3 and isinstance(value, bytes):
                found.append(_record(value))
        return [UserRecord(keys[place], data) for place, data in found]
    except (IndexError, UnicodeDecodeError):
        return None


def _record(message: bytes) -> tuple[int, bytes]:
    """Return a record's place in the table of keys, and its data."""
    place, data = 0, b""
    for number, value in _fields(message):
        if number == 1 and isinstance(value, int):
            place = value
        elif number == 3 and isinstance(value, bytes):
            data = value
    return place, data


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield numbers and values of a message's fields.

    Raises:
        IndexError: it breaks off, or is no message.
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            number, at = _varint(message, at)
            yield tag >> 3, number
            continue
        if kind == _SIZED:
            size, at = _varint(message, at)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            size = 8 if kind == _EIGHT_BYTES else 4
        else:
            raise IndexError(kind)
        if at + size > len(message):
            raise IndexError(size)
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return a number and where the next thing begins."""
    number = shift = 0
    while True:
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
