"""How are CBOR's data items read and written? The part of RFC 8949 that Smithy's RPC protocol allows.

Our own, because it is short, because botocore brings none that may be called, and because what comes from outside must
be bounded here: lengths that promise more than there is, nesting, and tags nobody knows are refused.
"""

import math
import struct
from datetime import datetime
from typing import Any, Final

from eventsim.wire.text import Unreadable, read_timestamp, write_seconds

_DEPTH_MAX: Final = 64
_INDEFINITE: Final = 31
_SIMPLE: Final = {20: False, 21: True, 22: None, 23: None}
_FLOATS: Final = {25: struct.Struct(">e"), 26: struct.Struct(">f"), 27: struct.Struct(">d")}
_WIDTHS: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_EPOCH_TAG: Final = 1


class CborError(ValueError):
    """The bytes are no CBOR, or use what Smithy's protocol does not."""


def decode(data: bytes, ticks_per_s: int = 1) -> Any:
    """Return the one data item that the bytes hold; numbers tagged as dates become dates.

    Args:
        ticks_per_s: in what dates are counted.

    Raises:
        CborError: they hold none, or more, or it is too deep.
    """
    reader = _Reader(data, ticks_per_s)
    value = reader.item(0)
    if reader.at != len(data):
        raise CborError("more than one data item")
    return value


class _Reader:
    def __init__(self, data: bytes, ticks_per_s: int) -> None:
        self._data = data
        self._ticks_per_s = ticks_per_s
        self.at = 0

    def item(self, depth: int) -> Any:
        if depth > _DEPTH_MAX:
            raise CborError("the document is too deep")
        head = self._take(1)[0]
        major, info = head >> 5, head & 31
        match major:
            case 0:
                return self._argument(info)
            case 1:
                return -1 - self._argument(info)
            case 2:
                return self._string(major, info)
            case 3:
                return self._text(self._string(major, info))
            case 4:
                return self._list(info, depth)
            case 5:
                return self._map(info, depth)
            case 6:
                return self._tagged(info, depth)
            case _:
                return self._simple(info)

    def _take(self, count: int) -> bytes:
        if count > len(self._data) - self.at:
            raise CborError("the document ends too early")
        self.at += count
        return self._data[self.at - count : self.at]

    def _argument(self, info: int) -> int:
        if info < 24:
            return info
        if info not in _WIDTHS:
            raise CborError(f"additional information {info} is not defined")
        return int.from_bytes(self._take(_WIDTHS[info]), "big")

    def _ends(self) -> bool:
        """Step over a break, if one stands here."""
        if self._data[self.at : self.at + 1] != b"\xff":
            return False
        self.at += 1
        return True

    def _string(self, major: int, info: int) -> bytes:
        if info != _INDEFINITE:
            return self._take(self._argument(info))
        chunks: list[bytes] = []
        while not self._ends():
            head = self._take(1)[0]
            if head >> 5 != major or head & 31 == _INDEFINITE:
                raise CborError("a chunk of a string is of another kind")
            chunks.append(self._take(self._argument(head & 31)))
        return b"".join(chunks)

    @staticmethod
    def _text(data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise CborError("a text is not UTF-8") from error

    def _count(self, info: int) -> int:
        """Return how many items follow, each of which takes at least a byte; -1 until a break."""
        if info == _INDEFINITE:
            return -1
        count = self._argument(info)
        if count > len(self._data) - self.at:
            raise CborError("the document ends too early")
        return count

    def _list(self, info: int, depth: int) -> list[Any]:
        count = self._count(info)
        if count >= 0:
            return [self.item(depth + 1) for _ in range(count)]
        items: list[Any] = []
        while not self._ends():
            items.append(self.item(depth + 1))
        return items

    def _map(self, info: int, depth: int) -> dict[str, Any]:
        count = self._count(info)
        items: dict[str, Any] = {}
        while count if count >= 0 else not self._ends():
            count -= count > 0
            key = self.item(depth + 1)
            if type(key) is not str:
                raise CborError("a key is no text")
            items[key] = self.item(depth + 1)
        return items

    def _tagged(self, info: int, depth: int) -> Any:
        tag = self._argument(info)
        value = self.item(depth + 1)
        if tag != _EPOCH_TAG or type(value) not in (int, float):
            raise CborError(f"tag {tag} is not supported here")
        try:
            return read_timestamp(value if self._ticks_per_s == 1 else value / self._ticks_per_s)
        except Unreadable as error:
            raise CborError("a date is beyond the calendar") from error

    def _simple(self, info: int) -> Any:
        if info in _SIMPLE:
            return _SIMPLE[info]
        if info not in _FLOATS:
            raise CborError(f"simple value {info} is not supported here")
        form = _FLOATS[info]
        return form.unpack(self._take(form.size))[0]


def encode(value: Any, ticks_per_s: int = 1) -> bytes:
    """Return a value as one data item: None, booleans, numbers, text, bytes, dates, lists and maps.

    Args:
        ticks_per_s: in what dates are counted.
    """
    out = bytearray()
    _write(out, value, ticks_per_s)
    return bytes(out)


def _write(out: bytearray, value: Any, ticks_per_s: int) -> None:
    match value:
        case None:
            out.append(0xF6)
        case bool():
            out.append(0xF5 if value else 0xF4)
        case int():
            _head(out, 0 if value >= 0 else 1, value if value >= 0 else -1 - value)
        case float():
            out += b"\xf9\x7e\x00" if math.isnan(value) else b"\xfb" + struct.pack(">d", value)
        case str():
            data = value.encode()
            _head(out, 3, len(data))
            out += data
        case bytes() | bytearray():
            _head(out, 2, len(value))
            out += value
        case datetime():
            _head(out, 6, _EPOCH_TAG)
            seconds = write_seconds(value)
            _write(out, seconds if ticks_per_s == 1 else round(seconds * ticks_per_s), ticks_per_s)
        case dict():
            _head(out, 5, len(value))
            for key, item in value.items():
                _write(out, key, ticks_per_s)
                _write(out, item, ticks_per_s)
        case _:
            _head(out, 4, len(value))
            for item in value:
                _write(out, item, ticks_per_s)


def _head(out: bytearray, major: int, argument: int) -> None:
    if argument < 24:
        out.append(major << 5 | argument)
        return
    info = next(info for info, width in _WIDTHS.items() if argument < 1 << 8 * width)
    out.append(major << 5 | info)
    out += argument.to_bytes(_WIDTHS[info], "big")
