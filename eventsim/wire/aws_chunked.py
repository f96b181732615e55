"""What did a client send that wrapped its body in signed chunks or put a checksum behind it?

AWS's SDKs upload streams as `aws-chunked`: each chunk bears its length and perhaps a signature, trailing headers may
follow the last. Signatures are not checked, as no other signature is; lengths are. Checksums become headers, from which
the operation gets them as parameters and verifies them.
"""

import io
from collections.abc import Iterator
from typing import Final, Protocol

from eventsim.errors import ApiError
from eventsim.spool import PIECE_BYTES, Spool
from eventsim.wire.http import HttpRequest

_LINE_BYTES_MAX: Final = 4_096
_TRAILERS_MAX: Final = 64
_LENGTH_DIGITS_MAX: Final = 16


class _Lines(Protocol):
    """A file of lines and bytes."""

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes."""

    def readline(self, limit: int, /) -> bytes:
        """Return a line with its end, or so many bytes of it."""


def is_chunked(request: HttpRequest) -> bool:
    """Tell whether the body is wrapped."""
    headers = request.headers
    return "aws-chunked" in _codings(headers.get("content-encoding")) or headers.get("x-amz-content-sha256").startswith(
        "STREAMING-"
    )


def unwrap(request: HttpRequest) -> HttpRequest:
    """Return the request as if its body had been sent plainly and its trailers as headers.

    Raises:
        ApiError: the chunks are malformed, or not as long as the request says.
    """
    trailers: dict[str, str] = {}
    if request.spool is None:
        body, spool = b"".join(_chunks(io.BytesIO(request.body), trailers)), None
    else:
        with request.spool.open() as stream:
            body, spool = b"", Spool.of(_chunks(stream, trailers))
    size = str(len(body if spool is None else spool))
    headers = request.headers
    length = headers.get("x-amz-decoded-content-length", size)
    if length != size:
        raise _incomplete()
    codings = [coding for coding in _codings(headers.get("content-encoding")) if coding != "aws-chunked"]
    changes: dict[str, str | None] = {
        "content-encoding": ",".join(codings) or None,
        "content-length": length,
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",  # else it would seem to be wrapped still
        **trailers,
    }
    return HttpRequest(
        method=request.method,
        path=request.path,
        query=request.query,
        headers=headers.with_changes(changes),
        body=body,
        spool=spool,
    )


def _codings(text: str) -> list[str]:
    return [coding.strip() for coding in text.split(",") if coding.strip()]


def _chunks(stream: _Lines, trailers: dict[str, str]) -> Iterator[bytes]:
    """Yield the content of the chunks, piece by piece; at the end, note the headers behind them."""
    while True:
        left = _length(_line(stream).partition(b";")[0])  # what follows is the chunk's signature
        if left == 0:
            trailers |= _trailers(stream)
            return
        while left:
            piece = stream.read(min(left, PIECE_BYTES))
            if not piece:
                raise _incomplete()
            left -= len(piece)
            yield piece
        if stream.read(2) != b"\r\n":
            raise _incomplete()


def _length(digits: bytes) -> int:
    if not digits or len(digits) > _LENGTH_DIGITS_MAX or digits.strip(b"0123456789abcdefABCDEF"):
        raise _incomplete()
    return int(digits, 16)


def _trailers(stream: _Lines) -> dict[str, str]:
    """Return the headers behind the last chunk; an empty line ends them, or the body does."""
    trailers: dict[str, str] = {}
    while len(trailers) <= _TRAILERS_MAX:
        line = _line(stream, may_end=True)
        if not line:
            break
        name, colon, value = line.partition(b":")
        if not colon:
            raise _incomplete()
        trailers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
    return {name: value for name, value in trailers.items() if name.startswith("x-amz-checksum-")}


def _line(stream: _Lines, *, may_end: bool = False) -> bytes:
    line = stream.readline(_LINE_BYTES_MAX)
    if line.endswith(b"\r\n"):
        return line[:-2]
    if may_end and len(line) < _LINE_BYTES_MAX and not line.endswith(b"\n"):
        return line
    raise _incomplete()


def _incomplete() -> ApiError:
    """The words are S3's error reference's; that broken chunks get them is unconfirmed."""
    return ApiError(
        "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header."
    )
