"""How do events look that an operation returns one after the other in one answer?

Each is a message of AWS's event stream encoding: lengths, a checksum of them, headers, payload, and a checksum of all.
"""

import struct
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any, Final, TypeVar

from eventsim.wire.models import Shape
from eventsim.wire.text import write_seconds

CONTENT_TYPE: Final = "application/vnd.amazon.eventstream"

_BOOLEANS: Final = {True: b"\x00", False: b"\x01"}
_INTEGER, _LONG, _BYTES, _STRING, _TIMESTAMP = 4, 5, 6, 7, 8

T = TypeVar("T")

WriteDocument = Callable[[Shape, Mapping[str, Any]], bytes]
"""Writes a structure in the format of the service's protocol."""


Event = Mapping[str, Any]
"""It has one member, such as `{"PayloadChunk": {"Payload": b"…"}}`."""

Frames = Iterator[bytes] | AsyncIterator[bytes]


def frames(
    stream: Shape, events: Iterable[Event] | AsyncIterator[Event], write: WriteDocument, content_type: str
) -> Frames:
    """Return one message for each event, as the events come; if one has to wait for them, so for the messages.

    Args:
        stream: the shape whose members are the kinds of events.
        write: for events that have no payload of their own.
        content_type: what `write` writes.
    """

    def frame(event: Event) -> bytes:
        return b"".join(
            event_frame(stream.members[name], name, values, write, content_type) for name, values in event.items()
        )

    return _awaited((), events, frame) if isinstance(events, AsyncIterator) else map(frame, events)


def frames_after_initial(shape: Shape, values: Mapping[str, Any], write: WriteDocument, content_type: str) -> Frames:
    """Return the messages of an answer whose other members go first, in a message of their own."""
    first = initial_frame(shape, values, write, content_type)
    following = frames(shape.members[shape.event_stream], values[shape.event_stream], write, content_type)
    return _awaited((first,), following, bytes) if isinstance(following, AsyncIterator) else chain((first,), following)


async def _awaited(first: Iterable[bytes], items: AsyncIterator[T], made: Callable[[T], bytes]) -> AsyncIterator[bytes]:
    for each in first:
        yield each
    async for item in items:
        yield made(item)


def initial_frame(shape: Shape, values: Mapping[str, Any], write: WriteDocument, content_type: str) -> bytes:
    """Return the message that goes first in protocols whose answers have nothing but a body."""
    headers = {":message-type": "event", ":event-type": "initial-response", ":content-type": content_type}
    return message(headers, write(shape, {name: value for name, value in values.items() if name != shape.event_stream}))


def event_frame(shape: Shape, name: str, values: Mapping[str, Any], write: WriteDocument, content_type: str) -> bytes:
    """Return the message of one event."""
    headers: dict[str, Any] = {":message-type": "event", ":event-type": name}
    in_body = {}
    for member, member_shape in shape.members.items():
        if not member_shape.is_event_header:
            in_body[member] = member_shape
        elif values.get(member) is not None:
            headers[member] = values[member]
    for member, member_shape in in_body.items():
        if member_shape.is_event_payload:
            payload, headers[":content-type"] = _payload(member_shape, values.get(member), write, content_type)
            return message(headers, payload)
    if not in_body:
        return message(headers, b"")
    return message(
        {**headers, ":content-type": content_type}, write(shape, {name: values.get(name) for name in in_body})
    )


def _payload(shape: Shape, value: Any, write: WriteDocument, content_type: str) -> tuple[bytes, str]:
    match shape.kind:
        case "blob":
            return value or b"", "application/octet-stream"
        case "string":
            return (value or "").encode(), "text/plain"
        case _:
            return write(shape, value or {}), content_type


def message(headers: Mapping[str, Any], payload: bytes) -> bytes:
    """Return one message of the encoding."""
    head = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    body = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return body + struct.pack(">I", zlib.crc32(body))


def _header(name: str, value: Any) -> bytes:
    start = bytes([len(name)]) + name.encode()
    match value:
        case bool():
            return start + _BOOLEANS[value]
        case int() if -(1 << 31) <= value < 1 << 31:
            return start + struct.pack(">Bi", _INTEGER, value)
        case int():
            return start + struct.pack(">Bq", _LONG, value)
        case datetime():
            return start + struct.pack(">Bq", _TIMESTAMP, round(write_seconds(value) * 1_000))
        case bytes():
            return start + struct.pack(">BH", _BYTES, len(value)) + value
        case _:
            data = str(value).encode()
            return start + struct.pack(">BH", _STRING, len(data)) + data
