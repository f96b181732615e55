"""Which headers stand in a block of HTTP/2? HPACK, read with everything it knows and written with the least (RFC 7541).

Rules:

1. A header is named by its place in a table, or stands there as text. The table begins with 61 headers of the
   standard's; what the client wishes to be remembered comes behind them, the latest first, until the oldest must go.
2. Text may be packed by Huffman's code, which is canonical: symbols of one length are numbered in order, and the first
   of the next length follows the last of the one before. So lengths alone tell the code.
3. What we write is never packed and never remembered, so it is right whatever the client's table holds.
"""

from collections import deque
from typing import Final, NamedTuple

from eventsim.wire.http import Pairs

TABLE_BYTES_MAX: Final = 4096
"""How much a client may have us remember: what holds as long as nobody says otherwise."""
_ENTRY_BYTES: Final = 32
"""What an entry counts beyond its text (RFC 7541, 4.1)."""
_NUMBER_MAX: Final = 1 << 28
_BITS_MAX: Final = 30
"""How long Huffman's code is at most."""

_NAMES: Final = (
    "accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control "
    "content-disposition content-encoding content-language content-length content-location content-range content-type "
    "cookie date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since "
    "last-modified link location max-forwards proxy-authenticate proxy-authorization range referer refresh retry-after "
    "server set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate"
)
_STATIC: Final = (
    (":authority", ""),
    *((":method", method) for method in ("GET", "POST")),
    *((":path", path) for path in ("/", "/index.html")),
    *((":scheme", scheme) for scheme in ("http", "https")),
    *((":status", status) for status in ("200", "204", "206", "304", "400", "404", "500")),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    *((name, "") for name in _NAMES.split()),
)
"""The headers that every table begins with (RFC 7541, appendix A)."""

_SYMBOLS: Final = {
    5: b"012aceiost",
    6: b" %-./3456789=A_bdfghlmnpru",
    7: b":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz",
    8: b"&*,;XZ",
    10: b'!"()?',
    11: b"'+|",
    12: b"#>",
    13: bytes.fromhex("0024405b5d7e"),
    14: b"^}",
    15: b"<`{",
    19: bytes.fromhex("5cc3d0"),
    20: bytes.fromhex("808283a2b8c2e0e2"),
    21: bytes.fromhex("99a1a7acb0b1b3d1d8d9e3e5e6"),
    22: bytes.fromhex("8184858688929a9ca0a3a4a9aaadb2b5b9babbbdbec4c6e4e8e9"),
    23: bytes.fromhex("0187898a8b8c8d8f93959697989b9d9ea5a6a8aeafb4b6b7bcbfc5e7ef"),
    24: bytes.fromhex("098e9091949fabced7e1eced"),
    25: bytes.fromhex("c7cfeaeb"),
    26: bytes.fromhex("c0c1c8c9cacdd2d5dadbeef0f2f3ff"),
    27: bytes.fromhex("cbccd3d4d6dddedff1f4f5f6f7f8fafbfcfdfe"),
    28: bytes.fromhex("020304050607080b0c0e0f1011121314151718191a1b1c1d1e1f7fdcf9"),
    30: bytes.fromhex("0a0d16"),
}
"""Which symbols Huffman's code writes in so many bits (RFC 7541, appendix B); the end of a text has the last 30."""


class Unreadable(Exception):  # noqa: N818 - a fact, as the field says it
    """The block is no list of headers, and none that follows could be read."""


class HeaderReader:
    """Reads the blocks of one connection, in order.

    Attributes:
        size_bytes: how much it remembers.
    """

    def __init__(self) -> None:
        self._table: deque[tuple[str, str]] = deque()
        self.size_bytes = 0
        self._size_max = TABLE_BYTES_MAX

    def read(self, block: bytes) -> list[tuple[str, str]]:
        """Return names and values.

        Raises:
            Unreadable: the block makes no sense.
        """
        headers: list[tuple[str, str]] = []
        at = 0
        try:
            while at < len(block):
                first = block[at]
                if first & 0x80:
                    place, at = _number(block, at, 7)
                    headers.append(self._entry(place))
                elif first & 0xE0 == 0x20:
                    size, at = _number(block, at, 5)
                    self._resize(size)
                else:
                    is_remembered = first & 0x40 != 0
                    place, at = _number(block, at, 6 if is_remembered else 4)
                    name, at = (self._entry(place)[0], at) if place else _text(block, at)
                    value, at = _text(block, at)
                    headers.append((name, value))
                    if is_remembered:
                        self._remember(name, value)
        except IndexError:
            raise Unreadable("a block of headers breaks off, or names one that is not there") from None
        return headers

    def _entry(self, place: int) -> tuple[str, str]:
        if place == 0:
            raise IndexError(place)
        return _STATIC[place - 1] if place <= len(_STATIC) else self._table[place - len(_STATIC) - 1]

    def _remember(self, name: str, value: str) -> None:
        self._table.appendleft((name, value))
        self.size_bytes += len(name) + len(value) + _ENTRY_BYTES
        self._forget()

    def _resize(self, size: int) -> None:
        if size > TABLE_BYTES_MAX:
            raise Unreadable("a table of headers would become larger than was agreed")
        self._size_max = size
        self._forget()

    def _forget(self) -> None:
        while self.size_bytes > self._size_max:
            name, value = self._table.pop()
            self.size_bytes -= len(name) + len(value) + _ENTRY_BYTES


def header_block(headers: Pairs) -> bytes:
    """Return a block that tells of headers, with names in lower case."""
    block = bytearray()
    for name, value in headers:
        block.append(0)
        for text in (name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace")):
            block += _numbered(len(text)) + text
    return bytes(block)


def _numbered(number: int) -> bytes:
    """Return a number as it stands in seven bits and those that follow."""
    if number < 0x7F:
        return bytes((number,))
    number -= 0x7F
    told = bytearray((0x7F,))
    while number >= 0x80:
        told.append(number & 0x7F | 0x80)
        number >>= 7
    told.append(number)
    return bytes(told)


def _number(block: bytes, at: int, bits: int) -> tuple[int, int]:
    """Return a number that begins in the last bits of a byte, and where the next thing stands."""
    mask = (1 << bits) - 1
    number = block[at] & mask
    at += 1
    if number < mask:
        return number, at
    shift = 0
    while True:
        byte = block[at]
        number += (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if number > _NUMBER_MAX:
            raise Unreadable("a number in a block of headers is too large")
        if byte < 0x80:
            return number, at


def _text(block: bytes, at: int) -> tuple[str, int]:
    """Return a text, and where the next thing stands."""
    is_packed = block[at] & 0x80 != 0
    size, at = _number(block, at, 7)
    content = block[at : at + size]
    if len(content) < size:
        raise IndexError(size)
    return (_unpacked(content) if is_packed else content).decode("latin-1"), at + size


class _Length(NamedTuple):
    """The codes of one length.

    Attributes:
        end: the first code that is longer, as it begins 30 bits.
        first: the code of the first symbol.
    """

    end: int
    bits: int
    first: int
    symbols: bytes


def _lengths() -> tuple[_Length, ...]:
    lengths: list[_Length] = []
    next_code, before = 0, 0
    for bits, symbols in _SYMBOLS.items():
        first = next_code << (bits - before)
        next_code, before = first + len(symbols), bits
        lengths.append(_Length(next_code << (_BITS_MAX - bits), bits, first, symbols))
    return tuple(lengths)


_LENGTHS: Final = _lengths()


def _unpacked(content: bytes) -> bytes:
    """Return what Huffman's code has packed; ones fill the last byte."""
    text = bytearray()
    at, end = 0, len(content) * 8
    padded = content + b"\xff" * 5
    while at < end:
        window = int.from_bytes(padded[at >> 3 : (at >> 3) + 5]) >> (10 - (at & 7)) & ((1 << _BITS_MAX) - 1)
        length = next((each for each in _LENGTHS if window < each.end), None)
        if length is None or at + length.bits > end:
            break
        text.append(length.symbols[(window >> (_BITS_MAX - length.bits)) - length.first])
        at += length.bits
    ones = (1 << (end - at)) - 1
    if end - at > 7 or (ones and content[-1] & ones != ones):
        raise Unreadable("a packed text in a block of headers has a wrong end")
    return bytes(text)
