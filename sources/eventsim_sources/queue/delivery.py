"""What did one receive give out? A message as a mapping holds it until it is settled."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from eventsim import Lineage
from eventsim_sources.queue.message import NO_EXTRAS, Message, MessageAttribute

_ENVELOPE_BYTES: Final = 640
"""About what a record takes besides the body and the message attributes."""

_ATTRIBUTE_BYTES: Final = 90
"""About what a message attribute takes besides its name and value."""

_json = msgspec.json.Encoder().encode


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """A message as one receive gave it out; the message itself may have been received again since.

    Attributes:
        subject: its subject in the trace.
        entry: the trace entry that tells of this receive.
        size_bytes: its size in the serialised event, about: the body as JSON has it, and what stands around it.
        lineage: the chain of invocations that sent it.
    """

    message: Message
    receive_count: int
    hidden_until_us: int
    subject: int
    entry: int
    size_bytes: int
    lineage: Lineage | None

    @property
    def identifier(self) -> str:
        """What a partial batch response calls it."""
        return self.message.message_id


class Scales:
    """Measures what one queue gives out; a body that is the same as the last is not measured again."""

    __slots__ = ("body", "size_bytes")

    def __init__(self) -> None:
        self.body: str | None = None
        self.size_bytes = 0

    def measure(self, body: str) -> None:
        """Measure a body in a record, all but its message attributes."""
        self.body = body
        self.size_bytes = _ENVELOPE_BYTES + len(_json(body))


def deliveries(messages: Iterable[Message], scales: Scales) -> list[Delivery]:
    """Note messages as they are given out now."""
    given: list[Delivery] = []
    for message in messages:
        if message.body is not scales.body:
            scales.measure(message.body)
        extras = message.extras
        attributes_bytes = 0 if extras is NO_EXTRAS else _size_of(extras.attributes)
        given.append(
            Delivery(
                message,
                message.receive_count,
                message.hidden_until_us,
                message.subject,
                message.entry,
                scales.size_bytes + attributes_bytes,
                message.lineage,
            )
        )
    return given


def _size_of(attributes: Mapping[str, MessageAttribute]) -> int:
    size_bytes = 0
    for name, attribute in attributes.items():
        size_bytes += _ATTRIBUTE_BYTES + len(name) + len(attribute.string_value or "")
        size_bytes += len(attribute.binary_value or b"") * 4 // 3
    return size_bytes
