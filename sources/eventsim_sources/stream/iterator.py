"""Where does a reader stand? Shard iterators: texts that say which stream, which shard, which record, since when."""

import base64
import binascii
from typing import Final

import msgspec
from msgspec import Struct

from eventsim_sources.stream import errors

_MARK: Final = b"\0\0\0\0\0\0\0\0\1"
"""In front of the text, so that iterators begin with `AAAAAAAAAAE`, as AWS's do."""


class Iterator(Struct, frozen=True, gc=False, array_like=True):
    """A place in a shard.

    Attributes:
        stream: the stream's name.
        created_ms: which of all streams of this name: when it was made, in milliseconds since 1970.
        shard: the shard's id.
        offset: of the record to be read next.
        issued_ms: when it was given out, in milliseconds since 1970.
    """

    stream: str
    created_ms: int
    shard: str
    offset: int
    issued_ms: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Iterator).decode


def write(iterator: Iterator) -> str:
    """Return the text of an iterator."""
    text = _MARK + _encode(iterator)
    return base64.b64encode(text).decode()


def read(text: str) -> Iterator:
    """Return the iterator of a text.

    Raises:
        ApiError: it is none.
    """
    try:
        content = base64.b64decode(text, validate=True)
        if not content.startswith(_MARK):
            raise errors.iterator_invalid()
        return _decode(content[len(_MARK) :])
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise errors.iterator_invalid() from None
