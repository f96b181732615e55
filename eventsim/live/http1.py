"""What has the client sent? HTTP/1.1 requests cut out of a stream of bytes, without a socket.

Rules:

1. A request is a `Head`, pieces of its body, and `END`. The next one may follow in the same bytes.
2. Whatever two readers could understand differently is refused: a length beside chunks, two lengths, a line that ends
   in a bare line feed, a folded header, a space before a colon.
3. Nothing grows without bound: lines and heads have limits here, bodies at the server.
4. A client that says so speaks HTTP/2 instead (`http2.py`).

Why it is our own: docs/decisions/0008-http-server.md.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from msgspec import Struct

from eventsim.wire.http import Headers, Pairs

HEAD_BYTES_MAX = 64 * 1024
"""Request line and headers together; AWS takes less."""
HTTP2_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client begins with that knows that a server speaks HTTP/2 (RFC 9113, 3.4)."""
CHUNK_LINE_BYTES_MAX = 4 * 1024
"""A chunk's size with its extensions: `aws-chunked` signatures stand in the body, not here."""

_REQUEST_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e\x80-\xff]+) HTTP/(\d)\.(\d)")
_FIELD = re.compile(r"^([!#$%&'*+.^_`|~0-9A-Za-z-]++):[ \t]*+([^\x00-\x08\x0a-\x1f\x7f]*+)\r\n", re.MULTILINE)
_LENGTH = re.compile(r"[0-9]{1,19}")
_ABSOLUTE = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?")


class Malformed(Exception):  # noqa: N818 - a fact, as the field says it
    """The bytes are no request that this server takes.

    Attributes:
        status: what to answer before closing the connection.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Head(Struct, frozen=True, kw_only=True, gc=False):
    """A request line with its headers.

    Attributes:
        body_bytes: how long the body is, None if it comes in chunks.
        keeps_alive: whether the connection may serve another request.
        speaks_chunks: whether the client understands an answer in chunks; HTTP/1.0 does not.
    """

    method: str
    path: str
    query: str
    headers: Headers
    body_bytes: int | None
    keeps_alive: bool
    speaks_chunks: bool
    expects_continue: bool


class End(Struct, frozen=True):
    """The body is complete.

    Attributes:
        trailers: names and values that came behind a body in chunks.
    """

    trailers: Pairs = ()


END: Final = End()


class Preface(Struct, frozen=True):
    """The client speaks HTTP/2 from here on; what follows is the rest of it."""


PREFACE: Final = Preface()


class RequestParser:
    """Reads one connection.

    Args:
        head_bytes_max: how long a request's line and headers may be.
    """

    def __init__(self, head_bytes_max: int = HEAD_BYTES_MAX) -> None:
        self._head_bytes_max = head_bytes_max
        self._buffer = bytearray()
        self._left = -1
        """Bytes of the body, or of its chunk, that are still to come; -1 between requests."""
        self._is_chunked = False
        self._trailer_bytes = -1
        """How much of a trailer has come, -1 outside of one."""
        self._trailers: list[tuple[str, str]] = []

    @property
    def is_between_requests(self) -> bool:
        """Whether nothing of a request has come yet."""
        return self._left < 0 and not self._is_chunked and not self._buffer

    @property
    def held_bytes(self) -> int:
        """How much has come that nobody has asked for yet."""
        return len(self._buffer)

    def rest(self) -> bytes:
        """Take what has come and is no request: another protocol goes on from here."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        self._buffer += data

    def next_event(self) -> Head | bytes | End | Preface | None:
        """Return what comes next: a head, a piece of its body, its end, or None until there are more bytes.

        Raises:
            Malformed: the bytes make no request; nothing more can be read.
        """
        if self._is_chunked:
            return self._chunked()
        if self._left >= 0:
            return self._counted()
        return self._head() if self._buffer else None

    def take_body(self) -> bytes | None:
        """Take the body behind the head that has just been read, END and all, if it is here; else it comes as events.

        Most requests come in one piece.
        """
        size = self._left
        if self._is_chunked or len(self._buffer) < size:
            return None
        body = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._left = -1
        return body

    # --- the head --------------------------------------------------------------------------------------

    def _head(self) -> Head | Preface | None:
        buffer = self._buffer
        while buffer.startswith(b"\r\n"):  # some clients end a body so
            del buffer[:2]
        if buffer.startswith(b"PRI * HTTP/2.0\r\n"):
            return self._preface()
        end = buffer.find(b"\r\n\r\n")
        if end > self._head_bytes_max or (end < 0 and len(buffer) > self._head_bytes_max):
            raise Malformed(431, f"the headers are longer than {self._head_bytes_max} bytes")
        if end < 0:
            return None
        text = buffer[: end + 2].decode("latin-1")
        del buffer[: end + 4]
        head = _head_of(text)
        self._is_chunked = head.body_bytes is None
        self._left = head.body_bytes or 0
        return head

    def _preface(self) -> Preface | None:
        size = len(HTTP2_PREFACE)
        if not HTTP2_PREFACE.startswith(self._buffer[:size]):
            raise Malformed(400, "HTTP/2 begins otherwise")
        if len(self._buffer) < size:
            return None
        del self._buffer[:size]
        return PREFACE

    # --- the body --------------------------------------------------------------------------------------

    def _counted(self) -> bytes | End | None:
        if self._left == 0:
            self._left = -1
            return END
        return self._piece()

    def _piece(self) -> bytes | None:
        buffer, left = self._buffer, self._left
        if not buffer:
            return None
        piece = bytes(buffer[:left])
        del buffer[:left]
        self._left = left - len(piece)
        return piece

    def _chunked(self) -> bytes | End | None:
        if self._trailer_bytes >= 0:
            return self._trailer()
        if self._left > 0:
            piece = self._piece()
            if self._left == 0:
                self._left = -2  # the line break behind a chunk
            return piece
        if self._left == -2:
            if len(self._buffer) < 2:
                return None
            if not self._buffer.startswith(b"\r\n"):
                raise Malformed(400, "a chunk is longer than it says")
            del self._buffer[:2]
            self._left = 0
        return self._next_chunk()

    def _next_chunk(self) -> bytes | End | None:
        line = self._line()
        if line is None:
            return None
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            raise Malformed(400, "a chunk does not begin with its size")
        self._left = int(match[1], 16)
        if self._left == 0:
            self._trailer_bytes = 0
        return self._chunked()

    def _trailer(self) -> End | None:
        """Read a trailer; checksums that AWS's clients send so stand in the body, within `aws-chunked`."""
        while (line := self._line(HEAD_BYTES_MAX)) is not None:
            self._trailer_bytes += len(line)
            if self._trailer_bytes > HEAD_BYTES_MAX:
                raise Malformed(431, f"the trailer is longer than {HEAD_BYTES_MAX} bytes")
            if not line:
                end = End(tuple(self._trailers))
                self._trailers.clear()
                self._left = self._trailer_bytes = -1
                self._is_chunked = False
                return end
            name, _, value = line.decode("latin-1").partition(":")
            self._trailers.append((name.strip(), value.strip()))
        return None

    def _line(self, bytes_max: int = CHUNK_LINE_BYTES_MAX) -> bytes | None:
        end = self._buffer.find(b"\r\n")
        if end > bytes_max or (end < 0 and len(self._buffer) > bytes_max):
            raise Malformed(400, f"a line between chunks is longer than {bytes_max} bytes")
        if end < 0:
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line


def _head_of(text: str) -> Head:
    first, _, rest = text.partition("\r\n")
    method, path, query, minor = _request_line(first)
    headers = Headers(_fields(rest))
    values = headers.by_name
    connection = values.get("connection", "").lower()
    return Head(
        method=method,
        path=path,
        query=query,
        headers=headers,
        body_bytes=_body_bytes(values),
        keeps_alive="keep-alive" in connection if minor == "0" else "close" not in connection,
        speaks_chunks=minor != "0",
        expects_continue="expect" in values and values["expect"].lower() == "100-continue",
    )


@lru_cache(maxsize=100)
def _request_line(line: str) -> tuple[str, str, str, str]:
    """Return method, path, query and HTTP's minor version."""
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise Malformed(400, "the first line is no request line of HTTP")
    method, target, major, minor = match.groups()
    if major != "1":
        raise Malformed(505, f"HTTP/{major}.{minor} is not spoken here, HTTP/1.1 and HTTP/2 are")
    target = _ABSOLUTE.sub("", target, count=1) or "/"
    path, _, query = target.partition("#")[0].partition("?")
    return method, path or "/", query, minor


def _fields(text: str) -> list[tuple[str, str]]:
    """Return names and values of headers. All lines are read in one go, and each must be one."""
    fields: list[tuple[str, str]] = _FIELD.findall(text)
    if len(fields) != text.count("\n"):
        raise Malformed(400, _flaw(text))
    if " \r" in text or "\t\r" in text:
        return [(name, value.rstrip(" \t")) for name, value in fields]
    return fields


def _flaw(text: str) -> str:
    """Return what is wrong with the first line that is no header."""
    line = next(line for line in text.split("\r\n") if _FIELD.fullmatch(f"{line}\r\n") is None)
    name, _, value = line.partition(":")
    if _FIELD.fullmatch(f"{name}:\r\n") is None or not value:
        return f"a header has no name: {line[:80]!r}"
    return f"the header {name} holds a control character"


def _body_bytes(values: Mapping[str, str]) -> int | None:
    """Return how long a body is by the headers, None if it comes in chunks."""
    length = values.get("content-length")
    if "transfer-encoding" in values:
        if length is not None:
            raise Malformed(400, "a body has a length or comes in chunks, not both")
        if values["transfer-encoding"].lower() != "chunked":
            raise Malformed(501, f"the transfer encoding {values['transfer-encoding'][:80]!r} is not known")
        return None
    if length is None:
        return 0
    if _LENGTH.fullmatch(length) is None:
        raise Malformed(400, f"the content length {length[:80]!r} is no number")
    return int(length)
