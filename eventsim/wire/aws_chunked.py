"""What did a client send that wrapped its body in signed chunks or put a checksum behind it?

AWS's SDKs upload streams as `aws-chunked`: each chunk bears its length and perhaps a signature, trailing headers may
follow the last. Signatures are not checked, as no other signature is; lengths are. Checksums become headers, from which
the operation gets them as parameters and verifies them.
"""

from typing import Final

from eventsim.errors import ApiError
from eventsim.wire.http import HttpRequest

_LINE_BYTES_MAX: Final = 4_096
_TRAILERS_MAX: Final = 64
_LENGTH_DIGITS_MAX: Final = 16


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
    body, trailers = _decode(request.body)
    headers = request.headers
    length = headers.get("x-amz-decoded-content-length", str(len(body)))
    if length != str(len(body)):
        raise _incomplete()
    codings = [coding for coding in _codings(headers.get("content-encoding")) if coding != "aws-chunked"]
    changes: dict[str, str | None] = {
        "content-encoding": ",".join(codings) or None,
        "content-length": length,
        **trailers,
    }
    return HttpRequest(
        method=request.method,
        path=request.path,
        query=request.query,
        headers=headers.with_changes(changes),
        body=body,
    )


def _codings(text: str) -> list[str]:
    return [coding.strip() for coding in text.split(",") if coding.strip()]


def _decode(data: bytes) -> tuple[bytes, dict[str, str]]:
    chunks: list[bytes] = []
    at = 0
    while True:
        line, at = _line(data, at)
        length = _length(line.partition(b";")[0])  # what follows is the chunk's signature
        if length == 0:
            return b"".join(chunks), _trailers(data, at)
        if data[at + length : at + length + 2] != b"\r\n":
            raise _incomplete()
        chunks.append(data[at : at + length])
        at += length + 2


def _length(digits: bytes) -> int:
    if not digits or len(digits) > _LENGTH_DIGITS_MAX or digits.strip(b"0123456789abcdefABCDEF"):
        raise _incomplete()
    return int(digits, 16)


def _trailers(data: bytes, at: int) -> dict[str, str]:
    """Return the headers behind the last chunk; an empty line ends them, or the body does."""
    trailers: dict[str, str] = {}
    while at < len(data) and len(trailers) <= _TRAILERS_MAX:
        line, at = _line(data, at, may_end=True)
        if not line:
            break
        name, colon, value = line.partition(b":")
        if not colon:
            raise _incomplete()
        trailers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
    return {name: value for name, value in trailers.items() if name.startswith("x-amz-checksum-")}


def _line(data: bytes, at: int, *, may_end: bool = False) -> tuple[bytes, int]:
    end = data.find(b"\r\n", at, at + _LINE_BYTES_MAX)
    if end >= 0:
        return data[at:end], end + 2
    if may_end and len(data) - at < _LINE_BYTES_MAX:
        return data[at:], len(data)
    raise _incomplete()


def _incomplete() -> ApiError:
    """The words are S3's error reference's; that broken chunks get them is unconfirmed."""
    return ApiError(
        "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header."
    )
