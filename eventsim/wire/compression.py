"""What did a client compress? SDKs send big metrics as gzip; S3's objects and Lambda's payloads are left alone."""

import zlib
from typing import Final

import msgspec

from eventsim.wire.http import HttpRequest

_GZIP: Final = 16 + zlib.MAX_WBITS


class CompressionError(ValueError):
    """The body is no gzip, or becomes too big."""


def is_compressed(request: HttpRequest) -> bool:
    """Tell whether the body is gzip."""
    encoding = request.headers.by_name.get("content-encoding")
    return encoding is not None and encoding.strip().lower() == "gzip"


def inflated(request: HttpRequest, limit_bytes: int) -> HttpRequest:
    """Return the request as if its body had been sent plainly.

    Raises:
        CompressionError: the body is no gzip, or would become bigger than the limit.
    """
    inflater = zlib.decompressobj(_GZIP)
    try:
        body = inflater.decompress(request.body, limit_bytes + 1)
    except zlib.error as error:
        raise CompressionError(str(error)) from error
    if len(body) > limit_bytes or not inflater.eof:
        raise CompressionError("the body ends too early, or is too big")
    headers = request.headers.with_changes({"content-encoding": None, "content-length": str(len(body))})
    return msgspec.structs.replace(request, headers=headers, body=body)
