"""Which bytes of an object does a `Range` ask for? Pure, after recorded answers."""

import re

from msgspec import Struct

from eventsim import ApiError
from eventsim_sources.bucket.errors import invalid_argument

_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")


class Span(Struct, frozen=True, kw_only=True, gc=False):
    """The bytes from `first` to `last`, both included, of an object of `size_bytes`."""

    first: int
    last: int
    size_bytes: int

    @property
    def length_bytes(self) -> int:
        """How many bytes these are."""
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        """The value of the `Content-Range` header."""
        return f"bytes {self.first}-{self.last}/{self.size_bytes}"


def span_of(text: str | None, size_bytes: int) -> Span | None:
    """Return the span that a `Range` header asks for, or None for the whole object.

    What S3 cannot read as one range of bytes (several ranges, another unit, first after last) it ignores.

    Raises:
        ApiError: 416, no byte of the object is in the range.
    """
    found = _RANGE.fullmatch(text) if text is not None else None
    if found is None or text is None:
        return None
    first_text, last_text = found.groups()
    if not first_text and not last_text:
        return None
    if not first_text:
        first, last = max(size_bytes - int(last_text), 0), size_bytes - 1
    else:
        first, last = int(first_text), int(last_text) if last_text else size_bytes - 1
        if last_text and last < first:
            return None
    if first >= size_bytes:
        raise _unsatisfiable(text, size_bytes)
    return Span(first=first, last=min(last, size_bytes - 1), size_bytes=size_bytes)


def copy_span_of(text: str | None, size_bytes: int) -> Span | None:
    """Return the span that `CopySourceRange` asks for: exactly `bytes=first-last`, inside the source.

    Raises:
        ApiError: another form, or bytes that the source does not have.
    """
    if text is None:
        return None
    found = _RANGE.fullmatch(text)
    if found is None or not all(found.groups()) or int(found[1]) > int(found[2]):
        raise invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy",
            "x-amz-copy-source-range",
            text,
        )
    if int(found[2]) >= size_bytes:
        raise invalid_argument(
            f"Range specified is not valid for source object of size: {size_bytes}", "x-amz-copy-source-range", text
        )
    return Span(first=int(found[1]), last=int(found[2]), size_bytes=size_bytes)


def _unsatisfiable(text: str, size_bytes: int) -> ApiError:
    return ApiError(
        "InvalidRange",
        "The requested range is not satisfiable",
        status=416,
        fields={"ActualObjectSize": str(size_bytes), "RangeRequested": text},
    )
