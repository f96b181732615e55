"""What did CloudWatch Logs pack into a record? The batch as JSON, or the messages in it; pure."""

import gzip
import zlib
from typing import Final

from eventsim import load_json

_DATA: Final = "DATA_MESSAGE"
"""The type of batches with log events; others only see whether somebody is there."""


class UnpackableError(ValueError):
    """The record is nothing that CloudWatch Logs has packed."""


def unpacked(data: bytes) -> bytes:
    """Return what was compressed.

    Raises:
        UnpackableError: it is no gzip.
    """
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        raise UnpackableError("The record is not compressed by gzip.") from None


def messages(batch: bytes) -> bytes:
    """Return the messages of a batch of log events, each with a line end.

    Raises:
        UnpackableError: it is no batch of log events.
    """
    try:
        document = load_json(batch)
        events = document["logEvents"] if document["messageType"] == _DATA else ()
        return b"".join(event["message"].encode("utf-8", "surrogatepass") + b"\n" for event in events)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnpackableError("The record is no batch of log events.") from None
