"""What has the client sent, and what may we send? HTTP/2 as bytes, without a socket (RFC 9113).

Rules:

1. A connection begins with the preface; then both sides send frames. Each request is a stream of its own: a block of
   headers, its body, and perhaps trailers. What follows what is a table of four frames; the rest is housekeeping.
2. A frame that makes no sense ends the connection, and the client is told why (`GOAWAY`). A request that makes no sense
   ends its stream alone (`RST_STREAM`).
3. Each side lets the other send so many bytes, for a stream and for all together. We let more come as soon as something
   has come: bodies have their limits at the server. What we send waits for room.
4. Nothing grows without bound: streams and headers have limits, and who does not read is not read from.

There is no push, and no order among streams. The words `Connection` and `Upgrade` mean nothing here.
"""

import re
import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import Final

from msgspec import Struct

from eventsim.live.hpack import HeaderReader, Unreadable, header_block
from eventsim.live.http1 import HEAD_BYTES_MAX
from eventsim.wire.http import Headers, Pairs

STREAMS_MAX: Final = 128
"""How many requests a connection carries at a time."""
FRAME_BYTES_MAX: Final = 1 << 14
"""The longest frame that both sides take as long as nobody says otherwise."""
WINDOW_BYTES: Final = 1 << 20
"""How much a client may send ahead."""

_END_STREAM, _ACK, _END_HEADERS, _PADDED, _HAS_PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20
_STREAMS, _WINDOW = 3, 4
"""Names of settings."""
_WINDOW_DEFAULT: Final = (1 << 16) - 1
_WINDOW_MAX: Final = (1 << 31) - 1
_METHOD: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET: Final = re.compile(r"[/*][\x21-\x7e\x80-\xff]*")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_VALUE: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_OF_CONNECTIONS: Final = frozenset(("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"))


class _Kind(IntEnum):
    """Of a frame; others mean nothing here."""

    DATA = 0
    HEADERS = 1
    RST_STREAM = 3
    SETTINGS = 4
    PUSH_PROMISE = 5
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8
    CONTINUATION = 9


class _Code(IntEnum):
    """Of an error."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    COMPRESSION_ERROR = 9
    ENHANCE_YOUR_CALM = 11


class Nonsense(Exception):  # noqa: N818 - a fact, as the field says it
    """The bytes are no HTTP/2 that goes on; what is left to be sent says why."""


class Asked(Struct, frozen=True, kw_only=True):
    """A request begins.

    Attributes:
        has_length: whether it says how long its body is.
    """

    stream: int
    method: str
    path: str
    query: str
    headers: Headers
    has_length: bool


class Piece(Struct, frozen=True):
    """A piece of a request's body."""

    stream: int
    data: bytes


class Complete(Struct, frozen=True):
    """A request has come to its end."""

    stream: int
    trailers: Pairs = ()


class Dropped(Struct, frozen=True):
    """The client does not want an answer any more, or its request made no sense."""

    stream: int


Event = Asked | Piece | Complete | Dropped


class _Stream(Struct, kw_only=True):
    """What is known of a request: how much may be sent, and whether all of it has come."""

    room: int
    has_come: bool = False


class Http2:
    """One connection, from the preface on; the preface itself has been read."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._out = bytearray()
        self._reader = HeaderReader()
        self._streams: dict[int, _Stream] = {}
        self._latest = 0
        self._room = _WINDOW_DEFAULT
        self._room_at_first = _WINDOW_DEFAULT
        self._block = bytearray()
        self._block_of = 0
        """The stream whose headers have not come to their end, 0 if there is none."""
        self._ends_with_block = False
        settings = struct.pack(">HIHI", _STREAMS, STREAMS_MAX, _WINDOW, WINDOW_BYTES)
        self._send(_Kind.SETTINGS, 0, 0, settings)
        self._send(_Kind.WINDOW_UPDATE, 0, 0, struct.pack(">I", WINDOW_BYTES - _WINDOW_DEFAULT))

    def take(self) -> bytes:
        """Take what is to be sent."""
        out = bytes(self._out)
        self._out.clear()
        return out

    # --- what comes ------------------------------------------------------------------------------------

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take bytes, and tell of what has come.

        Raises:
            Nonsense: nothing more can be read.
        """
        self._buffer += data
        try:
            while len(self._buffer) >= 9:
                size = int.from_bytes(self._buffer[:3])
                if size > FRAME_BYTES_MAX:
                    raise self._refused(_Code.FRAME_SIZE_ERROR, "a frame is too long")
                if len(self._buffer) < 9 + size:
                    return
                kind, flags = self._buffer[3], self._buffer[4]
                stream = int.from_bytes(self._buffer[5:9]) & 0x7FFFFFFF
                payload = bytes(self._buffer[9 : 9 + size])
                del self._buffer[: 9 + size]
                yield from self._frame(kind, flags, stream, payload)
        except struct.error:
            raise self._refused(_Code.FRAME_SIZE_ERROR, "a frame has a wrong length") from None
        except Unreadable as error:
            raise self._refused(_Code.COMPRESSION_ERROR, str(error)) from None

    def _frame(self, kind: int, flags: int, stream: int, payload: bytes) -> Iterator[Event]:
        if (self._block_of or kind == _Kind.CONTINUATION) and (kind != _Kind.CONTINUATION or stream != self._block_of):
            raise self._refused(_Code.PROTOCOL_ERROR, "a block of headers is interrupted")
        match kind:
            case _Kind.DATA:
                yield from self._data(flags, stream, payload)
            case _Kind.HEADERS:
                self._begin_block(flags, stream, payload)
                yield from self._end_block(flags)
            case _Kind.CONTINUATION:
                self._block += payload
                yield from self._end_block(flags)
            case _Kind.RST_STREAM:
                if self._streams.pop(stream, None) is not None:
                    yield Dropped(stream)
            case _:
                self._keep_house(kind, flags, stream, payload)

    def _keep_house(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        match kind:
            case _Kind.SETTINGS if not flags & _ACK:
                self._settings(payload)
            case _Kind.PUSH_PROMISE:
                raise self._refused(_Code.PROTOCOL_ERROR, "a client does not push")
            case _Kind.PING if not flags & _ACK:
                self._send(_Kind.PING, _ACK, 0, *struct.unpack("8s", payload))
            case _Kind.WINDOW_UPDATE:
                self._enlarge(stream, int.from_bytes(payload) & _WINDOW_MAX)
            case _:
                pass  # whatever else a client tells changes nothing, and frames of kinds to come are to be ignored

    def _data(self, flags: int, stream: int, payload: bytes) -> Iterator[Event]:
        if stream == 0 or stream > self._latest:
            raise self._refused(_Code.PROTOCOL_ERROR, "data comes for no stream")
        if payload:
            self._send(_Kind.WINDOW_UPDATE, 0, 0, struct.pack(">I", len(payload)))
        known = self._streams.get(stream)
        if known is None or known.has_come:
            return  # it was on its way when we ended the stream
        if payload and not flags & _END_STREAM:
            self._send(_Kind.WINDOW_UPDATE, 0, stream, struct.pack(">I", len(payload)))
        piece = self._unpadded(flags, payload)
        if piece:
            yield Piece(stream, piece)
        if flags & _END_STREAM:
            known.has_come = True
            yield Complete(stream)

    def _begin_block(self, flags: int, stream: int, payload: bytes) -> None:
        block = self._unpadded(flags, payload)
        self._block = bytearray(block[5:] if flags & _HAS_PRIORITY else block)
        self._block_of = stream
        self._ends_with_block = flags & _END_STREAM != 0
        if stream % 2 == 0:
            raise self._refused(_Code.PROTOCOL_ERROR, "headers come for no stream")

    def _end_block(self, flags: int) -> Iterator[Event]:
        """Go on with a block that has come to its end."""
        if len(self._block) > HEAD_BYTES_MAX:
            raise self._refused(_Code.ENHANCE_YOUR_CALM, f"the headers are longer than {HEAD_BYTES_MAX} bytes")
        if not flags & _END_HEADERS:
            return
        stream, headers = self._block_of, self._reader.read(bytes(self._block))
        self._block_of = 0
        if stream <= self._latest:
            yield from self._trailers(stream, headers)
            return
        self._latest = stream
        asked = _asked(stream, headers)
        if len(self._streams) >= STREAMS_MAX:
            self._reset(stream, _Code.REFUSED_STREAM)
        elif asked is None:
            self._reset(stream, _Code.PROTOCOL_ERROR)
        else:
            self._streams[stream] = _Stream(room=self._room_at_first, has_come=self._ends_with_block)
            yield asked
            if self._ends_with_block:
                yield Complete(stream)

    def _trailers(self, stream: int, headers: list[tuple[str, str]]) -> Iterator[Event]:
        known = self._streams.get(stream)
        if known is None or known.has_come:
            return
        if not self._ends_with_block:
            del self._streams[stream]
            self._reset(stream, _Code.PROTOCOL_ERROR)
            yield Dropped(stream)
            return
        known.has_come = True
        yield Complete(stream, tuple(headers))

    def _settings(self, payload: bytes) -> None:
        for name, value in struct.iter_unpack(">HI", payload):
            if name != _WINDOW:
                continue
            if value > _WINDOW_MAX:
                raise self._refused(_Code.FLOW_CONTROL_ERROR, "a window is too large")
            for known in self._streams.values():
                known.room += value - self._room_at_first
            self._room_at_first = value
        self._send(_Kind.SETTINGS, _ACK, 0)

    def _enlarge(self, stream: int, by_bytes: int) -> None:
        known = self._streams.get(stream)
        if stream == 0:
            self._room += by_bytes
        elif known is not None:
            known.room += by_bytes
        if max(self._room, 0 if known is None else known.room) > _WINDOW_MAX or by_bytes == 0:
            raise self._refused(_Code.FLOW_CONTROL_ERROR, "a window grows by nothing, or beyond its bound")

    def _unpadded(self, flags: int, payload: bytes) -> bytes:
        if not flags & _PADDED:
            return payload
        if not payload or payload[0] >= len(payload):
            raise self._refused(_Code.PROTOCOL_ERROR, "a frame has more padding than bytes")
        return payload[1 : len(payload) - payload[0]]

    # --- what goes -------------------------------------------------------------------------------------

    def answer(self, stream: int, status: int, headers: Pairs) -> None:
        """Send the head of an answer."""
        told = ((":status", str(status)), *(pair for pair in headers if pair[0].lower() not in _OF_CONNECTIONS))
        block = header_block(told)
        first, *rest = [block[at : at + FRAME_BYTES_MAX] for at in range(0, len(block), FRAME_BYTES_MAX)]
        self._send(_Kind.HEADERS, 0 if rest else _END_HEADERS, stream, first)
        for number, part in enumerate(rest, 1):
            self._send(_Kind.CONTINUATION, _END_HEADERS if number == len(rest) else 0, stream, part)

    def room(self, stream: int) -> int:
        """Return how many bytes of a body may be sent now; none if nobody wants them."""
        known = self._streams.get(stream)
        return 0 if known is None else max(0, min(self._room, known.room, FRAME_BYTES_MAX))

    def data(self, stream: int, piece: bytes) -> None:
        """Send a piece of a body, for which there must be room."""
        self._room -= len(piece)
        self._streams[stream].room -= len(piece)
        self._send(_Kind.DATA, 0, stream, piece)

    def end(self, stream: int) -> None:
        """End an answer; a request that is still coming is not wanted any more."""
        known = self._streams.pop(stream, None)
        if known is not None:
            self._send(_Kind.DATA, _END_STREAM, stream)
            if not known.has_come:
                self._reset(stream, _Code.NO_ERROR)

    def break_off(self, stream: int) -> None:
        """Tell that an answer ends too early."""
        if self._streams.pop(stream, None) is not None:
            self._reset(stream, _Code.INTERNAL_ERROR)

    def leave(self) -> None:
        """Tell that no further request is taken."""
        self._send(_Kind.GOAWAY, 0, 0, struct.pack(">II", self._latest, _Code.NO_ERROR))

    def _refused(self, code: int, message: str) -> Nonsense:
        self._send(_Kind.GOAWAY, 0, 0, struct.pack(">II", self._latest, code) + message.encode())
        return Nonsense(message)

    def _reset(self, stream: int, code: int) -> None:
        self._send(_Kind.RST_STREAM, 0, stream, struct.pack(">I", code))

    def _send(self, kind: int, flags: int, stream: int, payload: bytes = b"") -> None:
        self._out += len(payload).to_bytes(3) + bytes((kind, flags)) + stream.to_bytes(4) + payload


def _asked(stream: int, headers: list[tuple[str, str]]) -> Asked | None:
    """Return a request, or None if its headers make none."""
    told = {name: value for name, value in headers if name.startswith(":")}
    plain = [(name, value) for name, value in headers if not name.startswith(":")]
    method, target = told.get(":method", ""), told.get(":path", "")
    if _METHOD.fullmatch(method) is None or _TARGET.fullmatch(target) is None or not all(map(_fits, plain)):
        return None
    names = {name for name, _ in plain}
    if "host" not in names and ":authority" in told:
        plain.insert(0, ("host", told[":authority"]))
    crumbs = [value for name, value in plain if name == "cookie"]
    if len(crumbs) > 1:
        plain = [*(pair for pair in plain if pair[0] != "cookie"), ("cookie", "; ".join(crumbs))]
    path, _, query = target.partition("#")[0].partition("?")
    return Asked(
        stream=stream,
        method=method,
        path=path,
        query=query,
        headers=Headers(plain),
        has_length="content-length" in names,
    )


def _fits(header: tuple[str, str]) -> bool:
    """Tell whether a header may stand in a request: in lower case, of one line, and not about the connection."""
    name, value = header
    return _NAME.fullmatch(name) is not None and name not in _OF_CONNECTIONS and _VALUE.fullmatch(value) is not None
